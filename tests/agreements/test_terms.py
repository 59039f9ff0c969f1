"""What a line can say, what it shows again, and what cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.access.enter import acting_as_hub
from app.agreements.commands import create_agreed
from app.agreements.schemas import AgreementIn
from app.core.ids import encode
from app.parties.bootstrap import find_hub
from tests import trade
from tests.agreements import agreeing
from tests.api import Api, kg, money

Unique = Callable[[str], str]


async def test_a_line_shows_all_it_was_agreed_with(hub: Api, unique: Unique) -> None:
    asked = {
        "quota": {"value": "2", "unit": "ton"},
        "carry_over": "limited",
        "carry_over_pct": "12.5",
        "overdraw_pct": "10",
        "min_call_off": kg(50),
        "under_tolerance_pct": "1",
        "over_tolerance_pct": "3",
        "price_rule": "tiered",
        "price_tiers": [{"from_quantity": kg(1000), "amount": "27000"}],
    }
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    line = agreeing.line(what, 1) | asked
    agreed = await agreeing.confirmed(hub, market, agreeing.body(market, line))
    deal = agreeing.Deal(hub, market, what, agreed)
    shown = deal.agreed["lines"][0]
    assert {k: shown[k] for k in asked if k != "quota"} == {
        k: asked[k] for k in asked if k != "quota"
    }
    assert (shown["quota"], shown["entered"]) == (kg(2000), asked["quota"])
    assert (shown["version"], shown["valid_from"]) == (1, deal.agreed["starts_on"])
    assert shown["price"] == money(27500)
    assert shown["price_index"] is None
    assert (await deal.numbers(0, "quota", "overdraw", "left")) == [2000, 200, 2200]


async def test_an_index_is_of_a_series_there_is(hub: Api, unique: Unique) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    index = {"series_id": "psr_01jd0000000000000000000000", "spread_amount": "-250"}
    line = agreeing.line(what, 1000, price_rule="indexed", price_index=index)
    refused = await hub.post("/v1/agreements", agreeing.body(market, line))
    assert refused.status_code == 404
    assert refused.json()["errors"][0]["pointer"] == "/lines/0/price_index/series_id"
    series = await hub.do(
        "/v1/price-series",
        {
            "code": unique("ref"),
            "name": "Telur di tingkat peternak (contoh)",
            "source": "Contoh",
            "commodity_id": what.id,
            "per": kg(1),
        },
    )
    line["price_index"]["series_id"] = series["id"]
    made = await hub.do("/v1/agreements", agreeing.body(market, line))
    shown = made["lines"][0]["price_index"]
    assert (shown["series_id"], shown["spread_amount"]) == (series["id"], "-250")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("limited without a limit", {"carry_over": "limited"}, "carry_over_pct"),
    ("a limit of nothing", {"carry_over_pct": "10"}, "carry_over_pct"),
    ("call-offs larger than the quota", {"min_call_off": kg(1001)}, "min_call_off"),
    ("tiers without the rule", {"price_tiers": [{"from_quantity": kg(9), "amount": "1"}]}, "price"),
    ("the rule without tiers", {"price_rule": "tiered"}, "price_tiers"),
    ("a period there is not", {"period": "day"}, "period"),
    ("more than everything", {"overdraw_pct": "101"}, "overdraw_pct"),
]


@pytest.mark.parametrize(
    ("fields", "field"), [(f, p) for _, f, p in REFUSED], ids=[name for name, _, _ in REFUSED]
)
async def test_what_cannot_be_meant_is_refused_where_it_stands(
    hub: Api, unique: Unique, fields: dict[str, Any], field: str
) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    asked = agreeing.body(market, agreeing.line(what, 1000, **fields))
    refused = await hub.post("/v1/agreements", asked)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"].startswith(f"/lines/0/{field}")


async def test_a_call_off_may_be_as_large_as_quota_and_overdraw(hub: Api, unique: Unique) -> None:
    fields: dict[str, Any] = {"min_call_off": kg(1100), "overdraw_pct": 10}
    deal = await agreeing.deal(hub, unique("eggs"), 1000, **fields)
    assert deal.agreed["lines"][0]["min_call_off"] == kg(1100)


async def test_so_many_periods_nobody_needs(hub: Api, unique: Unique) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    line = agreeing.line(what, 1, period="week")
    lines = [line] * 100  # counted before they are found to be the same
    refused = await hub.post("/v1/agreements", agreeing.body(market, *lines, months=48))
    assert refused.json()["errors"][0]["code"] == "too_many_periods"


async def test_an_accepted_quote_makes_an_active_agreement(
    hub: Api, unique: Unique, app: Any
) -> None:
    """In one transaction, with the history and the periods of one that was signed step by step."""
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    asked = AgreementIn.model_validate(agreeing.body(market, agreeing.line(what, 700)))
    database = app.state.database
    hub_id = await find_hub(database)
    assert hub_id is not None
    async with acting_as_hub(database, hub_id, livemode=True) as tx:
        quote_id = await tx.sql_value("SELECT id FROM quotes LIMIT 1")  # no quote: none is needed
        row = await create_agreed(tx, asked, quote_id=quote_id)
    path = f"/v1/agreements/{encode('agr', row.id)}"
    seen = await market.api.read(path)
    assert (seen["status"], seen["version"]) == ("active", 3)
    past = (await hub.read(f"/v1/history/{encode('agr', row.id)}"))["data"]
    assert sorted(step["action"] for step in past) == ["confirm", "create", "propose"]
    assert len((await market.api.read(f"{path}/quota"))["data"]) == 3
    order = trade.order_body(market, what, 5, agreement_id=encode("agr", row.id))
    assert (await market.api.post("/v1/orders", order)).status_code == 201


async def test_two_drafts_are_linked_once_and_for_all(hub: Api, unique: Unique) -> None:
    market = await trade.buyer(hub)
    eggs, corn = await trade.goods(hub, unique("eggs")), await trade.goods(hub, unique("corn"))
    drafts = [
        await hub.do("/v1/agreements", agreeing.body(market, agreeing.line(what, 10)))
        for what in (eggs, corn, eggs)
    ]
    a, b, c = (f"/v1/agreements/{draft['id']}" for draft in drafts)
    linked = await hub.do(f"{a}/link", {"reciprocal_id": drafts[1]["id"]})
    assert (linked["reciprocal_id"], linked["version"]) == (drafts[1]["id"], 2)
    other = await hub.read(b)
    assert (other["reciprocal_id"], other["version"]) == (drafts[0]["id"], 2)
    refused = await hub.post(f"{c}/link", {"reciprocal_id": drafts[0]["id"]})
    assert (refused.status_code, refused.json()["existing_id"]) == (409, drafts[1]["id"])
    itself = await hub.post(f"{c}/link", {"reciprocal_id": drafts[2]["id"]})
    assert itself.status_code == 422
    await hub.do(f"{c}/propose")
    late = await hub.post(f"{a}/link", {"reciprocal_id": drafts[2]["id"]})
    assert late.json()["code"] in ("wrong_state", "already_exists")
    assert (
        await market.api.post(f"{a}/link", {"reciprocal_id": drafts[2]["id"]})
    ).status_code == 404
