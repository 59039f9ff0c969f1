"""The terms of lines as an amendment makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.agreements.amendments.rules import Line, amended, changes, held
from app.agreements.amendments.schemas import AmendedLineIn
from app.agreements.commands.lines import check_named_series, terms_columns
from app.agreements.commands.write import check_window
from app.core.consent import nothing_changes
from app.core.errors import invalid, missing
from app.core.ids import new_id
from app.db.tx import Tx


@dataclass(frozen=True)
class Amended:
    """A line that becomes different: its row, the columns of its new terms, what differs."""

    row: Row[Any]
    columns: dict[str, Any]
    changes: list[dict[str, Any]]


async def amended_lines(
    tx: Tx, lines: Sequence[Row[Any]], asked: Sequence[AmendedLineIn]
) -> list[Amended]:
    """Those of *lines* (at their latest terms) that *asked* makes different.

    Raises NotFound for a line that is not the agreement's, Invalid for terms that cannot be meant.
    """
    by_id = {line.id: line for line in lines}
    found, named, seen = [], [], set[UUID]()
    for n, said in enumerate(asked):
        pointer = f"/lines/{n}"
        row = by_id.get(said.line_id)
        if row is None:
            raise missing(
                f"{pointer}/line_id",
                "The agreement has no such line.",
                "Kontrak tidak memuat baris ini.",
            )
        if row.id in seen:
            raise invalid(
                f"{pointer}/line_id",
                "duplicate",
                "This line is named twice; put its changes into one.",
                "Baris ini disebut dua kali; gabungkan perubahannya.",
            )
        seen.add(row.id)
        before = held(row)
        after = amended(before, said.said())
        differing = changes(row.id, before, after)
        if not differing:
            continue
        columns = terms_columns(after, row.base_unit, pointer)
        if _meant(columns) != _meant(terms_columns(before, row.base_unit, pointer)):
            found.append(Amended(row, columns, differing))
            named.append((after, row.commodity_id, pointer))
    await check_named_series(tx, named)
    return found


_ENTERED = {
    "entered_value",
    "entered_unit",
    "unit_factor",
    "price_amount",
    "price_per_value",
    "price_per_unit",
    "price_per",
}


def _meant(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What terms come to, however they were written: 5 ton are 5000 kg."""
    kept = {name: value for name, value in columns.items() if name not in _ENTERED}
    return kept | {"price": Fraction(columns["price_amount"]) / Fraction(columns["price_per"])}


def check_differs(asked: Sequence[AmendedLineIn], amended: Sequence[Amended]) -> None:
    """Raises Invalid for a line that is named in *asked* and would stay as it is."""
    different = {line.row.id for line in amended}
    for n, said in enumerate(asked):
        if said.line_id not in different:
            raise nothing_changes(f"/lines/{n}")


def said(stored: Sequence[dict[str, Any]]) -> list[AmendedLineIn]:
    """What the ``changes`` of an amendment say of its lines, as it was asked."""
    of_lines = [change for change in stored if change["line_id"] is not None]
    return [
        AmendedLineIn(line_id=line_id, **{c["field"]: c["after"] for c in group})
        for line_id, group in groupby(of_lines, lambda change: change["line_id"])
    ]


def all_lines(lines: Sequence[Row[Any]], found: Sequence[Amended]) -> list[Line]:
    """Every line, with what its terms will be where they become different."""
    after = {line.row.id: line.columns for line in found}
    return [Line(row, after.get(row.id)) for row in lines]


def version(amendment: Row[Any], line: Amended) -> dict[str, Any]:
    """The row of the line's new terms: one version higher, from the amendment's day on."""
    row = line.row
    return {
        "id": new_id(),
        "line_id": row.id,
        "agreement_id": row.agreement_id,
        "buyer_id": row.buyer_id,
        "livemode": row.livemode,
        "version": row.version + 1,
        "valid_from": amendment.effective_on,
        "amendment_id": amendment.id,
        **line.columns,
    }


def check_days(
    tx: Tx,
    agreement: Row[Any],
    lines: Sequence[Row[Any]],
    effective_on: date,
    ends_on: date | None,
) -> None:
    """Raises Invalid for a day that has begun, lies outside the agreement, or before the day that
    an earlier amendment holds from: the terms of a day are those agreed last for it."""
    first = max(line.valid_from for line in lines)
    if effective_on <= tx.today:
        raise invalid(
            "/effective_on",
            "day",
            f"What is past stays as it was; choose a day after {tx.today}.",
            f"Yang sudah lewat tidak berubah; pilih tanggal setelah {tx.today}.",
        )
    if not max(agreement.starts_on, first) <= effective_on <= (ends_on or agreement.ends_on):
        since, until = max(agreement.starts_on, first), ends_on or agreement.ends_on
        raise invalid(
            "/effective_on",
            "outside_agreement",
            f"Choose a day from {since} to {until}: within the agreement, and not before the day "
            "that an earlier amendment holds from.",
            f"Pilih tanggal dari {since} sampai {until}: dalam masa kontrak, dan tidak sebelum "
            "tanggal berlaku perubahan terdahulu.",
        )
    if ends_on is not None:
        check_window(tx, agreement.starts_on, ends_on, [line.period for line in lines])
