"""Wire shapes of what is done to goods in lots."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.ids import InspectionId, LotEventId, LotId, OrderId
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Code, Note, Request
from app.shipments.lots.models import LotEventKind
from app.shipments.lots.schemas import LotOut
from app.shipments.receipts.schemas import VerdictReason

MOST_PARENTS = 1000
MOST_PARTS = 200
Pieces = Annotated[int, Field(ge=1, le=100_000_000)]
PiecesOrNone = Annotated[int, Field(ge=0, le=100_000_000)]


class LossReason(StrEnum):
    """Why goods are less, or more, than they were."""

    DRIED = "dried"
    BROKEN = "broken"
    SPOILED = "spoiled"
    SPILLED = "spilled"
    SORTED_OUT = "sorted_out"
    PESTS = "pests"
    STOLEN = "stolen"
    ON_THE_ROAD = "on_the_road"
    WEIGHED_WRONG = "weighed_wrong"
    SAMPLE = "sample"
    OTHER = "other"


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


_LOT = "lot_01k68000000000000000000000"
_OTHER = "lot_01k68000000000000000000001"


def _kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


class MergeIn(Request):
    """Whole lots of one order line that become one."""

    model_config = _example(lot_ids=[_LOT, _OTHER], note="Satu palet untuk Pasar Induk.")

    lot_ids: list[LotId] = Field(min_length=2, max_length=MOST_PARENTS)
    note: Note | None = None


class PartIn(Request):
    """One lot to be made; its pieces must be said where those of the goods were counted."""

    quantity: Quantity
    count: Pieces | None = None


class SplitIn(Request):
    """Parts that become lots of their own; the rest stays under its number."""

    model_config = _example(parts=[{"quantity": _kg("50"), "count": 890}])

    parts: list[PartIn] = Field(min_length=1, max_length=MOST_PARTS)
    note: Note | None = None


class RepackIn(Request):
    """Lots packed anew: what the parts weigh less than the lots is lost."""

    model_config = _example(
        lot_ids=[_LOT, _OTHER],
        parts=[{"quantity": _kg("100")}, {"quantity": _kg("47.5")}],
        reason="broken",
    )

    lot_ids: list[LotId] = Field(min_length=1, max_length=MOST_PARENTS)
    parts: list[PartIn] = Field(min_length=1, max_length=MOST_PARTS)
    reason: LossReason | None = Field(None, description="Needed when something is lost.")
    note: Note | None = None


class _SomeIn(Request):
    quantity: Quantity | None = Field(None, description="All of the lot unless said.")
    count: Pieces | None = None


class DowngradeIn(_SomeIn):
    """Goods that are of another grade than their lot; they become a lot of their own."""

    model_config = _example(quantity=_kg("12"), count=220, grade="small", reason="wrong_grade")

    grade: Code
    reason: VerdictReason
    note: Note | None = None


class RejectIn(_SomeIn):
    """Goods that do not go on: they are their sellers' again."""

    model_config = _example(quantity=_kg("3"), count=54, reason="broken")

    reason: VerdictReason
    note: Note | None = None


class HoldIn(_SomeIn):
    """Goods that wait for a decision and do not ride."""

    model_config = _example(reason="dirty", note="Tunggu hasil uji laboratorium.")

    reason: VerdictReason
    note: Note | None = None


class ShrinkIn(Request):
    """Goods that are no more."""

    model_config = _example(quantity=_kg("1.2"), count=21, reason="broken")

    quantity: Quantity
    count: PiecesOrNone | None = Field(
        None, description="Of counted goods: how many pieces; 0 when they only dried."
    )
    reason: LossReason
    note: Note | None = None


class LotAdjustIn(Request):
    """What the scales say now of the goods on hand."""

    model_config = _example(net_weight=_kg("147.9"), reason="dried")

    net_weight: Quantity
    count: Pieces | None = Field(None, description="As it was unless said.")
    reason: LossReason
    note: Note | None = None


class LotReceiveIn(Request):
    """What came in at the hub of a lot that was weighed at the farm: as told unless said."""

    model_config = _example(net_weight=_kg("147.5"), count=2630, note="Satu tray pecah di jalan.")

    net_weight: QuantityOrNone | None = None
    count: PiecesOrNone | None = None
    reason: LossReason = LossReason.ON_THE_ROAD
    note: Note | None = None


class UndoIn(Request):
    """Why an event is taken back."""

    model_config = _example(reason="Salah pilih lot.")

    reason: Note | None = None


class LotDividedOut(LotOut):
    """The lot as it is now, and the lots that were made of it."""

    made: list[LotOut]


class FlowOut(BaseModel):
    """Goods that went from lot to lot; found where there is no first, gone where no second."""

    from_lot_id: LotId | None
    to_lot_id: LotId | None
    quantity: Quantity


class LotEventOut(BaseModel):
    """Something that was done to goods in lots; to a seller ``flows`` tell of its own goods."""

    id: LotEventId
    kind: LotEventKind
    order_id: OrderId
    undoes: LotEventId | None = Field(description="The event that this one takes back.")
    undone_by: LotEventId | None
    inspection_id: InspectionId | None
    loss: QuantityOrNone
    reason: str | None
    note: str | None
    flows: list[FlowOut]
    at: datetime
    livemode: bool
