"""Whose share gives way to an amendment: sums stay sums, and nobody pays for all the others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.orders.amendments.shares import leaving
from app.orders.facts import Share
from tests.orders.amendments.test_plan import kg, packs, quantities, share, shares_of

GRAM = Decimal("0.001")


def after(shares: list[Share] | tuple[Share, ...], stay: object) -> list[Decimal]:
    kept = leaving(shares, kg(stay), GRAM)
    return [kept.get(s.id, s.quantity) for s in shares]


def without_packs(shares: tuple[Share, ...]) -> list[Share]:
    return [replace(s, pack=None, smallest=None) for s in shares]


@given(shares_of, quantities)
def test_who_gives_way_leaves_no_more_than_may_stay_and_keeps_what_is_weighed(
    shares: tuple[Share, ...], stay: Decimal
) -> None:
    left = after(shares, stay)
    assert sum(left) <= max(stay, sum(s.weighed for s in shares))
    for s, stays in zip(shares, left, strict=True):
        assert s.weighed <= stays <= s.quantity
        assert stays == stays.quantize(GRAM)
    # Only as much as needed: without packs and ways it would have been exact.
    total = sum(s.quantity for s in shares) - sum(after(without_packs(shares), stay))
    able = sum(s.quantity - s.weighed for s in shares)
    assert total == min(max(sum(s.quantity for s in shares) - stay, kg(0)), able)


@given(shares_of, quantities)
def test_a_promise_gives_way_only_when_all_that_is_not_promised_is_gone(
    shares: tuple[Share, ...], stay: Decimal
) -> None:
    kept = leaving(without_packs(shares), stay, GRAM)
    if any(s.promised for s in shares if s.id in kept):
        assert all(kept.get(s.id) == 0 for s in shares if not s.promised)


@st.composite
def alike(draw: st.DrawFn) -> list[Share]:
    """Shares of one group, in the packs of their offers, of some of which goods stand ready."""
    found = []
    for n in range(1, draw(st.integers(2, 12)) + 1):
        pack = draw(packs)
        quantity = draw(st.integers(1, 40)) * (pack or Decimal("0.5"))
        weighed = quantity * draw(st.sampled_from([0, 0, 0, Decimal("0.5")]))
        found.append(share(n, quantity, weighed, pack=pack, smallest=draw(packs)))
    return found


@given(alike(), quantities)
def test_nobody_is_lowered_while_another_keeps_more_than_him_by_more_than_a_pack(
    shares: list[Share], stay: Decimal
) -> None:
    left = after(shares, stay)
    for one, low in zip(shares, left, strict=True):
        ended_for_the_way = one.smallest and not low
        if low == one.quantity or ended_for_the_way:
            continue
        for other, high in zip(shares, left, strict=True):
            pack = max(one.pack or GRAM, other.pack or GRAM)
            way = (other.smallest or 0) + (other.pack or GRAM)  # its smallest pick-up, in packs
            assert high <= low + pack or high <= other.weighed or (other.smallest and high < way)


@given(alike(), quantities)
def test_the_order_in_which_shares_are_told_decides_nothing(
    shares: list[Share], stay: Decimal
) -> None:
    assert leaving(shares, stay, GRAM) == leaving(shares[::-1], stay, GRAM)


def test_all_come_down_to_one_level_and_the_small_ones_stay_whole() -> None:
    shares = [share(1, 100), share(2, 60), share(3, 20), share(4, 90)]
    assert after(shares, 170) == [50, 50, 20, 50]


def test_37_farms_share_what_is_not_needed() -> None:
    shares = [share(n, 54) for n in range(1, 38)]
    left = after(shares, 1665)
    assert left == [45] * 37
    odd = after(shares, 1665 + GRAM)
    assert odd == [45 + GRAM] + [45] * 36, "the gram that is left is the oldest one's"


def test_what_is_weighed_is_not_lowered_and_the_rest_bears_it() -> None:
    assert after([share(1, 100, 80), share(2, 100), share(3, 100)], 160) == [80, 40, 40]


def test_packs_that_would_free_too_much_stay_with_the_oldest() -> None:
    shares = [share(n, 100, pack=kg(25)) for n in (1, 2, 3, 4)]
    assert after(shares, 280) == [75, 75, 75, 50]


def test_a_share_that_is_not_worth_the_way_ends() -> None:
    shares = [share(n, 100, smallest=kg(50)) for n in (1, 2, 3)]
    assert after(shares, 120) == [50, 50, 0]
    assert after(shares[:1], 49) == [0]


def test_pieces_are_not_cut() -> None:
    shares = [share(n, 10) for n in (1, 2, 3)]
    kept = leaving(shares, kg(20), Decimal(1))
    assert [kept[s.id] for s in shares] == [7, 7, 6]
