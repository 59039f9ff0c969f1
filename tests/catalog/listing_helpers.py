"""Shortcuts to listings in any status, through the API alone."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api import Api, Party, money

FOOD_LICENCES = ("pirt", "halal")

# The actions, and who takes them, that bring a draft to each status.
WAY = {
    "draft": [],
    "submitted": ["submit"],
    "changes_requested": ["submit", "request-changes"],
    "approved": ["submit", "approve"],
    "published": ["submit", "approve", "publish"],
    "paused": ["submit", "approve", "publish", "pause"],
    "rejected": ["submit", "reject"],
    "archived": ["archive"],
}
CURATOR = {"approve", "request-changes", "reject"}
REASON = {"reason": "incomplete", "note": "Tulis berat bersih."}


def body_of(action: str) -> dict[str, Any]:
    """A body with which *action* can be asked for."""
    return REASON if action in ("request-changes", "reject") else {}


def draft_body(**fields: Any) -> dict[str, Any]:
    """A listing that needs no licence."""
    return {
        "title": 'Batik tulis "Koi" 2 m',
        "description": "Kain katun primis.\nPewarna alam.",
        "category": "clothing",
        "price": money(350000, "1", "pcs"),
        "unit": "pcs",
        "origin_region_code": "35.72.02.1005",
    } | fields


async def listing(seller: Api, hub: Api, status: str = "draft", **fields: Any) -> dict[str, Any]:
    """A fresh listing of *seller* in *status*."""
    made = await seller.do("/v1/listings", draft_body(**fields))
    for action in WAY[status]:
        who = hub if action in CURATOR else seller
        made = await who.do(f"/v1/listings/{made['id']}/{action}", body_of(action))
    assert made["status"] == status
    return made


async def licensed(hub: Api, seller: Party, *kinds: str) -> None:
    """Give *seller* good licences of *kinds*."""
    for kind in kinds:
        body = {"kind": kind, "number": f"CONTOH-{kind}", "valid_from": "2026-01-01"}
        made = await seller.do(f"/v1/parties/{seller.id}/licences", body)
        path = f"/v1/parties/{seller.id}/licences/{made['id']}/verify"
        await hub.do(path, {"outcome": "valid"})


async def patch(
    who: Api, listing_id: str, body: Any, version: int | None = None, **headers: str
) -> httpx.Response:
    """The raw answer to a PATCH; with *version* it carries If-Match."""
    sent = {"content-type": "application/merge-patch+json", **headers}
    if who.key:
        sent["authorization"] = f"Bearer {who.key}"
    if version is not None:
        sent["if-match"] = f'"{version}"'
    return await who.client.patch(f"/v1/listings/{listing_id}", json=body, headers=sent)


async def in_test_world(hub: Api, party: Party) -> Party:
    """*party* with a key for the test world."""
    key = await hub.do("/v1/api-keys", {"party_id": party.id, "livemode": False})
    return Party(hub.client, key["key"], party.id)


async def approve_change(hub: Api, change_id: str, version: int | None = None) -> httpx.Response:
    """The raw answer to the curator's yes, to *version* or to the one that is there now."""
    path = f"/v1/listing-changes/{change_id}"
    if version is None:
        version = (await hub.read(path))["version"]
    return await hub.post(f"{path}/approve", headers={"if-match": f'"{version}"'})
