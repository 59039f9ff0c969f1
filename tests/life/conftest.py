"""A database, a service and a clock of the life's own: time passes here for everything in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from app.core import clock
from app.db import migrate
from app.db.embedded import Cluster
from app.main import create_app
from app.parties.bootstrap import operator_key
from app.settings import Settings
from tests.api import Api
from tests.life.walk import Clock
from tests.life.world import World, world
from tests.openapi import SECRET
from tests.repo.databases import own_database


@dataclass
class Stage:
    """Where lives are lived: each in a world of its own, one after the other."""

    hub: Api
    app: Any
    db: asyncpg.Connection

    async def world(self) -> World:
        """A fresh one."""
        return await world(self.hub, self.app, self.db, f"goods-{uuid4().hex[:12]}")


@contextlib.asynccontextmanager
async def _staged(cluster: Cluster, settings: Settings, name: str) -> AsyncIterator[Stage]:
    async with own_database(cluster, name) as url:
        await asyncio.to_thread(migrate.upgrade, url)
        service = SecretStr(cluster.url("btc_service", name))
        key = await operator_key(service.get_secret_value(), SECRET)
        app = create_app(settings.model_copy(update={"database_url": service}))
        db = await asyncpg.connect(cluster.url("postgres", name))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://life.test") as client,
        ):
            yield Stage(Api(client, key), app, db)
        await db.close()


@pytest.fixture(scope="session")
async def stage(cluster: Cluster, settings: Settings) -> AsyncIterator[Stage]:
    """The service on a database in which nobody else has anything."""
    async with _staged(cluster, settings, "life") as made:
        yield made


@pytest.fixture
async def broken(cluster: Cluster, settings: Settings) -> AsyncIterator[Stage]:
    """One more, whose database may be left in disorder."""
    async with _staged(cluster, settings, "life_broken") as made:
        yield made


@pytest.fixture(scope="session")
def one_clock() -> Clock:
    """Time never goes back from one life to the next: they share a database."""
    return Clock()


@pytest.fixture
def time(one_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which the service lives meanwhile."""
    monkeypatch.setattr(clock, "now", one_clock.now)
    return one_clock
