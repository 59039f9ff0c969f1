"""A seller's own view: how its goods stand, what to do next in plain words, who edited what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.catalog import licences
from app.catalog.overview.queries import _COUNTS, _TO_DO, whose
from app.catalog.overview.rules import ORDER
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import decode, new_id
from tests import trade
from tests.api import Api
from tests.catalog.changes.test_changes import WHY, proposed
from tests.catalog.gate.test_gate import halal_from, rules_are, verified
from tests.catalog.listing_helpers import (
    REASON,
    approve_change,
    in_test_world,
    licensed,
    listing,
    patch,
)
from tests.http.helpers import problem
from tests.statements import trips_of

pytestmark = pytest.mark.anyio

PATH = "/v1/listings/overview"


def stocked(amount: int, low: int = 5, **fields: Any) -> dict[str, Any]:
    """A variant with so much of it."""
    stock = {"stock": {"value": str(amount), "unit": "pcs"}} if amount else {}
    return {"low_stock_at": {"value": str(low), "unit": "pcs"}} | stock | fields


async def to_do(seller: Api, language: str = "id") -> list[dict[str, Any]]:
    answer = await seller.get(PATH, {"accept-language": language})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["to_do"]
    return found


async def test_a_fresh_seller_has_nothing_and_nothing_to_do(hub: Api) -> None:
    seller = await hub.party("seller")
    assert await seller.read(PATH) == {
        "seller_id": seller.id,
        "by_status": {},
        "on_shelf": 0,
        "sellable": 0,
        "blocked": 0,
        "sold_out": 0,
        "low_stock": 0,
        "closed_today": False,
        "open_changes": {"submitted": 0, "changes_requested": 0},
        "last_edited": None,
        "to_do": [],
    }


async def test_the_counts_say_how_the_goods_stand(hub: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    path = await verified(hub, seller, "nkv", None)
    await listing(other, hub, "published", variants=[stocked(0)])
    await listing(seller, hub)
    await listing(seller, hub, "submitted")
    await listing(seller, hub, "published", variants=[stocked(9)])
    low = [stocked(5, flavour="pedas"), stocked(9, flavour="manis")]
    await listing(seller, hub, "published", variants=low)
    await listing(seller, hub, "published", variants=[stocked(0)])
    eggs = await listing(seller, hub, "published", category="fresh.eggs")
    changed = await listing(seller, hub, "paused")
    await proposed(seller, changed)
    await hub.do(path, {"outcome": "rejected"})
    seen = await seller.read(PATH)
    assert seen["by_status"] == {"draft": 1, "submitted": 1, "published": 4, "paused": 1}
    numbers = ("on_shelf", "sellable", "blocked", "sold_out", "low_stock")
    assert [seen[n] for n in numbers] == [3, 2, 1, 1, 1]
    assert seen["open_changes"] == {"submitted": 1, "changes_requested": 0}
    assert [d["listing_id"] for d in seen["to_do"] if d["code"] == "blocked"] == [eggs["id"]]
    await seller.do("/v1/closures", {"starts_on": trade.day(), "ends_on": trade.day()})
    closed = await seller.read(PATH)
    assert closed["closed_today"] and closed["sellable"] == 0 and closed["on_shelf"] == 3


async def test_all_that_waits_for_the_seller_stands_there_the_most_urgent_first(
    hub: Api, owner: asyncpg.Connection
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    pirt = await verified(hub, seller, "pirt", 12)
    nkv = await verified(hub, seller, "nkv", None)
    eggs = await listing(seller, hub, "published", category="fresh.eggs", title="Telur")
    chips = await listing(seller, hub, "draft", category="snacks.chips", title="Keripik")
    back = await listing(seller, hub, "changes_requested", title="Batik")
    refused = await listing(seller, hub, "rejected", title="Kalung")
    ready = await listing(seller, hub, "approved", title="Gerabah")
    sold = [stocked(0, flavour="pedas", pack="200 g"), stocked(3, flavour="manis")]
    shown = await listing(seller, hub, "published", title="Topeng", variants=sold)
    edited = await listing(seller, hub, "published", title="Tas", variants=[stocked(9)])
    change = await proposed(seller, edited, title="Tas mendong")
    await hub.do(f"/v1/listing-changes/{change['id']}/request-changes", WHY)
    await owner.execute(
        "UPDATE listings SET updated_at = updated_at - interval '4 days' WHERE id = $1",
        decode("lst", chips["id"]),
    )
    await hub.do(nkv, {"outcome": "rejected"})
    found = await to_do(seller)
    assert [(d["code"], d["listing_id"]) for d in found] == [
        ("blocked", eggs["id"]),
        ("licence_rejected", None),
        ("changes_requested", back["id"]),
        ("change_needs_work", edited["id"]),
        ("rejected", refused["id"]),
        ("licence_ending", None),
        ("sold_out", shown["id"]),
        ("low_stock", shown["id"]),
        ("not_published", ready["id"]),
        ("draft_left", chips["id"]),
    ]
    texts = {d["code"]: d["text"] for d in found}
    last = clock.day(clock.now()) + timedelta(days=12)
    assert texts["blocked"] == "“Telur” tidak tampil: perlu NKV yang berlaku."
    assert (
        REASON["note"] in texts["changes_requested"] and WHY["note"] in texts["change_needs_work"]
    )
    assert "Masa berlaku P-IRT Anda berakhir" in texts["licence_ending"]
    assert "(12 hari lagi)" in texts["licence_ending"] and "Keripik" in texts["licence_ending"]
    assert texts["sold_out"].startswith("Stok “Topeng · pedas · 200 g” habis")
    due = {d["code"]: d["due_on"] for d in found}
    assert due["licence_ending"] == last.isoformat() and due["sold_out"] is None
    variants = {v["flavour"]: v["id"] for v in shown["variants"]}
    assert [d["variant_id"] for d in found if d["variant_id"]] == [
        variants["pedas"],
        variants["manis"],
    ]
    blocking = {d["code"] for d in found if d["severity"] == "blocks"}
    assert "licence_rejected" in blocking and "low_stock" not in blocking
    english = {d["code"]: d["text"] for d in await to_do(seller, "en")}
    assert english["low_stock"] == "“Topeng · manis” is nearly sold out."
    await hub.do(pirt, {"outcome": "rejected"})
    assert [d["code"] for d in await to_do(seller)].count("licence_rejected") == 2


async def test_a_rule_to_come_is_said_before_it_comes(
    hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = clock.day(clock.now()) + timedelta(days=90)
    rules_are(monkeypatch, [*licences.licence_rules(), halal_from(begins, "crafts.wood")])
    seller = await hub.party("seller")
    await listing(seller, hub, "published", category="crafts.wood", variants=[stocked(9)])
    (soon,) = await to_do(seller)
    assert (soon["code"], soon["due_on"]) == ("licence_needed_soon", begins.isoformat())
    assert soon["severity"] == "warns" and "wajib punya sertifikat halal" in soon["text"]


class TestLastEdited:
    async def test_it_says_what_when_and_that_staff_acted_for_the_seller(self, hub: Api) -> None:
        seller = await hub.party("seller")
        one = await listing(seller, hub, title="Satu")
        own = (await seller.read(PATH))["last_edited"]
        assert (own["listing_id"], own["title"]) == (one["id"], "Satu")
        assert own["by"] == {"party_id": seller.id, "on_behalf_of": None}
        two = await hub.do(
            "/v1/listings",
            {
                "seller_id": seller.id,
                **{k: one[k] for k in ("title", "category", "unit", "price", "origin_region_code")},
            },
        )
        staff = (await seller.read(PATH))["last_edited"]
        assert staff["listing_id"] == two["id"]
        assert staff["by"]["on_behalf_of"] == seller.id
        assert staff["by"]["party_id"] != seller.id
        await patch(seller, one["id"], {"title": "Satu lagi"}, 1)
        assert (await seller.read(PATH))["last_edited"]["title"] == "Satu lagi"

    async def test_what_curators_and_rules_do_is_no_edit_of_the_sellers(self, hub: Api) -> None:
        seller = await hub.party("seller")
        one = await listing(seller, hub, "published", title="Satu")
        two = await listing(seller, hub, "submitted", title="Dua")
        change = await proposed(seller, one, title="Satu besar")
        assert (await seller.read(PATH))["last_edited"]["listing_id"] == one["id"]
        await hub.do(f"/v1/listings/{two['id']}/approve")
        await approve_change(hub, change["id"])
        last = (await seller.read(PATH))["last_edited"]
        assert (last["listing_id"], last["by"]["on_behalf_of"]) == (one["id"], None)


async def test_it_is_for_sellers_and_the_hub_says_which(hub: Api) -> None:
    buyer = await hub.party("buyer")
    nobody = problem(await hub.get(PATH), 422, "validation_failed")
    assert nobody["errors"][0]["pointer"] == "query:seller_id"
    problem(await buyer.get(PATH), 403, "forbidden")
    problem(await hub.get(PATH, seller_id=buyer.id), 422, "validation_failed")


async def test_the_hub_may_name_a_seller_and_nobody_else_may(hub: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    await listing(seller, hub)
    assert (await hub.read(PATH, seller_id=seller.id))["by_status"] == {"draft": 1}
    assert (await seller.read(PATH, seller_id=seller.id))["by_status"] == {"draft": 1}
    unknown = await hub.get(PATH, seller_id="pty_01jd0000000000000000000000")
    foreign = await other.get(PATH, seller_id=seller.id)
    assert unknown.status_code == foreign.status_code == 422
    assert unknown.json()["errors"] == foreign.json()["errors"]  # it does not tell which it is
    assert (await (await in_test_world(hub, seller)).read(PATH))["by_status"] == {}


def test_a_strangers_overview_is_not_asked_of_the_database() -> None:
    """The wall in front of row-level security."""
    me, other = new_id(), new_id()
    assert whose(Actor(me, None, hub=False, livemode=True), None) == me
    assert whose(Actor(me, None, hub=True, livemode=True), other) == other
    with pytest.raises(Invalid):
        whose(Actor(me, None, hub=False, livemode=True), other)
    with pytest.raises(Invalid):
        whose(Actor(me, None, hub=True, livemode=True), None)


async def test_without_a_key_it_is_nobodys_overview_and_not_a_listing(api: Api) -> None:
    assert (await api.get(PATH)).status_code == 401


async def test_it_costs_three_statements(hub: Api) -> None:
    seller = await hub.party("seller")
    for _ in range(3):
        await listing(seller, hub, "published", variants=[stocked(0)])
    trips = await trips_of(lambda: seller.read(PATH))
    assert len([t for t in trips if "btc_enter" not in t and "SELECT" in t]) == 3, trips


async def test_it_reads_its_own_rows_by_index_and_no_strangers(
    hub: Api, owner: asyncpg.Connection
) -> None:
    """As the service's role, with row-level security, over a catalogue that is mostly others'."""
    seller = await hub.party("seller")
    await listing(seller, hub, "published", variants=[stocked(3)])
    plans = []
    async with owner.transaction():
        await owner.execute("SET LOCAL enable_seqscan = off; SET LOCAL ROLE btc_service")
        await owner.execute(
            "SELECT set_config('btc.party', $1, true), set_config('btc.scope', 'party', true), "
            "set_config('btc.livemode', 'on', true)",
            str(decode("pty", seller.id)),
        )
        today = clock.day(clock.now())
        me = decode("pty", seller.id)
        for query, rest in ((_COUNTS, (today,)), (_TO_DO, (clock.now(), ORDER, clock.now()))):
            rows = await owner.fetch(f"EXPLAIN {query}", me, True, *rest)
            plans += [row[0] for row in rows]
    assert plans
    assert not [line for line in plans if "Seq Scan" in line], "\n".join(plans)
