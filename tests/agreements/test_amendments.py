"""Amendments: one side proposes, the other consents, and what is past stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.agreements.amendments.ends import lapse_amendments
from app.agreements.commands import end_agreements
from app.core import clock, workdays
from tests import trade
from tests.agreements import agreeing
from tests.agreements.agreeing import DAY, Deal
from tests.api import Api, kg, money
from tests.worker import at

Unique = Callable[[str], str]


def change(deal: Deal, *, on: int = 1, **fields: Any) -> dict[str, Any]:
    """The body of an amendment of the line from the first of the *on*-th month on."""
    line = {"line_id": deal.line_id} | fields
    return {"effective_on": agreeing.month(on).isoformat(), "lines": [line]}


async def propose(by: Api, deal: Deal, body: Any) -> Any:
    """An amendment that waits for an answer."""
    return await by.do(f"{deal.path}/amendments", body)


async def agree(deal: Deal, body: Any) -> Any:
    """The hub proposes, the buyer confirms."""
    made = await propose(deal.hub, deal, body)
    return await deal.market.api.do(f"/v1/agreement-amendments/{made['id']}/confirm")


async def test_it_shows_before_and_after_and_changes_nothing_until_confirmed(
    hub: Api, unique: Unique
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    body = change(deal, quota=kg(1200), price=money(28000), min_call_off=kg(5)) | {"note": "Naik."}
    made = await propose(hub, deal, body)
    assert [(c["field"], c["before"], c["after"]) for c in made["changes"]] == [
        ("price", money(27500), money(28000)),
        ("quota", kg(1000), kg(1200)),
        ("min_call_off", None, kg(5)),
    ]
    assert (made["number"], made["status"], made["note"]) == (1, "proposed", "Naik.")
    assert await deal.numbers(1, "quota") == [1000]
    done = await deal.market.api.do(f"/v1/agreement-amendments/{made['id']}/confirm")
    assert (done["status"], done["changes"]) == ("confirmed", made["changes"])
    assert [p["quota"] for p in await deal.periods()] == [kg(1000), kg(1200), kg(1200)]
    seen = await deal.market.api.read(deal.path)
    assert seen["version"] == deal.agreed["version"] + 1
    assert seen["lines"][0]["version"] == 1  # today the first terms hold still


async def test_new_terms_hold_for_deliveries_from_their_day_on(hub: Api, unique: Unique) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    before = await deal.order(10, on=agreeing.month(1))
    await agree(deal, change(deal, price=money(30000)))
    orders = [await deal.order(10, on=agreeing.month(1) - DAY) for _ in range(1)]
    orders += [await deal.order(10, on=agreeing.month(1)), before]
    prices = [order["lines"][0]["price"]["amount"] for order in orders]
    assert prices == ["27500", "30000", "27500"]  # what was ordered before keeps its price


@pytest.mark.parametrize("proposer", ["hub", "buyer"])
async def test_each_side_answers_the_other(hub: Api, unique: Unique, proposer: str) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    sides = {"hub": hub, "buyer": deal.market.api}
    mine, other = sides[proposer], sides["buyer" if proposer == "hub" else "hub"]
    made = await propose(mine, deal, change(deal, quota=kg(900)))
    path = f"/v1/agreement-amendments/{made['id']}"
    assert made["allowed_actions"] == ["withdraw"]
    assert (await other.read(path))["allowed_actions"] == ["confirm", "reject"]
    for verb, body in (("confirm", {}), ("reject", {"reason": "other"})):
        refused = await mine.post(f"{path}/{verb}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "other_side_decides")
    assert (await other.post(f"{path}/withdraw")).json()["code"] == "not_your_proposal"
    second = await other.post(f"{deal.path}/amendments", change(deal, quota=kg(800)))
    assert (second.status_code, second.json()["existing_id"]) == (409, made["id"])
    rejected = await other.do(f"{path}/reject", {"reason": "quantity", "note": "Terlalu sedikit."})
    assert (rejected["status"], rejected["reason"]) == ("rejected", "quantity")
    again = await propose(mine, deal, change(deal, quota=kg(950)))
    assert again["number"] == 2
    await mine.do(f"/v1/agreement-amendments/{again['id']}/withdraw")
    listed = (await other.read(f"{deal.path}/amendments"))["data"]
    assert [a["status"] for a in listed] == ["withdrawn", "rejected"]
    assert [p["quota"] for p in await deal.periods()] == [kg(1000)] * 3


async def test_a_stranger_sees_no_amendment(hub: Api, unique: Unique) -> None:
    deal, stranger = await agreeing.deal(hub, unique("eggs"), 1000), await trade.buyer(hub)
    made = await propose(hub, deal, change(deal, quota=kg(900)))
    for path in (f"/v1/agreement-amendments/{made['id']}", f"{deal.path}/amendments"):
        assert (await stranger.api.get(path)).status_code == 404
    confirm = f"/v1/agreement-amendments/{made['id']}/confirm"
    assert (await stranger.api.post(confirm)).status_code == 404


async def test_silence_changes_nothing(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    late = await propose(hub, deal, change(deal, on=2, quota=kg(900)))
    answer_by = datetime.fromisoformat(late["respond_by"])
    wanted = min(workdays.after(clock.now(), 5), agreeing.begins(agreeing.month(2)))
    assert abs(answer_by - wanted) < timedelta(minutes=1)
    await at(app, answer_by - clock.now() + timedelta(minutes=1), lapse_amendments)
    path = f"/v1/agreement-amendments/{late['id']}"
    assert (await hub.read(path))["status"] == "expired"
    assert (await deal.market.api.post(f"{path}/confirm")).status_code == 409
    soon = {"effective_on": trade.day(1), "lines": [{"line_id": deal.line_id, "quota": kg(5)}]}
    made = await propose(hub, deal, soon)
    assert datetime.fromisoformat(made["respond_by"]) == agreeing.begins(agreeing.today() + DAY)


async def test_nobody_amends_the_past(hub: Api, unique: Unique, owner: asyncpg.Connection) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    for day in (trade.day(0), agreeing.month(3).isoformat()):
        body = change(deal, quota=kg(5)) | {"effective_on": day}
        refused = await hub.post(f"{deal.path}/amendments", body)
        assert refused.json()["errors"][0]["pointer"] == "/effective_on"
    made = await propose(hub, deal, change(deal, quota=kg(5)))
    await owner.execute(
        "UPDATE agreement_amendments SET effective_on = $2 WHERE id = $1",
        agreeing.uuid_of(made["id"]),
        agreeing.today(),
    )
    late = await deal.market.api.post(f"/v1/agreement-amendments/{made['id']}/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "amendment_late")


async def test_a_later_amendment_does_not_undo_an_earlier_one(hub: Api, unique: Unique) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    await agree(deal, change(deal, on=2, price=money(30000)))
    early = await hub.post(f"{deal.path}/amendments", change(deal, on=1, quota=kg(5)))
    assert early.json()["errors"][0]["code"] == "outside_agreement"
    await agree(deal, change(deal, on=2, quota=kg(1100)))
    order = await deal.order(10, on=agreeing.month(2))
    assert order["lines"][0]["price"] == money(30000)


SAME_PRICE = {
    "amount": "2750000",
    "currency": "IDR",
    "per": {"value": "100", "unit": "kg"},
}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"quota": kg(1000)}, "/lines/0"),
        ({"quota": {"value": "1", "unit": "ton"}}, "/lines/0"),
        ({"price": SAME_PRICE}, "/lines/0"),
        ({"min_call_off": kg(5000)}, "/lines/0/min_call_off"),
        ({"price_rule": "tiered"}, "/lines/0/price_tiers"),
    ],
    ids=[
        "nothing changes",
        "the same in tonnes",
        "the same per 100 kg",
        "too large a call-off",
        "tiers without tiers",
    ],
)
async def test_what_cannot_be_amended_is_refused_where_it_stands(
    hub: Api, unique: Unique, fields: dict[str, Any], pointer: str
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    refused = await hub.post(f"{deal.path}/amendments", change(deal, **fields))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_another_price_rule_leaves_the_parts_of_the_old_one_behind(
    hub: Api, unique: Unique
) -> None:
    tiers = [{"from_quantity": kg(500), "amount": "27000"}]
    deal = await agreeing.deal(hub, unique("eggs"), 900, price_rule="tiered", price_tiers=tiers)
    cheaper = await propose(hub, deal, change(deal, price=money(27100)))
    assert [c["field"] for c in cheaper["changes"]] == ["price"]
    await hub.do(f"/v1/agreement-amendments/{cheaper['id']}/withdraw")
    fixed = await propose(hub, deal, change(deal, price_rule="fixed"))
    assert [(c["field"], c["after"]) for c in fixed["changes"]] == [
        ("price_rule", "fixed"),
        ("price_tiers", None),
    ]
    await deal.market.api.do(f"/v1/agreement-amendments/{fixed['id']}/confirm")


async def test_an_agreement_that_ends_takes_its_amendment_along(
    hub: Api, unique: Unique, app: Any
) -> None:
    ended, over = [await agreeing.deal(hub, unique("eggs"), 1000) for _ in range(2)]
    made = [await propose(hub, deal, change(deal, quota=kg(5))) for deal in (ended, over)]
    await hub.do(f"{ended.path}/complete")
    await agreeing.drain(app, end_agreements, agreeing.month(3))
    for amendment in made:
        seen = await hub.read(f"/v1/agreement-amendments/{amendment['id']}")
        assert (seen["status"], seen["allowed_actions"]) == ("expired", [])
    refused = await hub.post(f"{over.path}/amendments", change(over, quota=kg(7)))
    assert refused.json()["code"] == "wrong_state"
