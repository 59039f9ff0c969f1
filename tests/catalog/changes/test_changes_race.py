"""A curator's answer, the seller's edit and the end of the listing, all at once and committed."""

from __future__ import annotations

import asyncio

import pytest

from tests.api import Api
from tests.catalog.changes.test_changes import proposed
from tests.catalog.listing_helpers import approve_change, listing, patch

pytestmark = pytest.mark.anyio

ROUNDS = 12


async def test_approve_edit_and_archive_end_in_one_of_their_orders(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    for _ in range(ROUNDS):
        made = await listing(seller, hub, "published")
        change = await proposed(seller, made)
        approved, edited, archived = await asyncio.gather(
            approve_change(hub, change["id"], 1),
            patch(seller, made["id"], {"title": "Batik ketiga"}, made["version"]),
            seller.post(f"/v1/listings/{made['id']}/archive"),
        )
        assert archived.status_code == 200, archived.text
        assert approved.status_code in (200, 409, 412), approved.text
        assert edited.status_code in (200, 409, 412), edited.text
        own = await seller.read(f"/v1/listings/{made['id']}")
        assert own["status"] == "archived" and own["change"] is None
        seen = approved.status_code == 200
        wanted = {"Batik cap", "Batik ketiga"} if seen else {made["title"]}
        assert own["title"] in wanted
        changes = (await seller.read("/v1/listing-changes", listing_id=made["id"]))["data"]
        first = next(c for c in changes if c["id"] == change["id"])
        assert first["status"] == ("approved" if approved.status_code == 200 else "withdrawn")
        assert all(c["status"] in ("approved", "withdrawn") for c in changes)
        assert (await api.get(f"/v1/listings/{made['id']}")).status_code == 404


async def test_two_curators_do_not_both_decide(hub: Api) -> None:
    seller = await hub.party("seller")
    for _ in range(ROUNDS):
        made = await listing(seller, hub, "published")
        change = await proposed(seller, made)
        path = f"/v1/listing-changes/{change['id']}"
        answers = await asyncio.gather(
            approve_change(hub, change["id"], 1), hub.post(f"{path}/reject", {"reason": "other"})
        )
        assert sorted(a.status_code for a in answers) == [200, 409]
        own = await seller.read(f"/v1/listings/{made['id']}")
        approved = answers[0].status_code == 200
        assert own["title"] == ("Batik cap" if approved else made["title"])


async def test_an_edit_joins_the_change_or_comes_after_it_but_is_never_lost(hub: Api) -> None:
    seller = await hub.party("seller")
    for _ in range(ROUNDS):
        made = await listing(seller, hub, "published")
        change = await proposed(seller, made)
        approved, edited = await asyncio.gather(
            approve_change(hub, change["id"], 1),
            patch(seller, made["id"], {"story": "Dibuat sendiri."}, made["version"]),
        )
        # Edited meanwhile: the curator has not seen all of it, and must look again.
        assert approved.status_code in (200, 412), approved.text
        own = await seller.read(f"/v1/listings/{made['id']}")
        assert own["title"] == ("Batik cap" if approved.status_code == 200 else made["title"])
        if edited.status_code == 200:
            waiting = own["change"] is not None
            assert waiting or own["story"] == "Dibuat sendiri."
        else:
            assert edited.status_code == 412 and own["story"] is None
