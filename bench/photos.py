"""`python -m bench.photos`: what a phone's photo costs, and whether others wait for it.

CPU seconds of the service and of its sandbox for a photo of 12 megapixels, uploaded through HTTP;
the longest time the service's event loop stood still, idle and while eight phones send at once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
import tempfile
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import psutil
from PIL import Image

from app.parties.bootstrap import operator_key
from bench.__main__ import SECRET, postgres
from bench.servers import rss_mb, serving

# The service, with a clock in its loop: SIGUSR1 writes down the longest gap since the last one.
_WATCHED = """
import asyncio, signal, sys, uvicorn
from pathlib import Path
from app.main import create_app
from app.settings import Settings
config = uvicorn.Config(create_app(Settings()), port=int(sys.argv[1]), log_config=None,
                        access_log=False, server_header=False)
async def main():
    loop, longest, told = asyncio.get_running_loop(), 0.0, Path(__import__("os").environ["GAPS"])
    def tell():
        nonlocal longest
        told.write_text(str(longest))
        longest = 0.0
    loop.add_signal_handler(signal.SIGUSR1, tell)
    async def watch():
        nonlocal longest
        while True:
            before = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - before - 0.001)
    watching = asyncio.create_task(watch())
    await uvicorn.Server(config).serve()
    watching.cancel()
import uvloop
uvloop.run(main())
"""
PHONES = 8
ROUNDS = 8


class Cpu(NamedTuple):
    """CPU seconds so far."""

    service: float
    sandbox: float


class Bench:
    """A running service, and a seller with listings."""

    def __init__(self, client: httpx.AsyncClient, key: str, pid: int, gaps: Path) -> None:
        self.client, self.key, self.gaps = client, key, gaps
        self.process = psutil.Process(pid)
        self.seller = ""
        self.listing = ""

    async def post(self, path: str, key: str, body: object) -> dict[str, str]:
        """The answer to a command that must succeed."""
        headers = {"authorization": f"Bearer {key}", "idempotency-key": uuid4().hex}
        answer = await self.client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        made: dict[str, str] = answer.json()
        return made

    async def open(self) -> None:
        """A seller, and a draft for its photos."""
        asked = {"name": "Contoh", "roles": ["seller"], "seller_kind": "producer"}
        party = await self.post("/v1/parties", self.key, asked)
        made = await self.post("/v1/api-keys", self.key, {"party_id": party["id"]})
        self.seller = made["key"]

    async def draft(self) -> None:
        """A listing without photos."""
        price = {"amount": "15000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}}
        body = {"title": "Keripik", "category": "household", "price": price, "unit": "pcs"}
        body["origin_region_code"] = "35.72.02.1005"
        self.listing = (await self.post("/v1/listings", self.seller, body))["id"]

    async def upload(self, photo: bytes) -> float:
        """Send *photo*, as if it were new; seconds until the answer."""
        headers = {
            "authorization": f"Bearer {self.seller}",
            "idempotency-key": uuid4().hex,
            "content-type": "image/jpeg",
        }
        began = time.perf_counter()
        answer = await self.client.post(
            f"/v1/listings/{self.listing}/photos", content=photo + uuid4().bytes, headers=headers
        )
        assert answer.status_code == 201, answer.text
        return time.perf_counter() - began

    def cpu(self) -> Cpu:
        """Of the service and of its sandbox's processes."""
        own = self.process.cpu_times()
        below = [child.cpu_times() for child in self.process.children(recursive=True)]
        return Cpu(own.user + own.system, sum(times.user + times.system for times in below))

    async def gap(self) -> float:
        """The longest gap in the service's loop since this was asked last, in milliseconds."""
        self.gaps.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        for _ in range(1000):
            if self.gaps.exists() and (said := self.gaps.read_text()):
                return float(said) * 1000
            await asyncio.sleep(0.01)
        raise RuntimeError("the service does not answer")


def phone_photo() -> bytes:
    """12 megapixels with the detail that makes a phone's file some 4 MB."""
    width, height = 4032, 3024
    random.seed(12)
    coarse = Image.effect_noise((width // 16, height // 16), 90).resize((width, height))
    fine = Image.effect_noise((width, height), 28)
    grey = Image.blend(coarse, fine, 0.4)
    colour = Image.effect_noise((width // 64, height // 64), 80).resize((width, height))
    picture = Image.merge("YCbCr", (grey, colour, colour.transpose(Image.Transpose.ROTATE_180)))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=88, exif=exif)
    return data.getvalue()


async def run(address: str, pid: int, key: str, gaps: Path) -> list[str]:
    """Measure; lines to print."""
    photo = phone_photo()
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        bench = Bench(client, key, pid, gaps)
        await bench.open()
        await bench.draft()
        await bench.upload(photo)  # the sandbox starts with the first
        await bench.gap()
        await asyncio.sleep(1)
        idle, memory, before = await bench.gap(), rss_mb(pid), bench.cpu()
        alone = [await bench.upload(photo) for _ in range(ROUNDS)]
        after, one_gap = bench.cpu(), await bench.gap()
        await bench.draft()
        together = await asyncio.gather(*(bench.upload(photo) for _ in range(PHONES)))
        all_gap, memory_after = await bench.gap(), rss_mb(pid)
        sandbox = max(child.memory_info().rss for child in bench.process.children()) / 2**20
    service, below = ((a - b) / ROUNDS for a, b in zip(after, before, strict=True))
    return [
        f"a photo of 12 megapixels, {len(photo) / 1e6:.1f} MB, {os.cpu_count()} cores",
        f"CPU a photo: {service + below:.3f} s (service {service:.3f} s, sandbox {below:.3f} s)",
        f"alone: {statistics.median(alone):.2f} s until the answer (median of {ROUNDS})",
        f"{PHONES} at once: {max(together):.2f} s until the last answer",
        f"longest gap of the loop: idle {idle:.1f}, alone {one_gap:.1f}, {PHONES} {all_gap:.1f} ms",
        f"memory of the service: {memory:.0f} MB before, {memory_after:.0f} MB after",
        f"memory of a process of the sandbox: {sandbox:.0f} MB",
    ]


def main() -> None:
    """Run and report."""
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-photos-")))
        environment = {
            "BTC_DATABASE_URL": cluster.url("btc_service"),
            "BTC_SECRET": SECRET,
            "BTC_DATA_DIR": str(folder / "data"),
            "GAPS": str(folder / "gaps"),
        }
        port, pid = stack.enter_context(serving(_WATCHED, folder / "log", **environment))
        address = f"http://127.0.0.1:{port}"
        print("\n".join(asyncio.run(run(address, pid, key, folder / "gaps"))))


if __name__ == "__main__":
    main()
