"""Why an offer brings so much to a line, or nothing."""

from __future__ import annotations

from uuid import UUID

from app.allocation.planning import Excluded
from app.allocation.rules import Limit
from tests.allocation.rules.cases import D, by_offer, by_seller, decided, need, offer, total


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


def test_every_reason_names_its_offers() -> None:
    offers = [
        offer(1, 40),
        offer(2, 40, days=(3, 4)),
        offer(3, 40, floor=101),
        offer(4, 40),
        offer(5, 40) | {"seller_status": "suspended"},
        offer(6, 14, pack=15),
        offer(7, 0),
        offer(8, 40, asks=39),
    ]
    outcome = decided(need(60, gave_back=[4]), [*offers, offer(9, 40)]).outcomes[0]
    assert [share.offer_id.int for share in outcome.shares] == [1, 9]
    assert outcome.excluded == {
        Excluded.NOT_AVAILABLE_THEN: ids(2),
        Excluded.FLOOR_PRICE: ids(3),
        Excluded.GAVE_BACK: ids(4),
        Excluded.SELLER_SUSPENDED: ids(5),
        Excluded.TOO_LITTLE_LEFT: ids(6),
        Excluded.NOTHING_LEFT: ids(7),
        Excluded.PASSED_OVER: ids(8),
    }
    assert (outcome.sellers, outcome.supply, outcome.level) == (3, 120, 30)


def test_two_offers_of_one_farm_count_once() -> None:
    outcome = decided(need(100), [offer(1, 80, seller=1), offer(2, 80, seller=1), offer(3, 80)])
    assert by_offer(outcome) == {1: 50, 3: 50}
    assert outcome.outcomes[0].excluded == {Excluded.SELLER_AT_LEVEL: ids(2)}


def test_who_brings_enough_already_is_asked_last() -> None:
    made = decided(need(30, had={1: 40, 2: 10}), [offer(1, 50), offer(2, 50), offer(3, 50)])
    assert by_offer(made) == {2: 10, 3: 20}
    assert made.outcomes[0].level == 20
    assert made.outcomes[0].excluded == {Excluded.SELLER_AT_LEVEL: ids(1)}


def test_lines_with_their_own_offers_have_their_own_level() -> None:
    """The line of the low price has one farm only, which therefore leaves the other line to others."""
    needs = [need(100, 1, price=50), need(60, 2)]
    made = decided(needs, [offer(1, 120), offer(2, 90, floor=80), offer(3, 90, floor=80)])
    assert by_offer(made) == {1: 100, 2: 30, 3: 30}
    assert [outcome.level for outcome in made.outcomes] == [100, 30]
    assert made.outcomes[1].excluded == {Excluded.FOR_OTHER_LINES: ids(1)}
    assert made.outcomes[0].shares[0].limited_by is Limit.LEVEL


def test_small_farms_keep_their_part_beside_large_pick_ups() -> None:
    """Ten small farms and a large one that wants 60 kg a visit: nobody small is left out for it."""
    offers = [offer(n, 12, asks=10) for n in range(1, 11)] + [offer(11, 500, asks=60)]
    made = decided([need(60, 1), need(60, 2)], offers)
    assert total(made) == 120
    assert by_offer(made) == dict.fromkeys(range(1, 11), D(12))


def test_a_week_of_daily_offers_is_fair_over_the_week() -> None:
    """Farm 1 comes on both days, farm 2 on Monday only: Tuesday is farm 1's, Monday mostly 2's."""
    offers = [
        offer(1, 100, seller=1, days=(0, 0)),
        offer(2, 100, seller=1, days=(1, 1)),
        offer(3, 100, seller=2, days=(0, 0)),
    ]
    made = decided([need(80, 1, day=0), need(30, 2, day=1)], offers)
    assert by_seller(made, offers) == {1: 55, 2: 55}
    assert by_offer(made) == {1: 25, 2: 30, 3: 55}
