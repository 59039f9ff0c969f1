"""Wire shapes of the curators' queue."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from app.catalog.categories import Category
from app.catalog.curation.findings import Finding, FindingCode, Severity
from app.catalog.listings.schemas import SellerOut
from app.core.ids import ListingId
from app.core.text import Language


class CurationKind(StrEnum):
    """What waits: a listing, or a change of one that was approved before."""

    LISTING = "listing"
    LISTING_CHANGE = "listing_change"


class FindingOut(BaseModel):
    """One thing to look at; `text` is in the language of Accept-Language."""

    code: FindingCode
    severity: Severity
    text: str = Field(examples=["Komposisi (bahan) belum diisi."])
    field: str | None = Field(description="The listing's field.", examples=["ingredients"])
    one_of: list[str] = Field(
        description="Licences of which any one would settle it.", examples=[["pirt", "bpom_md"]]
    )
    due_on: date | None = Field(
        description="licence_needed_soon: from this day on. licence_ending: its last day."
    )
    listing_id: ListingId | None = Field(description="probable_duplicate: the other listing.")


def finding_out(finding: Finding, language: Language) -> FindingOut:
    """A finding on the wire, in *language*."""
    return FindingOut(
        code=finding.code,
        severity=finding.severity,
        text=finding.text.say(language),
        field=finding.field,
        one_of=list(finding.one_of),
        due_on=finding.due_on,
        listing_id=finding.other,
    )


class CurationOut(BaseModel):
    """A listing, or a change of one, that waits for a curator. Answer it at `/v1/listings/{id}` or
    `/v1/listing-changes/{id}`. A change is judged as the listing would be with it."""

    kind: CurationKind
    id: str = Field(examples=["lst_01jd0000000000000000000000", "lch_01jd0000000000000000000000"])
    listing_id: ListingId
    title: str
    category: Category
    seller: SellerOut
    submitted_at: datetime
    missing: list[FindingOut] = Field(description="What blocks comes first.")
