"""Claims nobody answers are granted, at the hub's cost; claims that ended are put away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from app.core import workdays
from app.core.ids import decode
from app.shipments.claims.answering import close_claims, deem_claims_accepted
from app.shipments.claims.rules import CLOSED_AFTER
from tests import worker
from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.claims.complaining import answered, claimed, complaint, granting, judged

Unique = Callable[[str], str]


async def test_silence_grants_all_of_it_and_the_hub_bears_it(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """Nobody asked the sellers: their shares stay whole. Looking into it does not stop the clock."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await judged(tale, await tale.lot(), short="2")
    lines = [
        await complaint(clerk, receipt, quantity=kg(4)),
        await complaint(clerk, receipt, about="short", remedy="replacement"),
        await complaint(clerk, receipt, remedy="replacement", quantity=kg(2)),
    ]
    claim = await claimed(tale, receipt, *lines)
    path = f"/v1/claims/{claim['id']}"
    await hub.do(f"{path}/review")
    made, due = (datetime.fromisoformat(claim[name]) for name in ("created_at", "answer_by"))
    assert due == workdays.after(made, 3)
    await worker.all_at(app, due - made - timedelta(minutes=5), deem_claims_accepted)
    assert (await clerk.read(path))["status"] == "under_review"
    await worker.all_at(app, due - made + timedelta(seconds=5), deem_claims_accepted)
    after = await hub.read(path)
    assert after["status"] == "deemed_accepted"
    granted = [line["granted"] for line in after["lines"]]
    assert [each["amount"]["amount"] for each in granted] == ["110000", "0", "55000"]
    assert [each["borne_by"] for each in granted] == ["hub", None, "hub"]
    taken = (await hub.read("/v1/deductions", claim_id=claim["id"]))["data"]
    said = sorted((each["borne_by"], each["amount"]["amount"]) for each in taken)
    assert said == [("hub", "110000"), ("hub", "55000")]
    assert taken[0]["party_id"] != tale.sellers[0].id
    assert (await tale.sellers[0].read("/v1/deductions"))["data"] == []
    said = {"lines": [granting(claim), granting(claim, n=1)]}
    assert (await hub.post(f"{path}/answer", said)).status_code == 409
    past = await hub.read(f"/v1/history/{claim['id']}")
    assert "no_answer" in [step["reason"] for step in past["data"]]


async def test_what_ended_is_closed_after_a_week(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    resolved, rejected, waiting = [await claimed(tale, receipt) for _ in range(3)]
    await answered(hub, resolved)
    await hub.do(f"/v1/claims/{resolved['id']}/resolve")
    nothing = granting(rejected, kg(0), note="Foto menunjukkan peti lain.")
    await answered(hub, rejected, nothing)
    await answered(hub, waiting)
    claims = (resolved, rejected, waiting)

    async def statuses() -> list[str]:
        return [(await hub.read(f"/v1/claims/{claim['id']}"))["status"] for claim in claims]

    await worker.all_at(app, CLOSED_AFTER - timedelta(minutes=5), close_claims)
    assert await statuses() == ["resolved", "rejected", "accepted"]
    await worker.all_at(app, CLOSED_AFTER + timedelta(seconds=5), close_claims)
    assert await statuses() == ["closed", "closed", "accepted"]
    # A granted claim still stands when it is closed; one that was rejected does not.
    refused = await hub.post(f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "disputed"})
    assert set(refused.json()["claim_ids"]) == {resolved["id"], waiting["id"]}
    assert decode("clm", rejected["id"])
