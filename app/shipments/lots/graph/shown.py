"""What was done to lots, on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.quantity import Quantity, QuantityOrNone
from app.shipments.lots.graph.schemas import FlowOut, LotEventOut
from app.shipments.lots.models import LotEventKind


def event_out(row: Any, unit: str, actor: Actor) -> LotEventOut:
    """An event's row on the wire; *unit* is that of its lots."""
    fields = row._asdict()
    flows = [_flow(flow) for flow in fields.pop("flows") or ()]
    if not actor.hub:
        # A whole lot that was rejected is in no other lot either, and yet not lost.
        rejected = row.kind == LotEventKind.REJECT
        gone = (f.quantity.value for f in flows if f.to_lot_id is None and not rejected)
        fields["loss"] = sum(gone, Decimal(0))
    fields["loss"] = QuantityOrNone.model_construct(value=fields["loss"], unit=unit)
    return LotEventOut(**fields | {"flows": flows})


def _flow(flow: dict[str, Any]) -> FlowOut:
    quantity = Quantity.model_construct(value=Decimal(flow["quantity"]), unit=flow["unit"])
    return FlowOut(
        from_lot_id=flow["parent"] and UUID(flow["parent"]),
        to_lot_id=flow["child"] and UUID(flow["child"]),
        quantity=quantity,
    )
