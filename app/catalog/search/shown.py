"""A search on the wire: the cards of a page, why each was found, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, Field

from app.catalog.categories import tree
from app.catalog.search import by_price, queries, vocabulary
from app.catalog.search.by_price import PricePlace
from app.catalog.search.facets import Facets
from app.catalog.search.understanding import Understood, understand
from app.catalog.search.wanted import Found, Place, Stage, Wanted
from app.core.ids import ListingId
from app.core.text import Language
from app.db.tx import Tx
from app.http.lists import BadCursor, Paging, seal, unseal

_FOUND_IN: dict[Stage, Literal["title", "text", "some_words"]] = {
    Stage.TITLE: "title",
    Stage.ANYWHERE: "text",
    Stage.ANY: "some_words",
}


class MatchOut(BaseModel):
    """Why a listing was found."""

    id: ListingId
    found_in: Literal["title", "text", "some_words"] = Field(
        description="All words in the title; all in its texts; some, for nothing has all."
    )
    highlight: str = Field(
        description="Its title as HTML, the words found in `<mark>`.",
        examples=["<mark>Keripik</mark> Pisang Manis"],
    )


class CountOut(BaseModel):
    """How many of the hits have a value."""

    value: str
    name: str | None = Field(description="What people call it, in the caller's language.")
    count: int


class FacetsOut(BaseModel):
    """How the hits divide, most first. `at_least`: only the newest 10 000 were counted."""

    total: int
    at_least: bool
    category: list[CountOut]
    region_code: list[CountOut]
    licence: list[CountOut]
    sellable: list[CountOut]


class SuggestionOut(BaseModel):
    """What the words may become, and the category in which most of that is."""

    text: str = Field(examples=["keripik"])
    category: str | None


async def search(tx: Tx, wanted: Wanted, paging: Paging) -> tuple[bytes, str | None]:
    """The JSON of one page of what is *wanted*, and the cursor of the next one."""
    livemode = tx.actor.livemode
    understood = await understand(tx, wanted.q, livemode=livemode)
    cursor: str | None = None
    if wanted.q is not None and not understood.slots:  # not one word to look for
        return _page([], None, understood, []), None
    if wanted.sort == "newest":
        found, place = await queries.page(
            tx,
            understood,
            wanted,
            livemode=livemode,
            limit=paging.limit,
            after=_place(paging.cursor),
        )
        if place is not None:
            cursor = seal("search", place.stage, place.listing_id.hex)
    else:
        found, priced = await by_price.page(
            tx,
            understood,
            wanted,
            livemode=livemode,
            limit=paging.limit,
            after=_price_place(paging.cursor),
        )
        if priced is not None:
            cursor = seal("search-price", priced.cents, priced.listing_id.hex)
    return _page(found, cursor, understood, _matches(found, understood)), cursor


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    stage, listing_id = unseal("search", cursor, 2)
    try:
        return Place(Stage(int(stage)), UUID(hex=listing_id))
    except ValueError:
        raise BadCursor from None


def _price_place(cursor: str | None) -> PricePlace | None:
    if cursor is None:
        return None
    cents, listing_id = unseal("search-price", cursor, 2)
    try:
        return PricePlace(min(int(cents), (1 << 63) - 1), UUID(hex=listing_id))
    except ValueError:
        raise BadCursor from None


def _page(
    found: Sequence[Found], cursor: str | None, understood: Understood, matches: list[MatchOut]
) -> bytes:
    cards = ",".join(one.card for one in found)
    rest = {
        "next_cursor": cursor,
        "corrected": understood.corrected,
        "matches": [match.model_dump(mode="json") for match in matches],
    }
    return f'{{"data":[{cards}],{orjson.dumps(rest).decode()[1:]}'.encode()


def _matches(found: Sequence[Found], understood: Understood) -> list[MatchOut]:
    if not understood.slots or not found:
        return []
    marked = vocabulary.marks([one.title for one in found], understood)
    return [
        MatchOut.model_construct(
            id=one.listing_id, found_in=_FOUND_IN[one.stage], highlight=_marked(one.title, spans)
        )
        for one, spans in zip(found, marked, strict=True)
    ]


def _marked(title: str, spans: Sequence[tuple[int, int]]) -> str:
    said, at = "", 0
    for start, end in spans:
        said += f"{escape(title[at:start])}<mark>{escape(title[start:end])}</mark>"
        at = end
    return said + escape(title[at:])


_REGIONS = "SELECT code, name FROM regions WHERE code = ANY ($1)"


async def facets_shown(tx: Tx, found: Facets, language: Language) -> FacetsOut:
    """Counts on the wire, categories and regions by name."""
    names = {code: node.name.say(language) for code, node in tree().items()}
    rows = await tx.sql(_REGIONS, list(found.region))
    names |= {row["code"]: row["name"] for row in rows}

    def counts(values: dict[str, int]) -> list[CountOut]:
        return [CountOut(value=v, name=names.get(v), count=n) for v, n in values.items()]

    return FacetsOut(
        total=found.total,
        at_least=found.at_least,
        category=counts(found.category),
        region_code=counts(found.region),
        licence=counts(found.licence),
        sellable=counts(found.sellable),
    )
