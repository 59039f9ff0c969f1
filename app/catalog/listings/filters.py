"""What a list of listings may be asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.catalog.categories import Category
from app.catalog.search.wanted import Sort, Wanted
from app.catalog.states import ListingStatus
from app.core.ids import PartyId
from app.core.money import Rupiah
from app.http.lists import Paging
from app.http.wire import Instant, Reference, RegionCode, Typed

LicenceName = Literal["halal", "pirt", "bpom_md", "nkv"]


class ShelfFilters(BaseModel):
    """What narrows the shelf."""

    q: Typed | None = Field(
        None,
        description="Words as a person types them: unfinished, misspelt, spelt otherwise.",
        examples=["kripik pisang"],
    )
    category: Category | None = Field(None, description="A department means all that is in it.")
    region_code: RegionCode | None = Field(
        None, description="Made in this kelurahan: a whole code, like 35.72.02.1005."
    )
    seller_id: PartyId | None = None
    price_from: Rupiah | None = Field(None, description="Of one unit, at least.")
    price_to: Rupiah | None = Field(None, description="Of one unit, at most.")
    licence: LicenceName | None = Field(None, description="Made under this licence.")
    sellable: bool | None = Field(None, description="Can be ordered today, or not.")

    def wanted(self, sort: Sort = "newest") -> Wanted:
        """The same as the search reads it."""
        in_department = self.category is not None and "." not in self.category
        return Wanted(
            q=self.q,
            category=None if in_department else self.category,
            department=self.category if in_department else None,
            region=self.region_code,
            seller_id=self.seller_id,
            price_from=self.price_from,
            price_to=self.price_to,
            licences=(self.licence,) if self.licence else (),
            sellable=self.sellable,
            sort=sort,
        )


_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Filters(ShelfFilters):
    """What narrows the shelf, which part of it; with a key ``mine``, ``status`` and the like."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=200)] = None
    sort: Sort = Field(
        "newest", description="Without a price order: newest first, of a search the best first."
    )
    status: ListingStatus | None = Field(
        None, description="Needs a key unless published. Own ones; the hub sees everybody's."
    )
    blocked: bool | None = Field(None, description="Own ones that a rule keeps off the shelf.")
    mine: bool = Field(
        False, description="Your own, in any status unless you name one. Needs a key."
    )
    external_reference: Reference | None = Field(
        None, description="The one of yours with this reference; with mine=true."
    )
    updated_since: Annotated[Instant, Field(ge=_FIRST, le=_LAST)] | None = Field(
        None,
        description="The change feed of the shelf, oldest change first, with what has left it as "
        "`{id, deleted, updated_at}`. `next_cursor` is never null: keep it and ask again later.",
        examples=["2026-11-21T00:00:00Z"],
    )
    fields: Annotated[str | None, Field(max_length=400)] = Field(
        None, description="Only these fields, separated by commas.", examples=["id,title,price"]
    )

    @model_validator(mode="after")
    def _feed_alone(self) -> Filters:
        if self.updated_since is not None:
            others = self.model_fields_set - {"updated_since", "limit", "cursor", "fields"}
            if others:
                # A mirror told of part of the shelf only would miss what leaves that part.
                raise PydanticCustomError(
                    "feed_alone", "updated_since goes with limit, cursor and fields only"
                )
        return self

    @property
    def paging(self) -> Paging:
        """Which part of the list."""
        return Paging(self.limit, self.cursor)

    @property
    def public(self) -> bool:
        """Whether the shelf answers this: it is the same for everybody."""
        own = self.mine or self.blocked is not None
        return not own and self.status in (None, ListingStatus.PUBLISHED)

    @property
    def searching(self) -> bool:
        """Whether more is asked than one index in the order of the list answers."""
        return self.sort != "newest" or any(
            said is not None
            for said in (
                self.q,
                self.region_code,
                self.price_from,
                self.price_to,
                self.licence,
                self.sellable,
            )
        )
