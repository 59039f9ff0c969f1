"""What recording does with each reading that is sent, whether as JSON or in a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.core.errors import FieldError, Invalid
from app.core.text import Text

_MOST_TOLD = 20  # of a file in which every row is wrong the first twenty are named

_FUTURE = Text(
    "This day is still to come; the newest that can be recorded is {today}.",
    "Tanggal ini belum tiba; paling baru yang bisa dicatat adalah {today}.",
)
_TWICE = Text(
    "The day {day} stands in this request twice; send one value for each day.",
    "Tanggal {day} muncul dua kali dalam permintaan ini; kirim satu nilai per tanggal.",
)
_UNSAID = Text(
    "{day} was recorded as {amount}. To correct it, say why in note.",
    "Tanggal {day} sudah tercatat {amount}. Untuk mengoreksi, tulis alasannya di note.",
)


class Reading(NamedTuple):
    """A reading that somebody wants recorded, and where in the request it stands."""

    pointer: str
    read_on: date
    amount: Decimal
    note: str | None


class Revision(NamedTuple):
    """A reading that will be added."""

    reading: Reading
    revision: int


def revisions(
    asked: Sequence[Reading], known: Mapping[date, Mapping[str, Any]], today: date
) -> list[Revision]:
    """What of *asked* is to be added to what is *known* of its days; the rest says the same.

    Raises Invalid, and then nothing is added, for a day to come, a day named twice, and another
    value of a known day without a note.
    """
    wrong: list[FieldError] = []
    added: list[Revision] = []
    seen: set[date] = set()
    for reading in asked:
        before = known.get(reading.read_on)
        problem = _problem(reading, before, today, twice=reading.read_on in seen)
        seen.add(reading.read_on)
        if problem is not None:
            wrong.append(problem)
        elif before is None or before["amount"] != reading.amount:
            added.append(Revision(reading, 1 + (before["revision"] if before else 0)))
    if wrong:
        refuse(wrong)
    return added


def _problem(
    reading: Reading, before: Mapping[str, Any] | None, today: date, *, twice: bool
) -> FieldError | None:
    at, day = f"{reading.pointer}/read_on", reading.read_on
    if day > today:
        return FieldError(at, "day", _FUTURE.filled(today=today))
    if twice:
        return FieldError(at, "duplicate", _TWICE.filled(day=day))
    if before is not None and before["amount"] != reading.amount and reading.note is None:
        said = _UNSAID.filled(day=day, amount=before["amount"])
        return FieldError(f"{reading.pointer}/note", "missing", said)
    return None


def refuse(wrong: Sequence[FieldError]) -> None:
    """Raise Invalid for readings that are *wrong*, naming the first of them."""
    en = f"{len(wrong)} readings are not right; nothing was recorded. Correct them and send again."
    id = f"{len(wrong)} data belum benar; tidak ada yang dicatat. Perbaiki lalu kirim ulang."
    told = wrong[0].detail if len(wrong) == 1 else Text(en, id)
    raise Invalid(told, errors=wrong[:_MOST_TOLD])
