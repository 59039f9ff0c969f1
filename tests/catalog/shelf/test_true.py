"""The shelf says what the tables say; where somebody forgot, that is noticed and healed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app import reconcile
from app.catalog.shelf import gate
from app.core.ids import decode
from tests.api import Api
from tests.catalog.listing_helpers import listing
from tests.worker import at

pytestmark = pytest.mark.anyio


def pcs(value: int) -> dict[str, str]:
    return {"value": str(value), "unit": "pcs"}


async def test_a_row_that_nobody_touched_is_noticed_and_made_anew_the_next_day(
    hub: Api, api: Api, app: Any, owner: Any
) -> None:
    """Canary: SQL that changes a price behind the commands' back."""
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    listing_id = decode("lst", made["id"])
    assert listing_id not in await reconcile.forgotten(app.state.database)
    await owner.execute("UPDATE listings SET price_amount = 1 WHERE id = $1", listing_id)
    assert listing_id in await reconcile.forgotten(app.state.database)
    while await at(app, timedelta(days=1), gate.hold_daily):
        pass
    assert listing_id not in await reconcile.forgotten(app.state.database)
    assert (await api.read(f"/v1/listings/{made['id']}"))["price"]["amount"] == "1"


async def test_two_variants_sold_out_at_once_leave_nothing_sellable(hub: Api, api: Api) -> None:
    """Canary: rows made in the statement that locks them would show one of the two as in stock."""
    seller = await hub.party("seller")
    sizes = [{"size": size, "stock": pcs(3)} for size in ("S", "M", "L", "XL")]
    made = await listing(seller, hub, "published", variants=sizes)
    for round_ in range(5):
        for wanted in (0, 3):
            body = {"counted": pcs(wanted), "reason": "counted"}
            await asyncio.gather(
                *(hub.do(f"/v1/variants/{v['id']}/adjust", body) for v in made["variants"])
            )
            shown = await api.read(f"/v1/listings/{made['id']}")
            assert shown["sellable"] is bool(wanted), round_
            assert {v["in_stock"] for v in shown["variants"]} == {bool(wanted)}
