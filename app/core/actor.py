"""Who is acting: one party, through one key, in one world."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from app.core.states import Machine


@dataclass(frozen=True)
class Actor:
    """The caller of a request, or the service itself when the worker acts.

    ``hub`` callers see all of their world; everybody else sees what their party may see.
    ``livemode`` tells the real world from the test world; the two never meet.
    """

    party_id: UUID
    key_id: UUID | None
    hub: bool
    livemode: bool
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Whether the caller's key carries *permission*."""
        return permission in self.permissions

    def allowed(self, machine: Machine, status: str) -> list[str]:
        """The actions that *status* allows and this caller's key carries."""
        return [a for a in machine.allowed_actions(status) if self.may(f"{machine.name}:{a}")]
