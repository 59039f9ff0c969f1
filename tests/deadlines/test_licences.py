"""The worker's whole turn over licences and closures: what `worker.DEADLINES` does by itself."""

from __future__ import annotations

from typing import Any

import asyncpg

from app import worker
from app.core.ids import decode
from tests import trade
from tests.api import Api
from tests.catalog.gate.test_gate import shown, types, verified
from tests.catalog.listing_helpers import licensed, listing


async def test_a_turn_notes_what_ended_warns_of_what_ends_and_holds_the_goods(
    hub: Api, api: Api, app: Any, owner: asyncpg.Connection
) -> None:
    """The dates are moved back behind the service's back; nothing is announced when they are."""
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    path = await verified(hub, seller, "pirt", 60)
    made = await listing(seller, hub, "published", category="snacks")
    licence = decode("lic", path.split("/")[5])
    for days, last in ((40, "licence.expiring"), (21, "licence.expired")):
        await owner.execute(
            "UPDATE licences SET valid_to = valid_to - $2::int WHERE id = $1", licence, days
        )
        assert await shown(api, made)
        await worker.turn(app.state.database)
        assert (await types(seller, "licence"))[-1] == last
    assert not await shown(api, made)
    before = (await seller.read(f"/v1/parties/{seller.id}/licences"))["data"]
    await worker.turn(app.state.database)  # a second look changes nothing
    assert (await seller.read(f"/v1/parties/{seller.id}/licences"))["data"] == before
    assert (await types(seller, "listing"))[-1] == "listing.blocked"
    assert (await types(seller, "licence")).count("licence.expired") == 1


async def test_a_turn_looks_again_at_a_seller_whose_day_is_over(
    hub: Api, api: Api, app: Any, owner: asyncpg.Connection
) -> None:
    seller = await hub.party("seller")
    stock = {"variants": [{"stock": {"value": "4", "unit": "pcs"}}]}
    made = await listing(seller, hub, "published", **stock)
    closed = {"starts_on": trade.day(1), "ends_on": trade.day(1)}
    closure = await seller.do("/v1/closures", closed)
    await owner.execute(
        "UPDATE closures SET starts_on = starts_on - 1 WHERE id = $1", decode("clo", closure["id"])
    )
    await owner.execute(
        "UPDATE seller_days SET checked_on = checked_on - 1 WHERE seller_id = $1",
        decode("pty", seller.id),
    )
    assert (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
    await worker.turn(app.state.database)
    assert not (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
