"""Shares that the desk names itself: exactly those, each checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from tests.allocation.test_allocate import (
    _licensed,
    confirmed,
    line,
    own,
    reconciled,
    seller,
    shares,
)
from tests.api import Api, Party, kg, money
from tests.trade import Goods, buyer, day, goods, offer

Unique = Callable[[str], str]


def manual(*named: tuple[Any, str, float]) -> dict[str, Any]:
    """The body: (order, offer, kg) for the order's first line each."""
    return {
        "policy": "manual",
        "shares": [
            {"line_id": placed["lines"][0]["id"], "offer_id": offer_id, "quantity": kg(quantity)}
            for placed, offer_id, quantity in named
        ],
    }


async def offered(party: Party) -> str:
    """The id of the seller's only offer."""
    (found,) = (await party.read("/v1/supply-offers"))["data"]
    return str(found["id"])


async def problems(hub: Api, placed: Any, body: Any) -> list[tuple[str, str]]:
    """Pointer and code of each problem of a refused allocation."""
    refused = await hub.post(f"/v1/orders/{placed['id']}/allocate", body)
    assert refused.status_code == 422, refused.text
    return [(e["pointer"], e["code"]) for e in refused.json()["errors"]]


async def test_exactly_the_named_shares_are_offered(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one, two, left_out = [await seller(hub, what, 500) for _ in range(3)]
    placed = await confirmed(hub, market, what, 300, 50)
    body = manual((placed, await offered(one), 220), (placed, await offered(two), 30))
    done = await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    assert done["policy"] == "manual"
    assert {r["seller_id"]: r["quantity"]["value"] for r in done["data"]} == {
        one.id: "220",
        two.id: "30",
    }
    assert [x["unallocated"]["value"] for x in done["lines"]] == ["50", "50"]
    why = (await own(one))["why"]
    assert (why["rule"], why["limited_by"], why["level"]) == ("manual", "by_hand", None)
    assert "by hand" not in why["said"]["en"]
    assert "desk" in why["said"]["en"]
    assert (await left_out.read("/v1/allocations"))["data"] == []
    assert (await line(hub, placed["id"]))["unallocated"] == "50"
    await reconciled(owner, what)


async def test_what_is_given_back_of_it_is_filled_fairly(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one, two, three = [await seller(hub, what, 500) for _ in range(3)]
    placed = await confirmed(hub, market, what, 100)
    body = manual((placed, await offered(one), 100))
    await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    await one.do(f"/v1/allocations/{(await own(one))['id']}/decline", {"reason": "no_stock"})
    assert await shares(hub, placed["id"]) == {two.id: "50", three.id: "50"}
    assert (await own(two))["why"]["rule"] == "fair_share"
    await reconciled(owner, what)


async def test_the_desk_may_ask_again_who_gave_back(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one = await seller(hub, what, 500)
    placed = await confirmed(hub, market, what, 100)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    await one.do(f"/v1/allocations/{(await own(one))['id']}/decline", {"reason": "transport"})
    body = manual((placed, await offered(one), 100))
    done = await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    assert len(done["data"]) == 1


async def test_packages_count_by_the_offers_pack(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one = await seller(hub, what, 150, pack_size=kg(15))
    placed = await confirmed(hub, market, what, 100)
    body = manual((placed, await offered(one), 0))
    body["shares"][0]["quantity"] = {"value": "4", "unit": "peti"}
    await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    assert (await own(one))["quantity"] == kg("60")
    assert await problems(hub, placed, manual((placed, await offered(one), 20))) == [
        ("/shares/0/quantity", "whole_packs")
    ]


async def test_every_share_that_cannot_be_is_named_with_its_reason(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what = await goods(hub, unique("meat"), required_licences=["nkv"])
    market = await buyer(hub)
    dear = await _licensed(hub, what, 100, floor_price=money(27501))
    late = await _licensed(hub, what, 100, available_from=day(3))
    large = await _licensed(hub, what, 100, min_pickup=kg(40))
    paused = await _licensed(hub, what, 100)
    forecast = await _licensed(hub, what, 100, kind="forecast")
    gone = await _licensed(hub, what, 100)
    lapsed = await _licensed(hub, what, 100)
    good = await _licensed(hub, what, 100)
    other = await seller(hub, await goods(hub, unique("egg")), 100)
    parties = (dear, late, large, paused, forecast, gone, lapsed, other, good)
    ids = [await offered(party) for party in parties]
    await paused.do(f"/v1/supply-offers/{ids[3]}/pause")
    await hub.do(f"/v1/parties/{gone.id}/suspend")
    licence = (await hub.read(f"/v1/parties/{lapsed.id}/licences"))["data"][0]["id"]
    path = f"/v1/parties/{lapsed.id}/licences/{licence}/verify"
    await hub.do(path, {"outcome": "rejected"})
    placed = await confirmed(hub, market, what, 200)
    body = manual(*((placed, offer_id, 10) for offer_id in ids))
    body["shares"] += [
        body["shares"][-1],
        {**body["shares"][-1], "offer_id": "off_01jd0000000000000000000000"},
        {**body["shares"][-1], "line_id": "oln_01jd0000000000000000000000"},
        {**body["shares"][-1], "quantity": {"value": "1", "unit": "peti"}},
    ]
    assert await problems(hub, placed, body) == [
        ("/shares/0/offer_id", "floor_price"),
        ("/shares/1/offer_id", "not_available_then"),
        ("/shares/3/offer_id", "offer_not_open"),
        ("/shares/4/offer_id", "offer_not_open"),
        ("/shares/5/offer_id", "seller_suspended"),
        ("/shares/6/offer_id", "licence_missing"),
        ("/shares/7/offer_id", "other_goods"),
        ("/shares/10/offer_id", "not_found"),
        ("/shares/11/line_id", "line_not_open"),
        ("/shares/12/quantity/unit", "unit_mismatch"),
        ("/shares/2/quantity", "min_pickup"),
        ("/shares/9/offer_id", "duplicate"),
    ]
    assert await shares(hub, placed["id"]) == {}
    await reconciled(owner, what)


async def test_never_more_than_the_offer_has_or_the_line_lacks(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one, two = [await seller(hub, what, 100) for _ in range(2)]
    placed = await confirmed(hub, market, what, 150)
    ids = [await offered(one), await offered(two)]
    wanted = manual((placed, ids[0], 101), (placed, ids[1], 40))
    assert await problems(hub, placed, wanted) == [("/shares/0/quantity", "more_than_free")]
    wanted = manual((placed, ids[0], 90), (placed, ids[1], 61))
    assert await problems(hub, placed, wanted) == [
        ("/shares/0/quantity", "more_than_lacking"),
        ("/shares/1/quantity", "more_than_lacking"),
    ]
    done = await hub.do(
        f"/v1/orders/{placed['id']}/allocate", manual((placed, ids[0], 90), (placed, ids[1], 60))
    )
    assert done["lines"][0]["unallocated"]["value"] == "0"
    await reconciled(owner, what)


async def test_one_smallest_pick_up_is_kept_over_all_lines_of_the_day(
    hub: Api, unique: Unique
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one = await seller(hub, what, 500, min_pickup=kg(100))
    placed = await confirmed(hub, market, what, 60, 60)
    offer_id = await offered(one)
    body = manual((placed, offer_id, 60), (placed, offer_id, 40))
    body["shares"][1]["line_id"] = placed["lines"][1]["id"]
    done = await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    assert len(done["data"]) == 2


async def test_the_shares_and_the_policy_go_together(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    one = await seller(hub, what, 100)
    placed = await confirmed(hub, market, what, 60)
    named = manual((placed, await offered(one), 10))
    for body in ({"policy": "manual"}, named | {"policy": "fair_share"}):
        assert await problems(hub, placed, body) == [("/shares", "manual_shares")]


async def test_a_day_of_an_offer_by_the_day_is_that_days_only(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    party = await hub.party("seller")
    daily: Goods = what
    made = await offer(party, await party.site(), daily, 50, per="day")
    placed = await confirmed(hub, market, what, 120)
    assert await problems(hub, placed, manual((placed, made["id"], 60))) == [
        ("/shares/0/quantity", "more_than_free")
    ]
    await hub.do(f"/v1/orders/{placed['id']}/allocate", manual((placed, made["id"], 50)))
    await reconciled(owner, what)
