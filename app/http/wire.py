"""Wire shapes: what all requests and all objects on the wire have in common."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
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
    BeforeValidator(_plain),
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
