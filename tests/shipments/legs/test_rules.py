"""How much is aboard after each stop, and how far a vehicle is: against a slow reference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shipments.legs import rules
from app.shipments.legs.rules import Load, OverCapacity


@st.composite
def rounds(draw: st.DrawFn) -> tuple[int, list[Load]]:
    """So many stops, and loads between them."""
    stops = draw(st.integers(2, 12))
    ways = st.integers(1, stops - 1).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(start + 1, stops))
    )
    grams = st.integers(0, 10**7).map(lambda n: Decimal(n) / 1000)
    loads = draw(st.lists(st.tuples(ways, grams), max_size=30))
    return stops, [Load(start, end, kg) for (start, end), kg in loads]


@given(rounds())
def test_aboard_is_what_was_put_on_and_not_yet_taken_off(made: tuple[int, list[Load]]) -> None:
    stops, loads = made
    slow = [
        sum((x.kg for x in loads if x.from_position <= stop < x.to_position), Decimal(0))
        for stop in range(1, stops + 1)
    ]
    assert rules.aboard(stops, loads) == slow
    assert slow[-1] == 0  # nothing is left aboard


@given(rounds(), st.integers(1, 10**8))
def test_capacity_holds_on_every_stretch(made: tuple[int, list[Load]], grams: int) -> None:
    """Refused exactly when somewhere more is aboard; then by how much, where it is worst."""
    stops, loads = made
    capacity, known = Decimal(grams) / 1000, rules.aboard(stops, loads)
    if max(known) <= capacity:
        rules.check_capacity("LEG-1", capacity, stops, loads)
        return
    with pytest.raises(OverCapacity) as refused:
        rules.check_capacity("LEG-1", capacity, stops, loads)
    said: dict[str, Any] = refused.value.extra
    assert Decimal(said["over_kg"]) == max(known) - capacity > 0
    assert known[said["after_stop"] - 1] == Decimal(said["aboard_kg"]) == max(known)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=8))
def test_a_vehicle_never_goes_back(told: list[tuple[bool, bool]]) -> None:
    """Whatever is told besides, in whatever order: it is at least as far as before."""
    stops: list[dict[str, Any]] = [
        {"position": n, "arrived_at": None, "left_at": None} for n in range(1, len(told) + 1)
    ]
    far = rules.progress(stops)
    assert far == (0, 0)
    for stop, (reached, left) in zip(reversed(stops), told, strict=True):
        for happened, column in ((reached, "arrived_at"), (left, "left_at")):
            if happened:
                stop[column] = "now"
                further = rules.progress(stops)
                assert further.left >= far.left
                assert further.reached >= far.reached
                assert further.left in (further.reached, further.reached - 1)
                far = further
