"""The sandbox: what strangers sent is opened in another process, within limits.

A decoder that runs out of memory or time, or dies of what it reads, takes its process along and
nothing else: the caller gets a refusal, the next file a fresh process. What comes back is believed
as little as what went in: only plain values and this service's own records are unpacked.
"""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, cast

from app.core.errors import REGISTRY, DomainError, Kind
from app.core.text import Text
from app.files.inside import DONE, FAILED, FRAME, READY, REFUSED

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_LONGEST_VERDICT = 64 * 2**20
_START_SECONDS = 30
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")
_PLAIN = {("decimal", "Decimal"), ("datetime", "date"), ("datetime", "datetime")}


class TooCostly(DomainError):
    """Opening the file took more memory or time than any honest file needs."""

    kind = Kind.INVALID
    code = "too_costly"
    title = Text("Too costly to open", "Terlalu berat dibuka")
    advice = Text(
        "Save the file anew with a common program, or make it smaller, and send it again.",
        "Simpan ulang berkas dengan program yang umum, atau perkecil, lalu kirim lagi.",
    )


class FilesBusy(DomainError):
    """More files are waiting to be opened than can be in reasonable time."""

    kind = Kind.UNAVAILABLE
    code = "files_busy"
    retry_after = 5
    title = Text("Many files are waiting", "Banyak berkas sedang menunggu")
    advice = Text(
        "Nothing was stored. Send the file again after the time in Retry-After.",
        "Tidak ada yang tersimpan. Kirim berkas lagi setelah waktu di Retry-After.",
    )


@dataclass(frozen=True)
class Limits:
    """What one job may take, and how many there may be."""

    memory: int = 2**30
    """bytes of addresses, interpreter and decoders included"""
    cpu_seconds: int = 10
    seconds: float = 20
    """from the job's start to its end"""
    processes: int = 2
    waiting: int = 16
    """jobs that wait for a process before further ones are refused"""


class Sandbox:
    """A few processes, made when first needed. Belongs to one event loop; close it there."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._places = asyncio.Semaphore(self.limits.processes)
        self._asked = 0
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def run(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """What *function*, a top-level one, returns for *args*, computed inside.

        Raises what it refuses with (a DomainError), TooCostly when it breaks a limit or dies,
        FilesBusy when too many wait. Results are plain values and records (NamedTuple, dataclass)
        of this service.
        """
        if self._asked >= self.limits.processes + self.limits.waiting:
            raise FilesBusy
        self._asked += 1
        try:
            async with self._places:
                verdict, value = await self._exchange(pickle.dumps((function, args)))
        finally:
            self._asked -= 1
        if verdict == DONE:
            return cast(T, value)
        if verdict == REFUSED:
            code, detail, errors, extra = value
            raise REGISTRY[code](detail, errors=errors, **extra)
        if verdict == FAILED:
            raise RuntimeError(f"a defect inside the sandbox:\n{value}")
        raise TooCostly

    async def close(self) -> None:
        """End every process, busy or not."""
        self._idle.clear()
        await asyncio.gather(*(worker.end() for worker in self._all))
        self._all.clear()

    async def _exchange(self, job: bytes) -> tuple[str, Any]:
        """One job and its verdict; a process that did not come through it is not used again."""
        worker = await self._take()
        verdict = "none"
        try:
            async with asyncio.timeout(self.limits.seconds):
                verdict, value = await worker.ask(job)
                return verdict, value
        except (TimeoutError, EOFError, OSError, pickle.UnpicklingError):
            raise TooCostly from None
        finally:
            if verdict in {DONE, REFUSED, FAILED}:
                self._idle.append(worker)
            else:
                worker.kill()

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:  # and did not die while nobody looked
                return worker
        self._all = {worker for worker in self._all if worker.alive}
        worker = _Worker(await _process(self.limits))
        self._all.add(worker)
        await worker.started()
        return worker


async def _process(limits: Limits) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "app.files.inside"),
        *(str(limits.memory), str(limits.cpu_seconds)),
        stdin=PIPE,
        stdout=PIPE,
        env=_environment(),
    )


class _Worker:
    """One process, from outside."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def started(self) -> None:
        """Wait until it takes jobs. That it does not is no file's fault: a RuntimeError."""
        ready = b""
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = await self._stdout.read(len(READY))
        finally:
            if ready != READY:
                self.kill()
        if ready != READY:
            raise RuntimeError("the sandbox did not start; standard error says why")

    async def ask(self, job: bytes) -> tuple[str, Any]:
        """Hand over *job*, wait for the verdict. Raises EOFError when the process ends first."""
        self._stdin.write(FRAME.pack(len(job)) + job)
        await self._stdin.drain()
        (length,) = FRAME.unpack(await self._stdout.readexactly(FRAME.size))
        if length > _LONGEST_VERDICT:
            raise EOFError
        verdict, value = _Wary(io.BytesIO(await self._stdout.readexactly(length))).load()
        return verdict, value

    def kill(self) -> None:
        """End it at once; the loop collects what is left."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """End it, and wait until nothing of it is left."""
        self.kill()
        self._stdin.close()
        await self._process.communicate()


class _Wary(pickle.Unpickler):
    """Makes values and records, calls nothing: what opened a stranger's file may be theirs now."""

    def find_class(self, module: str, name: str) -> Any:
        """Classes of this service by their plain name, and a few kinds of values."""
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.startswith("app.") and name.isidentifier():
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


def _environment() -> dict[str, str]:
    """Where to find the code, and nothing of what the service knows: no passwords, no keys."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path)}
