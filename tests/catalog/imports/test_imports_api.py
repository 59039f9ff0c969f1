"""Sheets over HTTP: what becomes of good ones, of bad ones, and who may see which."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from app.core.ids import decode
from tests.api import Api, Party
from tests.catalog.imports.sending import (
    HEAD,
    XLSX,
    csv_of,
    imported,
    row,
    send,
    work_off,
    xlsx_of,
)
from tests.catalog.listing_helpers import listing
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


async def mine(seller: Api, **query: Any) -> dict[str, Any]:
    """The seller's listings by their code."""
    found = await seller.read("/v1/listings", mine="true", limit=100, **query)
    return {one["external_reference"]: one for one in found["data"]}


async def test_a_dry_run_says_what_would_happen_and_leaves_nothing(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row("A"), row("B")]))
    assert made["status"] == "ready"
    assert (made["rows"], made["read"], made["creates"], made["applied"]) == (2, 2, 2, 0)
    assert made["allowed_actions"] == ["apply", "cancel"]
    assert await mine(seller) == {}


async def test_what_was_looked_at_is_applied_when_asked(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row("A"), row("B", Stok="0")]))
    assert (await seller.do(f"/v1/imports/{made['id']}/apply"))["status"] == "applying"
    await work_off(app)
    done = await seller.read(f"/v1/imports/{made['id']}")
    assert (done["status"], done["applied"], done["creates"]) == ("done", 2, 2)
    found = await mine(seller)
    assert found["A"]["status"] == "draft"
    assert found["A"]["price"]["amount"] == "15000"
    assert found["A"]["variants"][0]["stock"]["on_hand"] == {"value": "10", "unit": "pcs"}
    assert found["B"]["variants"][0]["stock"]["on_hand"]["value"] == "0"


async def test_without_a_dry_run_a_good_file_is_applied_at_once(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row("A")]), dry_run="false")
    assert made["status"] == "done"
    assert set(await mine(seller)) == {"A"}


async def test_rows_of_one_code_are_one_listing(app: Any, seller: Party) -> None:
    rows = [row("A", Warna="biru"), row("A", Warna="merah", Harga="17000")]
    await imported(app, seller, csv_of(rows), dry_run="false")
    one = (await mine(seller))["A"]
    assert [v["colour"] for v in one["variants"]] == ["biru", "merah"]
    assert [v["price"]["amount"] for v in one["variants"]] == ["15000", "17000"]
    assert [v["own_price"] for v in one["variants"]] == [False, True]


async def test_a_wrong_row_is_told_with_column_value_and_what_is_expected(
    app: Any, seller: Party
) -> None:
    rows = [row("A"), row("B", Harga="lima belas"), row("C", Kategori="keripk")]
    made = await imported(app, seller, csv_of(rows), dry_run="false")
    assert (made["status"], made["invalid"], made["applied"]) == ("failed", 2, 0)
    first, second = made["problems"]
    assert first["row"] == 3
    told = first["errors"][0]
    assert (told["column"], told["field"], told["value"]) == ("Harga", "price", "lima belas")
    assert told["message"]["id"] == "Isi ini bukan angka."
    assert "15000" in told["expected"]["id"]
    assert "keripik" in second["errors"][0]["message"]["id"]
    assert await mine(seller) == {}


async def test_skip_writes_the_good_products_and_hands_back_the_bad(
    app: Any, seller: Party
) -> None:
    rows = [row("A"), row("B", Harga="x", Warna="biru"), row("B", Warna="merah")]
    made = await imported(app, seller, csv_of(rows), dry_run="false", on_error="skip")
    assert made["status"] == "partly_failed"
    assert (made["invalid"], made["held"], made["applied"]) == (1, 1, 1)
    assert set(await mine(seller)) == {"A"}
    sheet = await seller.get(f"/v1/imports/{made['id']}/corrections", format="csv")
    lines = sheet.text.removeprefix("\ufeff").split("\r\n")
    assert lines[0].endswith("Warna;Masalah")
    assert lines[1].startswith("B;Batik B;clothing;x;")
    assert "Harga: Isi ini bukan angka." in lines[1]
    again = sheet.content.replace(b";x;", b";12000;")
    fixed = await imported(app, seller, again, dry_run="false")
    assert fixed["status"] == "done"
    assert set(await mine(seller)) == {"A", "B"}


async def test_corrections_as_a_workbook(app: Any, seller: Party) -> None:
    data = xlsx_of([HEAD, ["007", "Nama", "clothing", -5, "pcs", "35.72", 1.125]])
    made = await imported(app, seller, data, XLSX)
    assert made["problems"][0]["errors"][0]["code"] == "out_of_range"
    answer = await seller.get(f"/v1/imports/{made['id']}/corrections")
    assert answer.headers["content-type"] == XLSX
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEAD, "Masalah"]
    assert rows[1][0] == "007"
    assert rows[1][3] == "-5"
    assert rows[1][6] == "1,125"


async def test_the_same_key_twice_is_one_import(app: Any, seller: Party, owner: Any) -> None:
    key, data = uuid4().hex, csv_of([row("A")])
    first, second = [await send(seller, data, key=key) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    count = "SELECT count(*) FROM imports WHERE seller_id = $1"
    assert await owner.fetchval(count, decode("pty", seller.id)) == 1


async def test_a_strangers_import_is_not_there(app: Any, hub: Api, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row("A", Harga="x")]))
    other = await hub.party("seller")
    for path in ("", "/problems", "/corrections"):
        problem(await other.get(f"/v1/imports/{made['id']}{path}"), 404, "not_found")
    for verb in ("apply", "cancel"):
        problem(await other.post(f"/v1/imports/{made['id']}/{verb}"), 404, "not_found")
    assert (await other.read("/v1/imports"))["data"] == []
    assert [i["id"] for i in (await seller.read("/v1/imports"))["data"]] == [made["id"]]


async def test_the_hub_imports_for_a_seller_and_answers_for_it(
    app: Any, hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    problem(await send(hub, csv_of([row("A")])), 422, "validation_failed")
    await imported(app, hub, csv_of([row("A")]), dry_run="false", seller_id=seller.id)
    made = (await mine(seller))["A"]
    history = "SELECT party_id FROM history WHERE object_id = $1"
    who = await owner.fetchval(history, decode("lst", made["id"]))
    hub_id = await owner.fetchval("SELECT id FROM parties WHERE 'operator' = ANY (roles)")
    assert who == hub_id
    problem(await send(seller, b"x", seller_id=(await hub.party("seller")).id), 403, "forbidden")


async def test_a_cancelled_import_stays_so(app: Any, seller: Party) -> None:
    sent = (await send(seller, csv_of([row("A")]), dry_run="false")).json()
    assert (await seller.do(f"/v1/imports/{sent['id']}/cancel"))["status"] == "cancelled"
    assert await work_off(app) == 0
    problem(await seller.post(f"/v1/imports/{sent['id']}/apply"), 409, "wrong_state")


async def test_submit_asks_for_curation_where_the_licences_are_there(
    app: Any, seller: Party
) -> None:
    rows = [row("A"), row("K", Kategori="Keripik")]
    made = await imported(app, seller, csv_of(rows), dry_run="false", submit="true")
    assert made["submitted"] == 1
    assert [(x["category"], x["listings"]) for x in made["lacking"]] == [("snacks.chips", 1)]
    found = await mine(seller)
    assert {code: one["status"] for code, one in found.items()} == {"A": "submitted", "K": "draft"}
    assert found["A"]["version"] == 2


async def test_problems_are_paged(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row(f"P{n}", Harga="x") for n in range(25)]))
    assert len(made["problems"]) == 20
    first = await seller.read(f"/v1/imports/{made['id']}/problems", limit=10)
    rest = await seller.read(
        f"/v1/imports/{made['id']}/problems", limit=100, cursor=first["next_cursor"]
    )
    assert [p["row"] for p in first["data"] + rest["data"]] == list(range(2, 27))


async def test_a_file_that_is_none_says_so(app: Any, seller: Party) -> None:
    made = await imported(app, seller, b"PK nothing", XLSX)
    assert made["status"] == "failed"
    assert made["problem"]["errors"][0]["code"] == "not_xlsx"
    made = await imported(app, seller, b"Kode produk;Harga grosr;Nama\nA;1;B\n")
    told = made["problem"]["errors"][0]
    assert told["code"] == "heading_unknown"
    assert "Harga grosir" in told["message"]["id"]


async def test_a_listing_without_a_code_is_named_by_its_id(
    app: Any, hub: Api, seller: Party
) -> None:
    one = await listing(seller, hub)
    data = f"kode produk;harga\n{one['id']};99000\n".encode()
    made = await imported(app, seller, data, dry_run="false")
    assert (made["status"], made["updates"]) == ("done", 1)
    after = await seller.read(f"/v1/listings/{one['id']}")
    assert after["price"]["amount"] == "99000"
    assert after["external_reference"] is None
