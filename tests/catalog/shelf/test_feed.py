"""Mirroring the shelf: a storefront that follows the feed has what the shelf has, always."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.access.enter import acting_as_hub
from app.catalog.shelf.refresh import touch
from app.core.ids import decode
from app.parties.bootstrap import find_hub
from tests.api import Api
from tests.catalog.listing_helpers import in_test_world, listing, patch

pytestmark = pytest.mark.anyio

PCS = {"value": "3", "unit": "pcs"}


class Mirror:
    """A storefront's copy of one seller's part of the shelf."""

    def __init__(self, api: Api, since: datetime) -> None:
        self.api, self.since = api, since
        self.cursor: str | None = None
        self.copy: dict[str, Any] = {}

    async def follow(self, limit: int = 7) -> int:
        """Read the feed to its end; how many entries there were."""
        read = 0
        while True:
            more = {"cursor": self.cursor} if self.cursor else {}
            page = await self.api.read(
                "/v1/listings", updated_since=self.since.isoformat(), limit=limit, **more
            )
            self.cursor = page["next_cursor"]
            self.apply(page["data"])
            read += len(page["data"])
            if not page["data"]:
                return read

    def apply(self, entries: list[Any]) -> None:
        """Take over what a page says."""
        for item in entries:
            if item.get("deleted"):
                self.copy.pop(item["id"], None)
            else:
                self.copy[item["id"]] = item

    def of(self, seller_id: str) -> dict[str, Any]:
        return {k: v for k, v in self.copy.items() if v["seller"]["id"] == seller_id}


def now() -> datetime:
    return datetime.now(UTC)


async def shelf_of(api: Api, seller_id: str) -> dict[str, Any]:
    page = await api.read("/v1/listings", seller_id=seller_id, limit=100)
    return {item["id"]: item for item in page["data"]}


async def test_the_feed_tells_what_came_what_changed_and_what_left(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    mirror = Mirror(api, now())
    first = await listing(seller, hub, "published", variants=[{"stock": PCS}])
    second = await listing(seller, hub, "published")
    await mirror.follow()
    assert mirror.of(seller.id) == await shelf_of(api, seller.id)
    assert set(mirror.of(seller.id)) == {first["id"], second["id"]}
    await patch(seller, first["id"], {"price": {"amount": "7"}}, first["version"])
    await seller.do(f"/v1/listings/{second['id']}/pause")
    page = await api.read(
        "/v1/listings", updated_since=mirror.since.isoformat(), cursor=mirror.cursor, limit=100
    )
    entries, mirror.cursor = page["data"], page["next_cursor"]
    mirror.apply(entries)
    mine = [e for e in entries if e["id"] in {first["id"], second["id"]}]
    assert [(e["id"], e.get("deleted", False)) for e in mine] == [
        (first["id"], False),
        (second["id"], True),
    ]
    assert set(mine[1]) == {"id", "deleted", "updated_at"}
    assert await mirror.follow() == 0, "nothing new, and nothing twice"
    await seller.do(f"/v1/listings/{second['id']}/publish")
    await mirror.follow()
    assert mirror.of(seller.id) == await shelf_of(api, seller.id)


async def test_what_is_not_shown_is_not_told(hub: Api, api: Api) -> None:
    """Drafts, other worlds, and changes nobody sees leave no entry."""
    seller = await hub.party("seller")
    shown = await listing(seller, hub, "published", variants=[{"stock": PCS}])
    mirror = Mirror(api, now())
    await mirror.follow()
    await listing(seller, hub, "approved")
    trying = await in_test_world(hub, seller)
    await trying.do(
        "/v1/listings",
        {k: shown[k] for k in ("title", "category", "price", "unit", "origin_region_code")},
    )
    variant = shown["variants"][0]["id"]
    await seller.do(f"/v1/variants/{variant}/receive", {"quantity": PCS})
    await patch(seller, shown["id"], {"title": "Menunggu kurator"}, shown["version"])
    before = dict(mirror.of(seller.id))
    await mirror.follow()
    assert mirror.of(seller.id) == before


async def test_a_change_that_commits_late_is_not_missed(hub: Api, api: Api, app: Any) -> None:
    """Canary: without the bound at the oldest running transaction the reader passes it by."""
    seller = await hub.party("seller")
    late = await listing(seller, hub, "published", variants=[{"stock": PCS}])
    early = await listing(seller, hub, "published")
    mirror = Mirror(api, now())
    await mirror.follow()
    database = app.state.database
    hub_id = await find_hub(database)
    async with acting_as_hub(database, hub_id, livemode=True) as tx:
        await tx.sql(
            "UPDATE listings SET price_amount = 12, version = version + 1 WHERE id = $1",
            decode("lst", late["id"]),
        )
        touch(tx, [decode("lst", late["id"])])
        await tx.last.pop(0)()  # its place in the feed is taken; it has not committed
        await patch(seller, early["id"], {"price": {"amount": "13"}}, early["version"])
        await mirror.follow()
        assert mirror.of(seller.id)[late["id"]]["price"]["amount"] != "12"
    await mirror.follow()
    found = mirror.of(seller.id)
    assert found[late["id"]]["price"]["amount"] == "12"
    assert found[early["id"]]["price"]["amount"] == "13"
    assert found == await shelf_of(api, seller.id)


async def test_a_mirror_that_begins_anew_from_a_time_has_everything_since(
    hub: Api, api: Api
) -> None:
    seller = await hub.party("seller")
    made = [await listing(seller, hub, "published") for _ in range(3)]
    since = now()
    changed = await patch(seller, made[1]["id"], {"price": {"amount": "9"}}, made[1]["version"])
    assert changed.status_code == 200
    mirror = Mirror(api, since)
    await mirror.follow(limit=100)
    assert mirror.of(seller.id)[made[1]["id"]]["price"]["amount"] == "9"
    future = Mirror(api, now() + timedelta(days=3650))  # beyond where other tests move the clock
    assert await future.follow() == 0
    await patch(seller, made[0]["id"], {"price": {"amount": "8"}}, made[0]["version"])
    await future.follow()
    assert future.of(seller.id)[made[0]["id"]]["price"]["amount"] == "8", "the cursor goes on"


async def write(seller: Api, mine: list[Any], dice: random.Random) -> None:
    """Edit, pause, publish, sell out and restock, at random."""
    for _ in range(25):
        one = dice.choice(mine)
        path, variant = f"/v1/listings/{one['id']}", one["variants"][0]["id"]
        price = {"price": {"amount": str(dice.randrange(1, 9999))}}
        counted = {"value": str(dice.choice([0, 5])), "unit": "pcs"}
        match dice.randrange(5):
            case 0:
                await patch(seller, one["id"], price, None, **{"if-match": "*"})
            case 1:
                await seller.post(f"{path}/pause")
            case 2:
                await seller.post(f"{path}/publish")
            case 3:
                body = {"counted": counted, "reason": "counted"}
                await seller.post(f"/v1/variants/{variant}/adjust", body)
            case 4:
                await seller.post(f"/v1/variants/{variant}/receive", {"quantity": PCS})


async def test_under_concurrent_writers_every_mirror_ends_with_the_shelf(
    hub: Api, api: Api
) -> None:
    """Sellers write, each in a few hands at once; two readers follow meanwhile."""
    sellers = [await hub.party("seller") for _ in range(3)]
    shelves = [
        [await listing(s, hub, "published", variants=[{"stock": PCS}]) for _ in range(4)]
        for s in sellers
    ]
    mirrors = [Mirror(api, now()) for _ in range(2)]
    dice = random.Random(7)
    done = asyncio.Event()

    async def follow(mirror: Mirror) -> None:
        while not done.is_set():
            await mirror.follow()
            await asyncio.sleep(0)

    readers = [asyncio.create_task(follow(m)) for m in mirrors]
    hands = [write(s, mine, dice) for s, mine in zip(sellers * 2, shelves * 2, strict=True)]
    await asyncio.gather(*hands)
    done.set()
    await asyncio.gather(*readers)
    for mirror in mirrors:
        await mirror.follow()
        for seller in sellers:
            assert mirror.of(seller.id) == await shelf_of(api, seller.id)


async def test_only_the_fields_asked_for(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", external_reference="x-1")
    query = {"seller_id": seller.id, "fields": "title,price"}
    (item,) = (await api.read("/v1/listings", **query))["data"]
    assert item == {"id": made["id"], "title": made["title"], "price": made["price"]}
    (own,) = (await seller.read("/v1/listings", mine="true", fields="external_reference"))["data"]
    assert own == {"id": made["id"], "external_reference": "x-1"}
    wrong = await api.get("/v1/listings", fields="title,harga")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "query:fields"


@pytest.mark.parametrize("since", ["kemarin", "2026-11-21", "2026-11-21T00:00:00", ""])
async def test_a_time_without_its_zone_is_refused(api: Api, since: str) -> None:
    answer = await api.get("/v1/listings", updated_since=since)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"category": "crafts"},
        {"q": "kopi"},
        {"sellable": "true"},
        {"mine": "true"},
        {"sort": "price"},
        {"updated_since": "0001-01-01T00:00:00Z"},
        {"updated_since": "9999-12-31T23:59:59-12:00"},
    ],
)
async def test_the_feed_is_of_the_whole_shelf_and_says_so(api: Api, asked: dict[str, str]) -> None:
    answer = await api.get("/v1/listings", **{"updated_since": "2026-11-21T00:00:00Z"} | asked)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("cursor", ["x", "bGlzdGluZ3N8MDA", "bGlzdGluZ19jaGFuZ2VzfC0xfDA", "\x00"])
async def test_cursors_of_other_feeds_are_refused(api: Api, cursor: str) -> None:
    answer = await api.get("/v1/listings", updated_since="2026-11-21T00:00:00Z", cursor=cursor)
    assert answer.status_code == 422 and answer.json()["code"] == "bad_cursor"


async def test_outlets_get_everything_that_can_be_sold_line_by_line(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    title = 'Kaos "/v1/photos/" putih'
    sold = [
        await listing(seller, hub, "published", variants=[{"stock": PCS}], title=title)
        for _ in range(3)
    ]
    empty = await listing(seller, hub, "published")
    answer = await api.get("/v1/product-feed", seller_id=seller.id)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == [one["id"] for one in sold]
    assert empty["id"] not in answer.text
    assert all(line["title"] == title for line in lines)
    none = await api.get("/v1/product-feed", seller_id=seller.id, category="crafts")
    assert none.status_code == 200 and none.text == ""
    trying = await in_test_world(hub, seller)
    assert (await trying.get("/v1/product-feed", seller_id=seller.id)).text == ""
