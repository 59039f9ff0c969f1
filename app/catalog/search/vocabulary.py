"""The words of the shelf's titles: suggested, marked, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.search import language
from app.catalog.search.understanding import Understood, understand
from app.db.tx import Tx


@dataclass(frozen=True)
class Suggestion:
    """A whole query to offer, and the category in which most of its newest hits stand."""

    text: str
    category: str | None


# The category is looked for among the newest 50 hits of the word.
_SUGGEST = """
SELECT v.word, c.category FROM (SELECT * FROM (
  SELECT DISTINCT ON (v.stem) v.word, v.stem, v.listings FROM (
    SELECT word, stem, listings FROM search_vocabulary
    WHERE livemode = $1 AND word >= $2 AND word < $3 ORDER BY listings DESC, word LIMIT 100) v
  ORDER BY v.stem, length(v.word), v.word) one
  ORDER BY listings DESC, word LIMIT $4) v
LEFT JOIN LATERAL (
  SELECT s.category FROM (
    SELECT listing_id FROM shelf_words
    WHERE word = v.stem AND livemode = $1 AND in_title ORDER BY listing_id DESC LIMIT 50) w
  JOIN shelf s USING (listing_id) GROUP BY s.category ORDER BY count(*) DESC, s.category LIMIT 1
) c ON true
ORDER BY v.listings DESC, v.word"""


async def suggest(tx: Tx, typed: str, *, livemode: bool, limit: int = 8) -> list[Suggestion]:
    """What *typed* may become: its last word completed; if nothing begins so, its typos mended."""
    said = language.fold(typed[: language.MAX_TYPED]).split()[: language.MAX_WORDS]
    if not said:
        return []
    *before, last = said
    # The brace comes right after z, so this is everything that begins with `last`.
    for begun in dict.fromkeys([last, *language.begun(last)]):
        rows = await tx.sql(_SUGGEST, livemode, begun, f"{begun}{{", limit)
        if rows:
            return [Suggestion(" ".join([*before, r["word"]]), r["category"]) for r in rows]
    meant = await understand(tx, typed, livemode=livemode)
    return [Suggestion(meant.corrected, None)] if meant.corrected else []


def marks(titles: Sequence[str], understood: Understood) -> list[list[tuple[int, int]]]:
    """For each title where the words that were found stand: start and end in characters."""
    stems = frozenset(stem for slot in understood.slots for stem in slot.stems)
    said = {word for title in titles for word in language.fold(title).split()}
    hits = frozenset(w for w in said if any(language.may_have_stem(w, stem) for stem in stems))
    return [language.marks(title, hits) for title in titles]


# Words that no title says any more go; counts that hardly changed stay, so little is written.
RECOUNT = """
WITH counted AS MATERIALIZED (
  SELECT livemode, word AS stem, count(*)::int AS listings
  FROM shelf_words WHERE in_title GROUP BY livemode, word
), gone AS (
  DELETE FROM search_vocabulary v WHERE NOT EXISTS (
    SELECT FROM counted c WHERE c.livemode = v.livemode AND c.stem = v.stem)
)
UPDATE search_vocabulary v SET listings = c.listings FROM counted c
WHERE c.livemode = v.livemode AND c.stem = v.stem
  AND abs(c.listings - v.listings) * 10 > v.listings"""


async def recount(tx: Tx) -> None:
    """Count anew how many titles say each word: now and then, by the worker. Seconds at a million.

    A word that is written while it is being forgotten is missing here until the next listing says
    it: it is found all the same, only not completed or suggested.
    """
    await tx.sql(RECOUNT)
