"""Feeds are in the order of transactions, also where their numbers gain a digit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.catalog.shelf import feed
from app.webhooks import queries
from tests.api import Api
from tests.catalog.listing_helpers import listing

pytestmark = pytest.mark.anyio

NUMBERS = [9, 10, 99, 100]


async def test_the_shelfs_feed(hub: Api, owner: Any) -> None:
    """Canary: ordered by the number's text, 10 stood before 9 and everything between was lost."""
    seller = await hub.party("seller")
    for _ in NUMBERS:
        await listing(seller, hub, "published")
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute(
            "UPDATE shelf SET xid = ($1::text[])[n]::xid8 FROM (SELECT listing_id, row_number() "
            "OVER (ORDER BY listing_id) AS n FROM shelf WHERE btc_id('pty', seller_id) = $2) o "
            "WHERE o.listing_id = shelf.listing_id",
            [str(n) for n in NUMBERS],
            seller.id,
        )
        rows = await owner.fetch(feed.SINCE, "8", 0, 1000, True)
    finally:
        await transaction.rollback()
    found = [int(row["xid"]) for row in rows]
    assert found == sorted(found) and set(NUMBERS) <= set(found)


@pytest.mark.parametrize("whose", ["hub", "party"])
async def test_the_event_feeds(hub: Api, owner: Any, whose: str) -> None:
    party = UUID(int=7)
    transaction = owner.transaction()
    await transaction.start()
    try:
        for n in NUMBERS:
            await owner.execute(
                "WITH e AS (INSERT INTO events (id, xid, seq, type, object, object_id, version, "
                "data, occurred_at, livemode) VALUES (uuidv7(), $1::text::xid8, $2, 'x', 'order', "
                "uuidv7(), 1, '{}', now(), true) RETURNING id, xid, seq) "
                "INSERT INTO event_audience (party_id, livemode, xid, seq, event_id) "
                "SELECT $3, true, xid, seq, id FROM e",
                str(n),
                n,
                party,
            )
        rows = (
            await owner.fetch(queries.OF_HUB, "0", 0, 100, True)
            if whose == "hub"
            else await owner.fetch(queries.OF_PARTY, "0", 0, 100, party, True)
        )
    finally:
        await transaction.rollback()
    found = [int(row["xid"]) for row in rows]
    assert found == sorted(found) and set(NUMBERS) <= set(found)
