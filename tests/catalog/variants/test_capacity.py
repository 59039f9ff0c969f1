"""A kitchen's capacity under changes: what was promised or has left does not come back."""

from __future__ import annotations

from typing import Any

import pytest

from tests import trade
from tests.api import Api
from tests.catalog.variants.test_variants_api import patched
from tests.orders.stall import asked, kitchen, line, ordered, pcs, stall
from tests.shipments import story

pytestmark = pytest.mark.anyio


async def fitted(shop: Any, variant_id: str, capacity: int) -> None:
    """The seller can make so much from now on."""
    variant = await shop.seller.read(f"/v1/variants/{variant_id}")
    answer = await patched(shop.seller, variant, {"capacity": pcs(capacity)})
    assert answer.status_code == 200, answer.text


async def test_what_has_left_uses_the_week_up_also_after_an_edit(hub: Api) -> None:
    """Canary: a refit to the new capacity alone would sell 19 of a week of 11."""
    shop = await stall(hub, kitchen(10, "week", 0))
    variant = shop.variants[0]
    there = await story.of_listing(hub, shop, 8, deliver_on=trade.day(0))
    await there.arrived(await there.lot())
    await fitted(shop, variant, 11)
    market = await trade.buyer(hub)
    much = await asked(market, line(variant, 4), deliver_on=trade.day(0))
    assert much.status_code == 409 and much.json()["left"] == {variant: "3"}
    assert (await asked(market, line(variant, 3), deliver_on=trade.day(0))).status_code == 201


async def test_capacity_that_was_lowered_under_promises_stays_lowered_when_they_end(
    hub: Api,
) -> None:
    """Canary: without trimming, eight of a day of five could be ordered."""
    shop = await stall(hub, kitchen(10, "day", 0))
    variant = shop.variants[0]
    market = await trade.buyer(hub)
    order = await ordered(market, line(variant, 8))
    await fitted(shop, variant, 5)
    await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    much = await asked(market, line(variant, 8))
    assert much.status_code == 409 and much.json()["left"] == {variant: "5"}
    assert (await asked(market, line(variant, 5))).status_code == 201


async def test_days_become_a_week_with_the_weeks_capacity(hub: Api, api: Api) -> None:
    shop = await stall(hub, kitchen(5, "day", 0))
    variant = shop.variants[0]
    market = await trade.buyer(hub)
    for day in range(7):
        order = await ordered(market, line(variant, 1), deliver_on=trade.day(day))
        await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    row = await shop.seller.read(f"/v1/variants/{variant}")
    weekly = {"capacity": pcs(50), "capacity_period": "week"}
    assert (await patched(shop.seller, row, weekly)).status_code == 200
    found = await api.read(f"/v1/listings/{shop.listing['id']}/availability")
    assert {s["available"]["value"] for s in found["data"][0]["slots"]} == {"50"}
    for day in (0, 3, 6):
        assert (await asked(market, line(variant, 20), deliver_on=trade.day(day))).status_code in (
            201,
            409,
        )
    first = await asked(market, line(variant, 50), deliver_on=trade.day(13))
    assert first.status_code == 201, first.text
