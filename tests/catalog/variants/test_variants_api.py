"""Variants over HTTP: how a listing is sold, what there is of it, what input is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api import Api, Party, money
from tests.catalog.listing_helpers import draft_body, in_test_world, listing

pytestmark = pytest.mark.anyio


def pcs(value: int | str) -> dict[str, str]:
    return {"value": str(value), "unit": "pcs"}


KITCHEN = {
    "availability": "made_to_order",
    "capacity": {"value": "20", "unit": "pcs"},
    "capacity_period": "day",
    "lead_days": 2,
}


async def sold(seller: Api, hub: Api, *variants: dict[str, Any], status: str = "published") -> Any:
    """A listing of *seller* with these variants."""
    return await listing(seller, hub, status, variants=list(variants))


async def patched(who: Api, variant: Any, body: dict[str, Any], if_match: str | None = None) -> Any:
    headers = {
        "authorization": f"Bearer {who.key}",
        "content-type": "application/merge-patch+json",
        "if-match": if_match or f'"{variant["version"]}"',
    }
    return await who.client.patch(f"/v1/variants/{variant['id']}", json=body, headers=headers)


async def test_a_listing_without_variants_has_one_at_its_price_and_nothing_of_it(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    (only,) = made["variants"]
    assert only["price"] == made["price"] and not only["own_price"]
    assert only["stock"]["on_hand"] == pcs(0) and not only["in_stock"]
    assert not made["sellable"], "published is not enough: there is nothing of it"


async def test_the_listing_shows_the_lowest_price_and_is_sellable_while_anything_is_left(
    hub: Api, api: Api
) -> None:
    seller = await hub.party("seller")
    small = {"size": "S", "price": money(30000, "1", "pcs"), "stock": pcs(0)}
    large = {"size": "L", "price": money(45000, "1", "pcs"), "stock": pcs(3), "sku": "BTK-L"}
    made = await sold(seller, hub, large, small)
    assert made["price"] == money(30000, "1", "pcs")
    assert made["sellable"]
    public = await api.read(f"/v1/listings/{made['id']}")
    assert [v["size"] for v in public["variants"]] == ["L", "S"]
    assert [v["in_stock"] for v in public["variants"]] == [True, False]
    assert [v["stock"] for v in public["variants"]] == [None, None], "numbers are the seller's"
    assert public["sellable"]


async def test_stock_comes_in_and_is_counted_and_every_movement_is_kept(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"stock": pcs(5)})
    path = f"/v1/variants/{made['variants'][0]['id']}"
    received = await seller.do(f"{path}/receive", {"quantity": pcs(7), "note": "panen"})
    assert received["stock"]["on_hand"] == pcs(12)
    counted = await seller.do(f"{path}/adjust", {"counted": pcs(10), "reason": "damaged"})
    assert counted["stock"]["available"] == pcs(10)
    again = await seller.do(f"{path}/adjust", {"counted": pcs(10), "reason": "counted"})
    assert again["stock"]["on_hand"] == pcs(10)
    moved = (await seller.read(f"{path}/movements"))["data"]
    assert [(m["kind"], m["quantity"]["value"]) for m in moved] == [
        ("remove", "2"),
        ("receive", "7"),
        ("receive", "5"),
    ]
    types = [e["type"] for e in (await seller.read("/v1/events"))["data"]]
    assert types[-2:] == ["variant.stock_received", "variant.stock_adjusted"]
    assert (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
    await seller.do(f"{path}/adjust", {"counted": pcs(0), "reason": "sold_elsewhere"})
    gone = await api.read(f"/v1/listings/{made['id']}")
    assert not gone["sellable"] and not gone["variants"][0]["in_stock"]


async def test_a_double_tap_receives_once(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {})
    path = f"/v1/variants/{made['variants'][0]['id']}/receive"
    taps = [
        seller.post(path, {"quantity": pcs(5)}, idempotency_key=f"tap-{made['id']}")
        for _ in range(4)
    ]
    answers = await asyncio.gather(*taps)
    assert {a.status_code for a in answers} <= {200, 409}
    assert (await seller.read(path.removesuffix("/receive")))["stock"]["on_hand"] == pcs(5)


async def test_two_who_receive_at_once_both_count(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {})
    path = f"/v1/variants/{made['variants'][0]['id']}"
    await asyncio.gather(
        *(who.do(f"{path}/receive", {"quantity": pcs(3)}) for who in (seller, hub, seller, hub))
    )
    assert (await seller.read(path))["stock"]["on_hand"] == pcs(12)


async def test_variants_are_added_changed_and_retired_while_the_listing_is_on_the_shelf(
    hub: Api, api: Api
) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"flavour": "original", "stock": pcs(2)})
    path = f"/v1/listings/{made['id']}"
    added = await seller.do(f"{path}/variants", {"flavour": "pedas", "stock": pcs(4)})
    answer = await patched(
        seller,
        added,
        {
            "price": money(9000, "1", "pcs"),
            "price_tiers": [{"from": "10", "amount": "8500"}],
            "net_weight": {"value": "0.2", "unit": "kg"},
            "gtin": "8991102380720",
        },
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed["version"] == 2 and changed["net_weight"] == {"value": "200", "unit": "g"}
    public = await api.read(path)
    assert public["price"]["amount"] == "9000"
    assert public["variants"][1]["price_tiers"] == [{"from": "10", "amount": "8500"}]
    await seller.do(f"/v1/variants/{made['variants'][0]['id']}/retire")
    assert [v["flavour"] for v in (await api.read(path))["variants"]] == ["pedas"]
    last = await seller.post(f"/v1/variants/{added['id']}/retire")
    assert last.status_code == 422 and last.json()["errors"][0]["code"] == "last_variant"
    retired = await seller.post(
        f"/v1/variants/{made['variants'][0]['id']}/receive", {"quantity": pcs(1)}
    )
    assert retired.status_code == 409 and retired.json()["current_status"] == "retired"


async def test_a_price_of_ones_own_goes_away_with_null(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"price": money(5000, "1", "pcs")})
    only = made["variants"][0]
    answer = await patched(seller, only, {"price": None})
    assert answer.json()["price"]["amount"] == "350000" and not answer.json()["own_price"]
    assert (await patched(seller, only, {"price": None})).status_code == 412
    nothing = await patched(seller, answer.json(), {"sku": None})
    assert nothing.json()["version"] == answer.json()["version"]


async def test_goods_made_to_order_have_days_and_no_stock(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, KITCHEN)
    (only,) = made["variants"]
    assert only["stock"] is None and only["in_stock"] and made["sellable"]
    received = await seller.post(f"/v1/variants/{only['id']}/receive", {"quantity": pcs(1)})
    assert received.status_code == 422
    found = await api.read(f"/v1/listings/{made['id']}/availability")
    (slots,) = [v["slots"] for v in found["data"]]
    assert len(slots) == 12, "two weeks less two days of lead"
    assert {s["available"]["value"] for s in slots} == {"20"}
    weekly = await patched(seller, only, {"capacity": pcs(90), "capacity_period": "week"})
    assert weekly.status_code == 200, weekly.text
    found = await api.read(f"/v1/listings/{made['id']}/availability")
    assert {s["available"]["value"] for s in found["data"][0]["slots"]} == {"90"}
    counted = await patched(seller, weekly.json(), {"availability": "stock"})
    assert counted.json()["capacity"] is None and counted.json()["stock"]["on_hand"] == pcs(0)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/gtin", {"gtin": "8991102380721"}),
    ("/gtin", {"gtin": "89911"}),
    ("/gtin", {"gtin": "٨٩٩١١٠٢٣٨٠٧٢٠"}),
    ("/price/per/unit", {"price": money(1000, "1", "kg")}),
    (
        "/price_tiers",
        {"price_tiers": [{"from": "10", "amount": "2"}, {"from": "10", "amount": "1"}]},
    ),
    ("/price_tiers", {"price_tiers": [{"from": "9", "amount": "2"}, {"from": "3", "amount": "1"}]}),
    ("/price_tiers/0/amount", {"price_tiers": [{"from": "10", "amount": "1.5"}]}),
    ("/price_tiers/0/from", {"price_tiers": [{"from": 10, "amount": "1"}]}),
    ("/net_weight/unit", {"net_weight": pcs(3)}),
    (
        "/gross_weight",
        {"net_weight": {"value": "2", "unit": "kg"}, "gross_weight": {"value": "1", "unit": "kg"}},
    ),
    ("/low_stock_at/unit", {"low_stock_at": {"value": "1", "unit": "kg"}}),
    ("", {"capacity": pcs(3)}),
    ("", {"availability": "made_to_order"}),
    ("/lead_days", {**KITCHEN, "lead_days": 366}),
    ("/lead_days", {**KITCHEN, "lead_days": -1}),
    ("/size", {"size": "x" * 61}),
    ("/size", {"size": "S\x00"}),
    ("/colour", {"colour": ""}),
    ("/warna", {"warna": "merah"}),
]


@pytest.mark.parametrize(("pointer", "wrong"), WRONG)
async def test_wrong_input_is_422_at_its_place(
    hub: Api, pointer: str, wrong: dict[str, Any]
) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"size": "M"}, status="draft")
    created = await seller.post(f"/v1/listings/{made['id']}/variants", wrong)
    edited = await patched(seller, made["variants"][0], wrong)
    with_listing = await seller.post("/v1/listings", draft_body(variants=[{}, wrong]))
    for answer, before in ((created, ""), (edited, ""), (with_listing, "/variants/1")):
        assert answer.status_code == 422, answer.text
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert any(found.startswith(before + pointer) for found in pointers), answer.text
    (only,) = (await seller.read(f"/v1/listings/{made['id']}"))["variants"]
    assert only["version"] == 1


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("receive", {"quantity": pcs(0)}),
        ("receive", {"quantity": {"value": "1.5", "unit": "pcs"}}),
        ("receive", {"quantity": {"value": "1", "unit": "kg"}}),
        ("receive", {"quantity": {"value": "999999999999", "unit": "pcs"}}),
        ("receive", {}),
        ("adjust", {"counted": pcs(3)}),
        ("adjust", {"counted": pcs(-3), "reason": "counted"}),
        ("adjust", {"counted": pcs(3), "reason": "bosan"}),
    ],
)
async def test_wrong_stock_is_refused_and_leaves_nothing(
    hub: Api, action: str, body: dict[str, Any]
) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"stock": pcs(2)}, status="draft")
    path = f"/v1/variants/{made['variants'][0]['id']}"
    assert (await seller.post(f"{path}/{action}", body)).status_code == 422
    assert len((await seller.read(f"{path}/movements"))["data"]) == 1


async def test_two_variants_that_cannot_be_told_apart_are_refused(hub: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    twice = await seller.post("/v1/listings", draft_body(variants=[{"size": "M"}, {"size": "M"}]))
    assert twice.status_code == 422 and twice.json()["errors"][0]["code"] == "variant_twice"
    made = await sold(seller, hub, {"sku": "A-1"}, {"size": "L"})
    path = f"/v1/listings/{made['id']}/variants"
    taken = await seller.post(path, {"size": "S", "sku": "A-1"})
    assert taken.status_code == 422 and taken.json()["errors"][0]["code"] == "sku_taken"
    same = await patched(seller, made["variants"][1], {"sku": "A-1"})
    assert same.status_code == 422 and same.json()["errors"][0]["pointer"] == "/sku"
    await sold(other, hub, {"sku": "A-1"})
    assert len((await seller.read("/v1/listings", mine="true"))["data"]) == 1


async def test_strangers_do_not_reach_it(hub: Api, api: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    draft = await sold(seller, hub, {"stock": pcs(2)}, status="draft")
    shown = await sold(seller, hub, {"stock": pcs(2)})
    trying = await in_test_world(hub, seller)
    for who in (other, trying):
        path = f"/v1/variants/{draft['variants'][0]['id']}"
        assert (await who.get(path)).status_code == 404
        assert (await who.post(f"{path}/receive", {"quantity": pcs(1)})).status_code == 404
        assert (await patched(who, draft["variants"][0], {"size": "X"})).status_code == 404
    path = f"/v1/variants/{shown['variants'][0]['id']}"
    assert (await other.post(f"{path}/receive", {"quantity": pcs(1)})).status_code in (403, 404)
    assert (await api.get(path)).status_code == 401
    assert (await api.get(f"/v1/listings/{draft['id']}/availability")).status_code == 404
    assert (await seller.read(path))["stock"]["on_hand"] == pcs(2)


async def test_what_the_hub_does_for_a_seller_is_recorded_as_the_hubs(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {})
    variant = made["variants"][0]["id"]
    await hub.do(f"/v1/variants/{variant}/receive", {"quantity": pcs(3)})
    (past,) = (await hub.read(f"/v1/history/{variant}"))["data"]
    assert past["action"] == "receive" and past["party_id"] != seller.id


async def test_the_unit_cannot_change_under_what_was_said_in_it(hub: Api) -> None:
    from tests.catalog.listing_helpers import patch

    seller = await hub.party("seller")
    made = await sold(seller, hub, {"stock": pcs(3)}, status="draft")
    body = {"unit": "kg", "price": money(10, "1", "kg")}
    answer = await patch(seller, made["id"], body, 1)
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "unit_in_use"
    plain = await sold(seller, hub, {}, status="draft")
    assert (await patch(seller, plain["id"], body, 1)).status_code == 200


async def test_a_kitchen_that_closes_has_no_days_then(hub: Api, api: Api, owner: Any) -> None:
    """Closures by SQL here: their own endpoints are tested with them."""
    seller: Party = await hub.party("seller")
    made = await sold(seller, hub, {"stock": pcs(9)})
    days = "current_date + 3, current_date + 5"
    await owner.execute(
        "INSERT INTO closures (id, status, seller_id, starts_on, ends_on, livemode) "
        f"SELECT uuidv7(), 'announced', id, {days}, true FROM parties WHERE btc_id('pty', id) = $1",
        seller.id,
    )
    (one,) = (await api.read(f"/v1/listings/{made['id']}/availability"))["data"]
    assert len(one["slots"]) == 2 and {s["available"]["value"] for s in one["slots"]} == {"9"}


@pytest.mark.parametrize(
    "option", ["100% HALAL MUI", "obat kanker mujarab", "WA 0812-3456-7890", "www.toko.com", "BPOM"]
)
async def test_options_name_and_do_not_advertise(hub: Api, option: str) -> None:
    """They are public at once: nobody curates them."""
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"flavour": "original"})
    for field in ("size", "colour", "flavour", "pack"):
        answer = await patched(seller, made["variants"][0], {field: option})
        assert answer.status_code == 422, answer.text
        error = answer.json()["errors"][0]
        assert (error["pointer"], error["code"]) == (f"/{field}", "option_claims")
    created = await seller.post("/v1/listings", draft_body(variants=[{"flavour": option}]))
    assert created.json()["errors"][0]["pointer"] == "/variants/0/flavour"


async def test_what_was_submitted_stays_as_it_was_submitted(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"flavour": "original"}, status="submitted")
    edited = await patched(seller, made["variants"][0], {"flavour": "pedas"})
    added = await seller.post(f"/v1/listings/{made['id']}/variants", {"flavour": "pedas"})
    assert (edited.status_code, added.status_code) == (409, 409)
    path = f"/v1/variants/{made['variants'][0]['id']}/receive"
    assert (await seller.post(path, {"quantity": pcs(3)})).status_code == 200


async def test_tiers_are_cheaper_than_the_price_whoever_changes(hub: Api) -> None:
    from tests.catalog.listing_helpers import patch

    seller = await hub.party("seller")
    tiers = [{"from": "10", "amount": "8000"}]
    made = await sold(seller, hub, {"price_tiers": tiers}, status="draft")
    assert made["variants"][0]["price_tiers"] == tiers, "as it was said, also to its seller"
    dear = {"price_tiers": [{"from": "10", "amount": "350000"}]}
    assert (await patched(seller, made["variants"][0], dear)).status_code == 422
    lower = await patch(seller, made["id"], {"price": {"amount": "8000"}}, made["version"])
    assert lower.status_code == 422 and lower.json()["errors"][0]["code"] == "tier_dearer"
    unit = {"unit": "kg", "price": money(350000, "1", "kg")}
    assert (await patch(seller, made["id"], unit, made["version"])).status_code == 422


async def test_a_price_that_no_unit_can_have_is_refused(hub: Api) -> None:
    """It would not fit the shelf, and would keep the daily look from every seller."""
    seller = await hub.party("seller")
    price = money(10**12, "0.001", "g")
    answer = await seller.post("/v1/listings", draft_body(unit="kg", price=price))
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "price_range"


async def test_whoever_asks_learns_what_can_be_had(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, {"stock": pcs(10)})
    path = f"/v1/listings/{made['id']}/availability"
    wanted = await api.read(path)
    for who in (await hub.party("buyer"), seller, hub):
        assert await who.read(path) == wanted


@pytest.mark.parametrize(
    "asked", [{"starts_on": "9999-12-31"}, {"starts_on": "9999-12-20", "ends_on": "9999-12-31"}]
)
async def test_days_beyond_reach_are_refused(hub: Api, api: Api, asked: dict[str, str]) -> None:
    seller = await hub.party("seller")
    made = await sold(seller, hub, KITCHEN)
    answer = await api.get(f"/v1/listings/{made['id']}/availability", **asked)
    assert answer.status_code == 422, answer.text
