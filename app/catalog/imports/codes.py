"""Codes with a form of their own, and what Excel makes of them: regions, barcodes, HS codes."""

from __future__ import annotations

import re

from app.catalog.imports.cells import NotRight, Raw, code
from app.catalog.variants.rules import gtin_valid

_REGION = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")


def region(raw: Raw, uncertain: bool) -> str:
    """A code of Kemendagri, also without its dots."""
    said = str(code(13)(raw, uncertain))
    if said.isascii() and said.isdigit() and len(said) in (4, 6, 10):
        said = ".".join(p for p in (said[:2], said[2:4], said[4:6], said[6:]) if p)
    if not _REGION.fullmatch(said):
        raise NotRight("not_a_code", "This is no region's code.", "Ini bukan kode wilayah.")
    return said


def gtin(raw: Raw, uncertain: bool) -> str:
    """A barcode; zeros that Excel has dropped from a number's front are put back."""
    said = re.sub(r"[ -]", "", str(code(40)(raw, uncertain)))
    if not isinstance(raw, str):
        longer = (said.zfill(n) for n in (8, 12, 13, 14) if n >= len(said))
        said = next((padded for padded in longer if gtin_valid(padded)), said)
    if not gtin_valid(said):
        raise NotRight(
            "gtin",
            "This is no barcode: its digits, or the check digit at its end, are not right.",
            "Ini bukan barcode: jumlah angka atau angka terakhirnya tidak cocok.",
        )
    return said


def hs_code(raw: Raw, uncertain: bool) -> str:
    """A customs code of 6 or 8 digits."""
    said = str(code(12)(raw, uncertain)).replace(".", "")
    if not isinstance(raw, str) and len(said) in (5, 7):
        said = f"0{said}"
    if not re.fullmatch(r"[0-9]{6}([0-9]{2})?", said):
        raise NotRight("not_a_code", "This is no HS code.", "Ini bukan kode HS.")
    return said
