"""A storefront mirrors 100 000 listings through the change feed while they change.

``python -m bench.mirror [listings]``: fills the shelf, follows ``?updated_since=`` page by page over
HTTP while other hands edit, pause, publish and sell out, and in the end holds the mirror against
the shelf. Says how long it took, and fails when the two differ.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import uvloop

from app.core.ids import decode, encode, new_id
from app.parties.bootstrap import operator_key
from bench import servers, shelf
from bench.__main__ import SECRET, postgres
from bench.seed import Seeder

HANDS = 4
SINCE = "2026-01-01T00:00:00Z"


class Mirror:
    """A storefront's copy of the shelf."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.copy: dict[str, Any] = {}
        self.cursor: str | None = None
        self.entries = self.pages = 0

    async def follow(self) -> None:
        """Read the feed until it has nothing more to say."""
        while True:
            asked = {"updated_since": SINCE, "limit": "100"}
            if self.cursor:
                asked["cursor"] = self.cursor
            answer = await self.http.get("/v1/listings", params=asked)
            page = orjson.loads(answer.raise_for_status().content)
            self.cursor = page["next_cursor"]
            for item in page["data"]:
                if item.get("deleted"):
                    self.copy.pop(item["id"], None)
                else:
                    self.copy[item["id"]] = item
            self.entries += len(page["data"])
            self.pages += 1
            if not page["data"]:
                return


async def change(http: httpx.AsyncClient, key: str, ids: list[str], stop: asyncio.Event) -> int:
    """Change listings at random until told to stop; how many changes were accepted."""
    dice, done = random.Random(id(ids)), 0
    auth = {"authorization": f"Bearer {key}"}
    while not stop.is_set():
        path = f"/v1/listings/{dice.choice(ids)}"
        match dice.randrange(3):
            case 0:
                headers = auth | {"if-match": "*"}
                price = {"price": {"amount": str(dice.randrange(1000, 90_000))}}
                answer = await http.patch(path, json=price, headers=headers)
            case _:
                verb = dice.choice(["pause", "publish"])
                headers = auth | {"idempotency-key": new_id().hex}
                answer = await http.post(f"{path}/{verb}", json={}, headers=headers)
        assert answer.status_code < 500, answer.text
        done += answer.status_code < 300
    return done


async def story(port: int, key: str, superuser: str, count: int) -> None:
    """Fill, mirror while it changes, compare."""
    seeder = Seeder(f"http://127.0.0.1:{port}", key, superuser)
    maker = await seeder.post(
        "/v1/parties", {"name": "Dapur Contoh", "roles": ["seller"], "seller_kind": "umkm"}
    )
    for kind in ("pirt", "halal"):
        licence = {"kind": kind, "number": "CONTOH", "valid_from": "2026-01-01"}
        filed = await seeder.post(f"/v1/parties/{maker['id']}/licences", licence)
        path = f"/v1/parties/{maker['id']}/licences/{filed['id']}/verify"
        await seeder.post(path, {"outcome": "valid"})
    connection = await asyncpg.connect(superuser)
    await shelf.fill(connection, decode("pty", maker["id"]), 0, count)
    ids = [encode("lst", r["id"]) for r in await connection.fetch("SELECT id FROM listings")]
    mirror, stop = Mirror(seeder.http), asyncio.Event()
    hands = [
        asyncio.create_task(change(seeder.http, key, ids[n::HANDS], stop)) for n in range(HANDS)
    ]
    started = time.perf_counter()
    await mirror.follow()
    first = time.perf_counter() - started
    print(f"the whole shelf: {mirror.entries:,} entries, {mirror.pages:,} pages in {first:.1f} s")
    for _ in range(10):
        await asyncio.sleep(0.5)
        await mirror.follow()
    stop.set()
    changed = sum(await asyncio.gather(*hands))
    await mirror.follow()
    cards = await connection.fetch("SELECT card FROM shelf WHERE card IS NOT NULL")
    wanted = {item["id"]: item for item in (orjson.loads(row["card"]) for row in cards)}
    await connection.close()
    await seeder.http.aclose()
    print(f"{changed:,} changes meanwhile; the mirror has {len(mirror.copy):,} listings")
    if mirror.copy != wanted:
        sys.exit("the mirror is not the shelf")
    print("the mirror is the shelf, listing by listing")


def main() -> None:
    """Tell the story in a fresh temporary cluster."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(tempfile.mkdtemp(prefix="btc-bench-log-"))
        port, _ = stack.enter_context(
            servers.ours(cluster.url("btc_service"), SECRET, logs / "ours.log")
        )
        uvloop.run(story(port, key, cluster.url("postgres"), count))
        shutil.rmtree(logs)


if __name__ == "__main__":
    main()
