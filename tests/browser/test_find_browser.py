"""Finding the browser: the one that is named, or clear words."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FINDER = Path(__file__).parents[2] / "tools" / "find-browser"


def found(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FINDER, *arguments], capture_output=True, text=True, env=os.environ | settings
    )


def test_the_one_that_is_named_is_taken(tmp_path: Path) -> None:
    named = tmp_path / "my-browser"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    assert found(BTC_BROWSER=str(named)).stdout.strip() == str(named)


def test_none_is_said_and_nothing_is_installed_instead_of_the_one_named() -> None:
    answer = found("--install", BTC_BROWSER="/no/such/browser")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "BTC_BROWSER" in answer.stderr
    assert "Installing" not in answer.stderr
