"""Serving: one process, one event loop, the embedded Postgres as its child.

Promises: nothing is served before the schema is right; a port in use is noticed before anything is
started; SIGTERM and Ctrl-C stop accepting, let running requests end, stop Postgres in order and
leave nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from types import FrameType
from typing import TYPE_CHECKING, cast

import click
import uvicorn

from app.cli.listening import listen, taken, url_of
from app.cli.startup import Problem, started
from app.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.db.embedded import Cluster

DRAIN_SECONDS = 20
"""How long running requests may take to end after SIGTERM; longer than any statement timeout."""
KEEP_ALIVE_SECONDS = 65
"""An idle connection is kept a little longer than the 60 s of common load balancers."""
WATCH_SECONDS = 0.5

Guest = Callable[[str, Settings], Awaitable[int]]
"""Work to be done against the running service: gets its URL and settings, returns an exit code."""


def run(settings: Settings, guest: Guest | None = None, *, stay: bool = True) -> None:
    """Serve until SIGTERM or Ctrl-C.

    A ``guest`` is run once the service answers; without ``stay``, or when it fails, the service
    ends with it and takes its exit code.
    """
    with _orderly_end():
        listener = listen(settings.host, settings.port)
        clusters: list[Cluster] = []
        with started(settings, clusters.append) as bound:
            from app.main import create_app

            config = uvicorn.Config(
                create_app(bound),
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,  # what is logged, and how, is the application's to say
                access_log=False,
                server_header=False,
                backlog=2048,
                # The application refuses politely long before; this is the wall behind it.
                limit_concurrency=max(1000, 5 * bound.max_waiting),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
            server = Server(config, bound, clusters[0] if clusters else None)
            if guest is not None:
                server.invite(guest, stay=stay)
            server.serve_until_told(listener)
            if server.exit_code:
                raise click.exceptions.Exit(server.exit_code)


def run_worker(settings: Settings) -> None:
    """Run the worker until SIGTERM; only for an external database."""
    if settings.embedded:
        raise Problem(
            "There is no separate worker without BTC_DATABASE_URL: `btc serve` runs it inside "
            "itself. Set BTC_DATABASE_URL to run the two apart."
        )
    with _orderly_end(), started(settings) as bound:
        from app import worker

        asyncio.run(_until_told(worker.run(bound)))


async def _until_told(work: Coroutine[None, None, None]) -> None:
    """Run ``work`` and cancel it on SIGTERM or Ctrl-C, so that it can close what it opened."""
    task = asyncio.ensure_future(work)
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def spare_the_collector() -> None:
    """Leave what the service is made of out of every garbage collection to come.

    A full pass over all modules and models holds every request for a tenth of a second; what is
    there once the service has started stays until its end. Collections are rarer, too: requests
    leave few circles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Server(uvicorn.Server):
    """uvicorn with what it does not do: say where it is, mind its Postgres, look after a guest."""

    def __init__(self, config: uvicorn.Config, settings: Settings, cluster: Cluster | None) -> None:
        super().__init__(config)
        self.exit_code = 0
        self._settings = settings
        self._cluster = cluster
        self._guest: Guest | None = None
        self._stay = True
        self._tasks: set[asyncio.Task[None]] = set()

    def invite(self, guest: Guest, *, stay: bool) -> None:
        """Have ``guest`` run once the service answers."""
        self._guest, self._stay = guest, stay

    def serve_until_told(self, listener: socket.socket) -> None:
        """Serve on ``listener``; a failed start is a `Problem`, its cause already in the log."""
        try:
            super().run(sockets=[listener])
        except OSError as error:
            raise taken(self._settings.host, self._settings.port, error) from error
        except SystemExit as error:
            if self.started:
                raise
            raise Problem("The service could not start; the reason is logged above.") from error

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the application, then tell people where it is."""
        await super().startup(sockets)
        if not self.started or not sockets:
            return
        spare_the_collector()
        url = url_of(self._settings.host, sockets[0].getsockname()[1])
        click.echo(f"BTC is ready at {url} - its documentation is at {url}/docs", err=True)
        if self._cluster is not None:
            self._keep(self._watch(self._cluster))
        if self._guest is not None:
            self._keep(self._receive(self._guest, url))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain and close; the guest and the watch end first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.started:  # streams would be waited for
            await cast("FastAPI", self.config.app).state.streams.close()
        await super().shutdown(sockets)

    def _keep(self, work: Awaitable[None]) -> None:
        self._tasks.add(asyncio.ensure_future(work))

    async def _watch(self, cluster: Cluster) -> None:
        """Bring Postgres back when somebody kills it; the pools find it again by themselves."""
        from app.db.embedded import ClusterError

        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not cluster.alive:
                click.echo("Postgres ended unexpectedly; starting it again.", err=True)
                try:
                    cluster.revive()
                except (ClusterError, OSError) as error:
                    click.echo(f"It could not be started: {error}", err=True)

    async def _receive(self, guest: Guest, url: str) -> None:
        try:
            self.exit_code = await guest(url, self._settings)
        except Exception as error:  # noqa: BLE001 - whatever ails a guest must not end the server
            click.echo(f"It failed: {type(error).__name__}: {error}", err=True)
            self.exit_code = 1
        if self.exit_code or not self._stay:
            self.should_exit = True


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """SIGTERM and Ctrl-C unwind this block, so that all that was opened is closed. Exit code 0.

    While the server runs it handles both signals itself, drains, and then raises them again here.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)  # once is enough: closing must not be cut short
        sys.exit(0)

    before = {one: signal.signal(one, leave) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
