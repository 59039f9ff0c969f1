"""What a seller should do next, most urgent first, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.catalog.categories import tree
from app.catalog.curation.findings import Severity
from app.catalog.curation.gaps import Cause, Gap, gaps
from app.catalog.curation.words import day_name, licence_names
from app.catalog.listings.schemas import ReviewReason
from app.catalog.overview.texts import (
    BLOCKS,
    CLOSED,
    CLOSED_ONE_DAY,
    FILED,
    GAPS,
    REASONS,
    TEXTS,
    ToDoCode,
)
from app.catalog.states import ListingStatus
from app.core.text import Text
from app.parties.rules import Held

T = ToDoCode
ORDER = [str(code) for code in ToDoCode]
MOST_NAMED = 3
"""Drafts that were left alone are named up to this number; more are only counted."""
_BLOCKING = {
    T.BLOCKED,
    T.LICENCE_MISSING,
    T.LICENCE_REJECTED,
    T.LICENCE_WAITS,
    T.CHANGES_REQUESTED,
    T.CHANGE_NEEDS_WORK,
    T.REJECTED,
    T.SOLD_OUT,
}


@dataclass(frozen=True)
class ToDo:
    """One thing to do, about a listing or a variant if it is about one, by a day if there is one:
    the last day of a licence that ends, the first of a rule that comes or of a closure."""

    code: ToDoCode
    text: Text
    listing_id: UUID | None = None
    variant_id: UUID | None = None
    due_on: date | None = None

    @property
    def severity(self) -> Severity:
        """Whether goods are not sold because of it."""
        return Severity.BLOCKS if self.code in _BLOCKING else Severity.WARNS


def to_do(
    rows: Iterable[Mapping[str, Any]],
    counts: Mapping[str, Any],
    held: Collection[Held],
    today: date,
) -> list[ToDo]:
    """All of it: *rows* of `queries.to_do`, what `queries.counts` says of drafts and closures, and
    what the licences *held* lack for the seller's goods."""
    found = [_of_row(row) for row in rows]
    found = _drafts(found, (counts["by_status"] or {}).get(ListingStatus.DRAFT, 0))
    found += [_closure(days) for days in counts["closures"] or ()]
    goods: dict[Gap, list[str]] = {}
    for category in counts["categories"] or ():
        for gap in gaps(category, held, today):
            goods.setdefault(gap, []).append(category)
    found += [_of_gap(gap, names, held, today) for gap, names in goods.items()]
    return sorted(found, key=lambda one: (ORDER.index(one.code), one.due_on or today))


def _drafts(found: list[ToDo], count: int) -> list[ToDo]:
    """*found* with all drafts as one thing to do, unless each of them is named already."""
    named = sum(one.code == T.DRAFT_LEFT for one in found)
    if named > MOST_NAMED:
        found = [one for one in found if one.code != T.DRAFT_LEFT]
        named = 0
    told = ToDo(T.DRAFTS, TEXTS[T.DRAFTS].filled(count=count))
    return [*found, told] if count > named else found


def _closure(days: Mapping[str, str]) -> ToDo:
    first, last = (date.fromisoformat(days[end]) for end in ("starts_on", "ends_on"))
    text = CLOSED_ONE_DAY if first == last else CLOSED
    told = text.filled(first=day_name(first), last=day_name(last))
    return ToDo(T.CLOSURE, told, due_on=first)


def _of_row(row: Mapping[str, Any]) -> ToDo:
    code = ToDoCode(row["code"])
    title = f"{row['title']} · {row['named']}" if row["named"] else row["title"]
    if code == T.BLOCKED:
        first = row["blocked"][0]
        text = BLOCKS[first["code"]].filled(title=title, names=licence_names(first["one_of"]))
    else:
        text = TEXTS[code].filled(title=title, why=_why(row))
    return ToDo(code, text, row["listing_id"], row["variant_id"])


def _why(row: Mapping[str, Any]) -> Text:
    reason = REASONS.get(row["review_reason"], REASONS[ReviewReason.OTHER])
    note = row["review_note"]
    return Text(f"{reason.en} ({note})", f"{reason.id} ({note})") if note else reason


def _of_gap(gap: Gap, categories: Collection[str], held: Collection[Held], today: date) -> ToDo:
    code, text, filed = *GAPS[gap.cause], frozenset[str]()
    if gap.cause == Cause.MISSING:
        for status, instead in FILED.items():
            filed = frozenset(h.kind for h in held if h.kind in gap.one_of and h.status == status)
            if filed:
                code, text = instead
                break
    names = [tree()[category].name for category in categories]
    told = text.filled(
        goods=Text(", ".join(n.en for n in names), ", ".join(n.id for n in names)),
        filed=licence_names(filed),
        names=licence_names([gap.ending] if gap.ending else gap.one_of),
        day=day_name(gap.due_on) if gap.due_on else "",
        days=(gap.due_on - today).days if gap.due_on else 0,
    )
    return ToDo(code, told, due_on=gap.due_on)
