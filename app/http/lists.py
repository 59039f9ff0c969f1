"""Lists: newest first, by keyset. Ids sort by time, so a cursor is simply the last id seen.

A cursor survives inserts and deletes, costs the same on page one and page thousand, and is checked
when it comes back. It belongs to one kind of list; filters may change between pages.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Row, Select
from starlette.requests import Request

from app.core.errors import DomainError, FieldError, Kind
from app.core.text import Text
from app.db.tx import Tx

_WRONG = Text(
    "This cursor is not from this list; start again without it.",
    "Kursor ini bukan dari daftar ini; mulai lagi tanpa kursor.",
)


class BadCursor(DomainError):
    """The cursor was not handed out by this service, or by another list."""

    kind = Kind.INVALID
    code = "bad_cursor"
    title = Text("Cursor not readable", "Kursor tidak terbaca")
    advice = _WRONG

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("query:cursor", self.code, _WRONG)])


@dataclass(frozen=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int
    cursor: str | None


async def _paging(
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Paging:
    # Async: a class, or a plain function, would be sent to a thread for each request.
    return Paging(limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""``?limit=1..100&cursor=…`` of a list's endpoint."""


def seal(kind: str, *parts: int | str) -> str:
    """An opaque cursor of *kind* at the position *parts*."""
    return urlsafe_b64encode("|".join([kind, *map(str, parts)]).encode()).decode().rstrip("=")


def unseal(kind: str, cursor: str, count: int) -> list[str]:
    """The *count* parts of a cursor of *kind*. Raises BadCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said, *parts = urlsafe_b64decode(padded.encode("ascii")).decode("ascii").split("|")
    except ValueError:
        raise BadCursor from None
    if said != kind or len(parts) != count:
        raise BadCursor
    return parts


def position(kind: str, cursor: str) -> tuple[str, int]:
    """Transaction and sequence number at which a feed of *kind* continues. Raises BadCursor."""
    xid, seq = unseal(kind, cursor, 2)
    if not (xid.isdigit() and seq.isdigit() and len(xid) < 19 and len(seq) < 19):
        raise BadCursor
    return xid, int(seq)


def after(kind: str, cursor: str | None) -> UUID | None:
    """The id a list of *kind* continues after. Raises BadCursor."""
    if cursor is None:
        return None
    try:
        return UUID(hex=unseal(kind, cursor, 1)[0])
    except ValueError:
        raise BadCursor from None


def next_link(request: Request, cursor: str) -> str:
    """The Link header (RFC 8288) of the page after this *request*'s: the same filters, *cursor*."""
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return f'<{quote(request.scope["path"])}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'


async def page(
    tx: Tx, kind: str, select: Select[Any], id_column: ColumnElement[UUID] | Any, paging: Paging
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of *select*, newest first, and the cursor of the next one."""
    last = after(kind, paging.cursor)
    if last is not None:
        select = select.where(id_column < last)
    rows = await tx.rows(select.order_by(id_column.desc()).limit(paging.limit + 1))
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return rows, seal(kind, rows[-1].id.hex) if more else None
