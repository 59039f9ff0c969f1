"""The state machines: the tables say what they mean, and nothing beside the tables is possible."""

from __future__ import annotations

import pytest

import app.models as _all_machines  # noqa: F401 - every machine is declared by its package
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.errors import WrongState
from app.core.ids import new_id
from app.core.states import MACHINES, NEW, Machine
from tests.openapi import operations

IDS = {operation.id: operation for operation in operations()}
READS = {"read", "list"}
NOUNS = {permission.partition(":")[0] for permission in Permission}
"""What has operations of its own, with a machine or, as what was done to lots, without."""
WITHOUT_STATE = {
    "agreement_quota",
    "agreement_reciprocal",
    "allocation_of_order",
    "listing_availability",
    "listing_facets",
    "listing_history",
    "listing_overview",
    "listing_suggestions",
    "lot_trace",
    "order_allocations",
    "supply_offer_decisions",
    "supply_offer_periods",
    "variant_movements",
}

every = pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))


def test_there_are_machines() -> None:
    assert len(MACHINES) >= 9


@every
def test_every_state_is_reachable(machine: Machine) -> None:
    reached, before = {NEW}, set()
    while reached != before:
        before = set(reached)
        reached |= {to for _, start, to in machine.history() if start in before}
    assert reached == {NEW, *machine.states}


@every
def test_check_agrees_with_the_table_over_all_states_and_actions(machine: Machine) -> None:
    table = {(action, start) for action, start, _ in machine.history()}
    for state in [NEW, *machine.states]:
        for action in machine.transitions:
            if (action, state) in table:
                machine.check(action, state)
            else:
                with pytest.raises(WrongState) as refused:
                    machine.check(action, state)
                assert refused.value.extra == {
                    "current_status": state,
                    "allowed_actions": machine.allowed_actions(state),
                }


@every
def test_what_is_allowed_is_what_can_be_asked_for(machine: Machine) -> None:
    """`allowed_actions` lists no rule, nothing the key lacks, and nothing that would be refused."""
    everything = Actor(new_id(), None, True, True, frozenset(Permission))
    nobody = Actor(new_id(), None, False, True)
    for state in machine.states:
        actions = everything.allowed(machine, state)
        for action in actions:
            machine.check(action, state)
            assert not machine.transitions[action].by_rule
        assert actions == machine.allowed_actions(state)
        assert nobody.allowed(machine, state) == []


@every
def test_every_action_is_an_operation_and_a_permission_of_the_same_name(machine: Machine) -> None:
    for action, transition in machine.transitions.items():
        named = f"{machine.name}:{action}" in set(Permission)
        assert named is not transition.by_rule, action
        if not transition.by_rule:
            assert f"{machine.name}_{action}" in IDS


@every
def test_every_operation_that_changes_it_is_in_the_table(machine: Machine) -> None:
    prefix = f"{machine.name}_"
    longer = tuple(f"{noun}_" for noun in NOUNS if noun.startswith(prefix))
    verbs = {
        i.removeprefix(prefix)
        for i in IDS
        if i.startswith(prefix)
        and not (longer and i.startswith(longer))
        and not IDS[i].path.endswith("/preview")  # nothing of it is stored
    }
    changing = {v for v in verbs if IDS[prefix + v].method != "GET"}
    assert changing <= {a for a, t in machine.transitions.items() if not t.by_rule}
    reading = verbs - changing
    assert reading - READS <= {i.removeprefix(prefix) for i in WITHOUT_STATE}


@every
def test_what_ends_stays_ended_and_nothing_returns_to_new(machine: Machine) -> None:
    assert all(to != NEW for _, _, to in machine.history())
    assert any(start == NEW for _, start, _ in machine.history())


def test_event_types_are_unique() -> None:
    """Two transitions with one event type could not be told apart by who listens."""
    types = [m.event(action) for m in MACHINES.values() for action in m.transitions]
    assert len(types) == len(set(types))
