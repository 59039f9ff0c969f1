"""Under whose name Postgres runs.

Postgres refuses to run as root, rightly. Started by root, the launcher lends the server an
unprivileged account; that account must be able to enter every folder on the way to its files.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.db.embedded.errors import ClusterError


class Identity(TypedDict, total=False):
    """The arguments by which `subprocess` changes who a child is; empty for "as we are"."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The account the server runs under; ``uid`` None means our own."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def identity(self) -> Identity:
        """What to hand to `subprocess.Popen` to run a child under this account."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        """Whether the account may execute, or for a folder enter, ``path``.

        Asked of the kernel under that account: adding up permission bits would miss ACLs.
        """
        command = ["test", "-x", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.identity).returncode == 0

    def own(self, path: Path) -> None:
        """Give ``path`` to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def choose(data: Path) -> Account:
    """The account for the server of ``data``: our own, or for root an unprivileged one.

    Existing data decides: its owner goes on running it, so that a folder which an ordinary user
    made still opens when root starts the service.
    """
    if os.geteuid() != 0:
        return Account(name=pwd.getpwuid(os.geteuid()).pw_name)
    if data.exists():
        owner = data.stat()
        return Account(f"uid {owner.st_uid}", owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "Postgres does not run as root, and there is neither a user postgres nor a user nobody to "
        "run it. Create one (useradd --system postgres), or start the service as an ordinary user."
    )


def prepare_folder(root: Path, account: Account) -> None:
    """Make ``root`` exist and be enterable by ``account``, or say what stands in the way.

    The folder itself is ours: the account may pass through it, not list it. Its parents are not
    ours, so a closed one is an error and never opened.
    """
    if account.uid is None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return
    # Asked before anything is made, so that a refusal leaves nothing behind.
    way = next(folder for folder in root.parents if folder.exists())
    if not account.can_enter(way):
        raise ClusterError(
            f"The data folder {root} lies inside a folder that the database's user "
            f"({account.name}) may not enter. Leave BTC_DATA_DIR unset to use /var/lib/btc, point "
            "it to a folder that others may pass through, or start the service as an ordinary user."
        )
    for folder in (*reversed(root.parents), root):
        if not folder.exists():
            folder.mkdir(mode=0o711)
            folder.chmod(0o711)  # whatever the umask says
    mode = root.stat().st_mode
    if mode & 0o011 != 0o011:
        root.chmod((mode & 0o7777) | 0o011)
