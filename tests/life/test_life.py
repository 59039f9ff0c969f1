"""Any life of quotas, offers, orders and shares: a book kept beside it agrees after every step.

Buyers, sellers, carriers, the hub and time do what they like in any order, over HTTP, refused or
not. Promise: nothing is ever held that should not be, lost, or given twice, in any ledger; whatever
ends gives back; every transition is told once. The book counts for itself, without the service's
code, so a path that forgets to give back is found even where ledgers and movements agree. That it
is found is tested here too, by breaking one path after the other.

BTC_LIFE="seeds steps" walks longer, BTC_LIFE_FIRST other seeds; BTC_LIFE_STEPS="place:1 confirm:2 …"
walks one path again, as a failure prints it.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from app.allocation.commands import release
from app.orders import holdings, progress
from app.orders.commands import end
from app.shipments.lots import ledger as lots
from tests.life.conftest import Stage
from tests.life.walk import Clock, Path, finish, together, walk
from tests.life.world import Wrong

SEEDS, STEPS = (int(n) for n in os.environ.get("BTC_LIFE", "3 70").split())
FIRST = int(os.environ.get("BTC_LIFE_FIRST", "0"))
AGAIN = os.environ.get("BTC_LIFE_STEPS", "")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
async def test_any_life_keeps_every_quantity(stage: Stage, time: Clock, seed: int) -> None:
    granted = await walk(await stage.world(), time, Path(seed, STEPS, AGAIN))
    print(dict(granted))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(1, SEEDS // 3)))
async def test_many_at_once_keep_every_quantity(stage: Stage, time: Clock, seed: int) -> None:
    w = await stage.world()
    await walk(w, time, Path(seed, 40), ends=False)
    answered = await together(w, time, seed, rounds=STEPS // 7, tasks=12)
    print(dict(answered))
    assert answered[200] + answered[201], answered
    await finish(w)


async def _nothing(*_: Any, **__: Any) -> Any:
    """What a path does that was forgotten."""
    return []


# What is left out, and as what it must be found.
FORGOTTEN = {
    "quota and stock of what ends": (holdings, "release", _nothing, "drifted|sums"),
    "quota of a line that is done": (holdings, "settle", _nothing, "sums"),
    "shares of an order that ends": (release, "release", _nothing, "shares"),
    "lots of an order that ends": (lots, "give_back", _nothing, "lots"),
    "what may not be closed yet": (progress, "is_done", lambda _: True, "lines|orders|shares"),
    "an end that nobody is told": (end, "record", _nothing, "history"),
}


@pytest.mark.parametrize("what", list(FORGOTTEN))
async def test_a_path_that_forgets_is_found(
    what: str, broken: Stage, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, instead, found_as = FORGOTTEN[what]
    monkeypatch.setattr(module, name, instead)
    with pytest.raises(Wrong) as found:
        await _walks(broken, time)
    assert re.search(f"\n({found_as})", str(found.value)), found.value


async def _walks(stage: Stage, time: Clock) -> None:
    for seed in range(5):
        await walk(await stage.world(), time, Path(seed, 70))
