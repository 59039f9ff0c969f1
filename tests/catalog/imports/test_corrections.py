"""What was not written: handed back whole, and what an owner may do with a file's good rows."""

from __future__ import annotations

import csv
import io
from typing import Any

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from app.core.ids import decode
from tests.api import Api, Party
from tests.catalog.imports.sending import csv_of, imported, row, work_off
from tests.catalog.imports.test_imports_api import mine
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

ROWS = [
    row("A"),
    row("B", Harga="x", Warna="biru"),
    row("C"),
    row("B", Warna="merah"),
    row("B", Warna="biru"),
]


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


async def corrections(seller: Party, made: dict[str, Any]) -> list[tuple[str, str]]:
    """Product code and problem of each row that is handed back."""
    sheet = await seller.get(f"/v1/imports/{made['id']}/corrections", format="csv")
    assert sheet.status_code == 200, sheet.text
    text = io.StringIO(sheet.content.decode("utf-8-sig"), newline="")
    return [(one["Kode produk"], one["Masalah"]) for one in csv.DictReader(text, delimiter=";")]


async def test_an_aborted_file_is_handed_back_whole_and_can_be_sent_again(
    app: Any, seller: Party
) -> None:
    made = await imported(app, seller, csv_of(ROWS), dry_run="false")
    assert (made["status"], made["invalid"], made["held"]) == ("failed", 2, 1)
    found = await corrections(seller, made)
    assert [code for code, _ in found] == ["A", "B", "C", "B", "B"]
    assert [bool(why) for _, why in found] == [False, True, False, True, True]
    assert "baris 3 di berkas asal" in found[4][1]
    path = f"/v1/imports/{made['id']}/corrections"
    book = CalamineWorkbook.from_filelike(io.BytesIO((await seller.get(path)).content))
    assert [line[0] for line in book.get_sheet_by_index(0).to_python()[1:]] == list("ABCBB")
    sheet = (await seller.get(path, format="csv")).content
    fixed = sheet.replace(b";x;", b";9000;").replace(b"merah", b"hijau", 1)
    lines = fixed.rstrip().rsplit(b"\r\n", 1)[0]  # the variant that was there twice
    again = await imported(app, seller, lines, dry_run="false")
    assert again["status"] == "done", again["problems"]
    assert set(await mine(seller)) == {"A", "B", "C"}


async def test_what_was_skipped_is_handed_back_alone(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of(ROWS), dry_run="false", on_error="skip")
    assert (made["status"], made["applied"]) == ("partly_failed", 2)
    assert [code for code, _ in await corrections(seller, made)] == ["B", "B", "B"]


async def test_an_aborted_file_that_is_gone_is_not_handed_back_in_part(
    app: Any, seller: Party, owner: asyncpg.Connection
) -> None:
    made = await imported(app, seller, csv_of(ROWS), dry_run="false")
    query = "SELECT file FROM imports WHERE id = $1"
    name = await owner.fetchval(query, decode("imp", made["id"]))
    await app.state.files.delete(f"{name}.rows")
    answer = await seller.get(f"/v1/imports/{made['id']}/corrections")
    problem(answer, 404, "import_file_gone")


async def test_after_a_dry_run_the_good_rows_may_be_written_without_the_bad(
    app: Any, seller: Party
) -> None:
    made = await imported(app, seller, csv_of(ROWS))
    assert (made["status"], made["allowed_actions"]) == ("ready", ["apply", "cancel"])
    assert [code for code, _ in await corrections(seller, made)] == ["A", "B", "C", "B", "B"]
    path = f"/v1/imports/{made['id']}/apply"
    for body in (None, {}, {"on_error": "abort"}):
        told = problem(await seller.post(path, body), 409, "import_has_wrong_rows")
        assert "on_error" in told["detail"]
    for body in ({"on_eror": "skip"}, {"on_error": "maybe"}, [1]):
        assert (await seller.post(path, body)).status_code == 422, body
    assert (await seller.do(path, {"on_error": "skip"}))["on_error"] == "skip"
    await work_off(app)
    done = await seller.read(f"/v1/imports/{made['id']}")
    assert (done["status"], done["applied"]) == ("partly_failed", 2)
    assert set(await mine(seller)) == {"A", "C"}
    assert [code for code, _ in await corrections(seller, done)] == ["B", "B", "B"]
    problem(await seller.post(path, {"on_error": "skip"}), 409, "wrong_state")


async def test_a_dry_run_without_a_good_row_has_failed(app: Any, seller: Party) -> None:
    made = await imported(app, seller, csv_of([row("B", Harga="x")]))
    assert (made["status"], made["allowed_actions"]) == ("failed", [])
