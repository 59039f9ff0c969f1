"""Closures: while one lasts nothing of the seller is sellable, and all of it stays on the shelf."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.catalog.shelf.gate import hold_daily
from tests import trade
from tests.api import Api
from tests.catalog.listing_helpers import in_test_world, listing
from tests.worker import at

pytestmark = pytest.mark.anyio

STOCKED = {"variants": [{"stock": {"value": "4", "unit": "pcs"}}]}


def days(first: int, last: int, **fields: Any) -> dict[str, Any]:
    return {"starts_on": trade.day(first), "ends_on": trade.day(last)} | fields


async def until_done(app: Any, later: timedelta) -> None:
    while await at(app, later, hold_daily):
        pass


async def test_today_takes_effect_at_once_and_so_does_its_cancelling(hub: Api, api: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    mine = await listing(seller, hub, "published", **STOCKED)
    theirs = await listing(other, hub, "published", **STOCKED)

    async def sellable(made: dict[str, Any]) -> bool:
        shown = await api.read(f"/v1/listings/{made['id']}")
        assert shown["sellable"] == (await hub.read(f"/v1/listings/{made['id']}"))["sellable"]
        return bool(shown["sellable"])

    assert await sellable(mine)
    closure = await seller.do("/v1/closures", days(0, 2, note="Hajatan"))
    assert (closure["status"], closure["allowed_actions"]) == ("announced", ["cancel"])
    assert not await sellable(mine)
    assert await sellable(theirs)
    done = await seller.do(f"/v1/closures/{closure['id']}/cancel", {"note": "Batal"})
    assert (done["status"], done["note"], done["version"]) == ("cancelled", "Hajatan", 2)
    assert await sellable(mine)
    again = await seller.post(f"/v1/closures/{closure['id']}/cancel")
    assert again.status_code == 409


async def test_it_begins_and_ends_by_the_calendar(hub: Api, api: Api, app: Any) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", **STOCKED)
    await seller.do("/v1/closures", days(2, 3))
    seen = []
    for later in range(5):
        await until_done(app, timedelta(days=later))
        seen.append((await api.read(f"/v1/listings/{made['id']}"))["sellable"])
    assert seen == [True, True, False, False, True]


async def test_of_two_that_overlap_the_other_still_stands(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", **STOCKED)
    one = await seller.do("/v1/closures", days(0, 5))
    await seller.do("/v1/closures", days(0, 1))
    await seller.do(f"/v1/closures/{one['id']}/cancel")
    assert not (await api.read(f"/v1/listings/{made['id']}"))["sellable"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (days(-1, 3), "/starts_on"),
        (days(3, 2), "/ends_on"),
        (days(0, 367), "/ends_on"),
        ({"starts_on": "besok", "ends_on": trade.day(1)}, "/starts_on"),
    ],
)
async def test_days_that_cannot_be_are_refused(hub: Api, body: Any, pointer: str) -> None:
    seller = await hub.party("seller")
    answer = await seller.post("/v1/closures", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_year_is_not_too_long(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await seller.do("/v1/closures", days(0, 366))
    assert await seller.read(f"/v1/closures/{made['id']}") == made


async def test_at_most_fifty_stand_also_when_two_come_at_once(hub: Api) -> None:
    seller = await hub.party("seller")
    made = [await seller.do("/v1/closures", days(n, n)) for n in range(49)]
    answers = await asyncio.gather(*[seller.post("/v1/closures", days(60, 61)) for _ in range(4)])
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    refused = next(a for a in answers if a.status_code == 409)
    assert refused.json()["code"] == "too_many_closures"
    await seller.do(f"/v1/closures/{made[0]['id']}/cancel")
    await seller.do("/v1/closures", days(70, 71))


async def test_the_operator_announces_for_a_seller_and_others_only_for_themselves(
    hub: Api, api: Api
) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    made = await listing(seller, hub, "published", **STOCKED)
    unnamed = await hub.post("/v1/closures", days(0, 0))
    assert unnamed.status_code == 422
    assert unnamed.json()["errors"][0]["pointer"] == "/seller_id"
    closure = await hub.do("/v1/closures", days(0, 0, seller_id=seller.id))
    assert (await seller.read(f"/v1/closures/{closure['id']}"))["seller_id"] == seller.id
    assert not (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
    assert (await other.post("/v1/closures", days(0, 0, seller_id=seller.id))).status_code == 403
    assert (await other.post(f"/v1/closures/{closure['id']}/cancel")).status_code == 404
    buyer = await hub.party("buyer")
    assert (await buyer.post("/v1/closures", days(0, 0))).status_code == 403
    wrong = await hub.post("/v1/closures", days(0, 0, seller_id=buyer.id))
    assert wrong.status_code == 422
    assert [c["id"] for c in (await hub.read("/v1/closures", seller_id=seller.id))["data"]] == [
        closure["id"]
    ]
    assert (await other.read("/v1/closures"))["data"] == []
    assert (await other.read("/v1/closures", seller_id=seller.id))["data"] == []


async def test_the_worlds_do_not_close_each_other(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", **STOCKED)
    await (await in_test_world(hub, seller)).do("/v1/closures", days(0, 0))
    assert (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
    assert (await seller.read("/v1/closures"))["data"] == []


async def test_what_is_published_while_a_closure_is_announced_is_closed_too(
    hub: Api, api: Api
) -> None:
    for _ in range(12):
        seller = await hub.party("seller")
        made = await listing(seller, hub, "approved", **STOCKED)
        answers = await asyncio.gather(
            seller.post(f"/v1/listings/{made['id']}/publish"),
            seller.post("/v1/closures", days(0, 1)),
        )
        assert [a.status_code for a in answers] == [200, 201]
        assert not (await api.read(f"/v1/listings/{made['id']}"))["sellable"]
