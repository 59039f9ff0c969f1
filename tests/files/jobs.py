"""What tests run inside the sandbox."""

from __future__ import annotations

import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.core.errors import invalid


def echo(value: Any) -> Any:
    return value


def process() -> int:
    return os.getpid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def values() -> list[Any]:
    return [Decimal("12.5"), date(2026, 11, 21), {"Telur": [1, None, True, "Kanigoro", b"\x00"]}]


def prints() -> str:
    print("not a verdict")
    os.write(1, b"nor this\n")
    return "said"


def refuses() -> None:
    raise invalid("/lines/0", "decimal_positive", "More than 0.", "Harus lebih dari 0.")


def breaks() -> None:
    raise ZeroDivisionError("our own mistake")


def eats(size: int) -> int:
    return len(b"x" * size)


def sleeps(seconds: float) -> None:
    time.sleep(seconds)


def computes() -> None:
    while True:
        pass


def dies() -> None:
    os._exit(3)


class Evil:
    """Unpickled without care it would write a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path(self.path).touch, ()


class Sneaky(Evil):
    """The same through a function of the service itself."""

    def __reduce__(self) -> Any:
        from app.db.private_file import write_private

        return write_private, (Path(self.path), "x")


def evil(path: str) -> Evil:
    return Evil(path)


def sneaky(path: str) -> Evil:
    return Sneaky(path)


def peak() -> int:
    """The most memory this process ever had, in bytes (its own: the parent's does not count)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
