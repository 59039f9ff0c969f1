"""Importing 10 000 rows: new products, then other prices and stock of all of them; then as many
published listings, each of whose rows on the shelf is made anew.

Runs the real service over an embedded Postgres with durability on, in a temporary folder; the
worker and the API share one process, as with `btc serve`. Meanwhile the shelf is read without
pause: its longest wait says how long the worker holds the process.
``python -m bench.imports [rows]``
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from pydantic import SecretStr

from app.access.enter import acting_as_hub
from app.catalog.imports import work
from app.catalog.shelf import refresh
from app.catalog.states import ImportStatus
from app.db import migrate
from app.db.embedded import Cluster
from app.files.sandbox import Sandbox
from app.main import create_app
from app.parties.bootstrap import find_hub, operator_key
from app.settings import Settings

SECRET = "a secret that only the bench knows, long enough"
ROWS = 10_000
_HEAD = "kode produk;nama;deskripsi;kategori;harga;satuan;kode wilayah;rasa;sku;stok"


def sheet(rows: int, price: int, stock: int, *, of: str = "P", each: int = 2) -> bytes:
    """*rows* rows, *each* of them variants of one product; codes and skus begin with *of*."""
    lines = [_HEAD]
    for n in range(rows):
        what = "Kain katun primis, pewarna alam, dibuat di rumah (contoh)."
        code, sku = f"{of}{n // each:06}", f"SKU-{of}{n:06}"
        tail = f"35.72.02.1005;rasa {n % each};{sku};{stock + n % 50}"
        lines.append(f"{code};Batik contoh {code};{what};clothing;{price};pcs;{tail}")
    return "\r\n".join(lines).encode()


class Bench:
    """One seller on a running service."""

    def __init__(self, app: Any, http: httpx.AsyncClient, key: str) -> None:
        self.app, self.http, self.key = app, http, key
        self.gaps: list[float] = []

    async def post(self, path: str, **sent: Any) -> Any:
        """The body of a POST that must succeed."""
        headers = {"authorization": f"Bearer {self.key}", "idempotency-key": uuid4().hex}
        answer = await self.http.post(path, headers=headers | sent.pop("headers", {}), **sent)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def reading(self) -> None:
        """Read the shelf without pause."""
        while True:
            started = time.perf_counter()
            answer = await self.http.get("/v1/listings")
            assert answer.status_code == 200
            self.gaps.append(time.perf_counter() - started)
            await asyncio.sleep(0.002)

    async def publish(self, owner: str) -> int:
        """Put all of the seller's listings on the shelf, as if all had been curated; how many."""
        connection = await asyncpg.connect(owner)
        rows = await connection.fetch("UPDATE listings SET status = 'published' RETURNING id")
        await connection.close()
        ids = [row["id"] for row in rows]
        for n in range(0, len(ids), 1000):
            async with acting_as_hub(self.app.state.database, UUID(int=0), livemode=True) as tx:
                refresh.touch(tx, ids[n : n + 1000])
        return len(ids)

    async def run(self, name: str, data: bytes, sandbox: Sandbox) -> None:
        """Import *data* and say how long its two steps took."""
        sent = await self.post(
            "/v1/imports?dry_run=false", content=data, headers={"content-type": "text/csv"}
        )
        hub = await find_hub(self.app.state.database)
        assert hub is not None
        works = work.Works(self.app.state.database, self.app.state.files, sandbox, hub)
        took = []
        reader = asyncio.create_task(self.reading())
        for status in (ImportStatus.VALIDATING, ImportStatus.APPLYING):
            started = time.perf_counter()
            assert await work.step(works, status, livemode=True)
            took.append(time.perf_counter() - started)
        reader.cancel()
        authorization = {"authorization": f"Bearer {self.key}"}
        made = (await self.http.get(f"/v1/imports/{sent['id']}", headers=authorization)).json()
        assert made["status"] == "done", made
        rows, gaps = made["rows"], sorted(self.gaps)
        self.gaps = []
        print(
            f"{name}: validated in {took[0]:.2f} s ({rows / took[0]:,.0f} rows/s), applied in "
            f"{took[1]:.2f} s ({rows / took[1]:,.0f} rows/s); {len(gaps)} reads meanwhile, median "
            f"{gaps[len(gaps) // 2] * 1000:.1f} ms, longest {gaps[-1] * 1000:.0f} ms"
        )


async def measure(cluster: Cluster, folder: Path, rows: int) -> None:
    """The service on *cluster*, and the imports."""
    url = cluster.url("btc_service")
    operator = await operator_key(url, SECRET)
    settings = Settings(
        database_url=SecretStr(url),
        secret=SecretStr(SECRET),
        file_store=f"file://{folder}-files",
        log_level="error",
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            bench = Bench(app, http, operator)
            body = {"name": "Dapur Contoh", "roles": ["seller"], "seller_kind": "umkm"}
            party = await bench.post("/v1/parties", json=body)
            key = await bench.post("/v1/api-keys", json={"party_id": party["id"]})
            bench.key = key["key"]
            one = partial(sheet, rows, of="Q", each=1)
            sandbox = Sandbox(work.LIMITS)
            try:
                await bench.run("new", sheet(rows, 15000, 10), sandbox)
                await bench.run("changed", sheet(rows, 16000, 20), sandbox)
                await bench.run("new, one variant each", one(15000, 10), sandbox)
                print(f"published: {await bench.publish(cluster.url('postgres')):,} listings")
                await bench.run("changed, published", one(16000, 20), sandbox)
            finally:
                await sandbox.close()


def main() -> None:
    """Measure on a fresh database."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    base = "/var/tmp" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="btc-bench-", dir=base))
    try:
        with Cluster(folder) as cluster:
            migrate.upgrade(cluster.url("btc_owner"))
            asyncio.run(measure(cluster, folder, rows))
    finally:
        for made in (folder, Path(f"{folder}-files")):
            shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    main()
