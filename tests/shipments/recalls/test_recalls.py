"""Recalls: from a farm's lot, in one call, to everybody who has some of it."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from app.core.ids import encode
from app.parties.bootstrap import find_hub
from tests import trade
from tests.access.calls import stored
from tests.api import Api, Party, kg
from tests.http.helpers import problem
from tests.shipments import story

pytestmark = pytest.mark.anyio

REASON = {"reason": "contamination"}


@pytest.fixture
async def goods(hub: Api, unique: Any) -> story.Story:
    return await story.confirmed(hub, unique("tarik"), 60, 40)


async def hub_site(hub: Api, app: Any) -> str:
    """A store of the hub's."""
    own = await find_hub(app.state.database)
    assert own is not None
    return await Party(hub.client, str(hub.key), encode("pty", own)).site("hub")


async def merged(hub: Api, *lots: Any) -> Any:
    """One lot of all of them."""
    return await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})


async def part_of(hub: Api, lot: Any, quantity: float) -> Any:
    """A part of *lot*, as a lot of its own."""
    done = await hub.do(f"/v1/lots/{lot['id']}/split", {"parts": [{"quantity": kg(quantity)}]})
    return done["made"][0]


async def recall(hub: Api, *lots: Any, **fields: Any) -> Any:
    """A recall of *lots*."""
    return await hub.do("/v1/recalls", {"lot_ids": [lot["id"] for lot in lots]} | REASON | fields)


async def status(hub: Api, lot: Any) -> str:
    return str((await hub.read(f"/v1/lots/{lot['id']}"))["status"])


class TestTheInspectorsStory:
    """A farm's eggs are in a pooled lot: some at the hub, some on the road, some delivered."""

    @pytest.fixture
    async def told(self, hub: Api, app: Any, goods: story.Story) -> dict[str, Any]:
        site = await hub_site(hub, app)  # what is pooled leaves from the hub
        farm, other = await goods.lot(0), await goods.lot(1)
        pool = await merged(hub, farm, other)
        parts = [await part_of(hub, pool, weight) for weight in (30, 20, 10)]
        delivered, road, planned = [
            await hub.do("/v1/shipments", goods.shipment_body(part, from_site_id=site))
            for part in parts
        ]
        for shipment, verb in ((delivered, "dispatch"), (delivered, "deliver"), (road, "dispatch")):
            await goods.carrier.do(f"/v1/shipments/{shipment['id']}/{verb}")
        return {
            "site": site,
            "farm": farm,
            "other": other,
            "pool": pool,
            "parts": parts,
            "shipments": [delivered, road, planned],
        }

    async def test_one_call_says_who_has_some(
        self, hub: Api, goods: story.Story, told: dict[str, Any]
    ) -> None:
        made = await recall(hub, told["farm"], note="Pisahkan, jangan dijual.")
        lots = {lot["lot_id"]: lot for lot in made["lots"]}
        assert set(lots) == {lot["id"] for lot in (told["farm"], told["pool"], *told["parts"])}
        assert told["other"]["id"] not in lots, "what the pool came of besides is not recalled"
        assert [lots[i]["source"] for i in (told["farm"]["id"], told["pool"]["id"])] == [
            True,
            False,
        ]
        # 60 of 100 came from the farm, and 60 of each hundred in every part.
        of = {name: lots[told[name]["id"]]["quantity"] for name in ("farm", "pool")}
        assert of == {"farm": kg(60), "pool": kg(60)}
        assert [lots[part["id"]]["quantity"] for part in told["parts"]] == [kg(18), kg(12), kg(6)]
        assert lots[told["pool"]["id"]]["on_hand"] == kg(24)
        assert made["on_hand"] == [kg(24)]
        (place,) = made["receivers"]
        assert (place["buyer_id"], place["site_id"]) == (goods.market.api.id, goods.market.site)
        assert [place[name] for name in ("received", "on_the_road", "waiting")] == [
            kg(18),
            kg(12),
            kg(6),
        ]
        states = {one["shipment_id"]: one["status"] for one in made["shipments"]}
        delivered, road, planned = (one["id"] for one in told["shipments"])
        assert states == {delivered: "delivered", road: "dispatched", planned: "planned"}
        assert await hub.read(f"/v1/recalls/{made['id']}") == made

    async def test_what_is_at_the_hub_is_stopped(
        self, hub: Api, goods: story.Story, told: dict[str, Any]
    ) -> None:
        await recall(hub, told["farm"])
        assert await status(hub, told["pool"]) == "recalled"
        assert await status(hub, told["farm"]) == "depleted"
        planned = told["shipments"][2]
        answer = await goods.carrier.post(f"/v1/shipments/{planned['id']}/dispatch")
        assert problem(answer, 409, "goods_unfit")["recalled"] == [told["parts"][2]["id"]]
        cancelled = {"reason": "goods_not_fit"}
        await hub.do(f"/v1/shipments/{planned['id']}/cancel", cancelled)
        assert await status(hub, told["parts"][2]) == "recalled"
        answer = await hub.post(
            "/v1/shipments", goods.shipment_body(told["pool"], from_site_id=told["site"])
        )
        assert answer.status_code == 409
        for verb, body in (
            ("split", {"parts": [{"quantity": kg(1)}]}),
            ("inspect", {}),
            ("clear", {}),
        ):
            answer = await hub.post(f"/v1/lots/{told['pool']['id']}/{verb}", body)
            assert answer.status_code in (409, 422), verb

    async def test_those_concerned_hear_of_it(
        self, hub: Api, goods: story.Story, told: dict[str, Any]
    ) -> None:
        made = await recall(hub, told["farm"])
        for party in (goods.market.api, goods.carrier):
            events = (await party.read("/v1/events"))["data"]
            (heard,) = [e for e in events if e["type"] == "recall.created"]
            assert heard["data"]["id"] == made["id"]
            assert heard["data"]["reason"] == "contamination"
        events = (await goods.sellers[0].read("/v1/events"))["data"]
        assert [e["data"]["number"] for e in events if e["type"] == "lot.recalled"] == [
            told["pool"]["number"]
        ]

    async def test_a_buyer_reads_its_own_part(
        self, hub: Api, goods: story.Story, told: dict[str, Any]
    ) -> None:
        made = await recall(hub, told["farm"])
        answer = await goods.market.api.get(f"/v1/recalls/{made['id']}")
        seen = answer.json()
        assert {lot["lot_id"] for lot in seen["lots"]} == {part["id"] for part in told["parts"]}
        assert len(seen["shipments"]) == 3
        assert seen["receivers"] == made["receivers"]
        assert seen["on_hand"] == []
        for hidden in (
            *(seller.id for seller in goods.sellers),
            "Peternakan rahasia",
            told["pool"]["id"],
        ):
            assert hidden not in answer.text
        listed = (await goods.market.api.read("/v1/recalls"))["data"]
        assert [one["id"] for one in listed] == [made["id"]]
        other = await hub.party("buyer")
        problem(await other.get(f"/v1/recalls/{made['id']}"), 404, "not_found")
        assert (await other.read("/v1/recalls"))["data"] == []
        problem(await goods.sellers[0].get("/v1/recalls"), 403, "forbidden")
        for verb, body in (("close", {"note": "x"}), ("lift", {"reason": "other"})):
            answer = await goods.market.api.post(f"/v1/recalls/{made['id']}/{verb}", body)
            problem(answer, 403, "forbidden")

    async def test_by_farm_and_days(
        self, hub: Api, goods: story.Story, told: dict[str, Any]
    ) -> None:
        days = {"produced_from": trade.day(-1), "produced_until": trade.day()}
        asked = {"seller_id": goods.sellers[0].id} | days | REASON
        made = await hub.do("/v1/recalls", asked)
        named = await recall(hub, told["farm"])
        assert {lot["lot_id"] for lot in made["lots"]} == {lot["lot_id"] for lot in named["lots"]}
        assert made["receivers"] == named["receivers"]


class TestReceived:
    """Goods that their buyer received are with it, though the carrier never said delivered."""

    @staticmethod
    async def sums(hub: Api, lot: Any) -> list[Any]:
        (place,) = (await recall(hub, lot))["receivers"]
        return [place[name] for name in ("received", "on_the_road", "waiting")]

    async def test_without_a_word_of_the_carrier(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        shipment = await goods.arrived(lot)
        draft = await goods.market.api.do(
            "/v1/goods-receipts", story.receipt_body(shipment) | {"draft": True}
        )
        assert await self.sums(hub, lot) == [kg(0), kg(60), kg(0)]
        await goods.market.api.do(f"/v1/goods-receipts/{draft['id']}/post")
        assert await self.sums(hub, lot) == [kg(60), kg(0), kg(0)]
        undone = {"reason": "miscounted"}
        await goods.market.api.do(f"/v1/goods-receipts/{draft['id']}/reverse", undone)
        assert await self.sums(hub, lot) == [kg(0), kg(60), kg(0)]


class TestGoodsBroughtLater:
    """All goods of a seller of some days are recalled, whenever they are weighed."""

    @pytest.fixture
    async def recalled(self, hub: Api, goods: story.Story) -> Any:
        await goods.lot(weight=10, produced_on=trade.day(-1))
        days = {"produced_from": trade.day(-2), "produced_until": trade.day(-1)}
        return await hub.do("/v1/recalls", {"seller_id": goods.sellers[0].id} | days | REASON)

    def body(self, goods: story.Story, day: int, n: int = 0) -> dict[str, Any]:
        return {
            "allocation_id": goods.allocations[n]["id"],
            "net_weight": kg(5),
            "produced_on": trade.day(day),
        }

    async def test_cannot_be_weighed_while_it_is_open(
        self, hub: Api, goods: story.Story, recalled: Any
    ) -> None:
        for scale in (goods.sellers[0], hub):
            for day in (-1, -2):
                answer = await scale.post("/v1/lots", self.body(goods, day))
                said = problem(answer, 409, "goods_recalled")
                assert said["recall"] == recalled["number"]
                assert recalled["number"] in said["detail"]
        for day, n in ((0, 0), (-3, 0), (-1, 1)):
            await goods.sellers[n].do("/v1/lots", self.body(goods, day, n))
        lots = await hub.read("/v1/lots", order_id=goods.order_id)
        assert len(lots["data"]) == 4, "what is refused leaves nothing behind"
        await hub.do(f"/v1/recalls/{recalled['id']}/lift", {"reason": "found_safe"})
        await goods.sellers[0].do("/v1/lots", self.body(goods, -1))

    async def test_nothing_slips_in_while_it_is_being_recalled(
        self, hub: Api, goods: story.Story
    ) -> None:
        await goods.lot(weight=5)
        days = {"produced_from": trade.day(), "produced_until": trade.day()}
        asked = {"seller_id": goods.sellers[0].id} | days | REASON
        weighings = [goods.sellers[0].post("/v1/lots", self.body(goods, 0)) for _ in range(9)]
        answers = await asyncio.gather(
            *weighings[:4], hub.post("/v1/recalls", asked), *weighings[4:]
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        lots = (await hub.read("/v1/lots", order_id=goods.order_id))["data"]
        assert {lot["status"] for lot in lots} == {"recalled"}

    async def test_of_another_commodity_can(
        self, hub: Api, goods: story.Story, unique: Any
    ) -> None:
        await goods.lot(weight=10)
        assert goods.what is not None
        asked = {
            "seller_id": goods.sellers[0].id,
            "produced_from": trade.day(),
            "produced_until": trade.day(),
            "commodity_id": goods.what.id,
        }
        await hub.do("/v1/recalls", asked | REASON)
        other = await trade.goods(hub, unique("lain"))
        seller = goods.sellers[0]
        await trade.offer(seller, goods.sites[0], other, 20)
        order = await trade.order(goods.market, other, 20)
        await hub.do(f"/v1/orders/{order['id']}/confirm")
        await hub.do(f"/v1/orders/{order['id']}/allocate")
        (mine,) = (await seller.read("/v1/allocations", order_id=order["id"]))["data"]
        await seller.do(f"/v1/allocations/{mine['id']}/confirm")
        fresh = {"allocation_id": mine["id"], "net_weight": kg(20), "produced_on": trade.day()}
        assert (await seller.do("/v1/lots", fresh))["status"] == "available"
        answer = await seller.post("/v1/lots", self.body(goods, 0))
        problem(answer, 409, "goods_recalled")

    async def test_only_the_hub_reads_whose_they_are(
        self, hub: Api, goods: story.Story, recalled: Any
    ) -> None:
        named = ("seller_id", "produced_from", "produced_until", "commodity_id")
        days = [trade.day(-2), trade.day(-1)]
        assert [recalled[name] for name in named] == [goods.sellers[0].id, *days, None]
        later = await goods.lot(weight=5)
        await goods.arrived(later)
        told = await recall(hub, later)
        assert [told[name] for name in named] == [None] * 4
        more = {"produced_from": trade.day(), "produced_until": trade.day()}
        mine = await hub.do("/v1/recalls", {"seller_id": goods.sellers[0].id} | more | REASON)
        seen = await goods.market.api.read(f"/v1/recalls/{mine['id']}")
        assert [seen[name] for name in named] == [None] * 4


async def test_whoever_sees_a_shipment_sees_what_of_it_is_recalled(
    hub: Api, goods: story.Story
) -> None:
    held, free = await goods.lot(0, weight=20), await goods.lot(0, weight=30)
    shipment = await goods.arrived(held, free)

    async def seen() -> list[list[bool]]:
        return [
            [
                lot["recalled"]
                for lot in (await party.read(f"/v1/shipments/{shipment['id']}"))["lots"]
            ]
            for party in (hub, goods.market.api, goods.carrier)
        ]

    assert await seen() == [[False, False]] * 3
    first, second = await recall(hub, held), await recall(hub, held)
    assert await seen() == [[True, False]] * 3
    await hub.do(f"/v1/recalls/{first['id']}/close", {"note": "Semua menjawab."})
    await hub.do(f"/v1/recalls/{second['id']}/lift", {"reason": "wrong_lots"})
    assert await seen() == [[True, False]] * 3, "a closed recall still holds it"


class TestEnding:
    """Lifted, goods are what they were; closed, they stay recalled."""

    async def test_lifted(self, hub: Api, goods: story.Story) -> None:
        first, second = await goods.lot(0, weight=50), await goods.lot(1)
        await hub.do(f"/v1/lots/{second['id']}/hold", {"reason": "other"})
        made = await recall(hub, first, second)
        assert [await status(hub, lot) for lot in (first, second)] == ["recalled"] * 2
        done = await hub.do(
            f"/v1/recalls/{made['id']}/lift", {"reason": "found_safe", "note": "Uji lab bersih."}
        )
        assert (done["status"], done["end_reason"]) == ("lifted", "found_safe")
        assert [await status(hub, lot) for lot in (first, second)] == ["available", "quarantined"]
        for verb, body in (("close", {"note": "x"}), ("lift", {"reason": "other"})):
            answer = await hub.post(f"/v1/recalls/{made['id']}/{verb}", body)
            problem(answer, 409, "wrong_state")
        shipment = await goods.arrived(first)
        assert shipment["status"] == "arrived"

    async def test_closed(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        made = await recall(hub, lot)
        done = await hub.do(f"/v1/recalls/{made['id']}/close", {"note": "Semua menjawab."})
        assert (done["status"], done["end_note"]) == ("closed", "Semua menjawab.")
        assert await status(hub, lot) == "recalled"
        gone = await hub.do(f"/v1/lots/{lot['id']}/reject", {"reason": "spoiled"})
        assert gone["status"] == "rejected"

    async def test_of_two_recalls_both_have_to_be_lifted(
        self, hub: Api, goods: story.Story
    ) -> None:
        lot = await goods.lot()
        first, second = await recall(hub, lot), await recall(hub, lot, reason="mislabelled")
        await hub.do(f"/v1/recalls/{first['id']}/lift", {"reason": "found_safe"})
        assert await status(hub, lot) == "recalled"
        await hub.do(f"/v1/recalls/{second['id']}/lift", {"reason": "found_safe"})
        assert await status(hub, lot) == "available"

    async def test_what_came_off_a_truck_meanwhile_waits_for_a_decision(
        self, hub: Api, goods: story.Story
    ) -> None:
        lot = await goods.lot()
        planned = await goods.planned(lot)
        made = await recall(hub, lot)
        await hub.do(f"/v1/shipments/{planned['id']}/cancel", {"reason": "goods_not_fit"})
        await hub.do(f"/v1/recalls/{made['id']}/lift", {"reason": "wrong_lots"})
        assert await status(hub, lot) == "quarantined"


class TestRefused:
    """Which goods must be clear."""

    @pytest.mark.parametrize(
        ("fields", "status_code", "pointer"),
        [
            ({}, 422, "/lot_ids"),
            ({"lot_ids": []}, 422, "/lot_ids"),
            ({"lot_ids": [f"lot_{'0' * 26}"]}, 404, "/lot_ids/0"),
            (
                {"lot_ids": [f"lot_{'0' * 26}"], "produced_from": "2026-11-01"},
                422,
                "/produced_from",
            ),
            ({"seller_id": "SELLER"}, 422, "/produced_from"),
            ({"seller_id": "SELLER", "produced_from": "2026-11-01"}, 422, "/produced_until"),
            (
                {
                    "seller_id": "SELLER",
                    "produced_from": "2026-11-02",
                    "produced_until": "2026-11-01",
                },
                422,
                "/produced_until",
            ),
            (
                {
                    "seller_id": "SELLER",
                    "produced_from": "2020-11-01",
                    "produced_until": "2020-11-02",
                },
                404,
                "/seller_id",
            ),
            ({"seller_id": "SELLER", "lot_ids": [f"lot_{'0' * 26}"]}, 422, "/lot_ids"),
        ],
        ids=[
            "none",
            "empty",
            "unknown",
            "both",
            "no days",
            "no end",
            "backwards",
            "no lots",
            "two",
        ],
    )
    async def test_what_names_no_goods(
        self,
        hub: Api,
        goods: story.Story,
        owner: asyncpg.Connection,
        fields: Any,
        status_code: int,
        pointer: str,
    ) -> None:
        said = {k: goods.sellers[0].id if v == "SELLER" else v for k, v in fields.items()}
        before = await stored(owner)
        answer = await hub.post("/v1/recalls", said | REASON)
        code = "not_found" if status_code == 404 else "validation_failed"
        assert problem(answer, status_code, code)["errors"][0]["pointer"] == pointer
        assert await stored(owner) == before

    async def test_nobody_but_the_hub_recalls(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        for party in (goods.sellers[0], goods.market.api, goods.carrier):
            answer = await party.post("/v1/recalls", {"lot_ids": [lot["id"]]} | REASON)
            problem(answer, 403, "forbidden")


@pytest.mark.parametrize("head_start", [0.0, 0.01, 0.02, 0.03])
async def test_a_truck_has_left_and_is_listed_or_does_not_leave(
    hub: Api, goods: story.Story, head_start: float
) -> None:
    """Real commits, at the same time."""
    lot = await goods.lot()
    planned = await goods.planned(lot)

    async def leave() -> int:
        await asyncio.sleep(head_start)
        answer = await goods.carrier.post(f"/v1/shipments/{planned['id']}/dispatch")
        return int(answer.status_code)

    left, made = await asyncio.gather(leave(), recall(hub, lot))
    (shipment,) = made["shipments"]
    if left == 200:
        assert shipment["status"] == "dispatched", "it was there before, and the answer says so"
    else:
        assert (left, shipment["status"]) == (409, "planned")
        again = await goods.carrier.post(f"/v1/shipments/{planned['id']}/dispatch")
        problem(again, 409, "goods_unfit")
