"""What stands in a cell, read as what is meant: Indonesian numbers, and what Excel makes of codes.

Every reader takes the raw cell and whether a lone group of three digits is uncertain (a file with
commas between its cells may mean English numbers), and gives the value as on the wire, decimals as
text. Raises NotRight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

from app.core.money import MOST as MOST_RUPIAH
from app.core.quantity import MOST, plain
from app.core.text import Text

MOST_TEXT = 2000
"""Characters in one cell."""


class ErrorCell(NamedTuple):
    """A cell without a value that can be read: a formula's ``#REF!``, a fraction in JSON."""

    said: str
    formula: bool = True


Raw = str | int | Decimal | bool | date | ErrorCell
Reader = Callable[[Raw, bool], Any]


class NotRight(Exception):
    """A cell that does not say what its column needs."""

    def __init__(self, code: str, en: str, id: str) -> None:
        super().__init__(code)
        self.code = code
        self.why = Text(en, id)


_EMPTY = Text("This cell is empty.", "Sel ini kosong.")
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
_WHOLE = re.compile(r"\d{1,18}")
_DOTTED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_COMMAED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_POINT = re.compile(r"\d{1,18}[.,]\d+")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_RUPIAH = re.compile(r"^(rp|idr)\.?\s*|\s*(rp|idr)$|[,.]-{1,2}$", re.IGNORECASE)


def shown(raw: Raw) -> str:
    """A cell as its writer saw it, as nearly as can be said."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, ErrorCell):
        return raw.said
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, date):
        return raw.isoformat()
    return plain(Decimal(raw))


def _said(raw: Raw) -> str:
    """The text of a cell. Raises NotRight for what Excel has made of it."""
    if isinstance(raw, ErrorCell) and not raw.formula:
        raise NotRight(
            "json_value",
            "Write it as text, or as a whole number.",
            "Tulis sebagai teks atau bilangan bulat.",
        )
    if isinstance(raw, ErrorCell):
        raise NotRight(
            "formula_error",
            f"The formula in this cell gives {raw.said} and no value.",
            f"Rumus di sel ini menghasilkan {raw.said}, bukan nilai.",
        )
    if isinstance(raw, date):
        raise NotRight(
            "became_date",
            "Excel has made a date of what was typed; format the cell as Text and type it again.",
            "Excel mengubah isi sel ini menjadi tanggal; ubah format sel ke Teks lalu ketik ulang.",
        )
    text = shown(raw).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any((c < " " and c not in "\n\t") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text):
        raise NotRight(
            "plain_text",
            "There are characters in it that cannot be seen; type it again.",
            "Ada karakter yang tidak terlihat di dalamnya; ketik ulang isinya.",
        )
    return text


def text(most: int) -> Reader:
    """Words, at most *most* characters."""

    def read(raw: Raw, _uncertain: bool) -> str:
        said = _said(raw)
        if len(said) > most:
            raise NotRight(
                "too_long",
                f"It has {len(said)} characters; at most {most} are taken.",
                f"Panjangnya {len(said)} karakter; paling banyak {most}.",
            )
        return said

    return read


def code(most: int) -> Reader:
    """A code as it was typed: digits must not have been shortened by Excel."""
    words = text(most)

    def read(raw: Raw, uncertain: bool) -> str:
        too_long = isinstance(raw, int | Decimal) and not isinstance(raw, bool) and raw >= 10**15
        if too_long or (isinstance(raw, str) and _SHORTENED.fullmatch(raw.strip())):
            raise NotRight(
                "shortened",
                "Excel has shortened this number; format the column as Text and type it again.",
                "Excel memendekkan angka ini; ubah format kolom ke Teks lalu ketik ulang.",
            )
        return str(words(raw, uncertain))

    return read


def _number(raw: Raw, uncertain: bool, *, money: bool) -> Decimal:
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return Decimal(raw)
    said = _said(raw).replace("\u00a0", " ")
    if money:
        said = _RUPIAH.sub("", _RUPIAH.sub("", said)).strip()
    if uncertain and not money and _ONE_GROUP.fullmatch(said):
        digits = re.sub(r"[.,]", "", said)
        raise NotRight(
            "number_uncertain",
            f"This may be {digits} or a thousandth of it; write it without thousands' separators.",
            f"Bisa berarti {digits} atau seperseribunya; tulis tanpa pemisah ribuan.",
        )
    for pattern, thousands in ((_WHOLE, ""), (_DOTTED, "."), (_COMMAED, ",")):
        fits = pattern is not _COMMAED or money or not _POINT.fullmatch(said)
        if fits and pattern.fullmatch(said):
            return Decimal((said.replace(thousands, "") if thousands else said).replace(",", "."))
    if _POINT.fullmatch(said):
        return Decimal(said.replace(",", "."))
    raise NotRight("not_a_number", "This is not a number.", "Isi ini bukan angka.")


def rupiah(raw: Raw, uncertain: bool) -> str:
    """An amount in whole rupiah: ``15000``, ``15.000``, ``Rp 15.000,-``."""
    amount = _number(raw, uncertain, money=True)
    if amount != amount.to_integral_value():
        raise NotRight(
            "not_whole", "Prices are whole rupiah, without cents.", "Harga tanpa sen (rupiah utuh)."
        )
    return plain(_within(amount, Decimal(1), MOST_RUPIAH))


def quantity(*, zero: bool = False) -> Reader:
    """How much, with at most three decimal places."""

    def read(raw: Raw, uncertain: bool) -> str:
        value = _number(raw, uncertain, money=False)
        value = _within(value, Decimal(0) if zero else Decimal("0.001"), MOST)
        if value != value.quantize(Decimal("0.001")):
            raise NotRight(
                "too_fine",
                "At most three digits may stand behind the comma.",
                "Paling banyak tiga angka di belakang koma.",
            )
        return plain(value)

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number from *least* to *most*."""

    def read(raw: Raw, uncertain: bool) -> int:
        value = _number(raw, uncertain, money=False)
        if value != value.to_integral_value():
            raise NotRight("not_whole", "This is no whole number.", "Isi ini bukan bilangan bulat.")
        return int(_within(value, Decimal(least), Decimal(most)))

    return read


def _within(value: Decimal, least: Decimal, most: Decimal) -> Decimal:
    if not least <= value <= most:
        raise NotRight(
            "out_of_range",
            f"It must be from {plain(least)} to {plain(most)}.",
            f"Harus dari {plain(least)} sampai {plain(most)}.",
        )
    return value


def folded(said: str) -> str:
    """*said* as names are compared: small letters and digits, single spaces."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", said.casefold()).split())


def choice(names: Mapping[str, str]) -> Reader:
    """One of some values, by any of its names (folded)."""

    def read(raw: Raw, _uncertain: bool) -> str:
        said = _said(raw)
        found = names.get(folded(said))
        if found is None:
            near = get_close_matches(folded(said), names, 1)
            hint = near[0] if near else ""
            raise NotRight(
                "not_known",
                "This is not one of the known values" + (f"; is {hint} meant?" if hint else "."),
                "Isi ini tidak dikenal" + (f"; maksudnya {hint}?" if hint else "."),
            )
        return found

    return read
