"""What a listing lacks in a curator's eyes. Pure; nobody is refused for it but by licences."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from app.catalog.categories import within
from app.catalog.curation.gaps import Cause, Gap, gaps
from app.catalog.curation.words import day_name, folded, licence_names
from app.core.money import rupiah
from app.core.text import Text
from app.parties.rules import Held, kinds_on


class Severity(StrEnum):
    """`blocks`: it cannot be sold like this. `warns`: somebody should look at it."""

    BLOCKS = "blocks"
    WARNS = "warns"


class FindingCode(StrEnum):
    """What is lacking, or doubtful."""

    LICENCE_MISSING = "licence_missing"
    LICENCE_NEEDED_SOON = "licence_needed_soon"
    LICENCE_ENDING = "licence_ending"
    NO_PHOTO = "no_photo"
    NO_DESCRIPTION = "no_description"
    NO_INGREDIENTS = "no_ingredients"
    NO_SHELF_LIFE = "no_shelf_life"
    NO_STORAGE = "no_storage"
    NO_NET_WEIGHT = "no_net_weight"
    CLAIM_UNBACKED = "claim_unbacked"
    ORIGIN_ELSEWHERE = "origin_elsewhere"
    PRICE_DOUBTFUL = "price_doubtful"
    PROBABLE_DUPLICATE = "probable_duplicate"


F = FindingCode


@dataclass(frozen=True)
class Finding:
    """One thing to look at. *field* is the listing's field that it is about, if it is about one;
    *one_of* the licences that would settle it; *other* the listing it looks like."""

    code: FindingCode
    severity: Severity
    text: Text
    field: str | None = None
    one_of: tuple[str, ...] = ()
    due_on: date | None = None
    other: UUID | None = None


@dataclass(frozen=True)
class Claim:
    """Words that promise something, and the licences of which any one backs it."""

    words: tuple[str, ...]
    one_of: frozenset[str]


@dataclass(frozen=True)
class Practice:
    """What curators look at; see `data/curation.json`."""

    packed_food: tuple[str, ...]
    home_regions: tuple[str, ...]
    least_price: Decimal
    claims: tuple[Claim, ...]


@lru_cache
def _data() -> Practice:
    text = files("app.catalog").joinpath("data/curation.json").read_text(encoding="utf-8")
    data = json.loads(text)
    claims = (Claim(tuple(c["words"]), frozenset(c["one_of"])) for c in data["claims"])
    return Practice(
        tuple(data["packed_food"]),
        tuple(data["home_regions"]),
        Decimal(data["least_rupiah_per_unit"]),
        tuple(claims),
    )


_ABSENT: dict[str, tuple[FindingCode, Text]] = {
    "description": (F.NO_DESCRIPTION, Text("It has no description.", "Belum ada deskripsi.")),
    "ingredients": (
        F.NO_INGREDIENTS,
        Text("Its ingredients are not said.", "Komposisi (bahan) belum diisi."),
    ),
    "shelf_life_days": (
        F.NO_SHELF_LIFE,
        Text("It is not said how long it keeps.", "Masa simpan belum diisi."),
    ),
    "storage": (
        F.NO_STORAGE,
        Text("It is not said how to keep it.", "Cara penyimpanan belum diisi."),
    ),
}
_OF_FOOD = ("ingredients", "shelf_life_days", "storage")
_TOLD = ("title", "title_en", "description", "description_en", "ingredients", "story")
_GAPS: dict[Cause, tuple[FindingCode, Severity, Text]] = {
    Cause.MISSING: (
        F.LICENCE_MISSING,
        Severity.BLOCKS,
        Text("Its seller has no valid {names}.", "Penjual belum punya izin {names} yang berlaku."),
    ),
    Cause.RULE_COMES: (
        F.LICENCE_NEEDED_SOON,
        Severity.WARNS,
        Text(
            "From {day} on it needs a {names}; its seller has none.",
            "Mulai {day} wajib ada izin {names}; penjual belum punya.",
        ),
    ),
    Cause.LICENCE_ENDS: (
        F.LICENCE_ENDING,
        Severity.WARNS,
        Text("Its seller's {names} ends on {day}.", "Izin {names} milik penjual berakhir {day}."),
    ),
}


def findings(
    listing: Mapping[str, Any],
    weighed: bool,
    held: Collection[Held],
    duplicate: UUID | None,
    today: date,
) -> list[Finding]:
    """What *listing* (as on the wire, with ``photos``) lacks; what blocks comes first.

    Its ``lowest_price`` is the lowest of its variants for one unit, in rupiah.
    *weighed*: every variant says its net weight. *held*: its seller's licences. *duplicate*:
    another listing of the seller with the same title.
    """
    found = [
        *map(_of_gap, gaps(listing["category"], held, today)),
        *_incomplete(listing, weighed),
        *_doubtful(listing),
        *_claims(listing, kinds_on(held, today)),
    ]
    if duplicate is not None:
        text = Text(
            "Its seller has another listing with this title.",
            "Penjual sudah punya produk lain dengan nama yang sama.",
        )
        found.append(Finding(F.PROBABLE_DUPLICATE, Severity.WARNS, text, "title", other=duplicate))
    return sorted(found, key=lambda finding: finding.severity)


def _of_gap(gap: Gap) -> Finding:
    code, severity, text = _GAPS[gap.cause]
    names = licence_names([gap.ending] if gap.ending else gap.one_of)
    told = text.filled(names=names, day=day_name(gap.due_on) if gap.due_on else "")
    return Finding(code, severity, told, "category", gap.one_of, gap.due_on)


def _incomplete(listing: Mapping[str, Any], weighed: bool) -> Iterator[Finding]:
    if not listing["photos"]:
        yield Finding(
            F.NO_PHOTO, Severity.WARNS, Text("It has no photo.", "Belum ada foto."), "photos"
        )
    food = any(within(listing["category"], scope) for scope in _data().packed_food)
    for field in ("description", *(_OF_FOOD if food else ())):
        if listing[field] is None:
            code, text = _ABSENT[field]
            yield Finding(code, Severity.WARNS, text, field)
    if food and not weighed:
        text = Text(
            "The net weight of a variant is not said.", "Ada varian yang belum diisi berat bersih."
        )
        yield Finding(F.NO_NET_WEIGHT, Severity.WARNS, text, "variants")


def _doubtful(listing: Mapping[str, Any]) -> Iterator[Finding]:
    """An origin that is not Blitar, a price that looks like a slip of the pen."""
    code = listing["origin_region_code"]
    if not any(f"{code}.".startswith(f"{home}.") for home in _data().home_regions):
        text = Text(
            "It comes from outside Blitar (region code {code}).",
            "Asal produk di luar Blitar (kode wilayah {code}).",
        )
        told = text.filled(code=code)
        yield Finding(F.ORIGIN_ELSEWHERE, Severity.WARNS, told, "origin_region_code")
    if listing["lowest_price"] < _data().least_price:
        text = Text(
            "A price is below {least} for one unit; perhaps some zeros are missing.",
            "Ada harga di bawah {least} per satuan; mungkin kurang nol.",
        )
        told = text.filled(least=rupiah(_data().least_price))
        yield Finding(F.PRICE_DOUBTFUL, Severity.WARNS, told, "price")


def _claims(listing: Mapping[str, Any], kinds: frozenset[str]) -> Iterator[Finding]:
    told = {field: f" {folded(listing[field])} " for field in _TOLD if listing[field]}
    for claim in _data().claims:
        if claim.one_of & kinds:
            continue
        hit = next(
            ((field, w) for field, text in told.items() for w in claim.words if f" {w} " in text),
            None,
        )
        if hit is not None:
            yield _unbacked(claim, *hit)


def _unbacked(claim: Claim, field: str, word: str) -> Finding:
    text = Text(
        "It says “{word}”, which no licence of its seller backs.",
        "Ada kata “{word}” yang tidak didukung izin penjual; minta buktinya.",
    )
    return Finding(
        F.CLAIM_UNBACKED,
        Severity.WARNS,
        text.filled(word=word),
        field,
        tuple(sorted(claim.one_of)),
    )
