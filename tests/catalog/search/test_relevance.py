"""What people type finds what they mean: `relevance.json` against the database.

Before and after tuning (the plain full-text search of Postgres, then ours) are printed with ``-s``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.catalog.search.shelves import Goods, Shelf

SAID = json.loads(Path(__file__).with_name("relevance.json").read_text("utf-8"))
PLAIN = (
    "SELECT title FROM shelf WHERE all_words @@ plainto_tsquery('indonesian', $1) "
    "ORDER BY listing_id DESC LIMIT 20"
)


def score(found: dict[str, list[str]]) -> dict[str, int]:
    """For how many queries a wanted title is first, among five, among twenty; how many find none."""

    def among(first: int) -> int:
        return sum(
            not set(case["must"]).isdisjoint(found[case["q"]][:first]) for case in SAID["queries"]
        )

    return {
        "@1": among(1),
        "@5": among(5),
        "@20": among(20),
        "zero": sum(not f for f in found.values()),
    }


def all_found(found: dict[str, list[str]]) -> Callable[[dict[str, Any]], bool]:
    """Whether a case got everything it must and nothing it must not."""
    return lambda case: (
        set(case["must"]) <= set(found[case["q"]])
        and set(case["never"]).isdisjoint(found[case["q"]])
    )


async def test_what_people_type_finds_what_they_mean(shelf: Shelf) -> None:
    await shelf.put(Goods(s["title"], s["description"], s["category"]) for s in SAID["shelf"])
    asked = [case["q"] for case in SAID["queries"]]
    before = {q: [r["title"] for r in await shelf.connection.fetch(PLAIN, q)] for q in asked}
    after = {q: await shelf.find(q) for q in asked}
    print(f"\nof {len(asked)}: before {score(before)}, after {score(after)}")
    failed = [
        (case["q"], after[case["q"]]) for case in SAID["queries"] if not all_found(after)(case)
    ]
    assert not failed
    assert score(after)["@1"] > score(before)["@1"]
    assert score(after)["zero"] == 0 < score(before)["zero"]
