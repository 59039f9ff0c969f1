"""Parties over HTTP: registered by the hub, seen by themselves."""

from __future__ import annotations

import pytest

from tests.api import Api

pytestmark = pytest.mark.anyio


async def test_a_registered_seller_adds_a_site_and_a_licence_and_the_hub_verifies_it(
    hub: Api,
) -> None:
    seller = await hub.party("seller")
    await seller.site()
    licence = await seller.do(
        f"/v1/parties/{seller.id}/licences",
        {"kind": "nkv", "number": "CONTOH-1", "valid_from": "2026-01-01"},
    )
    assert licence["status"] == "in_process"
    verified = await hub.do(
        f"/v1/parties/{seller.id}/licences/{licence['id']}/verify", {"outcome": "valid"}
    )
    assert verified["status"] == verified["standing"] == "valid"
    assert verified["version"] == 2


async def test_a_licence_is_filed_once_and_again_to_renew_it(hub: Api) -> None:
    seller = await hub.party("seller")
    path = f"/v1/parties/{seller.id}/licences"
    nkv = {"kind": "nkv", "number": "N-1", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    made = await seller.do(path, nkv)
    for outcome in ("in_process", "valid"):
        if outcome == "valid":
            await hub.do(f"{path}/{made['id']}/verify", {"outcome": outcome})
        again = await seller.post(path, nkv)
        assert (again.status_code, again.json()["code"]) == (409, "already_exists")
        assert again.json()["existing_id"] == made["id"]
    for other in ({"kind": "nib"}, {"number": "N-2"}, {"valid_to": "2031-12-31"}):
        await seller.do(path, nkv | other)
    second = await hub.party("seller")
    await second.do(f"/v1/parties/{second.id}/licences", nkv)


async def test_what_was_rejected_can_be_filed_again(hub: Api) -> None:
    seller = await hub.party("seller")
    path = f"/v1/parties/{seller.id}/licences"
    nkv = {"kind": "nkv", "number": "N-1", "valid_from": "2026-01-01"}
    made = await seller.do(path, nkv)
    await hub.do(f"{path}/{made['id']}/verify", {"outcome": "rejected"})
    assert (await seller.do(path, nkv))["id"] != made["id"]


async def test_a_stranger_does_not_know_of_a_party(hub: Api) -> None:
    one, other = await hub.party("seller"), await hub.party("buyer")
    assert (await other.get(f"/v1/parties/{one.id}")).status_code == 404
    assert (await other.read("/v1/parties"))["data"][0]["id"] == other.id


async def test_replay(hub: Api, unique) -> None:
    body = {"name": "X", "roles": ["buyer"], "external_reference": unique("x")}
    key = unique("k")
    one = await hub.post("/v1/parties", body, idempotency_key=key)
    two = await hub.post("/v1/parties", body, idempotency_key=key)
    assert one.status_code == 201 and two.status_code == 201, one.text
    assert two.headers["idempotency-replayed"] == "true"
    assert one.json() == two.json()
    three = await hub.post("/v1/parties", body, idempotency_key=unique("k"))
    assert three.status_code == 409 and three.json()["existing_id"] == one.json()["id"]
    four = await hub.post("/v1/parties", body | {"name": "Y"}, idempotency_key=key)
    assert four.status_code == 422, four.text
    assert (await hub.read("/v1/events"))["data"]
