"""Counting what a file does, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.catalog.imports.judge import New, Verdict
from app.catalog.imports.products import Product
from app.catalog.licences import lacking


@dataclass
class Tally:
    """Rows by what becomes of them; of new listings how many ask for curation, and why not all.

    *held* are the seller's good licences (None: nothing shall be submitted).
    """

    held: frozenset[str] | None
    today: date
    read: int = 0
    creates: int = 0
    updates: int = 0
    unchanged: int = 0
    invalid: int = 0
    held_back: int = 0
    submitted: int = 0
    wrong: list[Product] = field(default_factory=list)
    _lacking: dict[str, int] = field(default_factory=dict)

    def add(self, product: Product, verdict: Verdict) -> None:
        """Count *product*, of which *verdict* was found."""
        rows = len(product.lines)
        self.read += rows
        if product.wrong:
            bad = sum(bool(line.problems) for line in product.lines)
            self.invalid += bad
            self.held_back += rows - bad
            self.wrong.append(product)
        elif verdict is None:
            self.unchanged += rows
        elif isinstance(verdict, New):
            self.creates += rows
            self._submit(verdict.said["category"])
        else:
            self.updates += rows

    def submits(self, new: New) -> bool:
        """Whether *new* asks for curation at once."""
        return self.held is not None and not self._lacks(new.said["category"])

    def _lacks(self, category: str) -> list[list[str]]:
        return lacking(category, self.held or frozenset(), self.today)

    def _submit(self, category: str) -> None:
        if self.held is None:
            return
        if self._lacks(category):
            self._lacking[category] = self._lacking.get(category, 0) + 1
        else:
            self.submitted += 1

    def columns(self) -> dict[str, Any]:
        """The counts as columns of the import."""
        return {
            "creates": self.creates,
            "updates": self.updates,
            "unchanged": self.unchanged,
            "submitted": self.submitted,
            "lacking": [
                {"category": category, "listings": count, "one_of": self._lacks(category)}
                for category, count in sorted(self._lacking.items())
            ],
        }
