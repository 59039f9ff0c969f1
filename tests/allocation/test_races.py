"""Everybody at once, with real commits: nothing is given twice, nobody waits in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from app import reconcile, worker
from app.allocation.commands import time_out
from tests.allocation.test_allocate import _uuid, confirmed, reconciled, seller
from tests.allocation.test_answers import _turn
from tests.allocation.test_consolidations import of
from tests.allocation.test_supply_requests import request, three_orders
from tests.api import Api, Party, kg
from tests.trade import buyer, goods

Unique = Callable[[str], str]


async def consistent(app: Any, owner: asyncpg.Connection, what: Any) -> None:
    """No counter is anything but the sum of what justifies it."""
    await reconciled(owner, what)
    drifted = await reconcile.drifted(app.state.database)
    assert not any(drifted.values()), drifted


def answered(answers: list[Any], *, besides: tuple[int, ...] = ()) -> list[Any]:
    """The successful ones; the others were refused with one of *besides*, nothing worse."""
    refused = [a for a in answers if a.status_code >= 300]
    assert all(a.status_code in besides for a in refused), [a.text for a in refused]
    return [a for a in answers if a.status_code < 300]


async def test_twenty_consolidations_at_once_never_take_more_than_there_is(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Each of its own two orders, in turn with one of its neighbour's: all want the same offers."""
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    parties = [await seller(hub, what, 100) for _ in range(3)]
    placed = [(await confirmed(hub, market, what, 20))["id"] for _ in range(20)]
    calls = [
        hub.post("/v1/consolidations", {"order_ids": [placed[(n + 1) % 20], placed[n]]})
        for n in range(20)
    ]
    previews = [hub.post("/v1/consolidations/preview", of(what)) for _ in range(4)]
    answers = await asyncio.gather(*calls, *previews)
    runs = answered(answers[:20], besides=(409,))
    answered(answers[20:], besides=(409,))
    found = sum(Decimal(x["allocated"]["value"]) for run in runs for x in run.json()["lines"])
    assert found == 300, "all that there is, and no more"
    for party in parties:
        (supply,) = (await party.read("/v1/supply-offers"))["data"]
        assert supply["available"]["value"] == "0"
    await consistent(app, owner, what)


async def test_one_day_consolidated_by_several_desks_is_filled_once(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, _ = await three_orders(hub, unique, 30, 20, 10)
    await seller(hub, what, 500)
    answers = await asyncio.gather(*(hub.post("/v1/consolidations", of(what)) for _ in range(6)))
    assert len(answered(answers, besides=(409,))) == 1
    await consistent(app, owner, what)


async def asked_of_both(hub: Api, unique: Unique, *quantities: float) -> tuple[Any, ...]:
    """Goods, orders in one consolidation, and two sellers that share it, with plenty in reserve."""
    what, placed = await three_orders(hub, unique, *quantities)
    parties = [await seller(hub, what, sum(quantities)) for _ in range(2)]
    await hub.do("/v1/consolidations", of(what))
    await seller(hub, what, sum(quantities))
    return what, placed, parties


def declines(found: dict[str, Any]) -> dict[str, Any]:
    """Every other part declined, of the rest the half."""
    parts = []
    for n, part in enumerate(found["parts"]):
        said: dict[str, Any] = {"allocation_id": part["id"], "reason": "no_stock"}
        half = str(Decimal(part["quantity"]["value"]) / 2)
        said |= {"decline": True} if n % 2 else {"quantity": kg(half)}
        parts.append(said)
    return {"parts": parts}


@pytest.mark.parametrize("first", ["answer", "silence"])
async def test_an_answer_against_the_deadline(
    app: Any,
    hub: Api,
    unique: Unique,
    owner: asyncpg.Connection,
    monkeypatch: Any,
    first: str,
) -> None:
    monkeypatch.setattr(worker, "DEADLINES", [time_out])
    what, _, parties = await asked_of_both(hub, unique, 40, 30, 20)
    requests = [await request(party) for party in parties]
    await owner.execute(
        "UPDATE allocations SET respond_by = now() - interval '1 second' WHERE seller_id = ANY($1)",
        [_uuid(party.id) for party in parties],
    )
    bodies = [declines(requests[0]), {"confirm_all": True}]
    calls: list[Any] = [
        party.post(f"/v1/supply-requests/{found['id']}/answer", body)
        for party, found, body in zip(parties, requests, bodies, strict=True)
    ]
    calls.insert(0 if first == "silence" else len(calls), _turn(app))
    calls.append(hub.post("/v1/consolidations/preview", of(what)))
    answers = [a for a in await asyncio.gather(*calls) if a is not None]
    answered(answers, besides=(409,))
    await consistent(app, owner, what)
    await _turn(app)
    await consistent(app, owner, what)
    assert not await _unanswered_and_late(owner, parties)


async def _unanswered_and_late(owner: asyncpg.Connection, parties: list[Party]) -> int:
    late = "SELECT count(*) FROM allocations WHERE seller_id = ANY($1) AND status = 'offered'"
    late += " AND respond_by < now()"
    return int(await owner.fetchval(late, [_uuid(party.id) for party in parties]))


async def test_an_answer_against_the_end_of_one_of_its_orders(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, placed, parties = await asked_of_both(hub, unique, 40, 30, 20)
    requests = [await request(party) for party in parties]
    body = {"reason": "no_longer_needed"}
    answers = await asyncio.gather(
        parties[0].post(f"/v1/supply-requests/{requests[0]['id']}/answer", declines(requests[0])),
        hub.post(f"/v1/orders/{placed[1]['id']}/cancel", body),
        parties[1].post(f"/v1/supply-requests/{requests[1]['id']}/answer", {"confirm_all": True}),
        hub.post("/v1/consolidations/preview", of(what)),
        hub.post(f"/v1/orders/{placed[2]['id']}/cancel", body),
    )
    answered(answers, besides=(409,))
    for n in (1, 2):
        read = await hub.read(f"/v1/orders/{placed[n]['id']}")
        assert read["status"] == "cancelled"
        assert read["lines"][0]["allocated"]["value"] == "0"
    await consistent(app, owner, what)


async def test_both_sellers_answer_at_once(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, placed, parties = await asked_of_both(hub, unique, 40, 30, 20, 10)
    requests = [await request(party) for party in parties]
    answers = await asyncio.gather(
        *(
            party.post(f"/v1/supply-requests/{found['id']}/answer", declines(found))
            for party, found in zip(parties, requests, strict=True)
        )
    )
    assert len(answered(answers)) == 2
    for one in placed:
        shown = (await hub.read(f"/v1/orders/{one['id']}"))["lines"][0]
        assert shown["unallocated"]["value"] == "0", "the third has enough for all of it"
    await consistent(app, owner, what)
