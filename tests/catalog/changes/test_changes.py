"""Edits of curated listings: the old version stays public until the curator has decided."""

from __future__ import annotations

from typing import Any

import pytest

from app.catalog.states import LISTING_CHANGE
from app.core.ids import decode
from tests.api import Api, Party, money
from tests.catalog.listing_helpers import in_test_world, licensed, listing, patch
from tests.catalog.photos.uploading import upload

pytestmark = pytest.mark.anyio

WHY = {"reason": "misleading_claim", "note": "Tunjukkan buktinya."}
ACTIONS = ["approve", "request-changes", "reject", "withdraw"]


async def proposed(seller: Party, made: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The change that an edit of a curated listing makes."""
    answer = await patch(seller, made["id"], fields or {"title": "Batik cap"}, made["version"])
    assert answer.status_code == 200, answer.text
    change = await seller.read(f"/v1/listing-changes/{answer.json()['change']['id']}")
    return dict(change)


async def answered(hub: Api, seller: Api, change: dict[str, Any], action: str) -> Any:
    """The raw answer to *action* by whom it belongs to."""
    body = WHY if action in ("request-changes", "reject") else {}
    who = seller if action == "withdraw" else hub
    seen = {"if-match": "*"} if action == "approve" else None
    return await who.post(f"/v1/listing-changes/{change['id']}/{action}", body, headers=seen)


async def test_nobody_approves_what_they_have_not_seen(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made, title="Batik cap")
    await patch(seller, made["id"], {"description": "Obat kuat"}, made["version"])
    path = f"/v1/listing-changes/{change['id']}/approve"
    assert (await hub.post(path)).status_code == 428
    seen = await hub.post(path, headers={"if-match": f'"{change["version"]}"'})
    assert seen.status_code == 412, seen.text
    assert (await seller.read(f"/v1/listings/{made['id']}"))["title"] == made["title"]


async def test_the_curator_sees_each_field_before_and_after(hub: Api) -> None:
    seller = await hub.party("seller", name="Batik Contoh")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made, title="Batik cap", description=None)
    seen = await hub.read(f"/v1/listing-changes/{change['id']}")
    assert seen["fields"] == [
        {"field": "description", "before": made["description"], "after": None},
        {"field": "title", "before": made["title"], "after": "Batik cap"},
    ]
    assert seen["title"] == made["title"] and seen["listing_id"] == made["id"]
    assert seen["seller"] == {"id": seller.id, "name": "Batik Contoh"}
    assert seen["allowed_actions"] == ["request_changes", "approve", "reject", "withdraw"]
    assert change["allowed_actions"] == ["withdraw"]


async def test_what_is_public_changes_with_the_approval_and_not_before(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made)
    assert (await api.read(f"/v1/listings/{made['id']}"))["title"] == made["title"]
    done = (await answered(hub, seller, change, "approve")).json()
    assert (done["status"], done["version"], done["allowed_actions"]) == ("approved", 2, [])
    shown = await api.read(f"/v1/listings/{made['id']}")
    assert shown["title"] == "Batik cap" and shown["version"] == made["version"] + 1
    own = await seller.read(f"/v1/listings/{made['id']}")
    assert own["change"] is None and own["status"] == "published"
    events = (await seller.read("/v1/events"))["data"]
    assert [e["type"] for e in events[-3:]] == [
        "listing_change.submitted",
        "listing.edited",
        "listing_change.approved",
    ]
    assert events[-2]["data"]["changes"]["title"]["after"] == "Batik cap"


async def test_a_price_changed_meanwhile_is_kept(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made)
    priced = await patch(seller, made["id"], {"price": {"amount": "5"}}, made["version"])
    assert priced.status_code == 200, priced.text
    assert (await answered(hub, seller, change, "approve")).status_code == 200
    own = await seller.read(f"/v1/listings/{made['id']}")
    assert (own["price"]["amount"], own["title"]) == ("5", "Batik cap")


async def test_what_the_curator_sends_back_is_submitted_again_by_the_next_edit(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "paused")
    change = await proposed(seller, made)
    back = (await answered(hub, seller, change, "request-changes")).json()
    assert (back["review_reason"], back["review_note"]) == (WHY["reason"], WHY["note"])
    again = await proposed(seller, made, title="Batik tulis halus")
    assert again["id"] == change["id"] and again["status"] == "submitted"
    assert again["review_reason"] is None and again["fields"][0]["after"] == "Batik tulis halus"
    assert (await answered(hub, seller, change, "approve")).status_code == 200
    assert (await seller.read(f"/v1/listings/{made['id']}"))["title"] == "Batik tulis halus"


@pytest.mark.parametrize(("action", "status"), [("reject", "rejected"), ("withdraw", "withdrawn")])
async def test_what_is_refused_or_withdrawn_leaves_the_listing_as_it_was(
    hub: Api, action: str, status: str
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made)
    done = await answered(hub, seller, change, action)
    assert done.status_code == 200 and done.json()["status"] == status
    own = await seller.read(f"/v1/listings/{made['id']}")
    assert own["title"] == made["title"] and own["change"] is None
    assert own["version"] == made["version"]
    assert (await proposed(seller, made))["id"] != change["id"]


@pytest.mark.parametrize("way", [["request-changes"], ["approve"], ["reject"], ["withdraw"]])
async def test_what_a_status_does_not_allow_is_409(hub: Api, way: list[str]) -> None:
    seller = await hub.party("seller")
    change = await proposed(seller, await listing(seller, hub, "approved"))
    for action in way:
        change = (await answered(hub, seller, change, action)).json()
    allowed = LISTING_CHANGE.allowed_actions(change["status"])
    for action in ACTIONS:
        if action.replace("-", "_") not in allowed:
            answer = await answered(hub, seller, change, action)
            assert answer.status_code == 409 and answer.json()["code"] == "wrong_state"
            assert answer.json()["allowed_actions"] == allowed


async def test_only_the_curator_decides_and_strangers_know_of_nothing(hub: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made)
    path = f"/v1/listing-changes/{change['id']}"
    assert (await seller.post(f"{path}/approve")).status_code == 403
    assert (await other.get(path)).status_code == 404
    assert (await other.post(f"{path}/withdraw")).status_code == 404
    assert (await (await in_test_world(hub, seller)).get(path)).status_code == 404
    assert (await other.read("/v1/listing-changes"))["data"] == []


async def test_the_list_is_filtered_by_status_and_listing(hub: Api) -> None:
    seller = await hub.party("seller")
    one, two = [await listing(seller, hub, "published") for _ in range(2)]
    first, second = await proposed(seller, one), await proposed(seller, two)
    await answered(hub, seller, first, "reject")

    async def ids(**filters: str) -> list[str]:
        return [c["id"] for c in (await seller.read("/v1/listing-changes", **filters))["data"]]

    assert await ids() == [second["id"], first["id"]]
    assert await ids(status="rejected") == [first["id"]]
    assert await ids(listing_id=two["id"]) == [second["id"]]
    assert await ids(listing_id=two["id"], status="rejected") == []


class TestWhatMovedMeanwhile:
    async def test_another_category_needs_its_licences_and_gets_them_shown(
        self, hub: Api, api: Api
    ) -> None:
        seller = await hub.party("seller")
        made = await listing(seller, hub, "published")
        change = await proposed(seller, made, category="snacks.chips")
        refused = await answered(hub, seller, change, "approve")
        assert refused.status_code == 409, refused.text
        assert refused.json()["code"] == "licence_missing"
        assert (await api.read(f"/v1/listings/{made['id']}"))["category"] == "clothing"
        await licensed(hub, seller, "pirt", "halal")
        assert (await answered(hub, seller, change, "approve")).status_code == 200
        shown = await api.read(f"/v1/listings/{made['id']}")
        assert (shown["category"], shown["licences"]) == ("snacks.chips", ["halal", "pirt"])

    async def test_out_of_a_category_that_blocks_it_comes_back_by_itself(
        self, hub: Api, api: Api
    ) -> None:
        seller = await hub.party("seller")
        await licensed(hub, seller, "nkv")
        made = await listing(seller, hub, "published", category="fresh.eggs")
        other = await listing(seller, hub, "published", category="fresh.eggs", title="Telur asin")
        filed = (await seller.read(f"/v1/parties/{seller.id}/licences"))["data"][0]["id"]
        path = f"/v1/parties/{seller.id}/licences/{filed}/verify"
        await hub.do(path, {"outcome": "rejected"})
        assert (await api.get(f"/v1/listings/{made['id']}")).status_code == 404
        blocked = await seller.read(f"/v1/listings/{made['id']}")
        change = await proposed(seller, blocked, category="crafts")
        assert (await answered(hub, seller, change, "approve")).status_code == 200
        assert (await api.read(f"/v1/listings/{made['id']}"))["category"] == "crafts"
        assert (await api.get(f"/v1/listings/{other['id']}")).status_code == 404
        types = [e["type"] for e in (await seller.read("/v1/events"))["data"]]
        assert types[-3:] == ["listing.edited", "listing.unblocked", "listing_change.approved"]

    async def test_a_unit_that_is_in_use_by_now_is_409(self, hub: Api) -> None:
        seller = await hub.party("seller")
        made = await listing(seller, hub, "published", unit="kg", price=money(9000))
        change = await proposed(seller, made, unit="kuintal")
        variant = made["variants"][0]["id"]
        received = {"quantity": {"value": "5", "unit": "kg"}}
        await seller.do(f"/v1/variants/{variant}/receive", received)
        refused = await answered(hub, seller, change, "approve")
        assert refused.status_code == 409, refused.text
        assert refused.json()["code"] == "change_outdated"
        assert refused.json()["errors"][0]["pointer"] == "/unit"
        own = await seller.read(f"/v1/listings/{made['id']}")
        assert own["unit"] == "kg" and own["change"]["status"] == "submitted"

    async def test_a_photo_that_is_gone_is_409(self, hub: Api, owner: Any) -> None:
        """Photos are never deleted while a change names them; this looks behind the API."""
        seller = await hub.party("seller")
        made = await listing(seller, hub, "published")
        photo = (await upload(seller, made["id"])).json()["id"]
        change = await proposed(
            seller, await seller.read(f"/v1/listings/{made['id']}"), photos=[photo]
        )
        assert change["fields"] == [{"field": "photos", "before": [], "after": [photo]}]
        await owner.execute("DELETE FROM photos WHERE id = $1", decode("pho", photo))
        refused = await answered(hub, seller, change, "approve")
        assert refused.status_code == 409, refused.text
        assert refused.json()["code"] == "change_outdated"
        assert refused.json()["errors"][0]["pointer"] == "/photos/0"
