"""What a person typed, looked up among the words that stand on the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from app.catalog.search import language
from app.db.tx import Tx

COUNTED = 300
"""How far hits of a word are counted, to know which word is the rare one."""
COMPLETIONS = 12
"""How many words an unfinished one stands for: those of the most titles."""
MERGED = 16
"""How many stems one word stands for at most."""
_MANY = 10_000_000


@dataclass(frozen=True)
class Slot:
    """One word of the query: any of these stems will do.

    `size` is how many hits it has: exact below COUNTED, else a guess.
    """

    said: str
    stems: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Understood:
    """The query's words. `corrected` is what was searched for instead of what was typed, if so."""

    slots: tuple[Slot, ...]
    corrected: str | None = None

    @property
    def query(self) -> str | None:
        """The tsquery text that asks for all words; None if nothing was asked."""
        return language.tsquery(slot.stems for slot in self.slots) or None

    @property
    def loose(self) -> str:
        """The tsquery text that asks for any of the words."""
        return language.tsquery((slot.stems for slot in self.slots), any_of=True)


# The variants of all words (slot 0 and up), and what the unfinished last word may become (slot -1).
KNOW = f"""
SELECT a.slot, a.word, s.stem, v.listings, h.hits
FROM unnest($2::int[], $3::text[]) a (slot, word)
CROSS JOIN LATERAL (
  SELECT (tsvector_to_array(to_tsvector('indonesian', a.word)))[1] AS stem OFFSET 0) s
LEFT JOIN search_vocabulary v ON v.livemode = $1 AND v.word = a.word
CROSS JOIN LATERAL (SELECT count(*) AS hits FROM (
  SELECT FROM shelf_words w WHERE w.word = s.stem AND w.livemode = $1 LIMIT $4) counted) h
UNION ALL
(SELECT -1, v.word, v.stem, v.listings, 0 FROM search_vocabulary v
WHERE v.livemode = $1 AND v.word >= $5 AND v.word < $6
ORDER BY v.listings DESC, length(v.word), v.word LIMIT {COMPLETIONS})"""

# Words of titles one or two slips away from those typed, and the halves of two words in one.
NEAR = """
SELECT a.n, v.word, v.stem, v.listings
FROM unnest($2::int[], $3::text[]) a (n, word)
CROSS JOIN LATERAL (
  SELECT v.word, v.stem, v.listings FROM search_vocabulary v
  WHERE v.livemode = $1 AND search_slips(v.word) && search_slips(a.word)
  ORDER BY v.listings DESC LIMIT 200) v
UNION ALL
SELECT -1, v.word, v.stem, v.listings FROM search_vocabulary v
WHERE v.livemode = $1 AND v.word = ANY ($4::text[])"""


async def understand(tx: Tx, typed: str | None, *, livemode: bool) -> Understood:
    """The slots of *typed*, in one round trip, two if a word is unknown. Never refuses anything."""
    said = language.words(typed or "")
    if not said:
        return Understood(())
    # From the second letter on: one letter begins everything.
    prefix = said[-1] if language.unfinished(typed or "") and len(said[-1]) > 1 else None
    spelled = [(n, variant) for n, word in enumerate(said) for variant in language.spellings(word)]
    if prefix:
        spelled += [(-1, variant) for variant in language.begun(prefix)]
    rows = await tx.sql(
        KNOW,
        livemode,
        [n for n, _ in spelled],
        [variant for _, variant in spelled],
        COUNTED,
        prefix or "",
        f"{prefix}{{" if prefix else "",  # the brace comes right after z
    )
    slots = [_slot(word, [r for r in rows if r["slot"] == n]) for n, word in enumerate(said)]
    if not slots[-1].size and prefix:
        slots[-1] = _completed(prefix, [r for r in rows if r["slot"] == -1])
    if all(slot.size for slot in slots):
        return Understood(tuple(slots))
    return await _corrected(tx, livemode, slots)


def _slot(said: str, rows: Sequence[asyncpg.Record]) -> Slot:
    found = {row["stem"]: row for row in rows if row["hits"]}
    size = sum(
        row["hits"] if row["hits"] < COUNTED else max(COUNTED, row["listings"] or _MANY)
        for row in found.values()
    )
    return Slot(said, tuple(found) or tuple(row["stem"] for row in rows[:1]), size)


def _completed(said: str, rows: Sequence[asyncpg.Record]) -> Slot:
    found = {r["stem"]: r["listings"] or r["hits"] for r in rows if r["listings"] or r["hits"]}
    size = max(COUNTED, sum(found.values())) if found else 0
    return Slot(said, tuple(found)[:MERGED] or (said,), size)


async def _corrected(tx: Tx, livemode: bool, slots: list[Slot]) -> Understood:
    """Words that stand nowhere are replaced by the nearest, or taken apart; else they stay."""
    unknown = {n: slot.said for n, slot in enumerate(slots) if not slot.size and len(slot.said) > 2}
    exact = {half for word in unknown.values() for two in language.pieces(word) for half in two}
    exact.update(w for word in unknown.values() for w in language.respelled(word))
    rows = await tx.sql(NEAR, livemode, list(unknown), list(unknown.values()), sorted(exact))
    known = {row["word"]: row for row in rows}
    meant: list[Slot] = []
    for n, slot in enumerate(slots):
        near = [(r["word"], r["listings"]) for r in rows if r["n"] == n]
        chosen = language.nearest(slot.said, near)
        chosen += [w for w in language.respelled(slot.said) if w in known and w not in chosen]
        if n not in unknown:
            meant.append(slot)
        elif chosen:
            meant.append(_meant(chosen, known))
        else:
            meant.extend(_apart(slot, {r["word"]: r for r in rows if r["n"] == -1}))
    corrected = " ".join(slot.said for slot in meant)
    same = corrected == " ".join(slot.said for slot in slots)
    return Understood(tuple(meant), None if same else corrected)


def _meant(chosen: Sequence[str], known: dict[str, asyncpg.Record]) -> Slot:
    stems = tuple(dict.fromkeys(known[word]["stem"] for word in chosen))
    return Slot(chosen[0], stems, max(COUNTED, sum(known[w]["listings"] for w in chosen)))


def _apart(slot: Slot, known: dict[str, asyncpg.Record]) -> list[Slot]:
    """The two known words *slot* is made of, those of the most titles; or itself."""
    found = [two for two in language.pieces(slot.said) if known.keys() >= set(two)]
    if not found:
        return [slot]
    best = max(found, key=lambda two: min(known[half]["listings"] for half in two))
    return [_meant([half], known) for half in best]
