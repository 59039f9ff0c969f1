"""A grant divided over the sellers of a lot: exact to the rupiah, whatever the shares."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.core.quantity import QUANTUM
from app.shipments.claims.answering import divided
from app.shipments.lots.queries import Share

GRAMS = st.integers(1, 10**9).map(lambda grams: grams * QUANTUM)
LOT = new_id()


@st.composite
def grants(draw: st.DrawFn) -> tuple[Decimal, Decimal, list[Share]]:
    """What was granted of a lot, in kilograms and rupiah, and whose goods were in the lot."""
    balances = draw(st.lists(GRAMS, min_size=1, max_size=30))
    shares = [Share(LOT, UUID(int=n), UUID(int=n % 7), each) for n, each in enumerate(balances)]
    whole = int(sum(balances) / QUANTUM)
    quantity = draw(st.integers(1, whole)) * QUANTUM
    return quantity, Decimal(draw(st.integers(1, 10**12))), shares


@given(grants(), st.randoms(use_true_random=False))
def test_it_is_exact_fair_and_the_same_in_any_order(
    grant: tuple[Decimal, Decimal, list[Share]], dice: Random
) -> None:
    quantity, amount, shares = grant
    parts = divided(quantity, amount, shares, QUANTUM)
    assert sum(part.amount for part in parts) == amount
    assert sum(part.quantity for part in parts) == quantity
    owners = {share.allocation_id: share for share in shares}
    whole = sum(share.balance for share in shares)
    for part in parts:
        assert part.allocation_id is not None
        share = owners[part.allocation_id]
        assert (part.party_id, part.share, part.whole) == (share.seller_id, share.balance, whole)
        assert part.amount >= 0
        assert part.amount == part.amount.to_integral_value()
        assert abs(part.amount * whole - amount * share.balance) < whole  # less than a rupiah off
        assert 0 <= part.quantity <= share.balance
        assert abs(part.quantity * whole - quantity * share.balance) < whole * QUANTUM
    shuffled = dice.sample(shares, len(shares))
    assert divided(quantity, amount, shuffled, QUANTUM) == parts


@given(GRAMS, st.integers(1, 40), st.integers(0, 10**9))
def test_equal_shares_differ_by_a_rupiah_at_most(each: Decimal, count: int, amount: int) -> None:
    shares = [Share(LOT, UUID(int=n), UUID(int=n), each) for n in range(count)]
    parts = divided(each, Decimal(amount), shares, QUANTUM)
    amounts = [part.amount for part in parts]
    amounts += [Decimal(0)] * (count - len(parts))  # whose part is nothing is left out
    assert max(amounts) - min(amounts) <= 1


def test_a_piece_is_not_cut() -> None:
    """Of goods counted by the piece, three of a lot of two equal sellers are two and one."""
    shares = [Share(LOT, UUID(int=n), UUID(int=n), Decimal(5)) for n in range(2)]
    parts = divided(Decimal(3), Decimal(100), shares, Decimal(1))
    assert [part.quantity for part in parts] == [2, 1]
    assert [part.amount for part in parts] == [50, 50]
