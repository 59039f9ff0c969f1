"""Where goods came from and where they went, and who may know how much of that."""

from __future__ import annotations

from typing import Any

import pytest

from app.shipments.trace.schemas import TraceOut
from tests.api import Api, kg
from tests.http.helpers import problem
from tests.shipments import story

pytestmark = pytest.mark.anyio


async def traced(who: Api, lot: Any, direction: str = "up") -> Any:
    """A trace as *who* sees it; it is what its schema says."""
    found = await who.read(f"/v1/lots/{lot['id']}/trace", direction=direction)
    assert TraceOut.model_validate(found).model_dump(mode="json") == found
    return found


async def test_a_lot_from_the_scale(hub: Api, unique: Any) -> None:
    goods = await story.confirmed(hub, unique("asal"), 100)
    lot = await goods.lot()
    up = await traced(hub, lot)
    assert [(one["id"], one["depth"]) for one in up["lots"]] == [(lot["id"], 0)]
    (source,) = up["sources"]
    assert source["seller_id"] == goods.sellers[0].id
    assert source["region"] == "Kabupaten Blitar"
    assert source["produced_on"] == [lot["produced_on"]]
    assert source["now"] == {"value": "100", "unit": "kg"}
    down = await traced(hub, lot, "down")
    assert down["shipments"] == []


class TestWhoSees:
    """The hub all of it, a seller its own goods, a buyer regions and days."""

    async def test_a_pooled_lot(self, hub: Api, unique: Any) -> None:
        goods = await story.confirmed(hub, unique("asal"), 60, 40)
        lots = [await goods.lot(0), await goods.lot(1)]
        pool = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
        up = await traced(hub, pool)
        assert [one["depth"] for one in up["lots"]] == [0, 1, 1]
        assert {one["seller_id"]: one["now"]["value"] for one in up["sources"]} == {
            goods.sellers[0].id: "60",
            goods.sellers[1].id: "40",
        }
        answer = await goods.sellers[0].get(f"/v1/lots/{pool['id']}/trace")
        mine = answer.json()
        assert {one["id"] for one in mine["lots"]} == {pool["id"], lots[0]["id"]}
        assert mine["lots"][0]["quantity"]["value"] == "60"
        for hidden in (goods.sellers[1].id, lots[1]["id"], "100", "40"):
            assert f'"{hidden}"' not in answer.text
        down = await traced(goods.sellers[1], lots[1], "down")
        assert [one["quantity"]["value"] for one in down["lots"]] == ["40", "40"]

    async def test_the_buyer_of_what_it_was_sent(self, hub: Api, unique: Any) -> None:
        goods = await story.confirmed(hub, unique("asal"), 60)
        lot = await goods.lot()
        path = f"/v1/lots/{lot['id']}/trace"
        problem(await goods.market.api.get(path), 404, "not_found")
        await goods.arrived(lot)
        answer = await goods.market.api.get(path)
        (source,) = answer.json()["sources"]
        assert (source["region"], source["seller_name"]) == ("Kabupaten Blitar", None)
        assert source["produced_on"] == [lot["produced_on"]]
        for hidden in (goods.sellers[0].id, goods.allocations[0]["id"], "rahasia"):
            assert hidden not in answer.text
        (load,) = (await traced(goods.market.api, lot, "down"))["shipments"]
        assert (load["quantity"], load["from_it"]) == (kg(60), kg(60))
        (told,) = (await traced(goods.sellers[0], lot, "down"))["shipments"]
        assert (told["status"], told["quantity"]) == ("arrived", kg(60))
        assert (told["buyer_id"], told["place"], told["number"]) == (None, None, None)
        for stranger in ("seller", "buyer"):
            problem(await (await hub.party(stranger)).get(path), 404, "not_found")
        problem(await goods.carrier.get(path), 404, "not_found")

    async def test_what_was_undone_is_not_part_of_it(self, hub: Api, unique: Any) -> None:
        goods = await story.confirmed(hub, unique("asal"), 60)
        lot = await goods.lot()
        await hub.do(f"/v1/lots/{lot['id']}/split", {"parts": [{"quantity": kg(10)}]})
        down = await traced(hub, lot, "down")
        assert len(down["lots"]) == 2
        await hub.do(f"/v1/lot-events/{down['steps'][0]['event_id']}/undo")
        after = await traced(hub, lot, "down")
        assert (len(after["lots"]), after["steps"]) == (1, [])
