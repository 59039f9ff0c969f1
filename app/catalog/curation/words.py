"""Words for sellers and curators: days, licences, and texts made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from app.core.text import Text
from app.parties.models import LicenceKind

K = LicenceKind

_LICENCES: dict[str, Text] = {
    K.NIB: Text("NIB", "NIB"),
    K.NKV: Text("NKV", "NKV"),
    K.PIRT: Text("P-IRT", "P-IRT"),
    K.BPOM_MD: Text("BPOM MD", "BPOM MD"),
    K.HALAL: Text("halal certificate", "sertifikat halal"),
    K.NPWP: Text("NPWP", "NPWP"),
}
_MONTHS = (
    Text("January", "Januari"),
    Text("February", "Februari"),
    Text("March", "Maret"),
    Text("April", "April"),
    Text("May", "Mei"),
    Text("June", "Juni"),
    Text("July", "Juli"),
    Text("August", "Agustus"),
    Text("September", "September"),
    Text("October", "Oktober"),
    Text("November", "November"),
    Text("December", "Desember"),
)
_APART = re.compile(r"[\W_]+")


def licence_names(one_of: Iterable[str]) -> Text:
    """``P-IRT atau BPOM MD``: licences of which any one would do."""
    names = [_LICENCES[kind] for kind in sorted(one_of, key=list(_LICENCES).index)]
    return Text(" or ".join(n.en for n in names), " atau ".join(n.id for n in names))


def all_licences(groups: Iterable[Iterable[str]]) -> Text:
    """``P-IRT atau BPOM MD, dan sertifikat halal``: one licence out of each of the groups."""
    names = [licence_names(one_of) for one_of in groups]
    return Text(", and ".join(n.en for n in names), ", dan ".join(n.id for n in names))


def day_name(day: date) -> Text:
    """``17 Oktober 2026``."""
    month = _MONTHS[day.month - 1]
    return Text(f"{day.day} {month.en} {day.year}", f"{day.day} {month.id} {day.year}")


def folded(text: str) -> str:
    """*text* in lower case, without accents, its words apart by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _APART.sub(" ", bare).strip()
