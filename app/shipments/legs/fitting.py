"""Whether stops and loads of a leg fit together: who is visited, what is put on where. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access.permissions import Role
from app.allocation.states import WEIGHABLE
from app.core.errors import DomainError, Invalid, Kind, invalid, missing
from app.core.ids import encode
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.shipments.legs.models import LegKind
from app.shipments.legs.schemas import LegIn, LegLoadIn
from app.shipments.states import UNDERWAY, ShipmentStatus

_NOT_LEFT = {ShipmentStatus.PLANNED, ShipmentStatus.LOADING}

Row = Mapping[str, Any]


class OverPlanned(DomainError):
    """More would be collected of an allocation than it is."""

    kind = Kind.CONFLICT
    code = "over_planned"
    title = Text("More than there is to collect", "Melebihi yang bisa diambil")
    advice = Text(
        "left says how much of the allocation no leg collects yet; plan at most that.",
        "Isian left menyebut berapa dari alokasi ini yang belum dijadwalkan diambil; rencanakan "
        "paling banyak sejumlah itu.",
    )


def check_stops(asked: LegIn, places: Sequence[Row]) -> None:
    """Raises NotFound for a site or carrier that is not there, Invalid for a window that is none.

    Rounds that collect end at the hub.
    """
    for n, (stop, place) in enumerate(zip(asked.stops, places, strict=True)):
        if place["id"] is None:
            raise missing(f"/stops/{n}/site_id", "There is no such site.", "Lokasi ini tidak ada.")
        if stop.window_from and stop.window_until and stop.window_from > stop.window_until:
            raise invalid(
                f"/stops/{n}/window_until",
                "range",
                "The window ends before it begins.",
                "Jendela waktunya berakhir sebelum mulai.",
            )
    first = places[0]
    if asked.carrier_id is not None and not (
        Role.CARRIER in (first["carrier_roles"] or ()) and first["carrier_status"] == "active"
    ):
        raise missing(
            "/carrier_id",
            "There is no active carrier with this id.",
            "Tidak ada pengangkut aktif dengan id ini.",
        )
    if asked.kind == LegKind.COLLECTION and not places[-1]["hub"]:
        raise invalid(
            f"/stops/{len(places) - 1}/site_id",
            "not_the_hub",
            "A round that collects ends at a site of the hub.",
            "Rute pengambilan berakhir di lokasi BTC.",
        )


def check_loads(asked: LegIn) -> None:
    """Raises Invalid for loads that name nothing, or two things, or one twice, or no way."""
    wanted = "allocation_id" if asked.kind == LegKind.COLLECTION else "shipment_id"
    seen: set[UUID] = set()
    for n, load in enumerate(asked.loads):
        other = "shipment_id" if wanted == "allocation_id" else "allocation_id"
        thing: UUID | None = getattr(load, wanted)
        if thing is None or getattr(load, other) is not None:
            raise invalid(
                f"/loads/{n}/{wanted}",
                "required",
                f"A {asked.kind} leg carries what {wanted} names, and nothing else.",
                f"Rute {asked.kind} hanya memuat apa yang disebut {wanted}.",
            )
        if thing in seen:
            raise invalid(f"/loads/{n}/{wanted}", "duplicate", "Named twice.", "Disebut dua kali.")
        seen.add(thing)
        if load.shipment_id is not None and load.quantity is not None:
            raise invalid(
                f"/loads/{n}/quantity",
                "whole",
                "Shipments ride whole.",
                "Pengiriman selalu dimuat utuh.",
            )
        if not load.from_stop < load.to_stop <= len(asked.stops):
            raise invalid(
                f"/loads/{n}/to_stop",
                "range",
                f"Expected a stop after from_stop, at most {len(asked.stops)}.",
                f"Harus perhentian setelah from_stop, paling besar {len(asked.stops)}.",
            )


def quantities(
    asked: LegIn,
    places: Sequence[Row],
    allocations: Mapping[UUID, Row],
    planned: Mapping[UUID, Decimal],
) -> list[Decimal]:
    """How much is collected of each load's allocation, in its base unit.

    Raises NotFound for an allocation that is not there, Invalid for one that its seller has not
    confirmed or at somebody else's site, OverPlanned beyond what no other leg collects.
    """
    return [_collected(n, load, places, allocations, planned) for n, load in enumerate(asked.loads)]


def _collected(
    n: int,
    load: LegLoadIn,
    places: Sequence[Row],
    allocations: Mapping[UUID, Row],
    planned: Mapping[UUID, Decimal],
) -> Decimal:
    assert load.allocation_id is not None
    row = allocations.get(load.allocation_id)
    if row is None:
        raise missing(
            f"/loads/{n}/allocation_id", "There is no such allocation.", "Alokasi ini tidak ada."
        )
    if row["status"] not in WEIGHABLE:
        raise invalid(
            f"/loads/{n}/allocation_id",
            "not_confirmed",
            f"This allocation is {row['status']}: its seller brings nothing of it.",
            f"Status alokasi ini {row['status']}: penjual tidak akan menyerahkannya.",
        )
    if places[load.from_stop - 1]["party_id"] != row["seller_id"]:
        raise _stop(n, "from_stop", "a site of its seller", "lokasi penjualnya")
    if not places[load.to_stop - 1]["hub"]:
        raise _stop(n, "to_stop", "a site of the hub", "lokasi BTC")
    left: Decimal = row["quantity"] - planned.get(row["id"], Decimal(0))
    if load.quantity is None:
        quantity = left
    else:
        quantity = to_base(load.quantity, row["base_unit"], f"/loads/{n}/quantity")
    if quantity > left or quantity <= 0:
        raise OverPlanned(allocation_id=encode("alc", row["id"]), left=plain(max(left, Decimal(0))))
    return quantity


def check_rides(
    asked: LegIn, places: Sequence[Row], shipments: Mapping[UUID, Any], stretches: Sequence[Row]
) -> None:
    """Raises unless each shipment goes on from where it is, and at the end is where it should be.

    It starts at its own start, or where another leg sets it down, and rides on no two legs at once:
    of all its stretches no two start, and no two end, at the same place. NotFound for a shipment
    that is not there, Invalid for a stop that does not fit.
    """
    begun, ended = defaultdict(set), defaultdict(set)
    for stretch in stretches:
        begun[stretch["shipment_id"]].add(stretch["from_site_id"])
        ended[stretch["shipment_id"]].add(stretch["to_site_id"])
    for n, load in enumerate(asked.loads):
        assert load.shipment_id is not None
        row = shipments.get(load.shipment_id)
        if row is None:
            raise missing(
                f"/loads/{n}/shipment_id",
                "There is no such shipment.",
                "Pengiriman ini tidak ada.",
            )
        _check_ride(n, asked, places, row, begun[row.id], ended[row.id])


def _check_ride(
    n: int, asked: LegIn, places: Sequence[Row], row: Any, begun: set[UUID], ended: set[UUID]
) -> None:
    load = asked.loads[n]
    start, goal = places[load.from_stop - 1], places[load.to_stop - 1]
    if row.status not in _NOT_LEFT | UNDERWAY:
        raise invalid(
            f"/loads/{n}/shipment_id",
            "not_riding",
            f"This shipment is {row.status}: it does not ride any more.",
            f"Status pengiriman ini {row.status}: tidak dimuat lagi.",
        )
    waits = row.status in _NOT_LEFT and start["id"] == row.from_site_id
    if not waits and start["id"] not in ended:
        raise _stop(
            n,
            "from_stop",
            "where the shipment starts, or where another leg sets it down",
            "tempat asal pengiriman, atau tempat rute lain menurunkannya",
        )
    transfer = goal["hub"] or goal["party_id"] == asked.carrier_id
    if goal["id"] != row.to_site_id and not transfer:
        raise _stop(
            n,
            "to_stop",
            "where the shipment goes, or a site of the hub or the carrier on its way",
            "tujuan pengiriman, atau lokasi BTC atau pengangkut di perjalanannya",
        )
    if start["id"] in begun or goal["id"] in ended or goal["id"] == row.from_site_id:
        raise invalid(
            f"/loads/{n}/shipment_id",
            "rides_already",
            "Another leg carries this shipment on that way.",
            "Rute lain sudah memuat pengiriman ini di jalur itu.",
        )


def _stop(n: int, field: str, en: str, id: str) -> Invalid:
    return invalid(f"/loads/{n}/{field}", "wrong_stop", f"Expected {en}.", f"Harus {id}.")
