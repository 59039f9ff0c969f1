"""What a list of listings may be asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from app.catalog.models import Category
from app.catalog.states import ListingStatus
from app.core.ids import PartyId
from app.http.lists import Paging
from app.http.wire import Reference


class Filters(BaseModel):
    """``?category=&seller_id=``, and with a key ``mine``, ``status``, ``external_reference``."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=200)] = None
    category: Category | None = None
    seller_id: PartyId | None = None
    status: ListingStatus | None = Field(
        None, description="Needs a key unless published. Own ones; the hub sees everybody's."
    )
    mine: bool = Field(
        False, description="Your own, in any status unless you name one. Needs a key."
    )
    external_reference: Reference | None = Field(
        None, description="The one of yours with this reference; with mine=true."
    )

    @property
    def paging(self) -> Paging:
        """Which part of the list."""
        return Paging(self.limit, self.cursor)

    @property
    def public(self) -> bool:
        """Whether this can be answered without knowing who asks."""
        return not self.mine and self.status in (None, ListingStatus.PUBLISHED)
