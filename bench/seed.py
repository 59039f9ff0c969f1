"""What is measured on: ten thousand listings, a market with agreements of ample quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

from app.core import clock
from app.core.ids import decode, encode, new_id
from bench import shelf

LISTINGS = 10_000


@dataclass
class Market:
    """A buyer's key and what its orders name: one of *bodies* per agreement."""

    key: str
    bodies: list[dict[str, Any]]
    floor_body: dict[str, Any]


class Seeder:
    """Fills a fresh service through its API, listings straight into the table."""

    def __init__(self, url: str, operator_key: str, superuser_url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30)
        self.operator_key = operator_key
        self.superuser_url = superuser_url

    async def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """The body of a POST that must succeed."""
        headers = {
            "authorization": f"Bearer {key or self.operator_key}",
            "idempotency-key": new_id().hex,
        }
        answer = await self.http.post(path, json=body or {}, headers=headers)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def listings(self) -> str:
        """Ten thousand published listings; the id of one in the middle."""
        maker = await self.post(
            "/v1/parties",
            {"name": "Dapur Contoh", "roles": ["seller"], "seller_kind": "umkm"},
        )
        connection = await asyncpg.connect(self.superuser_url)
        await shelf.fill(connection, decode("pty", maker["id"]), 0, LISTINGS)
        await connection.execute("ANALYZE")
        found = await connection.fetchval(
            "SELECT id FROM listings ORDER BY id OFFSET $1", LISTINGS // 2
        )
        await connection.close()
        return encode("lst", found)

    async def market(self, agreements: int = 1) -> Market:
        """A buyer with *agreements* over so much that no measurement uses them up."""
        buyer = await self.post("/v1/parties", {"name": "Pasar Contoh", "roles": ["buyer"]})
        key = (await self.post("/v1/api-keys", {"party_id": buyer["id"]}))["key"]
        site = await self.post(
            f"/v1/parties/{buyer['id']}/sites",
            {"name": "Gudang", "kind": "distribution_centre", "region_code": "31.75.04"},
        )
        commodities = (await self.http.get("/v1/commodities")).json()["data"]
        eggs = next(c for c in commodities if c["code"] == "eggs")
        agreed = [await self._agreement(buyer["id"], key, eggs["id"]) for _ in range(agreements)]
        day = (clock.day(clock.now()) + timedelta(days=1)).isoformat()
        goods = {"commodity_id": eggs["id"], "grade": "medium"}
        order = {
            "ship_to_site_id": site["id"],
            "deliver_on": day,
            "lines": [goods | {"quantity": {"value": "1", "unit": "kg"}}],
        }
        return Market(
            key,
            [order | {"agreement_id": one["id"]} for one in agreed],
            await self._floor_body(buyer, agreed[0], site, eggs, day),
        )

    async def _agreement(self, buyer_id: str, key: str, commodity_id: str) -> Any:
        today = clock.day(clock.now())
        line = {
            "commodity_id": commodity_id,
            "grade": "medium",
            "period": "month",
            "quota": {"value": "99999", "unit": "ton"},
            "price": {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
        }
        agreed = await self.post(
            "/v1/agreements",
            {
                "buyer_id": buyer_id,
                "starts_on": today.isoformat(),
                "ends_on": (today + timedelta(days=40)).isoformat(),
                "lines": [line],
            },
        )
        await self.post(f"/v1/agreements/{agreed['id']}/propose")
        await self.post(f"/v1/agreements/{agreed['id']}/confirm", key=key)
        return agreed

    async def _floor_body(
        self, buyer: Any, agreed: Any, site: Any, eggs: Any, day: str
    ) -> dict[str, Any]:
        connection = await asyncpg.connect(self.superuser_url)
        line_id = decode("agl", agreed["lines"][0]["id"])
        period = await connection.fetchval(
            "SELECT id FROM quota_periods WHERE line_id = $1 AND $2::text::date "
            "BETWEEN period_start AND period_end",
            line_id,
            day,
        )
        await connection.close()
        return {
            "buyer_id": str(decode("pty", buyer["id"])),
            "agreement_id": str(decode("agr", agreed["id"])),
            "site_id": str(decode("sit", site["id"])),
            "commodity_id": str(decode("com", eggs["id"])),
            "line_id": str(line_id),
            "period_id": str(period),
            "grade": "medium",
            "quantity": "1",
            "deliver_on": day,
        }
