"""Licences gate goods, not sellers: eggs need an NKV, a shirt needs nothing.

Which category needs what from which day on is data (``data/licence_rules.json``), with its sources.
"""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from app.catalog.categories import within
from app.catalog.curation.words import all_licences
from app.core.errors import DomainError, Kind
from app.core.text import Text


@dataclass(frozen=True)
class LicenceRule:
    """From the day *since*, goods of *categories* need a licence of one of these kinds."""

    categories: frozenset[str]
    one_of: frozenset[str]
    since: date

    def concerns(self, category: str) -> bool:
        """Whether goods of *category* are meant, today or some day."""
        return any(within(category, scope) for scope in self.categories)


@lru_cache
def licence_rules() -> tuple[LicenceRule, ...]:
    """The rules in force and to come."""
    text = files("app.catalog").joinpath("data/licence_rules.json").read_text(encoding="utf-8")
    return tuple(
        LicenceRule(
            frozenset(rule["categories"]),
            frozenset(rule["one_of"]),
            date.fromisoformat(rule["from"]),
        )
        for rule in json.loads(text)["rules"]
    )


def lacking(category: str, held: Set[str], on: date) -> list[list[str]]:
    """What a seller who holds licences of the kinds *held* lacks for *category* on that day.

    One entry for each rule that is not met: the kinds of which any one would do.
    """
    return [
        sorted(rule.one_of)
        for rule in licence_rules()
        if rule.since <= on and rule.concerns(category) and not rule.one_of & held
    ]


def telling(category: str, held: Set[str]) -> list[str]:
    """Those of the licences *held* that say something about goods of *category*."""
    named = {kind for rule in licence_rules() if rule.concerns(category) for kind in rule.one_of}
    return sorted(named & held)


class LicenceMissing(DomainError):
    """The seller has no good licence of a kind that these goods need."""

    kind = Kind.CONFLICT
    code = "licence_missing"
    title = Text("A licence is missing", "Izin belum ada")
    advice = Text(
        "File the licences named in missing and have the hub verify them, then try again.",
        "Ajukan izin yang disebut di isian missing, tunggu verifikasi BTC, lalu coba lagi.",
    )


def licence_missing(
    missing: Sequence[str], *, one_of: Sequence[Sequence[str]] = ()
) -> LicenceMissing:
    """The refusal that names the *missing* kinds.

    Where one may stand for another, *one_of* says so: ``[["bpom_md", "pirt"], ["halal"]]`` asks
    for one out of each group.
    """
    groups: dict[str, Any] = {"one_of": [list(kinds) for kinds in one_of]} if one_of else {}
    names = all_licences(one_of or [[kind] for kind in missing])
    return LicenceMissing(
        Text(
            f"These goods need {names.en}, valid today. File it with POST /v1/parties/…/licences.",
            f"Barang ini memerlukan {names.id} yang berlaku. Ajukan dulu kepada BTC.",
        ),
        missing=list(missing),
        **groups,
    )


def check_licences(category: str, held: Set[str], on: date) -> None:
    """Raises LicenceMissing when goods of *category* need more than the licences *held*."""
    lacks = lacking(category, held, on)
    if lacks:
        raise licence_missing(sorted({kind for kinds in lacks for kind in kinds}), one_of=lacks)
