"""Fair share: what the rule promises, against slow formulations that are obviously right."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.allocation.planning import Excluded, Outcome
from app.allocation.rules import Limit, Supply
from tests.allocation.rules.cases import decided, need
from tests.allocation.rules.cases import offer as row

D = Decimal
GRAM = D("0.001")


def fair_share(needed: Decimal, supplies: list[Supply], *, unit: str = "kg") -> Outcome:
    """What one line gets from offers of as many sellers."""
    offers = [row(s.offer_id.int, s.free, pack=s.pack_size, asks=s.min_pickup) for s in supplies]
    had = {s.seller_id.int: s.had for s in supplies}
    return decided(need(needed, had=had, unit=unit), offers).outcomes[0]


def supplies(
    most: int, *, packs: st.SearchStrategy, pickups: st.SearchStrategy, count: int = 8
) -> st.SearchStrategy[list[Supply]]:
    """Up to *count* offers of up to *most* thousandths with distinct ids."""
    one = st.tuples(st.integers(1, most), packs, pickups)
    ids = st.lists(st.integers(0, 2**100), min_size=count, max_size=count, unique=True)
    return st.builds(
        lambda rows, names: [
            Supply(
                UUID(int=name),
                UUID(int=name),
                thousandths(free),
                pack and thousandths(pack),
                least and thousandths(least),
            )
            for name, (free, pack, least) in zip(names, rows, strict=False)
        ],
        st.lists(one, max_size=count),
        ids,
    )


def thousandths(n: int) -> Decimal:
    return D(n) * GRAM


nothing = st.none()
some_packs = st.one_of(st.none(), st.integers(1, 12))
LOOSE = supplies(60, packs=nothing, pickups=nothing)
PACKED = supplies(60, packs=some_packs, pickups=nothing, count=6)
ANY = supplies(60, packs=some_packs, pickups=st.one_of(st.none(), st.integers(1, 40)))
needed = st.integers(1, 300).map(thousandths)


def total(outcome: Outcome) -> Decimal:
    return sum((share.quantity for share in outcome.shares), D(0))


def by_offer(outcome: Outcome) -> dict[UUID, Decimal]:
    return {share.offer_id: share.quantity for share in outcome.shares}


@given(needed, ANY)
def test_nobody_is_asked_for_more_than_offered_and_nothing_beyond_the_need(
    need: Decimal, offers: list[Supply]
) -> None:
    outcome = fair_share(need, offers)
    assert total(outcome) <= need
    free = {offer.offer_id: offer.free for offer in offers}
    assert all(0 < share.quantity <= free[share.offer_id] for share in outcome.shares)


@given(needed, ANY)
def test_everybody_brings_whole_packs_and_at_least_their_smallest_pick_up(
    need: Decimal, offers: list[Supply]
) -> None:
    known = {offer.offer_id: offer for offer in offers}
    for share in fair_share(need, offers).shares:
        offer = known[share.offer_id]
        assert share.quantity % (offer.pack_size or GRAM) == 0
        assert share.quantity >= (offer.min_pickup or 0)


@given(needed, ANY, st.randoms())
def test_equal_inputs_give_equal_shares_in_whatever_order_they_come(
    need: Decimal, offers: list[Supply], random
) -> None:
    shuffled = random.sample(offers, len(offers))
    assert fair_share(need, offers) == fair_share(need, shuffled)


@given(needed, LOOSE)
def test_without_packs_the_parts_add_up_to_need_or_supply(
    need: Decimal, offers: list[Supply]
) -> None:
    assert total(fair_share(need, offers)) == min(need, sum((o.free for o in offers), D(0)))


@given(needed, LOOSE)
def test_without_packs_it_is_max_min_fair(need: Decimal, offers: list[Supply]) -> None:
    """Against progressive filling: a gram at a time to whoever has least and can bring more."""
    filled = {offer.offer_id: D(0) for offer in offers}
    for _ in range(int(need / GRAM)):
        able = [o for o in offers if filled[o.offer_id] < o.free]
        if not able:
            break
        least = min(able, key=lambda o: (filled[o.offer_id], o.offer_id))
        filled[least.offer_id] += GRAM
    assert by_offer(fair_share(need, offers)) == {k: v for k, v in filled.items() if v}


def most_possible(need: Decimal, offers: list[Supply]) -> Decimal:
    """The largest fill of any outcome at all, by trying every sum that packs can make up."""
    sums = {0}
    bound = int(need / GRAM)
    for offer in offers:
        step = int((offer.pack_size or GRAM) / GRAM)
        least = int((offer.min_pickup or 0) / GRAM)
        bring = [q for q in range(0, int(offer.free / GRAM) + 1, step) if q == 0 or q >= least]
        sums = {s + q for s in sums for q in bring if s + q <= bound}
    return thousandths(max(sums))


@given(needed, PACKED)
def test_no_outcome_into_whole_packs_fills_more(need: Decimal, offers: list[Supply]) -> None:
    assert total(fair_share(need, offers)) == most_possible(need, offers)


@given(needed, PACKED, PACKED)
def test_more_supply_never_fills_less(
    need: Decimal, offers: list[Supply], further: list[Supply]
) -> None:
    known = {offer.offer_id for offer in offers}
    more = offers + [offer for offer in further if offer.offer_id not in known]
    assert total(fair_share(need, more)) >= total(fair_share(need, offers))


@given(needed, ANY)
def test_what_stays_open_is_less_than_any_offer_left_out_would_take(
    need: Decimal, offers: list[Supply]
) -> None:
    """Nobody usable who got nothing could simply be added."""
    outcome = fair_share(need, offers)
    served = by_offer(outcome)
    for offer in offers:
        step = offer.pack_size or GRAM
        least = max(step, ((offer.min_pickup or D(0)) + step - GRAM) // step * step)
        if offer.offer_id not in served and offer.free // step * step >= least:
            assert need - total(outcome) < least


@given(needed, ANY)
def test_the_reason_says_what_decided(need: Decimal, offers: list[Supply]) -> None:
    outcome = fair_share(need, offers)
    known = {offer.offer_id: offer for offer in offers}
    for share in outcome.shares:
        offer = known[share.offer_id]
        if share.limited_by is Limit.OFFERED:
            assert offer.free - share.quantity < (offer.pack_size or GRAM)
        if share.limited_by is Limit.MIN_PICKUP:
            assert share.quantity - (offer.min_pickup or 0) < (offer.pack_size or GRAM)
        if share.limited_by is Limit.PACKS:
            assert offer.pack_size is not None
    if outcome.level is None and outcome.shares:
        assert all(share.limited_by is Limit.OFFERED for share in outcome.shares)


def offer(n: int, free: str, pack: str | None = None, least: str | None = None) -> Supply:
    seller = UUID(int=n)
    return Supply(seller, seller, D(free), pack and D(pack), least and D(least))


def test_a_tonne_from_three_sellers_is_shared_at_a_common_level() -> None:
    outcome = fair_share(D(1000), [offer(1, "200"), offer(2, "700"), offer(3, "900")])
    assert [s.quantity for s in outcome.shares] == [D(200), D(400), D(400)]
    assert [s.limited_by for s in outcome.shares] == [Limit.OFFERED, Limit.LEVEL, Limit.LEVEL]
    assert outcome.level == D(400)


def test_remainders_go_to_the_earliest_offers() -> None:
    outcome = fair_share(D("1"), [offer(3, "9"), offer(1, "9"), offer(2, "9")])
    assert [s.quantity for s in outcome.shares] == [D("0.334"), D("0.333"), D("0.333")]


def test_counted_goods_are_never_cut() -> None:
    outcome = fair_share(D(10), [offer(1, "9.5"), offer(2, "9"), offer(3, "9")], unit="pcs")
    assert [s.quantity for s in outcome.shares] == [D(4), D(3), D(3)]


def test_a_large_smallest_pick_up_wins_nothing_when_others_can_bring_it() -> None:
    """Otherwise everybody would soon ask for large pick-ups."""
    outcome = fair_share(D(100), [offer(1, "100", least="60"), offer(2, "50"), offer(3, "50")])
    assert by_offer(outcome) == {UUID(int=2): D(50), UUID(int=3): D(50)}
    assert outcome.excluded == {Excluded.PASSED_OVER: [UUID(int=1)]}


def test_a_large_smallest_pick_up_is_served_when_the_order_needs_it() -> None:
    outcome = fair_share(D(120), [offer(1, "100", least="100"), offer(2, "50")])
    assert [s.quantity for s in outcome.shares] == [D(100), D(20)]
    assert outcome.shares[0].limited_by is Limit.OFFERED
    outcome = fair_share(D(120), [offer(1, "200", least="90"), offer(2, "50"), offer(3, "9")])
    assert [s.quantity for s in outcome.shares] == [D(90), D("21"), D(9)]
    assert outcome.shares[0].limited_by is Limit.MIN_PICKUP


def test_packs_of_two_sizes_are_exchanged_until_they_fit() -> None:
    outcome = fair_share(D(150), [offer(1, "135", "15"), offer(2, "40", "10")])
    assert total(outcome) == D(150)


def test_an_offer_below_its_own_pack_or_pick_up_is_unusable() -> None:
    outcome = fair_share(D(100), [offer(1, "14", "15"), offer(2, "40", least="41")])
    assert outcome.shares == []
    assert outcome.excluded == {Excluded.TOO_LITTLE_LEFT: [UUID(int=1), UUID(int=2)]}


def test_no_offers_no_shares() -> None:
    outcome = fair_share(D(5), [])
    assert (outcome.shares, outcome.level, outcome.excluded) == ([], None, {})


def test_what_others_gave_back_goes_first_to_who_has_least() -> None:
    """Two packs for four offers that bring something already: not the lowest ids get them."""
    had = {1: D(3), 2: D(2), 3: D(3), 4: D(2)}
    offers = [Supply(UUID(int=n), UUID(int=n), D(9), D(1), had=had[n]) for n in had]
    assert by_offer(fair_share(D(2), offers)) == {UUID(int=2): D(1), UUID(int=4): D(1)}
