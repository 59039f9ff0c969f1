"""The edge: a bounded queue in front, and a pool that never lends somebody's transaction on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.db.engine import Database, _lend
from app.main import create_app
from app.settings import Settings
from tests.api import Api
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

PARTY: dict[str, Any] = {"name": "Contoh", "roles": ["buyer"]}


@pytest.fixture
async def narrow(settings: Settings, operator: str) -> AsyncIterator[Any]:
    """The service with room for one request and one connection in each pool."""
    assert settings.database_url
    app = create_app(settings.model_copy(update={"max_waiting": 1}))
    app.state.database = Database(settings.database_url.get_secret_value(), size=1, public_size=1)
    yield app
    await app.state.database.close()


def client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://btc.test")


async def test_a_body_that_stops_arriving_gives_its_place_back(
    narrow: Any, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone without signal does not even say that it is gone."""
    monkeypatch.setattr("app.http.edge.BODY_SECONDS", 0.05)
    never = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b'{"name": "Con'
        await never.wait()

    async with client_of(narrow) as client:
        hub = Api(client, operator)
        headers = {"content-type": "application/json", "idempotency-key": "half"}
        async with asyncio.timeout(30):
            answer = await client.post("/v1/parties", content=half(), headers=headers)
        problem(answer, 408, "too_slow")
        assert (await hub.get("/v1/parties")).status_code == 200


async def test_who_hangs_up_in_the_middle_is_no_defect(app: Any) -> None:
    sent: list[Any] = []
    heard = iter(
        [
            {"type": "http.request", "body": b'{"name": "Con', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/parties", "query_string": b""}
    headers = [(b"content-type", b"application/json")]
    await app(scope | {"headers": headers, "http_version": "1.1"}, receive, send)
    assert sent[0]["status"] == 400


async def test_beyond_what_can_wait_a_request_is_refused_at_once(
    narrow: Any, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()

    async def slow(*_: Any) -> Any:
        await go.wait()
        raise RuntimeError

    monkeypatch.setattr("app.parties.commands.create", slow)
    async with client_of(narrow) as client:
        hub = Api(client, operator)
        first = asyncio.create_task(hub.post("/v1/parties", PARTY))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        answer = await hub.get("/v1/parties")
        assert time.monotonic() - started < 0.1
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["code"] == "overloaded"
        assert document["request_id"] == answer.headers["x-request-id"]
        go.set()
        assert (await first).status_code == 500
        assert (await hub.get("/v1/parties")).status_code == 200  # and its place is free again


async def test_a_defect_is_counted_like_any_other_answer(
    hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("app.parties.commands.create", broken)
    counted = 'btc_requests_total{method="POST",route="/v1/parties",status="500"}'

    async def count() -> float:
        lines = (await hub.get("/metrics")).text.splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(counted)), 0.0)

    before = await count()
    await hub.post("/v1/parties", PARTY)
    assert await count() == before + 1


class TestNextCaller:
    """One connection, lent on: whatever happened to the last request, nothing of it is left."""

    async def _nobodys(self, database: Database) -> None:
        async with database.transaction() as connection:
            left = await connection.driver.fetchrow(
                "SELECT current_setting('btc.party', true) AS party, "
                "current_setting('btc.scope', true) AS scope, "
                "current_setting('btc.livemode', true) AS live, "
                "(SELECT count(*) FROM parties) AS seen"
            )
        assert not (left["party"] or left["scope"] or left["live"])
        assert left["seen"] == 0

    async def test_after_a_defect_mid_request(
        self, narrow: Any, operator: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from app.parties import commands

        create = commands.create

        async def breaks(*args: Any) -> Any:
            await create(*args)
            raise RuntimeError

        monkeypatch.setattr(commands, "create", breaks)
        async with client_of(narrow) as client:
            hub = Api(client, operator)
            assert (await hub.post("/v1/parties", PARTY)).status_code == 500
            await self._nobodys(narrow.state.database)
            answer = await Api(client).get("/v1/parties")
            assert answer.status_code == 401

    async def test_after_a_success_and_after_a_refusal(self, narrow: Any, operator: str) -> None:
        async with client_of(narrow) as client:
            hub = Api(client, operator)
            for path, status in (("/v1/parties", 200), ("/v1/orders/x", 422)):
                assert (await hub.get(path)).status_code == status
                await self._nobodys(narrow.state.database)

    async def test_after_a_client_that_went_away(
        self, narrow: Any, operator: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def slow(*_: Any) -> Any:
            await asyncio.sleep(60)

        monkeypatch.setattr("app.parties.commands.create", slow)
        async with client_of(narrow) as client:
            hub = Api(client, operator)
            task = asyncio.create_task(hub.post("/v1/parties", PARTY))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._nobodys(narrow.state.database)
            assert (await hub.get("/v1/parties")).status_code == 200

    async def test_after_a_defect_behind_a_door_that_is_open_to_anybody(
        self, narrow: Any, operator: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a key such a door opens a transaction too; it must end before the answer."""

        async def breaks(*_: Any, **__: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr("app.catalog.commodities.queries.commodities", breaks)
        async with client_of(narrow) as client:
            for _ in range(3):  # a connection that was kept would make the second wait
                answer = await asyncio.wait_for(Api(client, operator).get("/v1/commodities"), 2)
                problem(answer, 500, "internal_error")
            await self._nobodys(narrow.state.database)

    async def test_after_a_transaction_that_was_left_open_on_the_driver(self, narrow: Any) -> None:
        """Should somebody forget to end one, the pool throws the connection away (`_clean`)."""
        database: Database = narrow.state.database
        async with _lend(database._service, database._turns) as connection:
            await connection.driver.execute("BEGIN")
            await connection.driver.execute("SELECT set_config('btc.scope', 'hub', true)")
            first = await connection.driver.fetchval("SELECT pg_backend_pid()")
        await self._nobodys(database)
        async with database.transaction() as connection:
            assert await connection.driver.fetchval("SELECT pg_backend_pid()") != first
