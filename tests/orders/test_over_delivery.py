"""Over-delivery: within the tolerance a seller may bring more, if offer and quota give it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from app.orders import progress
from tests.api import Api, kg
from tests.orders.held import Deal, deal, nothing_drifted

Unique = Callable[[str], str]


async def weighed(made: Deal, weight: float, n: int = 0) -> Any:
    """The answer to weighing so much of the *n*-th seller's allocation."""
    body = {
        "allocation_id": made.story.allocations[n]["id"],
        "net_weight": kg(weight),
        "produced_on": (await made.order())["placed_at"][:10],
    }
    return await made.story.sellers[n].post("/v1/lots", body)


async def test_more_within_the_tolerance_completes_the_order_by_itself(
    hub: Api, unique: Unique, app: Any
) -> None:
    made = await deal(hub, unique("eggs"), 100, spare=50, over_tolerance_pct="5")
    lot = await weighed(made, 104)
    assert lot.status_code == 201, lot.text
    order = await made.order()
    (line,) = order["lines"]
    assert (line["over"], line["allocated"], line["unallocated"]) == (kg(4), kg(104), kg(0))
    assert await made.quota() == ("104", "0", "896")
    assert await made.offered() == [(0, 104, 0)]
    share = await made.story.sellers[0].read(f"/v1/allocations/{made.story.allocations[0]['id']}")
    assert share["quantity"] == kg(104)
    await nothing_drifted(app)
    receipt = await made.story.received(lot.json())
    await made.story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await made.order()
    assert (order["status"], order["lines"][0]["accepted"]) == ("completed", kg(104))
    assert await made.quota() == ("0", "104", "896")
    assert await made.offered() == [(0, 0, 104)]
    await nothing_drifted(app)


async def test_beyond_the_tolerance_it_says_what_is_left(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"), 100, spare=50, over_tolerance_pct="5")
    assert (await weighed(made, 60)).status_code == 201
    answer = await weighed(made, 45.001)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_allocation")
    assert (answer.json()["left"], answer.json()["unit"]) == ("45", "kg")
    assert (await weighed(made, 43)).status_code == 201
    assert (await weighed(made, 2)).status_code == 201
    answer = await weighed(made, 0.001)
    assert answer.json()["left"] == "0"


async def test_without_a_tolerance_nothing_goes_over(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"), 100, spare=50)
    answer = await weighed(made, 100.001)
    assert (answer.status_code, answer.json()["left"]) == (409, "100")


async def test_an_offer_that_has_no_more_gives_no_more(hub: Api, unique: Unique, app: Any) -> None:
    made = await deal(hub, unique("eggs"), 100, spare=3, over_tolerance_pct="5")
    answer = await weighed(made, 104)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_allocation")
    assert (answer.json()["left"], answer.json()["unit"]) == ("103", "kg")
    assert (await weighed(made, 103)).status_code == 201
    await nothing_drifted(app)


async def test_a_quota_that_has_no_more_gives_no_more(hub: Api, unique: Unique, app: Any) -> None:
    made = await deal(hub, unique("eggs"), 990, spare=50, over_tolerance_pct="5")
    answer = await weighed(made, 1001)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_allocation")
    assert answer.json()["left"] == "1000"
    assert "agl_" not in answer.text, "whose quota it is, and how much, is the buyer's"
    assert (await weighed(made, 1000)).status_code == 201
    assert await made.quota() == ("1000", "0", "0")
    await nothing_drifted(app)


async def test_who_was_too_late_is_not_told_of_the_quota(
    hub: Api, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the rest between looking and taking."""
    made = await deal(hub, unique("eggs"), 990, spare=50, over_tolerance_pct="5")

    async def as_it_was(*_: Any) -> Decimal:
        return Decimal(40)

    monkeypatch.setattr(progress, "room", as_it_was)
    answer = await weighed(made, 1001)
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_exceeded")
    assert "left" not in answer.json()
    assert "agl_" not in answer.text


async def test_an_agreement_that_has_ended_gives_no_more(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Its orders go on as they were promised; the seller is not told how the agreement stands."""
    made = await deal(hub, unique("eggs"), 100, spare=50, over_tolerance_pct="5")
    await hub.do(f"/v1/agreements/{made.agreement}/terminate", {"reason": "non_payment"})
    answer = await weighed(made, 101)
    assert (answer.status_code, answer.json()["code"]) == (409, "over_allocation")
    assert (answer.json()["left"], "terminated" in answer.text) == ("100", False)
    assert (await weighed(made, 100)).status_code == 201
    await nothing_drifted(app)


async def test_lots_weighed_at_once_share_the_tolerance(hub: Api, unique: Unique, app: Any) -> None:
    """Two sellers of one line, eight lots of 12 each: of 110 + 105 kg none goes missing or over."""
    made = await deal(hub, unique("eggs"), 60, 40, spare=20, over_tolerance_pct="10")
    answers = await asyncio.gather(*(weighed(made, 12, n) for n in (0, 1) * 8))
    done = sum(answer.status_code == 201 for answer in answers)
    assert {answer.status_code for answer in answers} == {201, 409}, [a.text for a in answers]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"over_allocation"}
    (line,) = (await made.order())["lines"]
    assert float(line["over"]["value"]) <= 10
    lots = (await hub.read("/v1/lots", order_id=made.order_id))["data"]
    assert len(lots) == done
    await nothing_drifted(app)


async def test_over_delivery_goes_back_when_the_order_is_cancelled(
    hub: Api, unique: Unique, app: Any
) -> None:
    made = await deal(hub, unique("eggs"), 100, spare=50, over_tolerance_pct="5")
    assert (await weighed(made, 105)).status_code == 201
    await hub.do(f"/v1/orders/{made.order_id}/cancel", {"reason": "other"})
    assert await made.quota() == ("0", "0", "1000")
    assert await made.offered() == [(0, 0, 0)]
    await nothing_drifted(app)
