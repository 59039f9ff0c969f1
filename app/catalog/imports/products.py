"""Products as a file says them: what rows of one code say together, and what is wrong with rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from app.catalog.imports.cells import MOST_TEXT, Raw, shown
from app.catalog.imports.columns import BY_FIELD
from app.core.text import Text

Problem = dict[str, Any]
"""One wrong cell: field, value, code, message and expected in both languages. JSON."""


def problem(name: str, code: str, why: Text, value: str = "") -> Problem:
    """What is wrong with the cell of column *name*, and what is expected there."""
    return {
        "field": name,
        "value": value[:200],
        "code": code,
        "message": why._asdict(),
        "expected": BY_FIELD[name].expected._asdict(),
    }


@dataclass
class Line:
    """A row of the file: what it says of a variant, and its cells as they were."""

    row: int
    said: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str | int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Product:
    """The rows of one code. What was said to be taken away is None; unsaid is not there."""

    reference: str
    listing: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        """Whether any of its rows is not right: then nothing of it may be written."""
        return any(line.problems for line in self.lines)

    def dump(self) -> bytes:
        """The product as one line of a file."""
        return orjson.dumps(self)

    @classmethod
    def load(cls, data: bytes) -> Product:
        """The product of such a line."""
        said = orjson.loads(data)
        return cls(said["reference"], said["listing"], [Line(**line) for line in said["lines"]])


def as_cells(raw: dict[str, Raw]) -> dict[str, str | int]:
    """Cells as they were, for the file of corrections; longer ones are cut."""
    return {
        name: cell
        if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < 10**15
        else _typed(name, cell)[:MOST_TEXT]
        for name, cell in raw.items()
    }


def _typed(name: str, cell: Raw) -> str:
    number = isinstance(cell, Decimal) and BY_FIELD[name].shape != "code"
    return shown(cell).replace(".", ",") if number else shown(cell)
