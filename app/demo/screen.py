"""What a visitor sees: chapters, one line a step, and numbers the way people here write them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from time import perf_counter
from types import TracebackType

import click

from app.core import clock, money
from app.demo.book import Doc

WIDTH = 96


class Screen:
    """Plain text on stdout; in a terminal a running step counts what it has done."""

    def __init__(self) -> None:
        self._chapters = 0
        self.live = sys.stdout.isatty()

    def say(self, text: str = "") -> None:
        """One line."""
        click.echo(text)

    def chapter(self, title: str, source: str | None = None) -> None:
        """Begin a chapter, naming what is true in it."""
        self._chapters += 1
        click.echo(f"\n{self._chapters}. {title}")
        if source:
            for line in _wrapped(f"Source: {source}", WIDTH - 3):
                click.echo(f"   {line}")

    def step(self, doing: str) -> Step:
        """One step: ``with screen.step("…") as step: …; step.done("…")``."""
        return Step(self, doing)

    def detail(self, text: str) -> None:
        """A line that belongs to the step above; one that is too long goes on below."""
        lines = [text] if len(text) <= WIDTH - 7 else _wrapped(text, WIDTH - 7)
        for line in lines:
            click.echo(f"       {line}")

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], right: set[int]) -> None:
        """Columns as wide as they need to be; those in *right* are numbers."""
        columns = range(len(heads))
        widths = [max(len(row[n]) for row in [heads, *rows]) for n in columns]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(
                cells[n].rjust(widths[n]) if n in right else cells[n].ljust(widths[n])
                for n in columns
            ).rstrip()

        if any(heads):
            click.echo(f"   {line(heads)}")
            click.echo(f"   {line(['-' * width for width in widths])}")
        for row in rows:
            click.echo(f"   {line(row)}")


class Step:
    """A step while it is being done, and the line it leaves behind."""

    def __init__(self, screen: Screen, doing: str) -> None:
        self._screen = screen
        self._doing = doing
        self._count = 0
        self._said = doing

    def __enter__(self) -> Step:
        self._since = perf_counter()
        self._show()
        return self

    def tick(self) -> None:
        """One more of many is done."""
        self._count += 1
        self._show()

    def done(self, text: str) -> None:
        """What has come of it."""
        self._said = text

    def _show(self) -> None:
        if self._screen.live:
            count = f" {self._count}" if self._count else ""
            click.echo(f"\r\x1b[K   ... {self._doing}{count}", nl=False)

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        start = "\r\x1b[K" if self._screen.live else ""
        if kind is not None:
            click.echo(f"{start}   [--] {self._doing}")
            return
        lines = _wrapped(self._said, WIDTH - 16)
        seconds = f"{perf_counter() - self._since:5.1f} s"
        click.echo(f"{start}   [ok] {lines[0].ljust(WIDTH - 15)}{seconds}")
        for line in lines[1:]:
            click.echo(f"        {line}")


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def number(value: Decimal) -> str:
    """``1,234.5``: thousands apart, no idle zeros."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return text or "0"


def count(amount: int, what: str) -> str:
    """``1 lot``, ``5 lots``."""
    return f"{amount} {what}" if amount == 1 else f"{amount} {what}s"


def kg(quantity: Doc | Decimal) -> str:
    """A weight as the service says it, ``10,000 kg``."""
    if isinstance(quantity, Decimal):
        return f"{number(quantity)} kg"
    return f"{number(Decimal(quantity['value']))} {quantity['unit']}"


def rupiah(amount: str | Decimal) -> str:
    """``Rp 27,000,000``."""
    return money.rupiah(Decimal(amount)).en


def day(iso: str) -> str:
    """``6 Dec 2026``."""
    found = date.fromisoformat(iso)
    return f"{found.day} {found:%b %Y}"


def day_of(instant: str) -> str:
    """The Jakarta day of an instant on the wire, as an ISO date."""
    return clock.day(datetime.fromisoformat(instant)).isoformat()
