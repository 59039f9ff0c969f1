"""Keys: what opens nothing, what a narrowed key opens, and the two worlds that never meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.access.grants import GRANTS
from app.access.keys import new_key, well_formed
from app.access.permissions import Role
from app.core.ids import encode
from tests.access.calls import body_of, call, path_of, stored
from tests.access.world import LISTING, World
from tests.api import Api, Party
from tests.openapi import operations

pytestmark = pytest.mark.anyio

GOOD = new_key(livemode=True)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        f"Bearer {GOOD}",  # well-formed, never handed out
        f"Bearer {GOOD[:-1]}{'0' if GOOD[-1] != '0' else '1'}",  # a typing error
        f"Bearer {GOOD.replace('live', 'test')}",
        f"Bearer {GOOD} ",
        f"Basic {GOOD}",
        f"bearer  {GOOD}",
        "Bearer btc_live_ünïcode00000000",
        "Bearer " + "a" * 5000,
        "Bearer btc_live_'; DROP TABLE parties; --00000000",
        "\x00",
    ],
    ids=range(14),  # the keys are random, and every process must collect the same tests
)
async def test_what_is_no_key_opens_nothing(client: httpx.AsyncClient, said: str) -> None:
    headers = {"authorization": said.encode("utf-8")}
    answer = await client.get("/v1/parties", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"
    assert GOOD not in answer.text


async def test_a_key_works_whatever_the_case_of_the_scheme(
    client: httpx.AsyncClient, operator: str
) -> None:
    answer = await client.get("/v1/parties", headers={"authorization": f"bEaReR {operator}"})
    assert answer.status_code == 200


async def test_a_wrong_key_is_refused_where_none_is_needed(client: httpx.AsyncClient) -> None:
    """Somebody who shows a key wants to be known; silently being nobody would mislead."""
    headers = {"authorization": f"Bearer {GOOD}"}
    assert (await client.get("/v1/regions", headers=headers)).status_code == 401


async def test_a_revoked_key_opens_nothing_at_once(hub: Api) -> None:
    party = await hub.party("buyer")
    key_id = (await party.read("/v1/api-keys"))["data"][0]["id"]
    await party.do(f"/v1/api-keys/{key_id}/revoke")
    assert (await party.get("/v1/parties")).status_code == 401


async def test_an_expired_key_opens_nothing(hub: Api, owner: asyncpg.Connection) -> None:
    party = await hub.party("buyer")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await party.do("/v1/api-keys", {"party_id": party.id, "expires_at": until})
    short = Api(party.client, made["key"])
    assert (await short.get("/v1/parties")).status_code == 200
    await owner.execute(
        "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE hint = $1", made["hint"]
    )
    assert (await short.get("/v1/parties")).status_code == 401


async def test_a_suspended_partys_keys_open_nothing_until_it_is_resumed(hub: Api) -> None:
    party = await hub.party("buyer")
    await hub.do(f"/v1/parties/{party.id}/suspend", {"note": "contoh"})
    refused = await party.get("/v1/parties", headers={"accept-language": "id"})
    assert refused.status_code == 401
    assert "akun Anda sedang dinonaktifkan; hubungi BTC" in refused.json()["advice"]
    await hub.do(f"/v1/parties/{party.id}/resume")
    assert (await party.get("/v1/parties")).status_code == 200


async def _narrowed(party: Party, *scopes: str) -> Api:
    made = await party.do("/v1/api-keys", {"party_id": party.id, "scopes": list(scopes)})
    return Api(party.client, made["key"])


@pytest.mark.parametrize("role", ["seller", "buyer", "carrier"])
async def test_a_key_of_one_permission_opens_its_operations_and_no_other(
    theirs: World, owner: asyncpg.Connection, role: str
) -> None:
    """Every single permission of every role, tried on every operation the role could call."""
    party = theirs.of(role)
    event_reader = await _narrowed(party, "event:read")
    before = await stored(owner)
    allowed = {str(p) for p in GRANTS[Role(role)]}
    refused = 0
    for operation in operations():
        if operation.permission not in allowed - {"event:read"}:
            continue
        path, body = path_of(operation, theirs.ids), body_of(operation, theirs.fields())
        answer = await call(event_reader, operation, path, body)
        wanted = (403, 404) if operation.path_parameters else (403,)
        assert answer.status_code in wanted, (operation.id, answer.text)
        refused += answer.status_code == 403
    assert refused >= 5
    assert await stored(owner) == before
    assert (await event_reader.get("/v1/events")).status_code == 200


async def test_a_key_cannot_make_a_wider_one(hub: Api) -> None:
    party, other = await hub.party("seller"), await hub.party("buyer")
    maker = await _narrowed(party, "api_key:create", "party:read")

    async def tries(**asked: Any) -> int:
        body = {"party_id": party.id} | asked
        return (await maker.post("/v1/api-keys", body)).status_code

    assert await tries() == 403  # all roles of the party
    assert await tries(scopes=["listing:create"]) == 403
    assert await tries(scopes=["party:read"]) == 201
    assert await tries(scopes=["party:read"], livemode=False) == 201  # opens nothing live
    assert await tries(scopes=["operator"]) == 422  # not a role of this party
    assert await tries(scopes=["party:create"]) == 422
    assert await tries(party_id=other.id) == 404


async def test_a_key_is_stored_and_listed_as_a_hash_only(
    hub: Api, owner: asyncpg.Connection
) -> None:
    party = await hub.party("buyer")
    assert party.key is not None
    assert well_formed(party.key)
    body = party.key.split("_")[2]
    listed = (await party.get("/v1/api-keys")).text
    rows = await owner.fetchval("SELECT string_agg(k::text, ' ') FROM api_keys k")
    assert body not in listed
    assert body not in rows
    assert body.encode().hex() not in rows


class TestWorlds:
    """The test world and the real one: the same parties, and no traded row in common."""

    async def _test_key(self, hub: Api, party_id: str) -> Api:
        made = await hub.do("/v1/api-keys", {"party_id": party_id, "livemode": False})
        assert made["key"].startswith("btc_test_")
        return Api(hub.client, made["key"])

    async def test_a_test_key_sees_no_live_object_not_even_its_own_partys(
        self, hub: Api, theirs: World, owner: asyncpg.Connection
    ) -> None:
        # Parties are the same in both worlds, and so is what prices follow.
        shared = {"party_id", "licence_id", "key_id", "series_id"}
        hub_id = await owner.fetchval(
            "SELECT id FROM parties WHERE external_reference = 'btc' AND created_by = id"
        )
        testers = {
            role: await self._test_key(hub, theirs.of(role).id)
            for role in ("seller", "buyer", "carrier")
        }
        testers["operator"] = await self._test_key(hub, encode("pty", hub_id))
        before = await stored(owner)
        for role, tester in testers.items():
            for operation in operations():
                names = set(operation.path_parameters)
                if not names or names & shared or operation.public:
                    continue
                answer = await call(
                    tester, operation, path_of(operation, theirs.ids), body_of(operation)
                )
                wanted = (404, 403) if operation.id == "history_list" else (404,)
                assert answer.status_code in wanted, (role, operation.id, answer.text)
            for operation in operations():
                if operation.method == "GET" and not operation.path_parameters:
                    answer = await call(tester, operation, operation.path)
                    for kind in ("order_id", "agreement_id", "offer_id", "listing_id", "lot_id"):
                        assert theirs.ids.get(kind, "-") not in answer.text, (role, operation.id)
        assert await stored(owner) == before

    async def test_a_live_key_sees_no_test_object(self, hub: Api) -> None:
        seller = await hub.party("seller")
        tester = await self._test_key(hub, seller.id)
        made = await tester.do("/v1/listings", LISTING)
        path = f"/v1/listings/{made['id']}"
        assert (await tester.get(path)).status_code == 200
        assert (await seller.get(path)).status_code == 404
        assert (await hub.get(path)).status_code == 404
        assert made["id"] not in (await seller.get("/v1/listings", mine="true")).text
        types = [e["object_id"] for e in (await seller.read("/v1/events", limit=100))["data"]]
        assert made["id"] not in types
        types = [e["object_id"] for e in (await tester.read("/v1/events", limit=100))["data"]]
        assert made["id"] in types
