"""Small needs and offers, as the planner takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.allocation.models import Policy
from app.allocation.planning import Need, Plan, plan

D = Decimal
GRAM = D("0.001")
NOTHING = st.none()
EGGS, MONDAY = UUID(int=1), date(2026, 3, 2)


def offer(
    number: int,
    free: object,
    *,
    seller: int | None = None,
    site: int = 0,
    pack: object = None,
    asks: object = None,
    floor: object = None,
    days: Sequence[int] = (0, 6),
) -> dict[str, Any]:
    """An open offer's period as `queries.offers_held` gives it; *days* from Monday on."""
    return {
        "id": UUID(int=number),
        "offer_id": UUID(int=number),
        "seller_id": UUID(int=number if seller is None else seller),
        "site_id": UUID(int=1000 * (number if seller is None else seller) + site),
        "commodity_id": EGGS,
        "grade": "medium",
        "status": "open",
        "kind": "commitment",
        "seller_status": "active",
        "free": D(str(free)),
        "pack_size": None if pack is None else D(str(pack)),
        "min_pickup": None if asks is None else D(str(asks)),
        "floor_amount": None if floor is None else D(str(floor)),
        "floor_per": None if floor is None else D(1),
        "starts_on": MONDAY + timedelta(days[0]),
        "ends_on": MONDAY + timedelta(days[1]),
    }


def need(
    quantity: object,
    number: int = 1,
    *,
    day: int = 0,
    price: object = 100,
    unit: str = "kg",
    had: Mapping[int, object] | None = None,
    gave_back: Iterable[int] = (),
    closed: Iterable[int] = (),
) -> Need:
    """What line *number* still lacks."""
    return Need(
        line_id=UUID(int=number),
        order_id=UUID(int=number),
        commodity_id=EGGS,
        grade="medium",
        base_unit=unit,
        deliver_on=MONDAY + timedelta(day),
        price_amount=D(str(price)),
        price_per=D(1),
        quantity=D(str(quantity)),
        gave_back=frozenset(UUID(int=seller) for seller in gave_back),
        closed=frozenset(UUID(int=seller) for seller in closed),
        had={UUID(int=seller): D(str(brought)) for seller, brought in (had or {}).items()},
    )


def decided(
    needs: Need | Sequence[Need],
    offers: Sequence[dict[str, Any]],
    policy: Policy = Policy.FAIR_SHARE,
) -> Plan:
    """What the policy makes of it."""
    return plan([needs] if isinstance(needs, Need) else needs, offers, {}, policy)


def by_offer(made: Plan) -> dict[int, Decimal]:
    """What each offer brings to all lines."""
    brought: dict[int, Decimal] = defaultdict(Decimal)
    for outcome in made.outcomes:
        for share in outcome.shares:
            brought[share.offer_id.int] += share.quantity
    return dict(brought)


def by_seller(made: Plan, offers: Sequence[dict[str, Any]]) -> dict[int, Decimal]:
    """What each seller brings to all lines."""
    sellers = {row["id"].int: row["seller_id"].int for row in offers}
    brought: dict[int, Decimal] = defaultdict(Decimal)
    for number, quantity in by_offer(made).items():
        brought[sellers[number]] += quantity
    return dict(brought)


def total(made: Plan) -> Decimal:
    """What all lines are brought together."""
    return sum((outcome.allocated for outcome in made.outcomes), D(0))


def markets(
    most: int,
    *,
    lines: int = 3,
    offers: int = 5,
    sellers: int = 4,
    packs: st.SearchStrategy[Any] = NOTHING,
    asks: st.SearchStrategy[Any] = NOTHING,
    had: int = 3,
    unit: str = "pcs",
) -> st.SearchStrategy[tuple[list[Need], list[dict[str, Any]]]]:
    """Up to *lines* on two days at three prices, and *offers* of *sellers* with floors and days."""
    held = st.dictionaries(st.integers(1, sellers), st.integers(0, had), max_size=2)
    line = st.builds(
        lambda quantity, day, price, had, gone: (quantity, day, price, had, gone),
        st.integers(1, most * 2),
        st.integers(0, 1),
        st.sampled_from([10, 20, 30]),
        held,
        st.sets(st.integers(1, sellers), max_size=1),
    )
    supply = st.tuples(
        st.integers(1, most),
        st.integers(1, sellers),
        st.integers(0, 1),
        packs,
        asks,
        st.sampled_from([None, None, 15, 25]),
        st.sampled_from([(0, 1), (0, 1), (0, 0), (1, 1)]),
    )
    return st.tuples(
        st.lists(line, min_size=1, max_size=lines).map(
            lambda rows: [
                need(q, n + 1, day=day, price=price, had=had, gave_back=gone, unit=unit)
                for n, (q, day, price, had, gone) in enumerate(rows)
            ]
        ),
        st.lists(supply, max_size=offers).map(
            lambda rows: [
                offer(n + 1, free, seller=s, site=site, pack=pack, asks=least, floor=f, days=days)
                for n, (free, s, site, pack, least, f, days) in enumerate(rows)
            ]
        ),
    )
