"""One world for all access tests, and a stranger of every role."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.access.world import World, world
from tests.api import Api, Party


@pytest.fixture(scope="session")
async def theirs(client: httpx.AsyncClient, operator: str) -> World:
    """Somebody else's trade."""
    return await world(Api(client, operator), f"goods_{uuid4().hex[:12]}")


@pytest.fixture(scope="session")
async def strangers(client: httpx.AsyncClient, operator: str) -> dict[str, Party]:
    """A party of each role that has nothing to do with that trade."""
    hub = Api(client, operator)
    return {role: await hub.party(role) for role in ("seller", "buyer", "carrier")}
