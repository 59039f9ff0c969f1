"""What happens to a shipment's load: packed, on its way, at the gate, too warm, back or lost.

The load has one SSCC. Goods are named when they are packed into it and unpacked from it; in between
only the unit is, as the standard wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import asyncpg

from app.epcis.builders.said import Builder, Fed, Left, Said, goods, hub_place, transaction
from app.epcis.facts import Facts
from app.epcis.story import Goods, Happened, Place, instant


def load_of(facts: Facts, shipment: asyncpg.Record) -> tuple[Goods, ...]:
    """The lots of a shipment, as they left."""
    return tuple(
        goods(facts, facts.lots[row["lot_id"]], row["quantity"])
        for row in facts.carried.get(shipment["id"], ())
    )


def orders_of(facts: Facts, shipment: asyncpg.Record) -> tuple[tuple[str, str], ...]:
    """The orders whose goods a shipment carries."""
    rows = facts.carried.get(shipment["id"], ())
    numbers = sorted({facts.lots[row["lot_id"]].order_number for row in rows})
    return tuple(transaction(facts, "po", number) for number in numbers)


def start(facts: Facts, shipment: asyncpg.Record) -> Place:
    """Where a shipment leaves."""
    return Place(facts.refer.gln(shipment["from_site_id"]), shipment["from_party"])


def end(facts: Facts, shipment: asyncpg.Record) -> Place:
    """Where a shipment goes."""
    return Place(facts.refer.gln(shipment["to_site_id"]), shipment["to_party"])


def of_unit(
    facts: Facts, shipment: asyncpg.Record, at: Any, step: str, **more: Any
) -> Happened | None:
    """Something that happened to the load as a whole; None for one that carries nothing."""
    load = load_of(facts, shipment)
    if not load:
        return None
    fields: dict[str, Any] = {
        "kind": "ObjectEvent",
        "action": "OBSERVE",
        "fact_id": shipment["id"],
        "epc": facts.refer.unit(shipment["id"]),
        "lots": load,
        "told_buyer": shipment["dispatched_at"] is not None and shipment["dispatched_at"] <= at,
    }
    return Happened(at=at, step=step, buyer_id=shipment["buyer_id"], **(fields | more))


def aggregated(
    facts: Facts, shipment: asyncpg.Record, at: Any, action: str, **more: Any
) -> Happened | None:
    """The lots become one unit (ADD), or lots again (DELETE)."""
    fields = {
        "kind": "AggregationEvent",
        "action": action,
        "disposition": "container_closed" if action == "ADD" else "active",
        "epc": None,
        "parent": facts.refer.unit(shipment["id"]),
        "lots": (),
        "goods": load_of(facts, shipment),
    }
    step = "packing" if action == "ADD" else "unpacking"
    return of_unit(facts, shipment, at, step, **(fields | more))


def _said(*happened: Happened | None) -> Iterator[Said]:
    yield from (one for one in happened if one is not None)


def loading(fed: Fed, facts: Facts) -> Iterator[Said]:
    """The goods are put on the truck: packed under one SSCC, picked for their orders."""
    shipment = facts.shipments[fed.object_id]
    place = start(facts, shipment)
    at_start = {"read_point": place, "location": place}
    yield from _said(
        aggregated(facts, shipment, fed.at, "ADD", **at_start),
        of_unit(
            facts,
            shipment,
            fed.at,
            "picking",
            kind="TransactionEvent",
            action="ADD",
            disposition="in_progress",
            transactions=orders_of(facts, shipment),
            **at_start,
        ),
    )


def dispatched(fed: Fed, facts: Facts) -> Iterator[Said]:
    """The truck has left: from now on the buyer is told of these goods, and how they came to be."""
    shipment = facts.shipments[fed.object_id]
    yield Left(shipment["id"], shipment["buyer_id"])
    if not shipment["loaded"]:
        yield from loading(fed, facts)
    buyer = Place(facts.refer.gln(shipment["buyer_id"]), shipment["buyer_id"])
    yield from _said(
        of_unit(
            facts,
            shipment,
            fed.at,
            "shipping",
            disposition="in_transit",
            read_point=start(facts, shipment),
            transactions=_papers(facts, shipment),
            source=hub_place(facts),
            destination=buyer,
        )
    )


def _papers(facts: Facts, shipment: asyncpg.Record) -> tuple[tuple[str, str], ...]:
    return *orders_of(facts, shipment), transaction(facts, "desadv", shipment["number"])


def at_end(fed: Fed, facts: Facts, *, step: str, disposition: str) -> Iterator[Said]:
    """Something at the buyer's gate."""
    shipment = facts.shipments[fed.object_id]
    yield from _said(
        of_unit(
            facts,
            shipment,
            fed.at,
            step,
            disposition=disposition,
            read_point=end(facts, shipment),
            transactions=_papers(facts, shipment),
        )
    )


def lost(fed: Fed, facts: Facts) -> Iterator[Said]:
    """Nobody knows where it is."""
    shipment = facts.shipments[fed.object_id]
    yield from _said(of_unit(facts, shipment, fed.at, "other", disposition="unknown"))


def returned(fed: Fed, facts: Facts) -> Iterator[Said]:
    """Its goods are at the hub again, and lots again."""
    shipment = facts.shipments[fed.object_id]
    place = hub_place(facts)
    here = {"read_point": place, "location": place}
    yield from _said(
        of_unit(facts, shipment, fed.at, "receiving", disposition="returned", **here),
        aggregated(facts, shipment, fed.at, "DELETE", **here),
    )


def cancelled(fed: Fed, facts: Facts) -> Iterator[Said]:
    """It does not leave; what was packed already is unpacked."""
    shipment = facts.shipments[fed.object_id]
    if shipment["loaded"]:
        place = start(facts, shipment)
        here = {"read_point": place, "location": place}
        yield from _said(aggregated(facts, shipment, fed.at, "DELETE", **here))


def too_warm(fed: Fed, facts: Facts) -> Iterator[Said]:
    """A sensor on the way says that it was too warm or too cold for too long.

    It may be told late, by a truck that had no signal: it happened when it was measured.
    """
    if fed.data.get("temperature_c") is None:
        return
    at = datetime.fromisoformat(fed.data["at"]) if "at" in fed.data else fed.at
    measured = {
        "type": "Temperature",
        "exception": "ALARM_CONDITION",
        "value": float(Decimal(fed.data["temperature_c"])),
        "uom": "CEL",
    }
    sensor = {"sensorMetadata": {"time": instant(at)}, "sensorReport": [measured]}
    shipment = facts.shipments[fed.object_id]
    yield from _said(of_unit(facts, shipment, at, "sensor_reporting", sensors=(sensor,)))


BUILDERS: dict[str, Builder] = {
    "shipment.loading": loading,
    "shipment.dispatched": dispatched,
    "shipment.arrived": partial(at_end, step="arriving", disposition="in_progress"),
    "shipment.delivered": partial(at_end, step="accepting", disposition="in_progress"),
    "shipment.refused": partial(at_end, step="shipping", disposition="returned"),
    "shipment.lost": lost,
    "shipment.returned": returned,
    "shipment.cancelled": cancelled,
    "shipment.temperature_breached": too_warm,
}
