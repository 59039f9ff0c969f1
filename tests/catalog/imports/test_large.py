"""Ten thousand rows: written in the background while others are answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api import Api
from tests.catalog.imports.sending import HEAD, send, work_off

pytestmark = pytest.mark.anyio

ROWS = 10_000


def sheet(price: int) -> bytes:
    lines = [";".join([*HEAD, "Warna"])]
    for n in range(ROWS):
        code = f"L{n // 2:05}"
        lines.append(f"{code};Batik {code};clothing;{price};pcs;35.72;{n % 90};warna {n % 2}")
    return "\r\n".join(lines).encode()


async def test_ten_thousand_rows_are_applied_while_others_are_answered(
    app: Any, api: Api, hub: Api, owner: Any
) -> None:
    seller = await hub.party("seller")
    for price, created in ((15000, ROWS), (16000, 0)):
        sent = await send(seller, sheet(price), dry_run="false")
        working = asyncio.create_task(work_off(app))
        answered = {"validating": 0, "applying": 0, "done": 0}
        while not working.done():
            shelf, seen = await asyncio.gather(
                api.get("/v1/listings"), seller.get(f"/v1/imports/{sent.json()['id']}")
            )
            assert (shelf.status_code, seen.status_code) == (200, 200)
            answered[seen.json()["status"]] += 1
        await working
        made = await seller.read(f"/v1/imports/{sent.json()['id']}")
        assert (made["status"], made["rows"], made["applied"]) == ("done", ROWS, ROWS)
        assert (made["creates"], made["updates"]) == (created, ROWS - created)
        # Both steps take forty pieces and more; in each somebody else had many turns.
        assert min(answered["validating"], answered["applying"]) >= 20, answered
    count = """SELECT count(DISTINCT l.id), count(*), sum(s.stock), min(l.price_amount)
      FROM listings l JOIN variants v ON v.listing_id = l.id JOIN stock_pools s ON s.variant_id = v.id
      JOIN imports i ON i.seller_id = l.seller_id WHERE i.id = (
        SELECT id FROM imports WHERE rows = $1 ORDER BY id DESC LIMIT 1)
      GROUP BY i.id"""
    found = await owner.fetchrow(count, ROWS)
    stock = sum(n % 90 for n in range(ROWS))
    assert tuple(found) == (ROWS // 2, ROWS, stock, 16000)
