"""The commodity balance over HTTP: every number from real orders, offers and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import trade
from tests.api import Api, kg
from tests.desk.dealing import agreed, allocated, daily, delivered, farm, offered, promised, values
from tests.statements import trips_of

Unique = Callable[[str], str]

DEMAND = ("ordered", "confirmed", "asked", "committed", "unallocated")
SUPPLY = ("promised", "free", "flexible", "forecast", "covered", "short")
TOTAL = ("promised", "free", "forecast", "covered", "short")


async def balance(hub: Api, what: trade.Goods, first: int = 0, last: int = 7) -> Any:
    """The balance of grade a from the first to the last day after today."""
    asked = {"commodity": what.id, "grade": "a", "from": trade.day(first), "to": trade.day(last)}
    (grade,) = (await hub.read("/v1/balance", **asked))["grades"]
    return grade


class TestBalance:
    async def test_demand_and_supply_of_a_day(self, hub: Api, unique: Unique) -> None:
        """One day: 100 committed, 50 asked, 30 promised by the hub, 20 waiting for its answer."""
        what = await trade.goods(hub, unique("egg"))
        first = await offered(hub, what, 160, **daily(1, 3))
        await allocated(hub, what, 100)
        await agreed(first)
        await allocated(hub, what, 50)
        await promised(hub, what, 30)
        await trade.order(await trade.buyer(hub), what, 20)
        await offered(hub, what, 500, kind="forecast")
        found = await balance(hub, what)
        day = found["days"][1]
        assert day["date"] == trade.day(1)
        assert values(day, *DEMAND) == ["200", "180", "50", "100", "50"]
        assert values(day, *SUPPLY) == ["160", "10", "0", "500", "10", "40"]
        assert values(found["total"], *DEMAND) == ["200", "180", "50", "100", "50"]
        assert values(found["total"], *TOTAL) == ["480", "330", "500", "10", "40"]
        assert values(found["days"][2], *DEMAND, *SUPPLY) == [
            *"00000",
            "160",
            "160",
            "0",
            "500",
            *"00",
        ]

    async def test_a_lot_counts_for_each_of_its_days_and_once_in_all(
        self, hub: Api, unique: Unique
    ) -> None:
        what = await trade.goods(hub, unique("egg"))
        await offered(hub, what, 100)
        for n in (1, 2):
            await promised(hub, what, 80, deliver_on=trade.day(n))
        found = await balance(hub, what)
        assert [values(found["days"][n], "flexible", "covered", "short") for n in (1, 2, 3)] == [
            ["100", "80", "0"],
            ["100", "20", "60"],
            ["100", "0", "0"],
        ]
        assert values(found["total"], *TOTAL) == ["100", "100", "0", "100", "60"]

    async def test_what_ended_is_not_wanted_any_more(self, hub: Api, unique: Unique) -> None:
        what = await trade.goods(hub, unique("egg"))
        market = await trade.buyer(hub)
        cancelled = await trade.order(market, what, 10)
        await market.api.do(f"/v1/orders/{cancelled['id']}/cancel", {"reason": "other"})
        declined = await trade.order(market, what, 10)
        await hub.do(f"/v1/orders/{declined['id']}/decline", {"reason": "no_supply"})
        partly = await trade.order(market, what, 40)
        lines = [{"line_id": partly["lines"][0]["id"], "quantity": kg(25), "reason": "no_supply"}]
        await hub.do(f"/v1/orders/{partly['id']}/confirm", {"lines": lines})
        closed = await trade.order(market, what, 7, 3)
        await hub.do(f"/v1/orders/{closed['id']}/confirm")
        given_up = {"line_id": closed["lines"][0]["id"], "reason": "supply_failed"}
        await hub.do(f"/v1/orders/{closed['id']}/short-close", {"lines": [given_up]})
        day = (await balance(hub, what))["days"][1]
        assert values(day, *DEMAND) == ["28", "28", "0", "0", "28"]

    async def test_what_was_delivered_within_its_tolerance_lacks_nothing(
        self, hub: Api, unique: Unique
    ) -> None:
        """98 of 100 kg complete a line: the other two are not short, and free again."""
        what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
        seller, site = await farm(hub)
        await trade.offer(seller, site, what, 100, **daily(1, 1))
        order = await trade.order(market, what, 100)
        await hub.do(f"/v1/orders/{order['id']}/confirm")
        await hub.do(f"/v1/orders/{order['id']}/allocate")
        await agreed(seller)
        assert values((await balance(hub, what))["days"][1], *DEMAND)[3:] == ["100", "0"]
        await delivered(hub, market, seller, site, 98)
        day = (await balance(hub, what))["days"][1]
        assert values(day, *DEMAND) == ["100", "100", "0", "98", "0"]
        assert values(day, *SUPPLY) == ["100", "2", "0", "0", "0", "0"]

    async def test_the_test_world_has_a_balance_of_its_own(self, hub: Api, unique: Unique) -> None:
        what = await trade.goods(hub, unique("egg"))
        await promised(hub, what, 10)
        await offered(hub, what, 10)
        (desk,) = (await hub.read("/v1/parties", external_reference="btc"))["data"]
        key = await hub.do("/v1/api-keys", {"party_id": desk["id"], "livemode": False})
        tester = Api(hub.client, key["key"])
        total = (await balance(tester, what))["total"]
        assert {quantity["value"] for quantity in total.values()} == {"0"}
        assert (await tester.read("/v1/fairness", commodity=what.id))["data"] == []
        before = [section["count"] for section in (await tester.read("/v1/desk"))["sections"]]
        await promised(hub, what, 10)
        assert before == [
            section["count"] for section in (await tester.read("/v1/desk"))["sections"]
        ]

    async def test_grades_are_apart(self, hub: Api, unique: Unique) -> None:
        code = unique("egg").replace("-", "_")
        what = await trade.goods(hub, code)
        await promised(hub, what, 10)
        await promised(hub, trade.Goods(what.id, "b"), 3)
        await offered(hub, trade.Goods(what.id, "b"), 3, **daily(1, 1))
        found = await hub.read("/v1/balance", commodity=code)
        assert found["commodity"] == code
        assert found["commodity_id"] == what.id
        assert (found["starts_on"], found["ends_on"]) == (trade.day(), trade.day(30))
        totals = {row["grade"]: values(row["total"], "ordered", "short") for row in found["grades"]}
        assert totals == {"a": ["10", "10"], "b": ["3", "0"]}
        assert all(len(row["days"]) == 31 for row in found["grades"])

    async def test_round_trips_do_not_grow_with_what_is_asked(
        self, hub: Api, unique: Unique
    ) -> None:
        what = await trade.goods(hub, unique("egg"))

        async def read() -> Any:
            return await hub.read("/v1/balance", commodity=what.id, to=trade.day(91))

        few = len(await trips_of(read))
        for _ in range(3):
            await offered(hub, what, 10, **daily(1, 20))
            await promised(hub, what, 5)
        assert len(await trips_of(read, warm=0)) == few <= 7


@pytest.mark.parametrize("path", ["/v1/balance", "/v1/fairness"])
class TestAsking:
    async def test_only_the_hub_asks(self, hub: Api, path: str) -> None:
        for role in ("seller", "buyer", "carrier"):
            answer = await (await hub.party(role)).get(path, commodity="eggs")
            assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("asked", "pointer", "code"),
        [
            ({"commodity": "no_such_goods"}, "query:commodity", "commodity_unknown"),
            ({"commodity": "eggs", "grade": "purple"}, "query:grade", "grade_unknown"),
            ({"from": "2026-12-02", "to": "2026-12-01"}, "query:to", "window"),
            ({"from": "2026-12-01", "to": "2027-03-03"}, "query:to", "window_too_long"),
        ],
        ids=["commodity", "grade", "backwards", "too_long"],
    )
    async def test_what_makes_no_sense_is_refused(
        self, hub: Api, path: str, asked: dict[str, str], pointer: str, code: str
    ) -> None:
        answer = await hub.get(path, **{"commodity": "eggs"} | asked)
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)

    async def test_92_days_and_the_end_of_time(self, hub: Api, path: str) -> None:
        for start, end in (
            ("2026-12-01", "2027-03-02"),
            ("9999-12-30", None),
            ("0001-01-01", None),
        ):
            days = {"from": start} | ({"to": end} if end else {})
            assert (await hub.get(path, commodity="eggs", **days)).status_code == 200, start
