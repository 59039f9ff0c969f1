"""What an overview says of what is filed, refused, left alone or announced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.catalog.overview.queries import LEFT_ALONE, REMEMBERED
from app.core.ids import decode
from tests import trade
from tests.api import Api, Party
from tests.catalog.changes.test_changes import WHY, proposed
from tests.catalog.listing_helpers import listing
from tests.catalog.overview.test_overview import stocked, to_do

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


async def texts(seller: Party) -> dict[str, str]:
    return {one["code"]: one["text"] for one in await to_do(seller)}


async def test_a_licence_that_is_filed_waits_for_the_hub_and_a_refused_one_is_told(
    hub: Api, seller: Party
) -> None:
    await listing(seller, hub, category="fresh.eggs")
    assert "Ajukan izinnya" in (await texts(seller))["licence_missing"]
    home = f"/v1/parties/{seller.id}/licences"
    filed = {"kind": "nkv", "number": "CONTOH-1", "valid_from": "2026-01-01"}
    made = await seller.do(home, filed)
    found = await texts(seller)
    assert "Izin NKV Anda menunggu verifikasi BTC" in found["licence_waits"]
    assert "licence_missing" not in found
    await hub.do(f"{home}/{made['id']}/verify", {"outcome": "rejected"})
    found = await texts(seller)
    assert "Izin NKV Anda ditolak BTC" in found["licence_rejected"]
    await seller.do(home, filed | {"number": "CONTOH-2"})
    found = await texts(seller)
    assert "licence_waits" in found and "licence_rejected" not in found


async def test_drafts_are_one_thing_to_do_and_a_few_old_ones_are_named(
    hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    made = [await listing(seller, hub, title=f"Batik {n}") for n in range(5)]

    async def age(*drafts: dict[str, Any]) -> list[tuple[str, str]]:
        ids = [decode("lst", one["id"]) for one in drafts]
        past = "UPDATE listings SET updated_at = updated_at - $1::interval WHERE id = ANY ($2)"
        await owner.execute(past, LEFT_ALONE + timedelta(minutes=1), ids)
        return [(one["code"], one["text"].split(" ")[0]) for one in await to_do(seller)]

    assert await age() == [("drafts", "5")]
    assert await age(*made[:3]) == [("draft_left", "“Batik")] * 3 + [("drafts", "5")]
    assert await age(made[3]) == [("drafts", "5")]


async def test_a_refused_change_is_told_for_two_weeks_with_the_curators_note(
    hub: Api, seller: Party, owner: asyncpg.Connection
) -> None:
    shown = await listing(seller, hub, "published", variants=[stocked(9)])
    change = await proposed(seller, shown)
    await hub.do(f"/v1/listing-changes/{change['id']}/reject", WHY)
    (told,) = await to_do(seller)
    assert (told["code"], told["listing_id"]) == ("change_rejected", shown["id"])
    assert WHY["note"] in told["text"] and told["severity"] == "warns"
    again = await proposed(seller, shown)
    assert await to_do(seller) == []
    await hub.do(f"/v1/listing-changes/{again['id']}/reject", WHY)
    assert [one["code"] for one in await to_do(seller)] == ["change_rejected"]
    past = "UPDATE listing_changes SET updated_at = updated_at - $1::interval WHERE id = $2"
    await owner.execute(past, REMEMBERED + timedelta(minutes=1), decode("lch", again["id"]))
    assert await to_do(seller) == []


async def test_closures_that_run_or_come_stand_there_with_their_days(seller: Party) -> None:
    last = trade.day(5)
    later = await seller.do("/v1/closures", {"starts_on": trade.day(3), "ends_on": last})
    await seller.do("/v1/closures", {"starts_on": trade.day(), "ends_on": trade.day()})
    now, coming = await to_do(seller)
    assert (now["code"], now["due_on"]) == ("closure", trade.day())
    assert (coming["code"], coming["due_on"]) == ("closure", trade.day(3))
    assert " sampai " in coming["text"] and " sampai " not in now["text"]
    assert f" {int(last[8:])} " in coming["text"].split(" sampai ")[1].join("  ")
    await seller.do(f"/v1/closures/{later['id']}/cancel")
    assert len(await to_do(seller)) == 1
