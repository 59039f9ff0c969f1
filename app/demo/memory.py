"""What the demo remembers between two tellings: its first day, and the keys it made.

API keys are shown once, and Idempotency-Keys belong to the API key they were sent with. So without
this file the same story could be told again only with other keys, as another caller.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.db.private_file import write_private

NAME = "demo.json"


@dataclass
class Memory:
    """The state of one telling. Written whenever it changes, for its owner's eyes only (0600)."""

    path: Path
    began_at: datetime
    first_day: date
    operator_key: str
    keys: dict[str, str] = field(default_factory=dict)
    finished_at: datetime | None = None

    @classmethod
    def load(cls, path: Path) -> Memory | None:
        """What an earlier telling left at *path*; None when there was none."""
        if not path.exists():
            return None
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        ended = said.pop("finished_at")
        return cls(
            path=path,
            began_at=datetime.fromisoformat(said.pop("began_at")),
            first_day=date.fromisoformat(said.pop("first_day")),
            finished_at=datetime.fromisoformat(ended) if ended else None,
            **said,
        )

    def save(self) -> None:
        """Write it: whole or not at all."""
        said = asdict(self)
        del said["path"]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.path, json.dumps(said, default=str, indent=1) + "\n")

    def keep(self, reference: str, key: str) -> None:
        """Remember the *key* of the party named *reference*, before its first use."""
        self.keys[reference] = key
        self.save()

    def finish(self, at: datetime) -> None:
        """The story has been told to its end."""
        if self.finished_at is None:
            self.finished_at = at
            self.save()
