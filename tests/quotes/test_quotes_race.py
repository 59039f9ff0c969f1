"""Both sides speak at once, with real commits: one trade, or none, and never half of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode, new_id
from app.quotes.commands import expire
from tests.api import Api
from tests.quotes.negotiating import NO, about_agreement, orders_of, post, talk
from tests.worker import at

Unique = Callable[[str], str]

ROUNDS = 6


async def test_a_quote_accepted_many_times_at_once_is_one_order(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    answers = await asyncio.gather(*[post(talked.market.api, quote, "accept") for _ in range(12)])
    assert sorted(a.status_code for a in answers) == [200] + [409] * 11
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"wrong_state"}
    assert len(await orders_of(talked)) == 1


async def test_a_quote_for_an_agreement_accepted_many_times_is_one_agreement(
    hub: Api, unique: Unique
) -> None:
    talked = await about_agreement(hub, unique("eggs"))
    quote = await talked.quoted((1000, 29000))
    answers = await asyncio.gather(*[post(talked.market.api, quote, "accept") for _ in range(8)])
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    assert len((await talked.market.api.read("/v1/agreements"))["data"]) == 1


@pytest.mark.parametrize("other", ["withdraw", "supersede", "close", "decline"])
async def test_accepted_while_something_else_happens_to_it(
    hub: Api, unique: Unique, other: str
) -> None:
    for _ in range(ROUNDS):
        talked = await talk(hub, unique("eggs"))
        mine, quote = talked.market.api, await talked.quoted((100, 29000))
        at_once = {
            "withdraw": lambda t=talked, q=quote: post(t.hub, q, "withdraw"),
            "supersede": lambda t=talked: t.hub.post(f"{t.path}/quotes", t.terms((100, 30000))),
            "close": lambda t=talked: t.hub.post(f"{t.path}/close", {"reason": "no_supply"}),
            "decline": lambda t=talked, q=quote: post(t.market.api, q, "decline", NO),
        }[other]
        accepted, answered = await asyncio.gather(post(mine, quote, "accept"), at_once())
        statuses = {accepted.status_code, answered.status_code}
        assert statuses in ({200, 409}, {201, 409}), (accepted.text, answered.text)
        won = accepted.status_code == 200
        orders = await orders_of(talked)
        assert [order["status"] for order in orders] == ["confirmed"] * won
        seen = await talked.now()
        assert (seen["quotes"][0]["status"] == "accepted") is won
        assert sum(q["status"] == "accepted" for q in seen["quotes"]) == won
        if won:
            assert orders[0]["lines"][0]["price"]["amount"] == "29000"


async def test_both_sides_name_terms_at_once_in_rounds_of_their_own(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"))
    mine = talked.market.api
    body = talked.terms((100, 29000))
    answers = await asyncio.gather(
        *[api.post(f"{talked.path}/quotes", body) for api in [hub, mine] * 5]
    )
    assert [a.status_code for a in answers] == [201] * 10
    seen = await talked.now()
    assert [quote["round"] for quote in seen["quotes"]] == list(range(1, 11))
    assert [quote["status"] for quote in seen["quotes"]] == ["superseded"] * 9 + ["pending"]


async def test_accepted_in_the_moment_in_which_it_expires(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    for _ in range(ROUNDS):
        talked = await talk(hub, unique("eggs"))
        quote = await talked.quoted((100, 29000))
        wait = datetime.fromisoformat(quote["valid_until"]) - datetime.now(UTC)
        accepted, _ = await asyncio.gather(
            post(talked.market.api, quote, "accept"),
            at(app, wait + timedelta(minutes=1), expire),
        )
        assert accepted.status_code in (200, 409), accepted.text
        won = accepted.status_code == 200
        seen = (await talked.now())["quotes"][0]["status"]
        assert seen == "accepted" if won else seen == "expired"
        assert len(await orders_of(talked)) == won


async def test_the_last_wall_a_quote_has_one_order(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Behind the lock there is the table's own rule."""
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    done = (await post(talked.market.api, quote, "accept")).json()
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_orders_quote_id"):
        await owner.execute(
            "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object("
            "'id', $2::uuid, 'number', $2::text, 'external_reference', $2::text))).* "
            "FROM orders o WHERE id = $1",
            decode("ord", done["order_id"]),
            new_id(),
        )
