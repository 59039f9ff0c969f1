"""Weighing and shipping: how far an allocation has come, moved by the shipments above.

Weighed is the sum of its lots, always; so what is tried here without lots is rolled back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any

import pytest

from app.access.enter import acting_as_hub
from app.allocation import progress, queries
from app.allocation.progress import OverAllocation
from app.core.errors import WrongState
from app.db.tx import Tx
from app.events.record import close
from app.parties.bootstrap import find_hub
from tests.allocation.test_allocate import _uuid, confirmed, own, seller
from tests.api import Api, kg
from tests.trade import buyer, day, goods

Unique = Callable[[str], str]
D = Decimal


class _Undone(Exception):
    """Ends a transaction that must leave nothing behind."""


@asynccontextmanager
async def trial(app: Any) -> AsyncIterator[Tx]:
    """A transaction of the service itself that is rolled back in the end."""
    with suppress(_Undone):
        hub = await find_hub(app.state.database)
        assert hub
        async with acting_as_hub(app.state.database, hub, livemode=True) as tx:
            yield tx
            raise _Undone


async def _share(hub: Api, unique: Unique, *, confirm: bool = True) -> tuple[Any, Any]:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    party = await seller(hub, what, 100)
    placed = await confirmed(hub, market, what, 60)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    share = await own(party)
    if confirm:
        await party.do(f"/v1/allocations/{share['id']}/confirm")
    return party, share["id"]


async def _weigh(tx: Tx, share: str, quantity: Decimal) -> Any:
    row = await queries.allocation(tx, _uuid(share))
    assert row is not None
    return await progress.weigh(tx, row, quantity)


async def test_lots_weighed_at_once_never_weigh_more_than_the_allocation(
    hub: Api, unique: Unique
) -> None:
    """Six lots of 20 kg into 60 kg: three fit, whatever each of them had read before."""
    party, share = await _share(hub, unique)
    lot = {"allocation_id": share, "net_weight": kg(20), "produced_on": day(0)}
    done = await asyncio.gather(*(party.post("/v1/lots", lot) for _ in range(6)))
    refused = [answer.json() for answer in done if answer.status_code != 201]
    assert [(r["code"], r["left"]) for r in refused] == [("over_allocation", "0")] * 3
    read = await own(party)
    assert (read["status"], read["weighed"]["value"]) == ("picked", "60")


async def test_a_refusal_says_what_is_left(app: Any, hub: Api, unique: Unique) -> None:
    _, share = await _share(hub, unique)
    async with trial(app) as tx:
        await _weigh(tx, share, D("59.5"))
        with pytest.raises(OverAllocation) as refused:
            await _weigh(tx, share, D("0.501"))
        assert refused.value.extra == {"left": "0.5", "unit": "kg"}
        assert (await _weigh(tx, share, D("0.5"))).weighed == D(60)


async def test_only_what_the_seller_confirmed_can_be_weighed(
    app: Any, hub: Api, unique: Unique
) -> None:
    _, share = await _share(hub, unique, confirm=False)
    async with trial(app) as tx:
        with pytest.raises(WrongState):
            await _weigh(tx, share, D(1))


async def test_shipping_delivers_and_happens_once_per_allocation(
    app: Any, hub: Api, unique: Unique
) -> None:
    _, share = await _share(hub, unique)
    found = (
        "SELECT a.status, o.delivered, o.committed, (SELECT count(*) FROM events e "
        "WHERE e.object_id = a.id AND e.type = 'allocation.shipped') AS events "
        "FROM allocations a JOIN offer_periods o ON o.id = a.offer_period_id WHERE a.id = $1"
    )
    async with trial(app) as tx:
        await _weigh(tx, share, D(50))
        for leaving, delivered, committed in ((30, 30, 30), (20, 50, 10)):
            await progress.ship(tx, {_uuid(share): D(leaving)})
            await close(tx)  # events are written at the end
            row = await tx.sql_row(found, _uuid(share))
            assert row is not None
            assert tuple(row) == ("shipped", D(delivered), D(committed), 1)


async def test_what_was_not_weighed_cannot_be_shipped(app: Any, hub: Api, unique: Unique) -> None:
    _, share = await _share(hub, unique)
    async with trial(app) as tx:
        with pytest.raises(WrongState):
            await progress.ship(tx, {_uuid(share): D(1)})
