"""What is told of our facts, to whom, and that it is EPCIS."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from app.epcis import documents, hashing, story
from app.epcis.builders import BUILDERS
from app.epcis.builders.said import Left, Withdrawn
from app.epcis.story import Happened, told
from tests.epcis import made
from tests.epcis.made import BUYER, FIRST, HUB, LOT_1, LOT_2, POOLED, SECOND, SHIPMENT, fed, said

READERS = (None, BUYER, FIRST, SECOND)


def to(reader: UUID | None, one: Any, **changes: Any) -> list[dict[str, Any]]:
    """The events that *reader* is told of one event of the feed."""
    happened = [thing for thing in said(one, **changes) if isinstance(thing, Happened)]
    return [told(thing, reader, HUB) for thing in happened if reader in thing.readers]


def test_every_builder_is_tried_and_says_something() -> None:
    assert {one.type for one in made.FEED} == set(BUILDERS)
    for one in made.FEED:
        assert said(one), one.type


@pytest.mark.parametrize("n", range(len(made.FEED)), ids=[one.type for one in made.FEED])
def test_it_is_valid_for_every_reader_and_named_by_what_it_says(n: int) -> None:
    for thing in said(made.FEED[n]):
        if not isinstance(thing, Happened):
            assert isinstance(thing, Left | Withdrawn)
            continue
        for reader in thing.readers:
            event = orjson.loads(orjson.dumps(told(thing, reader, HUB)))
            assert documents.event(event) == []
            assert event["eventID"] == hashing.event_id(event, story.NAMESPACES)


def test_a_lot_is_commissioned_where_and_when_it_was_made() -> None:
    (event,) = to(None, fed("lot.created", LOT_1))
    assert (event["action"], event["bizStep"]) == ("ADD", "commissioning")
    assert event["eventTime"] == "2026-11-02T08:00:00.000+07:00"
    assert event["quantityList"] == [
        {
            "epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000121",
            "quantity": 300,
            "uom": "KGM",
        }
    ]
    assert event["bizLocation"] == event["readPoint"]
    assert event["ilmd"]["btc:producedOn"] == "2026-11-01"
    assert event["ilmd"]["cbvmda:bestBeforeDate"] == "2026-11-15"


def test_pieces_are_counted_without_a_unit() -> None:
    pieces = made.lot(LOT_1, FIRST, unit="butir")
    (event,) = to(None, fed("lot.created", LOT_1), lots={LOT_1: pieces})
    assert event["quantityList"][0]["quantity"] == 300
    assert "uom" not in event["quantityList"][0]


def test_a_merge_balances_for_the_hub_and_for_each_seller() -> None:
    merged = fed("lot.merged", LOT_1, 100)
    for reader, inputs, outputs, loss in (
        (None, 595, 590, 5),
        (FIRST, 300, 295, 5),
        (SECOND, 295, 295, 0),
    ):
        (event,) = to(reader, merged)
        assert sum(one["quantity"] for one in event["inputQuantityList"]) == inputs
        assert sum(one["quantity"] for one in event["outputQuantityList"]) == outputs
        assert sum(one["btc:quantity"] for one in event.get("btc:loss", [])) == loss


def test_a_seller_is_not_told_of_others() -> None:
    """Neither others' lots nor their places; the buyer's gate neither."""
    facts = made.facts()
    theirs = {
        facts.refer.lot(facts.lots[LOT_2].item, facts.lots[LOT_2].number),
        *(f"/414/{facts.refer.gln(place)}" for place in (SECOND, BUYER, made.FARM_2, made.CENTRE)),
        *(f"/417/{facts.refer.gln(party)}" for party in (SECOND, BUYER)),
    }
    seen = 0
    for one, thing in made.every():
        if isinstance(thing, Happened) and FIRST in thing.readers:
            text = orjson.dumps(told(thing, FIRST, HUB)).decode()
            assert not [name for name in theirs if name in text], one.type
            seen += 1
    assert seen > 20


def test_of_pooled_goods_a_seller_knows_only_that_its_own_are_in_them() -> None:
    (packed,) = to(FIRST, fed("shipment.loading", SHIPMENT))[:1]
    assert packed["type"] == "AggregationEvent"
    assert packed["childQuantityList"] == [
        {"epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000123"}
    ]
    assert to(None, fed("shipment.loading", SHIPMENT))[0]["childQuantityList"][0]["quantity"] == 590


def test_the_buyer_is_told_once_the_goods_have_left_for_it() -> None:
    assert to(BUYER, fed("lot.expired", POOLED)) == []
    gone = made.facts().lots | {POOLED: made.lot(POOLED, FIRST, SECOND, left_at=made.T0)}
    (event,) = to(BUYER, fed("lot.expired", POOLED), lots=gone)
    assert event["disposition"] == "expired"
    assert "bizLocation" not in event  # wherever it is now
    assert Left(SHIPMENT, BUYER) in said(fed("shipment.dispatched", SHIPMENT))
    assert to(BUYER, fed("shipment.dispatched", SHIPMENT))


def test_a_shipment_without_loading_is_packed_when_it_leaves() -> None:
    shipment = made.facts().shipments[SHIPMENT]
    plain = {SHIPMENT: dict(shipment) | {"loaded": False}}
    steps = [event["bizStep"] for event in to(None, fed("shipment.dispatched", SHIPMENT))]
    assert steps == ["shipping"]
    steps = [
        event["bizStep"]
        for event in to(None, fed("shipment.dispatched", SHIPMENT), shipments=plain)
    ]
    assert steps == ["packing", "picking", "shipping"]
    assert to(None, fed("shipment.cancelled", SHIPMENT), shipments=plain) == []


def test_a_receipt_says_what_came_what_was_kept_and_what_is_missing() -> None:
    arrived, unpacked, *judged = to(BUYER, fed("goods_receipt.posted", made.RECEIPT))
    assert arrived["persistentDisposition"] == {"set": ["mismatch_quantity"]}
    assert arrived["btc:short"][0]["btc:quantity"] == 2
    assert {one["type"] for one in arrived["bizTransactionList"]} == {"po", "desadv", "recadv"}
    assert unpacked["action"] == "DELETE"
    assert unpacked["childQuantityList"][0]["quantity"] == 588
    verdicts = [(e["disposition"], e["quantityList"][0]["quantity"]) for e in judged]
    assert verdicts == [("conformant", 580), ("mismatch_class", 5), ("non_conformant", 3)]


def test_a_flawless_receipt_verifies_completeness() -> None:
    line = dict(made.facts().received[made.RECEIPT][0])
    full = {"received": line["shipped"], "accepted": line["shipped"]}
    nothing = dict.fromkeys(("downgraded", "rejected", "short"), made.kg("0"))
    events = to(
        BUYER,
        fed("goods_receipt.posted", made.RECEIPT),
        received={made.RECEIPT: [line | full | nothing]},
    )
    assert events[0]["persistentDisposition"] == {"set": ["completeness_verified"]}
    assert [e["bizStep"] for e in events] == ["receiving", "unpacking", "accepting"]


def test_no_event_names_a_person_a_price_or_a_party() -> None:
    for _, thing in made.every():
        if isinstance(thing, Happened):
            for reader in thing.readers:
                text = orjson.dumps(told(thing, reader, HUB)).decode()
                assert "price" not in text
                assert "amount" not in text
                assert str(FIRST) not in text


def test_heat_is_told_when_it_was_measured() -> None:
    (event,) = to(None, fed("shipment.temperature_breached", SHIPMENT, **made.WARM))
    assert event["eventTime"] == "2026-11-02T10:00:00.000+07:00"
    (sensor,) = event["sensorElementList"]
    assert sensor["sensorReport"] == [
        {"type": "Temperature", "exception": "ALARM_CONDITION", "value": 31.8, "uom": "CEL"}
    ]


def test_an_empty_shipment_says_nothing() -> None:
    for name in [name for name in BUILDERS if name.startswith("shipment.")]:
        happened = to(None, fed(name, SHIPMENT, **made.WARM), carried={})
        assert happened == [], name
