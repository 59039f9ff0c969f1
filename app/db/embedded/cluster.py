"""The embedded server from its owner's side: start it, use it, stop it."""

from __future__ import annotations

import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from app.db.embedded import account, binaries, credentials, initdb, postmaster
from app.db.embedded.bootstrap import ensure_roles
from app.db.embedded.credentials import DATABASE, Endpoint, Role
from app.db.embedded.errors import ClusterError
from app.db.embedded.lock import FolderLock
from app.db.embedded.process import PortTaken, Server, require_main_thread

PORT_ATTEMPTS = 5


class Cluster:
    """A Postgres server with its data in ``root``, owned by this process while started.

    ``durable=False`` is for tests: no fsync, so a power cut destroys the data. ``binaries`` is the
    operator's choice of programs (BTC_POSTGRES_BIN). A context manager: started inside, stopped
    after.
    """

    def __init__(self, root: Path, *, durable: bool = True, binaries: Path | None = None) -> None:
        # Resolved, because the server compares and shows this path and a link would be another.
        self.root = root.absolute().resolve()
        self._durable = durable
        self._setting = binaries
        self._lock = FolderLock(self.root)
        self._server: Server | None = None
        self._endpoint: Endpoint | None = None

    @property
    def port(self) -> int:
        """The port on 127.0.0.1, chosen anew at every start. Only while started."""
        return self._started().port

    def url(self, role: Role, database: str = DATABASE) -> str:
        """``postgresql://role:password@127.0.0.1:port/database``. Only while started."""
        return self._started().url(role, database)

    @property
    def alive(self) -> bool:
        """Whether the server process runs; False after somebody killed it behind our back."""
        return self._server is not None and self._server.alive

    def start(self) -> Self:
        """Bring the server up with its database and roles; returns when it takes connections.

        Makes the data folder when there is none (about half a second). Must be called from the
        main thread. Raises `ClusterRunning` when another process owns the folder and
        `ClusterError`, with a remedy, for everything else that stands in the way.
        """
        require_main_thread()
        if self._endpoint is not None:
            return self
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise ClusterError(
                f"The data folder {self.root} cannot be used: {error}. Mend its permissions, or "
                "set BTC_DATA_DIR to another folder."
            ) from error
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        who = account.choose(self.root / "data")
        account.prepare_folder(self.root, who)
        self._lock.acquire()
        programs = binaries.reachable(binaries.find(self._setting), who, self.root)
        passwords = credentials.load_or_create(self.root, has_data=(self.root / "data").exists())
        initdb.ensure_data(self.root, programs, who, passwords["postgres"], self._durable)
        initdb.write_configuration(self.root, who, self._durable)
        endpoint = Endpoint(self._serve(programs, who).port, passwords)
        ensure_roles(endpoint)
        self._endpoint = endpoint

    def _serve(self, programs: Path, who: account.Account) -> Server:
        postmaster.settle(self.root / "data")
        for attempt in range(1, PORT_ATTEMPTS + 1):
            # Kept at once, so that an interrupt while waiting stops it too.
            self._server = server = Server(self.root, programs, who, _free_port())
            try:
                server.wait_ready()
            except PortTaken:
                if attempt == PORT_ATTEMPTS:
                    raise
            else:
                return server
        raise AssertionError("unreachable: the last attempt returns or raises")

    def revive(self) -> None:
        """Start a server that was killed again, on its old port, so that URLs stay valid.

        Returns at once; it takes connections when its crash recovery is done.
        """
        who = account.choose(self.root / "data")
        programs = binaries.reachable(binaries.find(self._setting), who, self.root)
        postmaster.settle(self.root / "data")
        self._server = Server(self.root, programs, who, self.port)

    def stop(self) -> None:
        """Stop the server in order and let the folder go. Harmless when it is not started."""
        if self._server is not None:
            self._server.stop()
        self._server = self._endpoint = None
        self._lock.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _started(self) -> Endpoint:
        if self._endpoint is None:
            raise ClusterError(f"The embedded Postgres in {self.root} is not started.")
        return self._endpoint


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
