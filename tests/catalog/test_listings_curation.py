"""The life of a listing over HTTP: written, curated, shown, paused, archived."""

from __future__ import annotations

import pytest

from app.catalog.states import LISTING, ListingStatus
from tests.api import Api
from tests.catalog.listing_helpers import CURATOR, WAY, body_of, draft_body, licensed, listing

pytestmark = pytest.mark.anyio

ACTIONS = ["submit", "approve", "request-changes", "reject", "publish", "pause", "archive"]


async def test_the_whole_way_from_draft_to_archive_leaves_one_event_and_one_history_row_each(
    hub: Api, owner
) -> None:
    seller = await hub.party("seller", name="Batik Contoh")
    made = await listing(seller, hub)
    assert made["status"] == "draft" and made["version"] == 1
    assert made["seller"] == {"id": seller.id, "name": "Batik Contoh"}
    path = f"/v1/listings/{made['id']}"
    await seller.do(f"{path}/submit")
    asked = await hub.do(f"{path}/request-changes", body_of("request-changes"))
    assert (asked["review_reason"], asked["review_note"]) == ("incomplete", "Tulis berat bersih.")
    for who, action in (
        (seller, "submit"),
        (hub, "approve"),
        (seller, "publish"),
        (seller, "pause"),
        (seller, "publish"),
        (seller, "archive"),
    ):
        done = await who.do(f"{path}/{action}")
    assert done["status"] == "archived" and done["version"] == 9 and done["allowed_actions"] == []
    events = [
        e for e in (await seller.read("/v1/events"))["data"] if e["data"].get("id") == made["id"]
    ]
    assert [e["type"] for e in events] == [
        "listing.created",
        "listing.submitted",
        "listing.changes_requested",
        "listing.submitted",
        "listing.approved",
        "listing.published",
        "listing.paused",
        "listing.published",
        "listing.archived",
    ]
    assert await owner.fetchval(
        "SELECT array_agg(version ORDER BY version) FROM history WHERE object = 'listing' "
        "AND object_id = (SELECT id FROM listings WHERE btc_id('lst', id) = $1)",
        made["id"],
    ) == list(range(1, 10))


@pytest.mark.parametrize("status", list(WAY))
async def test_what_a_status_does_not_allow_is_409_and_says_what_it_does(
    hub: Api, status: str
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, status)
    allowed = LISTING.allowed_actions(status)
    for action in ACTIONS:
        if action.replace("-", "_") in allowed:
            continue
        who = hub if action in CURATOR else seller
        answer = await who.post(f"/v1/listings/{made['id']}/{action}", body_of(action))
        assert answer.status_code == 409, (action, answer.text)
        problem = answer.json()
        assert problem["code"] == "wrong_state"
        theirs = await who.read(f"/v1/listings/{made['id']}")
        assert problem["allowed_actions"] == theirs["allowed_actions"]
    assert (await seller.read(f"/v1/listings/{made['id']}"))["version"] == made["version"]


@pytest.mark.parametrize("status", [s for s in ListingStatus if s != "archived"])
async def test_archive_works_from_any_other_state(hub: Api, status: str) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, status)
    assert (await seller.do(f"/v1/listings/{made['id']}/archive"))["status"] == "archived"


async def test_the_operator_writes_for_a_seller_and_must_say_for_whom(hub: Api) -> None:
    seller = await hub.party("seller")
    missing = await hub.post("/v1/listings", draft_body())
    assert missing.status_code == 422 and missing.json()["errors"][0]["pointer"] == "/seller_id"
    made = await hub.do("/v1/listings", draft_body(seller_id=seller.id))
    assert made["seller"]["id"] == seller.id
    assert (await seller.read(f"/v1/listings/{made['id']}"))["status"] == "draft"
    buyer = await hub.party("buyer")
    wrong = await hub.post("/v1/listings", draft_body(seller_id=buyer.id))
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["code"] == "not_a_seller"


async def test_a_seller_writes_only_for_itself_and_a_buyer_not_at_all(hub: Api) -> None:
    one, other = await hub.party("seller"), await hub.party("seller")
    assert (await one.do("/v1/listings", draft_body(seller_id=one.id)))["seller"]["id"] == one.id
    assert (await one.post("/v1/listings", draft_body(seller_id=other.id))).status_code == 403
    buyer = await hub.party("buyer")
    assert (await buyer.post("/v1/listings", draft_body())).status_code == 403


async def test_strangers_get_404_for_what_they_may_not_see_and_403_for_what_they_may(
    hub: Api,
) -> None:
    one, other = await hub.party("seller"), await hub.party("seller")
    draft, shown = await listing(one, hub), await listing(one, hub, "published")
    assert (await other.get(f"/v1/listings/{draft['id']}")).status_code == 404
    assert (await other.post(f"/v1/listings/{draft['id']}/archive")).status_code == 404
    assert (await other.get(f"/v1/listings/{shown['id']}")).status_code == 200
    assert (await other.post(f"/v1/listings/{shown['id']}/archive")).status_code == 403
    assert (await one.post(f"/v1/listings/{draft['id']}/approve")).status_code == 403
    assert (await one.read(f"/v1/listings/{shown['id']}"))["status"] == "published"


async def test_a_reference_is_used_once_per_seller_and_world(hub: Api, unique) -> None:
    seller = await hub.party("seller")
    body = draft_body(external_reference=unique("produk"))
    made = await seller.do("/v1/listings", body)
    again = await seller.post("/v1/listings", body)
    assert again.status_code == 409 and again.json()["existing_id"] == made["id"]
    found = await seller.read(
        "/v1/listings", mine="true", external_reference=body["external_reference"]
    )
    assert [row["id"] for row in found["data"]] == [made["id"]]


class TestLicences:
    """Goods that need a licence are neither curated nor shown without."""

    async def test_food_without_licences_cannot_be_submitted(self, hub: Api) -> None:
        seller = await hub.party("seller")
        made = await listing(seller, hub, category="snacks")
        answer = await seller.post(f"/v1/listings/{made['id']}/submit")
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert problem["code"] == "licence_missing"
        assert problem["missing"] == ["bpom_md", "halal", "pirt"]
        assert problem["one_of"] == [["bpom_md", "pirt"], ["halal"]]
        assert "P-IRT or BPOM MD, and halal certificate" in problem["detail"]
        await licensed(hub, seller, "bpom_md")
        answer = await seller.post(f"/v1/listings/{made['id']}/submit")
        assert answer.json()["one_of"] == [["halal"]]
        await licensed(hub, seller, "halal")
        assert (await seller.do(f"/v1/listings/{made['id']}/submit"))["status"] == "submitted"

    async def test_a_licence_that_expired_stops_publishing_and_resuming(
        self, hub: Api, owner
    ) -> None:
        seller = await hub.party("seller")
        await licensed(hub, seller, "pirt", "halal")
        approved = await listing(seller, hub, "approved", category="drinks")
        paused = await listing(seller, hub, "paused", category="drinks")
        crafts = await listing(seller, hub, "approved", category="crafts")
        await owner.execute(
            "UPDATE licences SET valid_to = '2026-01-02' WHERE kind = 'pirt' "
            "AND btc_id('pty', party_id) = $1",
            seller.id,
        )
        for made in (approved, paused):
            answer = await seller.post(f"/v1/listings/{made['id']}/publish")
            assert answer.status_code == 409
            assert answer.json()["one_of"] == [["bpom_md", "pirt"]]
        assert (await seller.do(f"/v1/listings/{crafts['id']}/publish"))["status"] == "published"
