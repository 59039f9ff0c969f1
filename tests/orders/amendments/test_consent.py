"""Whose word an amendment needs, who sees it, and what is asked wrongly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import trade
from tests.api import Api, kg
from tests.orders.amendments.amending import deal, value
from tests.statements import trips_of

pytestmark = pytest.mark.anyio
Unique = Callable[[str], str]


@pytest.mark.parametrize("proposer", ["buyer", "hub"])
async def test_the_other_side_answers_and_the_proposer_withdraws(
    hub: Api, unique: Unique, proposer: str
) -> None:
    made = await deal(hub, unique("eggs"))
    own, other = (made.market.api, hub) if proposer == "buyer" else (hub, made.market.api)
    amendment = await made.proposed(own, quantity=kg(90))
    path = f"/v1/order-amendments/{amendment['id']}"
    assert amendment["allowed_actions"] == ["withdraw"]
    seen = await other.read(path)
    assert seen["allowed_actions"] == ["confirm", "reject"]
    assert seen["effect"]["possible"] is True
    for verb, body in (("confirm", {}), ("reject", {"reason": "other"})):
        refused = await own.post(f"{path}/{verb}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "other_side_decides")
    refused = await other.post(f"{path}/withdraw")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_your_proposal")
    assert value((await made.line())["confirmed"]) == "100"
    assert (await own.do(f"{path}/withdraw"))["status"] == "withdrawn"
    refused = await other.post(f"{path}/confirm")
    assert refused.json()["code"] == "wrong_state"
    assert (await own.read(path))["effect"] is None


async def test_a_stranger_finds_no_amendment(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    amendment = await made.proposed(quantity=kg(90))
    strange = (await trade.buyer(hub)).api
    for path in (
        f"/v1/order-amendments/{amendment['id']}",
        f"/v1/orders/{made.order_id}/amendments",
    ):
        assert (await strange.get(path)).status_code == 404
    for verb in ("confirm", "reject", "withdraw"):
        body = {"reason": "other"} if verb == "reject" else {}
        path = f"/v1/order-amendments/{amendment['id']}/{verb}"
        assert (await strange.post(path, body)).status_code == 404
    assert (await made.asked(strange, quantity=kg(80))).status_code == 404


async def test_one_waits_at_a_time_and_is_named(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    first = await made.proposed(quantity=kg(90))
    for by in (made.market.api, hub):
        refused = await made.asked(by, quantity=kg(80))
        assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
        assert refused.json()["existing_id"] == first["id"]
    reason = {"reason": "quantity", "note": "Kandang sudah siap."}
    answer = await hub.do(f"/v1/order-amendments/{first['id']}/reject", reason)
    assert (answer["status"], answer["answer_reason"]) == ("rejected", "quantity")
    assert (answer["reason"], answer["answer_note"]) == ("demand_changed", "Kandang sudah siap.")
    second = await made.proposed(hub, quantity=kg(80))
    assert (first["number"], second["number"]) == (1, 2)
    listed = await made.market.api.read(f"/v1/orders/{made.order_id}/amendments")
    assert [one["id"] for one in listed["data"]] == [second["id"], first["id"]]


async def test_an_order_that_is_not_confirmed_is_ordered_anew(hub: Api, unique: Unique) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, what, 100)
    body = {
        "lines": [{"line_id": order["lines"][0]["id"], "quantity": kg(90)}],
        "reason": "demand_changed",
    }
    for path in ("amendments", "amendments/preview"):
        refused = await market.api.post(f"/v1/orders/{order['id']}/{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        assert refused.json()["allowed_actions"] == ["cancel"]
        assert "batalkan" in refused.json()["detail"] or "cancel" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("line", "status", "pointer", "code"),
    [
        ({}, 422, "/lines/0", "nothing_wanted"),
        ({"quantity": kg(100)}, 422, "/lines/0", "nothing_changes"),
        (
            {"quantity": {"value": "3", "unit": "peti"}},
            422,
            "/lines/0/quantity/unit",
            "unit_mismatch",
        ),
        ({"line_id": "oln_01jd0000000000000000000000"}, 404, "/lines/0/line_id", "not_found"),
    ],
    ids=["nothing", "the same", "a unit", "a line"],
)
async def test_what_cannot_be_asked(
    hub: Api, unique: Unique, line: dict[str, Any], status: int, pointer: str, code: str
) -> None:
    made = await deal(hub, unique("eggs"))
    said = {"quantity": kg(90)} | line if "line_id" in line else line
    for path in ("amendments", "amendments/preview"):
        body = made.body(**said)
        refused = await made.market.api.post(f"/v1/orders/{made.order_id}/{path}", body)
        assert refused.status_code == status, refused.text
        error = refused.json()["errors"][0]
        assert (error["pointer"], error["code"]) == (pointer, code)


async def test_the_order_remembers_how_it_was_amended(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    before = (await made.order())["version"]
    amendment = await made.amended(quantity=kg(90))
    assert (await made.order())["version"] == before + 1
    events = (await made.market.api.read("/v1/events", limit=100))["data"]
    (amended,) = [event for event in events if event["type"] == "order.amended"]
    assert amended["data"]["amendment_id"] == amendment["id"]
    (line,) = amended["data"]["lines"]
    assert (line["before"]["quantity"], line["after"]["quantity"]) == (kg(100), kg(90))
    types = [event["type"] for event in events if event["type"].startswith("order_amendment.")]
    assert sorted(types) == ["order_amendment.confirmed", "order_amendment.proposed"]
    past = (await hub.read(f"/v1/history/{made.order_id}"))["data"]
    assert "amend" in [entry["action"] for entry in past]


@pytest.mark.parametrize("lines", [1, 30])
async def test_consent_takes_as_many_statements_for_many_lines_as_for_one(
    hub: Api, unique: Unique, lines: int
) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, what, 1000)
    order = await trade.order(market, what, *[10] * lines, agreement_id=agreed)
    await hub.do(f"/v1/orders/{order['id']}/confirm")

    async def amend() -> None:
        less = [{"line_id": line["id"], "quantity": kg(next(sizes))} for line in order["lines"]]
        path = f"/v1/orders/{order['id']}/amendments"
        made = await market.api.do(path, {"lines": less, "reason": "demand_changed"})
        confirming.append(made["id"])

    async def confirm() -> None:
        await amend()
        await hub.do(f"/v1/order-amendments/{confirming[-1]}/confirm")

    confirming: list[str] = []
    sizes = iter(9 - n / 1000 for n in range(5 * lines))
    trips = await trips_of(confirm)
    assert len(trips) <= 34, trips  # both commands; how many lines it has does not count
