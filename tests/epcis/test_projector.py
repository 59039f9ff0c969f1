"""What happened is told: all of it, once, to those whose goods they were."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import orjson
import pytest

from app.db.engine import Database
from app.epcis import documents, hashing, projector, story
from app.parties.bootstrap import find_hub
from app.settings import Settings
from tests.api import Api, kg
from tests.epcis.sending import PREFIX, asked, caught_up, one
from tests.shipments.story import Story, confirmed, receipt_body, verdict

pytestmark = pytest.mark.anyio


def steps(events: list[Any]) -> list[tuple[str, str]]:
    """What happened, in order."""
    return [(one["type"].removesuffix("Event"), one["bizStep"]) for one in events]


async def shared(hub: Api, unique: Any, *shares: int) -> Story:
    """An order shared by sellers; trucks leave from the hub."""
    tale = await confirmed(hub, unique("epcis"), *shares)
    tale.sites[0] = await (await hub.party("operator")).site("store")
    return tale


async def test_the_main_flow_is_told_to_hub_buyer_and_sellers(
    app: Any, hub: Api, unique: Any
) -> None:
    tale = await shared(hub, unique, 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    merged = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    await caught_up(app)
    assert await asked(tale.market.api) == []  # nothing has left for the buyer
    shipment = await tale.arrived(merged)
    flaw = verdict(shipment["lots"][0], short="2")
    await tale.market.api.do("/v1/goods-receipts", receipt_body(shipment, flaw))
    await caught_up(app)
    whole = [
        ("Object", "commissioning"),
        ("Object", "commissioning"),
        ("Transformation", "repackaging"),
        ("Aggregation", "packing"),
        ("Transaction", "picking"),
        ("Object", "shipping"),
        ("Object", "arriving"),
        ("Object", "receiving"),
        ("Aggregation", "unpacking"),
        ("Object", "accepting"),
    ]
    events = await asked(tale.market.api)
    assert steps(events) == whole
    for seller in tale.sellers:
        assert steps(await asked(seller)) == whole[1:]
    assert await asked(tale.carrier) == []
    made = [lot["number"] for lot in (*lots, merged)]
    inputs = events[2]["inputQuantityList"]
    assert [(e["epcClass"].rpartition("/")[2], e["quantity"]) for e in inputs] == [
        (made[0], 60),
        (made[1], 40),
    ]
    assert events[2]["outputQuantityList"][0]["epcClass"].endswith(made[2])
    assert events[7]["persistentDisposition"] == {"set": ["mismatch_quantity"]}
    assert events[8]["childQuantityList"][0]["quantity"] == 98


async def test_a_sellers_copy_holds_its_own_goods_alone(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    await tale.arrived(await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]}))
    await caught_up(app)
    (merge,) = await asked(tale.sellers[0], eventType="TransformationEvent")
    assert [e["quantity"] for e in merge["inputQuantityList"]] == [60]
    assert [e["quantity"] for e in merge["outputQuantityList"]] == [60]
    seen = orjson.dumps(await asked(tale.sellers[0])).decode()
    assert lots[1]["number"] not in seen
    (whole,) = await asked(tale.market.api, eventType="TransformationEvent")
    assert (await one(tale.sellers[0], whole["eventID"])).status_code == 404
    assert (await one(tale.market.api, whole["eventID"])).status_code == 200


async def test_every_event_is_valid_and_named_by_what_it_says(
    app: Any, hub: Api, unique: Any
) -> None:
    tale = await shared(hub, unique, 30)
    await tale.received(await tale.lot())
    await caught_up(app)
    for reader in (hub, tale.market.api, *tale.sellers):
        for event in await asked(reader, EQ_bizStep="commissioning|packing|shipping|receiving"):
            assert documents.event(event) == []
            if "@context" not in event:
                assert event["eventID"] == hashing.event_id(event, story.NAMESPACES)


async def test_what_is_undone_is_declared_an_error(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    merged = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    (event,) = [
        e
        for e in (await hub.read(f"/v1/lots/{merged['id']}/events"))["data"]
        if e["kind"] == "merge"
    ]
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    await caught_up(app)
    for seller in tale.sellers:
        told, declared = await asked(seller, eventType="TransformationEvent")
        assert told["eventID"] == declared["eventID"]
        assert "errorDeclaration" not in told
        assert declared["errorDeclaration"]["reason"] == "did_not_occur"
        assert await asked(seller, EXISTS_errorDeclaration="true") == [declared]


async def test_a_receipt_that_was_wrong_is_declared_an_error(
    app: Any, hub: Api, unique: Any
) -> None:
    tale = await shared(hub, unique, 30)
    receipt = await tale.received(await tale.lot())
    await tale.market.api.do(
        f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "miscounted"}
    )
    await caught_up(app)
    wrong = await asked(tale.market.api, EXISTS_errorDeclaration="true")
    assert steps(wrong) == [
        ("Object", "receiving"),
        ("Aggregation", "unpacking"),
        ("Object", "accepting"),
    ]
    assert {e["errorDeclaration"]["reason"] for e in wrong} == {"incorrect_data"}


async def test_loss_and_refusal_at_the_hub_are_told(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 50)
    lot = await tale.lot()
    path = f"/v1/lots/{lot['id']}"
    await hub.do(f"{path}/shrink", {"quantity": kg("1.5"), "reason": "broken"})
    await hub.do(f"{path}/reject", {"quantity": kg(10), "reason": "dirty"})
    await hub.do(f"{path}/hold", {"reason": "spoiled"})
    await hub.do(f"{path}/clear")
    await caught_up(app)
    events = await asked(tale.sellers[0])
    said = [
        (e["bizStep"], e.get("disposition"), e.get("quantityList", [{}])[0].get("quantity"))
        for e in events
    ]
    assert said == [
        ("commissioning", "active", 50),
        ("decommissioning", "inactive", 1.5),
        ("inspecting", "in_progress", None),
        ("inspecting", "non_conformant", 10),
        ("holding", "non_sellable_other", 38.5),
        ("inspecting", "conformant", 38.5),
    ]


async def test_what_is_packed_and_does_not_leave_is_unpacked(
    app: Any, hub: Api, unique: Any
) -> None:
    tale = await shared(hub, unique, 20)
    shipment = await tale.planned(await tale.lot())
    await hub.do(f"/v1/shipments/{shipment['id']}/load")
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "replanned"})
    await caught_up(app)
    assert steps(await asked(tale.sellers[0]))[1:] == [
        ("Aggregation", "packing"),
        ("Transaction", "picking"),
        ("Aggregation", "unpacking"),
    ]
    assert await asked(tale.market.api) == []


async def test_trade_is_found_by_its_order_its_lot_and_its_load(
    app: Any, hub: Api, unique: Any
) -> None:
    tale = await shared(hub, unique, 30)
    lot = await tale.lot()
    await tale.received(lot)
    await caught_up(app)
    buyer = tale.market.api
    number = (await tale.order())["number"]
    (packed,) = await asked(buyer, eventType="AggregationEvent", EQ_action="ADD")
    (picked,) = await asked(buyer, EQ_bizStep="picking")
    (paper,) = picked["bizTransactionList"]
    assert paper["bizTransaction"].endswith(f":{number}")
    by_order = await asked(buyer, EQ_bizTransaction_po=paper["bizTransaction"])
    assert [e["bizStep"] for e in by_order] == ["picking", "shipping", "arriving", "receiving"]
    by_load = await asked(buyer, MATCH_anyEPC=packed["parentID"])
    assert len(by_load) == 6
    uri = packed["childQuantityList"][0]["epcClass"]
    assert uri.endswith(lot["number"])
    by_lot = await asked(buyer, MATCH_anyEPCClass=uri)
    assert [e["bizStep"] for e in by_lot] == ["commissioning", "packing", "unpacking", "accepting"]


async def test_a_verdict_is_told_and_what_it_did(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 40)
    lot = await tale.lot()
    found = {
        "inspector": "Bu Ratna",
        "sample": kg(5),
        "verdict": [
            {"verdict": "accept", "quantity": kg(35)},
            {"verdict": "reject", "quantity": kg(5), "reason": "broken"},
        ],
    }
    await hub.do(f"/v1/lots/{lot['id']}/inspect", found)
    await caught_up(app)
    said = [(e["bizStep"], e.get("disposition")) for e in await asked(tale.sellers[0])]
    assert Counter(said) == Counter(
        [
            ("commissioning", "active"),
            ("inspecting", "in_progress"),
            ("inspecting", "in_progress"),
            ("inspecting", "non_conformant"),
        ]
    )
    assert "Ratna" not in orjson.dumps(await asked(tale.sellers[0])).decode()


async def test_a_recall_reaches_whoever_has_the_goods(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    merged = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    await tale.received(merged)
    recall = await hub.do("/v1/recalls", {"lot_ids": [lots[0]["id"]], "reason": "contamination"})
    await caught_up(app)
    events = await asked(tale.market.api, EQ_disposition="recalled")
    classes = {e["quantityList"][0]["epcClass"].rpartition("/")[2] for e in events}
    assert merged["number"] in classes
    assert "bizLocation" not in events[-1]
    await hub.do(f"/v1/recalls/{recall['id']}/lift", {"reason": "found_safe"})
    await caught_up(app)
    lifted = await asked(tale.market.api, EQ_bizStep="inspecting", EQ_disposition="conformant")
    assert [e["btc:recall"] for e in lifted] == [recall["number"]] * len(events)
    assert not any("btc:reason" in e for e in lifted), "why it was recalled is no reason to lift it"


async def test_a_lifted_recall_says_what_its_goods_are_again(
    app: Any, hub: Api, unique: Any
) -> None:
    """Each lot what it is; nothing of what another recall holds, or was rejected meanwhile."""
    tale = await shared(hub, unique, 50)
    free, waits, other, bad = [await tale.lot(weight=10) for _ in range(4)]
    await hub.do(f"/v1/lots/{waits['id']}/hold", {"reason": "other"})
    ids = [lot["id"] for lot in (free, waits, other, bad)]
    first, second = [
        await hub.do("/v1/recalls", {"lot_ids": named, "reason": "mislabelled"})
        for named in (ids, [other["id"]])
    ]
    await hub.do(f"/v1/lots/{bad['id']}/reject", {"reason": "spoiled"})
    # Both are lifted before anything is told: what held when the first was, is what counts.
    for recall in (first, second):
        await hub.do(f"/v1/recalls/{recall['id']}/lift", {"reason": "found_safe"})
    await caught_up(app)
    said = [
        (e["btc:recall"], e["quantityList"][0]["epcClass"].rpartition("/")[2], e["disposition"])
        for e in await asked(tale.sellers[0])
        if "btc:recall" in e and e["disposition"] != "recalled"
    ]
    assert sorted(said) == [
        (first["number"], free["number"], "conformant"),
        (first["number"], waits["number"], "non_sellable_other"),
        (second["number"], other["number"], "conformant"),
    ]


async def test_what_comes_back_is_unpacked_at_the_hub(app: Any, hub: Api, unique: Any) -> None:
    tale = await shared(hub, unique, 20)
    path = f"/v1/shipments/{(await tale.arrived(await tale.lot()))['id']}"
    refused = {"reason": "goods_damaged", "note": "12 tray pecah"}
    answer = await tale.market.api.post(f"{path}/refuse", refused)
    assert answer.status_code == 200, answer.text
    await hub.do(f"{path}/return")
    await caught_up(app)
    said = [(e["bizStep"], e.get("disposition")) for e in await asked(tale.market.api)]
    assert said[-3:] == [
        ("shipping", "returned"),
        ("receiving", "returned"),
        ("unpacking", "active"),
    ]


async def test_two_worlds_are_told_apart(app: Any, hub: Api, owner: asyncpg.Connection) -> None:
    await caught_up(app)
    worlds = await owner.fetch(
        "SELECT count(*) FROM epcis_events e JOIN lots l ON l.id = ANY (e.lot_ids) "
        "WHERE l.livemode <> e.livemode"
    )
    assert worlds[0][0] == 0


async def test_two_workers_and_one_that_dies_tell_everything_once(
    app: Any, hub: Api, unique: Any, settings: Settings, owner: asyncpg.Connection
) -> None:
    """The cursor goes back to the beginning, and all is told again: nothing twice, nothing lost.

    Several workers step at once, and some of their steps die before they commit.
    """
    tale = await shared(hub, unique, 30, 20)
    lots = [await tale.lot(0), await tale.lot(1)]
    await tale.received(*lots)
    await caught_up(app)
    before = await asked(tale.market.api)
    await owner.execute("UPDATE epcis_cursors SET xid = '0', seq = 0")
    gone = "DELETE FROM epcis_names n USING epcis_events e WHERE e.id = n.row_id AND NOT e.captured"
    await owner.execute(gone)
    await owner.execute("DELETE FROM epcis_events WHERE NOT captured")
    hub_id = await find_hub(app.state.database)
    assert hub_id is not None
    assert settings.database_url is not None
    other = Database(settings.database_url.get_secret_value(), size=2, public_size=1)

    async def work(database: Database, *, dies: bool) -> None:
        for n in range(12):
            step = projector.step(database, hub_id, PREFIX, livemode=True)
            try:
                await asyncio.wait_for(step, 0.01 if dies and n % 2 else 30)
            except TimeoutError:
                continue

    try:
        await asyncio.gather(
            work(app.state.database, dies=False), work(other, dies=True), work(other, dies=False)
        )
    finally:
        await other.close()
    await caught_up(app)
    after = await asked(tale.market.api)
    assert Counter(e["eventID"] for e in after) == Counter(e["eventID"] for e in before)
    assert {e["eventID"] for e in before} == {e["eventID"] for e in after}
    twice = await owner.fetchval(
        "SELECT count(*) FROM (SELECT FROM epcis_events WHERE NOT captured "
        "GROUP BY party_id, event_id, declared, livemode HAVING count(*) > 1) AS t"
    )
    assert twice == 0


async def test_a_look_at_nothing_writes_nothing(app: Any, owner: asyncpg.Connection) -> None:
    await caught_up(app)
    xid = await owner.fetchval("SELECT pg_current_xact_id()::text")
    for _ in range(5):
        await projector.turn(app.state.database, PREFIX)
    assert int(await owner.fetchval("SELECT pg_current_xact_id()::text")) == int(xid) + 1
