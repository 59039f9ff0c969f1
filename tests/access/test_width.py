"""No key opens more than the key that made it, and the test world never reaches the live one."""

from __future__ import annotations

from typing import Any

from tests.api import Api, Party


async def _key(hub: Api, party_id: str, **asked: Any) -> Party:
    made = await hub.do("/v1/api-keys", {"party_id": party_id, **asked})
    return Party(hub.client, made["key"], party_id)


async def _hub_id(hub: Api) -> str:
    parties = (await hub.read("/v1/parties", external_reference="btc"))["data"]
    return str(parties[0]["id"])


async def test_a_narrow_operator_key_makes_no_wider_one(hub: Api) -> None:
    """It had made a full live operator key."""
    desk = await _hub_id(hub)
    narrow = await _key(hub, desk, scopes=["api_key:create", "party:read"])
    assert (await narrow.post("/v1/api-keys", {"party_id": desk})).status_code == 403
    buyer = await hub.party("buyer")
    assert (await narrow.post("/v1/api-keys", {"party_id": buyer.id})).status_code == 403
    same = {"party_id": desk, "scopes": ["party:read"]}
    assert (await narrow.post("/v1/api-keys", same)).status_code == 201


async def test_a_test_key_makes_and_revokes_no_live_key(hub: Api) -> None:
    seller = await hub.party("seller")
    live = (await seller.read("/v1/api-keys"))["data"][0]["id"]
    tester = await _key(hub, seller.id, livemode=False)
    assert (await tester.post("/v1/api-keys", {"party_id": seller.id})).status_code == 403
    assert (await tester.post(f"/v1/api-keys/{live}/revoke")).status_code == 403
    mine = {"party_id": seller.id, "livemode": False}
    made = await tester.post("/v1/api-keys", mine)
    assert made.status_code == 201
    assert (await tester.post(f"/v1/api-keys/{made.json()['id']}/revoke")).status_code == 200


async def test_a_test_desk_decides_nothing_about_what_both_worlds_share(hub: Api) -> None:
    """A test operator had suspended a live party."""
    tester = await _key(hub, await _hub_id(hub), livemode=False)
    seller = await hub.party("seller")
    assert (await tester.post(f"/v1/parties/{seller.id}/suspend")).status_code == 403
    body = {"name": "X", "roles": ["buyer"]}
    assert (await tester.post("/v1/parties", body)).status_code == 403
    # but it hands out keys for its own world
    asked = {"party_id": seller.id, "livemode": False}
    assert (await tester.post("/v1/api-keys", asked)).status_code == 201


async def test_a_keys_end_lies_ahead_and_not_beyond_time(hub: Api) -> None:
    seller = await hub.party("seller")
    for end in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2020-01-01T00:00:00Z"):
        answer = await hub.post("/v1/api-keys", {"party_id": seller.id, "expires_at": end})
        assert answer.status_code == 422, answer.text
