"""Wire shapes of claims and of what is taken off whom."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.core.ids import (
    AllocationId,
    ClaimId,
    ClaimLineId,
    DeductionId,
    EvidenceId,
    GoodsReceiptId,
    LotId,
    OrderId,
    OrderLineId,
    PartyId,
    ShipmentId,
)
from app.core.money import Money
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Note, Request, Stateful
from app.shipments.claims.models import BorneBy, ClaimAbout, Remedy
from app.shipments.claims.states import ClaimStatus
from app.shipments.evidence.schemas import PhotoIds
from app.shipments.receipts.schemas import VerdictReason
from app.shipments.shipments.schemas import MOST_LOTS

_LINE_ID = "cll_01k68000000000000000000000"


class ClaimLineIn(Request):
    """One complaint: about goods of one lot that were accepted, downgraded, rejected or short."""

    lot_id: LotId
    about: ClaimAbout
    quantity: Quantity
    reason: VerdictReason
    remedy: Remedy = Field(
        description="Rejected and short goods are never charged: they can be replaced (rejected "
        "ones also fetched: `return`), not credited. Whatever the remedy, the price of goods "
        "that are charged comes off: a replacement is an order with a price of its own."
    )
    amount: Money | None = Field(
        None,
        description="Of accepted or downgraded goods, with any remedy: what is asked off the "
        "price, at most and unless said quantity × the order line's price.",
    )
    note: Note | None = None
    photo_ids: PhotoIds = Field(
        default_factory=list, description="At least one for goods that were accepted or downgraded."
    )


class ClaimIn(Request):
    """What is wrong with goods of one receipt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": "grc_01k68000000000000000000000",
                    "lines": [
                        {
                            "lot_id": "lot_01k68000000000000000000000",
                            "about": "accepted",
                            "quantity": {"value": "12.5", "unit": "kg"},
                            "reason": "spoiled",
                            "remedy": "credit",
                            "photo_ids": ["evd_01k68000000000000000000000"],
                        }
                    ],
                    "note": "Telur di dua peti paling bawah berbau.",
                }
            ]
        }
    )

    receipt_id: GoodsReceiptId
    lines: list[ClaimLineIn] = Field(min_length=1, max_length=MOST_LOTS)
    note: Note | None = None


class ClaimAnswerLineIn(Request):
    """What the hub grants of one line."""

    line_id: ClaimLineId
    quantity: QuantityOrNone = Field(description="Nothing needs a note that says why.")
    amount: Money | None = Field(
        None, description="Unless said, as much of what was asked as of the quantity."
    )
    remedy: Remedy | None = Field(None, description="Another one that the line allows.")
    borne_by: BorneBy | None = Field(
        None, description="Of money: `sellers` unless said; `carrier` if the shipment had one."
    )
    note: Note | None = None


class ClaimAnswerIn(Request):
    """The hub's answer: every line once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lines": [{"line_id": _LINE_ID, "quantity": {"value": "12.5", "unit": "kg"}}]}
            ]
        }
    )

    lines: list[ClaimAnswerLineIn] = Field(min_length=1, max_length=MOST_LOTS)


class ClaimResolveLineIn(Request):
    """By which order goods are sent again."""

    line_id: ClaimLineId
    replacement_order_id: OrderId = Field(
        description="An order of the same buyer, placed after the claim."
    )


class ClaimResolveIn(Request):
    """How what was granted was done: every replacement its order, a return its note."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {
                            "line_id": _LINE_ID,
                            "replacement_order_id": "ord_01k68000000000000000000000",
                        }
                    ],
                    "note": "Tiga peti sudah kembali di gudang.",
                }
            ]
        }
    )

    lines: list[ClaimResolveLineIn] = Field([], max_length=MOST_LOTS)
    note: Note | None = None


class ClaimGrantOut(BaseModel):
    """What was granted of a line."""

    quantity: QuantityOrNone
    amount: Money
    remedy: Remedy | None = Field(description="Null where nothing was granted.")
    borne_by: BorneBy | None = Field(description="For the hub only.")
    note: str | None
    replacement_order_id: OrderId | None


class ClaimLineOut(BaseModel):
    """One complaint, and what was granted of it once it was answered."""

    id: ClaimLineId
    lot_id: LotId
    number: str = Field(description="The lot's.", examples=["LOT-2026-000123"])
    order_line_id: OrderLineId
    about: ClaimAbout
    quantity: Quantity
    amount: Money = Field(
        description="What is asked off the price; nothing for rejected and short goods."
    )
    remedy: Remedy
    reason: VerdictReason
    note: str | None
    photo_ids: list[EvidenceId]
    granted: ClaimGrantOut | None


class ClaimOut(Stateful):
    """A buyer's complaint. The hub's silence until ``answer_by`` grants all of it."""

    id: ClaimId
    number: str = Field(examples=["CLM-2026-000001"])
    status: ClaimStatus
    receipt_id: GoodsReceiptId
    shipment_id: ShipmentId
    buyer_id: PartyId
    answer_by: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    note: str | None
    end_note: str | None = Field(
        description="What was said when it was withdrawn or resolved.",
        examples=["Tiga peti sudah kembali di gudang."],
    )
    livemode: bool
    created_at: datetime


class ClaimDetail(ClaimOut):
    """A claim, line by line."""

    lines: list[ClaimLineOut]


class DeductionWhyOut(BaseModel):
    """One sentence in both languages."""

    en: str
    id: str


class DeductionShareOut(BaseModel):
    """How much of a lot came from a seller: by this what was granted is divided."""

    quantity: Quantity
    whole: Quantity = Field(description="All of the lot as it left.")


class DeductionOut(BaseModel):
    """What is taken off one party for a claim, and why. It does not change."""

    id: DeductionId
    claim_id: ClaimId
    claim_number: str = Field(examples=["CLM-2026-000001"])
    claim_line_id: ClaimLineId
    lot_id: LotId
    lot_number: str = Field(examples=["LOT-2026-000123"])
    allocation_id: AllocationId | None
    party_id: PartyId
    borne_by: BorneBy
    about: ClaimAbout
    reason: VerdictReason
    quantity: QuantityOrNone
    amount: Money
    granted_quantity: Quantity = Field(description="What was granted for the lot in all.")
    granted_amount: Money
    share: DeductionShareOut | None = Field(
        description="Null where the hub or the carrier bears it."
    )
    why: DeductionWhyOut
    photo_ids: list[EvidenceId]
    livemode: bool
    created_at: datetime
