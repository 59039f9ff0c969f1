"""Taking back one of several things that were done at once, or after much else has happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.lots import book

Unique = Callable[[str], str]


async def inspected(hub: Api, lot: Any, verdict: str, *parts: int) -> list[str]:
    """The events of an inspection that says *verdict* of each of *parts*, the first one first."""
    said = [{"verdict": verdict, "quantity": kg(part), "reason": "dirty"} for part in parts]
    body = {"inspector": "Bu Sumiati", "sample": kg(1), "verdict": said}
    await hub.do(f"/v1/lots/{lot['id']}/inspect", body)
    events = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    return [event["id"] for event in reversed(events)]


async def test_the_rest_of_a_lot_stays_held(hub: Api, unique: Unique) -> None:
    """An inspector holds all of it in three parts: taking one back clears no other."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    first, _ = await inspected(hub, lot, "hold", 20, 30, 50)
    await hub.do(f"/v1/lot-events/{first}/undo")
    after = await hub.read(f"/v1/lots/{lot['id']}")
    assert (after["status"], after["balance"]) == ("quarantined", kg(70))


async def test_goods_do_not_come_back_into_what_is_rejected(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """An inspector rejects all of it in two parts: the later one is taken back first."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    first, second = await inspected(hub, lot, "reject", 20, 80)
    refused = await hub.post(f"/v1/lot-events/{first}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "lot_moved_on")
    for event, balance in ((second, 80), (first, 100)):
        await hub.do(f"/v1/lot-events/{event}/undo")
        after = await hub.read(f"/v1/lots/{lot['id']}")
        assert (after["status"], after["balance"]) == ("available", kg(balance))
    assert not await book.unequal(owner)


async def test_recalled_goods_come_back_recalled(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    await hub.do(f"/v1/lots/{lot['id']}/shrink", {"quantity": kg(100), "reason": "stolen"})
    (event,) = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    recall = {"lot_ids": [lot["id"]], "reason": "contamination"}
    made = await hub.do("/v1/recalls", recall)
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert (await hub.read(f"/v1/lots/{lot['id']}"))["status"] == "recalled"
    await hub.do(f"/v1/recalls/{made['id']}/lift", {"reason": "found_safe"})
    assert (await hub.read(f"/v1/lots/{lot['id']}"))["status"] == "quarantined"


async def test_goods_of_a_lifted_recall_come_back_to_be_decided_on(
    hub: Api, unique: Unique
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    recall = {"lot_ids": [lot["id"]], "reason": "contamination"}
    made = await hub.do("/v1/recalls", recall)
    await hub.do(f"/v1/lots/{lot['id']}/reject", {"reason": "spoiled"})
    await hub.do(f"/v1/recalls/{made['id']}/lift", {"reason": "found_safe"})
    (event,) = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert (await hub.read(f"/v1/lots/{lot['id']}"))["status"] == "quarantined"
