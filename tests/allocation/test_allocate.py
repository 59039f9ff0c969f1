"""Filling an order over HTTP: fairly, exactly, and again when a seller gives something back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg

from app.core.ids import decode
from app.db.tx import Tx
from tests.api import Api, Party, kg, money
from tests.trade import Buyer, Goods, buyer, day, goods, offer, order

Unique = Callable[[str], str]


async def seller(hub: Api, what: Goods, quantity: float, **fields: Any) -> Party:
    """A fresh seller with one offer of *what*."""
    party = await hub.party("seller")
    await offer(party, await party.site(), what, quantity, **fields)
    return party


async def confirmed(hub: Api, market: Buyer, what: Goods, *quantities: float, **fields: Any) -> Any:
    """An order that the hub has promised."""
    placed = await order(market, what, *quantities, **fields)
    return await hub.do(f"/v1/orders/{placed['id']}/confirm")


async def shares(hub: Api, order_id: str, status: str = "offered") -> dict[str, str]:
    """Quantity per seller of the order's allocations in *status*."""
    found = await hub.read(f"/v1/orders/{order_id}/allocations", status=status, limit=100)
    return {row["seller_id"]: row["quantity"]["value"] for row in found["data"]}


async def line(hub: Api, order_id: str, n: int = 0) -> dict[str, Any]:
    """A line of the order: the values of its quantities."""
    read = (await hub.read(f"/v1/orders/{order_id}"))["lines"][n]
    return {k: v["value"] if isinstance(v, dict) and "value" in v else v for k, v in read.items()}


async def own(party: Party) -> dict[str, Any]:
    """The seller's only allocation."""
    (row,) = (await party.read("/v1/allocations"))["data"]
    return dict(row)


async def reconciled(owner: asyncpg.Connection, what: Goods) -> None:
    """Counters of the goods' offers are the sums of their movements, and fit the allocations."""
    rows = await owner.fetch(
        """
        SELECT o.offered, o.reserved, o.committed, o.delivered,
          coalesce(sum(CASE m.kind WHEN 'reserve' THEN m.quantity WHEN 'release' THEN -m.quantity
            WHEN 'commit' THEN -m.quantity ELSE 0 END), 0) AS reserved_moved,
          coalesce(sum(CASE m.kind WHEN 'commit' THEN m.quantity WHEN 'uncommit' THEN -m.quantity
            WHEN 'deliver' THEN -m.quantity ELSE 0 END), 0) AS committed_moved,
          (SELECT coalesce(sum(quantity), 0) FROM allocations a
           WHERE a.offer_period_id = o.id AND a.status = 'offered') AS reserved_held,
          (SELECT coalesce(sum(quantity), 0) FROM allocations a
           WHERE a.offer_period_id = o.id AND a.status IN ('confirmed', 'picked')) AS committed_held
        FROM offer_periods o JOIN supply_offers f ON f.id = o.offer_id
        LEFT JOIN offer_movements m ON m.period_id = o.id
        WHERE f.commodity_id = $1 GROUP BY o.id
        """,
        _uuid(what.id),
    )
    assert rows
    for row in rows:
        assert row["reserved"] == row["reserved_moved"] == row["reserved_held"], row
        assert row["committed"] == row["committed_moved"] == row["committed_held"], row
        assert row["reserved"] + row["committed"] + row["delivered"] <= row["offered"]
    lines = await owner.fetch(
        """
        SELECT l.allocated, coalesce(sum(a.quantity), 0) AS held FROM order_lines l
        LEFT JOIN allocations a ON a.order_line_id = l.id
          AND a.status IN ('offered', 'confirmed', 'picked', 'shipped')
        WHERE l.commodity_id = $1 GROUP BY l.id
        """,
        _uuid(what.id),
    )
    assert all(row["allocated"] == row["held"] for row in lines), lines


def _uuid(typed: str) -> Any:
    return decode(typed.rpartition("_")[0], typed)


class TestAllocate:
    async def test_one_line_is_filled_fairly_from_several_sellers(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        small = await seller(hub, what, 200)
        large = [await seller(hub, what, 700), await seller(hub, what, 900)]
        placed = await confirmed(hub, market, what, 1000)
        done = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert {row["seller_id"]: row["quantity"]["value"] for row in done["data"]} == {
            small.id: "200",
            large[0].id: "400",
            large[1].id: "400",
        }
        (result,) = done["lines"]
        assert result["needed"] == result["allocated"] == {"value": "1000", "unit": "kg"}
        assert result["unallocated"]["value"] == "0"
        assert result["offers_considered"] == 3
        assert done["run_id"].startswith("run_")
        share = await own(small)
        assert share["status"] == "offered"
        assert share["allowed_actions"] == ["confirm", "reduce", "decline"]
        assert share["why"]["limited_by"] == "offered"
        assert share["why"]["level"] == {"value": "400", "unit": "kg"}
        assert share["price"] == money(27500)
        assert share["amount"] == {"amount": "5500000", "currency": "IDR"}
        assert (await own(large[0]))["why"]["limited_by"] == "level"
        assert (await line(hub, placed["id"]))["allocated"] == "1000"
        await reconciled(owner, what)

    async def test_what_nobody_can_bring_stays_visible_and_a_repeat_fills_only_that(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        await seller(hub, what, 300)
        placed = await confirmed(hub, market, what, 1000)
        short = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert short["lines"][0]["unallocated"]["value"] == "700"
        assert (await line(hub, placed["id"]))["unallocated"] == "700"
        again = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert again["data"] == []
        assert again["lines"][0]["excluded"] == {"nothing_left": 1}
        more = await seller(hub, what, 5000)
        rest = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert [(r["seller_id"], r["quantity"]["value"]) for r in rest["data"]] == [
            (more.id, "700")
        ]
        full = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert full["data"] == []
        assert full["run_id"] is None
        assert full["lines"][0]["needed"]["value"] == "0"
        await reconciled(owner, what)

    async def test_only_offers_that_fit_are_used_and_the_others_have_a_reason(
        self, hub: Api, unique: Unique
    ) -> None:
        what = await goods(hub, unique("meat"), required_licences=["nkv"])
        market = await buyer(hub)
        good = await _licensed(hub, what, 100)
        dear = await _licensed(hub, what, 100, floor_price=money(27501))
        await _licensed(hub, what, 100, floor_price=money(2750000, "100"))  # Rp 27 500: fits
        late = await _licensed(hub, what, 100, available_from=day(3))
        large = await _licensed(hub, what, 900, min_pickup=kg(800))
        suspended = await _licensed(hub, what, 100)
        await hub.do(f"/v1/parties/{suspended.id}/suspend")
        lapsed = await _licensed(hub, what, 100, valid_to=day(0))
        placed = await confirmed(hub, market, what, 150)
        done = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert done["lines"][0]["excluded"] == {
            "floor_price": 1,
            "not_available_then": 1,
            "seller_suspended": 1,
            "passed_over": 1,
        }
        asked = {row["seller_id"] for row in done["data"]}
        assert good.id in asked
        assert lapsed.id in asked  # its licence is good today
        assert not asked & {dear.id, late.id, large.id, suspended.id}

    async def test_a_lapsed_licence_is_asked_for_at_the_time_of_the_run(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what = await goods(hub, unique("meat"), required_licences=["nkv"])
        market = await buyer(hub)
        party = await _licensed(hub, what, 100)
        await owner.execute(
            "UPDATE licences SET valid_to = '2026-01-02' WHERE party_id = $1", _uuid(party.id)
        )
        placed = await confirmed(hub, market, what, 50)
        done = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert done["lines"][0]["excluded"] == {"licence_missing": 1}

    async def test_a_run_takes_as_many_round_trips_for_many_offers_as_for_few(
        self, hub: Api, unique: Unique, monkeypatch: Any
    ) -> None:
        market, counts = await buyer(hub), []
        statements: list[Any] = []
        for name in ("sql", "sql_row", "sql_value", "rows", "row", "value", "run"):
            monkeypatch.setattr(Tx, name, _counted(getattr(Tx, name), statements))
        for offers in (1, 12):
            what = await goods(hub, unique("egg"))
            for _ in range(offers):
                await seller(hub, what, 100)
            placed = await confirmed(hub, market, what, 50, 40)
            statements.clear()
            await hub.do(f"/v1/orders/{placed['id']}/allocate")
            counts.append(len(statements))
        assert counts[0] == counts[1]
        assert counts[0] <= 17

    async def test_two_lines_of_the_same_goods_share_the_offers(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        await seller(hub, what, 100)
        await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 120, 120)
        done = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert [one["allocated"]["value"] for one in done["lines"]] == ["120", "80"]
        await reconciled(owner, what)

    async def test_packs_and_smallest_pick_ups_are_kept(self, hub: Api, unique: Unique) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        boxed = await seller(hub, what, 300, pack_size=kg(15))
        loose = await seller(hub, what, 300)
        placed = await confirmed(hub, market, what, 200)
        done = await hub.do(f"/v1/orders/{placed['id']}/allocate")
        assert {row["seller_id"]: row["quantity"]["value"] for row in done["data"]} == {
            boxed.id: "90",
            loose.id: "110",
        }
        share = await own(boxed)
        assert share["why"]["limited_by"] == "packs"
        assert "15 kg" in share["why"]["said"]["id"]

    async def test_an_order_that_is_not_promised_cannot_be_allocated(
        self, hub: Api, unique: Unique
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        placed = await order(market, what, 10)
        refused = await hub.post(f"/v1/orders/{placed['id']}/allocate")
        assert refused.status_code == 409
        assert refused.json()["code"] == "wrong_state"
        assert refused.json()["allowed_actions"] == ["confirm", "decline", "cancel"]

    async def test_the_buyer_hears_how_full_its_order_is_and_sees_no_seller(
        self, hub: Api, unique: Unique
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 30)
        placed = await confirmed(hub, market, what, 50)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        events = (await market.api.read("/v1/events"))["data"]
        (event,) = [e for e in events if e["type"] == "order.allocated"]
        assert event["data"]["lines"][0]["allocated"] == "30"
        assert party.id not in str(events)
        read = await market.api.read(f"/v1/orders/{placed['id']}")
        assert read["version"] == event["aggregate_version"]
        refused = await market.api.get(f"/v1/orders/{placed['id']}/allocations")
        assert refused.status_code == 403
        assert (await market.api.get("/v1/allocations")).status_code == 403
        assert (await market.api.post(f"/v1/orders/{placed['id']}/allocate")).status_code == 403
        assert (await party.get(f"/v1/orders/{placed['id']}/allocations")).status_code == 404


def _counted(inner: Any, statements: list[Any]) -> Any:
    def call(self: Tx, statement: Any, *args: Any) -> Any:
        statements.append(statement)
        return inner(self, statement, *args)

    return call


async def _licensed(
    hub: Api, what: Goods, quantity: float, *, valid_to: str | None = None, **fields: Any
) -> Party:
    party = await hub.party("seller")
    body = {"kind": "nkv", "number": "CONTOH", "valid_from": "2026-01-01"}
    body |= {"valid_to": valid_to} if valid_to else {}
    licence = await party.do(f"/v1/parties/{party.id}/licences", body)
    await hub.do(f"/v1/parties/{party.id}/licences/{licence['id']}/verify", {"outcome": "valid"})
    await offer(party, await party.site(), what, quantity, **fields)
    return party


class TestConcurrency:
    async def test_ten_orders_at_once_never_take_more_than_the_offer_has(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        await seller(hub, what, 100)
        placed = [await confirmed(hub, market, what, 30) for _ in range(10)]
        done = await asyncio.gather(*(hub.do(f"/v1/orders/{p['id']}/allocate") for p in placed))
        given = sorted(Decimal(d["lines"][0]["allocated"]["value"]) for d in done)
        assert given == [0, 0, 0, 0, 0, 0, 10, 30, 30, 30]
        await reconciled(owner, what)

    async def test_one_order_allocated_twice_at_once_is_filled_once(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        await seller(hub, what, 500)
        placed = await confirmed(hub, market, what, 100)
        path = f"/v1/orders/{placed['id']}/allocate"
        done = await asyncio.gather(*(hub.do(path) for _ in range(4)))
        assert sum(len(d["data"]) for d in done) == 1
        await reconciled(owner, what)

    async def test_sellers_answer_all_at_once_and_everything_still_adds_up(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        parties = [await seller(hub, what, 100) for _ in range(8)]
        placed = [await confirmed(hub, market, what, 200) for _ in range(2)]
        for one in placed:
            await hub.do(f"/v1/orders/{one['id']}/allocate")
        calls = []
        for n, party in enumerate(parties):
            for row in (await party.read("/v1/allocations"))["data"]:
                path = f"/v1/allocations/{row['id']}"
                if n % 2:
                    calls.append(party.post(f"{path}/decline", {"reason": "no_stock"}))
                else:
                    calls.append(party.post(f"{path}/confirm"))
        answers = await asyncio.gather(*calls)
        assert [a.status_code for a in answers] == [200] * 16, [a.text for a in answers]
        await reconciled(owner, what)
        # Somebody may have been asked for more just before it declined; then it says so again.
        for party in parties[1::2]:
            for row in (await party.read("/v1/allocations", status="offered"))["data"]:
                await party.do(f"/v1/allocations/{row['id']}/decline", {"reason": "no_stock"})
        for one in placed:
            assert (await line(hub, one["id"]))["allocated"] == "200"
            willing = {party.id for party in parties[0::2]}
            assert set(await shares(hub, one["id"])) <= willing
        await reconciled(owner, what)

    async def test_confirming_and_declining_the_same_share_at_once_has_one_winner(
        self, hub: Api, unique: Unique, owner: asyncpg.Connection
    ) -> None:
        what, market = await goods(hub, unique("egg")), await buyer(hub)
        party = await seller(hub, what, 100)
        placed = await confirmed(hub, market, what, 60)
        await hub.do(f"/v1/orders/{placed['id']}/allocate")
        path = f"/v1/allocations/{(await own(party))['id']}"
        answers = await asyncio.gather(
            party.post(f"{path}/confirm"),
            party.post(f"{path}/decline", {"reason": "price"}),
            hub.post(f"{path}/reduce", {"reason": "price", "quantity": kg(10)}),
        )
        assert sorted(a.status_code for a in answers) == [200, 409, 409]
        await reconciled(owner, what)
