"""What was quoted is what was ordered: to the gram, the rupiah and the hundredth of a percent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import trade
from tests.api import Api
from tests.quotes.negotiating import order_asked
from tests.statements import trips_of

units = st.sampled_from(["kg", "g", "kuintal", "ton"])
quantities = st.integers(1, 10**7).map(lambda n: str(Decimal(n) / 1000))
percents = st.integers(0, 10_000).map(lambda n: str(Decimal(n) / 100))


def whole_grams(said: dict[str, str]) -> bool:
    """Whether nothing finer than a gram is asked for."""
    return said["unit"] != "g" or "." not in said["value"].rstrip("0").rstrip(".")


quantity = st.builds(lambda value, unit: {"value": value, "unit": unit}, quantities, units)
per = st.builds(
    lambda value, unit: {"value": str(Decimal(value) / 1000), "unit": unit},
    st.integers(1000, 10**7),
    units,
)
line = st.fixed_dictionaries(
    {
        "quantity": quantity.filter(whole_grams),
        "price": st.builds(
            lambda amount, per: {"amount": str(amount), "currency": "IDR", "per": per},
            st.integers(1, 10**6),  # no line may cost more than Rp 10^16
            per,
        ),
        "under_tolerance_pct": percents,
        "over_tolerance_pct": percents,
    }
)


@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(terms=st.lists(line, min_size=1, max_size=6), data=st.data())
async def test_the_order_is_the_quote(
    terms: list[dict[str, Any]], data: st.DataObject, hub: Api
) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, f"eggs-{uuid4().hex[:12]}")
    body = order_asked(market, what, *range(1, len(terms) + 1))
    request = await market.api.do("/v1/quote-requests", body)
    lines = [
        said | {"request_line_id": asked["id"]}
        for said, asked in zip(terms, request["lines"], strict=True)
    ]
    shuffled = data.draw(st.permutations(lines))
    path = f"/v1/quote-requests/{request['id']}/quotes"
    quote = await hub.do(path, {"lines": shuffled})
    done = await market.api.do(f"/v1/quotes/{quote['id']}/accept")
    order = await market.api.read(f"/v1/orders/{done['order_id']}")
    assert len(order["lines"]) == len(terms)
    same = ("price", "amount", "under_tolerance_pct", "over_tolerance_pct")
    for ordered, quoted, said in zip(order["lines"], quote["lines"], terms, strict=True):
        assert ordered["requested"] == ordered["confirmed"] == quoted["quantity"]
        assert {name: ordered[name] for name in same} == {name: quoted[name] for name in same}
        for name in ("under_tolerance_pct", "over_tolerance_pct"):
            assert Decimal(ordered[name]) == Decimal(said[name])
        assert Decimal(ordered["price"]["amount"]) == Decimal(said["price"]["amount"])
        assert Decimal(ordered["price"]["per"]["value"]) == Decimal(said["price"]["per"]["value"])
    amounts = [Decimal(quoted["amount"]["amount"]) for quoted in quote["lines"]]
    assert Decimal(order["total"]["amount"]) == Decimal(quote["total"]["amount"]) == sum(amounts)


@pytest.mark.parametrize("lines", [1, 40])
async def test_reading_a_negotiation_is_two_statements(hub: Api, lines: int) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, f"eggs-{uuid4().hex[:12]}")
    request = await market.api.do("/v1/quote-requests", order_asked(market, what, *[1] * lines))
    price = {"amount": "9", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}
    terms = [
        {"request_line_id": asked["id"], "quantity": asked["quantity"], "price": price}
        for asked in request["lines"]
    ]
    path = f"/v1/quote-requests/{request['id']}"
    for api in (hub, market.api, hub):
        await api.do(f"{path}/quotes", {"lines": terms})

    async def read() -> None:
        assert len((await market.api.read(path))["quotes"]) == 3

    trips = await trips_of(read)
    assert len(trips) == 5, trips  # BEGIN, enter, request with lines, quotes with lines, COMMIT


async def test_accepting_forty_lines_asks_no_more_than_accepting_one(hub: Api) -> None:
    price = {"amount": "9", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}

    async def accepted(lines: int) -> int:
        market, what = await trade.buyer(hub), await trade.goods(hub, f"eggs-{uuid4().hex[:12]}")
        quotes = []
        for _ in range(4):
            body = order_asked(market, what, *[1] * lines)
            request = await market.api.do("/v1/quote-requests", body)
            terms = [
                {"request_line_id": asked["id"], "quantity": asked["quantity"], "price": price}
                for asked in request["lines"]
            ]
            path = f"/v1/quote-requests/{request['id']}/quotes"
            quotes.append((await hub.do(path, {"lines": terms}))["id"])

        async def accept() -> None:
            await market.api.do(f"/v1/quotes/{quotes.pop()}/accept")

        return len(await trips_of(accept))

    assert await accepted(1) == await accepted(40) <= 20
