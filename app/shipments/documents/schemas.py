"""Wire shapes of documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.ids import DocumentId, GoodsReceiptId, LegId, LotId, ShipmentId
from app.core.text import Language
from app.http.wire import Request
from app.shipments.documents.contents import DocumentKind
from app.shipments.shipments.schemas import MOST_LOTS

LONGEST_LINK_HOURS = 7 * 24


class DocumentIn(Request):
    """Which paper, about what: each kind takes the one thing that it is about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "surat_jalan", "shipment_id": "shp_01k68000000000000000000000"},
                {"kind": "load_list", "leg_id": "leg_01k68000000000000000000000"},
                {"kind": "lot_label", "lot_ids": ["lot_01k68000000000000000000000"]},
                {"kind": "bast", "receipt_id": "grc_01k68000000000000000000000"},
            ]
        }
    )

    kind: DocumentKind
    shipment_id: ShipmentId | None = Field(None, description="For `surat_jalan`, `load_list`.")
    leg_id: LegId | None = Field(None, description="For `load_list`.")
    receipt_id: GoodsReceiptId | None = Field(None, description="For `bast`.")
    lot_ids: list[LotId] | None = Field(
        None, min_length=1, max_length=MOST_LOTS, description="For `lot_label`."
    )
    language: Language = Field("id", description="English for export.")


class DocumentLinkIn(Request):
    """For how long the link opens the document."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": 24}]})

    hours: int = Field(24, ge=1, le=LONGEST_LINK_HOURS)


class DocumentLinkOut(BaseModel):
    """An address that opens one document, for whoever has it, until it expires."""

    url: str = Field(examples=["https://btc.example/d/AZmdk3…"])
    expires_at: datetime


class DocumentOut(BaseModel):
    """A document. It never changes; one issued later about the same names it in ``replaces_id``."""

    id: DocumentId
    kind: DocumentKind
    number: str = Field(
        description="Without gaps per kind and year.", examples=["SJ/BTC/2026/000001"]
    )
    language: Language
    shipment_id: ShipmentId | None
    leg_id: LegId | None
    receipt_id: GoodsReceiptId | None
    replaces_id: DocumentId | None
    replaced_by_id: DocumentId | None = Field(description="Another holds in its place.")
    livemode: bool
    created_at: datetime


def document_out(row: Any) -> DocumentOut:
    """A document's row on the wire."""
    return DocumentOut(**{name: row[name] for name in DocumentOut.model_fields})
