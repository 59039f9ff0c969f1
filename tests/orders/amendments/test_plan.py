"""The plan of an amendment, as a pure decision: whatever is asked, the sums stay sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.quantity import Quantity
from app.orders.amendments.rules import Plan, header, plan
from app.orders.amendments.terms import Bucket, Ground, Wish
from app.orders.facts import Share

TODAY = date(2026, 11, 23)
ANSWER = TODAY + timedelta(days=2)
HERE, THERE, AGREED = UUID(int=1), UUID(int=2), UUID(int=3)
AGREEMENT = {
    "status": "active",
    "starts_on": date(2026, 11, 1),
    "ends_on": date(2026, 12, 31),
    "min_call_off": None,
}


def kg(value: Any) -> Decimal:
    return Decimal(value)


def bucket(key: UUID, left: Any, **fields: Any) -> Bucket:
    return Bucket(key, key, kg(left), True, date(2026, 11, 1), date(2026, 11, 30), **fields)


def line(confirmed: Any = 100, **fields: Any) -> dict[str, Any]:
    """A confirmed line under an agreement, for tomorrow, at Rp 27 500 a kg."""
    return {
        "id": UUID(int=10),
        "confirmed": kg(confirmed),
        "requested": kg(confirmed),
        "base_unit": "kg",
        "deliver_on": TODAY + timedelta(days=1),
        "ship_to_site_id": UUID(int=20),
        "price_amount": kg(27500),
        "price_currency": "IDR",
        "price_per_value": kg(1),
        "price_per_unit": "kg",
        "price_per": kg(1),
        "price_inputs": None,
        "agreement_line_id": AGREED,
        "quota_period_id": HERE,
        "variant_id": None,
        "listing_id": None,
        "stock_pool_id": None,
        "allocated": kg(0),
        "shipped": kg(0),
        "over": kg(0),
        "short_closed": kg(0),
        "short_closed_at": None,
        "done_at": None,
        **fields,
    }


def wish(quantity: Any = None, **fields: Any) -> Wish:
    said = None if quantity is None else Quantity.model_construct(value=kg(quantity), unit="kg")
    number = None if quantity is None else kg(quantity)
    return Wish("/lines/0", UUID(int=10), number, said, **fields)


def share(n: int, quantity: Any, weighed: Any = 0, *, promised: bool = True, **more: Any) -> Share:
    rest = {"pack": None, "smallest": None} | more
    return Share(
        UUID(int=n),
        UUID(int=10),
        UUID(int=100 + n),
        f"S{n}",
        promised,
        kg(quantity),
        kg(weighed),
        **rest,
    )


def planned(row: dict[str, Any], what: Wish, ground: Ground | None = None) -> Plan:
    ground = ground or Ground(
        bucket=bucket(HERE, 50), next_bucket=bucket(HERE, 50), agreement=AGREEMENT
    )
    held = sum((s.quantity for s in ground.shares), kg(0))
    return plan([row | {"allocated": held}], [what], {row["id"]: ground}, TODAY, ANSWER)


def codes(made: Plan) -> list[str]:
    return [obstacle.code for obstacle in made.obstacles]


quantities = st.integers(1, 400_000).map(lambda grams: Decimal(grams) / 1000)
packs = st.sampled_from([None, kg(5), kg(10), kg(25)])


@st.composite
def a_share(draw: st.DrawFn, n: int) -> Share:
    quantity = draw(quantities)
    promised = draw(st.booleans())
    weighed = draw(st.sampled_from([kg(0), quantity / 2, quantity])) if promised else kg(0)
    return share(
        n,
        quantity,
        weighed.quantize(Decimal("0.001")),
        promised=promised,
        pack=draw(packs),
        smallest=draw(packs),
    )


shares_of = st.integers(0, 6).flatmap(lambda n: st.tuples(*(a_share(i) for i in range(1, n + 1))))


@given(quantities, quantities, shares_of, quantities)
def test_quantity_moves_quota_by_the_difference_and_nothing_else(
    before: Decimal, after: Decimal, shares: tuple[Share, ...], left: Decimal
) -> None:
    """requested = confirmed = new; allocated at most new; quota by exactly the difference."""
    if before == after:
        return
    ground = Ground(shares, False, bucket(HERE, left), bucket(HERE, left), AGREEMENT)
    made = planned(line(before), wish(after), ground)
    (change,) = made.changes
    row = change.columns()
    assert row["requested"] == row["confirmed"] == after
    given_back, taken = change.moves()
    assert taken - given_back == after - before
    assert min(given_back, taken) == 0
    weighed = sum(s.weighed for s in shares)
    assert (after < weighed) == ("goods_weighed" in codes(made))
    if not made.obstacles:
        assert change.allocated <= after
        assert change.allocated >= weighed
    assert (after - before > left) == ("quota_exceeded" in codes(made))
    assert made.total_after - made.total_before == change.after.amount - change.before.amount


@given(quantities, st.one_of(st.none(), quantities), quantities, shares_of)
def test_another_period_gives_all_back_here_and_takes_all_there(
    before: Decimal, after: Decimal | None, left: Decimal, shares: tuple[Share, ...]
) -> None:
    ground = Ground(shares, False, bucket(HERE, 0), bucket(THERE, left), AGREEMENT)
    made = planned(line(before), wish(after, deliver_on=TODAY + timedelta(days=9)), ground)
    (change,) = made.changes
    new = before if after is None else after
    assert change.moves() == (before, new)
    assert change.columns()["quota_period_id"] == THERE
    effects = {effect.bucket.key: (effect.given, effect.taken) for effect in made.effects}
    assert effects == {HERE: (before, 0), THERE: (0, new)}
    assert ("quota_exceeded" in codes(made)) == (new > left)
    if any(s.weighed for s in shares):
        assert "goods_weighed" in codes(made)
    else:
        assert change.allocated == 0


def test_two_lines_of_one_period_count_together() -> None:
    """One gives back what the other takes."""
    second = line(100) | {"id": UUID(int=11)}
    ground = Ground((), False, bucket(HERE, 0), bucket(HERE, 0), AGREEMENT)
    both = [wish(70), replace(wish(130), line_id=UUID(int=11), pointer="/lines/1")]
    grounds = dict.fromkeys((UUID(int=10), UUID(int=11)), ground)
    made = plan([line(100), second], both, grounds, TODAY, ANSWER)
    assert not made.obstacles
    (effect,) = made.effects
    assert (effect.given, effect.taken, effect.left) == (30, 30, 0)
    more = [both[0], replace(wish(131), line_id=UUID(int=11), pointer="/lines/1")]
    made = plan([line(100), second], more, grounds, TODAY, ANSWER)
    assert [(o.code, o.pointer) for o in made.obstacles] == [
        ("quota_exceeded", "/lines/1/quantity")
    ]


def test_what_is_finished_is_not_amended() -> None:
    assert codes(planned(line(done_at=TODAY), wish(50))) == ["line_done"]
    assert codes(planned(line(short_closed_at=TODAY), wish(50))) == ["line_short_closed"]
    assert codes(planned(line(over=kg(2)), wish(50))) == ["brought_over"]


def test_a_day_must_be_ahead_and_in_the_agreement() -> None:
    nowhere = Ground((), False, bucket(HERE, 50), None, AGREEMENT)
    far = planned(line(), wish(deliver_on=date(2027, 1, 5)), nowhere)
    assert codes(far) == ["outside_agreement"]
    assert "day" in codes(planned(line(), wish(deliver_on=TODAY - timedelta(days=1))))
    made = planned(line(), wish(deliver_on=TODAY + timedelta(days=2)))
    assert [warning.code for warning in made.warnings] == ["day_before_answer"]


def test_a_site_stays_once_goods_are_on_their_way_there() -> None:
    elsewhere = wish(ship_to_site_id=UUID(int=21))
    assert not planned(line(), elsewhere).obstacles
    assert codes(planned(line(shipped=kg(1)), elsewhere)) == ["goods_shipped"]
    ground = Ground((), True, bucket(HERE, 0), bucket(HERE, 0), AGREEMENT)
    assert codes(planned(line(), elsewhere, ground)) == ["goods_loaded"]


def test_an_agreement_that_sleeps_gives_back_but_gives_nothing() -> None:
    asleep = AGREEMENT | {"status": "suspended"}
    shut = replace(bucket(HERE, 50), open=False)
    ground = Ground((), False, shut, shut, asleep)
    assert codes(planned(line(), wish(101), ground)) == ["agreement_not_active"]
    assert not planned(line(), wish(99), ground).obstacles


def test_less_than_the_smallest_call_off_is_refused_only_when_less_is_wanted() -> None:
    term = AGREEMENT | {"min_call_off": kg(60)}
    ground = Ground((), False, bucket(HERE, 50), bucket(HERE, 50), term)
    assert codes(planned(line(100), wish(59), ground)) == ["min_call_off"]
    assert not planned(line(100), wish(60), ground).obstacles
    assert not planned(line(40), wish(50), ground).obstacles


def test_a_listings_step_and_smallest_order_hold_and_its_price_stays() -> None:
    listed = {"agreement_line_id": None, "variant_id": UUID(int=5), "listing_id": UUID(int=6)}
    term = {
        "blocked": [],
        "on_sale": True,
        "seller_status": "active",
        "closed_then": False,
        "lead_days": None,
        "order_step": kg(10),
        "min_order": kg(20),
    }
    ground = Ground((), False, bucket(HERE, 5), bucket(HERE, 5), variant=term)
    assert codes(planned(line(100, **listed), wish(105), ground)) == ["order_step"]
    assert codes(planned(line(100, **listed), wish(110), ground)) == ["out_of_stock"]
    assert codes(planned(line(100, **listed), wish(10), ground)) == ["min_order"]
    gone = replace(ground, variant=term | {"on_sale": False})
    assert "not_sellable" in codes(planned(line(100, **listed), wish(110), gone))
    assert not planned(line(100, **listed), wish(90), gone).obstacles


def test_an_order_shows_the_day_its_lines_have_together() -> None:
    one, other = line(), line() | {"deliver_on": date(2026, 12, 24)}
    site = {"ship_to_site_id": UUID(int=20)}
    assert header([one, one]) == {"deliver_on": one["deliver_on"]} | site
    assert header([one, other]) == site


def test_a_tier_that_was_reached_stays_and_that_is_said() -> None:
    """50 kg at the price of 50 kg, made 10 kg, stays at it: snapshots freeze at commitment."""
    tiered = line(50) | {"price_inputs": {"rule": "tiered"}}
    assert [w.code for w in planned(tiered, wish(10)).warnings] == ["tier_kept"]
    assert planned(line(50), wish(10)).warnings == []
    (change,) = planned(tiered, wish(10)).changes
    assert change.columns()["price_amount"] == tiered["price_amount"]
