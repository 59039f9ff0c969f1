"""Photos of listings that were approved: order and removal at once, what is new by a change."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core.ids import encode, new_id
from tests.api import Api, Party
from tests.catalog.listing_helpers import approve_change, draft_body, listing, patch
from tests.catalog.photos.uploading import snapshot, upload, uploaded
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

JPEG = "image/jpeg"


@pytest.fixture
async def published(seller: Party, hub: Api, draft: str) -> str:
    """A listing on the shelf with two photos."""
    for _ in range(2):
        await uploaded(seller, draft)
    for who, action in ((seller, "submit"), (hub, "approve"), (seller, "publish")):
        await who.do(f"/v1/listings/{draft}/{action}")
    return draft


async def shown(who: Api, listing_id: str) -> list[str]:
    """The photos that the listing shows to *who*."""
    return [photo["id"] for photo in (await who.read(f"/v1/listings/{listing_id}"))["photos"]]


async def arrange(seller: Api, listing_id: str, photos: list[str]) -> Any:
    """The answer to the seller's wish to show *photos* in this order."""
    version = (await seller.read(f"/v1/listings/{listing_id}"))["version"]
    return await patch(seller, listing_id, {"photos": photos}, version)


async def approve(hub: Api, change_id: str) -> None:
    answer = await approve_change(hub, change_id)
    assert answer.status_code == 200, answer.text


async def test_a_new_photo_is_seen_by_the_public_once_the_curator_has_seen_it(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    before = await shown(api, published)
    photo = await uploaded(seller, published)
    assert not photo["shown"] and photo["change_id"]
    assert await shown(api, published) == await shown(seller, published) == before
    stranger = await hub.party("buyer")
    for size in ("large", "medium", "thumb"):
        for who in (api, stranger):
            problem(await who.get(photo[size]), 404, "not_found")
        for who in (seller, hub):
            assert (await who.get(photo[size])).headers["content-type"] == JPEG
    await approve(hub, photo["change_id"])
    assert await shown(api, published) == [*before, photo["id"]]
    for who in (api, stranger, seller, hub):
        assert (await who.get(photo["thumb"])).headers["content-type"] == JPEG
    (listed,) = [
        one
        for one in (await seller.read(f"/v1/listings/{published}/photos"))["data"]
        if one["id"] == photo["id"]
    ]
    assert listed["shown"] and listed["change_id"] is None


async def test_further_photos_and_edits_join_the_change(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    before = await shown(api, published)
    first = await uploaded(seller, published)
    version = (await seller.read(f"/v1/listings/{published}"))["version"]
    await patch(seller, published, {"title": "Batik cap"}, version)
    second = await uploaded(seller, published)
    assert first["change_id"] == second["change_id"]
    await approve(hub, second["change_id"])
    assert await shown(api, published) == [*before, first["id"], second["id"]]
    assert (await api.read(f"/v1/listings/{published}"))["title"] == "Batik cap"


async def test_a_double_tap_joins_the_change_once(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    data = snapshot(800, 600)
    answers = await asyncio.gather(*(upload(seller, published, data) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3
    (photo,) = {str(answer.json()) for answer in answers}
    assert "'shown': False" in photo
    await approve(hub, answers[0].json()["change_id"])
    assert len(await shown(api, published)) == 3


async def test_a_refused_photo_can_be_proposed_again(
    seller: Party, hub: Api, published: str
) -> None:
    data = snapshot()
    photo = await uploaded(seller, published, data)
    reason = {"reason": "poor_photo", "note": "Buram."}
    await hub.do(f"/v1/listing-changes/{photo['change_id']}/reject", reason)
    again = await uploaded(seller, published, data)
    assert again["id"] == photo["id"]
    assert again["change_id"] not in (None, photo["change_id"])


async def test_order_and_removal_are_seen_at_once(seller: Party, api: Api, published: str) -> None:
    first, second = await shown(api, published)
    answer = await arrange(seller, published, [second, first])
    assert answer.status_code == 200 and answer.json()["change"] is None
    assert await shown(api, published) == [second, first]
    answer = await arrange(seller, published, [second])
    assert answer.status_code == 200 and answer.json()["change"] is None
    assert await shown(api, published) == [second]
    path = f"/v1/photos/{first}/thumb"
    problem(await api.get(path), 404, "not_found")
    assert (await seller.get(path)).status_code == 200, "taken off, not lost"


async def test_putting_one_back_is_for_the_curator_again(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    first, second = await shown(api, published)
    await arrange(seller, published, [second])
    answer = await arrange(seller, published, [first, second])
    assert answer.status_code == 200
    assert await shown(api, published) == [second]
    await approve(hub, answer.json()["change"]["id"])
    assert await shown(api, published) == [first, second]


async def test_leaving_a_waiting_photo_out_withdraws_it(
    seller: Party, api: Api, published: str
) -> None:
    first, second = await shown(api, published)
    await uploaded(seller, published)
    answer = await arrange(seller, published, [second, first])
    assert answer.json()["change"] is None
    assert await shown(api, published) == [second, first]


async def test_a_waiting_photo_can_be_given_another_place(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    first, second = await shown(api, published)
    photo = await uploaded(seller, published)
    answer = await arrange(seller, published, [photo["id"], second, first])
    assert answer.json()["change"]["id"] == photo["change_id"]
    assert await shown(api, published) == [first, second]
    await approve(hub, photo["change_id"])
    assert await shown(api, published) == [photo["id"], second, first]


@pytest.mark.parametrize("status", ["draft", "published"])
async def test_only_its_own_photos_each_once_and_twelve_at_most(
    seller: Party, hub: Api, status: str
) -> None:
    made, other = [await seller.do("/v1/listings", draft_body()) for _ in range(2)]
    own = (await uploaded(seller, made["id"]))["id"]
    foreign = (await uploaded(seller, other["id"]))["id"]
    theirs = await listing(await hub.party("seller"), hub)
    strange = (await uploaded(hub, theirs["id"]))["id"]
    if status == "published":
        for who, action in ((seller, "submit"), (hub, "approve"), (seller, "publish")):
            await who.do(f"/v1/listings/{made['id']}/{action}")
    missing = encode("pho", new_id())
    for photos, at in (
        ([own, foreign], 1),
        ([strange], 0),
        ([own, missing], 1),
    ):
        document = problem(await arrange(seller, made["id"], photos), 404, "not_found")
        assert document["errors"][0]["pointer"] == f"/photos/{at}"
    for photos in ([own, own], [own] * 13, ["lst_" + own[4:]], [None], own):
        answer = await arrange(seller, made["id"], photos)  # type: ignore[arg-type]
        problem(answer, 422, "validation_failed")
    assert await shown(seller, made["id"]) == [own]


@pytest.mark.parametrize("status", ["approved", "paused"])
async def test_off_the_shelf_it_waits_for_the_curator_too(
    seller: Party, hub: Api, status: str
) -> None:
    made = await listing(seller, hub, status)
    photo = await uploaded(seller, made["id"])
    assert not photo["shown"] and photo["change_id"]


async def test_twelve_counts_what_waits(seller: Party, published: str) -> None:
    for _ in range(10):
        await uploaded(seller, published)
    problem(await upload(seller, published), 409, "photos_full")


async def test_an_archived_listing_keeps_its_photos_for_those_it_belongs_to(
    seller: Party, hub: Api, api: Api, published: str
) -> None:
    first, _ = await shown(api, published)
    await seller.do(f"/v1/listings/{published}/archive")
    path = f"/v1/photos/{first}/large"
    problem(await api.get(path), 404, "not_found")
    for who in (seller, hub):
        assert (await who.get(path)).status_code == 200


async def test_the_card_says_of_photos_what_the_seller_sees(
    seller: Party, api: Api, published: str
) -> None:
    await arrange(seller, published, (await shown(api, published))[::-1])
    mine = (await seller.read(f"/v1/listings/{published}"))["photos"]
    card = (await api.read(f"/v1/listings/{published}"))["photos"]
    assert len(mine) == 2
    assert card == mine
    assert [list(photo) for photo in card] == [list(photo) for photo in mine]
    for photo in card:
        for size in ("large", "medium", "thumb"):
            assert (await api.get(photo[size])).status_code == 200
