"""The documents made from the code are fresh; `make docs` writes them anew."""

from __future__ import annotations

import pytest

from app.core.states import MACHINES
from tests.openapi import operations, unstarted
from tools.docs import FOLDER, documents

MADE = documents(unstarted())


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_fresh(name: str) -> None:
    """It is a golden file: a change of who may do what has to be seen in a review."""
    assert (FOLDER / name).read_text() == MADE[name], "run `make docs` and read the difference"


def test_the_matrix_has_a_row_for_every_operation() -> None:
    for operation in operations():
        assert f"| `{operation.id}` |" in MADE["permissions.md"]


def test_every_transition_is_drawn() -> None:
    for machine in MACHINES.values():
        for action in machine.transitions:
            assert f"| `{action}` |" in MADE["states.md"]
            assert f"`{machine.event(action)}`" in MADE["states.md"]
