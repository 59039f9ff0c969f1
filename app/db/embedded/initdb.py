"""Making the data folder, and the server's configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from app.db.embedded.account import Account
from app.db.embedded.binaries import MAJOR
from app.db.embedded.errors import ClusterError
from app.db.embedded.process import END_AT_ONCE, child_environment, die_with_parent
from app.db.private_file import sync_folder

CONFIGURATION = """\
# Rewritten by the service at every start. Your own settings go into local.conf beside this file.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
password_encryption = 'scram-sha-256'
shared_buffers = 128MB
# Answers are short, so compiling their queries costs more than it saves.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 500ms
# "replica" is what pg_basebackup and log shipping need.
wal_level = replica
wal_compression = on
max_wal_size = 1GB
"""
DURABLE = """\
# An acknowledged change is on the disk. Not to be tuned: the service reports itself unfit without.
fsync = on
full_page_writes = on
synchronous_commit = on
"""
NOT_DURABLE = """\
# For tests: a power cut would destroy this data.
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def ensure_data(root: Path, binaries: Path, account: Account, password: str, durable: bool) -> None:
    """Make ``root/data`` a Postgres data folder unless it is one.

    It is made under another name and moved into place when complete: one that was cut short is
    never mistaken for data, and is swept away at the next start.
    """
    for leftover in root.glob("initdb-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    data = root / "data"
    if data.exists():
        _check_version(data)
        return
    # The account may pass through root but not write there, so the folder is made for it.
    fresh = Path(tempfile.mkdtemp(dir=root, prefix="initdb-"))
    account.own(fresh)
    _run_initdb(fresh, binaries, account, password, durable)
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'btc.conf'\ninclude 'local.conf'\n")
    local = fresh / "local.conf"
    local.write_text("# Yours: read last, never touched by the service.\n", encoding="utf-8")
    account.own(local)
    fresh.rename(data)
    if durable:
        sync_folder(root)


def write_configuration(root: Path, account: Account, durable: bool) -> None:
    """Bring the data folder's ``btc.conf`` up to date with this version of the service."""
    path = root / "data" / "btc.conf"
    path.write_text(CONFIGURATION + (DURABLE if durable else NOT_DURABLE), encoding="utf-8")
    account.own(path)


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ClusterError(
            f"{data} is not a Postgres data folder. Move it away, or set BTC_DATA_DIR to another "
            "folder."
        ) from None
    if found != str(MAJOR):
        raise ClusterError(
            f"{data} was made by Postgres {found}; this service runs Postgres {MAJOR}. Dump it "
            f"with Postgres {found} and restore it into a fresh BTC_DATA_DIR."
        )


def _run_initdb(
    fresh: Path, binaries: Path, account: Account, password: str, durable: bool
) -> None:
    # The password goes through a pipe: an argument is visible to every user of the machine. The
    # pipe is opened by name (/dev/fd), so it has to belong to whoever opens it.
    reading, writing = os.pipe()
    try:
        if account.uid is not None:
            os.fchown(reading, account.uid, -1)
        os.write(writing, password.encode())
        os.close(writing)
        done = subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(fresh), "--username=postgres"),
                *("--auth=scram-sha-256", f"--pwfile=/dev/fd/{reading}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--data-checksums", "--no-instructions"),
                *(() if durable else ("--no-sync",)),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=child_environment(),
            pass_fds=(reading,),
            preexec_fn=die_with_parent(END_AT_ONCE),
            **account.identity,
        )
    finally:
        os.close(reading)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise ClusterError(f"Postgres could not make its data folder: {done.stderr.strip()[-600:]}")
