"""Clusters for the launcher's tests, made once and copied: copying is faster than initdb."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.db.embedded import Cluster
from tests.db.clusters import OWNER

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def open_folder() -> Iterator[Path]:
    """A folder that the database's account may pass through (pytest's own is closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="btc test "))  # the space is part of the tests
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
def initialised(open_folder: Path) -> Path:
    """A stopped cluster with roles and database."""
    root = open_folder / "initialised"
    with Cluster(root, durable=False):
        pass
    return root


@pytest.fixture
def root(initialised: Path) -> Path:
    """A stopped cluster of the test's own."""
    copy = Path(tempfile.mkdtemp(dir=initialised.parent, prefix="a copy ")) / "root"
    copy.parent.chmod(0o755)
    subprocess.run(["cp", "-a", str(initialised), str(copy)], check=True)  # keeps the owners
    return copy


@pytest.fixture
def owner() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Starts a cluster owned by another process, as an earlier or a second service would be."""
    started: list[subprocess.Popen[str]] = []

    def start(root: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(root)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
