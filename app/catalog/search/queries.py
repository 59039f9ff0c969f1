"""One page of what is asked for, newest first, in stages of falling relevance."""

from __future__ import annotations

from app.catalog.search import walks
from app.catalog.search.understanding import Understood
from app.catalog.search.wanted import NEWEST, Found, Place, Stage, Wanted
from app.db.tx import Tx

WALKS = 10
"""Walks for one page, before it is given out as it is."""

_CONDITIONS = {
    Stage.TITLE: walks.TITLE,
    Stage.ANYWHERE: f"{walks.ANYWHERE} AND ($4::tsquery IS NULL OR NOT s.title_words @@ $4)",
    Stage.ANY: walks.TITLE,
}


async def page(
    tx: Tx,
    understood: Understood,
    wanted: Wanted,
    *,
    livemode: bool,
    limit: int,
    after: Place | None = None,
) -> tuple[list[Found], Place | None]:
    """At most *limit* listings after *after*, best stage first, and where the next page begins.

    A page may be short, even empty, and have a next one: its walks have met their bound. None says
    that nothing comes any more.
    """
    first = Stage.TITLE if understood.slots else Stage.ANYWHERE
    place: Place | None = after or Place(first, NEWEST)
    rows: list[Found] = []
    for _ in range(WALKS):
        if place is None:
            break
        rows += await _walk(tx, understood, wanted, livemode, place, limit + 1 - len(rows))
        if len(rows) > limit:
            return rows[:limit], Place(rows[limit - 1].stage, rows[limit - 1].listing_id)
        source = walks.source_of(understood, wanted, place.stage)
        end = await walks.reached(tx, source, livemode, place.listing_id, walks.REACH)
        nothing = after is None and not rows and len(understood.slots) > 1
        place = Place(place.stage, end) if end else _after(place.stage, loosen=nothing)
    return rows, place


def _after(stage: Stage, *, loosen: bool) -> Place | None:
    """Where it goes on when a stage is done: any of the words only if nothing has all."""
    if stage is Stage.TITLE:
        return Place(Stage.ANYWHERE, NEWEST)
    return Place(Stage.ANY, NEWEST) if stage is Stage.ANYWHERE and loosen else None


async def _walk(
    tx: Tx, understood: Understood, wanted: Wanted, livemode: bool, place: Place, room: int
) -> list[Found]:
    stage = place.stage
    source = walks.source_of(understood, wanted, stage)
    condition = _CONDITIONS[stage]
    hits = walks.hits(source.branches, source.column, condition, "s.listing_id, s.card, s.title")
    rows = await tx.sql(
        f"{hits} LIMIT ${13 + len(source.values)}",
        livemode,
        place.listing_id,
        walks.REACH,
        understood.loose if stage is Stage.ANY else understood.query,
        *wanted.filters,
        *source.values,
        room,
    )
    return [Found(row["listing_id"], row["card"], row["title"], stage) for row in rows]
