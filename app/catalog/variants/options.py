"""What a size, colour, flavour or pack may say.

These are shown at once and no curator has seen them, so they name and do not advertise: no claims
that a licence would have to back, no addresses or telephone numbers. Everything else belongs into
title and description, which are curated.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files

from app.core.errors import invalid

_CONTACT = re.compile(r"https?|www\.|[@#]|\.(com|id|co)\b|(\d[ .-]?){7,}", re.IGNORECASE)
_APART = re.compile(r"[\W_]+")


@lru_cache
def _claims() -> re.Pattern[str]:
    """The words that promise something, out of ``data/curation.json``, and those of medicine."""
    text = files("app.catalog").joinpath("data/curation.json").read_text(encoding="utf-8")
    said = json.loads(text)
    words = [word for claim in said["claims"] for word in claim["words"]]
    every = "|".join(re.escape(word) for word in [*words, *said["never_in_options"]])
    return re.compile(rf"\b({every})\b")


def check_option(option: str | None, pointer: str) -> None:
    """Raises Invalid for an option that claims or advertises instead of naming."""
    if option is None:
        return
    plain = _APART.sub(" ", option.casefold()).strip()
    if _CONTACT.search(option) or _claims().search(plain):
        raise invalid(
            pointer,
            "option_claims",
            "An option only names a size, colour, flavour or pack; claims and contacts belong into "
            "the description, which is curated.",
            "Pilihan varian hanya menyebut ukuran, warna, rasa, atau kemasan; klaim dan kontak "
            "ditulis di deskripsi, yang dikurasi.",
        )
