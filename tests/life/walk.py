"""A walk through the life of a trade: steps that can be named, repeated and left out.

A step is the name of a rule and a number that decides everything in it, so a walk can be replayed
from its steps, and stays a walk when some of them are left out: so a failure is made short.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from app import worker
from tests.life import (
    buying,
    claiming,
    contracting,
    judging,
    moving,
    receiving,
    selling,
    sorting,
)
from tests.life.checking import check, nothing_held, same, sound
from tests.life.effects import come_back, end_order, never_negative, short_close
from tests.life.silence import JOBS
from tests.life.world import Act, World, Wrong, send
from tests.worker import at

Rule = Callable[[World, Random], Awaitable[Act | None]]
Step = tuple[str, int]

RULES: dict[str, tuple[int, Rule]] = {
    "place": (6, buying.place),
    "confirm": (9, buying.confirm),
    "decline": (1, buying.decline),
    "cancel": (2, buying.cancel),
    "close_short": (2, buying.close_short),
    "amend": (3, buying.amend),
    "answer_amendment": (9, buying.answer_amendment),
    "agreement": (3, contracting.agreement),
    "quote": (3, contracting.quote),
    "offer": (5, selling.offer),
    "turn_offer": (3, selling.turn_offer),
    "allocate": (6, selling.allocate),
    "consolidate": (3, selling.consolidate),
    "answer": (12, selling.answer),
    "answer_request": (7, selling.answer_request),
    "weigh_lot": (18, moving.weigh_lot),
    "plan": (18, moving.plan),
    "replan": (3, moving.replan),
    "drive": (34, moving.drive),
    "leg": (6, moving.leg),
    "ride": (8, moving.ride),
    "merge": (7, sorting.merge),
    "split": (5, sorting.split),
    "repack": (3, sorting.repack),
    "downgrade": (2, judging.downgrade),
    "reject": (3, judging.reject),
    "hold": (2, judging.hold),
    "clear": (8, sorting.clear),
    "inspect": (4, judging.inspect),
    "shrink": (3, sorting.shrink),
    "weigh_again": (6, sorting.weigh_again),
    "take_back": (8, sorting.take_back),
    "receive": (24, receiving.receive),
    "turn_receipt": (5, receiving.turn_receipt),
    "sign": (16, receiving.sign),
    "claim": (8, claiming.claim),
    "answer_claim": (8, claiming.answer_claim),
    "recall": (2, claiming.recall),
}
WAIT = "wait"
WAITS = [1, 1, 2, 3, 5, 12, 26, 50, 120]
"""Hours that pass in one step."""

WEIGHTS = {name: weight for name, (weight, _) in RULES.items()} | {WAIT: 3}
BEGINNING = ["offer"] * 8 + ["place", "confirm"] * 2 + ["allocate"] * 2
BEGINNING += ["answer_request"] * 5 + ["weigh_lot"] * 5 + ["merge"]
"""With this there is something to walk with."""


class Clock:
    """The time of lives: begins on a Monday morning in Blitar, and goes on while it is asked.

    It is nobody's real time, so that a walk is the same on every day that it is walked.
    """

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 2, tzinfo=UTC)

    def now(self) -> datetime:
        """What `app.core.clock.now` says meanwhile."""
        self.time += timedelta(milliseconds=1)
        return self.time

    def wait(self, hours: int) -> None:
        """Let so much pass."""
        self.time += timedelta(hours=hours)


class Path:
    """The steps of a walk: those that were given, or from a seed whatever is possible next.

    Rules named in *often* are taken more often than others.
    """

    def __init__(self, seed: int, number: int, given: str = "", often: str = "") -> None:
        self.rng = Random(seed)
        self.weights = {n: w * (8 if n in often.split() else 1) for n, w in WEIGHTS.items()}
        self.number = number
        self.given = [] if not given else parsed(given)
        self.walked: list[Step] = []

    def candidates(self) -> Iterator[Step]:
        """What to try next until something can be done."""
        n = len(self.walked)
        if self.given:
            if n < len(self.given):
                yield self.given[n]
        elif n < self.number:
            if n < len(BEGINNING):
                yield BEGINNING[n], self.rng.randrange(10_000)
            while True:
                (name,) = self.rng.choices(list(self.weights), list(self.weights.values()))
                yield name, self.rng.randrange(10_000)


def text(walked: list[Step]) -> str:
    """Steps on one line, to be walked again."""
    return " ".join(f"{name}:{number}" for name, number in walked)


def parsed(said: str) -> list[Step]:
    """The steps of such a line."""
    found = [step.partition(":") for step in said.split()]
    return [(name, int(number)) for name, _, number in found]


async def walk(w: World, time: Clock, path: Path, *, ends: bool = True) -> Counter[str]:
    """Take the steps, look after each, end everything; how often which rule was granted."""
    granted: Counter[str] = Counter()
    try:
        while (done := await _step(w, time, path)) is not None:
            granted[path.walked[-1][0]] += done
        if ends:
            await finish(w)
    except AssertionError as error:
        raise Wrong(f'BTC_LIFE_STEPS="{text(path.walked)}"\n{error}') from error
    return granted


async def _step(w: World, time: Clock, path: Path) -> bool | None:
    """Take the next step that can be tried; whether it was granted, None when there is none."""
    for name, number in path.candidates():
        rng = Random(number)
        if name == WAIT:
            path.walked.append((name, number))
            time.wait(rng.choice(WAITS))
            await turn(w)
            return True
        act = await RULES[name][1](w, rng)
        if act is None and not path.given:
            continue
        path.walked.append((name, number))
        if act is None:
            return False
        done = await send(w, act) < 400
        await check(w, act.asks if done else "", act.shrinks if done else frozenset())
        return done
    return None


async def turn(w: World) -> None:
    """All that the worker does now; the book follows job by job."""
    names = {
        job: name for name, job in vars(worker).items() if callable(job) and job in worker.DEADLINES
    }
    assert set(JOBS) <= set(names.values())
    for deadline in worker.DEADLINES:
        while await at(w.app, timedelta(0), deadline):
            pass
        if names.get(deadline) in JOBS:
            JOBS[names[deadline]](w.book, w.now, w.today)
    await check(w, "rule")


async def finish(w: World) -> None:
    """End whatever is open, each in the way that is left to it; then nothing is held any more."""
    rng = Random(0)
    for status, verb in (("placed", "decline"), ("confirmed", "cancel")):
        for order in list(w.book.orders.values()):
            if order.status in (status, f"partly_{status}"):
                await _must(w, await _ending(w, order.id, verb))
    w.book.today = w.today
    await _arrive(w)
    await _received(w, rng)
    for order in list(w.book.orders.values()):
        open_lines = [
            x.id for x in w.book.lines_of(order.id) if x.confirmed and not x.done and not x.closed
        ]
        if order.status == "in_progress" and open_lines:
            await _must(w, await _close(w, order.id, open_lines))
    still = [o for o in w.book.orders.values() if o.status == "in_progress"]
    if still:
        raise Wrong(f"cannot be ended: {still}")
    await nothing_held(w)


async def _arrive(w: World) -> None:
    """What is on the road arrives; what was refused there comes back."""
    for truck in w.book.trucks.values():
        if truck.status in ("dispatched", "in_transit"):
            await w.hub.do(f"/v1/shipments/{truck.id}/arrive")
            truck.status = "arrived"
        elif truck.status == "refused":
            await w.hub.do(f"/v1/shipments/{truck.id}/return")
            come_back(w.book, truck.id)


async def _received(w: World, rng: Random) -> None:
    """All that arrived is received and signed for; nobody complains."""
    for receipt in [r for r in w.book.receipts.values() if r.status == "draft"]:
        await _must(w, await receiving.turned(w, receipt, "reverse", True))
    while act := await receiving.receive(w, rng, all_good=True):
        await _must(w, act)
    while act := await receiving.sign(w, rng):
        await _must(w, act)
    for claim in [c for c in w.book.claims.values() if c.status in ("opened", "under_review")]:
        await _must(w, claiming.withdraw(w, claim))


async def _must(w: World, act: Act) -> None:
    act.must = True
    await send(w, act)
    await check(w)


async def _ending(w: World, order_id: str, verb: str) -> Act:
    status = {"decline": "declined", "cancel": "cancelled"}[verb]
    path, body = f"/v1/orders/{order_id}/{verb}", {"reason": "other"}
    return Act(w.hub, path, body, lambda _: end_order(w.book, order_id, status))


async def _close(w: World, order_id: str, lines: list[str]) -> Act:
    body = {"lines": [{"line_id": line, "reason": "other"} for line in lines]}
    path = f"/v1/orders/{order_id}/short-close"
    return Act(w.hub, path, body, lambda _: short_close(w.book, lines))


async def together(w: World, time: Clock, seed: int, rounds: int, tasks: int) -> Counter[int]:
    """Rounds of *tasks* acts and the worker at once; what was answered how often.

    Which of them wins is nobody's choice, so the book is read again after each round. Promised is
    that nobody waits in a circle, that nothing breaks, and that every sum is right.
    """
    rng = Random(seed)
    answered: Counter[int] = Counter()
    for _ in range(rounds):
        names = rng.choices(list(RULES), [weight for weight, _ in RULES.values()], k=tasks)
        acts = [act for name in names if (act := await RULES[name][1](w, rng)) is not None]
        time.wait(rng.choice([0, 0, 1, 9]))
        answers = await asyncio.gather(*(_dare(act) for act in acts), _work(w))
        answered.update(answer for answer in answers if answer is not None)
        w.book, stored = await w.look()
        same("sums", w.book.sums(), stored)
        never_negative(w.book)
        await sound(w)
    return answered


async def _dare(act: Act) -> int:
    answer = await act.who.post(act.path, act.body)
    if answer.status_code >= 500:
        raise Wrong(f"{act.path} {act.body} -> {answer.status_code} {answer.text}")
    return answer.status_code


async def _work(w: World) -> None:
    for deadline in worker.DEADLINES:
        await at(w.app, timedelta(0), deadline)
