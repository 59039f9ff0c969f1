"""Licences gate goods, not sellers: eggs need an NKV, a shirt needs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.errors import DomainError, Kind
from app.core.text import Text


class LicenceMissing(DomainError):
    """The seller has no good licence of a kind that these goods need."""

    kind = Kind.CONFLICT
    code = "licence_missing"
    title = Text("A licence is missing", "Izin belum ada")
    advice = Text(
        "File the licences named in missing and have the hub verify them, then try again.",
        "Ajukan izin yang disebut dalam missing, tunggu verifikasi BTC, lalu coba lagi.",
    )


def licence_missing(
    missing: Sequence[str], *, one_of: Sequence[Sequence[str]] = ()
) -> LicenceMissing:
    """The refusal that names the *missing* kinds.

    Where one may stand for another, *one_of* says so: ``[["bpom_md", "pirt"], ["halal"]]`` asks
    for one out of each group.
    """
    groups: dict[str, Any] = {"one_of": [list(kinds) for kinds in one_of]} if one_of else {}
    en = ", ".join(" or ".join(kinds) for kinds in one_of) or ", ".join(missing)
    id = ", ".join(" atau ".join(kinds) for kinds in one_of) or ", ".join(missing)
    return LicenceMissing(
        Text(
            f"These goods need {en}, valid today; file it with POST /v1/parties/…/licences.",
            f"Barang ini memerlukan izin {id} yang berlaku; ajukan dulu kepada BTC.",
        ),
        missing=list(missing),
        **groups,
    )
