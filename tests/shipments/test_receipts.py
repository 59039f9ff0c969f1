"""Goods receipts: every lot once, parts that add up, one per shipment, signed by the buyer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from app.core.ids import decode
from tests import trade
from tests.api import Api, Party, kg
from tests.shipments import story

Unique = Callable[[str], str]


async def test_what_a_receipt_may_not_say(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await tale.arrived(await tale.lot(0), await tale.lot(1))
    one, two = (story.verdict(lot) for lot in shipment["lots"])
    other = await story.confirmed(hub, unique("corn"), 10)
    foreign = one | {"lot_id": (await other.lot())["id"]}
    too_much = {"received": kg(100), "accepted": kg(100)}
    wrong: list[tuple[list[Any], str]] = [
        ([one], "/lines"),
        ([one, one, two], "/lines/1/lot_id"),
        ([one, foreign], "/lines/1/lot_id"),
        ([one, two | {"accepted": kg(1)}], "/lines/1/received"),
        ([one | too_much, two], "/lines/0/received"),
        ([one, two | {"rejected": {"value": "-1", "unit": "kg"}}], "/lines/1/rejected/value"),
        ([one, two | {"reason": "just so"}], "/lines/1/reason"),
        ([], "/lines"),
    ]
    for lines, pointer in wrong:
        body = {"shipment_id": shipment["id"], "lines": lines}
        answer = await tale.market.api.post("/v1/goods-receipts", body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await tale.order())["lines"][0]["received"] == kg(0)


async def test_nothing_at_all_may_have_arrived(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    line = story.verdict(shipment["lots"][0], short="100") | {"reason": "lost", "note": "Hilang."}
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    assert receipt["lines"][0]["short"] == kg(100)
    assert receipt["lines"][0]["received"] == kg(0)


async def test_one_receipt_per_shipment_and_not_before_it_is_there(
    hub: Api, unique: Unique
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    body = story.receipt_body(shipment)
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    early = await hub.post("/v1/goods-receipts", body)
    assert early.status_code == 409
    assert {"track", "arrive", "deliver"} <= set(early.json()["allowed_actions"])
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/arrive")
    answers = await asyncio.gather(
        *(each.post("/v1/goods-receipts", body) for each in (tale.market.api, hub) * 2)
    )
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    made = next(a for a in answers if a.status_code == 201).json()
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "already_exists"
            assert answer.json()["existing_id"] == made["id"]
    assert (await tale.order())["lines"][0]["received"] == kg(100)


async def _desk_that_buys(hub: Api, owner: asyncpg.Connection) -> Party:
    """No key of the hub may make this one: it would open more. An older one may be there."""
    asked = {"name": "Meja", "roles": ["operator", "buyer"]}
    party_id = (await hub.do("/v1/parties", asked))["id"]
    made = await hub.do("/v1/api-keys", {"party_id": party_id, "scopes": ["operator"]})
    await owner.execute(
        "UPDATE api_keys SET roles = '{buyer,operator}' WHERE id = $1", decode("key", made["id"])
    )
    return Party(hub.client, made["key"], party_id)


async def test_only_the_buyer_signs(hub: Api, unique: Unique, owner: asyncpg.Connection) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    path = f"/v1/goods-receipts/{receipt['id']}"
    assert receipt["lines"][0]["seller_id"] is None
    seen = await hub.read(path)
    assert seen["allowed_actions"] == ["reverse"]
    assert seen["lines"][0]["seller_id"] == tale.sellers[0].id
    assert (await hub.post(f"{path}/sign")).status_code == 403
    # Not even a desk of the hub that buys too.
    both = await _desk_that_buys(hub, owner)
    assert (await both.post(f"{path}/sign")).status_code == 403
    for stranger in ((await trade.buyer(hub)).api, tale.sellers[0], tale.carrier):
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(f"{path}/sign")).status_code == 404
    assert (await tale.market.api.do(f"{path}/sign"))["status"] == "signed"
    assert (await tale.market.api.post(f"{path}/sign")).status_code == 409
    listed = await tale.market.api.read("/v1/goods-receipts", status="signed")
    assert [each["id"] for each in listed["data"]] == [receipt["id"]]


async def test_a_stranger_does_not_receive(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    body = story.receipt_body(shipment)
    stranger = (await trade.buyer(hub)).api
    assert (await stranger.post("/v1/goods-receipts", body)).status_code == 404
    assert (await tale.carrier.post("/v1/goods-receipts", body)).status_code == 403


async def test_the_last_of_two_signatures_completes_the_order(hub: Api, unique: Unique) -> None:
    """Both at the same moment: one of them sees the other, so that the order never stays open."""
    for _ in range(3):
        tale = await story.confirmed(hub, unique("eggs"), 60, 40)
        receipts = [await tale.received(await tale.lot(n)) for n in range(2)]
        await asyncio.gather(
            *(tale.market.api.do(f"/v1/goods-receipts/{r['id']}/sign") for r in receipts)
        )
        assert (await tale.order())["status"] == "completed"


async def test_every_step_is_told_once(hub: Api, unique: Unique) -> None:
    """The buyer's feed has the shipment's and the receipt's steps, the seller's its lot's."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    of_buyer = await tale.market.api.read("/v1/events", limit=100)
    kinds = [e["type"] for e in of_buyer["data"] if e["type"].split(".")[0] in STEPS]
    assert kinds == [
        "shipment.created",
        "shipment.dispatched",
        "shipment.arrived",
        "goods_receipt.posted",
        "goods_receipt.signed",
    ]
    of_seller = await tale.sellers[0].read("/v1/events", limit=100)
    lots = [e["type"] for e in of_seller["data"] if e["type"].startswith("lot.")]
    assert lots == ["lot.created", "lot.loaded"]
    assert tale.sellers[0].id not in str(of_buyer)


STEPS = ("shipment", "goods_receipt", "lot")
