"""Every state and action has its Indonesian word: nobody is told a code."""

from __future__ import annotations

import pytest

import app.models  # noqa: F401 - every machine
from app.core.errors import WrongState
from app.core.state_words import not_now, state_name
from app.core.states import MACHINES, NEW, Machine


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_and_action_has_a_word(machine: Machine) -> None:
    for state in [NEW, *machine.states]:
        assert state_name(state)
        for action in machine.transitions:
            assert "_" not in not_now(machine.name, action, state).id


def test_a_sentence() -> None:
    said = not_now("listing_change", "request_changes", "withdrawn")
    assert said.id == (
        "Usulan perubahan ini berstatus “ditarik”; tidak bisa dimintai perbaikan sekarang."
    )
    assert said.en == ("This listing change is withdrawn; request changes is not possible now.")


def test_a_refusal_is_narrowed_to_what_its_caller_may() -> None:
    with pytest.raises(WrongState) as refused:
        MACHINES["listing"].check("edit", "submitted")
    refused.value.narrow({"listing:archive", "variant:approve"}.__contains__)
    assert refused.value.extra["allowed_actions"] == ["archive"]


def test_what_was_narrowed_already_stays() -> None:
    refused = WrongState(current_status="arrived", allowed_actions=["deliver"])
    refused.narrow(lambda _: False)
    assert refused.extra["allowed_actions"] == ["deliver"]
