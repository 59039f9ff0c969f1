"""Everything that moves a shipment, one stretch of its life a file."""

from app.shipments.shipments.commands.ends import (
    call_off,
    cancel,
    close_shipments,
    lose,
    refuse,
    return_,
)
from app.shipments.shipments.commands.plan import create, replan
from app.shipments.shipments.commands.road import arrive, deliver, dispatch, load

__all__ = [
    "arrive",
    "call_off",
    "cancel",
    "close_shipments",
    "create",
    "deliver",
    "dispatch",
    "load",
    "lose",
    "refuse",
    "replan",
    "return_",
]
