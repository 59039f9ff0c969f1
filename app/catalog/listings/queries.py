"""Every SELECT on listings, and who may see which.

Anybody sees the *shelf*: what is published in the real world. With a key one sees the shelf of the
key's world and one's own listings; the hub sees all of its world.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select, text, true

from app.catalog.listings.filters import Filters
from app.catalog.models import ON_SHELF, Listing
from app.catalog.states import ListingStatus
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.text import Text
from app.db.tx import Tx
from app.http.lists import Paging, after, page, seal

LISTINGS: Table = Listing.__table__  # type: ignore[assignment]
KIND = "listings"

ROW = [column for column in LISTINGS.c if column.name != "card"]
_NOT_YOURS = Text(
    "Only its seller and the hub may change a listing.",
    "Hanya penjualnya dan BTC yang boleh mengubah produk tayang ini.",
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The shelf of the caller's world and the caller's own; everything of its world for the hub."""
    return and_(_world(actor), or_(_shelf(), owned_by(actor)))


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """What the caller may change: its own, in its world; the hub acts on every seller's behalf."""
    return and_(_world(actor), true() if actor.hub else Listing.seller_id == actor.party_id)


# Literals, not parameters: only then the planner can see that the partial indexes answer this.
def _world(actor: Actor) -> ColumnElement[bool]:
    return text("listings.livemode") if actor.livemode else text("NOT listings.livemode")  # type: ignore[return-value]


def _shelf() -> ColumnElement[bool]:
    return text("listings.status = 'published'")  # type: ignore[return-value]


async def listing(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The listing, if the caller may see it."""
    return await tx.row(select(*ROW).where(Listing.id == listing_id, visible_to(tx.actor)))


async def own(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The listing, locked, if the caller may change it; Forbidden if it may only be seen."""
    found = (
        select(*ROW)
        .where(Listing.id == listing_id, owned_by(tx.actor))
        .with_for_update(key_share=True)
    )
    row = await tx.row(found)
    if row is None and await listing(tx, listing_id) is not None:
        raise Forbidden(_NOT_YOURS)
    return row


async def by_reference(tx: Tx, seller_id: UUID, reference: str | None) -> UUID:
    """The id of the seller's listing of that reference in the caller's world."""
    found: UUID = await tx.value(
        select(Listing.id).where(
            Listing.seller_id == seller_id,
            Listing.external_reference == reference,
            _world(tx.actor),
        )
    )
    return found


async def listings(
    tx: Tx, paging: Paging, filters: Filters
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of what *filters* ask for, newest first; the shelf unless they say otherwise."""
    return await page(tx, KIND, _filtered(tx.actor, filters), Listing.id, paging)


def _filtered(actor: Actor, filters: Filters) -> Select[Any]:
    found = select(*ROW).where(visible_to(actor))
    if filters.mine:
        found = found.where(Listing.seller_id == actor.party_id)
    status = filters.status or (None if filters.mine else ListingStatus.PUBLISHED)
    if status == ListingStatus.PUBLISHED:
        found = found.where(_shelf())
    elif status is not None:
        found = found.where(Listing.status == status)
    for column, value in (
        (Listing.category, filters.category),
        (Listing.seller_id, filters.seller_id),
        (Listing.external_reference, filters.external_reference),
    ):
        if value is not None:
            found = found.where(column == value)
    return found


async def card(tx: Tx, listing_id: UUID) -> asyncpg.Record | None:
    """``version`` and ``card`` of a listing on the shelf."""
    return await tx.sql_row(_CARD, listing_id)


async def cards(tx: Tx, paging: Paging, filters: Filters) -> tuple[bytes, str | None]:
    """The JSON of one page of the shelf, newest first, and the cursor of the next one."""
    last = after(KIND, paging.cursor) or _NEWEST
    asked: tuple[Any, ...]
    if filters.seller_id is not None and filters.category is not None:
        asked = (CARDS_OF_BOTH, filters.seller_id, last, filters.category)
    elif filters.seller_id is not None:
        asked = (CARDS_OF_SELLER, filters.seller_id, last)
    elif filters.category is not None:
        asked = (CARDS_OF_CATEGORY, filters.category, last)
    else:
        asked = (CARDS, last)
    statement, *values = asked
    rows = await tx.sql(statement, paging.limit + 1, *values)
    cursor = None
    if len(rows) > paging.limit:
        rows.pop()
        cursor = seal(KIND, rows[-1]["id"].hex)
    data = ",".join([row["card"] for row in rows])
    quoted = "null" if cursor is None else f'"{cursor}"'
    return f'{{"data":[{data}],"next_cursor":{quoted}}}'.encode(), cursor


_NEWEST = UUID(int=(1 << 128) - 1)
"""What every id comes after: where a list without a cursor begins."""

_PAGE = f"SELECT id, card FROM listings WHERE {ON_SHELF} AND "
_OF_SELLER = _PAGE + "seller_id = $2 AND id < $3"
CARDS = _PAGE + "id < $2 ORDER BY id DESC LIMIT $1"
CARDS_OF_SELLER = _OF_SELLER + " ORDER BY id DESC LIMIT $1"
CARDS_OF_BOTH = _OF_SELLER + " AND category = $4 ORDER BY id DESC LIMIT $1"
# Said as a row comparison and an order of two columns, so that only the index on the two answers:
# a plan that walked the shelf for a rare category would be the slower the more stands there.
CARDS_OF_CATEGORY = (
    _PAGE + "(category, id) < ($2, $3) AND category >= $2 ORDER BY category DESC, id DESC LIMIT $1"
)
_CARD = f"SELECT version, card FROM listings WHERE id = $1 AND {ON_SHELF}"
