"""What may ride on a leg, how heavy it gets, and what a driver may say when. Pure.

A vehicle's round is a row of stops; what rides is put on at one and taken off at a later one, so
after each stop some of it is aboard. That must never weigh more than the vehicle carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import MOST_AHEAD
from app.core.errors import DomainError, Forbidden, Invalid, Kind, invalid
from app.core.quantity import plain
from app.core.text import Text
from app.shipments.legs.states import LEG

MOST_BEFORE = timedelta(days=7)
"""How long before its leg was planned something may have happened, or been measured; more is a
typing error."""

_DRIVING = {"start", "reach", "leave", "complete"}
_NOT_YOURS = Text(
    "Only the carrier of this leg drives it, or the hub.",
    "Hanya pengangkut rute ini, atau BTC, yang menjalankannya.",
)


class OverCapacity(DomainError):
    """The vehicle would carry more than it can."""

    kind = Kind.CONFLICT
    code = "over_capacity"
    title = Text("Too heavy for the vehicle", "Melebihi kapasitas kendaraan")
    advice = Text(
        "over_kg says by how much, after_stop from where on; take something off, or send a larger "
        "vehicle.",
        "Isian over_kg menyebut kelebihannya dan after_stop sejak perhentian mana; kurangi muatan "
        "atau pakai kendaraan lebih besar.",
    )


class Load(NamedTuple):
    """Something that rides from one stop to another, and what it weighs as far as known."""

    from_position: int
    to_position: int
    kg: Decimal


def aboard(stops: int, loads: Sequence[Load]) -> list[Decimal]:
    """How much is aboard after each stop, in kilograms."""
    weights = [Decimal(0)] * (stops + 2)
    for load in loads:
        weights[load.from_position] += load.kg
        weights[load.to_position] -= load.kg
    carried, known = Decimal(0), []
    for position in range(1, stops + 1):
        carried += weights[position]
        known.append(carried)
    return known


def weighed(rows: Sequence[Mapping[str, Any]]) -> list[Load]:
    """What is known of the weight of *rows* (`queries.loads`), without what does not come."""
    return [
        Load(row["from_position"], row["to_position"], row["kg"] or Decimal(0))
        for row in rows
        if not row["gone"]
    ]


def check_capacity(number: str, capacity: Decimal, stops: int, loads: Sequence[Load]) -> None:
    """Raises OverCapacity, naming the worst stretch, where more is aboard than can be carried."""
    known = aboard(stops, loads)
    most = max(known)
    if most <= capacity:
        return
    stop, over = known.index(most) + 1, plain(most - capacity)
    raise OverCapacity(
        Text(
            "After stop {stop} of {number} it would carry {over} kg too much.",
            "Setelah perhentian {stop} dari {number} muatannya kelebihan {over} kg.",
        ).filled(stop=str(stop), number=number, over=over),
        after_stop=stop,
        over_kg=over,
        aboard_kg=plain(most),
        capacity_kg=plain(capacity),
    )


def drives(row: Any, actor: Actor) -> bool:
    """Whether *actor* is the leg's carrier, or the hub."""
    return bool(actor.hub or row.carrier_id == actor.party_id)


def check_drives(row: Any, actor: Actor) -> None:
    """Raises Forbidden for anybody but the leg's carrier and the hub."""
    if not drives(row, actor):
        raise Forbidden(_NOT_YOURS)


def allowed(row: Any, actor: Actor) -> list[str]:
    """What *actor* may do with the leg now."""
    actions = actor.allowed(LEG, row.status)
    return actions if drives(row, actor) else [a for a in actions if a not in _DRIVING]


class Progress(NamedTuple):
    """How far along its stops a vehicle is: the furthest one left, the furthest one reached.

    Who is at a stop has left those before it, whether or not anybody said so: what is told late, or
    never, does not hold up what is known.
    """

    left: int
    reached: int


def progress(stops: Sequence[Mapping[str, Any]], *, over: bool = False) -> Progress:
    """How far the vehicle is, by the times at *stops*; *over*: the round is."""
    last = len(stops)
    if over:
        return Progress(last, last)
    reached = max((s["position"] for s in stops if s["arrived_at"] or s["left_at"]), default=0)
    left = max((s["position"] for s in stops if s["left_at"]), default=0)
    return Progress(max(left, reached - 1), reached)


def check_time(
    at: datetime,
    now: datetime,
    leg: Any,
    stops: Sequence[Mapping[str, Any]],
    position: int,
    what: str,
) -> None:
    """Raises Invalid for a time that cannot be: *what* is ``arrived_at`` or ``left_at`` of a stop.

    A vehicle comes to a stop, leaves it, and comes to the next, in this order, as far as its times
    are known.
    """
    if at > now + MOST_AHEAD:
        raise _time("in_future", "This is in the future.", "Waktu ini belum terjadi.")
    if at < leg.created_at - MOST_BEFORE:
        raise _time(
            "too_old",
            "This is more than a week before the leg was planned.",
            "Waktu ini lebih dari seminggu sebelum rute direncanakan.",
        )
    order = [(s["position"], name, s[name]) for s in stops for name in ("arrived_at", "left_at")]
    here = (position, what)
    if any(known and (p, name) < here and known > at for p, name, known in order):
        raise _time(
            "before_previous_stop",
            "The vehicle was still on its way to here, or at a stop before.",
            "Saat itu kendaraan belum sampai di sini, atau masih di perhentian sebelumnya.",
        )
    if any(known and (p, name) > here and known < at for p, name, known in order):
        raise _time(
            "after_next_stop",
            "By then the vehicle had gone on already.",
            "Saat itu kendaraan sudah pergi lebih jauh.",
        )


def _time(code: str, en: str, id: str) -> Invalid:
    return invalid("/occurred_at", code, en, id)


def sellers(loads: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """To whom a leg comes to collect."""
    return sorted({load["seller_id"] for load in loads if load["seller_id"]})
