"""Write the documents that are made from the code: docs/permissions.md and docs/states.md.

They are committed so that a reviewer sees in a diff who may now do what, and which way an object
may now go; a test compares them with what this would write (`make docs` writes them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from app import models as _all_machines  # noqa: F401 - every machine is declared by its package
from app.access.grants import GRANTS
from app.access.permissions import Permission, Role
from app.core.states import MACHINES, NEW, Machine
from app.main import create_app
from app.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs"
_MADE = "<!-- Made by `make docs`; not edited by hand. -->"


class Operation(NamedTuple):
    """One row of the matrix, read from the OpenAPI document."""

    path: str
    method: str
    id: str
    permission: str | None
    public: bool

    def row(self) -> list[str]:
        """Its cells."""
        needed = f"`{self.permission}`" if self.permission else "—"
        return [f"`{self.id}`", f"`{self.method} {self.path}`", needed, *map(self._may, Role)]

    def _may(self, role: Role) -> str:
        if self.public:
            return "○"
        return "●" if self.permission in {str(p) for p in GRANTS[role]} else ""


def permissions(document: dict[str, Any]) -> str:
    """Operation by operation: the permission it needs and the roles that carry it."""
    found = sorted(operations(document))
    assert found, "the document lost its operations"
    used = {operation.permission for operation in found}
    unused = [f"`{p}`" for p in sorted(Permission) if p not in used]
    head = ["operation", "request", "permission", *Role]
    return "\n".join(
        [
            _MADE,
            "# Who may do what",
            "",
            "A key acts for one party and carries the permissions of the party's roles, or fewer.",
            "Before the permission (403) comes visibility (404): ● is said of objects the caller",
            "may see. ○: anybody, without a key.",
            "",
            *_table(head, [operation.row() for operation in found]),
            "",
            f"Permissions that no operation asks for: {', '.join(unused) or 'none'}.",
            "",
        ]
    )


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of the *document*."""
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            needs = spec["security"]
            scopes = [scope for need in needs for scope in need.get("apiKey", ())]
            permission = scopes[0] if scopes else None
            public = not needs or {} in needs
            yield Operation(path, method.upper(), spec["operationId"], permission, public)


def states() -> str:
    """Machine by machine: its diagram and its transitions."""
    parts = [
        _MADE,
        "# The lives of objects",
        "",
        "Every transition writes one event and one row of history in the same transaction. Those",
        "marked *rule* are done by the service itself; the others are operations of the API. An",
        "action whose diagram loops changes the object and leaves its status as it is.",
        "",
    ]
    for _, machine in sorted(MACHINES.items()):
        parts += _machine(machine)
    return "\n".join(parts)


def _machine(machine: Machine) -> Iterable[str]:
    title = machine.name.replace("_", " ").capitalize()
    yield from (f"## {title} (`{machine.prefix}_…`)", "", "```mermaid", "stateDiagram-v2")
    for transition in machine.transitions.values():
        label = f"{transition.action} (rule)" if transition.by_rule else transition.action
        pairs = list(transition.pairs())
        if transition.targets == transition.sources:
            pairs = [(source, source) for source in sorted(transition.sources)]
        for source, target in pairs:
            yield f"    {'[*]' if source == NEW else source} --> {target}: {label}"
    yield from ("```", "")
    rows = [
        [
            f"`{t.action}`",
            "rule" if t.by_rule else f"`{machine.name}:{t.action}`",
            ", ".join(sorted(t.sources)),
            ", ".join(sorted(t.targets)) or "(stays)",
            f"`{machine.event(t.action)}`",
            t.why,
        ]
        for t in machine.transitions.values()
    ]
    yield from _table(["action", "permission", "from", "to", "event", "meaning"], rows)
    yield ""


def _table(head: Iterable[str], rows: Iterable[list[str]]) -> Iterable[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def documents(app: Any) -> dict[str, str]:
    """File name → what should stand in it."""
    return {"permissions.md": permissions(app.openapi()), "states.md": states()}


def main() -> None:
    """Write them. The application only has to be built; nothing connects."""
    unused = Settings().bound(service_url="postgresql://", owner_url="", secret="-" * 32)
    for name, text in documents(create_app(unused)).items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
