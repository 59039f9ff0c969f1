"""Lots: weighed within what was confirmed, moved whole, seen by their seller and the hub alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.core.ids import decode
from tests import trade
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]


def _body(tale: story.Story, **fields: Any) -> dict[str, Any]:
    body = {
        "allocation_id": tale.allocations[0]["id"],
        "net_weight": kg(10),
        "produced_on": trade.day(),
    }
    return body | fields


async def test_lots_never_weigh_more_than_the_allocation(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    await tale.lot(weight=60)
    answer = await tale.sellers[0].post("/v1/lots", _body(tale, net_weight=kg(40.001)))
    assert answer.status_code == 409
    assert answer.json()["code"] == "over_allocation"
    assert (await tale.lot(weight=40))["status"] == "available"


async def test_two_scales_at_once_do_not_weigh_more_either(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    body = _body(tale, net_weight=kg(30))
    answers = await asyncio.gather(*(tale.sellers[0].post("/v1/lots", body) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 3


async def test_the_hub_weighs_for_a_seller(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await hub.do("/v1/lots", _body(tale, net_weight={"value": "1", "unit": "kuintal"}))
    assert lot["net_weight"] == kg(100)
    assert lot["seller_id"] == tale.sellers[0].id


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"net_weight": kg(0)}, "/net_weight/value"),
        ({"net_weight": {"value": "-1", "unit": "kg"}}, "/net_weight/value"),
        ({"net_weight": {"value": "1", "unit": "peti"}}, "/net_weight/unit"),
        ({"count": 0}, "/count"),
        ({"produced_on": trade.day(1)}, "/produced_on"),
        ({"produced_on": trade.day(-400)}, "/produced_on"),
        ({"grade": "a"}, "/grade"),
    ],
)
async def test_nonsense_is_refused_with_its_place(
    hub: Api, unique: Unique, fields: dict[str, Any], pointer: str
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    answer = await tale.sellers[0].post("/v1/lots", _body(tale, **fields))
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


async def test_a_lot_is_found_by_what_its_label_says(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    lot, _ = await tale.lot(0), await tale.lot(1)
    for number in (lot["number"], lot["number"].lower()):
        for reader in (hub, tale.sellers[0]):
            found = (await reader.read("/v1/lots", number=number))["data"]
            assert [one["id"] for one in found] == [lot["id"]]
    for reader, number in (
        (tale.sellers[1], lot["number"]),
        (hub, lot["number"][:-1]),
    ):
        assert (await reader.read("/v1/lots", number=number))["data"] == []
    assert (await hub.get("/v1/lots", number="LOT\x00")).status_code == 422


async def test_only_the_seller_and_the_hub_know_a_lot(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    lot = await tale.lot(0)
    await tale.planned(lot)
    path = f"/v1/lots/{lot['id']}"
    assert (await tale.sellers[0].read(path))["id"] == lot["id"]
    assert (await hub.read(path))["id"] == lot["id"]
    for stranger in (tale.sellers[1], tale.market.api, tale.carrier):
        assert (await stranger.get(path)).status_code == 404
    assert (await tale.sellers[1].read("/v1/lots"))["data"] == []
    found = await tale.sellers[0].read("/v1/lots", order_id=tale.order_id, status="depleted")
    assert [each["id"] for each in found["data"]] == [lot["id"]]
    foreign = await tale.sellers[1].post("/v1/lots", _body(tale))
    assert foreign.status_code == 404


async def test_an_unconfirmed_allocation_is_not_weighed(hub: Api, unique: Unique) -> None:
    eggs, market = await trade.goods(hub, unique("eggs")), await trade.buyer(hub)
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 100)
    order = await trade.order(market, eggs, 100)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    offered = (await seller.read("/v1/allocations"))["data"][0]
    body = {"allocation_id": offered["id"], "net_weight": kg(1), "produced_on": trade.day()}
    answer = await seller.post("/v1/lots", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "wrong_state"


async def test_a_cancelled_order_gives_lots_back(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Planned trucks are called off, every lot is its seller's again, none can be made."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    loaded, loose = await tale.lot(0), await tale.lot(1, weight=30)
    shipment = await tale.planned(loaded)
    await tale.market.api.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    seen = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (seen["status"], seen["reason"]) == ("cancelled", "order_cancelled")
    assert seen["tracking_status"] == "cancelled"
    for seller, lot in zip(tale.sellers, (loaded, loose), strict=True):
        after = await seller.read(f"/v1/lots/{lot['id']}")
        assert (after["status"], after["balance"]) == ("depleted", kg(0))
    assert await _kinds(owner, loaded["id"]) == ["create", "load", "unload", "give_back"]
    assert await _kinds(owner, loose["id"]) == ["create", "give_back"]
    answer = await tale.sellers[1].post("/v1/lots", _body(tale, net_weight=kg(1)))
    assert answer.status_code == 404  # the allocation is another seller's
    answer = await tale.sellers[0].post("/v1/lots", _body(tale, net_weight=kg(1)))
    assert answer.status_code == 409


async def test_lots_of_other_orders_in_a_called_off_truck_are_free_again(
    hub: Api, unique: Unique
) -> None:
    market = await trade.buyer(hub)
    one = await story.confirmed(hub, unique("eggs"), 50, market=market)
    two = await story.confirmed(hub, unique("corn"), 70, market=market)
    mine, other = await one.lot(), await two.lot()
    await one.planned(mine, other)
    await market.api.do(f"/v1/orders/{one.order_id}/cancel", {"reason": "other"})
    after = await hub.read(f"/v1/lots/{other['id']}")
    assert (after["status"], after["balance"]) == ("available", kg(70))
    assert (await two.planned(other))["status"] == "planned"


async def _kinds(owner: asyncpg.Connection, lot_id: str) -> list[str]:
    rows = await owner.fetch(
        "SELECT kind FROM lot_movements WHERE lot_id = $1 ORDER BY id", decode("lot", lot_id)
    )
    return [row["kind"] for row in rows]


async def test_balances_are_the_sum_of_their_movements(hub: Api, unique: Unique, app: Any) -> None:
    """Mass balance over every lot that any test has made: in = out + balance, exactly."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    one, two = await tale.lot(0), await tale.lot(1)
    shipment = await tale.planned(one, two)
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "replanned"})
    await tale.planned(one)
    assert not any((await reconcile.drifted(app.state.database)).values())
