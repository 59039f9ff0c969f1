"""A licence is withdrawn while the curator moves goods to a category that needs it."""

from __future__ import annotations

import asyncio

import pytest

from tests.api import Api
from tests.catalog.changes.test_changes import proposed
from tests.catalog.gate.test_gate import shown, verified
from tests.catalog.listing_helpers import approve_change, listing

pytestmark = pytest.mark.anyio

ROUNDS = 12


async def test_whoever_is_first_no_eggs_are_shown_without_a_licence(hub: Api, api: Api) -> None:
    for _ in range(ROUNDS):
        seller = await hub.party("seller")
        path = await verified(hub, seller, "nkv", None)
        other = await listing(seller, hub, "published", category="fresh.eggs", title="Telur")
        made = await listing(seller, hub, "published", category="crafts")
        change = await proposed(seller, made, category="fresh.eggs")
        approved, rejected = await asyncio.gather(
            approve_change(hub, change["id"], 1),
            hub.post(path, {"outcome": "rejected"}),
        )
        assert rejected.status_code == 200, rejected.text
        assert approved.status_code in (200, 409), approved.text
        own = await seller.read(f"/v1/listings/{made['id']}")
        assert (own["category"] == "fresh.eggs") == (approved.status_code == 200)
        assert await shown(api, made) == (own["category"] == "crafts")
        assert not await shown(api, other)


async def test_publishing_while_the_licence_goes_ends_off_the_shelf(hub: Api, api: Api) -> None:
    for _ in range(ROUNDS):
        seller = await hub.party("seller")
        path = await verified(hub, seller, "nkv", None)
        made = await listing(seller, hub, "approved", category="fresh.eggs")
        published, rejected = await asyncio.gather(
            seller.post(f"/v1/listings/{made['id']}/publish"),
            hub.post(path, {"outcome": "rejected"}),
        )
        assert rejected.status_code == 200, rejected.text
        assert published.status_code in (200, 409), published.text
        assert not await shown(api, made)


async def test_a_seller_suspended_while_its_goods_are_published_is_off_the_shelf(
    hub: Api, api: Api
) -> None:
    for _ in range(ROUNDS):
        seller = await hub.party("seller")
        made = await listing(seller, hub, "approved", category="crafts")
        published, suspended = await asyncio.gather(
            seller.post(f"/v1/listings/{made['id']}/publish"),
            hub.post(f"/v1/parties/{seller.id}/suspend"),
        )
        assert suspended.status_code == 200, suspended.text
        assert published.status_code in (200, 401), published.text
        assert not await shown(api, made)
