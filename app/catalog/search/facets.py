"""How the hits divide: counts by category, kelurahan, licence and whether they can be bought."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.catalog.search import walks
from app.catalog.search.understanding import Understood
from app.catalog.search.wanted import NEWEST, Wanted
from app.db.tx import Tx

REACH = 10_000
"""Listings that are looked at; of more the newest."""


@dataclass(frozen=True)
class Facets:
    """Counts by value, most first, of the *total* hits. `at_least`: there may be more of each."""

    total: int
    at_least: bool
    category: dict[str, int]
    region: dict[str, int]
    licence: dict[str, int]
    sellable: dict[str, int]


async def facets(tx: Tx, understood: Understood, wanted: Wanted, *, livemode: bool) -> Facets:
    """The division of all listings with all words anywhere, under every filter given."""
    source = walks.source_of(understood, wanted, None)
    rows = await tx.sql(
        _statement(source.branches, source.column),
        livemode,
        NEWEST,
        REACH,
        understood.query,
        *wanted.filters,
        *source.values,
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["facet"], {})[row["value"]] = row["hits"]
    more = await walks.reached(tx, source, livemode, NEWEST, REACH + 1) is not None
    kinds = ("category", "region", "licence", "sellable")
    return Facets(counts["total"]["all"], more, *(counts.get(kind, {}) for kind in kinds))


@cache
def _statement(branches: int, column: str | None) -> str:
    columns = "s.category, s.region_code, s.licences, s.sellable"
    return f"""
WITH hits AS MATERIALIZED ({walks.hits(branches, column, walks.ANYWHERE, columns)})
SELECT 'total' AS facet, 'all' AS value, count(*) AS hits FROM hits
UNION ALL SELECT 'category', category, count(*) FROM hits GROUP BY category
UNION ALL SELECT 'region', region_code, count(*) FROM hits GROUP BY region_code
UNION ALL SELECT 'licence', l, count(*) FROM hits, unnest(licences) l GROUP BY l
UNION ALL SELECT 'sellable', sellable::text, count(*) FROM hits GROUP BY sellable
ORDER BY facet, hits DESC, value"""
