"""The desk over HTTP. It shows everybody's, so tests look for their own in it, or count differences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg

from app.core import clock
from app.desk.waiting.sections import SECTIONS
from tests import trade
from tests.agreements.agreeing import uuid_of
from tests.api import Api, kg
from tests.desk.dealing import agreed, allocated, delivered, farm, offered, promised, sent
from tests.quotes.negotiating import talk
from tests.shipments import story
from tests.shipments.claims.complaining import answered, claimed
from tests.statements import trips_of

Unique = Callable[[str], str]

SOON = "UPDATE lots SET produced_on = current_date - 9, best_before_on = current_date WHERE id = $1"
OVER = """UPDATE lots SET status = 'expired', produced_on = '2000-12-01',
  best_before_on = '2001-01-01' WHERE id = $1"""


async def desk(hub: Api, language: str = "en") -> dict[str, Any]:
    """The sections by their code."""
    answer = await hub.get("/v1/desk", headers={"accept-language": language})
    assert answer.status_code == 200, answer.text
    return {section["code"]: section for section in answer.json()["sections"]}


async def more(hub: Api, before: dict[str, Any]) -> dict[str, int]:
    """By how much the sections have grown since *before*, those that have."""
    now = await desk(hub)
    grown = {code: now[code]["count"] - before[code]["count"] for code in now}
    return {code: count for code, count in grown.items() if count}


async def first(owner: asyncpg.Connection, table: str, object_id: str, days: int) -> None:
    """Make an answer to this object due before all others."""
    due = clock.now() + timedelta(days=days)
    await owner.execute(
        f"UPDATE {table} SET respond_by = $2 WHERE id = $1", uuid_of(object_id), due
    )


async def test_only_the_hub_has_a_desk(hub: Api) -> None:
    for role in ("seller", "buyer", "carrier"):
        assert (await (await hub.party(role)).get("/v1/desk")).status_code == 403


async def test_every_section_is_there_in_both_languages(hub: Api) -> None:
    for language in ("en", "id"):
        found = await desk(hub, language)
        assert list(found) == list(SECTIONS)
        for code, section in found.items():
            said = SECTIONS[code].text.filled(count=section["count"])  # type: ignore[index]
            assert section["text"] == said.say(language)  # type: ignore[arg-type]
            assert section["overdue"] <= section["count"]
            assert len(section["items"]) <= (10 if code == "quota_fullest" else 5)
    for section in found.values():
        if section["link"]:
            assert (await hub.get(section["link"])).status_code == 200, section["link"]


class TestWaiting:
    async def test_a_claim_until_what_was_granted_is_done(self, hub: Api, unique: Unique) -> None:
        tale = await story.confirmed(hub, unique("eggs"), 100)
        receipt = await tale.received(await tale.lot())
        before = await desk(hub)
        claim = await claimed(tale, receipt)
        assert await more(hub, before) == {"claims_to_answer": 1}
        await hub.do(f"/v1/claims/{claim['id']}/review")
        assert await more(hub, before) == {"claims_to_answer": 1}
        await answered(hub, claim)
        assert await more(hub, before) == {"claims_to_resolve": 1}
        await hub.do(f"/v1/claims/{claim['id']}/resolve")
        assert await more(hub, before) == {}

    async def test_goods_set_aside_and_goods_that_came_to_nobody(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        """Until somebody decides: held or too old or called back in the store, refused at the gate."""
        tale = await story.confirmed(hub, unique("eggs"), 100)
        held, old, bad, sent_out = [await tale.lot(weight=20) for _ in range(4)]
        shipment = await tale.arrived(sent_out)
        before = await desk(hub)
        assert await more(hub, before) == {}

        async def waits(code: str, thing: Any) -> dict[str, Any]:
            assert await more(hub, before) == {code: 1}
            section = (await desk(hub))[code]
            assert thing["id"] in [each["id"] for each in (await hub.read(section["link"]))["data"]]
            for item in section["items"]:
                assert (await hub.read(item["link"]))["id"] == item["id"]
            found = [item for item in section["items"] if item["id"] == thing["id"]]
            return dict(found[0])

        await owner.execute(SOON, uuid_of(held["id"]))  # among the five that are shown
        await hub.do(f"/v1/lots/{held['id']}/hold", {"reason": "dirty"})
        item = await waits("lots_quarantined", held)
        assert (item["kind"], item["number"], item["quantity"]) == ("lot", held["number"], kg(20))
        assert item["party"]["id"] == tale.market.api.id
        await hub.do(f"/v1/lots/{held['id']}/clear")

        await owner.execute(OVER, uuid_of(old["id"]))
        expired = (await desk(hub))["lots_expired"]
        assert expired["overdue"] == expired["count"]
        item = await waits("lots_expired", old)
        assert item["due_on"] == "2001-01-01"
        await hub.do(f"/v1/lots/{old['id']}/reject", {"reason": "spoiled"})
        assert await more(hub, before) == {"lines_unallocated": 1}  # others may bring them now
        before = await desk(hub)

        await owner.execute(SOON, uuid_of(bad["id"]))
        said = {"lot_ids": [bad["id"]], "reason": "contamination"}
        called = await hub.do("/v1/recalls", said)
        await waits("lots_recalled", bad)
        await hub.do(f"/v1/recalls/{called['id']}/lift", {"reason": "found_safe"})

        path = f"/v1/shipments/{shipment['id']}"
        await tale.market.api.do(f"{path}/refuse", {"reason": "goods_damaged"})
        item = await waits("shipments_refused", shipment)
        assert (item["kind"], item["number"]) == ("shipment", shipment["number"])
        await hub.do(f"{path}/return")
        assert await more(hub, before) == {"lots_quarantined": 1}

    async def test_an_order_from_its_placing_on(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        before = await desk(hub)
        order = await trade.order(market, what, 100)
        assert await more(hub, before) == {"orders_to_answer": 1}
        await first(owner, "orders", order["id"], -9)
        section = (await desk(hub))["orders_to_answer"]
        item = section["items"][0]
        assert (item["kind"], item["id"], item["number"]) == ("order", order["id"], order["number"])
        assert item["party"]["id"] == market.api.id
        assert section["overdue"] >= 1
        assert (await hub.read(item["link"]))["id"] == order["id"]
        await hub.do(f"/v1/orders/{order['id']}/confirm")
        assert await more(hub, before) == {"lines_unallocated": 1}
        seller = await offered(hub, what, 100)
        await hub.do(f"/v1/orders/{order['id']}/allocate")
        assert await more(hub, before) == {"allocations_at_sellers": 1}
        share = (await seller.read("/v1/allocations"))["data"][0]
        await first(owner, "allocations", share["id"], -9)
        item = (await desk(hub))["allocations_at_sellers"]["items"][0]
        assert (item["id"], item["quantity"]) == (share["id"], kg(100))
        assert item["party"]["id"] == seller.id
        assert (await hub.read(item["link"]))["id"] == share["id"]
        await seller.do(f"/v1/allocations/{share['id']}/confirm")
        assert await more(hub, before) == {}

    async def test_only_lines_of_the_coming_week_lack_sellers(
        self, hub: Api, unique: Unique
    ) -> None:
        what = await trade.goods(hub, unique("egg"))
        await offered(hub, what, 30)
        before = await desk(hub)
        await promised(hub, what, 10, deliver_on=trade.day(8))
        assert await more(hub, before) == {}
        late = await allocated(hub, what, 50, deliver_on=trade.day(7))
        assert (await more(hub, before))["lines_unallocated"] == 1
        lines = (await desk(hub))["lines_unallocated"]["items"]
        assert sorted(line["due_on"] for line in lines) == [line["due_on"] for line in lines]
        found = [line for line in lines if line["number"] == late["number"]]
        assert not found or found[0]["quantity"] == kg(20)

    async def test_what_is_done_or_given_up_lacks_no_seller(self, hub: Api, unique: Unique) -> None:
        """98 of 100 kg arrived, which is enough; of another 100 the 40 that nobody has are given up
        while 60 are on the road."""
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        before = await desk(hub)
        for kilos in (98, 60):
            seller, site = await farm(hub)
            asked = trade.order_body(market, what, 100, 5)
            asked["lines"][1]["deliver_on"] = trade.day(9)  # keeps the order open
            order = await market.api.do("/v1/orders", asked)
            await hub.do(f"/v1/orders/{order['id']}/confirm")
            await trade.offer(seller, site, what, kilos)
            await hub.do(f"/v1/orders/{order['id']}/allocate")
            await agreed(seller)
            assert (await more(hub, before))["lines_unallocated"] == 1
            if kilos == 98:
                await delivered(hub, market, seller, site, kilos)
            else:
                await sent(hub, market, seller, site, kilos)
                line = order["lines"][0]["id"]
                given_up = {"lines": [{"line_id": line, "reason": "supply_failed"}]}
                await hub.do(f"/v1/orders/{order['id']}/short-close", given_up)
            assert await more(hub, before) == {}

    async def test_an_order_past_its_day_is_late_until_it_ends(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what = await trade.goods(hub, unique("egg"))
        before = await desk(hub)
        order = await promised(hub, what, 10, deliver_on=trade.day(9))
        line = order["lines"][0]["id"]
        day = clock.day(clock.now()) - timedelta(days=900)
        await owner.execute(
            "UPDATE order_lines SET deliver_on = $2 WHERE id = $1", uuid_of(line), day
        )
        assert await more(hub, before) == {"orders_late": 1}
        section = (await desk(hub))["orders_late"]
        assert section["items"][0]["id"] == order["id"]
        assert section["items"][0]["due_on"] == day.isoformat()
        assert section["overdue"] == section["count"]
        await hub.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
        assert await more(hub, before) == {}


class TestNegotiating:
    async def test_a_request_is_the_hubs_turn_then_the_buyers(
        self, hub: Api, unique: Unique
    ) -> None:
        before = await desk(hub)
        talked = await talk(hub, unique("egg"))
        assert await more(hub, before) == {"quote_requests_to_answer": 1}
        await talked.quoted((90, 28000))
        assert await more(hub, before) == {"quote_requests_at_buyers": 1}
        countered = await talked.countered((90, 27000))
        assert await more(hub, before) == {"quote_requests_to_answer": 1}
        await hub.do(f"/v1/quotes/{countered['id']}/decline", {"reason": "price"})
        assert await more(hub, before) == {"quote_requests_at_buyers": 1}  # to name other terms
        assert (await talked.now())["waiting_for"] == "buyer"

    async def test_amendments_wait_for_the_side_that_did_not_propose_them(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        agreed = await trade.agreement(hub, market, what, 1000, months=3)
        order = await promised(hub, what, 100, deliver_on=trade.day(20))
        before = await desk(hub)
        sooner = {"effective_on": trade.day(1), "ends_on": trade.day(45)}
        theirs = await market.api.do(f"/v1/agreements/{agreed}/amendments", sooner)
        assert await more(hub, before) == {"amendments_to_answer": 1}
        line = {"line_id": order["lines"][0]["id"], "quantity": kg(90)}
        said = {"lines": [line], "reason": "supply"}
        ours = await hub.post(f"/v1/orders/{order['id']}/amendments", said)
        assert ours.status_code == 201, ours.text
        assert await more(hub, before) == {"amendments_to_answer": 1, "amendments_at_buyers": 1}
        await first(owner, "agreement_amendments", theirs["id"], -9)
        await first(owner, "order_amendments", ours.json()["id"], -9)
        now = await desk(hub)
        for code, amendment in (
            ("amendments_to_answer", theirs),
            ("amendments_at_buyers", ours.json()),
        ):
            item = now[code]["items"][0]
            assert item["id"] == amendment["id"]
            assert (await hub.read(item["link"]))["id"] == amendment["id"]


class TestAgreements:
    async def test_from_proposal_to_their_end(self, hub: Api, unique: Unique) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        line = {"commodity_id": what.id, "grade": "a", "period": "month", "quota": kg(1000)}
        body = {
            "buyer_id": market.api.id,
            "starts_on": trade.day(0),
            "ends_on": trade.day(30),
            "lines": [line | {"price": {"amount": "27500", "currency": "IDR", "per": kg(1)}}],
        }
        before = await desk(hub)
        made = await hub.do("/v1/agreements", body)
        assert await more(hub, before) == {}
        await hub.do(f"/v1/agreements/{made['id']}/propose")
        assert await more(hub, before) == {"agreements_at_buyers": 1}
        await market.api.do(f"/v1/agreements/{made['id']}/confirm")
        assert await more(hub, before) == {"agreements_ending": 1, "quota_fullest": 1}

    async def test_the_fullest_quotas_come_first(self, hub: Api, unique: Unique) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        agreed = await trade.agreement(hub, market, what, 1000)
        await trade.order(market, what, 1000, agreement_id=agreed, deliver_on=trade.day(0))
        items = (await desk(hub))["quota_fullest"]["items"]
        assert [item["used"] for item in items] == sorted(
            (item["used"] for item in items), key=float, reverse=True
        )
        assert items[0]["used"] == "1"
        assert items[0]["quantity"] == kg(0)
        assert (await hub.get(items[0]["link"])).status_code == 200

    async def test_a_price_that_an_active_agreement_follows_goes_stale(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        code = unique("acuan")
        said = {"code": code, "name": "Telur, Kementan", "source": "Contoh", "per": kg(1)}
        series = await hub.do("/v1/price-series", said | {"commodity_id": what.id})
        before = await desk(hub)
        index = {"price_rule": "indexed", "price_index": {"series_id": series["id"], "lag_days": 1}}
        await trade.agreement(hub, market, what, 100, **index)
        assert (await more(hub, before))["prices_stale"] == 1
        readings = {"readings": [{"read_on": trade.day(-15), "amount": "26500"}]}
        await hub.do(f"/v1/price-series/{series['id']}/readings", readings)
        stale = (await desk(hub))["prices_stale"]
        (item,) = [item for item in stale["items"] if item["number"] == code]
        assert item["due_on"] == trade.day(-1)
        assert (await hub.read(item["link"]))["code"] == code
        readings = {"readings": [{"read_on": trade.day(-14), "amount": "26500"}]}
        await hub.do(f"/v1/price-series/{series['id']}/readings", readings)
        assert "prices_stale" not in await more(hub, before)

    async def test_a_price_that_no_agreement_follows_any_more_may_be_old(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        said = {"code": unique("acuan"), "name": "Telur", "source": "Contoh", "per": kg(1)}
        series = await hub.do("/v1/price-series", said | {"commodity_id": what.id})
        before = await desk(hub)
        index = {"price_rule": "indexed", "price_index": {"series_id": series["id"], "lag_days": 1}}
        agreed = await trade.agreement(hub, market, what, 100, **index)
        (line,) = (await hub.read(f"/v1/agreements/{agreed}"))["lines"]
        fixed = {"line_id": line["id"], "price_rule": "fixed", "price_index": None}
        asked = {"effective_on": trade.day(1), "lines": [fixed]}
        amended = await hub.do(f"/v1/agreements/{agreed}/amendments", asked)
        await market.api.do(f"/v1/agreement-amendments/{amended['id']}/confirm")
        assert (await more(hub, before))["prices_stale"] == 1  # until tomorrow
        await owner.execute(
            "UPDATE agreement_terms SET valid_from = $2 WHERE line_id = $1 AND version = 2",
            uuid_of(line["id"]),
            clock.day(clock.now()),
        )
        assert "prices_stale" not in await more(hub, before)


async def test_it_is_one_statement(hub: Api) -> None:
    async def read() -> Any:
        return await hub.read("/v1/desk")

    assert len(await trips_of(read)) <= 5
