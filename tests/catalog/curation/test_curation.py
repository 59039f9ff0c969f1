"""The curators' queue: what waits, oldest first, and what each of it lacks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.catalog import licences
from app.core import clock
from tests.api import Api, Party, money
from tests.catalog.changes.test_changes import proposed
from tests.catalog.gate.test_gate import halal_from, rules_are, verified
from tests.catalog.listing_helpers import licensed, listing
from tests.statements import trips_of

pytestmark = pytest.mark.anyio

WHOLE = {
    "category": "snacks.chips",
    "title": "Keripik Belimbing",
    "ingredients": "Belimbing, gula.",
    "shelf_life_days": 90,
    "storage": "ambient",
    "variants": [{"net_weight": {"value": "200", "unit": "g"}}],
}


async def queue(
    hub: Api, seller: Party, language: str = "id", limit: int = 100
) -> list[dict[str, Any]]:
    """What waits of *seller*, through all pages."""
    found, cursor = [], None
    while True:
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = await hub.get("/v1/curation", {"accept-language": language}, **params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item for item in page["data"] if item["seller"]["id"] == seller.id]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def codes(hub: Api, seller: Party) -> list[str]:
    """The findings of the only thing of *seller* that waits."""
    (item,) = await queue(hub, seller)
    return [finding["code"] for finding in item["missing"]]


async def test_what_was_submitted_first_comes_first_whatever_it_is(hub: Api) -> None:
    seller = await hub.party("seller", name="Batik Contoh")
    late = await listing(seller, hub, title="Ditulis dulu, diajukan nanti")
    curated = await listing(seller, hub, "published", title="Batik lama")
    early = await listing(seller, hub, "submitted", title="Batik satu")
    change = await proposed(seller, curated, title="Batik baru")
    await seller.do(f"/v1/listings/{late['id']}/submit")
    waiting = await queue(hub, seller)
    assert [item["id"] for item in waiting] == [early["id"], change["id"], late["id"]]
    assert [item["kind"] for item in waiting] == ["listing", "listing_change", "listing"]
    assert waiting[1]["title"] == "Batik baru" and waiting[1]["listing_id"] == curated["id"]
    assert waiting[0]["seller"] == {"id": seller.id, "name": "Batik Contoh"}
    assert sorted(item["submitted_at"] for item in waiting) == [
        item["submitted_at"] for item in waiting
    ]
    await hub.do(f"/v1/listings/{early['id']}/approve")
    await hub.do(f"/v1/listing-changes/{change['id']}/reject", {"reason": "other"})
    assert [item["id"] for item in await queue(hub, seller)] == [late["id"]]


async def test_the_order_holds_over_pages_of_one(hub: Api) -> None:
    seller = await hub.party("seller")
    made = [await listing(seller, hub, title=f"Batik {n}") for n in range(4)]
    for one in reversed(made):
        await seller.do(f"/v1/listings/{one['id']}/submit")
    waiting = await queue(hub, seller, limit=1)
    assert [item["id"] for item in waiting] == [one["id"] for one in reversed(made)]


async def test_it_is_the_hubs_alone(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    assert (await seller.get("/v1/curation")).status_code == 403
    assert (await api.get("/v1/curation")).status_code == 401
    for cursor in ("x", "Y3VyYXRpb258eHx5"):
        assert (await hub.get("/v1/curation", cursor=cursor)).status_code == 422


async def test_what_is_complete_lacks_nothing_but_a_photo(hub: Api) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "pirt", "halal")
    await listing(seller, hub, "submitted", **WHOLE)
    assert await codes(hub, seller) == ["no_photo"]


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ("description", "no_description"),
        ("ingredients", "no_ingredients"),
        ("shelf_life_days", "no_shelf_life"),
        ("storage", "no_storage"),
        ("variants", "no_net_weight"),
    ],
)
async def test_food_says_what_is_in_it_how_long_it_keeps_and_how_much_it_is(
    hub: Api, left_out: str, code: str
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "pirt", "halal")
    fields = {**WHOLE, left_out: None}
    if left_out == "variants":
        fields["variants"] = []
    await listing(seller, hub, "submitted", **fields)
    assert await codes(hub, seller) == ["no_photo", code]


async def test_crafts_need_no_shelf_life(hub: Api) -> None:
    seller = await hub.party("seller")
    await listing(seller, hub, "submitted", category="crafts.wood")
    assert await codes(hub, seller) == ["no_photo"]


async def test_a_licence_lost_since_blocks_and_comes_first_in_the_readers_language(
    hub: Api,
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    path = await verified(hub, seller, "pirt", None)
    await listing(seller, hub, "submitted", **WHOLE)
    await hub.do(path, {"outcome": "rejected"})
    first = (await queue(hub, seller))[0]["missing"][0]
    assert (first["code"], first["severity"]) == ("licence_missing", "blocks")
    assert first["one_of"] == ["bpom_md", "pirt"] and first["due_on"] is None
    assert first["text"] == "Penjual belum punya izin P-IRT atau BPOM MD yang berlaku."
    english = (await queue(hub, seller, "en"))[0]["missing"][0]
    assert english["text"] == "Its seller has no valid P-IRT or BPOM MD."


@pytest.mark.parametrize(("left", "warned"), [(30, True), (31, False)])
async def test_a_licence_that_ends_within_30_days_warns(hub: Api, left: int, warned: bool) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    await verified(hub, seller, "pirt", left)
    await listing(seller, hub, "submitted", **WHOLE)
    (item,) = await queue(hub, seller)
    ends = [f for f in item["missing"] if f["code"] == "licence_ending"]
    last = clock.day(clock.now()) + timedelta(days=left)
    assert [f["due_on"] for f in ends] == ([last.isoformat()] if warned else [])
    assert all(f["severity"] == "warns" for f in ends)


async def test_a_rule_to_come_warns_from_today_on(
    hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = clock.day(clock.now()) + timedelta(days=200)
    rules_are(monkeypatch, [*licences.licence_rules(), halal_from(begins, "crafts.bamboo")])
    seller = await hub.party("seller")
    await listing(seller, hub, "submitted", category="crafts.bamboo")
    (item,) = await queue(hub, seller)
    (soon,) = [f for f in item["missing"] if f["code"] == "licence_needed_soon"]
    assert (soon["due_on"], soon["severity"]) == (begins.isoformat(), "warns")
    await licensed(hub, seller, "halal")
    assert await codes(hub, seller) == ["no_photo"]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Bakpia HALAL asli.", ["halal"]),
        ("Ber-P-IRT, dan enak", []),  # the seller has one
        ("Terdaftar BPOM!", ["bpom"]),
        ("Sayur organik; tanpa   pengawet", ["organik", "tanpa pengawet"]),
        ("Halaman depan, organisasi desa", []),
    ],
)
async def test_words_that_no_licence_backs_are_pointed_out(
    hub: Api, text: str, claims: list[str]
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "pirt")
    await listing(seller, hub, "submitted", category="household", story=text)
    (item,) = await queue(hub, seller)
    found = [f for f in item["missing"] if f["code"] == "claim_unbacked"]
    assert [f["text"].split("“")[1].split("”")[0] for f in found] == claims
    assert all(f["field"] == "story" and f["severity"] == "warns" for f in found)


async def test_a_claim_that_a_licence_backs_is_none(hub: Api) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    await listing(seller, hub, "submitted", category="household", title="Sabun halal")
    assert await codes(hub, seller) == ["no_photo"]


async def test_the_same_title_twice_is_pointed_out_unless_the_other_is_gone(hub: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    await listing(other, hub, title="Batik Koi 2 m")
    first = await listing(seller, hub, title="batik  KOI, 2 m!")
    await listing(seller, hub, "submitted", title="Batik Koi 2 m")
    (item,) = await queue(hub, seller)
    (twin,) = [f for f in item["missing"] if f["code"] == "probable_duplicate"]
    assert twin["listing_id"] == first["id"] and twin["severity"] == "warns"
    await seller.do(f"/v1/listings/{first['id']}/archive")
    assert await codes(hub, seller) == ["no_photo"]


async def test_a_change_is_judged_as_the_listing_would_be_with_it(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", category="crafts")
    await proposed(seller, made, category="snacks", description=None, title="Keripik halal")
    (item,) = await queue(hub, seller)
    assert item["category"] == "snacks"
    assert [f["code"] for f in item["missing"] if f["severity"] == "blocks"] == [
        "licence_missing",
        "licence_missing",
    ]
    assert {"no_description", "claim_unbacked", "no_ingredients"} <= {
        f["code"] for f in item["missing"]
    }


async def test_a_page_costs_three_statements_however_much_is_on_it(hub: Api) -> None:
    seller = await hub.party("seller")
    for n in range(4):
        await listing(seller, hub, "submitted", title=f"Batik {n}")
    trips = await trips_of(lambda: hub.read("/v1/curation", limit="100"))
    assert len([t for t in trips if "btc_enter" not in t and "SELECT" in t]) == 3, trips


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [
        ("35.72", False),
        ("35.05.01", False),
        ("35.72.02.1005", False),
        ("35", True),
        ("35.78", True),
    ],
)
async def test_goods_from_outside_blitar_are_pointed_out(
    hub: Api, code: str, elsewhere: bool
) -> None:
    seller = await hub.party("seller")
    await listing(seller, hub, "submitted", origin_region_code=code)
    assert ("origin_elsewhere" in await codes(hub, seller)) == elsewhere


@pytest.mark.parametrize(
    ("amount", "per", "doubtful"),
    [(99, "1", True), (100, "1", False), (250, "2.5", False), (249, "2.5", True)],
)
async def test_a_price_that_looks_like_a_slip_is_pointed_out(
    hub: Api, amount: int, per: str, doubtful: bool
) -> None:
    seller = await hub.party("seller")
    variants = [{"flavour": "manis"}, {"flavour": "pedas", "price": money(amount, per, "kg")}]
    good = money(20_000, "1", "kg")
    await listing(seller, hub, "submitted", unit="kg", price=good, variants=variants)
    (item,) = await queue(hub, seller)
    found = [f["text"] for f in item["missing"] if f["code"] == "price_doubtful"]
    text = "Ada harga di bawah Rp 100 per satuan; mungkin kurang nol."
    assert found == ([text] if doubtful else [])
