"""How long files are kept and tried, and what is recorded of imports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.catalog.imports import apply as applying
from app.catalog.imports import keeping, work
from app.core import clock
from app.core.ids import decode
from app.db.errors import Busy
from app.files.store import FilesUnavailable
from tests.api import Api, Party
from tests.catalog.imports.sending import csv_of, imported, row, send, work_off
from tests.catalog.listing_helpers import in_test_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


async def test_after_seven_days_files_go_and_what_waited_is_cancelled(
    app: Any, seller: Party, owner: asyncpg.Connection
) -> None:
    waiting = await imported(app, seller, csv_of([row("A")]))
    done = await imported(app, seller, csv_of([row("B", Harga="x")]))
    ids = [decode("imp", one["id"]) for one in (waiting, done)]
    names = [r[0] for r in await owner.fetch("SELECT file FROM imports WHERE id = ANY ($1)", ids)]
    assert all([await app.state.files.get(name) for name in names])
    await work_off(app)
    assert all([await app.state.files.get(name) for name in names])
    past = "UPDATE imports SET created_at = created_at - $1::interval WHERE id = ANY ($2)"
    await owner.execute(past, keeping.KEPT + timedelta(minutes=1), ids)
    await work_off(app)
    for name in names:
        assert await app.state.files.get(name) is None
        assert await app.state.files.get(f"{name}.rows") is None
    assert (await seller.read(f"/v1/imports/{waiting['id']}"))["status"] == "cancelled"
    assert (await seller.read(f"/v1/imports/{done['id']}"))["status"] == "failed"
    sheet = await seller.get(f"/v1/imports/{done['id']}/corrections", format="csv")
    assert "bukan angka" in sheet.text


async def test_a_file_that_is_gone_says_so(
    app: Any, seller: Party, owner: asyncpg.Connection
) -> None:
    sent = (await send(seller, csv_of([row("A")]))).json()
    file = await owner.fetchval("SELECT file FROM imports WHERE id = $1", decode("imp", sent["id"]))
    await app.state.files.delete(file)
    await work_off(app)
    made = await seller.read(f"/v1/imports/{sent['id']}")
    assert (made["status"], made["problem"]["code"]) == ("failed", "import_file_gone")


async def test_a_defect_of_ours_ends_after_some_tries(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = (await send(seller, csv_of([row("A")]))).json()

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(work, "weigh", broken)
    for n in range(5):
        assert (await seller.read(f"/v1/imports/{sent['id']}"))["status"] == "validating", n
        await work_off(app)
        await owner.execute("UPDATE imports SET claimed_until = NULL")
    made = await seller.read(f"/v1/imports/{sent['id']}")
    assert (made["status"], made["problem"]["code"]) == ("failed", "import_broken")


async def test_others_in_the_way_are_waited_for_ever_longer_and_not_for_ever(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await imported(app, seller, csv_of([row("A")]))
    await seller.do(f"/v1/imports/{made['id']}/apply")

    async def busy(*_: Any) -> None:
        raise Busy

    monkeypatch.setattr(applying, "write_new", busy)
    import_id, pauses = decode("imp", made["id"]), []
    while (await seller.read(f"/v1/imports/{made['id']}"))["status"] == "applying":
        before = clock.now()
        await work_off(app)
        until = await owner.fetchval("SELECT claimed_until FROM imports WHERE id = $1", import_id)
        pauses += [until - before] if until else []
        await owner.execute("UPDATE imports SET claimed_until = NULL WHERE id = $1", import_id)
        assert len(pauses) < 20
    assert [pause // timedelta(seconds=5) for pause in pauses[:7]] == [1, 2, 4, 8, 16, 32, 64]
    assert timedelta(minutes=50) < sum(pauses, timedelta()) < timedelta(minutes=70)
    after = await seller.read(f"/v1/imports/{made['id']}")
    assert (after["status"], after["problem"]["code"]) == ("failed", "import_held_up")


async def stored(app: Any, owner: asyncpg.Connection, who: Party) -> list[str]:
    """Names of the files of *who* that are remembered, all of which are there."""
    query = "SELECT name FROM import_files WHERE seller_id = $1 ORDER BY name"
    names = [row[0] for row in await owner.fetch(query, decode("pty", who.id))]
    assert all([await app.state.files.get(name) for name in names])
    return names


async def test_files_of_requests_that_were_refused_go_after_a_day(
    app: Any, hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    other = await hub.party("seller")
    data = csv_of([row("A")])
    for query, key in (({"seller_id": other.id}, None), ({}, "\x7f"), ({"on_error": "x"}, None)):
        assert (await send(seller, data, key=key, **query)).status_code in (400, 403, 422)
    kept = await imported(app, seller, csv_of([row("B")]))
    names = await stored(app, owner, seller)
    assert len(names) == 4
    await work_off(app)
    assert await stored(app, owner, seller) == names, "their sender may be trying again"
    await a_day_later(owner, seller)
    await work_off(app)
    assert await stored(app, owner, seller) == []
    query = "SELECT file FROM imports WHERE id = $1"
    file = await owner.fetchval(query, decode("imp", kept["id"]))
    assert [await app.state.files.get(name) is not None for name in names] == [
        name == file for name in names
    ]
    assert (await seller.do(f"/v1/imports/{kept['id']}/apply"))["status"] == "applying"
    await work_off(app)
    assert (await seller.read(f"/v1/imports/{kept['id']}"))["status"] == "done"


async def a_day_later(owner: asyncpg.Connection, who: Party) -> None:
    past = "UPDATE import_files SET asked_at = asked_at - $1::interval WHERE seller_id = $2"
    day = keeping.KEPT_UNUSED + timedelta(minutes=1)
    await owner.execute(past, day, decode("pty", who.id))


async def test_the_same_request_again_neither_leaves_a_file_nor_loses_one(
    app: Any, seller: Party, owner: asyncpg.Connection
) -> None:
    data = csv_of([row("A")])
    first = await send(seller, data, key="again")
    await a_day_later(owner, seller)
    await work_off(app)
    assert await stored(app, owner, seller) == []
    assert (await send(seller, data, key="again")).json() == first.json()
    assert len(await stored(app, owner, seller)) == 1
    await a_day_later(owner, seller)
    await work_off(app)
    file = "SELECT file FROM imports WHERE id = $1"
    name = await owner.fetchval(file, decode("imp", first.json()["id"]))
    assert await app.state.files.get(name) == data


async def test_each_world_has_files_of_its_own(
    app: Any, hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    data, test = csv_of([row("A")]), await in_test_world(hub, seller)
    for who in (seller, test):
        assert (await send(who, data, key="one")).status_code == 202
    assert len(await stored(app, owner, seller)) == 2


async def test_a_store_that_is_away_forgets_nothing(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await send(seller, csv_of([row("A")]), on_error="x")).status_code == 422

    async def away(_: str) -> None:
        raise FilesUnavailable

    await a_day_later(owner, seller)
    with monkeypatch.context() as broken:
        broken.setattr(app.state.files, "delete", away)
        with pytest.raises(FilesUnavailable):
            await work_off(app)
    assert len(await stored(app, owner, seller)) == 1
    await work_off(app)
    assert await stored(app, owner, seller) == []


async def test_a_database_that_is_away_is_waited_for(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = (await send(seller, csv_of([row("A")]))).json()
    real, calls = work.weigh, 0

    async def busy(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls <= 7:
            raise Busy
        await real(*args)

    monkeypatch.setattr(work, "weigh", busy)
    for _ in range(8):
        await work_off(app)
        await owner.execute("UPDATE imports SET claimed_until = NULL")
    assert (await seller.read(f"/v1/imports/{sent['id']}"))["status"] == "ready"


async def test_every_listing_and_step_is_recorded_once(
    app: Any, seller: Party, owner: asyncpg.Connection
) -> None:
    rows = [row("A", Warna="biru"), row("A", Warna="merah"), row("B")]
    await imported(app, seller, csv_of(rows), dry_run="false")
    changes = [{"Kode produk": "A", "Warna": "biru", "Harga": "9", "Stok": "1"}]
    changes.append({"Kode produk": "A", "Warna": "merah", "Harga": "9", "Stok": "10"})
    await imported(app, seller, csv_of(changes), dry_run="false", submit="true")
    events = [e["type"] for e in (await seller.read("/v1/events", limit=100))["data"]]
    told = [e for e in events if not e.startswith(("party.", "api_key."))]
    step = ["import.created", "import.validated", "import.apply_requested", "import.finished"]
    goods = ["listing.created", "listing.created", "listing.edited", "variant.stock_adjusted"]
    assert sorted(told) == sorted([*step, *step, *goods])
    history = """SELECT h.party_id, h.key_id IS NOT NULL AS keyed FROM history h
      WHERE h.object = 'listing' AND h.party_id = $1"""
    acts = await owner.fetch(history, decode("pty", seller.id))
    assert [act["keyed"] for act in acts] == [True] * 3
