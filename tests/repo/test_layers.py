"""The house's shape: one stack of packages, small files, functions that fit on a screen."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FILES = sorted((REPOSITORY / "app").rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 60


def test_a_package_imports_only_what_is_below_it() -> None:
    """Canary: an `import app.webhooks` anywhere under app/core makes this fail."""
    program = (
        "from importlinter.cli import lint_imports; "
        "raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


def test_no_file_is_long() -> None:
    assert len(FILES) > 100
    long = {str(f): n for f in FILES if (n := len(f.read_text().splitlines())) > LONGEST_FILE}
    assert not long


def test_no_function_is_long() -> None:
    long = {}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{file.relative_to(REPOSITORY)}:{node.name}"] = length
    assert not long


def test_the_migrations_folder_does_not_shadow_the_library() -> None:
    assert not (REPOSITORY / "alembic" / "__init__.py").exists()


@pytest.mark.parametrize(
    ("door", "fact"),
    [
        ("worker", "LinesDone"),
        ("main", "LinesDone"),
        ("main", "OrderEnding"),
        ("main", "LinesShortClosing"),
        ("main", "LinesShortClosed"),
        ("main", "SharesAsked"),
        ("main", "SharesLeaving"),
    ],
)
def test_what_is_announced_below_is_heard_once(door: str, fact: str) -> None:
    """By one handler, in every process that may announce it: nothing depends on imports' order."""
    script = (
        f"import app.{door}; from app.events import facts; from app.orders.facts import {fact}; "
        f"print(len(facts._HANDLERS[{fact}]))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == "1"
