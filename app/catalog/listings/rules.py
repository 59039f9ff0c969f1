"""Decisions about listings: what a patch makes, and what of it the curator has to see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

FREE = frozenset({"price", "min_order", "order_step"})
"""What was not curated: it changes at once, in any state. Photos too, when none is new."""


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """*target* after the JSON Merge Patch *patch* (RFC 7396): null removes, objects merge."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def curated(before: Mapping[str, Any], after: Mapping[str, Any]) -> Set[str]:
    """Which of the fields that differ the curator has to see before the public does."""
    changed = {name for name, value in after.items() if value != before.get(name)} - FREE
    if set(after["photos"]) <= set(before["photos"]):
        changed -= {"photos"}
    return changed
