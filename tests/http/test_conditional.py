"""Versions: every object says which one it is; nobody overwrites what they have not seen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.access.world import LISTING
from tests.api import Api
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

PARTY: dict[str, Any] = {"name": "Contoh", "roles": ["buyer"]}


async def test_a_change_needs_the_version_it_changes(hub: Api) -> None:
    seller = await hub.party("seller")
    path = f"/v1/listings/{(await seller.do('/v1/listings', LISTING))['id']}"
    key = {"authorization": f"Bearer {seller.key}"}
    read = await seller.get(path)
    assert read.headers["etag"] == '"1"'
    change = {"title": "Keripik Belimbing Pedas"}

    async def patch(**headers: str) -> httpx.Response:
        sent = key | {k.replace("_", "-"): v for k, v in headers.items()}
        return await seller.client.patch(path, json=change, headers=sent)

    problem(await patch(), 428, "precondition_required")
    problem(await patch(if_match='"2"'), 412, "precondition_failed")
    problem(await patch(if_match="nonsense"), 412, "precondition_failed")
    done = await patch(if_match=read.headers["etag"])
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    problem(await patch(if_match='"1"'), 412, "precondition_failed")


async def test_the_etag_of_what_is_made_read_and_commanded(hub: Api) -> None:
    made = await hub.post("/v1/parties", PARTY)
    path = f"/v1/parties/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == path
    assert (await hub.get(path)).headers["etag"] == '"1"'
    assert (await hub.post(f"{path}/suspend")).headers["etag"] == '"2"'
    assert (await hub.get(path)).headers["etag"] == '"2"'
