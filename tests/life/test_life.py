"""Any life of quotas, offers, orders and shares: a book kept beside it agrees after every step.

Buyers, sellers, carriers, the hub and time do what they like in any order, over HTTP, refused or
not. Promise: nothing is ever held that should not be, lost, or given twice, in any ledger; whatever
ends gives back; every transition is told once. The book counts for itself, without the service's
code, so a path that forgets to give back is found even where ledgers and movements agree. That it
is found is tested here too, by breaking one path after the other.

BTC_LIFE="seeds steps" walks longer, BTC_LIFE_FIRST other seeds, BTC_LIFE_OFTEN="merge claim" with
more of these rules; BTC_LIFE_STEPS="place:1 confirm:2 …" walks one path again, as a failure prints it.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from app.allocation import progress as shares
from app.allocation import weighed
from app.allocation.commands import release
from app.orders import holdings, progress
from app.orders.commands import end
from app.shipments.lots import ledger as lots
from app.shipments.receipts import rules as receipts
from tests.life.conftest import Stage
from tests.life.walk import Clock, Path, finish, together, walk
from tests.life.world import Wrong

SEEDS, STEPS = (int(n) for n in os.environ.get("BTC_LIFE", "3 70").split())
FIRST = int(os.environ.get("BTC_LIFE_FIRST", "0"))
AGAIN = os.environ.get("BTC_LIFE_STEPS", "")
OFTEN = os.environ.get("BTC_LIFE_OFTEN", "")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
async def test_any_life_keeps_every_quantity(stage: Stage, time: Clock, seed: int) -> None:
    granted = await walk(await stage.world(), time, Path(seed, STEPS, AGAIN, OFTEN))
    print(dict(granted))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(1, SEEDS // 3)))
async def test_many_at_once_keep_every_quantity(stage: Stage, time: Clock, seed: int) -> None:
    w = await stage.world()
    await walk(w, time, Path(seed, 40, often=OFTEN), ends=False)
    answered = await together(w, time, seed, rounds=STEPS // 7, tasks=12)
    print(dict(answered))
    assert answered[200] + answered[201], answered
    await finish(w)


async def _nothing(*_: Any, **__: Any) -> Any:
    """What a path does that was forgotten."""
    return []


TRADE = "answer_request weigh_lot plan drive receive sign"
# What is left out, as what it must be found, and what is done more often to find it soon.
FORGOTTEN = {
    "quota and stock of what ends": (holdings, "release", _nothing, "drifted|sums", "cancel"),
    "quota of a line that is done": (holdings, "settle", _nothing, "sums", TRADE),
    "shares of an order that ends": (release, "release", _nothing, "shares", "cancel"),
    "lots of an order that ends": (lots, "give_back", _nothing, "lots", "cancel"),
    "what may not be closed yet": (
        progress,
        "is_done",
        lambda _: True,
        "lines|orders|shares",
        TRADE,
    ),
    "what was lost or rejected": (weighed, "lessen", _nothing, "drifted|shares", "shrink reject"),
    "that it is there after all": (
        weighed,
        "restore",
        _nothing,
        "drifted|shares",
        "answer_request weigh_lot shrink reject take_back",
    ),
    "what came back": (shares, "unship", _nothing, "shares|sums", TRADE),
    "a receipt that does not hold": (
        receipts,
        "inverse",
        lambda _: {},
        "lines",
        "answer_request weigh_lot plan drive receive turn_receipt",
    ),
    "an end that nobody is told": (end, "record", _nothing, "history", "cancel"),
}


@pytest.mark.parametrize("what", list(FORGOTTEN))
async def test_a_path_that_forgets_is_found(
    what: str, broken: Stage, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, instead, found_as, often = FORGOTTEN[what]
    monkeypatch.setattr(module, name, instead)
    with pytest.raises(Wrong) as found:
        await _walks(broken, time, often)
    assert re.search(f"\n({found_as})", str(found.value)), found.value


async def _walks(stage: Stage, time: Clock, often: str) -> None:
    for seed in range(6):
        await walk(await stage.world(), time, Path(seed, 80, often=often))
