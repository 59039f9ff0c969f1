"""Sheets, orders and workers at the same time, and workers that are killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.access.enter import acting_as_hub
from app.catalog.imports import apply as applying
from app.catalog.imports import work
from app.catalog.variants import stock
from app.catalog.variants.models import StockMovementKind as K
from app.catalog.variants.stock import LEDGER
from app.core.ids import decode, new_id
from app.db.ledger import Entry
from tests.api import Api, Party
from tests.catalog.imports.sending import csv_of, imported, row, send, work_off

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


_kept: list[tuple[UUID, list[Entry]]] = []


@pytest.fixture(autouse=True)
async def given_back(app: Any) -> AsyncIterator[None]:
    """What `reserve` kept goes back: no order's line holds it."""
    yield
    while _kept:
        seller_id, entries = _kept.pop()
        async with acting_as_hub(app.state.database, seller_id, livemode=True) as tx:
            await stock.move(tx, K.RELEASE, entries)


def sheet(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


async def pools_of(owner: asyncpg.Connection, *variants: dict[str, Any]) -> list[Any]:
    """The pools of *variants*, in the order of their ids."""
    ids = [decode("var", variant["id"]) for variant in variants]
    query = "SELECT * FROM stock_pools WHERE variant_id = ANY ($1) ORDER BY id"
    return list(await owner.fetch(query, ids))


async def reserve(app: Any, pools: list[Any], quantity: int) -> None:
    """Keep so much of each of *pools* for one order, as orders do."""
    seller_id = pools[0]["seller_id"]
    async with acting_as_hub(app.state.database, seller_id, livemode=True) as tx:
        entries = [Entry(p["id"], seller_id, new_id(), Decimal(quantity)) for p in pools]
        await stock.move(tx, K.RESERVE, entries)
    _kept.append((seller_id, entries))


async def test_less_than_is_reserved_is_an_error_of_its_row(
    app: Any, hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    await imported(app, seller, csv_of([row("A"), row("B")]), dry_run="false")
    found = {
        one["external_reference"]: one
        for one in (await seller.read("/v1/listings", mine="true"))["data"]
    }
    await reserve(app, await pools_of(owner, found["A"]["variants"][0]), 4)
    data = sheet("kode produk;stok", "A;3", "B;3")
    made = await imported(app, seller, data, dry_run="false", on_error="skip")
    assert (made["status"], made["invalid"], made["applied"]) == ("partly_failed", 1, 1)
    assert made["problems"][0]["errors"][0]["code"] == "stock_reserved"
    assert "4" in made["problems"][0]["errors"][0]["message"]["id"]


@pytest.mark.parametrize("on_error", ["skip", "abort"])
@pytest.mark.parametrize("late", [False, True])
async def test_an_order_between_looking_and_writing_wins(
    app: Any,
    hub: Api,
    seller: Party,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    on_error: str,
    late: bool,
) -> None:
    """Late: between the second look, which holds no pools, and the stock itself."""
    await imported(app, seller, csv_of([row("A"), row("B")]), dry_run="false")
    data = sheet("kode produk;harga;stok", "A;1;3", "B;1;3")
    made = await imported(app, seller, data, on_error=on_error)
    assert made["status"] == "ready"
    listings = (await seller.read("/v1/listings", mine="true"))["data"]
    found = {one["external_reference"]: one for one in listings}
    pools = await pools_of(owner, found["A"]["variants"][0])
    real, ordered = applying.write_stock, []

    async def order_first(*args: Any) -> None:
        if not ordered:
            ordered.append(await reserve(app, pools, 4))
        await real(*args)

    if late:
        monkeypatch.setattr(applying, "write_stock", order_first)
    else:
        await reserve(app, pools, 4)
    await seller.do(f"/v1/imports/{made['id']}/apply")
    await work_off(app)
    after = await seller.read(f"/v1/imports/{made['id']}")
    wanted = {"skip": ("partly_failed", 1, 1), "abort": ("failed", 0, 1)}[on_error]
    assert (after["status"], after["applied"], after["invalid"]) == wanted
    assert after["problems"][0]["errors"][0]["code"] == "stock_reserved"
    now = {
        one["external_reference"]: one["price"]["amount"]
        for one in (await seller.read("/v1/listings", mine="true"))["data"]
    }
    assert now == {"A": "15000", "B": "1" if on_error == "skip" else "15000"}
    (pool,) = await pools_of(owner, found["A"]["variants"][0])
    assert (pool["stock"], pool["reserved"]) == (10, 4)


async def test_orders_that_reserve_meanwhile_neither_deadlock_nor_get_lost(
    app: Any, hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    codes = [f"C{n:02}" for n in range(12)]
    await imported(app, seller, csv_of([row(c, Stok="100") for c in codes]), dry_run="false")
    listings = (await seller.read("/v1/listings", mine="true", limit=100))["data"]
    variants = [one["variants"][0] for one in listings]
    pools = await pools_of(owner, *variants)
    data = sheet("kode produk;stok", *(f"{c};{50 + n}" for n, c in enumerate(reversed(codes))))
    await send(seller, data, dry_run="false")
    orders = [reserve(app, pools[n::2] + pools[: n % 3], 1) for n in range(2)]
    more = [reserve(app, list(reversed(pools)), 1) for _ in range(6)]
    await asyncio.gather(work_off(app), *orders, *more)
    after = await pools_of(owner, *variants)
    assert sum(p["reserved"] for p in after) == 12 + 1 + 6 * 12
    assert sorted(p["stock"] for p in after) == list(range(50, 62))
    async with acting_as_hub(app.state.database, new_id(), livemode=True) as tx:
        assert not set(await LEDGER.drifted(tx)) & {p["id"] for p in after}


async def test_two_files_of_one_seller_at_once(app: Any, seller: Party) -> None:
    for n in range(2):
        rows = [row(f"D{i}", Harga=str(1000 + n)) for i in range(30)]
        await send(seller, csv_of(rows if n else rows[::-1]), dry_run="false")
    await asyncio.gather(work_off(app), work_off(app))
    for _ in range(50):
        ends = {i["status"] for i in (await seller.read("/v1/imports"))["data"]}
        if ends == {"done"}:
            break
        await asyncio.sleep(0.2)
        await work_off(app)
    found = (await seller.read("/v1/listings", mine="true", limit=100))["data"]
    assert ends == {"done"}
    assert len(found) == 30
    assert len({one["price"]["amount"] for one in found}) == 1


async def test_killed_in_the_middle_nothing_is_there_and_it_is_done_again(
    app: Any, seller: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await imported(app, seller, csv_of([row(f"E{n}") for n in range(600)]))
    await seller.do(f"/v1/imports/{made['id']}/apply")
    wrote = asyncio.Event()
    real = applying.write_new

    async def hanging(*args: Any) -> None:
        await real(*args)
        wrote.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(applying, "write_new", hanging)
    task = asyncio.create_task(work_off(app))
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await seller.read("/v1/listings", mine="true"))["data"] == []
    monkeypatch.setattr(applying, "write_new", real)
    await work_off(app)
    after = await seller.read(f"/v1/imports/{made['id']}")
    assert (after["status"], after["applied"]) == ("done", 600)


async def test_killed_while_validating_it_begins_again(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = (await send(seller, csv_of([row("F"), row("G", Harga="x")]))).json()
    began = asyncio.Event()

    async def hanging(*_: Any) -> None:
        began.set()
        await asyncio.sleep(60)

    real = work.weigh
    monkeypatch.setattr(work, "weigh", hanging)
    task = asyncio.create_task(work_off(app))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.setattr(work, "weigh", real)
    await work_off(app)  # somebody may still be at it: left alone for a while
    assert (await seller.read(f"/v1/imports/{sent['id']}"))["status"] == "validating"
    await owner.execute("UPDATE imports SET claimed_until = now() - interval '1 second'")
    await work_off(app)
    after = await seller.read(f"/v1/imports/{sent['id']}")
    assert (after["status"], after["invalid"]) == ("ready", 1)
