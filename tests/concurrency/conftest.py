"""The service behind a wire that can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.db.embedded import Cluster
from app.db.engine import Database, Patience
from app.main import create_app
from app.settings import Settings
from tests.concurrency.proxy import Wire

IMPATIENT = Patience(pool=2, connect=1, answer=0.7, statement=2, lock=1)


@dataclass
class Faulty:
    """The service as its clients see it, and the wire to its database."""

    client: httpx.AsyncClient
    wire: Wire
    database: Database
    app: Any


@pytest.fixture
async def faulty(settings: Settings, operator: str, cluster: Cluster) -> AsyncIterator[Faulty]:
    """A service of its own on the shared database, through a wire, with little patience."""
    wire = Wire(cluster.port)
    async with wire.open() as port:
        url = cluster.url("btc_service").replace(f":{cluster.port}/", f":{port}/")
        app = create_app(settings)
        app.state.database = Database(url, size=2, public_size=1, patience=IMPATIENT)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as client:
            yield Faulty(client, wire, app.state.database, app)
        await app.state.database.close()
