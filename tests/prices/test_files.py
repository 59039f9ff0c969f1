"""Readings sent as a CSV file: all of them or none, and every wrong line is named."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.prices.files import MOST_ROWS, Sheet, sheet_of
from tests.api import Api
from tests.prices.sending import ago, days, record, send, series

pytestmark = pytest.mark.anyio


async def test_a_file_is_recorded(hub: Api) -> None:
    made = (await series(hub))["id"]
    await record(hub, made, (ago(3), "26400"), (ago(2), "26500"))
    lines = (
        "read_on,amount,note",
        f'{ago(1)},26650.50,"minggu, naik"',
        "",
        f"{ago(2)},26500,",
        f"{ago(3)},26450,salah ketik",
    )
    answer = await send(hub, made, "\n".join(lines))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["recorded"], told["corrected"], told["unchanged"]) == (1, 1, 1)
    assert told["newest"]["note"] == "minggu, naik"
    assert await days(hub, made) == [
        (ago(1), 1, "26650.5"),
        (ago(2), 1, "26500"),
        (ago(3), 2, "26450"),
    ]


async def test_a_wrong_line_keeps_all_of_it_out_and_is_named(hub: Api) -> None:
    made = (await series(hub))["id"]
    lines = ("read_on;amount", f"{ago(1)};26500", f"{ago(2)};26.500", "1 Nov;26500", f"{ago(4)};")
    answer = await send(hub, made, "\r\n".join(lines))
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("line:3/amount", "decimal_text"),
        ("line:4/read_on", "date_parsing"),
        ("line:5/amount", "missing"),
    ]
    assert await days(hub, made) == []


async def test_the_rules_of_recording_hold_with_the_lines_numbers(hub: Api) -> None:
    made = (await series(hub))["id"]
    await record(hub, made, (ago(1), "26500"))
    lines = ("read_on,amount", f"{ago(1)},26600", f"{ago(-1)},1", f"{ago(2)},1", f"{ago(2)},1")
    answer = await send(hub, made, "\n".join(lines))
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("line:2/note", "missing"),
        ("line:3/read_on", "day"),
        ("line:5/read_on", "duplicate"),
    ]


async def test_ten_years_of_days_in_one_file(hub: Api) -> None:
    made = (await series(hub))["id"]
    lines = ["read_on,amount", *(f"{ago(n)},{20000 + n}" for n in range(3650))]
    answer = await send(hub, made, "\n".join(lines))
    assert answer.json()["recorded"] == 3650
    again = await send(hub, made, "\n".join(lines))
    assert (again.json()["unchanged"], again.json()["version"]) == (3650, 2)


def read(tmp_path: Path, data: str | bytes) -> Sheet:
    path = tmp_path / "readings.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return sheet_of(str(path))


def told(sheet: Sheet) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in sheet.wrong]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", ("line:1", "headings")),
        ("read_on,amount\n", ("", "too_short")),
        ("read_on,amount\n\n , \n", ("", "too_short")),
        ("tanggal,harga\n2026-01-01,1", ("line:1", "headings")),
        ("read_on,amount,amount\n2026-01-01,1,1", ("line:1", "headings")),
        ("read_on,amount,unit\n2026-01-01,1,kg", ("line:1", "headings")),
        ("read_on,note\n2026-01-01,x", ("line:1", "headings")),
        ("read_on,amount\n2026-01-01,26,500", ("line:2", "cells")),
        ("read_on,amount,note\n2026-01-01,26,500", ("line:2/note", "number_uncertain")),
        ('read_on,amount\n2026-01-01,1\n2026-01-02,"1', ("line:3", "csv_broken")),
        ("read_on,amount\n2026-01-01,1\x00", ("line:2/amount", "decimal_text")),
        ("read_on,amount\n2026-01-01,1\n".encode("utf-16"), ("", "encoding")),
        (b"read_on,amount,note\n2026-01-01,1,\xe9", ("", "encoding")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, data: str | bytes, expected: tuple[str, str]
) -> None:
    assert told(read(tmp_path, data)) == [expected]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_what_excel_saves_is_read(tmp_path: Path, delimiter: str) -> None:
    lines = (("Note", "READ_ON", " amount "), ("dua\nbaris", "2026-01-01", "26500.50"))
    quoted = [[f'"{cell}"' for cell in line] for line in lines]
    text = "\ufeff" + "\r\n".join(delimiter.join(line) for line in quoted) + "\r\n"
    sheet = read(tmp_path, text)
    assert told(sheet) == []
    (reading,) = sheet.readings
    assert (str(reading.amount), reading.note) == ("26500.50", "dua\nbaris")
    assert (reading.read_on, reading.pointer) == (date(2026, 1, 1), "line:2")


def test_more_rows_than_a_file_may_hold(tmp_path: Path) -> None:
    first = date(1990, 1, 1)
    rows = [f"{first + timedelta(days=n)},1" for n in range(MOST_ROWS)]
    full = "\n".join(["read_on,amount", *rows])
    sheet = read(tmp_path, full)
    assert (len(sheet.readings), told(sheet)) == (MOST_ROWS, [])
    over = read(tmp_path, f"{full}\n1989-12-31,1")
    assert told(over) == [(f"line:{MOST_ROWS + 2}", "too_long")]
