"""Every SELECT on change requests, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, select, true

from app.catalog.changes.models import ListingChange
from app.catalog.changes.pending import CHANGES
from app.catalog.listings.models import Listing
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A seller's own; all of its world for the hub."""
    mine = true() if actor.hub else ListingChange.seller_id == actor.party_id
    return and_(ListingChange.livemode == actor.livemode, mine)


def _select() -> Select[Any]:
    return select(*CHANGES.c, Listing.title, Listing.seller_name).join(
        Listing, Listing.id == ListingChange.listing_id
    )


async def change(tx: Tx, change_id: UUID) -> Row[Any] | None:
    """The change with its listing's ``title`` and ``seller_name``, if the caller may see it."""
    return await tx.row(_select().where(ListingChange.id == change_id, visible_to(tx.actor)))


async def locked(tx: Tx, change_id: UUID) -> Row[Any] | None:
    """The same, locked. Its listing must be locked before it."""
    found = _select().where(ListingChange.id == change_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True, of=ListingChange))


async def changes(
    tx: Tx, paging: Paging, *, status: str | None, listing_id: UUID | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the changes that the caller may see, newest first."""
    found = _select().where(visible_to(tx.actor))
    if status is not None:
        found = found.where(ListingChange.status == status)
    if listing_id is not None:
        found = found.where(ListingChange.listing_id == listing_id)
    return await page(tx, "listing_changes", found, ListingChange.id, paging)
