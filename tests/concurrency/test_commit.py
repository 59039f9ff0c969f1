"""Acknowledged means stored: no answer goes out before its COMMIT has come back.

A test that kills the server does not show the mistake these look for: the answer that is sent
*before* the COMMIT, which only a COMMIT that hangs or fails can tell from a right one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import fastapi
import httpx
import psutil
import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr

from app.core.ids import decode, encode
from app.db import migrate
from app.db.embedded import Cluster
from app.db.engine import Connection, Database, Patience
from app.db.errors import DatabaseUnavailable
from app.main import create_app
from app.parties.bootstrap import operator_key
from app.settings import Settings
from tests import trade
from tests.api import Api, Party
from tests.concurrency.conftest import Faulty
from tests.db.clusters import serving
from tests.openapi import SECRET

pytestmark = pytest.mark.anyio

Unique = Callable[[str], str]
PARTY: dict[str, Any] = {"name": "Contoh", "roles": ["buyer"]}


@pytest.fixture
async def market(hub: Api, faulty: Faulty, unique: Unique) -> tuple[Party, dict[str, Any], str]:
    """A buyer that calls over the faulty wire, an order it may place, and its agreement."""
    buyer, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, buyer, eggs, 1000)
    assert buyer.api.key
    party = Party(faulty.client, buyer.api.key, buyer.api.id)
    return party, trade.order_body(buyer, eggs, 100, agreement_id=agreed), agreed


async def orders_of(owner: asyncpg.Connection, agreed: str) -> int:
    count = await owner.fetchval(
        "SELECT count(*) FROM orders WHERE agreement_id = $1", decode("agr", agreed)
    )
    return int(count)


async def test_a_commit_that_hangs_is_never_acknowledged(
    faulty: Faulty, market: Any, owner: asyncpg.Connection, unique: Unique
) -> None:
    buyer, body, agreed = market
    faulty.wire.fault = "hang"
    started = time.monotonic()
    answer = await buyer.post("/v1/orders", body, idempotency_key=unique("key"))
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert 0.5 < time.monotonic() - started < 4
    assert faulty.wire.commits == 1
    assert await orders_of(owner, agreed) == 0


async def test_a_hanging_commit_does_not_poison_the_pool(
    faulty: Faulty, market: Any, unique: Unique
) -> None:
    buyer, body, agreed = market
    faulty.wire.fault = "hang"
    key = unique("key")
    assert (await buyer.post("/v1/orders", body, idempotency_key=key)).status_code == 503
    faulty.wire.fault = "none"
    done = await buyer.post("/v1/orders", body, idempotency_key=key)
    assert done.status_code == 201, done.text
    assert (await trade.quota(buyer, agreed))["reserved"] == {"value": "100", "unit": "kg"}


@pytest.mark.parametrize("fault", ["cut before", "cut after"])
async def test_after_a_cut_during_commit_the_repeated_request_tells_the_truth(
    faulty: Faulty, market: Any, owner: asyncpg.Connection, unique: Unique, fault: Any
) -> None:
    """The service cannot know; its key's row does: it committed with the order or not."""
    buyer, body, agreed = market
    key = unique("key")
    faulty.wire.fault = fault
    lost = await buyer.post("/v1/orders", body, idempotency_key=key)
    assert lost.status_code == 503
    assert "same Idempotency-Key" in lost.json()["advice"]
    await asyncio.sleep(0.3)
    assert await orders_of(owner, agreed) == (1 if fault == "cut after" else 0)
    faulty.wire.fault = "none"
    told = await buyer.post("/v1/orders", body, idempotency_key=key)
    assert told.status_code == 201, told.text
    assert ("idempotency-replayed" in told.headers) == (fault == "cut after")
    assert await orders_of(owner, agreed) == 1
    assert (await trade.quota(buyer, agreed))["reserved"] == {"value": "100", "unit": "kg"}


class TestCommitThatFails:
    """COMMIT can say no without an error, or with one."""

    async def test_a_commit_answered_with_rollback_is_no_success(self, faulty: Faulty) -> None:
        """A transaction that failed inside answers COMMIT with the word ROLLBACK."""
        with pytest.raises(DatabaseUnavailable):
            async with faulty.database.transaction() as connection:
                await _fails_quietly(connection)

    async def test_it_is_not_acknowledged(
        self, faulty: Faulty, operator: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A command that swallows the database's error cannot turn it into a 201."""
        from app.parties import keys

        create = keys.create

        async def swallows(tx: Any, asked: Any) -> Any:
            made = await create(tx, asked)
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await tx.sql("SELECT 1 / 0")
            return made

        hub = Api(faulty.client, operator)
        party = await hub.do("/v1/parties", PARTY)
        monkeypatch.setattr(keys, "create", swallows)
        answer = await hub.post("/v1/api-keys", {"party_id": party["id"]})
        assert answer.status_code == 503
        assert "btc_live_" not in answer.text
        monkeypatch.undo()
        listed = await hub.read("/v1/api-keys", limit=100)
        assert party["id"] not in {key["party_id"] for key in listed["data"]}

    async def test_a_deferred_constraint_that_fails_at_commit_is_not_acknowledged(
        self, faulty: Faulty, operator: str, owner: asyncpg.Connection, unique: Unique
    ) -> None:
        name = unique("deferred")
        await owner.execute(
            "CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE check_violation USING MESSAGE = 'too late'; END $$; "
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON parties DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW WHEN (NEW.name = '{name}') EXECUTE FUNCTION refuse_late()"
        )
        try:
            hub = Api(faulty.client, operator)
            answer = await hub.post("/v1/parties", PARTY | {"name": name})
            assert answer.status_code >= 400
            assert answer.headers["content-type"] == "application/problem+json"
            assert "too late" not in answer.text
            found = await owner.fetchval("SELECT count(*) FROM parties WHERE name = $1", name)
            assert found == 0
            assert (await hub.post("/v1/parties", PARTY)).status_code == 201
        finally:
            await owner.execute("DROP FUNCTION refuse_late() CASCADE")


async def _fails_quietly(connection: Connection) -> None:
    with contextlib.suppress(asyncpg.DivisionByZeroError):
        await connection.driver.execute("SELECT 1 / 0")


@pytest.mark.parametrize(
    ("scope", "happened"),
    [("function", ["committed", "answered"]), ("request", ["answered", "committed"])],
)
async def test_canary_only_the_doors_scope_commits_before_it_answers(
    scope: Any, happened: list[str]
) -> None:
    """FastAPI's default (``request``) sends the answer first. Doors say ``function``."""
    order: list[str] = []

    async def transaction() -> AsyncIterator[None]:
        yield
        order.append("committed")

    small = FastAPI()

    async def read(_: None = Depends(transaction, scope=scope)) -> dict[str, str]:
        return {}

    small.get("/")(read)

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                order.append("answered")
            await send(message)

        await small(scope, receive, sending)

    transport = httpx.ASGITransport(app=watched)
    async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as client:
        await client.get("/")
    assert order == happened, fastapi.__version__


class TestDatabaseThatComesAndGoes:
    """The database is killed under load and comes back: 503 meanwhile, nothing lost."""

    @pytest.fixture
    def own(self) -> Iterator[Cluster]:
        """A durable Postgres: this one's promise is what a kill leaves."""
        folder = Path(
            tempfile.mkdtemp(
                prefix="btc-comes-and-goes-", dir="/var/tmp" if os.geteuid() == 0 else None
            )
        )
        folder.chmod(0o755)
        with Cluster(folder) as cluster:
            migrate.upgrade(cluster.url("btc_owner"))
            yield cluster
        shutil.rmtree(folder, ignore_errors=True)

    async def test_nothing_acknowledged_is_lost(self, own: Cluster) -> None:
        key = await operator_key(own.url("btc_service"), SECRET)
        async with _service_on(own) as client:
            hub = Api(client, key)
            crowd = Crowd(hub)
            await asyncio.sleep(0.3)
            _kill(own)
            before = len(crowd.statuses)
            await asyncio.sleep(0.4)
            during = crowd.statuses[before:]
            own.revive()
            back = await _until_201(hub)
            await asyncio.sleep(0.2)
            await crowd.home()
            connection = await asyncpg.connect(own.url("postgres"))
            rows = await connection.fetch("SELECT id FROM parties")
            await connection.close()
        assert set(crowd.statuses) == {201, 503}
        assert 503 in during
        assert back < 4
        assert len(crowd.acknowledged) > 10
        assert crowd.acknowledged <= {encode("pty", row["id"]) for row in rows}


@contextlib.asynccontextmanager
async def _service_on(cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service of its own on *cluster*."""
    url = cluster.url("btc_service")
    app = create_app(
        Settings(database_url=SecretStr(url), secret=SecretStr(SECRET), log_level="error")
    )
    patience = Patience(pool=1, connect=0.5, answer=2)
    app.state.database = Database(url, size=4, public_size=1, patience=patience)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as client:
        yield client
    await app.state.database.close()


class Crowd:
    """Four customers who never stop asking, and what they were told."""

    def __init__(self, hub: Api) -> None:
        self.statuses: list[int] = []
        self.acknowledged: set[str] = set()
        self._leave = asyncio.Event()
        self._tasks = [asyncio.create_task(self._ask(hub, n)) for n in range(4)]

    async def _ask(self, hub: Api, n: int) -> None:
        turn = 0
        while not self._leave.is_set():
            turn += 1
            body = PARTY | {"external_reference": f"pelanggan-{n}-{turn}"}
            answer = await hub.post("/v1/parties", body)
            self.statuses.append(answer.status_code)
            if answer.status_code == 201:
                self.acknowledged.add(answer.json()["id"])
            else:
                await asyncio.sleep(0.02)

    async def home(self) -> None:
        """No more."""
        self._leave.set()
        await asyncio.gather(*self._tasks)


def _kill(cluster: Cluster) -> None:
    """Every process of that server, without a chance to say goodbye."""
    for server in serving(cluster.root):
        for process in [*server.children(), server]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    while cluster.alive:
        time.sleep(0.005)


async def _until_201(hub: Api) -> float:
    started = time.monotonic()
    while (await hub.post("/v1/parties", PARTY)).status_code != 201:
        assert time.monotonic() - started < 10, "it did not come back"
        await asyncio.sleep(0.05)
    return time.monotonic() - started
