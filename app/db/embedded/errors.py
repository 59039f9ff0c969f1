"""What can go wrong with the embedded Postgres, said so that a person can act on it."""

from __future__ import annotations


class ClusterError(Exception):
    """The embedded Postgres cannot run; the message says why and what to do about it."""


class ClusterRunning(ClusterError):
    """Another process owns this data folder. ``pid`` is that process."""

    def __init__(self, message: str, pid: int) -> None:
        super().__init__(message)
        self.pid = pid
