"""The demo as a visitor meets it: told once, interrupted, told again; on this day and on others."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from app import demo
from app.core import clock
from app.db.embedded import attach
from app.demo.memory import NAME, Memory
from tests.cli.service import BTC, Service
from tests.db.clusters import wait_until

INTERRUPTED_AT = (b"[ok] ORD-2026-000001", b"(konsolidasi)", b"(pelanggaran suhu)")
"""An early chapter, a late one, and the road: in between nothing may happen twice."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on fresh data."""
    folder = Path(tempfile.mkdtemp(prefix="btc-demo-"))
    folder.chmod(0o755)  # the database's account has to enter it
    made = Service(folder / "data")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


class Teller:
    """Tells the story in this process, on whatever day is wanted."""

    def __init__(self, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
        self.service = service
        self.capsys = capsys
        self.keys_asked = 0

    async def key(self) -> str:
        self.keys_asked += 1
        done = await asyncio.to_thread(self.service.run, "keys", "create", "--operator")
        return done.stdout.strip()

    async def tell(self, *, days: int) -> tuple[int, str]:
        """Exit code and output of a telling so many *days* from today."""
        code = await demo.run(
            self.service.url,
            self.key,
            self.service.folder,
            lambda: clock.now() + timedelta(days=days),
        )
        return code, self.capsys.readouterr().out


async def rows(service: Service) -> dict[str, int]:
    """How many rows every table has, as a superuser sees them."""
    found = attach(service.folder)
    assert found is not None
    connection = await asyncpg.connect(found.url("postgres"))
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        return {
            name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in names
        }
    finally:
        await connection.close()


def begin_and_kill(service: Service, at: bytes) -> None:
    """Run `btc demo --exit` against the running service and kill it where it says *at*."""
    out = service.folder.with_suffix(".demo")
    with out.open("wb") as file:
        process = subprocess.Popen(
            [BTC, "demo", "--exit"],
            env=service.environment(),
            cwd="/",
            stdout=file,
            stderr=subprocess.STDOUT,
        )

    def far_enough() -> bool:
        assert process.poll() is None, out.read_text()
        return at in out.read_bytes()

    try:
        wait_until(far_enough, 60)
    finally:
        process.kill()
        process.wait(10)


def tables_of(counts: dict[str, int], *names: str) -> list[int]:
    return [counts[name] for name in names]


async def test_an_interrupted_demo_goes_on_and_a_finished_one_changes_nothing(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(service, capsys)
    for at in INTERRUPTED_AT:
        begin_and_kill(service, at)
    file = service.folder / NAME
    assert file.stat().st_mode & 0o777 == 0o600

    code, said = await teller.tell(days=1)
    assert code == 0, said
    assert "it goes on where it stopped" in said
    for verdict in ("988 kg accepted", "8 kg downgraded", "0 kg rejected", "4 kg"):
        assert verdict in said
    for outcome in (
        "quota_exceeded",
        "last_reading holds",
        "quota: 1,500 kg",
        "Gini 0.",
        "grade medium, ",
        "(lot gabungan) holds 295.73 kg",
        "8 facts of both shipments",
        "partly accepted: Rp 96,250",
        "4 farms bear Rp 96,250",
        "75 kg received",
        "/10/LOT-2026-",
    ):
        assert outcome in said
    told = await rows(service)
    things = tables_of(told, "orders", "listings", "shipments", "goods_receipts", "agreements")
    assert things == [15, 60, 7, 7, 2]
    assert tables_of(told, "price_series", "price_readings", "quotes") == [3, 9, 3]
    assert tables_of(told, "order_amendments", "agreement_amendments") == [1, 0]

    road = tables_of(told, "legs", "inspections", "claims", "deductions", "recalls", "documents")
    assert road == [2, 1, 1, 8, 1, 5]
    assert tables_of(told, "temperature_breaches", "evidence") == [1, 2]
    papers = sorted(each.name[:3] for each in (service.folder / "demo-documents").glob("*.pdf"))
    assert papers == ["BAS", "DM-", "LBL", "SJ-", "SJ-"]

    for days, how in ((0, "sent again"), (2, "sent again"), (8, "so it only looks")):
        code, said = await teller.tell(days=days)
        assert code == 0, said
        assert "Nothing changed" in said
        assert how in said
        assert await rows(service) == told
    assert teller.keys_asked == 0

    await _without_its_memory(teller, file, told)


async def _without_its_memory(teller: Teller, file: Path, told: dict[str, int]) -> None:
    """A foreign key, unfinished long ago, file lost: it refuses, says why, and makes nothing."""
    memory = Memory.load(file)
    assert memory is not None
    memory.operator_key = "btc_live_of_another_database"
    memory.save()
    code, said = await teller.tell(days=0)
    assert code == 1
    # Eight parties are on their way at once: whichever is refused first is the one named.
    assert re.search(r"^The story stops at: party umkm-\d+$", said, re.MULTILINE), said
    assert "401" in said
    assert '"code":"unauthenticated"' in said

    memory.finished_at = None
    memory.save()
    code, said = await teller.tell(days=4)
    assert (code, "BTC_DATA_DIR=" in said) == (1, True)

    lose(file)
    code, said = await teller.tell(days=0)
    assert (code, "BTC_DATA_DIR=" in said, lost(file)) == (1, True, True)
    changed = {name for name, count in (await rows(teller.service)).items() if count != told[name]}
    assert changed == {"api_keys"}  # the operator's, made to look


def lose(file: Path) -> None:
    file.unlink()


def lost(file: Path) -> bool:
    return not file.exists()
