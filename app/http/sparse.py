"""Sparse fields: a list's items with only the fields that were asked for."""

from __future__ import annotations

import orjson
from pydantic import BaseModel

from app.core.errors import invalid

_ALWAYS = frozenset({"id", "deleted"})


def fields_of(model: type[BaseModel], asked: str | None) -> frozenset[str] | None:
    """The fields of *model* that ``?fields=`` names; None: all. Raises Invalid for others."""
    if asked is None:
        return None
    names = frozenset(name.strip() for name in asked.split(","))
    unknown = sorted(names - model.model_fields.keys())
    if unknown:
        known = ", ".join(model.model_fields)
        raise invalid(
            "query:fields",
            "field_unknown",
            f"There is no field {unknown[0]!r}; choose from {known}.",
            f"Tidak ada isian {unknown[0]!r}; pilih dari {known}.",
        )
    return names | _ALWAYS


def sparse(page: bytes | str, fields: frozenset[str] | None) -> bytes:
    """The JSON of a page whose items keep only *fields*."""
    if fields is None:
        return page if isinstance(page, bytes) else page.encode()
    said = orjson.loads(page)
    said["data"] = [{k: v for k, v in item.items() if k in fields} for item in said["data"]]
    return orjson.dumps(said)
