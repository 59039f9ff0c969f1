"""Silence has an outcome: quotes expire, and so does every request in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import worker
from app.core import workdays
from app.quotes.commands import expire
from tests import trade
from tests.api import Api
from tests.quotes.negotiating import NO, Talk, events_of, post, talk
from tests.worker import at

Unique = Callable[[str], str]

DAY = timedelta(days=1)


def respond_by(seen: Any) -> datetime:
    """Until when a request waits."""
    return datetime.fromisoformat(seen["respond_by"])


async def later(app: Any, talked: Talk, past: timedelta = timedelta(minutes=1)) -> Any:
    """The request after the worker has looked, so much past its ``respond_by``."""
    wait = respond_by(await talked.now()) - datetime.now(UTC) + past
    while await at(app, wait, expire):
        pass
    return await talked.now()


async def test_the_worker_looks_after_quotes() -> None:
    assert expire in worker.DEADLINES


async def test_a_request_that_nobody_answers_expires(hub: Api, unique: Unique, app: Any) -> None:
    talked = await talk(hub, unique("eggs"))
    made = datetime.fromisoformat(talked.request["created_at"])
    assert respond_by(talked.request) == workdays.after(made, 2)
    assert (await later(app, talked, -timedelta(minutes=1)))["status"] == "open"
    seen = await later(app, talked)
    assert (seen["status"], seen["reason"], seen["waiting_for"]) == ("expired", "no_answer", None)
    assert (await events_of(talked.market.api))[-1] == "quote_request.expired"
    late = await hub.post(f"{talked.path}/quotes", talked.terms((100, 29000)))
    assert (late.status_code, late.json()["current_status"]) == (409, "expired")


async def test_a_quote_expires_and_its_maker_has_two_days_more(
    hub: Api, unique: Unique, app: Any
) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    before = await talked.now()
    assert before["respond_by"] == quote["valid_until"]
    seen = await later(app, talked)
    assert (seen["status"], seen["quotes"][0]["status"]) == ("open", "expired")
    assert (seen["waiting_for"], seen["version"]) == ("hub", before["version"] + 1)
    assert timedelta(0) < respond_by(seen) - respond_by(before) <= timedelta(days=14)
    assert (await events_of(talked.market.api))[-1] == "quote.expired"
    again = await later(app, talked)
    assert (again["status"], again["reason"]) == ("expired", "no_answer")


@pytest.mark.parametrize("verb", ["decline", "withdraw"])
async def test_a_no_gives_two_days_more(hub: Api, unique: Unique, app: Any, verb: str) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000), valid_until=(datetime.now(UTC) + DAY).isoformat())
    by, body = (talked.market.api, NO) if verb == "decline" else (hub, {})
    started = datetime.now(UTC)
    assert (await post(by, quote, verb, body)).status_code == 200
    seen = await talked.now()
    two_days = workdays.after(started, 2)
    assert two_days <= respond_by(seen) <= workdays.after(datetime.now(UTC), 2)
    assert (await later(app, talked))["status"] == "expired"


async def test_when_its_day_is_over_it_waits_no_longer(hub: Api, unique: Unique, app: Any) -> None:
    """The quote holds until midnight; two days more would be for nothing."""
    talked = await talk(hub, unique("eggs"), deliver_on=trade.day(1))
    await talked.quoted((100, 29000))
    seen = await later(app, talked)
    assert (seen["status"], seen["quotes"][0]["status"]) == ("expired", "expired")
