"""State machines as data: one table of transitions per object.

From the table come the database's CHECKs and its list of transitions, `allowed_actions` in answers,
the wrong-state problem, the event types, the diagrams in the docs and a test over all states × all
actions. An action is one verb: `confirm` is the command, the path, the event ``order.confirmed``
and the permission.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import WrongState
from app.core.state_words import not_now

NEW = "new"
"""The state before the first: where an object's history begins."""


@dataclass(frozen=True)
class Transition:
    """An action, the states it may start from, the states it may end in, and its event's verb.

    Without ``targets`` the object stays in the state it is in.
    """

    action: str
    sources: frozenset[str]
    targets: frozenset[str]
    past: str
    by_rule: bool
    why: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (from, to) this transition allows."""
        return ((s, t) for s in sorted(self.sources) for t in sorted(self.targets or {s}))


def step(
    action: str,
    sources: str | Set[str],
    targets: StrEnum | Set[StrEnum] | None,
    past: str,
    why: str,
    *,
    by_rule: bool = False,
) -> Transition:
    """A transition; *by_rule* ones are done by the service, never asked for by a caller.

    *targets* of None: the object changes, its state does not.
    """
    return Transition(
        action,
        frozenset([sources] if isinstance(sources, str) else sources),
        frozenset(() if targets is None else targets if isinstance(targets, Set) else [targets]),
        past,
        by_rule,
        why,
    )


MACHINES: dict[str, Machine] = {}
"""Every machine by name: what docs, CHECKs and tests are made from."""


class Machine:
    """The life of one kind of object: its name, its id's prefix, its states, its transitions."""

    def __init__(
        self, name: str, prefix: str, states: type[StrEnum], transitions: list[Transition]
    ) -> None:
        self.name = name
        self.prefix = prefix
        self.states = states
        self.transitions = {t.action: t for t in transitions}
        assert len(self.transitions) == len(transitions), f"{name}: an action is declared twice"
        assert name not in MACHINES, f"machine {name} declared twice"
        MACHINES[name] = self

    def event(self, action: str) -> str:
        """The type of the event that *action* writes, e.g. ``order.confirmed``."""
        return f"{self.name}.{self.transitions[action].past}"

    def allowed_actions(self, status: str) -> list[str]:
        """What a caller may ask for in *status*, in the table's order."""
        return [
            t.action for t in self.transitions.values() if status in t.sources and not t.by_rule
        ]

    def check(self, action: str, status: str) -> None:
        """Raises WrongState, naming what is allowed, unless *action* starts from *status*."""
        if status not in self.transitions[action].sources:
            raise WrongState(
                not_now(self.name, action, status),
                machine=self.name,
                current_status=status,
                allowed_actions=self.allowed_actions(status),
            )

    def history(self) -> list[tuple[str, str, str]]:
        """Every (action, from, to) that may stand in the history of such an object."""
        return [(t.action, *pair) for t in self.transitions.values() for pair in t.pairs()]


def transitions() -> set[tuple[str, str, str, str]]:
    """Every (object, action, from, to) there is: what the table `transitions` holds."""
    return {(name, *known) for name, machine in MACHINES.items() for known in machine.history()}
