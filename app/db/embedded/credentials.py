"""Who may connect: the roles' passwords, kept in one private file, and the URLs made of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from app.db.embedded.errors import ClusterError
from app.db.private_file import write_private

Role = Literal["postgres", "btc_owner", "btc_service"]
ROLES: tuple[Role, ...] = get_args(Role)
DATABASE = "btc"


@dataclass(frozen=True)
class Endpoint:
    """A running server on this machine and the passwords that open it."""

    port: int
    passwords: Mapping[Role, str]

    def url(self, role: Role, database: str = DATABASE) -> str:
        """``postgresql://role:password@127.0.0.1:port/database``; it contains a secret."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"


def load(root: Path) -> Mapping[Role, str] | None:
    """The passwords stored in ``root``, or None when there are none yet."""
    path = root / "credentials.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {role: str(stored[role]) for role in ROLES}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{path} is damaged: it does not hold the passwords of {', '.join(ROLES)}. "
            "Restore it from a backup of the folder."
        ) from error


def load_or_create(root: Path, *, has_data: bool) -> Mapping[Role, str]:
    """The stored passwords, or new random ones (192 bits) for a folder that has no data yet."""
    stored = load(root)
    if stored is not None:
        return stored
    if has_data:
        raise ClusterError(
            f"{root / 'credentials.json'} is missing, but there is data in {root / 'data'}. "
            "Restore the file from a backup, or point BTC_DATA_DIR to another folder."
        )
    # token_urlsafe has no character that would need quoting inside a URL
    created = {role: secrets.token_urlsafe(24) for role in ROLES}
    write_private(root / "credentials.json", json.dumps(created))
    return created
