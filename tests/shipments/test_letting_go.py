"""When a line has enough, nobody's goods stay tied to it."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from app.core.ids import decode
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]


async def test_what_was_confirmed_but_not_needed_is_the_sellers_again(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """One seller weighs a little less than confirmed: inside the tolerance, the line completes and
    the rest of its offer is free again; offers, lines and movements agree.
    """
    told = await story.confirmed(hub, unique("eggs"), 500, 500)
    lots = [await told.lot(0, 495), await told.lot(1, 490)]
    receipt = await told.received(*lots)
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await hub.read(f"/v1/orders/{told.order_id}")
    assert order["status"] == "completed"
    assert order["lines"][0]["allocated"] == kg(985)
    for n, (weighed, free) in enumerate(((495, 5), (490, 10))):
        seen = await told.sellers[n].read(f"/v1/allocations/{told.allocations[n]['id']}")
        assert seen["quantity"] == kg(weighed)
        offer = await told.sellers[n].read(f"/v1/supply-offers/{seen['offer_id']}")
        assert (offer["committed"], offer["delivered"]) == (kg(0), kg(weighed))
        assert float(offer["available"]["value"]) >= free
    actions = await owner.fetch(
        "SELECT action FROM history WHERE object_id = $1 ORDER BY version",
        decode("alc", told.allocations[0]["id"]),
    )
    assert [row["action"] for row in actions][-2:] == ["ship", "shorten"]
