"""Decisions about listings: the licences goods need, what a patch makes, what may still change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from app.catalog.states import LISTING, ListingStatus
from app.core.errors import WrongState
from app.core.text import Text

UNCURATED = frozenset({"price"})
"""What was not curated, and so may change when the curation is over."""

_BEFORE_CURATION = frozenset({ListingStatus.DRAFT, ListingStatus.CHANGES_REQUESTED})


@dataclass(frozen=True)
class LicenceRule:
    """From the day *since*, goods of *categories* need a licence of one of these kinds."""

    categories: frozenset[str]
    one_of: frozenset[str]
    since: date


@lru_cache
def licence_rules() -> tuple[LicenceRule, ...]:
    """The rules in force and to come, with their sources in ``data/licence_rules.json``."""
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
        if category in rule.categories and rule.since <= on and not rule.one_of & held
    ]


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """*target* after the JSON Merge Patch *patch* (RFC 7396): null removes, objects merge."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def check_editable(status: str, changed: Set[str]) -> None:
    """Raises WrongState when the fields *changed* may not change in *status* (any more)."""
    LISTING.check("edit", status)
    curated = sorted(changed - UNCURATED)
    if curated and status not in _BEFORE_CURATION:
        fields = ", ".join(curated)
        raise WrongState(
            Text(
                f"This listing is {status}: what was curated ({fields}) stays; only its price may "
                "change. Archive it and make a new one to show something else.",
                f"Statusnya {status}: isian yang sudah dikurasi ({fields}) tidak bisa diubah, "
                "hanya harga. Arsipkan lalu buat produk tayang baru bila perlu.",
            ),
            current_status=status,
            allowed_actions=LISTING.allowed_actions(status),
            fields=curated,
        )
