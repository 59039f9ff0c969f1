"""The table of a run: printed, and kept in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

HEAD = (
    "| request | floor/s | ours/s | ours ÷ floor | range | wanted | p50 ms | p99 ms |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARK = "<!-- measured -->"


class Measured(Protocol):
    """One measured case."""

    name: str
    floor: float
    ours: float
    ratio: float
    lowest: float
    highest: float
    p50: float
    p99: float
    target: float


def table(rows: Sequence[Measured]) -> list[str]:
    """The rows as Markdown."""
    return [
        *HEAD,
        *(
            f"| {r.name} | {r.floor:,.0f} | {r.ours:,.0f} | **{r.ratio:.0%}** "
            f"| {r.lowest:.0%}–{r.highest:.0%} | {r.target:.0%} | {r.p50:.1f} | {r.p99:.1f} |"
            for r in rows
        ),
    ]


def show(rows: Sequence[Measured], memory: float) -> None:
    """Print the table."""
    print("\n".join(table(rows)))
    print(f"memory of the service's process: {memory:.0f} MB")


def write(rows: Sequence[Measured], memory: float) -> None:
    """Put the table into docs/benchmarks.md, under its mark."""
    before = PAGE.read_text(encoding="utf-8").partition(MARK)[0] if PAGE.exists() else ""
    day = datetime.now(UTC).date()
    lines = [
        MARK,
        (
            f"Measured {day} with `make bench`: {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, 16 connections, one server process."
        ),
        "",
        *table(rows),
        "",
        f"Memory of the service's process afterwards: {memory:.0f} MB.",
    ]
    PAGE.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
