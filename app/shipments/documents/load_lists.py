"""What a load list prints: stop by stop what to load and unload, and what is on board then."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.shipments.documents import words as w
from app.shipments.documents.contents import Load, LoadList, Stop
from app.shipments.documents.parts import vehicle_facts
from app.shipments.documents.words import NONE, Tongue


def load_list(content: LoadList, say: Tongue) -> dict[str, Any]:
    """The parts of a load list."""
    capacity = content.capacity
    facts = [
        [say(w.ABOUT), content.about],
        *vehicle_facts(content.vehicle, say),
        [say(w.ROUND), say(w.STOPS, count=len(content.stops))],
    ]
    if content.depart_at is not None:
        facts.append([say(w.DEPART), say.time(content.depart_at)])
    if capacity is not None:
        facts.append([say(w.CAPACITY), say.amount(capacity, "kg")])
    return {
        "facts": facts,
        "head": [*map(say, (w.REFERENCE, w.GOODS, w.GRADE, w.QUANTITY, w.KILOGRAMS))],
        "load": say(w.LOAD),
        "unload": say(w.UNLOAD),
        "stops": _stops(content.stops, capacity, say),
        "boxes": [
            [say(w.SENDER), content.hub, ""],
            [say(w.DRIVER), content.vehicle.driver or content.vehicle.carrier, ""],
        ],
    }


def _stops(stops: Sequence[Stop], capacity: Decimal | None, say: Tongue) -> list[dict[str, Any]]:
    said, weight, unweighed = [], Decimal(0), 0
    for n, stop in enumerate(stops, 1):
        for loads, sign in ((stop.unloads, -1), (stop.loads, 1)):
            weight += sign * sum((load.kilograms or Decimal(0) for load in loads), Decimal(0))
            unweighed += sign * sum(load.kilograms is None for load in loads)
        on_board = say(w.ON_BOARD, weight=say.amount(weight, "kg"))
        if unweighed:
            on_board += say(w.UNWEIGHED)
        elif capacity is not None:
            room = say.amount(capacity - weight, "kg")
            on_board += say(w.ROOM, capacity=say.amount(capacity, "kg"), room=room)
        said.append(
            {
                "n": str(n),
                "name": stop.place.name,
                "region": stop.place.region,
                "note": stop.note,
                "times": _window(stop, say),
                "loads": [_load(load, say) for load in stop.loads],
                "unloads": [_load(load, say) for load in stop.unloads],
                "on_board": on_board,
            }
        )
    return said


def _window(stop: Stop, say: Tongue) -> str:
    first, last = stop.arrive
    if first is None:
        return "" if last is None else say(w.UNTIL, last=say.time(last))
    if last is None:
        return say(w.FROM_ON, first=say.time(first))
    return say(w.BETWEEN, first=say.time(first), last=say.time(last, after=first))


def _load(load: Load, say: Tongue) -> list[str]:
    quantity = NONE
    if load.quantity is not None:
        quantity = say.amount(load.quantity.value, load.quantity.unit)
    elif load.lots is not None:
        quantity = say(w.LOTS, count=say.number(load.lots))
    weight = NONE if load.kilograms is None else say.amount(load.kilograms, "kg")
    return [load.reference, load.goods, load.grade or NONE, quantity, weight]
