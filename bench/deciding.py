"""How long the rules take to decide, without a database: every policy over large, mixed markets.

``python -m bench.deciding`` prints a table: seconds of processor time, what stayed open, in how many
pieces, and how much better, at most, the best there is could be.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.allocation.models import Policy
from app.allocation.planning import Need, plan

MONDAY = date(2026, 3, 2)
EGGS = UUID(int=1)
PLANNED = [policy for policy in Policy if policy is not Policy.MANUAL]
EXACT = [Policy.FAIR_SHARE, Policy.PRO_RATA]


@dataclass(frozen=True)
class Case:
    """One market: so many lines over so many offers, and how long deciding may take."""

    name: str
    needs: list[Need]
    offers: list[dict[str, Any]]
    policies: list[Policy]


def offer(number: int, free: int, rng: random.Random, **other: Any) -> dict[str, Any]:
    """A hen house's offer: loose eggs, peti of 15 kg or trays of 10, at a floor price."""
    return {
        "id": UUID(int=number),
        "offer_id": UUID(int=number),
        "seller_id": UUID(int=number),
        "site_id": UUID(int=number),
        "commodity_id": EGGS,
        "grade": "medium",
        "status": "open",
        "kind": "commitment",
        "seller_status": "active",
        "free": Decimal(free),
        "pack_size": rng.choice([None, Decimal(15), Decimal(10)]),
        "min_pickup": rng.choice([None, None, Decimal(20), Decimal(30)]),
        "floor_amount": Decimal(rng.randrange(23_000, 27_000, 50)),
        "floor_per": Decimal(1),
        "starts_on": MONDAY,
        "ends_on": MONDAY + timedelta(6),
    } | other


def need(number: int, quantity: int, *, price: int = 27_500, day: int = 0) -> Need:
    """A line of a market's order."""
    return Need(
        line_id=UUID(int=number),
        order_id=UUID(int=number),
        commodity_id=EGGS,
        grade="medium",
        base_unit="kg",
        deliver_on=MONDAY + timedelta(day),
        price_amount=Decimal(price),
        price_per=Decimal(1),
        quantity=Decimal(quantity),
    )


def one_line(count: int) -> tuple[list[Need], list[dict[str, Any]]]:
    """One order for about two thirds of what *count* sellers can bring: 30 kg of each."""
    rng = random.Random(count)
    return [need(1, count * 30)], [offer(n + 1, rng.randint(20, 69), rng) for n in range(count)]


def only_packs(count: int) -> tuple[list[Need], list[dict[str, Any]]]:
    """The same with packs of four sizes, nothing loose, and pick-ups of up to 60 kg: hard to fit."""
    rng = random.Random(count)
    offers = [
        offer(
            n + 1,
            rng.randint(20, 69),
            rng,
            pack_size=Decimal(rng.choice([7, 10, 12, 15])),
            min_pickup=Decimal(rng.choice([20, 30, 45, 60])),
        )
        for n in range(count)
    ]
    return [need(1, count * 25 + 1)], offers


def one_truck() -> tuple[list[Need], list[dict[str, Any]]]:
    """50 orders of a day over 2 000 offers that all of them may use."""
    rng = random.Random(50)
    offers = [offer(n + 1, rng.randint(20, 69), rng) for n in range(2_000)]
    return [need(n + 1, 1_000 + 7 * n) for n in range(50)], offers


def mixed_orders() -> tuple[list[Need], list[dict[str, Any]]]:
    """50 orders of four days at five prices over 2 000 offers, each seller with two of them."""
    rng = random.Random(51)
    offers = [
        offer(
            n + 1,
            rng.randint(20, 69),
            rng,
            seller_id=UUID(int=n // 2 + 1),
            site_id=UUID(int=n // 2 + 1),
            starts_on=MONDAY + timedelta(rng.choice([0, 0, 1, 2])),
        )
        for n in range(2_000)
    ]
    prices = [24_000, 25_000, 25_500, 26_000, 27_500]
    needs = [
        need(n + 1, 900 + 7 * n, price=rng.choice(prices), day=rng.randrange(4)) for n in range(50)
    ]
    return needs, offers


def one_week() -> tuple[list[Need], list[dict[str, Any]]]:
    """An order for every day of a week over 1 000 sellers with an offer for each day."""
    rng = random.Random(7)
    offers = [
        offer(
            7 * seller + day + 1,
            rng.randint(5, 40),
            rng,
            seller_id=UUID(int=seller + 1),
            site_id=UUID(int=seller + 1),
            starts_on=MONDAY + timedelta(day),
            ends_on=MONDAY + timedelta(day),
        )
        for seller in range(1_000)
        for day in range(7)
    ]
    return [need(day + 1, 8_000 + 1_000 * day, day=day) for day in range(7)], offers


def cases() -> list[Case]:
    """What is measured."""
    return [
        Case("300 t, 1 line, 10 000 offers", *one_line(10_000), PLANNED),
        Case("300 t, 1 line, 10 000 offers in packs", *only_packs(10_000), PLANNED),
        Case("3 000 t, 1 line, 100 000 offers", *one_line(100_000), EXACT),
        Case("50 lines, 2 000 offers", *one_truck(), PLANNED),
        Case("50 lines, 4 days, 5 prices, 2 000 offers", *mixed_orders(), PLANNED),
        Case("7 days, 7 000 daily offers", *one_week(), PLANNED),
    ]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of *work*, which has one thread, and its result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def main() -> None:
    """Print the table."""
    print("| market | policy | s | open kg | pieces | sellers asked | gap |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for case in cases():
        sellers = {row["id"]: row["seller_id"] for row in case.offers}
        for policy in case.policies:
            spent, made = timed(lambda: plan(case.needs, case.offers, {}, policy))  # noqa: B023
            shares = [share for outcome in made.outcomes for share in outcome.shares]
            left = sum(o.need.quantity - o.allocated for o in made.outcomes)
            asked = len({sellers[share.offer_id] for share in shares})
            print(
                f"| {case.name} | {policy} | {spent:.2f} | {left:.3f} | {len(shares)} "
                f"| {asked} | {made.gap:.2%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
