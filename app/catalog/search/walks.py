"""Walks down one index: that of the rarest thing asked for, newest first.

No walk is longer than `REACH` listings, so what a page costs is bounded. The statements are made
for connections that plan once (`force_generic_plan`): their shape decides the plan, never a guess
about their parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from app.catalog.search.understanding import COUNTED, Slot, Understood
from app.catalog.search.wanted import Stage, Wanted
from app.db.tx import Tx

REACH = 5_000
"""Listings that one walk looks at."""
BRANCHES = 32
"""Stems that one walk merges."""


@dataclass(frozen=True)
class Source:
    """What a walk goes down: stems with the field they stand in, or the index of a filter.

    `column` listing_id is the whole shelf. `few` says that it surely is shorter than any reach.
    """

    stems: tuple[tuple[str, bool], ...] = ()
    column: str | None = None
    value: Any = None
    few: bool = False

    @property
    def branches(self) -> int:
        """How many stems the statement has room for: powers of two, so that few serve all."""
        return 1 << (len(self.stems) - 1).bit_length() if self.stems else 0

    @property
    def values(self) -> tuple[Any, ...]:
        """The parameters of `walk` from *first* on."""
        if self.column is not None:
            return () if self.column == "listing_id" else (self.value,)
        empty = [(None, None)] * (self.branches - len(self.stems))
        stems, titles = zip(*self.stems, *empty, strict=True)
        return list(stems), list(titles)


@cache
def walk(branches: int, column: str | None, first: int) -> str:
    """The SELECT of the ids: $1 world, $2 begin, $3 reach; the source's values from $*first* on."""
    if column is not None:
        of = f"AND {column} = ${first}" if column != "listing_id" else ""
        return (
            f"SELECT listing_id FROM shelf WHERE card IS NOT NULL AND livemode = $1 {of} "
            "AND listing_id < $2 ORDER BY listing_id DESC LIMIT $3"
        )
    merged = " UNION ALL ".join(
        f"(SELECT listing_id FROM shelf_words WHERE word = (${first}::text[])[{n}] "
        f"AND livemode = $1 AND in_title = (${first + 1}::boolean[])[{n}] AND listing_id < $2 "
        "ORDER BY listing_id DESC)"
        for n in range(1, branches + 1)
    )
    once = "DISTINCT " if branches > 1 else ""  # a listing may have several of the stems
    return f"SELECT {once}listing_id FROM ({merged}) m ORDER BY listing_id DESC LIMIT $3"


async def reached(tx: Tx, source: Source, livemode: bool, begin: UUID, reach: int) -> UUID | None:
    """The last listing of a walk that ended by its reach; None if it came to the source's end."""
    if source.few:
        return None
    ids = walk(source.branches, source.column, 4)
    statement = f"SELECT listing_id FROM ({ids}) near OFFSET $3 - 1"
    found: UUID | None = await tx.sql_value(statement, livemode, begin, reach, *source.values)
    return found


def source_of(understood: Understood, wanted: Wanted, stage: Stage | None) -> Source:
    """What a walk of *stage* goes down; None: of all hits, whatever the stage."""
    if stage is Stage.ANY:
        stems = dict.fromkeys(stem for slot in understood.slots for stem in slot.stems)
        return Source(tuple((stem, True) for stem in stems)[:BRANCHES])
    chosen = _rarest(understood, wanted)
    if isinstance(chosen, Source):
        return chosen
    few = chosen.size < COUNTED
    titles = tuple((stem, True) for stem in chosen.stems)
    if stage is Stage.TITLE:
        return Source(titles, few=few)
    elsewhere = tuple((stem, False) for stem in chosen.stems)
    alone = stage is not None and len(understood.slots) == 1  # its titles were the stage before
    return Source(elsewhere if alone else elsewhere + titles, few=few)


def _rarest(understood: Understood, wanted: Wanted) -> Slot | Source:
    """The rarest word, unless a filter is rarer; without either the whole shelf."""
    word = min(understood.slots, key=lambda slot: slot.size, default=None)
    for column, value, worth in (
        ("seller_id", wanted.seller_id, COUNTED),
        ("region_code", wanted.region, 10_000),
        ("category", wanted.category, 50_000),
        ("department", wanted.department, None),
    ):
        # A filter is worth more than a word of so many listings: about what it leads to itself.
        if value is not None and (word is None or (worth is not None and word.size >= worth)):
            return Source(column=column, value=value)
    return word or Source(column="listing_id")


# $1 world, $2 begin, $3 reach, $4 query; then the values of Wanted.filters.
FILTERS = """s.card IS NOT NULL AND s.livemode = $1
  AND ($5::text IS NULL OR s.category = $5)
  AND ($6::text IS NULL OR s.department = $6)
  AND ($7::text IS NULL OR s.region_code = $7)
  AND ($8::uuid IS NULL OR s.seller_id = $8)
  AND ($9::numeric IS NULL OR s.price >= $9)
  AND ($10::numeric IS NULL OR s.price <= $10)
  AND ($11::text[] IS NULL OR s.licences @> $11)
  AND ($12::boolean IS NULL OR s.sellable = $12)"""
ANYWHERE = "($4::tsquery IS NULL OR s.all_words @@ $4)"
TITLE = "s.title_words @@ $4::tsquery"
"""Whether a listing has the words: every one of them somewhere, or in its title."""


@cache
def hits(branches: int, column: str | None, condition: str, columns: str) -> str:
    """Of the listings on a walk, in its order, those that meet *condition* and the filters.

    The source's values are $13 and $14. OFFSET 0 keeps the planner from turning the order around:
    each listing is looked at as the walk comes by, and no further than the page needs.
    """
    return (
        f"SELECT h.* FROM ({walk(branches, column, 13)}) near, LATERAL (SELECT {columns} "
        f"FROM shelf s WHERE s.listing_id = near.listing_id AND {condition} AND {FILTERS} "
        "OFFSET 0) h ORDER BY near.listing_id DESC"
    )
