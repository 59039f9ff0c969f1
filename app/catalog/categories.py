"""The category tree: departments and their categories, as data (``data/categories.json``).

A code is `department` or `department.category`, so that a subtree is a prefix and nothing has to be
walked. The tree is closed on input: an unknown code is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from app.core.text import Text


@dataclass(frozen=True)
class Node:
    """One category: its code, its name, and the code of its department (None: it is one)."""

    code: str
    name: Text
    parent: str | None


@lru_cache
def tree() -> dict[str, Node]:
    """Every category by its code, departments before what is in them."""
    text = files("app.catalog").joinpath("data/categories.json").read_text(encoding="utf-8")
    found: dict[str, Node] = {}
    for department in json.loads(text)["departments"]:
        top = department["code"]
        found[top] = Node(top, Text(department["en"], department["id"]), None)
        for child in department["children"]:
            code = f"{top}.{child['code']}"
            found[code] = Node(code, Text(child["en"], child["id"]), top)
    return found


Category = StrEnum("Category", {code.upper(): code for code in tree()})  # type: ignore[misc]


def department_of(code: str) -> str:
    """The department that a category stands in: ``snacks.chips`` in ``snacks``."""
    return code.partition(".")[0]


def within(code: str, scope: str) -> bool:
    """Whether *code* is *scope* or stands in it."""
    return code == scope or code.startswith(f"{scope}.")
