"""A receipt that does not hold is taken back exactly, by the hub or its buyer, before it is signed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from app import reconcile
from tests import trade
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]
WRONG = {"reason": "miscounted", "note": "Dua peti terhitung dua kali."}


async def test_another_takes_over(hub: Api, unique: Unique, app: Any) -> None:
    """What it added is taken off to the gram, also beside another receipt of the same line."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    await tale.received(await tale.lot(1))
    shipment = await tale.arrived(await tale.lot(0, "59.999"))
    clerk = tale.market.api
    before = (await tale.order())["lines"][0]
    line = story.verdict(shipment["lots"][0], downgraded="1.5", rejected="2.001", short="3")
    receipt = await clerk.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    path = f"/v1/goods-receipts/{receipt['id']}"
    assert (await tale.order())["lines"][0]["downgraded"] == kg("1.5")
    gone = await clerk.do(f"{path}/reverse", WRONG)
    assert (gone["status"], gone["reason"], gone["note"]) == ("reversed", *WRONG.values())
    assert (await tale.order())["lines"][0] == before
    assert (await clerk.post(f"{path}/reverse", WRONG)).status_code == 409
    assert (await clerk.post(f"{path}/sign")).status_code == 409
    assert (await reconcile.drifted(app.state.database))["order_lines.received"] == []

    again = await clerk.do("/v1/goods-receipts", story.receipt_body(shipment))
    assert again["id"] != receipt["id"]
    assert (await tale.order())["lines"][0]["accepted"] == kg("99.999")
    assert (await reconcile.drifted(app.state.database))["order_lines.received"] == []
    listed = await clerk.read("/v1/goods-receipts", shipment_id=shipment["id"])
    assert [each["status"] for each in listed["data"]] == ["posted", "reversed"]
    told = await clerk.read("/v1/events", limit=100)
    kinds = [e["type"] for e in told["data"] if e["data"]["id"] == receipt["id"]]
    assert kinds == ["goods_receipt.posted", "goods_receipt.reversed"]


async def test_who_may_and_until_when(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    path = f"/v1/goods-receipts/{receipt['id']}/reverse"
    for stranger in ((await trade.buyer(hub)).api, tale.sellers[0], tale.carrier):
        assert (await stranger.post(path, WRONG)).status_code == 404
    assert (await hub.post(path, {"reason": "just so"})).status_code == 422
    assert (await hub.post(path)).status_code == 422
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    for either in (hub, tale.market.api):
        signed = await either.post(path, WRONG)
        assert (signed.status_code, signed.json()["current_status"]) == (409, "signed")


async def test_signed_or_reversed_but_not_both(hub: Api, unique: Unique) -> None:
    """Whoever comes second at the same moment is told; the order is complete or open, never both."""
    outcomes = set()
    for n in range(4):
        tale = await story.confirmed(hub, unique(f"eggs{n}"), 100)
        receipt = await tale.received(await tale.lot())
        path = f"/v1/goods-receipts/{receipt['id']}"
        first = [tale.market.api.post(f"{path}/sign"), hub.post(f"{path}/reverse", WRONG)]
        answers = await asyncio.gather(*(first if n % 2 else first[::-1]))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        status = (await hub.read(path))["status"]
        outcomes.add(status)
        line = (await tale.order())["lines"][0]
        assert (line["received"], (await tale.order())["status"]) == {
            "signed": (kg(100), "completed"),
            "reversed": (kg(0), "in_progress"),
        }[status]
    assert outcomes <= {"signed", "reversed"}
