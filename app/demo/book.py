"""The demo's data, as its files have it: who is who, what they offer, what happens to them.

What is true in it and what is invented stands in ``data/SOURCES.md``.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

Doc = dict[str, Any]
"""A JSON object: of the book, or on the wire."""


@lru_cache
def page(name: str) -> Doc:
    """One file of the book."""
    text = files("app.demo").joinpath(f"data/{name}.json").read_text(encoding="utf-8")
    found: Doc = json.loads(text)
    return found
