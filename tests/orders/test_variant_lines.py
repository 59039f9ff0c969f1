"""Orders of what stands on the shelf: at its price, from its stock, while it may be sold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import reconcile
from app.core.ids import decode, encode, new_id
from app.orders.commands import expire
from app.parties.bootstrap import find_hub
from tests import trade
from tests.api import Api, kg, money
from tests.catalog.listing_helpers import in_test_world, licensed, listing
from tests.orders.stall import Stall, asked, body, kitchen, line, ordered, pcs, stall
from tests.statements import round_trips, trips_of
from tests.worker import all_at

Unique = Callable[[str], str]


def said(answer: Any) -> tuple[int, str, str]:
    """Status, code and the first wrong field of a refusal."""
    problem = answer.json()
    errors = problem.get("errors", [{"pointer": "", "code": ""}])
    return (
        answer.status_code,
        problem["code"],
        f"{errors[0]['pointer']} {errors[0]['code']}".strip(),
    )


async def test_an_order_of_a_listing_freezes_what_it_was_and_what_it_cost(hub: Api) -> None:
    shop = await stall(hub, {"flavour": "pedas", "pack": "200 g", "stock": pcs(10)})
    market = await trade.buyer(hub)
    placed = await ordered(market, line(shop.variants[0], 3))
    bought = placed["lines"][0]
    assert bought["title"] == "Keripik Belimbing Manis, pedas, 200 g"
    assert (bought["variant_id"], bought["listing_id"]) == (shop.variants[0], shop.listing["id"])
    assert (bought["seller_id"], bought["commodity_id"], bought["grade"]) == (
        shop.seller.id,
        None,
        None,
    )
    assert bought["price"] == money(16000, "1", "pcs")
    assert placed["total"] == {"amount": "48000", "currency": "IDR"}
    assert bought["requested"] == pcs(3)
    assert placed == await market.api.read(f"/v1/orders/{placed['id']}")
    assert placed["lines"] == (await market.api.read("/v1/orders"))["data"][0]["lines"]
    assert await shop.stock() == ("10", "3")


async def test_a_line_may_be_said_in_a_unit_that_converts(hub: Api) -> None:
    shop = await stall(hub, {"stock": kg(50)}, unit="kg", price=money(20000))
    placed = await ordered(
        await trade.buyer(hub),
        {"variant_id": shop.variants[0], "quantity": {"value": "0.2", "unit": "kuintal"}},
    )
    assert placed["lines"][0]["requested"] == kg(20)
    assert placed["total"]["amount"] == "400000"
    assert await shop.stock() == ("50", "20")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "/lines/0/commodity_id missing"),
        ({"commodity_id": "com_01jd0000000000000000000000"}, "/lines/0/grade missing"),
        ({"grade": "a"}, "/lines/0/commodity_id missing"),
        ({"variant": True, "grade": "a"}, "/lines/0/variant_id commodity_or_variant"),
        ({"variant": True, "unit": "kg"}, "/lines/0/quantity/unit unit_mismatch"),
        ({"variant": True, "value": "1.5"}, "/lines/0/quantity/value quantity_range"),
    ],
)
async def test_a_line_names_exactly_one_sort_of_goods(
    hub: Api, fields: dict[str, Any], wrong: str
) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    quantity = {"value": fields.pop("value", "1"), "unit": fields.pop("unit", "pcs")}
    named = {"variant_id": shop.variants[0]} if fields.pop("variant", False) else {}
    answer = await asked(market, fields | named | {"quantity": quantity})
    assert said(answer) == (422, "validation_failed", wrong)
    assert await shop.stock() == ("10", "0")


async def test_both_sorts_may_stand_in_one_order(hub: Api, unique: Unique) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    eggs = await trade.goods(hub, unique("eggs"))
    eggs_line = trade.order_body(market, eggs, 5)["lines"][0]
    placed = await ordered(market, eggs_line, line(shop.variants[0], 2), eggs_line)
    assert [bought["variant_id"] for bought in placed["lines"]] == [None, shop.variants[0], None]
    assert [bought["requested"]["unit"] for bought in placed["lines"]] == ["kg", "pcs", "kg"]
    assert placed["total"]["amount"] == str(2 * 5 * 27500 + 2 * 16000)
    assert placed == await market.api.read(f"/v1/orders/{placed['id']}")


async def test_no_agreement_is_about_a_listing(hub: Api, unique: Unique) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    agreed = await trade.agreement(hub, market, await trade.goods(hub, unique("eggs")), 100)
    answer = await asked(market, line(shop.variants[0]), agreement_id=agreed)
    assert said(answer) == (422, "validation_failed", "/lines/0/variant_id not_in_agreement")


async def test_the_price_is_the_variants_own_with_its_tier(hub: Api) -> None:
    tiers = [{"from": "5", "amount": "15000"}, {"from": "10", "amount": "14000"}]
    shop = await stall(
        hub,
        {"flavour": "a", "stock": pcs(99), "price_tiers": tiers},
        {"flavour": "b", "stock": pcs(99), "price": money(170000, "10", "pcs")},
    )
    a, b = shop.variants
    market = await trade.buyer(hub)
    placed = await ordered(market, line(a, 4), line(a, 5), line(a, 10), line(b, 10))
    assert [bought["price"] for bought in placed["lines"]] == [
        money(16000, "1", "pcs"),
        money(15000, "1", "pcs"),
        money(14000, "1", "pcs"),
        money(170000, "10", "pcs"),
    ]
    assert [bought["amount"]["amount"] for bought in placed["lines"]] == [
        "64000",
        "75000",
        "140000",
        "170000",
    ]


async def test_a_price_that_changed_is_said_before_anything_is_bought(hub: Api) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    variant = shop.variants[0]
    for same in (money(16000, "1", "pcs"), money(32000, "2", "pcs")):
        await ordered(market, line(variant, 1, price=same))
    path = f"/v1/variants/{variant}"
    version = (await shop.seller.read(path))["version"]
    changed = await shop.seller.client.patch(
        path,
        json={"price": money(17000, "1", "pcs")},
        headers={
            "authorization": f"Bearer {shop.seller.key}",
            "content-type": "application/merge-patch+json",
            "if-match": f'"{version}"',
        },
    )
    assert changed.status_code == 200, changed.text
    answer = await asked(market, line(variant), line(variant, 1, price=money(16000, "1", "pcs")))
    assert said(answer) == (409, "price_changed", "/lines/1/price price_changed")
    assert answer.json()["prices"] == [
        {"pointer": "/lines/1/price", "variant_id": variant, "price": money(17000, "1", "pcs")}
    ]
    assert await shop.stock() == ("10", "2")
    placed = await ordered(market, line(variant, 1, price=money(17000, "1", "pcs")))
    assert placed["lines"][0]["price"] == money(17000, "1", "pcs")


async def test_smallest_order_and_step_are_kept_and_said(hub: Api) -> None:
    shop = await stall(
        hub,
        {"flavour": "a", "stock": pcs(50)},
        {"flavour": "b", "stock": pcs(50)},
        min_order=pcs(12),
        order_step=pcs(3),
    )
    a, b = shop.variants
    market = await trade.buyer(hub)
    few = await asked(market, line(a, 6))
    assert said(few) == (422, "validation_failed", "/lines/0/quantity min_order")
    assert few.json()["errors"][0]["detail"] == (
        "Order at least 12 pcs of this listing, in multiples of 3 pcs."
    )
    assert said(await asked(market, line(a, 9), line(b, 4)))[2] == "/lines/1/quantity order_step"
    await ordered(market, line(a, 6), line(b, 6))  # a dozen of the listing together
    assert await shop.stock(0) == ("50", "6")


async def test_more_than_there_is_is_refused_with_what_is_left(hub: Api) -> None:
    """Two lines of one variant count together: 6 + 5 do not fit into 10."""
    shop, market = await stall(hub), await trade.buyer(hub)
    variant = shop.variants[0]
    answer = await asked(market, line(variant, 6), line(variant, 5))
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["left"]) == ("out_of_stock", {variant: "10"})
    assert (await market.api.read("/v1/orders"))["data"] == []
    await ordered(market, line(variant, 6), line(variant, 4))
    assert await shop.stock() == ("10", "10")


async def test_the_last_piece_turns_the_shelf_and_its_return_turns_it_back(hub: Api) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    first = await ordered(market, line(shop.variants[0], 9))
    assert await shop.sellable()
    last = await ordered(market, line(shop.variants[0], 1))
    assert not await shop.sellable()
    await market.api.do(f"/v1/orders/{last['id']}/cancel", {"reason": "other"})
    assert await shop.sellable()
    await hub.do(f"/v1/orders/{first['id']}/decline", {"reason": "other"})
    assert await shop.stock() == ("10", "0")


async def test_what_is_not_on_the_shelf_is_not_there(hub: Api) -> None:
    market, unpublished = await trade.buyer(hub), await stall(hub)
    for status in ("draft", "approved", "paused", "archived"):
        other = await listing(unpublished.seller, hub, status, variants=[{"stock": pcs(5)}])
        answer = await asked(market, line(other["variants"][0]["id"]))
        assert said(answer) == (404, "not_found", "/lines/0/variant_id not_found"), status
    answer = await asked(market, line("var_01jd0000000000000000000000"))
    assert said(answer) == (404, "not_found", "/lines/0/variant_id not_found")


async def test_a_variant_that_is_sold_no_more_is_not_there(hub: Api) -> None:
    shop = await stall(hub, {"flavour": "a", "stock": pcs(5)}, {"flavour": "b", "stock": pcs(5)})
    market = await trade.buyer(hub)
    kept = await ordered(market, line(shop.variants[1], 2))
    await shop.seller.do(f"/v1/variants/{shop.variants[1]}/retire")
    answer = await asked(market, line(shop.variants[0]), line(shop.variants[1]))
    assert said(answer) == (404, "not_found", "/lines/1/variant_id not_found")
    await hub.do(f"/v1/orders/{kept['id']}/confirm")  # what was ordered before stays ordered


async def test_the_other_world_is_not_there(hub: Api) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    trying = await in_test_world(hub, market.api)
    answer = await trying.post("/v1/orders", body(market, line(shop.variants[0])))
    assert said(answer) == (404, "not_found", "/lines/0/variant_id not_found")
    assert await shop.stock() == ("10", "0")


async def test_a_listing_of_the_test_world_is_ordered_there(hub: Api, app: Any) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    seller = await in_test_world(hub, shop.seller)
    hub_id = await find_hub(app.state.database)
    assert hub_id
    asked_for = {"party_id": encode("pty", hub_id), "livemode": False}
    curator = Api(hub.client, (await hub.do("/v1/api-keys", asked_for))["key"])
    made = await listing(
        seller,
        curator,
        "published",
        price=money(1000, "1", "pcs"),
        variants=[kitchen(4), {"flavour": "b", "stock": pcs(4)}],
    )
    trying = await in_test_world(hub, market.api)
    lines = [line(variant["id"], 4) for variant in made["variants"]]
    placed = await trying.do("/v1/orders", body(market, *lines, deliver_on=trade.day(3)))
    assert placed["total"]["amount"] == "8000"
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_what_a_rule_keeps_off_the_shelf_is_not_sold(hub: Api) -> None:
    market = await trade.buyer(hub)
    shop = await stall(hub)
    await licensed(hub, shop.seller, "pirt", "halal")
    food = await listing(
        shop.seller, hub, "published", category="snacks.chips", variants=[{"stock": pcs(5)}]
    )
    variant = food["variants"][0]["id"]
    await ordered(market, line(variant))
    held = (await hub.read(f"/v1/parties/{shop.seller.id}/licences"))["data"]
    for licence in held:
        path = f"/v1/parties/{shop.seller.id}/licences/{licence['id']}/verify"
        await hub.do(path, {"outcome": "rejected"})
    answer = await asked(market, line(shop.variants[0]), line(variant))
    assert said(answer) == (409, "not_sellable", "/lines/1/variant_id licence_missing")
    assert answer.json()["reasons"] == {variant: ["licence_missing"]}
    await hub.do(f"/v1/parties/{shop.seller.id}/suspend")
    answer = await asked(market, line(shop.variants[0]), line(variant))
    assert answer.json()["reasons"] == {
        shop.variants[0]: ["seller_suspended"],
        variant: ["licence_missing", "seller_suspended"],
    }


async def close(owner: asyncpg.Connection, shop: Stall, first: int, last: int) -> UUID:
    """Announce that the seller is closed from one day to another, counted from today."""
    closure: UUID = new_id()
    await owner.execute(
        "INSERT INTO closures (id, status, seller_id, starts_on, ends_on, livemode) "
        "VALUES ($1, 'announced', $2, $3, $4, true)",
        closure,
        decode("pty", shop.seller.id),
        date.fromisoformat(trade.day(first)),
        date.fromisoformat(trade.day(last)),
    )
    return closure


async def test_nothing_is_sold_while_the_seller_is_closed(
    hub: Api, owner: asyncpg.Connection
) -> None:
    market, shop = await trade.buyer(hub), await stall(hub)
    variant = shop.variants[0]
    for first, last, day, reason in (
        (0, 0, 5, "closed_today"),
        (4, 6, 5, "closed_then"),
    ):
        closure = await close(owner, shop, first, last)
        answer = await asked(market, line(variant), deliver_on=trade.day(day))
        assert said(answer) == (409, "not_sellable", f"/lines/0/variant_id {reason}")
        assert answer.json()["reasons"] == {variant: [reason]}
        if first:
            await ordered(market, line(variant), deliver_on=trade.day(3))
        await owner.execute("UPDATE closures SET status = 'cancelled' WHERE id = $1", closure)
        await ordered(market, line(variant), deliver_on=trade.day(day))
    assert await shop.stock() == ("10", "3")


async def test_what_is_made_to_order_needs_its_time(hub: Api) -> None:
    shop = await stall(hub, kitchen(20, lead_days=3), {"flavour": "b", "stock": pcs(9)})
    market = await trade.buyer(hub)
    early = await asked(
        market, line(shop.variants[1]), line(shop.variants[0], 2), deliver_on=trade.day(2)
    )
    assert said(early) == (422, "validation_failed", "/deliver_on lead_time")
    assert trade.day(3) in early.json()["errors"][0]["detail"]
    await ordered(market, line(shop.variants[0], 2), deliver_on=trade.day(3))


def monday(weeks: int = 2) -> date:
    """A Monday some weeks ahead."""
    today = date.fromisoformat(trade.day())
    return today + timedelta(days=7 * weeks - today.weekday())


async def test_a_week_has_one_capacity_whichever_day_is_asked_for(hub: Api, app: Any) -> None:
    shop, market = await stall(hub, kitchen(20)), await trade.buyer(hub)
    week, variant = monday(), shop.variants[0]
    first = await ordered(market, line(variant, 12), deliver_on=week.isoformat())
    sunday = (week + timedelta(days=6)).isoformat()
    answer = await asked(market, line(variant, 9), deliver_on=sunday)
    assert (answer.json()["code"], answer.json()["left"]) == ("out_of_stock", {variant: "8"})
    await ordered(market, line(variant, 8), deliver_on=sunday)
    await ordered(market, line(variant, 20), deliver_on=(week + timedelta(days=7)).isoformat())
    await market.api.do(f"/v1/orders/{first['id']}/cancel", {"reason": "other"})
    await ordered(market, line(variant, 12), deliver_on=(week + timedelta(days=3)).isoformat())
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_every_end_before_shipping_gives_the_stock_back(hub: Api, app: Any) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    variant = shop.variants[0]
    declined, cancelled, late, forgotten = [
        await ordered(market, line(variant, 1), line(variant, 1)) for _ in range(4)
    ]
    assert await shop.stock() == ("10", "8")
    await hub.do(f"/v1/orders/{declined['id']}/decline", {"reason": "no_supply"})
    assert await shop.stock() == ("10", "6")
    await market.api.do(f"/v1/orders/{cancelled['id']}/cancel", {"reason": "other"})
    assert await shop.stock() == ("10", "4")
    await hub.do(f"/v1/orders/{late['id']}/confirm")
    assert await shop.stock() == ("10", "4")
    await market.api.do(f"/v1/orders/{late['id']}/cancel", {"reason": "other"})
    assert await shop.stock() == ("10", "2")
    await all_at(app, timedelta(days=2), expire)
    assert (await market.api.read(f"/v1/orders/{forgotten['id']}"))["status"] == "expired"
    assert await shop.stock() == ("10", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_confirming_less_gives_the_rest_back(hub: Api, app: Any) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    order = await ordered(market, line(shop.variants[0], 6), line(shop.variants[0], 3))
    first, second = (bought["id"] for bought in order["lines"])
    answer = [
        {"line_id": first, "quantity": pcs(4), "reason": "no_supply"},
        {"line_id": second, "quantity": pcs(0), "reason": "no_supply"},
    ]
    confirmed = await hub.do(f"/v1/orders/{order['id']}/confirm", {"lines": answer})
    assert [bought["confirmed"] for bought in confirmed["lines"]] == [pcs(4), pcs(0)]
    assert await shop.stock() == ("10", "4")
    await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    assert await shop.stock() == ("10", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_nobody_else_reads_more_than_before_through_an_order(
    hub: Api, owner: asyncpg.Connection
) -> None:
    """Placing looks into the seller's books; its answer and its history are the buyer's all the same."""
    shop, market, stranger = await stall(hub), await trade.buyer(hub), await trade.buyer(hub)
    placed = await ordered(market, line(shop.variants[0]))
    assert (await stranger.api.get(f"/v1/orders/{placed['id']}")).status_code == 404
    assert (await shop.seller.get(f"/v1/orders/{placed['id']}")).status_code in (403, 404)
    heard = await owner.fetch(
        "SELECT a.party_id FROM event_audience a JOIN events e ON e.id = a.event_id "
        "WHERE e.object_id = $1",
        decode("ord", placed["id"]),
    )
    assert [row["party_id"] for row in heard] == [decode("pty", market.api.id)]


async def test_a_seller_may_buy_its_own_goods(hub: Api) -> None:
    party = await hub.party("seller", "buyer")
    market = trade.Buyer(party, await party.site("outlet"))
    made = await listing(party, hub, "published", variants=[{"stock": pcs(5)}])
    await ordered(market, line(made["variants"][0]["id"], 5))


@pytest.mark.parametrize("lines", [1, 20])
async def test_placing_takes_few_round_trips_however_many_lines(hub: Api, lines: int) -> None:
    flavours = [{"flavour": f"{n}", "stock": pcs(99)} for n in range(lines)]
    shop, market = await stall(hub, *flavours), await trade.buyer(hub)
    wanted = [line(variant) for variant in shop.variants]

    async def place() -> None:
        assert (await asked(market, *wanted)).status_code == 201

    trips = await trips_of(place)
    # BEGIN, enter, key, terms, the hub's scope, terms of variants, pools, order with lines, events
    # with the answer kept, stock, has the shelf turned?, COMMIT
    assert len(trips) == 12, trips


async def test_placing_locks_nothing_of_the_catalogue_but_pools(hub: Api) -> None:
    """Sellers' listings stay free; the pool is locked last of all, in one statement."""
    shop, market = await stall(hub), await trade.buyer(hub)
    async with round_trips() as trips:
        assert (await asked(market, line(shop.variants[0]))).status_code == 201
    locking = [n for n, trip in enumerate(trips) if "FOR NO KEY UPDATE" in trip]
    assert "UPDATE stock_pools" in trips[locking[0]]
    stored = next(n for n, trip in enumerate(trips) if "UPDATE idempotency_keys" in trip)
    assert stored < locking[0]
    assert not any("listings" in trips[n] for n in locking)
