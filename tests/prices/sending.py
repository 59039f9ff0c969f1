"""Price series of tests: one each, and readings sent to it as JSON or as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from app.core import clock
from tests import trade
from tests.api import Api, kg


def ago(days: int) -> str:
    """The day that many days before today."""
    return (clock.day(clock.now()) - timedelta(days=days)).isoformat()


async def commodity(hub: Api) -> str:
    """The id of a fresh commodity in kilograms."""
    return str((await trade.goods(hub, f"goods-{uuid4().hex[:12]}")).id)


async def series(hub: Api, **said: Any) -> dict[str, Any]:
    """A fresh series without readings."""
    body = {
        "code": f"acuan-{uuid4().hex[:12]}",
        "name": "Harga acuan telur di tingkat produsen",
        "source": "Badan Pangan Nasional",
        "per": kg(1),
    }
    if "commodity_id" not in said:
        body["commodity_id"] = await commodity(hub)
    made: dict[str, Any] = await hub.do("/v1/price-series", body | said)
    return made


async def record(who: Api, series_id: str, *readings: tuple[str, ...]) -> httpx.Response:
    """The raw answer to recording (day, amount) or (day, amount, note)."""
    names = ("read_on", "amount", "note")
    body = {"readings": [dict(zip(names, reading, strict=False)) for reading in readings]}
    return await who.post(f"/v1/price-series/{series_id}/readings", body)


async def send(who: Api, series_id: str, data: str | bytes) -> httpx.Response:
    """The raw answer to a file of readings."""
    headers = {"idempotency-key": uuid4().hex, "content-type": "text/csv"}
    if who.key:
        headers["authorization"] = f"Bearer {who.key}"
    content = data.encode() if isinstance(data, str) else data
    path = f"/v1/price-series/{series_id}/readings/import"
    return await who.client.post(path, content=content, headers=headers)


async def days(who: Api, series_id: str, **asked: Any) -> list[tuple[str, int, str]]:
    """All readings on the series' pages: (day, revision, amount)."""
    found: list[tuple[str, int, str]] = []
    cursor: str | None = None
    for _ in range(50):
        extra = {"cursor": cursor} if cursor else {}
        page = await who.read(f"/v1/price-series/{series_id}/readings", **asked, **extra)
        found += [(r["read_on"], r["revision"], r["amount"]) for r in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("the list does not end")
