"""Whether a request says what an order, or an agreement, needs to be made of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from app.agreements.commands.write import check_window
from app.core.errors import FieldError, Invalid, invalid
from app.core.text import Text
from app.db.tx import Tx
from app.orders.commands.terms import FURTHEST
from app.quotes.models import QuoteFor
from app.quotes.schemas import QuoteRequestIn

_FIELDS = {
    QuoteFor.ORDER: ("ship_to_site_id", "deliver_on"),
    QuoteFor.AGREEMENT: ("starts_on", "ends_on"),
}
_REQUIRED = Text("This field is required.", "Isian ini wajib.")
_NOT_OF = {
    QuoteFor.ORDER: Text(
        "Only terms of an order have this; leave it out.",
        "Isian ini hanya untuk pesanan; kosongkan.",
    ),
    QuoteFor.AGREEMENT: Text(
        "Only terms of an agreement have this; leave it out.",
        "Isian ini hanya untuk perjanjian; kosongkan.",
    ),
}
"""What is said of a field that belongs to the other kind of request."""


class Days(Protocol):
    """A request, from the wire or from its table."""

    @property
    def deliver_on(self) -> date | None:
        """The day of an order."""

    @property
    def ends_on(self) -> date | None:
        """The last day of an agreement."""


def last_day(request: Days) -> date:
    """The last day on which what is asked for can still be agreed on."""
    day = request.deliver_on or request.ends_on
    assert day is not None, "a request says which days it is for"
    return day


def check_wanted(tx: Tx, asked: QuoteRequestIn) -> None:
    """Raises Invalid for a field that is missing or says nothing here, and for days that cannot be.

    An order has a site and a day, an agreement its first and last day and a period on each line.
    """
    errors = [FieldError(*wrong) for wrong in _wrong(asked)]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)
    if last_day(asked) < tx.today:
        raise invalid(
            "/deliver_on" if asked.wanted == QuoteFor.ORDER else "/ends_on",
            "day",
            "This day has passed; ask for one to come.",
            "Hari ini sudah lewat; pilih hari yang akan datang.",
        )
    if asked.deliver_on is not None and asked.deliver_on > tx.today + FURTHEST:
        raise invalid(
            "/deliver_on",
            "day",
            f"An order goes until {tx.today + FURTHEST}; ask for an agreement beyond that.",
            f"Pesanan paling jauh {tx.today + FURTHEST}; untuk lebih lama, minta perjanjian.",
        )
    if asked.starts_on is not None and asked.ends_on is not None:
        of = [line.period for line in asked.lines if line.period is not None]
        check_window(tx, asked.starts_on, asked.ends_on, of)


def _wrong(asked: QuoteRequestIn) -> Iterator[tuple[str, str, Text]]:
    for wanted, names in _FIELDS.items():
        for name in names:
            yield from _wrong_field(f"/{name}", getattr(asked, name), wanted, asked.wanted)
    for n, line in enumerate(asked.lines):
        pointer = f"/lines/{n}/period"
        yield from _wrong_field(pointer, line.period, QuoteFor.AGREEMENT, asked.wanted)


def _wrong_field(
    pointer: str, said: object, of: QuoteFor, wanted: QuoteFor
) -> Iterator[tuple[str, str, Text]]:
    if of == wanted and said is None:
        yield pointer, "missing", _REQUIRED
    elif of != wanted and said is not None:
        yield pointer, "not_wanted", _NOT_OF[of]
