"""How far away each lot of a trace is. Pure: no session, no clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from uuid import UUID


def depths(start: UUID, ways: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, int]:
    """The fewest steps from *start* to every lot that *ways* (from, to) lead to."""
    following = defaultdict(list)
    for here, there in ways:
        following[here].append(there)
    found, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        for there in following[here]:
            if there not in found:
                found[there] = found[here] + 1
                waiting.append(there)
    return found
