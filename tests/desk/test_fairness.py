"""Who was given how much, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import trade
from tests.api import Api
from tests.desk.dealing import agreed, allocated, daily, offered, values
from tests.statements import trips_of

Unique = Callable[[str], str]

KARANGSARI, NGADIREJO = "35.72.02.1005", "35.72.01.1002"


async def fairness(hub: Api, what: trade.Goods, **asked: Any) -> Any:
    """How the coming week was divided."""
    week = {"from": trade.day(), "to": trade.day(7)}
    return await hub.read("/v1/fairness", commodity=what.id, **week | asked)


class TestFairness:
    async def test_shares_of_sellers(self, hub: Api, unique: Unique) -> None:
        """200 + 400 + 400 of 200 + 700 + 900; a fourth offered on another day, and brought none."""
        what = await trade.goods(hub, unique("egg"))
        small = await offered(hub, what, 200)
        large = [await offered(hub, what, kilos) for kilos in (700, 900)]
        idle = await offered(hub, what, 200, **daily(5, 6))
        await allocated(hub, what, 1000)
        nothing = await fairness(hub, what)
        assert (nothing["gini"], nothing["largest_share"]) == (None, None)
        assert (nothing["served"], nothing["not_served"]) == (0, 4)
        await agreed(small, *large)
        found = await fairness(hub, what)
        shown = {row["seller"]["id"]: row for row in found["data"]}
        assert [values(shown[one.id], "quantity", "offered") for one in (small, *large, idle)] == [
            ["200", "200"],
            ["400", "700"],
            ["400", "900"],
            ["0", "400"],
        ]
        assert [row["share"] for row in found["data"]] == ["0.4", "0.4", "0.2", "0"]
        assert [row["offered_share"] for row in found["data"]] == [
            "0.4091",
            "0.3182",
            "0.0909",
            "0.1818",
        ]
        assert found["data"][0]["seller"]["name"] == "Peternakan contoh"
        assert [row["allocations"] for row in found["data"]] == [1, 1, 1, 0]
        assert found["gini"] == "0.35"  # of 0, 200, 400, 400: (-3·0 - 200 + 400 + 3·400) / (4·1000)
        assert found["largest_share"] == "0.4"
        assert (found["served"], found["not_served"]) == (3, 1)
        assert values(found["total"], "quantity", "offered") == ["1000", "2200"]
        assert found["others"]["count"] == 0

    async def test_the_rest_of_a_long_list_is_summed_up(self, hub: Api, unique: Unique) -> None:
        what = await trade.goods(hub, unique("egg"))
        sellers = [await offered(hub, what, 100) for _ in range(4)]
        await allocated(hub, what, 400)
        await agreed(*sellers)
        found = await fairness(hub, what, limit=1)
        assert len(found["data"]) == 1
        assert found["others"]["count"] == 3
        assert values(found["others"], "quantity", "offered") == ["300", "300"]
        assert found["others"]["share"] == "0.75"
        assert found["others"]["allocations"] == 3
        assert found["gini"] == "0"

    async def test_by_kelurahan(self, hub: Api, unique: Unique) -> None:
        what = await trade.goods(hub, unique("egg"))
        sellers = [
            await offered(hub, what, 100, region=region)
            for region in (KARANGSARI, KARANGSARI, NGADIREJO)
        ]
        await allocated(hub, what, 300)
        await agreed(*sellers)
        found = await fairness(hub, what, by="kelurahan")
        first, second = found["data"]
        assert first["region"]["code"] == KARANGSARI
        assert first["region"]["level"] == "village"
        assert first["region"]["within"]
        assert second["region"] == {
            "code": NGADIREJO,
            "name": "Ngadirejo",
            "level": "village",
            "within": second["region"]["within"],
        }
        assert first["seller"] is None
        assert [row["share"] for row in found["data"]] == ["0.6667", "0.3333"]
        assert found["gini"] == "0.1667"

    async def test_forecasts_and_withdrawn_offers_could_bring_nothing(
        self, hub: Api, unique: Unique
    ) -> None:
        what = await trade.goods(hub, unique("egg"))
        await offered(hub, what, 100, kind="forecast")
        gone = await offered(hub, what, 100)
        (offer,) = (await gone.read("/v1/supply-offers"))["data"]
        await gone.do(f"/v1/supply-offers/{offer['id']}/withdraw")
        found = await fairness(hub, what)
        assert found["data"] == []
        assert found["total"]["offered"]["value"] == "0"

    async def test_round_trips_do_not_grow_with_sellers(self, hub: Api, unique: Unique) -> None:
        what = await trade.goods(hub, unique("egg"))

        async def read() -> Any:
            return await fairness(hub, what)

        few = len(await trips_of(read))
        for _ in range(3):
            await offered(hub, what, 10)
        assert len(await trips_of(read, warm=0)) == few <= 7
