"""What sellers say to their shares, and what becomes of what they give back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from app import worker
from app.allocation.commands import time_out
from tests.allocation.test_allocate import (
    _uuid,
    confirmed,
    line,
    own,
    reconciled,
    seller,
    shares,
)
from tests.api import Api, kg
from tests.trade import buyer, goods

Unique = Callable[[str], str]


class TestConfirm:
    async def test_a_confirmed_share_is_committed(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        share = await own(party)
        done = await party.do(f"/v1/allocations/{share['id']}/confirm")
        assert done["status"] == "confirmed"
        assert done["version"] == share["version"] + 1
        assert done["allowed_actions"] == []
        assert done["left_to_weigh"] == {"value": "60", "unit": "kg"}
        assert await party.read(f"/v1/allocations/{share['id']}") == done
        (supply,) = (await party.read("/v1/supply-offers"))["data"]
        assert supply["committed"]["value"] == "60"
        assert supply["reserved"]["value"] == "0"
        await reconciled(owner, what)

    async def test_an_answered_share_cannot_be_answered_again(
        self, hub: Api, unique: Unique
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(party))['id']}"
        await party.do(f"{path}/confirm")
        for action, body in (
            ("confirm", {}),
            ("decline", {"reason": "no_stock"}),
            ("reduce", {"reason": "no_stock", "quantity": kg(1)}),
        ):
            refused = await party.post(f"{path}/{action}", body)
            assert refused.status_code == 409
            assert refused.json()["code"] == "wrong_state"
            assert refused.json()["allowed_actions"] == []

    async def test_a_foreign_share_does_not_exist(self, hub: Api, unique: Unique) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        other = await seller(hub, await goods(hub, unique("egg")), 5)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        share = await own(party)
        path = f"/v1/allocations/{share['id']}"
        assert (await other.get(path)).status_code == 404
        for action, body in (
            ("confirm", {}),
            ("decline", {"reason": "no_stock"}),
            ("reduce", {"reason": "no_stock", "quantity": kg(1)}),
        ):
            assert (await other.post(f"{path}/{action}", body)).status_code == 404
        assert (await other.read("/v1/allocations"))["data"] == []
        assert await own(party) == share

    async def test_the_hub_answers_for_a_seller(self, hub: Api, unique: Unique) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(party))['id']}"
        assert (await hub.do(f"{path}/confirm"))["status"] == "confirmed"
        assert (await own(party))["status"] == "confirmed"


class TestDecline:
    async def test_what_is_declined_goes_to_others_never_to_the_decliner(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one, two, three = [await seller(hub, what, 500) for _ in range(3)]
        placed = await confirmed(hub, market, what, 300)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        share = await own(one)
        body = {"reason": "transport", "note": "Truk rusak"}
        done = await one.do(f"/v1/allocations/{share['id']}/decline", body)
        assert (done["status"], done["reason"], done["note"]) == ("declined", *body.values())
        assert done["left_to_weigh"]["value"] == "0"
        found = (await hub.read(f"/v1/orders/{placed['id']}/allocations"))["data"]
        offered = [(r["seller_id"], r["quantity"]["value"]) for r in found]
        assert sorted(offered) == sorted(
            [(one.id, "100"), (two.id, "100"), (three.id, "100"), (two.id, "50"), (three.id, "50")]
        )
        assert (await line(hub, placed["id"]))["allocated"] == "300"
        await reconciled(owner, what)

    async def test_when_nobody_else_can_the_line_is_short_and_stays_so_for_the_decliner(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one = await seller(hub, what, 500)
        placed = await confirmed(hub, market, what, 300)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        before = await market.api.read(f"/v1/orders/{placed['id']}")
        await one.do(f"/v1/allocations/{(await own(one))['id']}/decline", {"reason": "price"})
        assert (await line(hub, placed["id"]))["unallocated"] == "300"
        heard = (await market.api.read("/v1/events", limit="100"))["data"][-1]
        assert (heard["type"], heard["aggregate_version"]) == (
            "order.allocated",
            before["version"] + 1,
        )
        assert heard["data"]["lines"][0]["allocated"] == "0"
        again = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert again["data"] == []
        assert again["lines"][0]["excluded"] == {"gave_back": 1}
        other = await confirmed(hub, market, what, 20)
        asked = await hub.do(f"/v1/orders/{other['id']}/allocate")
        assert len(asked["data"]) == 1, "declining one order is not declining the next"
        await reconciled(owner, what)

    async def test_a_reason_is_required(self, hub: Api, unique: Unique) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(party))['id']}/decline"
        assert (await party.post(path, {})).status_code == 422
        assert (await party.post(path, {"reason": "bored"})).status_code == 422


class TestReduce:
    async def test_the_smaller_quantity_is_confirmed_and_the_rest_goes_to_others(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one, two = [await seller(hub, what, 500) for _ in range(2)]
        placed = await confirmed(hub, market, what, 300)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(one))['id']}"
        done = await one.do(f"{path}/reduce", {"quantity": kg(40), "reason": "no_stock"})
        assert (done["status"], done["quantity"]["value"]) == ("confirmed", "40")
        assert done["proposed"]["value"] == "150"
        found = (await two.read("/v1/allocations"))["data"]
        assert sorted(r["quantity"]["value"] for r in found) == ["110", "150"]
        assert (await line(hub, placed["id"]))["allocated"] == "300"
        again = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert again["data"] == []
        await reconciled(owner, what)

    async def test_reducing_to_as_much_or_more_is_refused(self, hub: Api, unique: Unique) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 300, pack_size=kg(15))
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(party))['id']}/reduce"
        for quantity in (kg(60), kg(61), {"value": "4", "unit": "peti"}):
            refused = await party.post(path, {"quantity": quantity, "reason": "no_stock"})
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == "/quantity"
        done = await party.do(
            path, {"quantity": {"value": "3", "unit": "peti"}, "reason": "no_stock"}
        )
        assert done["quantity"] == {"value": "45", "unit": "kg"}


async def _turn(app: Any) -> None:
    await worker.turn(app.state.database)


class TestTimeOut:
    async def test_an_unanswered_share_goes_to_others(
        self,
        app: Any,
        hub: Api,
        unique: Unique,
        owner: asyncpg.Connection,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr(worker, "DEADLINES", [time_out])
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one, two = [await seller(hub, what, 500) for _ in range(2)]
        placed = await confirmed(hub, market, what, 300)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        silent = await own(one)
        await _turn(app)
        assert (await own(one))["status"] == "offered", "its time is not over"
        await owner.execute(
            "UPDATE allocations SET respond_by = now() - interval '1 second' WHERE id = $1",
            _uuid(silent["id"]),
        )
        await _turn(app)
        now = await own(one)
        assert (now["status"], now["reason"]) == ("timed_out", "no_answer")
        found = (await two.read("/v1/allocations"))["data"]
        assert [r["quantity"]["value"] for r in found] == ["150", "150"]
        assert (await line(hub, placed["id"]))["allocated"] == "300"
        refused = await one.post(f"/v1/allocations/{silent['id']}/confirm")
        assert refused.status_code == 409
        await reconciled(owner, what)

    async def test_many_orders_time_out_in_one_turn(
        self,
        app: Any,
        hub: Api,
        unique: Unique,
        owner: asyncpg.Connection,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr(worker, "DEADLINES", [time_out])
        monkeypatch.setattr(worker, "BATCH", 2)
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one = await seller(hub, what, 500)
        placed = [await confirmed(hub, market, what, 10, 20) for _ in range(3)]
        for each in placed:
            await hub.do(f"/v1/orders/{each['id']}/allocate")
        two = await seller(hub, what, 500)
        await owner.execute(
            "UPDATE allocations SET respond_by = now() - interval '1 second' WHERE seller_id = $1",
            _uuid(one.id),
        )
        await _turn(app)
        for each in placed:
            assert set(await shares(hub, each["id"], "timed_out")) == {one.id}
            lines = [await line(hub, each["id"], n) for n in (0, 1)]
            assert [(x["allocated"], x["unallocated"]) for x in lines] == [("10", "0"), ("20", "0")]
            assert set(await shares(hub, each["id"])) == {two.id}
        await reconciled(owner, what)


class TestRelease:
    async def test_cancelling_the_order_frees_every_offer(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        one, two = [await seller(hub, what, 500) for _ in range(2)]
        placed = await confirmed(hub, market, what, 300)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        await one.do(f"/v1/allocations/{(await own(one))['id']}/confirm")
        await market.api.do(f"/v1/orders/{placed['id']}/cancel", {"reason": "no_longer_needed"})
        for party in (one, two):
            share = await own(party)
            assert (share["status"], share["reason"]) == ("released", "no_longer_needed")
            (supply,) = (await party.read("/v1/supply-offers"))["data"]
            assert supply["available"]["value"] == "500"
            types = [e["type"] for e in (await party.read("/v1/events"))["data"]]
            assert "allocation.released" in types
        assert (await line(hub, placed["id"]))["allocated"] == "0"
        await reconciled(owner, what)
