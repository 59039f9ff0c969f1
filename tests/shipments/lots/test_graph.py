"""Goods go from lots into lots: exactly, knowing whose they are, and back again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests import trade
from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.lots import book

Unique = Callable[[str], str]


async def pooled(hub: Api, unique: Unique, *shares: int) -> tuple[story.Story, Any]:
    """An order shared by sellers whose lots were merged; the pooled lot."""
    tale = await story.confirmed(hub, unique("eggs"), *shares)
    lots = [await tale.lot(n, count=10 * share) for n, share in enumerate(shares)]
    return tale, await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})


async def test_a_merged_lot_knows_whose_goods_are_in_it(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    lots = [await tale.lot(0, produced_on=trade.day(-2)), await tale.lot(1)]
    made = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    assert (made["status"], made["balance"], made["count"]) == ("available", kg(100), None)
    assert made["produced_on"] == trade.day(-2)
    assert [made[name] for name in ("allocation_id", "seller_id", "site_id")] == [None] * 3
    assert {source["seller_id"]: source["quantity"] for source in made["sources"]} == {
        tale.sellers[0].id: kg(60),
        tale.sellers[1].id: kg(40),
    }
    for lot in lots:
        after = await hub.read(f"/v1/lots/{lot['id']}")
        assert (after["status"], after["balance"]) == ("depleted", kg(0))
    assert not await book.unequal(owner)


async def test_sellers_see_the_pool_and_only_their_own_share(hub: Api, unique: Unique) -> None:
    tale, lot = await pooled(hub, unique, 60, 40)
    for n, share in enumerate((60, 40)):
        seen = await tale.sellers[n].read(f"/v1/lots/{lot['id']}")
        assert seen["balance"] == kg(100)
        assert [(s["seller_id"], s["quantity"]) for s in seen["sources"]] == [
            (tale.sellers[n].id, kg(share))
        ]
        listed = (await tale.sellers[n].read("/v1/lots"))["data"]
        assert {each["id"] for each in listed} >= {lot["id"]}
        (event,) = (await tale.sellers[n].read(f"/v1/lots/{lot['id']}/events"))["data"]
        assert [flow["quantity"] for flow in event["flows"]] == [kg(share)]
    for stranger in (tale.market.api, tale.carrier):
        assert (await stranger.get(f"/v1/lots/{lot['id']}")).status_code in (403, 404)
    for path, body in (
        (f"/v1/lots/{lot['id']}/hold", {"reason": "dirty"}),
        (f"/v1/lot-events/{event['id']}/undo", {}),
    ):
        assert (await tale.sellers[0].post(path, body)).status_code == 403
        assert (await (await hub.party("seller")).post(path, body)).status_code == 404


OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "split": ("split", {"parts": [{"quantity": kg("33.333"), "count": 333}]}),
    "split in three": (
        "split",
        {"parts": [{"quantity": kg("0.001"), "count": 1}, {"quantity": kg("99.998"), "count": 998},
                   {"quantity": kg("0.001"), "count": 1}]},
    ),
    "downgrade": ("downgrade", {"quantity": kg("7"), "count": 70, "grade": "b", "reason": "dirty"}),
    "downgrade all": ("downgrade", {"grade": "b", "reason": "dirty"}),
    "reject": ("reject", {"quantity": kg("10.1"), "count": 101, "reason": "broken"}),
    "reject all": ("reject", {"reason": "spoiled"}),
    "hold": ("hold", {"quantity": kg("50"), "count": 500, "reason": "dirty"}),
    "shrink": ("shrink", {"quantity": kg("0.5"), "count": 0, "reason": "dried"}),
    "shrink all": ("shrink", {"quantity": kg("100"), "reason": "stolen"}),
    "adjust": ("adjust", {"net_weight": kg("99.123"), "count": 995, "reason": "dried"}),
    "recount": ("adjust", {"net_weight": kg("100"), "count": 1003, "reason": "weighed_wrong"}),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
async def test_every_operation_is_balanced_and_has_an_exact_inverse(
    hub: Api, unique: Unique, owner: asyncpg.Connection, name: str
) -> None:
    action, body = OPERATIONS[name]
    tale, lot = await pooled(hub, unique, 61, 39)
    before = await book.state(owner, tale.order_id)
    await hub.do(f"/v1/lots/{lot['id']}/{action}", body)
    assert not await book.unequal(owner)
    after = await book.state(owner, tale.order_id)
    assert after != before
    event = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"][0]
    assert event["kind"] == action
    undone = await hub.do(f"/v1/lot-events/{event['id']}/undo", {"reason": "Salah lot."})
    assert undone["undone_by"]
    assert await book.state(owner, tale.order_id) == before
    assert not await book.unequal(owner)
    again = await hub.post(f"/v1/lot-events/{event['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "undone_already")


async def test_losses_and_rejections_free_the_line(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Lost goods were given: delivered. Rejected ones are the seller's: its offer has them again."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    await hub.do(f"/v1/lots/{lot['id']}/shrink", {"quantity": kg(3), "reason": "broken"})
    answer = await hub.do(f"/v1/lots/{lot['id']}/reject", {"quantity": kg(10), "reason": "dirty"})
    assert (answer["balance"], answer["made"][0]["status"]) == (kg(87), "rejected")
    line = (await tale.order())["lines"][0]
    assert (line["allocated"], line["unallocated"]) == (kg(87), kg(13))
    share = await tale.sellers[0].read(f"/v1/allocations/{tale.allocations[0]['id']}")
    assert (share["quantity"], share["weighed"]) == (kg(87), kg(87))
    offer = await tale.sellers[0].read(f"/v1/supply-offers/{share['offer_id']}")
    assert [offer[k] for k in ("committed", "delivered", "available")] == [kg(87), kg(3), kg(10)]
    assert not await book.unequal(owner)
    await hub.do(f"/v1/lots/{lot['id']}/reject", {"reason": "spoiled"})
    share = await tale.sellers[0].read(f"/v1/allocations/{tale.allocations[0]['id']}")
    assert (share["status"], share["reason"]) == ("released", "goods_rejected")
    assert (await tale.order())["lines"][0]["unallocated"] == kg(100)
    assert not await book.unequal(owner)


async def test_repacking_may_lose_and_never_gains(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 30, 20, 50)
    lots = [await tale.lot(n, count=c) for n, c in enumerate((300, 200, 500))]
    ids = [lot["id"] for lot in lots]
    parts = [{"quantity": kg("49.999"), "count": 500}, {"quantity": kg(48), "count": 490}]
    before = await book.state(owner, tale.order_id)
    refused = await hub.post("/v1/lots/repack", {"lot_ids": ids, "parts": parts})
    assert refused.json()["errors"][0]["code"] == "reason_needed"
    more = [*parts, {"quantity": kg("2.002"), "count": 10}]
    refused = await hub.post("/v1/lots/repack", {"lot_ids": ids, "parts": more})
    assert (refused.json()["code"], refused.json()["left"]) == ("not_in_lot", "100")
    assert await book.state(owner, tale.order_id) == before
    body = {"lot_ids": ids, "parts": parts, "reason": "broken"}
    made = (await hub.do("/v1/lots/repack", body))["data"]
    assert [(lot["balance"], lot["count"]) for lot in made] == [(kg("49.999"), 500), (kg(48), 490)]
    assert not await book.unequal(owner)
    event = (await hub.read(f"/v1/lots/{ids[0]}/events"))["data"][0]
    assert event["loss"] == kg("2.001")
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert await book.state(owner, tale.order_id) == before
    assert not await book.unequal(owner)


async def test_what_is_found_grows_as_far_as_the_line_takes_more(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Nothing above what was allocated without a tolerance; up to that where less was weighed."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot(weight=95)
    body = {"net_weight": kg(97), "reason": "weighed_wrong"}
    before = await book.state(owner, tale.order_id)
    found = await hub.do(f"/v1/lots/{lot['id']}/adjust", body)
    assert (found["balance"], found["net_weight"]) == (kg(97), kg(97))
    assert not await book.unequal(owner)
    refused = await hub.post(f"/v1/lots/{lot['id']}/adjust", body | {"net_weight": kg(101)})
    assert (refused.json()["code"], refused.json()["left"]) == ("over_allocation", "3")
    event = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"][0]
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert await book.state(owner, tale.order_id) == before


async def test_what_was_lost_does_not_come_back_to_a_line_that_is_filled_again(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    await hub.do(f"/v1/lots/{lot['id']}/reject", {"quantity": kg(10), "reason": "dirty"})
    event = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"][0]
    await hub.do(f"/v1/orders/{tale.order_id}/allocate")
    refused = await hub.post(f"/v1/lot-events/{event['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "line_filled")
    assert not await book.unequal(owner)


async def test_undoing_waits_for_what_was_done_since(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale, lot = await pooled(hub, unique, 60, 40)
    (merge,) = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    part = {"quantity": kg(30), "count": 300}
    made = (await hub.do(f"/v1/lots/{lot['id']}/split", {"parts": [part]}))["made"][0]
    refused = await hub.post(f"/v1/lot-events/{merge['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "lot_moved_on")
    assert refused.json()["lot_ids"] == [lot["id"]]
    store = await (await hub.party("operator")).site("store")
    shipment = await tale.planned(made | {"site_id": store})
    split = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"][0]
    refused = await hub.post(f"/v1/lot-events/{split['id']}/undo")
    assert refused.json()["code"] == "lot_moved_on"
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "replanned"})
    for event in (split, merge):
        await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert (await hub.read(f"/v1/lots/{lot['id']}"))["status"] == "depleted"
    assert set((await book.weighed(owner, tale.order_id)).values()) == {Decimal(60), Decimal(40)}
    assert not await book.unequal(owner)
