"""Nobody wrote down what arrived: after three days it was as it left, and the buyer may claim."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from app import reconcile
from app.core.ids import decode
from app.shipments.receipts.silence import RECEIVING, deem_signed, post_overdue
from tests import worker
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]
LATER = RECEIVING + timedelta(seconds=5)


async def delivered(tale: story.Story, *lots: Any) -> Any:
    """A shipment handed over a moment ago."""
    shipment = await tale.arrived(*lots)
    return await tale.carrier.do(f"/v1/shipments/{shipment['id']}/deliver")


async def receipt_of(tale: story.Story, shipment: Any) -> Any:
    """The newest receipt of a shipment, as its buyer reads it; None without one."""
    clerk = tale.market.api
    found = (await clerk.read("/v1/goods-receipts", shipment_id=shipment["id"]))["data"]
    return found and await clerk.read(f"/v1/goods-receipts/{found[0]['id']}")


async def test_silence_receives_all_as_it_left(hub: Api, unique: Unique, app: Any) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await delivered(tale, await tale.lot(0), await tale.lot(1))
    await worker.all_at(app, RECEIVING - timedelta(minutes=5), post_overdue)
    assert not await receipt_of(tale, shipment)
    await worker.all_at(app, LATER, post_overdue)
    receipt = await receipt_of(tale, shipment)
    assert (receipt["status"], receipt["posted_by_rule"]) == ("posted", True)
    assert [line["accepted"] for line in receipt["lines"]] == [kg(60), kg(40)]
    assert (await tale.order())["lines"][0]["accepted"] == kg(100)
    assert receipt["allowed_actions"] == ["sign"]  # its silence has accepted; it may still claim
    refused = await tale.market.api.post(
        f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "disputed"}
    )
    assert refused.status_code == 403
    told = await tale.market.api.read("/v1/events", limit=100)
    posted = [e for e in told["data"] if e["type"] == "goods_receipt.posted"]
    assert [e["data"]["posted_by_rule"] for e in posted] == [True]
    past = await hub.read(f"/v1/history/{receipt['id']}")
    assert [step["reason"] for step in past["data"]] == ["no_answer"]
    await worker.all_at(app, LATER + timedelta(days=4), deem_signed)
    assert (await tale.order())["status"] == "completed"
    assert (await reconcile.drifted(app.state.database))["order_lines.received"] == []


async def test_a_draft_that_was_never_posted_does_not_count(
    hub: Api, unique: Unique, app: Any
) -> None:
    """It becomes the receipt, all as it left: what it says was not posted."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await delivered(tale, await tale.lot(0), await tale.lot(1))
    line = story.verdict(shipment["lots"][0], rejected="60")
    body = {"shipment_id": shipment["id"], "lines": [line], "draft": True}
    draft = await tale.market.api.do("/v1/goods-receipts", body)
    await worker.all_at(app, LATER, post_overdue)
    receipt = await receipt_of(tale, shipment)
    assert (receipt["id"], receipt["status"], receipt["version"]) == (draft["id"], "posted", 2)
    assert [line["rejected"] for line in receipt["lines"]] == [kg(0), kg(0)]
    assert (await tale.order())["lines"][0]["accepted"] == kg(100)


async def test_what_was_reversed_may_be_written_anew_for_as_long(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """Silence is counted from the last word: the clerk is not overtaken while correcting."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await delivered(tale, await tale.lot())
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    await hub.do(f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "miscounted"})
    at = await owner.fetchval(
        "UPDATE shipments SET delivered_at = delivered_at - interval '10 days' WHERE id = $1 "
        "RETURNING delivered_at",
        decode("shp", shipment["id"]),
    )
    assert isinstance(at, datetime)
    await worker.all_at(app, timedelta(), post_overdue)
    assert (await receipt_of(tale, shipment))["status"] == "reversed"
    await worker.all_at(app, LATER, post_overdue)
    assert (await receipt_of(tale, shipment))["posted_by_rule"]


async def test_the_clerk_and_silence_at_the_same_moment(hub: Api, unique: Unique, app: Any) -> None:
    """One receipt, whoever was first; what it says is on the order once."""
    for n in range(3):
        tale = await story.confirmed(hub, unique(f"eggs{n}"), 100)
        shipment = await delivered(tale, await tale.lot())
        line = story.verdict(shipment["lots"][0], short="10")
        answer, _ = await asyncio.gather(
            tale.market.api.post("/v1/goods-receipts", story.receipt_body(shipment, line)),
            worker.at(app, LATER, post_overdue),
        )
        receipt = await receipt_of(tale, shipment)
        assert answer.status_code == (409 if receipt["posted_by_rule"] else 201), answer.text
        short = kg(0) if receipt["posted_by_rule"] else kg(10)
        assert (await tale.order())["lines"][0]["short"] == short
        await worker.all_at(app, LATER, post_overdue)
    assert (await reconcile.drifted(app.state.database))["order_lines.received"] == []


async def test_a_draft_posted_while_silence_falls(hub: Api, unique: Unique, app: Any) -> None:
    for n in range(3):
        tale = await story.confirmed(hub, unique(f"eggs{n}"), 100)
        shipment = await delivered(tale, await tale.lot())
        line = story.verdict(shipment["lots"][0], short="10")
        body = {"shipment_id": shipment["id"], "lines": [line], "draft": True}
        draft = await tale.market.api.do("/v1/goods-receipts", body)
        answer, _ = await asyncio.gather(
            tale.market.api.post(f"/v1/goods-receipts/{draft['id']}/post"),
            worker.at(app, LATER, post_overdue),
        )
        receipt = await receipt_of(tale, shipment)
        assert answer.status_code == (409 if receipt["posted_by_rule"] else 200), answer.text
        short = kg(0) if receipt["posted_by_rule"] else kg(10)
        assert (await tale.order())["lines"][0]["short"] == short
        await worker.all_at(app, LATER, post_overdue)
