"""Shared by all tests: one Postgres for the run, one database per worker, one API over it.

The server is the embedded one with durability off (it is thrown away). Its schema comes from the
migrations, once, into a template; every worker clones it. API tests commit for real, so each test
makes its own parties and looks only at them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import hypothesis
import pytest
import uvicorn
from pydantic import SecretStr

from app.db import migrate
from app.db.embedded import Cluster
from app.main import create_app
from app.parties.bootstrap import operator_key
from app.settings import Settings
from tests.api import Api
from tests.openapi import SECRET

# The machine may be slow: neither an example's time nor the time to make one is a promise.
hypothesis.settings.register_profile(
    "btc", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("btc")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Postgres of this worker's own."""
    folder = tempfile.mkdtemp(prefix="btc-test-", dir="/var/tmp" if os.geteuid() == 0 else None)
    with Cluster(Path(folder), durable=False) as started:
        migrate.upgrade(started.url("btc_owner"))
        yield started
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=SecretStr(cluster.url("btc_service")),
        migrate_database_url=SecretStr(cluster.url("btc_owner")),
        secret=SecretStr(SECRET),
        log_level="error",
    )


@pytest.fixture(scope="session")
async def operator(settings: Settings) -> str:
    """A live operator key."""
    assert settings.database_url
    return await operator_key(settings.database_url.get_secret_value(), SECRET)


@pytest.fixture(scope="session")
async def app(settings: Settings, operator: str) -> AsyncIterator[Any]:
    """The application, started."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture(scope="session")
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as made:
        yield made


class _Server(uvicorn.Server):
    """uvicorn as a guest in the tests' event loop: signals stay the test runner's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture(scope="session")
async def site(app: Any) -> AsyncIterator[str]:
    """The URL at which the application of the other tests is served for real."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task
    listener.close()


@pytest.fixture
def api(client: httpx.AsyncClient) -> Api:
    """Nobody in particular: no key."""
    return Api(client)


@pytest.fixture
def hub(client: httpx.AsyncClient, operator: str) -> Api:
    """The operator's desk."""
    return Api(client, operator)


@pytest.fixture
async def owner(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """The database as a superuser sees it: for looking behind the API, never for acting."""
    connection = await asyncpg.connect(cluster.url("postgres"))
    yield connection
    await connection.close()


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Names that no other test uses."""
    return lambda start: f"{start}-{uuid4().hex[:12]}"
