"""Wire shapes: what all requests and all objects on the wire have in common."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from app.core.money import Price
from app.core.quantity import Quantity


def _plain(value: Any) -> Any:
    """Refuse NUL and other control characters: Postgres cannot store the one, people see none."""
    if isinstance(value, str) and any((c < " " and c not in "\n\t") or c == "\x7f" for c in value):
        raise PydanticCustomError("plain_text", "control characters are not allowed")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise PydanticCustomError("plain_text", "lone surrogates are not allowed")
    return value


def _visible(value: Any) -> Any:
    """Refuse also what is not seen, or turns the reading: two references that look alike are one.

    Unicode's categories of format, control, surrogate and private characters.
    """
    if isinstance(value, str) and any(
        unicodedata.category(c) in ("Cf", "Cc", "Cs", "Co") for c in value
    ):
        raise PydanticCustomError("plain_text", "invisible characters are not allowed")
    return value


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_day(value: Any) -> Any:
    """Refuse what is a day to Pydantic and to nobody else: ``86400``, as a number or as text."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticCustomError("date_parsing", "expected a date like 2026-11-21")
    if not isinstance(value, str | date):
        raise PydanticCustomError("date_type", "expected a date like 2026-11-21")
    return value


def _written_instant(value: Any) -> Any:
    """Refuse seconds since 1970 for a point in time."""
    if isinstance(value, str) and not _DAY.match(value):
        raise PydanticCustomError("datetime_from_date_parsing", "expected a time with its offset")
    if not isinstance(value, str | date):
        raise PydanticCustomError("datetime_type", "expected a time with its offset")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
"""A calendar day as a request says it."""
# Beyond these years a time has no day in Jakarta, or none in UTC.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Instant = Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST), BeforeValidator(_written_instant)]
"""A point in time as a request says it, with its offset."""

# The constraints stand inside the check: outside, the length would be counted before trimming.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(_plain),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    BeforeValidator(_plain),
]
Reference = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    BeforeValidator(_visible),
]
Typed = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(_plain),
]
Option = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    BeforeValidator(_plain),
]
RegionCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$")
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$")]


class Request(BaseModel):
    """A request body: a field it does not know is an error."""

    model_config = ConfigDict(extra="forbid")


class NoteIn(Request):
    """An optional note for the history."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"note": "Disepakati lewat telepon dengan Bu Sumiati."}]}
    )

    note: Note | None = None


class Resource(BaseModel):
    """An object on the wire. ``version`` counts its changes and is its ETag."""

    version: int = Field(description="Counts the changes of this object; also its ETag.", ge=1)


class Stateful(Resource):
    """An object with a life: what was agreed, and what may be done next by this caller."""

    allowed_actions: list[str] = Field(
        description="The commands that are possible in this status with your key."
    )


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list. Follow ``next_cursor`` until it is null."""

    data: list[Item]
    next_cursor: str | None = Field(
        default=None, description="Send as ?cursor= for the next page; null on the last."
    )


class Listed(BaseModel, Generic[Item]):
    """A short list that is always whole."""

    data: list[Item]


def price_of(row: Any) -> Price | None:
    """The price in a row's ``price_amount, price_currency, price_per_value, price_per_unit``."""
    if row.price_amount is None:
        return None
    return Price.model_construct(
        amount=row.price_amount,
        currency=row.price_currency,
        per=Quantity.model_construct(value=row.price_per_value, unit=row.price_per_unit),
    )
