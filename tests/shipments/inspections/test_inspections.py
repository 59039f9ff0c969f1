"""Inspections: a sample, a verdict that is exactly the lot, and what it does."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from tests.access.calls import stored
from tests.api import Api, kg
from tests.http.helpers import problem
from tests.shipments import story
from tests.shipments.evidence.sending import send

pytestmark = pytest.mark.anyio


def asked(*verdict: Any, **fields: Any) -> dict[str, Any]:
    """An inspection's body."""
    return {
        "inspector": "Bu Sumiati",
        "sample": {"value": "30", "unit": "butir"},
        "readings": [
            {"name": "haugh_units", "value": "78.5", "unit": "HU"},
            {"name": "temperature", "value": "-1.25", "unit": "°C"},
        ],
        "verdict": list(verdict),
    } | fields


def line(verdict: str, quantity: float | str, **fields: Any) -> dict[str, Any]:
    """One line of a verdict; a reason unless it accepts."""
    reason = {} if verdict == "accept" else {"reason": "broken"}
    return {"verdict": verdict, "quantity": kg(quantity)} | reason | fields


@pytest.fixture
async def goods(hub: Api, unique: Any) -> story.Story:
    return await story.confirmed(hub, unique("periksa"), 100, 50)


class TestSplit:
    """One lot, four verdicts."""

    async def test_each_part_goes_its_way(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        made = await hub.do(
            f"/v1/lots/{lot['id']}/inspect",
            asked(
                line("accept", 60),
                line("downgrade", 20, grade="b"),
                line("reject", "7.5", note="Retak di dasar peti."),
                line("hold", "12.5"),
            ),
        )
        assert (made["lot_id"], made["inspector"]) == (lot["id"], "Bu Sumiati")
        assert made["sample"] == {"value": "30", "unit": "butir"}
        assert made["readings"][1] == {"name": "temperature", "value": "-1.25", "unit": "°C"}
        kinds = {one["kind"]: one for one in made["effects"]}
        assert set(kinds) == {"downgrade", "reject", "hold"}
        assert {k: one["quantity"]["value"] for k, one in kinds.items()} == {
            "downgrade": "20",
            "reject": "7.5",
            "hold": "12.5",
        }
        left = await hub.read(f"/v1/lots/{lot['id']}")
        assert (left["status"], left["balance"]) == ("available", kg(60))
        wanted = {"downgrade": "available", "reject": "rejected", "hold": "quarantined"}
        for kind, status in wanted.items():
            child = await hub.read(f"/v1/lots/{kinds[kind]['lot_id']}")
            assert child["status"] == status
            assert child["grade"] == ("b" if kind == "downgrade" else "a")
        assert await hub.read(f"/v1/inspections/{made['id']}") == made
        listed = (await hub.read(f"/v1/lots/{lot['id']}/inspections"))["data"]
        assert [one["id"] for one in listed] == [made["id"]]
        seen = await hub.read(f"/v1/lots/{lot['id']}/trace", direction="down")
        assert len(seen["lots"]) == 4

    async def test_all_accepted_changes_nothing_but_is_known(
        self, hub: Api, goods: story.Story
    ) -> None:
        lot = await goods.lot()
        made = await hub.do(f"/v1/lots/{lot['id']}/inspect", asked(line("accept", 100)))
        assert made["effects"] == []
        assert (await hub.read(f"/v1/lots/{lot['id']}"))["balance"] == kg(100)

    async def test_undone_effects_are_said_to_be(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        verdict = line("accept", 90), line("hold", 10)
        made = await hub.do(f"/v1/lots/{lot['id']}/inspect", asked(*verdict))
        event = made["effects"][0]["event_id"]
        assert made["effects"][0]["undone"] is False
        await hub.do(f"/v1/lot-events/{event}/undo")
        (effect,) = (await hub.read(f"/v1/inspections/{made['id']}"))["effects"]
        assert effect["undone"] is True


class TestRefused:
    """Nothing is stored of a verdict that cannot be."""

    @pytest.mark.parametrize(
        ("verdict", "pointer"),
        [
            ([line("accept", 99)], "/verdict"),
            ([line("accept", 100), line("hold", 1)], "/verdict"),
            ([line("accept", 90), line("hold", 10, reason=None)], "/verdict/1/reason"),
            ([line("accept", 90), line("downgrade", 10)], "/verdict/1/grade"),
            ([line("accept", 100, grade="b")], "/verdict/0/grade"),
            ([line("accept", 90), line("downgrade", 10, grade="zz")], "/verdict/1/grade"),
            ([line("accept", "99.9999"), line("hold", "0.0001")], "/verdict/0/quantity/value"),
            (
                [{"verdict": "accept", "quantity": {"value": "1", "unit": "peti"}}],
                "/verdict/0/quantity/unit",
            ),
            ([], "/verdict"),
            ([line("destroy", 100)], "/verdict/0/verdict"),
        ],
        ids=[
            "less",
            "more",
            "reason",
            "grade",
            "graded",
            "no grade",
            "fine",
            "unit",
            "none",
            "word",
        ],
    )
    async def test_a_verdict_that_is_not_one(
        self, hub: Api, goods: story.Story, owner: asyncpg.Connection, verdict: Any, pointer: str
    ) -> None:
        lot = await goods.lot()
        before = await stored(owner)
        answer = await hub.post(f"/v1/lots/{lot['id']}/inspect", asked(*verdict))
        said = problem(answer, 422, "validation_failed")
        assert said["errors"][0]["pointer"] == pointer
        assert await stored(owner) == before

    @pytest.mark.parametrize(
        "reading",
        [
            {"name": "Suhu Kamar", "value": "1", "unit": "C"},
            {"name": "suhu", "value": "panas", "unit": "C"},
            {"name": "suhu", "value": "1e9", "unit": "C"},
            {"name": "suhu", "value": "1", "unit": "<script>"},
            {"name": "suhu", "value": "1", "unit": "C", "more": 1},
            {"name": "suhu", "value": 1.5, "unit": "C"},
        ],
        ids=["name", "word", "exponent", "unit", "field", "float"],
    )
    async def test_a_reading_that_is_none(self, hub: Api, goods: story.Story, reading: Any) -> None:
        lot = await goods.lot()
        body = asked(line("accept", 100), readings=[reading])
        problem(await hub.post(f"/v1/lots/{lot['id']}/inspect", body), 422, "validation_failed")

    async def test_a_sample_larger_than_the_lot(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        body = asked(line("accept", 100), sample=kg("100.5"))
        answer = await hub.post(f"/v1/lots/{lot['id']}/inspect", body)
        assert problem(answer, 422, "validation_failed")["errors"][0]["pointer"] == "/sample"

    async def test_photos_that_are_not_there(self, hub: Api, goods: story.Story) -> None:
        lot, photo = await goods.lot(), await send(hub)
        body = asked(line("accept", 100), photo_ids=[photo["id"], f"evd_{'0' * 26}"])
        answer = await hub.post(f"/v1/lots/{lot['id']}/inspect", body)
        assert problem(answer, 422, "validation_failed")["errors"][0]["pointer"] == "/photo_ids/1"
        assert (await hub.read(f"/v1/evidence/{photo['id']}"))["attached"] is False

    async def test_a_lot_on_a_truck(self, hub: Api, goods: story.Story) -> None:
        lot = await goods.lot()
        await goods.planned(lot)
        answer = await hub.post(f"/v1/lots/{lot['id']}/inspect", asked(line("accept", 100)))
        assert answer.status_code == 409

    async def test_nobody_but_the_hub_judges(self, hub: Api, goods: story.Story) -> None:
        lot, body = await goods.lot(), asked(line("accept", 100))
        answer = await goods.sellers[0].post(f"/v1/lots/{lot['id']}/inspect", body)
        problem(answer, 403, "forbidden")
        for other in (goods.sellers[1], goods.market.api):
            problem(await other.post(f"/v1/lots/{lot['id']}/inspect", body), 404, "not_found")


class TestWhoSees:
    """A seller its own lots, a buyer what it was sent, nobody else anything."""

    async def test_seller_and_buyer(self, hub: Api, goods: story.Story) -> None:
        lot, photo = await goods.lot(), await send(hub)
        verdict = line("accept", 90), line("reject", 10, note="Dari kandang Pak Slamet.")
        body = asked(*verdict, photo_ids=[photo["id"]], note="Kandang Pak Slamet.")
        made = await hub.do(f"/v1/lots/{lot['id']}/inspect", body)
        path = f"/v1/inspections/{made['id']}"
        assert await goods.sellers[0].read(path) == made
        assert (await goods.sellers[0].get(photo["file"])).status_code == 200
        buyer = goods.market.api
        for stranger in (goods.sellers[1], buyer):
            problem(await stranger.get(path), 404, "not_found")
        problem(await buyer.get(f"/v1/lots/{lot['id']}/inspections"), 404, "not_found")
        await goods.arrived(await hub.read(f"/v1/lots/{lot['id']}"))
        answer = await buyer.get(path)
        assert "Slamet" not in answer.text
        assert goods.sellers[0].id not in answer.text
        seen = answer.json()
        assert [one["verdict"] for one in seen["verdict"]] == ["accept", "reject"]
        assert seen["effects"] == []
        assert (await buyer.get(photo["file"])).status_code == 200
        listed = (await buyer.read(f"/v1/lots/{lot['id']}/inspections"))["data"]
        assert [one["id"] for one in listed] == [made["id"]]
        problem(await (await hub.party("buyer")).get(path), 404, "not_found")

    async def test_of_shared_lots_a_seller_reads_its_own_part(
        self, hub: Api, goods: story.Story
    ) -> None:
        lots = [await goods.lot(0), await goods.lot(1)]
        pool = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
        verdict = line("accept", 120), line("reject", 30)
        made = await hub.do(f"/v1/lots/{pool['id']}/inspect", asked(*verdict))
        for seller, part in zip(goods.sellers, ("20", "10"), strict=True):
            seen = await seller.read(f"/v1/inspections/{made['id']}")
            assert [one["quantity"] for one in seen["verdict"]] == [None, None]
            assert [one["quantity"] for one in seen["effects"]] == [kg(part)]
