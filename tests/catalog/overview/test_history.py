"""A listing's whole history, for its seller and the hub: what, when, why, and on whose behalf."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from tests.api import Api, Party
from tests.catalog.changes.test_changes import proposed
from tests.catalog.gate.test_gate import verified
from tests.catalog.listing_helpers import REASON, approve_change, listing, patch

pytestmark = pytest.mark.anyio


async def history(who: Api, made: dict[str, Any], limit: int = 100) -> list[dict[str, Any]]:
    """Through all pages."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": str(limit)}
    while True:
        page = await who.read(f"/v1/listings/{made['id']}/history", **params)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


def said(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["object_id"].partition("_")[0], row["action"]) for row in rows]


async def test_listing_variants_and_changes_stand_in_the_order_in_which_it_happened(
    hub: Api,
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "changes_requested", title="Batik")
    edited = (await patch(seller, made["id"], {"title": "Batik tulis"}, made["version"])).json()
    for who, action in ((seller, "submit"), (hub, "approve"), (seller, "publish")):
        edited = await who.do(f"/v1/listings/{made['id']}/{action}")
    variant = made["variants"][0]["id"]
    received = {"quantity": {"value": "5", "unit": "pcs"}, "note": "Dari penjahit"}
    await seller.do(f"/v1/variants/{variant}/receive", received)
    change = await proposed(seller, edited, story="Sejak 1998.")
    await approve_change(hub, change["id"])

    rows = await history(seller, made)
    assert said(rows) == [
        ("lst", "create"),
        ("lst", "submit"),
        ("lst", "request_changes"),
        ("lst", "edit"),
        ("lst", "submit"),
        ("lst", "approve"),
        ("lst", "publish"),
        ("var", "receive"),
        ("lch", "create"),
        ("lst", "edit"),
        ("lch", "approve"),
    ]
    assert (rows[2]["reason"], rows[2]["note"]) == (REASON["reason"], REASON["note"])
    assert rows[3]["changes"] == [{"field": "title", "before": "Batik", "after": "Batik tulis"}]
    assert (rows[7]["object_id"], rows[7]["note"]) == (variant, "Dari penjahit")
    assert rows[9]["changes"] == [{"field": "story", "before": None, "after": "Sejak 1998."}]
    assert rows[9]["reason"] == "change_approved"
    assert {row["by"]["on_behalf_of"] for row in rows} == {None}
    assert (rows[2]["from_status"], rows[2]["to_status"]) == ("submitted", "changes_requested")
    assert await history(hub, made) == rows
    assert await history(seller, made, limit=2) == rows


async def test_a_variants_edits_say_what_changed_too(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", variants=[{"flavour": "pedas"}])
    variant = made["variants"][0]
    answer = await seller.client.patch(
        f"/v1/variants/{variant['id']}",
        json={"flavour": "manis"},
        headers={
            "authorization": f"Bearer {seller.key}",
            "if-match": f'"{variant["version"]}"',
        },
    )
    assert answer.status_code == 200, answer.text
    last = (await history(seller, made))[-1]
    assert (last["object_id"], last["action"]) == (variant["id"], "edit")
    assert last["changes"] == [{"field": "flavour", "before": "pedas", "after": "manis"}]


async def test_what_staff_did_for_the_seller_is_recorded_as_such_and_what_is_theirs_is_not(
    hub: Api,
) -> None:
    seller = await hub.party("seller")
    path = await verified(hub, seller, "nkv", None)
    made = await listing(seller, hub, category="fresh.eggs")
    await hub.do(f"/v1/listings/{made['id']}/submit")
    await hub.do(f"/v1/listings/{made['id']}/approve")
    await seller.do(f"/v1/listings/{made['id']}/publish")
    staff_edit = await patch(hub, made["id"], {"price": {"amount": "5"}}, 4)
    assert staff_edit.status_code == 200, staff_edit.text
    await hub.do(path, {"outcome": "rejected"})
    rows = await history(seller, made)
    assert [(row["action"], row["by"]["on_behalf_of"]) for row in rows] == [
        ("create", None),
        ("submit", seller.id),
        ("approve", None),
        ("publish", None),
        ("edit", seller.id),
        ("block", None),
    ]
    assert rows[0]["by"]["party_id"] == rows[3]["by"]["party_id"] == seller.id
    assert rows[2]["by"]["party_id"] == rows[5]["by"]["party_id"] != seller.id
    assert all("key_id" not in row for row in rows)


async def test_strangers_find_no_history_and_drafts_of_others_do_not_exist(
    hub: Api, api: Api
) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    made = await listing(seller, hub, "published")
    path = f"/v1/listings/{made['id']}/history"
    assert (await other.get(path)).status_code == 404
    assert (await api.get(path)).status_code == 401
    wrong = await seller.get(path, cursor="Y3VyYXRpb258eHx5")
    assert wrong.status_code == 422 and wrong.json()["code"] == "bad_cursor"


async def test_the_second_wall_shows_a_seller_its_own_rows_and_nothing_else(
    hub: Api, owner: asyncpg.Connection
) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    made = await listing(seller, hub, "published")
    change = await proposed(seller, made)

    async def seen(by: Party) -> set[tuple[str, str]]:
        async with owner.transaction():
            await owner.execute("SET LOCAL ROLE btc_service")
            await owner.execute(
                "SELECT set_config('btc.party', $1, true), set_config('btc.scope', 'party', true), "
                "set_config('btc.livemode', 'on', true)",
                str(decode("pty", by.id)),
            )
            return {
                tuple(row) for row in await owner.fetch("SELECT object, object_id FROM history")
            }

    assert await seen(seller) == {
        ("listing", decode("lst", made["id"])),
        ("listing_change", decode("lch", change["id"])),
    }
    assert await seen(other) == set()


async def test_stock_acts_stand_there_once_each(hub: Api) -> None:
    """They leave the variant's version as it is: four acts are four rows, not sixteen."""
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    path = f"/v1/variants/{made['variants'][0]['id']}/receive"
    for n in range(4):
        await seller.do(path, {"quantity": {"value": str(n + 1), "unit": "pcs"}})
    rows = await history(seller, made, limit=3)
    assert [row["action"] for row in rows].count("receive") == 4
