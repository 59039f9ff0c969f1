"""Tables of documents and of the series that number them."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.text import Language
from app.db.base import Base, Id, Recorded, one_of
from app.shipments.documents.contents import DocumentKind


class DocumentSeries(Base):
    """The last number given out of a kind, in a year, in a world.

    A sequence would leave a gap wherever a transaction did not come through. Here the row is locked
    until the number stands in a document, or is as if it had never been drawn.
    """

    __tablename__ = "document_series"
    __table_args__ = (one_of("kind", DocumentKind), CheckConstraint("last > 0", name="last"))

    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    last: Mapped[int]


class Document(Base):
    """What a document says, and who may read it. Append-only.

    ``buyer_id``, ``carrier_id`` and ``seller_id`` are the parties for whom it is, besides the hub:
    a load list, which names farms, has no buyer. ``replaces_id`` is the document in whose place it
    stands; that one stays as it is.
    """

    __tablename__ = "documents"
    __table_args__ = (
        one_of("kind", DocumentKind),
        one_of("language", get_args(Language)),
        CheckConstraint(
            "num_nonnulls(shipment_id, leg_id, receipt_id) = (kind <> 'lot_label')::int",
            name="subject",
        ),
        UniqueConstraint("livemode", "number"),
        UniqueConstraint("replaces_id"),
        Index("ix_documents_shipment", "shipment_id", "id"),
        Index("ix_documents_leg", "leg_id", "id"),
        Index("ix_documents_receipt", "receipt_id", "id"),
        Index("ix_documents_buyer", "buyer_id", "id"),
        Index("ix_documents_carrier", "carrier_id", "id"),
        Index("ix_documents_seller", "seller_id", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    number: Mapped[str]
    language: Mapped[str]
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"))
    leg_id: Mapped[UUID | None] = mapped_column(ForeignKey("legs.id"))
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("goods_receipts.id"))
    buyer_id: Mapped[UUID | None]
    carrier_id: Mapped[UUID | None]
    seller_id: Mapped[UUID | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
