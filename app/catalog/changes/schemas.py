"""Wire shapes of change requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from app.catalog.listings.schemas import ReviewReason, SellerOut
from app.catalog.states import LISTING_CHANGE, ListingChangeStatus
from app.core.actor import Actor
from app.core.ids import ListingChangeId, ListingId
from app.http.wire import Stateful


class FieldChangeOut(BaseModel):
    """A field of the listing, as on the wire, before and after."""

    field: str = Field(examples=["title"])
    before: Any = Field(examples=["Keripik Belimbing"])
    after: Any = Field(examples=["Keripik Belimbing Manis"])


class ListingChangeOut(Stateful):
    """What a seller wants changed of what was curated. Until it is approved the listing, and what
    the public sees of it, stays as it was."""

    id: ListingChangeId
    status: ListingChangeStatus
    listing_id: ListingId
    title: str = Field(description="The listing's title as it is now.")
    seller: SellerOut
    fields: list[FieldChangeOut]
    review_reason: ReviewReason | None = Field(
        description="What the curator last said, if it was no."
    )
    review_note: str | None
    created_at: datetime
    updated_at: datetime


def change_out(row: Row[Any], actor: Actor) -> ListingChangeOut:
    """A change's row (with its listing's ``title`` and ``seller_name``) on the wire."""
    return ListingChangeOut(
        **row._asdict()
        | {
            "seller": SellerOut(id=row.seller_id, name=row.seller_name),
            "fields": [
                FieldChangeOut(field=name, before=row.before.get(name), after=said)
                for name, said in sorted(row.after.items())
            ],
            "allowed_actions": actor.allowed(LISTING_CHANGE, row.status),
        }
    )
