"""Wire shapes of a seller's overview."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from app.catalog.curation.findings import Severity
from app.catalog.overview.rules import ToDo
from app.catalog.overview.texts import ToDoCode
from app.catalog.states import ListingStatus
from app.core.ids import ListingId, PartyId, VariantId
from app.core.text import Language


class ByOut(BaseModel):
    """Who did it. `on_behalf_of` is the seller when the hub's staff did what is the seller's."""

    party_id: PartyId
    on_behalf_of: PartyId | None


class LastEditedOut(BaseModel):
    """What was written or edited last."""

    listing_id: ListingId
    title: str
    at: datetime
    by: ByOut


class ChangesOut(BaseModel):
    """Change requests that are open."""

    submitted: int = Field(description="They wait for the curator.")
    changes_requested: int = Field(description="They wait for you.")


class ToDoOut(BaseModel):
    """One thing to do; `text` is in the language of Accept-Language."""

    code: ToDoCode
    severity: Severity = Field(description="blocks: goods are not sold because of it.")
    text: str = Field(examples=["Stok “Keripik Belimbing Manis · pedas · 200 g” hampir habis."])
    listing_id: ListingId | None
    variant_id: VariantId | None
    due_on: date | None = Field(
        description="licence_ending: its last day. licence_needed_soon: from this day on. "
        "closure: its first day."
    )


class OverviewOut(BaseModel):
    """How a seller's goods stand today."""

    seller_id: PartyId
    by_status: dict[ListingStatus, int] = Field(
        description="How many listings have come how far.",
        examples=[{"draft": 2, "submitted": 1, "published": 14}],
    )
    on_shelf: int = Field(description="Listings that the public sees.")
    sellable: int = Field(description="Of these, those that can be ordered today.")
    blocked: int = Field(description="Published, but kept off the shelf by a rule.")
    sold_out: int = Field(description="On the shelf, with nothing left.")
    low_stock: int = Field(description="On the shelf, with a variant that is nearly sold out.")
    closed_today: bool
    open_changes: ChangesOut
    last_edited: LastEditedOut | None
    to_do: list[ToDoOut] = Field(description="The most urgent first; of listings at most 200.")


def to_do_out(one: ToDo, language: Language) -> ToDoOut:
    """A thing to do on the wire, in *language*."""
    return ToDoOut(
        code=one.code,
        severity=one.severity,
        text=one.text.say(language),
        listing_id=one.listing_id,
        variant_id=one.variant_id,
        due_on=one.due_on,
    )


def by_out(party_id: PartyId, seller_id: PartyId, *, sellers_own: bool = True) -> ByOut:
    """Who did something to goods of *seller_id*; *sellers_own*: something that sellers do."""
    behalf = seller_id if sellers_own and party_id != seller_id else None
    return ByOut(party_id=party_id, on_behalf_of=behalf)
