"""From a frozen content to a PDF: pure, and the same bytes whenever and wherever it is done.

Typst sets the pages (https://typst.app), with the fonts it brings along and none of the machine's.
Nothing that people wrote becomes source: it is handed over as JSON, whose strings typst prints as
they are. The date in the file is the day of issue. The result is PDF/A-2a, made to be kept: text
that can be searched, read aloud, and shown in fifty years.

Run in the sandbox (`files.sandbox`): five hundred labels must not hold up the service, and a text
that finds a hole in the typesetter finds itself in a process without secrets.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from app.shipments.documents.contents import CONTENT
from app.shipments.documents.parts import Qr
from app.shipments.documents.shown import shown

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_WORD = 24
"""A longer one may be broken anywhere: names are typed by people, and by machines."""

_SHOWN = (
    (0x20, 0x7E),  # Latin
    (0xA0, 0xAC),
    (0xAE, 0x24F),
    (0x300, 0x36F),  # what is put on letters
    (0x391, 0x3A1),  # Greek, Cyrillic
    (0x3A3, 0x4FF),
    (0x5D0, 0x5EA),  # Hebrew
    (0x621, 0x63A),  # Arabic
    (0x640, 0x655),
    (0x660, 0x66D),
    (0x1E00, 0x1EFF),  # Latin for Vietnamese and others
    (0x2010, 0x2027),  # punctuation
    (0x2030, 0x2040),
    (0x20A0, 0x20BF),  # currencies
    (0x2190, 0x22FF),  # arrows, mathematics
    (0x2500, 0x262F),  # boxes, shapes
)
"""First and last of the characters that the fonts can show and people can see."""

_EDGES = [edge for first, last in _SHOWN for edge in (first, last + 1)]

_REMEMBERED = 10
"""Typst keeps what its last so many pieces of work have needed. Ten times five hundred labels are
more than the sandbox may take, so as many empty pages are set after each document."""

_SPACES = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")
_LONG = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_WITHIN = re.compile(r"(?<=.)(?=[^\u0300-\u036F\u064B-\u0655])")  # no mark without its letter


def pdf_of(number: str, content: bytes) -> bytes:
    """The PDF of a document's number and its content's JSON."""
    import typst  # loads fonts: only where it is needed

    said = CONTENT.validate_json(content)
    made = typst.compile(
        _TEMPLATES / f"{said.kind}.typ",
        root=_TEMPLATES,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": orjson.dumps(_finished(shown(number, said))).decode()},
        pdf_standards=["a-2a"],
        timestamp=int(said.issued_at.timestamp()),
    )
    for _ in range(_REMEMBERED + 1):
        typst.compile(b"", ignore_system_fonts=True, format="svg")
    return made


def _finished(value: Any) -> Any:
    """*value* with every text in it printable and every QR code drawn."""
    if isinstance(value, Qr):
        return _drawn(value)
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _finished(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finished(inner) for inner in value]
    return value


@lru_cache(maxsize=8)
def _drawn(said: str) -> str:
    """A QR code as SVG, with the quiet zone of four modules that readers need."""
    import segno

    svg = io.BytesIO()
    code = segno.make(said, error="m", micro=False, boost_error=False)
    code.save(svg, kind="svg", xmldecl=False, omitsize=True, border=4)
    return svg.getvalue().decode()


def printable(text: str) -> str:
    """*text* as it can be printed, on one line.

    What the fonts cannot show, and what is not seen but turns the reading around, is named
    (``[U+1F95A]``) and not swallowed. Words without an end may be broken.
    """
    seen = "".join(c if _shows(c) else f"[U+{ord(c):04X}]" for c in _SPACES.sub(" ", text))
    return _LONG.sub(lambda word: _WITHIN.sub("\N{ZERO WIDTH SPACE}", word[0]), seen)


def _shows(char: str) -> bool:
    return bool(bisect_right(_EDGES, ord(char)) % 2)
