"""What a period leaves moves into the next one: by its line's rule, once, and no more than there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.agreements.commands import carry_over
from app.core import clock
from tests.agreements import agreeing
from tests.api import Api
from tests.worker import at

Unique = Callable[[str], str]
CARRIED = ("carried_in", "carried_out", "left")


@pytest.mark.parametrize(
    ("fields", "moved"),
    [
        ({"carry_over": "none"}, 0),
        ({"carry_over": "full"}, 600),
        ({"carry_over": "limited", "carry_over_pct": "25"}, 250),
        ({"carry_over": "limited", "carry_over_pct": "90"}, 600),
        ({"carry_over": "limited", "carry_over_pct": "0"}, 0),
        ({"carry_over": "full", "overdraw_pct": "50"}, 600),
    ],
    ids=["none", "full", "limited", "less than the limit", "limit 0", "overdraw is not carried"],
)
async def test_unused_quota_moves_by_the_lines_rule(
    hub: Api, unique: Unique, app: Any, fields: dict[str, Any], moved: int
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, **fields)
    await deal.order(400)
    await agreeing.carry(app, agreeing.month(1))
    overdraw = 500 if "overdraw_pct" in fields else 0
    assert await deal.numbers(0, *CARRIED) == [0, moved, 600 + overdraw - moved]
    assert await deal.numbers(1, *CARRIED) == [moved, 0, 1000 + overdraw + moved]
    assert await agreeing.carry(app, agreeing.month(1)) == 0  # a second look moves nothing
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_period_is_over_at_midnight_in_jakarta(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full")
    midnight = agreeing.begins(agreeing.month(1)) - clock.now()
    while await at(app, midnight - timedelta(minutes=1), carry_over):
        pass
    assert await deal.numbers(0, *CARRIED) == [0, 0, 1000]
    while await at(app, midnight, carry_over):
        pass
    assert await deal.numbers(0, *CARRIED) == [0, 1000, 0]


async def test_what_an_order_gives_back_late_moves_on_too(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """Weeks after the period is over, through every period that is over by then, and only once."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full", months=4)
    kept, cancelled = await deal.order(100), await deal.order(300)
    await agreeing.carry(app, agreeing.month(2))
    assert await deal.numbers(0, *CARRIED) == [0, 600, 0]
    assert await deal.numbers(1, *CARRIED) == [600, 1600, 0]
    await deal.cancel(cancelled)
    await agreeing.carry(app, agreeing.month(2))
    assert await deal.numbers(0, *CARRIED) == [0, 900, 0]
    assert await deal.numbers(2, *CARRIED) == [1900, 0, 2900]
    await deal.cancel(kept)
    await agreeing.carry(app, agreeing.month(2))
    assert await deal.numbers(2, *CARRIED) == [2000, 0, 3000]
    assert await _carrying(owner, deal) == [False, False, True, False]


async def test_the_limit_holds_for_all_that_ever_moves(hub: Api, unique: Unique, app: Any) -> None:
    fields: dict[str, Any] = {"carry_over": "limited", "carry_over_pct": "10"}
    deal = await agreeing.deal(hub, unique("eggs"), 1000, **fields)
    order = await deal.order(950)
    await agreeing.carry(app, agreeing.month(1))
    assert await deal.numbers(1, "carried_in") == [50]
    await deal.cancel(order)
    await agreeing.carry(app, agreeing.month(1))
    assert await deal.numbers(1, "carried_in") == [100]
    assert await deal.numbers(0, "left") == [900]


async def test_a_period_waits_for_the_one_before_it(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """The first period holds something still, so the second is not done with carrying either."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full")
    await deal.order(10)
    await agreeing.carry(app, agreeing.month(2))
    assert await _carrying(owner, deal) == [True, True, False]
    assert await deal.numbers(2, "carried_in") == [1990]


async def test_nothing_is_carried_into_an_agreement_that_has_ended(
    hub: Api, unique: Unique, app: Any
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full")
    order = await deal.order(10)
    await hub.do(f"{deal.path}/terminate", {"reason": "mutual"})
    await deal.cancel(order)
    await agreeing.carry(app, agreeing.month(2))
    assert await deal.numbers(1, "carried_in") == [0]


async def test_a_suspended_agreement_keeps_what_it_has(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full")
    await hub.do(f"{deal.path}/suspend")
    await agreeing.carry(app, agreeing.month(1))
    await hub.do(f"{deal.path}/resume")
    assert await deal.numbers(1, "left") == [2000]
    await deal.order(2000, on=agreeing.month(1))


async def _carrying(owner: asyncpg.Connection, deal: agreeing.Deal) -> list[bool]:
    rows = await owner.fetch(
        "SELECT p.carrying FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id "
        "WHERE l.commodity_id = (SELECT commodity_id FROM agreement_lines WHERE id = $1) "
        "ORDER BY p.period_start",
        agreeing.uuid_of(deal.line_id),
    )
    return [row["carrying"] for row in rows]
