"""One message to a seller, and its answer: several parts at once, what comes back filled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from tests.allocation.test_allocate import confirmed, line, reconciled, seller
from tests.allocation.test_consolidations import of
from tests.api import Api, Party, kg
from tests.concurrency.test_lock_order import locked
from tests.statements import round_trips
from tests.trade import Goods, buyer, goods

Unique = Callable[[str], str]


async def request(party: Party) -> dict[str, Any]:
    """The seller's newest request, whole."""
    newest = (await party.read("/v1/supply-requests"))["data"][0]
    return dict(await party.read(f"/v1/supply-requests/{newest['id']}"))


async def three_orders(hub: Api, unique: Unique, *quantities: float) -> tuple[Goods, list[Any]]:
    """Fresh goods, and a confirmed order of each quantity from a buyer of its own."""
    what = await goods(hub, unique("egg"))
    placed = [await confirmed(hub, await buyer(hub), what, quantity) for quantity in quantities]
    return what, placed


async def test_it_tells_totals_and_parts_and_no_buyer(hub: Api, unique: Unique) -> None:
    what, placed = await three_orders(hub, unique, 30, 20, 10)
    party = await seller(hub, what, 100)
    await hub.do("/v1/consolidations", of(what))
    found = await request(party)
    assert found["status"] == "waiting"
    assert found["allowed_actions"] == ["answer"]
    (total,) = found["totals"]
    assert (total["asked"], total["waiting"], total["parts"]) == (kg("60"), kg("60"), 3)
    assert total["promised"]["value"] == "0"
    assert total["commodity_id"] == what.id
    parts = found["parts"]
    assert sorted(part["quantity"]["value"] for part in parts) == ["10", "20", "30"]
    assert all(part["respond_by"] == found["respond_by"] for part in parts)
    for one in placed:
        assert one["buyer_id"] not in str(found)
        assert one["number"] not in str(found)


async def test_confirming_all_promises_every_part(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, _ = await three_orders(hub, unique, 30, 20)
    party = await seller(hub, what, 100)
    await hub.do("/v1/consolidations", of(what))
    found = await request(party)
    path = f"/v1/supply-requests/{found['id']}/answer"
    done = await party.do(path, {"confirm_all": True})
    assert done["status"] == "answered"
    assert done["allowed_actions"] == []
    assert {part["status"] for part in done["parts"]} == {"confirmed"}
    assert done["totals"][0]["promised"] == kg("50")
    again = await party.post(path, {"confirm_all": True})
    assert again.status_code == 409
    (supply,) = (await party.read("/v1/supply-offers"))["data"]
    assert (supply["committed"]["value"], supply["reserved"]["value"]) == ("50", "0")
    await reconciled(owner, what)


async def test_several_parts_are_answered_at_once_and_what_comes_back_is_filled_once(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, placed = await three_orders(hub, unique, 40, 30, 20, 10)
    party = await seller(hub, what, 100)
    await hub.do("/v1/consolidations", of(what))
    other = await seller(hub, what, 100)
    found = await request(party)
    by = {part["quantity"]["value"]: part["id"] for part in found["parts"]}
    body = {
        "parts": [
            {"allocation_id": by["40"]},
            {"allocation_id": by["30"], "quantity": kg(12), "reason": "no_stock"},
            {
                "allocation_id": by["20"],
                "decline": True,
                "reason": "transport",
                "note": "Truk rusak",
            },
        ]
    }
    done = await party.do(f"/v1/supply-requests/{found['id']}/answer", body)
    assert done["status"] == "partly_answered"
    now = {part["id"]: (part["status"], part["quantity"]["value"]) for part in done["parts"]}
    assert now == {
        by["40"]: ("confirmed", "40"),
        by["30"]: ("confirmed", "12"),
        by["20"]: ("declined", "20"),
        by["10"]: ("offered", "10"),
    }
    notes = {part["id"]: (part["reason"], part["note"]) for part in done["parts"]}
    assert notes[by["20"]] == ("transport", "Truk rusak")
    assert notes[by["30"]] == ("no_stock", None)
    refilled = await request(other)
    assert refilled["totals"][0]["asked"] == kg("38"), "one request over both orders"
    assert len((await other.read("/v1/supply-requests"))["data"]) == 1
    for one in placed:
        assert (await line(hub, one["id"]))["unallocated"] == "0"
    runs = (await hub.read("/v1/consolidations", order_id=placed[1]["id"]))["data"]
    assert [run["trigger"] for run in runs] == ["answer", "consolidate"]
    await reconciled(owner, what)


async def test_the_rule_of_the_last_run_fills_what_comes_back(hub: Api, unique: Unique) -> None:
    what, (placed,) = await three_orders(hub, unique, 60)
    party = await seller(hub, what, 100)
    await hub.do(f"/v1/orders/{placed['id']}/allocate", {"policy": "pro_rata"})
    small, large = await seller(hub, what, 40), await seller(hub, what, 80)
    found = await request(party)
    body = {"parts": [{"allocation_id": found["parts"][0]["id"], "decline": True}]}
    path = f"/v1/supply-requests/{found['id']}/answer"
    assert (await party.post(path, body)).json()["errors"][0]["pointer"] == "/parts/0/reason"
    body["parts"][0]["reason"] = "price"
    await party.do(path, body)
    shares = {p.id: (await request(p))["parts"][0] for p in (small, large)}
    assert shares[small.id]["quantity"] == kg("20")
    assert shares[large.id]["quantity"] == kg("40")
    assert shares[large.id]["why"]["rule"] == "pro_rata"


async def test_answers_that_cannot_be_are_all_named(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, _ = await three_orders(hub, unique, 40, 30)
    party = await seller(hub, what, 100)
    await hub.do("/v1/consolidations", of(what))
    found = await request(party)
    path = f"/v1/supply-requests/{found['id']}/answer"
    one, two = [part["id"] for part in found["parts"]]
    body: Any = {
        "parts": [
            {"allocation_id": one, "quantity": kg(41), "reason": "no_stock"},
            {"allocation_id": two, "quantity": kg(1)},
            {"allocation_id": "alc_01jd0000000000000000000000"},
            {"allocation_id": two, "quantity": kg(1), "decline": True, "reason": "other"},
        ]
    }
    refused = await party.post(path, body)
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/parts/0/quantity", "more_than_asked"),
        ("/parts/1/reason", "reason_missing"),
        ("/parts/2/allocation_id", "not_found"),
        ("/parts/3/quantity", "one_of"),
    ]
    for said in ({"reason": "no_stock"}, {"note": "Ayam sakit."}):
        body = {"parts": [{"allocation_id": one} | said]}
        refused = await party.post(path, body)
        assert refused.status_code == 422, "a forgotten quantity is no full yes"
        (error,) = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == (
            f"/parts/0/{next(iter(said))}",
            "answer_unclear",
        )
    for body in ({}, {"confirm_all": True, "parts": [{"allocation_id": one}]}):
        assert (await party.post(path, body)).status_code == 422
    twice = {"parts": [{"allocation_id": one}, {"allocation_id": one}]}
    assert (await party.post(path, twice)).json()["errors"][0]["code"] == "duplicate"
    assert await request(party) == found
    await reconciled(owner, what)


async def test_what_was_answered_meanwhile_is_told(hub: Api, unique: Unique) -> None:
    what, _ = await three_orders(hub, unique, 40, 30)
    party = await seller(hub, what, 100)
    await hub.do("/v1/consolidations", of(what))
    found = await request(party)
    one, two = [part["id"] for part in found["parts"]]
    await party.do(f"/v1/allocations/{one}/confirm")
    path = f"/v1/supply-requests/{found['id']}/answer"
    body = {"parts": [{"allocation_id": one}, {"allocation_id": two}]}
    refused = await party.post(path, body)
    assert refused.status_code == 409
    assert refused.json()["allocation_ids"] == [one]
    assert (await request(party))["status"] == "partly_answered"
    assert (await party.do(path, {"confirm_all": True}))["status"] == "answered"


async def test_it_is_its_sellers_and_the_hubs_alone(hub: Api, unique: Unique) -> None:
    what, _ = await three_orders(hub, unique, 40)
    party, stranger = await seller(hub, what, 100), await hub.party("seller")
    await hub.do("/v1/consolidations", of(what))
    found = await request(party)
    assert (await stranger.read("/v1/supply-requests"))["data"] == []
    path = f"/v1/supply-requests/{found['id']}"
    assert (await stranger.get(path)).status_code == 404
    answer = await stranger.post(f"{path}/answer", {"confirm_all": True})
    assert answer.status_code == 404
    waiting = await hub.read("/v1/supply-requests", waiting="true", seller_id=party.id)
    assert [r["id"] for r in waiting["data"]] == [found["id"]]
    await hub.do(f"{path}/answer", {"confirm_all": True})
    assert (await party.read("/v1/supply-requests", waiting="true"))["data"] == []
    assert len((await party.read("/v1/supply-requests", waiting="false"))["data"]) == 1


async def test_many_parts_take_as_many_round_trips_as_one(hub: Api, unique: Unique) -> None:
    counts = []
    for quantities in ((10,), (10,), (10, 20, 30, 40)):
        what, _ = await three_orders(hub, unique, *quantities)
        party = await seller(hub, what, 100)
        await hub.do("/v1/consolidations", of(what))
        await seller(hub, what, 100)
        found = await request(party)
        parts = [
            {"allocation_id": part["id"], "quantity": kg(5), "reason": "no_stock"}
            for part in found["parts"]
        ]
        async with round_trips() as trips:
            await party.do(f"/v1/supply-requests/{found['id']}/answer", {"parts": parts})
        counts.append(len([trip for trip in trips if not trip.startswith("(prepare)")]))
    assert counts[1] == counts[2]
    assert counts[1] <= 34


async def test_answering_and_consolidating_lock_in_the_one_order(hub: Api, unique: Unique) -> None:
    what, _ = await three_orders(hub, unique, 30, 20)
    party = await seller(hub, what, 100)
    async with round_trips() as trips:
        await hub.do("/v1/consolidations", of(what))
    assert locked(trips) == ["orders", "supply_offers"]
    found = await request(party)
    parts = [
        {"allocation_id": part["id"], "decline": True, "reason": "no_stock"}
        for part in found["parts"]
    ]
    async with round_trips() as trips:
        await party.do(f"/v1/supply-requests/{found['id']}/answer", {"parts": parts})
    assert locked(trips) == ["orders", "allocations", "supply_offers"]
