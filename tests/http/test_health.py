"""What operators and their machines look at: alive, ready, counted."""

from __future__ import annotations

from tests.api import Api


async def test_it_is_alive_and_says_whether_it_can_serve(api: Api) -> None:
    assert (await api.get("/healthz")).status_code == 200
    ready = await api.get("/readyz")
    said = ready.json()
    assert (ready.status_code, said["status"], said["database"]) == (200, "ready", "reachable")
    assert said["migration"] == said["expected_migration"]
    # The tests' own Postgres is not durable, and the page does not hide it.
    assert said["durable"] is False
    assert said["settings"]["fsync"] == "off"


async def test_requests_are_counted_by_route_and_never_by_id(hub: Api) -> None:
    party = await hub.party("buyer")
    await hub.read(f"/v1/parties/{party.id}")
    counted = (await hub.get("/metrics")).text
    name = 'btc_requests_total{method="GET",route="/v1/parties/{party_id}",status="200"}'
    assert name in counted
    assert "btc_request_seconds_bucket" in counted
    assert party.id not in counted


async def test_who_shows_no_key_hears_that_first(api: Api, hub: Api) -> None:
    """A stranger is not told what is wrong with the rest of the request."""
    assert (await api.get("/v1/orders", stauts="placed")).status_code == 401
    party = await hub.party("seller")
    assert (await api.post(f"/v1/parties/{party.id}/suspend", {"x": 1})).status_code == 401


async def test_a_command_without_a_body_reads_none_and_refuses_fields(hub: Api) -> None:
    """`{}` and nothing are the same; a field would have been overlooked."""
    seller = await hub.party("seller")
    key = (await seller.read("/v1/api-keys"))["data"][0]["id"]
    refused = await hub.post(f"/v1/api-keys/{key}/revoke", {"reason": "lost"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/reason"
    assert (await hub.post(f"/v1/api-keys/{key}/revoke", {})).status_code == 200
