"""What the public reads: only published listings of the real world, fast and cacheable."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.catalog.listings.schemas import ListingOut
from app.catalog.shelf import gate
from app.catalog.shelf import queries as shelf
from app.core.ids import decode
from tests.api import Api, money
from tests.catalog.listing_helpers import WAY, draft_body, in_test_world, listing, patch
from tests.statements import trips_of
from tests.worker import at

pytestmark = pytest.mark.anyio


async def walk(api: Api, **params: Any) -> list[str]:
    """Every id of the list, following the Link headers."""
    answer = await api.get("/v1/listings", **params)
    found = []
    while True:
        body = answer.json()
        found += [row["id"] for row in body["data"]]
        if "next" not in answer.links:
            assert body["next_cursor"] is None
            return found
        assert f"cursor={body['next_cursor']}" in answer.links["next"]["url"]
        answer = await api.get(answer.links["next"]["url"])


async def test_the_public_sees_published_listings_and_no_other_status(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = {status: (await listing(seller, hub, status))["id"] for status in WAY}
    assert await walk(api, seller_id=seller.id) == [made["published"]]
    for status, listing_id in made.items():
        seen = (await api.get(f"/v1/listings/{listing_id}")).status_code
        assert seen == (200 if status == "published" else 404), status
    stranger = await hub.party("buyer")
    assert await walk(stranger, seller_id=seller.id) == [made["published"]]
    assert sorted(await walk(seller, mine="true")) == sorted(made.values())
    assert await walk(seller, mine="true", status="draft") == [made["draft"]]
    assert await walk(hub, seller_id=seller.id, status="submitted") == [made["submitted"]]
    assert await walk(stranger, seller_id=seller.id, status="submitted") == []


async def test_the_test_world_shows_nothing_of_itself_to_the_real_one(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    trying = await in_test_world(hub, seller)
    operator = await hub.do("/v1/parties", {"name": "Hub contoh", "roles": ["operator"]})
    key = await hub.do("/v1/api-keys", {"party_id": operator["id"], "livemode": False})
    curator = Api(hub.client, key["key"])
    test = await listing(trying, curator, "published")
    live = await listing(seller, hub, "published")
    for nobody in (api, seller, hub, await hub.party("buyer")):
        assert (await nobody.get(f"/v1/listings/{test['id']}")).status_code == 404
        assert await walk(nobody, seller_id=seller.id) == [live["id"]]
    assert await walk(seller, mine="true") == [live["id"]]
    for tester in (trying, curator):
        assert await walk(tester, seller_id=seller.id) == [test["id"]]
        assert (await tester.get(f"/v1/listings/{live['id']}")).status_code == 404
    stolen = await trying.post(f"/v1/listings/{live['id']}/pause")
    assert stolen.status_code == 404


async def test_what_needs_a_key_says_so(api: Api, hub: Api) -> None:
    for params in ({"mine": "true"}, {"status": "draft"}):
        answer = await api.get("/v1/listings", **params)
        assert answer.status_code == 401, params
        assert answer.json()["code"] == "unauthenticated"
    assert (await api.get("/v1/listings", external_reference="x")).status_code == 422
    answer = await api.get("/v1/listings", headers={"authorization": "Bearer btc_live_nonsense"})
    assert answer.status_code == 401


async def test_the_card_is_what_the_schema_says_field_by_field(hub: Api, api: Api) -> None:
    """The card is made in SQL; here it meets the Python that makes the same for keyed readers."""
    seller = await hub.party("seller", name='Bu "Tini" \\ Anak & Co </script> ñ 漢')
    strange = {
        "title": 'Tab\tquote" backslash\\ slash/ <b>&amp; é 漢字 🥭 \u2028',
        "description": "satu\ndua\t\"tiga\" {'empat'} \\n \u00a0",
    }
    listings = [
        await listing(seller, hub, "published", **strange, external_reference="rahasia"),
        await listing(
            seller,
            hub,
            "published",
            description=None,
            unit="kg",
            price=money(2850000, "100", "kg"),
        ),
        await listing(seller, hub, "published", unit="kg", price=money(7, "0.125", "kuintal")),
    ]
    reader = await hub.party("buyer")
    for made in listings:
        path = f"/v1/listings/{made['id']}"
        public = await api.get(path)
        keyed = await reader.get(path)
        card = public.json()
        assert set(card) == set(ListingOut.model_fields)
        assert card == keyed.json()
        assert json.loads(ListingOut.model_validate(card).model_dump_json()) == card
        assert public.headers["etag"] == keyed.headers["etag"]
        assert public.headers["etag"].startswith(f'"{made["version"]}-')
        assert card["external_reference"] is None and card["allowed_actions"] == []
    page = (await api.read("/v1/listings", seller_id=seller.id))["data"]
    assert page == [(await api.read(f"/v1/listings/{m['id']}")) for m in reversed(listings)]


async def test_a_seller_who_is_renamed_is_shown_under_the_new_name_at_the_latest_next_day(
    hub: Api, api: Api, owner, app: Any
) -> None:
    """There is no such command yet; the worker's daily look makes every row of the shelf anew."""
    seller = await hub.party("seller", name="Nama lama")
    made = await listing(seller, hub, "published")
    await owner.execute(
        "UPDATE parties SET name = 'Nama baru' WHERE btc_id('pty', id) = $1", seller.id
    )
    while await at(app, timedelta(days=1), gate.hold_daily):
        pass
    assert (await api.read(f"/v1/listings/{made['id']}"))["seller"]["name"] == "Nama baru"


async def test_public_answers_may_be_cached_and_keyed_ones_may_not(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    paths = (f"/v1/listings/{made['id']}", f"/v1/listings?seller_id={seller.id}")
    for amount, path in enumerate(paths, 1):
        public = await api.get(path)
        assert public.headers["cache-control"].startswith("public, max-age=")
        assert "Authorization" in public.headers["vary"]
        tag = {"if-none-match": public.headers["etag"]}
        again = await api.get(path, headers=tag)
        assert again.status_code == 304 and again.content == b""
        assert again.headers["etag"] == public.headers["etag"]
        assert (await api.get(path, headers={"if-none-match": '"x"'})).status_code == 200
        keyed = await seller.get(path)
        assert keyed.headers["cache-control"] == "no-store" and keyed.status_code == 200
        answer = await patch(
            seller, made["id"], {"price": {"amount": str(amount)}}, made["version"]
        )
        made = answer.json()
        changed = await api.get(path, headers=tag)
        assert changed.status_code == 200
        assert f'"amount":"{amount}"' in changed.text


async def test_a_walk_sees_each_listing_once_while_others_are_published(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    before = [(await listing(seller, hub, "published"))["id"] for _ in range(7)]
    gone = before[2]
    seen: list[str] = []
    answer = await api.get("/v1/listings", seller_id=seller.id, limit=2)
    while True:
        seen += [row["id"] for row in answer.json()["data"]]
        await listing(seller, hub, "published")
        if gone not in seen and len(seen) == 2:
            await seller.do(f"/v1/listings/{gone}/pause")
        if "next" not in answer.links:
            break
        answer = await api.get(answer.links["next"]["url"])
    assert seen == [made for made in reversed(before) if made != gone]


async def test_cursors_of_other_lists_and_made_up_ones_are_422(hub: Api, api: Api) -> None:
    for _ in range(2):
        await hub.party("seller")
    foreign = (await hub.read("/v1/parties", limit=1))["next_cursor"]
    for cursor in (foreign, "", "x", "bGlzdGluZ3N8MDA", "\x00", "é", "A" * 200, "A" * 201):
        for who in (api, hub):
            answer = await who.get("/v1/listings", cursor=cursor)
            assert answer.status_code == 422, (cursor, answer.text)


async def test_filters_narrow_the_shelf(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    shirt = await listing(seller, hub, "published")
    bowl = await listing(seller, hub, "published", category="crafts")
    assert await walk(api, seller_id=seller.id, category="crafts") == [bowl["id"]]
    assert await walk(api, seller_id=seller.id, limit=1) == [bowl["id"], shirt["id"]]
    assert bowl["id"] in await walk(api, category="crafts", limit=100)
    assert await walk(seller, seller_id=seller.id, category="crafts") == [bowl["id"]]


class TestBudget:
    """Round trips, exactly."""

    async def test_without_a_key_a_list_and_a_listing_are_one_each(
        self, hub: Api, api: Api, settings
    ) -> None:
        seller = await hub.party("seller")
        made = await listing(seller, hub, "published")
        for path in ("/v1/listings", f"/v1/listings/{made['id']}"):
            trips = await trips_of(lambda p=path: api.read(p), warm=settings.public_pool_size * 2)
            assert len(trips) == 1, trips

    async def test_with_a_key_they_are_four_at_most(self, hub: Api, settings) -> None:
        seller = await hub.party("seller")
        made = await listing(seller, hub)
        for path in ("/v1/listings?mine=true", "/v1/listings", f"/v1/listings/{made['id']}"):
            trips = await trips_of(lambda p=path: seller.read(p), warm=settings.pool_size * 2)
            assert len(trips) <= 4, trips
            assert "BEGIN" in trips[0]
            assert "COMMIT" in trips[-1]

    async def test_the_counter_counts(self, hub: Api, owner) -> None:
        """Canary: a call that does more is seen to do more."""
        seller = await hub.party("seller")
        few = await trips_of(lambda: seller.read("/v1/listings"))
        more = await trips_of(lambda: seller.post("/v1/listings", draft_body()))
        assert len(more) > len(few) >= 4

    @pytest.mark.parametrize(
        ("columns", "given", "index"),
        [
            # Nearly all rows are live here: the key itself does as well, and the planner may say so.
            ((), "", "(ix_shelf_live|pk_shelf)"),
            (("department",), ", 'crafts'", "ix_shelf_department"),
            (("category",), ", 'crafts.wood'", "ix_shelf_category"),
            (("seller_id",), ", '{seller}'", "ix_shelf_seller"),
        ],
    )
    async def test_a_page_reads_as_many_rows_as_it_shows_however_many_there_are(
        self, hub: Api, owner, columns: tuple[str, ...], given: str, index: str
    ) -> None:
        """On 10 000 rows: an index in the page's order, no sort, 21 rows touched."""
        seller = await hub.party("seller")
        made = await listing(seller, hub, "published")
        statement = shelf.cards_sql(True, columns)
        values = given.format(seller=decode("pty", seller.id))
        async with rolled_back(owner):
            await owner.execute(
                "SET LOCAL session_replication_role = replica"
            )  # no triggers, no FK
            await owner.execute(_MANY, made["id"])
            await owner.execute("ANALYZE shelf")
            await owner.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await owner.execute("SET LOCAL ROLE btc_public")
            await owner.execute(f"PREPARE page AS {statement}")
            rows = await owner.fetch(f"EXPLAIN (ANALYZE) EXECUTE page(21, uuidv7(){values})")
            await owner.execute("DEALLOCATE page")
        plan = "\n".join(row[0] for row in rows)
        assert re.search(f"Index Scan Backward using {index}", plan), plan
        assert "Sort" not in plan, plan
        assert "Rows Removed" not in plan, plan
        assert "rows=21.00" in plan, plan


@asynccontextmanager
async def rolled_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that never happened."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


_MANY = """
INSERT INTO shelf (listing_id, livemode, card, version, seller_id, department, category,
  region_code, price, licences, photo_ids, sellable, title, all_words, xid, seq, changed_at)
SELECT uuidv7(), true, card, 1, seller_id,
  (ARRAY['crafts', 'household', 'clothing', 'fresh'])[1 + n % 4],
  (ARRAY['crafts.wood', 'household', 'clothing', 'fresh'])[1 + n % 4],
  region_code, price, licences, photo_ids, sellable, title, all_words, xid, seq, changed_at
FROM shelf, generate_series(1, 10000) n WHERE btc_id('lst', listing_id) = $1
"""


async def test_the_public_role_reads_cards_and_nothing_of_drafts(hub: Api, owner) -> None:
    """The second wall: even SQL that forgets every filter shows the shelf only."""
    seller = await hub.party("seller")
    await listing(seller, hub, external_reference="rahasia")
    shown = await listing(seller, hub, "published")
    await owner.execute("SET ROLE btc_public")
    cards = await owner.fetch("SELECT card FROM shelf WHERE card LIKE '%' || $1 || '%'", seller.id)
    assert [json.loads(row["card"])["id"] for row in cards] == [shown["id"]]
    assert await owner.fetchval("SELECT count(*) FROM shelf WHERE NOT livemode") == 0
    for forbidden in (
        "SELECT review_note FROM listings",
        "SELECT name FROM parties",
        "SELECT price_amount FROM variants",
        "SELECT after FROM listing_changes",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await owner.fetch(forbidden)
