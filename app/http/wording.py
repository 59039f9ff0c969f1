"""What a field may say, in words: lists of choices and forms of text, never a raw expression."""

from __future__ import annotations

import re

from app.core.text import Text

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_MOST = 12  # more choices than a sentence should list
_SHOWN = 5
_STAND = {"category": Text("GET /v1/categories", "GET /v1/categories")}
_ELSEWHERE = Text("the API document, /docs", "dokumen API, /docs")

FORMS: dict[str, Text] = {
    r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$": Text(
        "Expected a region code like 35.72.02.1005; see GET /v1/regions.",
        "Harus kode wilayah seperti 35.72.02.1005; lihat GET /v1/regions.",
    ),
    r"^[0-9]{6}([0-9]{2})?$": Text(
        "Expected an HS code of 6 or 8 digits, like 210390.",
        "Harus kode HS 6 atau 8 angka, misalnya 210390.",
    ),
    r"^\+[1-9][0-9]{7,14}$": Text(
        "Expected a phone number with its country code, like +6281200000001.",
        "Harus nomor telepon dengan kode negara, misalnya +6281200000001.",
    ),
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$": Text(
        "Expected up to 50 letters, digits, dots, dashes or underscores, beginning with a letter "
        "or a digit, like eggs.",
        "Paling banyak 50 huruf, angka, titik, tanda hubung, atau garis bawah, diawali huruf atau "
        "angka, misalnya eggs.",
    ),
    r"^[!-~]([ -~]*[!-~])?$": Text(
        "Expected letters, digits and signs of plain ASCII, with no blank at either end.",
        "Harus huruf, angka, dan tanda ASCII biasa, tanpa spasi di awal atau akhir.",
    ),
    r"^[A-Za-z0-9-]+$": Text(
        "Expected a number as it stands on the label, like LOT-2026-000125.",
        "Harus nomor seperti di label, misalnya LOT-2026-000125.",
    ),
    r"^[a-z][a-z0-9_]{0,49}$": Text(
        "Expected up to 50 small letters, digits or underscores, beginning with a letter, like "
        "haugh_unit.",
        "Paling banyak 50 huruf kecil, angka, atau garis bawah, diawali huruf, misalnya "
        "haugh_unit.",
    ),
    r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$": Text(
        'Expected a decimal as text, like "72.5" or "-18".',
        'Harus angka desimal sebagai teks, misalnya "72.5" atau "-18".',
    ),
    r"^[\w%°µ/·²³ -]{1,20}$": Text(
        "Expected the name of a unit, up to 20 letters, like °C or %.",
        "Harus nama satuan, paling banyak 20 huruf, misalnya °C atau %.",
    ),
}
"""What each expression that a request's text is held against means."""

_FORM = Text(
    "This is not written in the form expected; see its example in the API document, /docs.",
    "Cara penulisannya belum benar; lihat contohnya di dokumen API, /docs.",
)


def form(pattern: str) -> Text:
    """What a text held against *pattern* should look like."""
    return FORMS.get(pattern, _FORM)


def one_of(expected: str, field: str) -> Text:
    """The choices that Pydantic names in *expected* (``'a', 'b' or 'c'``) for *field*.

    Of many only the first few are said, and where all of them stand.
    """
    names = _QUOTED.findall(expected) or [expected]
    if len(names) > _MOST:
        first, where = ", ".join(names[:_SHOWN]), _STAND.get(field, _ELSEWHERE)
        return Text(
            f"Expected one of {first}, …; all of them: {where.en}.",
            f"Harus salah satu dari {first}, …; daftar lengkap: {where.id}.",
        )
    if len(names) == 1:
        return Text(f"Expected {names[0]}.", f"Harus {names[0]}.")
    return Text(
        f"Expected one of {_listed(names, 'or')}.",
        f"Harus salah satu dari {_listed(names, 'atau')}.",
    )


def _listed(names: list[str], word: str) -> str:
    """``a or b``, ``a, b, or c``."""
    comma = "," if len(names) > 2 else ""
    return f"{', '.join(names[:-1])}{comma} {word} {names[-1]}"
