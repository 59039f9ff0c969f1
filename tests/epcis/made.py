"""Facts of a small trade, made by hand: two farms, a hub, a buyer, one truck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.ids import encode
from app.epcis.builders import BUILDERS
from app.epcis.builders.said import Fed, Said
from app.epcis.facts import Facts, Lot
from app.epcis.references import References

T0 = datetime(2026, 11, 2, 1, tzinfo=UTC)
HUB, BUYER, FIRST, SECOND = (UUID(int=n) for n in range(1, 5))
FARM_1, FARM_2, DOCK, CENTRE = (UUID(int=n) for n in range(11, 15))
LOT_1, LOT_2, POOLED, LOWER = (UUID(int=n) for n in range(21, 25))
SHIPMENT, RECEIPT, RECALL, INSPECTION = (UUID(int=n) for n in range(31, 35))
EGGS = UUID(int=41)


def kg(value: str) -> Decimal:
    """A quantity."""
    return Decimal(value)


def lot(lot_id: UUID, *sellers: UUID, **fields: Any) -> Lot:
    """A lot of eggs, made at the farm of its only seller or at the hub."""
    alone = len(sellers) == 1
    farm = {FIRST: FARM_1, SECOND: FARM_2}
    made: dict[str, Any] = {
        "id": lot_id,
        "number": f"LOT-2026-0001{lot_id.int}",
        "item": (EGGS, "medium", None),
        "unit": "kg",
        "quantity": kg("300"),
        "count": 5000 if alone else None,
        "buyer_id": BUYER,
        "order_number": "ORD-2026-000007",
        "home_id": farm[sellers[0]] if alone else HUB,
        "home_party": sellers[0] if alone else HUB,
        "made_at": "farm" if alone else "hub",
        "received_at": None,
        "produced_on": date(2026, 11, 1),
        "best_before_on": date(2026, 11, 15),
        "left_at": None,
        "sellers": sellers,
        "name": "Chicken eggs",
        "grade": "medium",
    }
    return Lot(**made | fields)


def lot_event(n: int, kind: str, undoes: UUID | None = None) -> dict[str, Any]:
    """Something done to goods."""
    return {"id": UUID(int=n), "kind": kind, "at": T0, "reason": "dried_out", "undoes": undoes}


def link(event: int, parent: UUID | None, child: UUID | None, seller: UUID, of: str) -> Any:
    """Goods of one seller that went from lot to lot."""
    ends = {"parent_lot_id": parent, "child_lot_id": child}
    return {"event_id": UUID(int=event), "seller_id": seller, "quantity": kg(of)} | ends


def moved(event: int, lot_id: UUID, kind: str, of: str) -> Any:
    """A movement of a lot's balance."""
    return {"event_id": UUID(int=event), "lot_id": lot_id, "kind": kind, "quantity": kg(of)}


def facts(**changes: Any) -> Facts:
    """All that the feed below is about."""
    things = [HUB, BUYER, FIRST, SECOND, FARM_1, FARM_2, DOCK, CENTRE]
    locations = {thing: n for n, thing in enumerate(things)}
    items: dict[Any, int] = {(EGGS, "medium", None): 1, (EGGS, "small", None): 2}
    lots = [
        lot(LOT_1, FIRST),
        lot(LOT_2, SECOND),
        lot(POOLED, FIRST, SECOND),
        lot(LOWER, FIRST, item=(EGGS, "small", None), grade="small", made_at="hub"),
    ]
    kinds = ["merge", "downgrade", "hold", "reject", "reject", "shrink", "adjust", "receive"]
    done = [lot_event(100 + n, kind) for n, kind in enumerate(kinds)]
    done.append(lot_event(108, "undo", UUID(int=100)))
    receipt = {"id": RECEIPT, "number": "BAST-2026-000002", "shipment_id": SHIPMENT}
    line = {"receipt_id": RECEIPT, "lot_id": POOLED, "shipped": kg("590"), "received": kg("588")}
    judged = {"accepted": kg("580"), "downgraded": kg("5"), "rejected": kg("3"), "short": kg("2")}
    shipment = {
        "id": SHIPMENT,
        "number": "SHP-2026-000004",
        "buyer_id": BUYER,
        "from_site_id": DOCK,
        "from_party": HUB,
        "to_site_id": CENTRE,
        "to_party": BUYER,
        "dispatched_at": T0,
        "loaded": True,
    }
    inspection = {
        "id": INSPECTION,
        "sample": kg("10"),
        "sample_unit": "kg",
        "verdict": [{"verdict": "accept"}, {"verdict": "reject"}],
    }
    recalled = {
        "recall_id": RECALL,
        "lot_id": POOLED,
        "quantity": kg("590"),
        "reason": "salmonella",
    }
    values: dict[str, Any] = {
        "hub": HUB,
        "lots": {one.id: one for one in lots},
        "balances": {(one.id, T0): kg("150") for one in lots},
        "done": {event["id"]: event for event in done},
        "links": {
            UUID(int=100): [
                link(100, LOT_1, POOLED, FIRST, "295"),
                link(100, LOT_1, None, FIRST, "5"),
                link(100, LOT_2, POOLED, SECOND, "295"),
            ],
            UUID(int=101): [link(101, LOT_1, LOWER, FIRST, "20")],
            UUID(int=102): [link(102, LOT_1, LOWER, FIRST, "20")],
            UUID(int=103): [link(103, LOT_1, LOWER, FIRST, "20")],
            UUID(int=104): [link(104, LOT_1, None, FIRST, "150")],
            UUID(int=106): [link(106, None, LOT_1, FIRST, "2")],
        },
        "moved": {
            UUID(int=105): [moved(105, LOT_1, "lose", "1.5")],
            UUID(int=106): [moved(106, LOT_1, "find", "2")],
            UUID(int=107): [moved(107, LOT_1, "lose", "0.5")],
        },
        "inspections": {(LOT_1, T0): inspection},
        "shipments": {SHIPMENT: shipment},
        "carried": {SHIPMENT: [{"lot_id": POOLED, "quantity": kg("590")}]},
        "receipts": {RECEIPT: receipt},
        "received": {RECEIPT: [line | judged]},
        "recalled": {RECALL: [recalled | {"number": "RCL-2026-000001"}]},
        "lifted": {(RECALL, POOLED): "available"},
        "references": References("9520123", items, locations, {SHIPMENT: 1}),
    }
    return Facts(**values | changes)


def fed(kind: str, object_id: UUID, event: int | None = None, **data: Any) -> Fed:
    """An event of the feed."""
    named = {"event_id": encode("lev", UUID(int=event))} if event else {}
    return Fed(kind, object_id, T0, {"quantity": "300"} | named | data)


WARM = {"temperature_c": "31.80", "at": "2026-11-02T03:00:00+00:00"}
FEED = [
    fed("lot.created", LOT_1),
    fed("lot.created", LOWER),
    fed("lot.merged", LOT_1, 100),
    fed("lot.split", LOT_1, 101),
    fed("lot.repacked", LOT_1, 102),
    fed("lot.downgraded", LOT_1, 101),
    fed("lot.made", LOWER, 103),
    fed("lot.rejected", LOT_1, 104),
    fed("lot.shrunk", LOT_1, 105),
    fed("lot.adjusted", LOT_1, 106),
    fed("lot.received", LOT_1, 107),
    fed("lot.received", LOT_2),
    fed("lot.held", LOT_2),
    fed("lot.held", LOT_1, 102),
    fed("lot.undone", POOLED, 108),
    fed("lot.inspected", LOT_1),
    fed("lot.cleared", LOT_1),
    fed("lot.expired", POOLED),
    fed("lot.given_back", LOT_1),
    fed("recall.created", RECALL),
    fed("recall.lifted", RECALL),
    fed("shipment.loading", SHIPMENT),
    fed("shipment.dispatched", SHIPMENT),
    fed("shipment.arrived", SHIPMENT),
    fed("shipment.delivered", SHIPMENT),
    fed("shipment.refused", SHIPMENT),
    fed("shipment.lost", SHIPMENT),
    fed("shipment.returned", SHIPMENT),
    fed("shipment.cancelled", SHIPMENT),
    fed("shipment.temperature_breached", SHIPMENT, **WARM),
    fed("goods_receipt.posted", RECEIPT),
    fed("goods_receipt.reversed", RECEIPT),
]


def said(one: Fed, **changes: Any) -> list[Said]:
    """What is said of one event of the feed, on facts of its own."""
    return list(BUILDERS[one.type](one, facts(**changes)))


def later(moment: datetime = T0, **passed: int) -> datetime:
    """A moment after another one."""
    return moment + timedelta(**passed)


def every() -> Iterator[tuple[Fed, Said]]:
    """Everything that is said of the feed."""
    for one in FEED:
        for thing in said(one):
            yield one, thing
