"""Idempotency-Key: the same request sent twice happens once, and its answer is the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.engine import Database, Patience
from app.main import create_app
from app.settings import Settings
from tests import trade
from tests.api import Api, Party
from tests.http.helpers import problem, raw

pytestmark = pytest.mark.anyio

Unique = Callable[[str], str]
PARTY: dict[str, Any] = {"name": "Contoh", "roles": ["buyer"]}


async def parties(owner: asyncpg.Connection) -> int:
    return int(await owner.fetchval("SELECT count(*) FROM parties"))


async def test_without_a_key_a_command_is_refused(hub: Api, owner: asyncpg.Connection) -> None:
    before = await parties(owner)
    headers = {"authorization": f"Bearer {hub.key}"}
    answer = await hub.client.post("/v1/parties", json=PARTY, headers=headers)
    problem(answer, 400, "idempotency_key_missing")
    assert await parties(owner) == before


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
async def test_a_key_that_is_none(hub: Api, key: str) -> None:
    headers = {"authorization": f"Bearer {hub.key}", "idempotency-key": key.encode()}
    answer = await hub.client.post("/v1/parties", json=PARTY, headers=headers)
    problem(answer, 400, "idempotency_key_missing")


async def test_the_longest_key_is_taken(hub: Api) -> None:
    key = "k" * 255
    assert (await hub.post("/v1/parties", PARTY, idempotency_key=key)).status_code == 201


async def test_a_repeat_is_answered_as_before_to_the_byte(
    hub: Api, owner: asyncpg.Connection, unique: Unique
) -> None:
    key = unique("key")
    first = await hub.post("/v1/parties", PARTY, idempotency_key=key)
    before = await parties(owner)
    again = await hub.post("/v1/parties", PARTY, idempotency_key=key)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("etag", "location", "content-type", "cache-control"):
        assert again.headers[header] == first.headers[header]
    assert await parties(owner) == before


async def test_spelling_does_not_matter(hub: Api, unique: Unique) -> None:
    """Spaces, the order of fields, escapes: the parsed body counts."""
    key = unique("key")
    spellings = [
        b'{"name":"Berkah","roles":["buyer"],"external_reference":null}',
        b' {\n "roles" : [ "buyer" ], "external_reference":null, "name" : "Berkah" } ',
        b'{"name":"\\u0042erkah","roles":["buyer"],"external_reference":null}',
    ]
    assert hub.key
    answers = [await raw(hub.client, hub.key, s, idempotency_key=key) for s in spellings]
    assert [a.status_code for a in answers] == [201] * 3
    assert len({a.content for a in answers}) == 1


@pytest.mark.parametrize(
    "other", [{"name": "Lain"}, {"roles": ["carrier"]}, {"external_reference": "x"}]
)
async def test_the_same_key_with_another_body_is_refused(
    hub: Api, owner: asyncpg.Connection, unique: Unique, other: dict[str, Any]
) -> None:
    key = unique("key")
    await hub.post("/v1/parties", PARTY, idempotency_key=key)
    before = await parties(owner)
    answer = await hub.post("/v1/parties", PARTY | other, idempotency_key=key)
    problem(answer, 422, "idempotency_key_reused")
    assert await parties(owner) == before


async def test_the_same_key_on_another_object_is_refused(hub: Api, unique: Unique) -> None:
    one, other = await hub.party("buyer"), await hub.party("buyer")
    key = unique("key")
    paths = [f"/v1/parties/{party.id}/suspend" for party in (one, other)]
    assert (await hub.post(paths[0], idempotency_key=key)).status_code == 200
    problem(await hub.post(paths[1], idempotency_key=key), 422, "idempotency_key_reused")
    assert (await other.get("/v1/parties")).status_code == 200


async def test_ten_at_once_happen_once(hub: Api, owner: asyncpg.Connection, unique: Unique) -> None:
    key, before = unique("key"), await parties(owner)
    answers = await asyncio.gather(
        *(hub.post("/v1/parties", PARTY, idempotency_key=key) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 9
    assert await parties(owner) == before + 1


async def test_ten_orders_at_once_reserve_once(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    body, key = trade.order_body(market, eggs, 300, agreement_id=agreed), unique("key")
    answers = await asyncio.gather(
        *(market.api.post("/v1/orders", body, idempotency_key=key) for _ in range(10))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await trade.quota(market.api, agreed))["reserved"] == {"value": "300", "unit": "kg"}


async def test_a_refused_request_stores_nothing_and_is_judged_afresh(
    hub: Api, owner: asyncpg.Connection, unique: Unique
) -> None:
    """No quota is an answer of the moment: the same key succeeds once there is some."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    blocking = await trade.order(market, eggs, 900, agreement_id=agreed)
    body, key = trade.order_body(market, eggs, 300, agreement_id=agreed), unique("key")
    kept = await owner.fetchval("SELECT count(*) FROM idempotency_keys")
    for _ in range(2):
        refused = await market.api.post("/v1/orders", body, idempotency_key=key)
        problem(refused, 409, "quota_exceeded")
    assert await owner.fetchval("SELECT count(*) FROM idempotency_keys") == kept
    await market.api.do(f"/v1/orders/{blocking['id']}/cancel", {"reason": "other"})
    done = await market.api.post("/v1/orders", body, idempotency_key=key)
    assert done.status_code == 201
    assert "idempotency-replayed" not in done.headers


async def test_a_wrong_request_leaves_its_key_free(hub: Api, unique: Unique) -> None:
    key = unique("key")
    wrong = await hub.post("/v1/parties", {"roles": ["buyer"]}, idempotency_key=key)
    problem(wrong, 422, "validation_failed")
    assert (await hub.post("/v1/parties", PARTY, idempotency_key=key)).status_code == 201


async def test_a_defect_stores_nothing_and_leaves_its_key_free(
    hub: Api, owner: asyncpg.Connection, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It breaks after the effect was written: the effect goes too."""
    key, before = unique("key"), await parties(owner)
    with monkeypatch.context() as patch:
        patch.setattr("app.parties.router.party_out", lambda *_: 1 / 0)
        problem(await hub.post("/v1/parties", PARTY, idempotency_key=key), 500, "internal_error")
    assert await parties(owner) == before
    assert (await hub.post("/v1/parties", PARTY, idempotency_key=key)).status_code == 201
    assert await parties(owner) == before + 1


class TestReplayIsAuthorised:
    """A stored answer is not a way around a key that was taken away."""

    async def _answered(self, hub: Api, key: str) -> tuple[Party, str, dict[str, Any]]:
        party = await hub.party("seller")
        path = f"/v1/parties/{party.id}/members"
        body = {"name": "Bu Contoh"}
        assert (await party.post(path, body, idempotency_key=key)).status_code == 201
        return party, path, body

    async def test_of_a_revoked_key(self, hub: Api, unique: Unique) -> None:
        key = unique("key")
        party, path, body = await self._answered(hub, key)
        key_id = (await party.read("/v1/api-keys"))["data"][0]["id"]
        await hub.do(f"/v1/api-keys/{key_id}/revoke")
        assert (await party.post(path, body, idempotency_key=key)).status_code == 401

    async def test_of_a_suspended_party(self, hub: Api, unique: Unique) -> None:
        key = unique("key")
        party, path, body = await self._answered(hub, key)
        await hub.do(f"/v1/parties/{party.id}/suspend")
        assert (await party.post(path, body, idempotency_key=key)).status_code == 401

    async def test_of_a_narrowed_key(
        self, hub: Api, owner: asyncpg.Connection, unique: Unique
    ) -> None:
        key = unique("key")
        party, path, body = await self._answered(hub, key)
        await owner.execute(
            "UPDATE api_keys SET permissions = '{event:read}' WHERE id = (SELECT k.id FROM "
            "api_keys k ORDER BY created_at DESC LIMIT 1)"
        )
        problem(await party.post(path, body, idempotency_key=key), 403, "forbidden")

    async def test_another_callers_key_of_the_same_name_is_another(
        self, hub: Api, unique: Unique
    ) -> None:
        key = unique("key")
        one, other = await hub.party("seller"), await hub.party("seller")
        body = {"name": "Bu Contoh"}
        answers = [
            await party.post(f"/v1/parties/{party.id}/members", body, idempotency_key=key)
            for party in (one, other)
        ]
        assert [a.status_code for a in answers] == [201, 201]
        assert answers[0].json()["party_id"] != answers[1].json()["party_id"]


async def test_after_its_time_a_key_is_free_again(
    hub: Api, owner: asyncpg.Connection, unique: Unique
) -> None:
    key = unique("key")
    first = await hub.post("/v1/parties", PARTY, idempotency_key=key)
    await owner.execute("UPDATE idempotency_keys SET created_at = created_at - interval '8 days'")
    again = await hub.post("/v1/parties", PARTY | {"name": "Lain"}, idempotency_key=key)
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]


class TestInProgress:
    """The first request has not ended: its twin waits, but not for ever."""

    @pytest.fixture
    async def impatient(
        self, settings: Settings, operator: str
    ) -> AsyncIterator[httpx.AsyncClient]:
        assert settings.database_url
        app = create_app(settings)
        app.state.database = Database(
            settings.database_url.get_secret_value(),
            size=3,
            public_size=1,
            patience=Patience(lock=0.2),
        )
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as client:
            yield client
        await app.state.database.close()

    async def test_the_twin_is_told_to_come_back(
        self,
        impatient: httpx.AsyncClient,
        operator: str,
        unique: Unique,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from app.parties import commands

        go, create = asyncio.Event(), commands.create

        async def slow(*args: Any) -> Any:
            await go.wait()
            return await create(*args)

        monkeypatch.setattr(commands, "create", slow)
        body, key = json.dumps(PARTY).encode(), unique("key")
        first = asyncio.create_task(raw(impatient, operator, body, idempotency_key=key))
        await asyncio.sleep(0.1)
        twin = await raw(impatient, operator, body, idempotency_key=key)
        document = problem(twin, 409, "idempotency_key_in_progress")
        assert document["advice"]
        assert twin.headers["retry-after"] == "1"
        go.set()
        assert (await first).status_code == 201
        again = await raw(impatient, operator, body, idempotency_key=key)
        assert again.content == (await first).content
