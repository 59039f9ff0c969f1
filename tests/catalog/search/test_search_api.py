"""Finding over HTTP: as a person types, with filters, in pages, with facets and suggestions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, money
from tests.catalog.listing_helpers import approve_change, listing, patch

pytestmark = pytest.mark.anyio

PCS = {"value": "3", "unit": "pcs"}


async def goods(hub: Api, *titles: str, **fields: Any) -> tuple[Any, list[Any]]:
    """A seller with listings of these titles on the shelf, in this order."""
    seller = await hub.party("seller")
    made = [await listing(seller, hub, "published", title=title, **fields) for title in titles]
    return seller, made


async def test_words_are_found_however_they_are_typed(hub: Api, api: Api) -> None:
    seller, (chips, _) = await goods(hub, "Kendang Jimbe Mahoni", "Gelas bambu")
    for typed in ("kendang", "KENDANG jimbe", "jimbe kend", "kendnag jimbe", "kendang-jimbe!"):
        page = await api.read("/v1/listings", q=typed, seller_id=seller.id)
        assert [item["id"] for item in page["data"]] == [chips["id"]], typed
        (match,) = page["matches"]
        assert match["id"] == chips["id"] and match["found_in"] == "title"
        assert "<mark>" in match["highlight"]
        assert (page["corrected"] is not None) == (typed == "kendnag jimbe")


async def test_a_highlight_is_safe_html(hub: Api, api: Api) -> None:
    title = 'Sarung <script>alert("x")</script> & tenun'
    seller, _ = await goods(hub, title)
    (match,) = (await api.read("/v1/listings", q="tenun", seller_id=seller.id))["matches"]
    assert "<script>" not in match["highlight"] and "&lt;script&gt;" in match["highlight"]
    assert "<mark>tenun</mark>" in match["highlight"]


async def test_titles_come_before_texts_and_pages_follow_each_other(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    in_text = [
        await listing(seller, hub, "published", title=f"Tikar {n}", description="anyaman mendong")
        for n in range(2)
    ]
    in_title = [await listing(seller, hub, "published", title=f"Tas mendong {n}") for n in range(3)]
    wanted = [one["id"] for one in (*reversed(in_title), *reversed(in_text))]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(10):
        page = await api.read("/v1/listings", q="mendong", seller_id=seller.id, limit=2, **cursor)
        seen += [item["id"] for item in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == wanted


async def test_filters_and_price_order(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    prices = (9000, 3000, 20000)
    made = [
        await listing(
            seller,
            hub,
            "published",
            title=f"Bakul {n}",
            price=money(price, "1", "pcs"),
            category="crafts.bamboo" if n else "crafts",
            origin_region_code="35.72.01.1002" if n else "35.72.02.1005",
            variants=[{"stock": PCS}] if n == 2 else [],
        )
        for n, price in enumerate(prices)
    ]
    ids = [one["id"] for one in made]

    async def found(**asked: Any) -> list[str]:
        page = await api.read("/v1/listings", seller_id=seller.id, **asked)
        return [item["id"] for item in page["data"]]

    assert await found(sort="price") == [ids[1], ids[0], ids[2]]
    assert await found(sort="-price", q="bakul") == [ids[2], ids[0], ids[1]]
    assert await found(price_from="5000") == [ids[2], ids[0]]
    assert await found(price_to="9000", q="bakul") == [ids[1], ids[0]]
    assert await found(category="crafts", region_code="35.72.01.1002") == [ids[2], ids[1]]
    assert await found(category="crafts.bamboo", q="bakul") == [ids[2], ids[1]]
    assert await found(sellable="true") == [ids[2]]
    assert await found(licence="halal") == []
    first = await api.read("/v1/listings", seller_id=seller.id, sort="price", limit=1)
    second = await api.read(
        "/v1/listings", seller_id=seller.id, sort="price", limit=5, cursor=first["next_cursor"]
    )
    assert [i["id"] for i in (*first["data"], *second["data"])] == [ids[1], ids[0], ids[2]]


async def test_facets_count_what_is_found(hub: Api, api: Api) -> None:
    seller, _ = await goods(hub, "Vas bunga", "Vas tanah", category="crafts.pottery")
    await goods(hub, "Vas kaca", category="household.decor")
    answer = await api.get(
        "/v1/listings/facets",
        {"accept-language": "id"},
        q="vas",
        seller_id=seller.id,
    )
    found = answer.json()
    assert found["total"] == 2 and not found["at_least"]
    assert found["category"] == [{"value": "crafts.pottery", "name": "Gerabah", "count": 2}]
    assert found["sellable"] == [{"value": "false", "name": None, "count": 2}]
    assert found["region_code"][0]["name"]


async def test_suggestions_complete_what_is_being_typed(hub: Api, api: Api) -> None:
    await goods(hub, "Wingko Babat Istimewa")
    texts = [s["text"] for s in (await api.read("/v1/listings/suggestions", q="wing"))["data"]]
    assert "wingko" in texts
    mended = (await api.read("/v1/listings/suggestions", q="wigko"))["data"]
    assert mended and mended[0]["text"] == "wingko"


async def test_what_has_left_the_shelf_or_changed_its_name_is_found_no_more(
    hub: Api, api: Api
) -> None:
    seller, (one, two) = await goods(hub, "Cobek Batu", "Cobek Kayu")

    async def found(typed: str) -> set[str]:
        page = await api.read("/v1/listings", q=typed, seller_id=seller.id)
        return {item["id"] for item in page["data"]}

    assert await found("cobek") == {one["id"], two["id"]}
    await seller.do(f"/v1/listings/{one['id']}/pause")
    assert await found("cobek") == {two["id"]}
    await patch(seller, two["id"], {"title": "Ulekan Kayu"}, two["version"])
    assert await found("cobek") == {two["id"]}, "the curator has not seen it"
    (change,) = (await hub.read("/v1/listing-changes", listing_id=two["id"]))["data"]
    await approve_change(hub, change["id"])
    assert await found("cobek") == set()
    assert await found("ulekan") == {two["id"]}


async def test_a_search_may_be_cached_like_the_list(hub: Api, api: Api) -> None:
    seller, _ = await goods(hub, "Sulak bulu")
    answer = await api.get("/v1/listings", q="sulak", seller_id=seller.id)
    tag = {"if-none-match": answer.headers["etag"]}
    again = await api.get("/v1/listings", tag, q="sulak", seller_id=seller.id)
    assert again.status_code == 304


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "x" * 201},
        {"q": ""},
        {"sort": "termurah"},
        {"price_from": "0"},
        {"price_from": "mahal"},
        {"licence": "nib"},
        {"region_code": "Blitar"},
        {"sellable": "mungkin"},
        {"q": "\x00"},
        {"q": "a", "cursor": "bGlzdGluZ3N8MDA"},
        {"sort": "price", "cursor": "x"},
    ],
)
async def test_wrong_questions_are_422(api: Api, asked: dict[str, str]) -> None:
    answer = await api.get("/v1/listings", **asked)
    assert answer.status_code == 422, answer.text


async def test_what_holds_no_word_finds_nothing(hub: Api, api: Api) -> None:
    """Not the whole shelf: a customer who typed a smiley did not ask for everything."""
    await goods(hub, "Tampah Bambu")
    for typed in ("%", "_", "🥥", "!!!"):
        page = await api.read("/v1/listings", q=typed)
        assert (page["data"], page["next_cursor"]) == ([], None), typed


async def test_blocked_ones_of_ones_own(hub: Api) -> None:
    seller, (one,) = await goods(hub, "Ancak Bambu")
    for blocked, wanted in (("true", []), ("false", [one["id"]])):
        page = await seller.read("/v1/listings", mine="true", blocked=blocked)
        assert [item["id"] for item in page["data"]] == wanted


@pytest.mark.parametrize("typed", ["' | & ! :* )( <->", "%_\\", "--", "🍌", "و", "\x00", "a" * 200])
async def test_whatever_is_typed_is_answered(api: Api, typed: str) -> None:
    for path in ("/v1/listings", "/v1/listings/facets", "/v1/listings/suggestions"):
        answer = await api.get(path, q=typed)
        assert answer.status_code in (200, 422), (path, answer.text)
