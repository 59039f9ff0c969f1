"""`/v1/price-series`: adding one, recording and correcting its readings, reading them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.api import Api, kg
from tests.prices.sending import ago, commodity, days, record, send, series
from tests.statements import trips_of

pytestmark = pytest.mark.anyio


def problems(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def test_a_series_is_found_with_its_newest_reading(hub: Api) -> None:
    market = await hub.party("buyer")
    goods = await commodity(hub)
    made = await series(hub, commodity_id=goods, per=kg(100))
    assert made["newest"] is None
    assert (made["version"], made["currency"], made["per"]) == (1, "IDR", kg(100))
    await record(hub, made["id"], (ago(3), "2640000"), (ago(1), "2650000.50"), (ago(2), "2645000"))
    seen = await market.read(f"/v1/price-series/{made['id']}")
    newest = seen.pop("newest")
    assert (newest["read_on"], newest["amount"], newest["revision"]) == (ago(1), "2650000.5", 1)
    assert seen.pop("version") == 2
    listed = (await market.read("/v1/price-series", commodity_id=goods))["data"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert listed[0]["newest"] == newest
    elsewhere = await market.read("/v1/price-series", commodity_id=await commodity(hub))
    assert elsewhere["data"] == []


async def test_the_list_goes_on_page_by_page(hub: Api) -> None:
    goods = await commodity(hub)
    made = [(await series(hub, commodity_id=goods))["id"] for _ in range(3)]
    first = await hub.read("/v1/price-series", commodity_id=goods, limit=2)
    rest = await hub.read(
        "/v1/price-series", commodity_id=goods, limit=2, cursor=first["next_cursor"]
    )
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next_cursor"] is None


async def test_a_code_is_used_once_also_at_the_same_time(hub: Api) -> None:
    goods = await commodity(hub)
    body = {"code": f"x-{goods[-10:]}", "name": "X", "source": "X", "per": kg(1)}
    answers = await asyncio.gather(
        *(hub.post("/v1/price-series", body | {"commodity_id": goods}) for _ in range(5))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}
    (made,) = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(p["code"], p["existing_id"]) for p in refused} == {("already_exists", made)}


async def test_its_goods_exist_and_its_unit_is_theirs(hub: Api) -> None:
    body = {"code": "never-made", "name": "X", "source": "X", "per": kg(1)}
    unknown = await hub.post(
        "/v1/price-series", body | {"commodity_id": "com_01jd0000000000000000000000"}
    )
    assert unknown.status_code == 404
    assert unknown.json()["errors"][0]["pointer"] == "/commodity_id"
    body |= {"commodity_id": await commodity(hub), "per": {"value": "1", "unit": "peti"}}
    assert problems(await hub.post("/v1/price-series", body)) == [("/per/unit", "unit_mismatch")]


async def test_the_same_again_changes_nothing(hub: Api) -> None:
    made = (await series(hub))["id"]
    first = (await record(hub, made, (ago(2), "26500"), (ago(1), "26600"))).json()
    assert (first["recorded"], first["corrected"], first["unchanged"]) == (2, 0, 0)
    again = (await record(hub, made, (ago(1), "26600.00"), (ago(2), "26500", "lagi"))).json()
    assert (again["recorded"], again["corrected"], again["unchanged"]) == (0, 0, 2)
    assert again["version"] == first["version"] == 2
    assert await days(hub, made, revisions="all") == [(ago(1), 1, "26600"), (ago(2), 1, "26500")]


async def test_another_value_is_a_correction_and_says_why(hub: Api) -> None:
    made = (await series(hub))["id"]
    await record(hub, made, (ago(2), "26500"))
    silent = await record(hub, made, (ago(1), "26700"), (ago(2), "26400"))
    assert problems(silent) == [("/readings/1/note", "missing")]
    assert "26500" in silent.json()["errors"][0]["detail"]
    assert await days(hub, made) == [(ago(2), 1, "26500")]
    told = await record(hub, made, (ago(1), "26700"), (ago(2), "26400", "salah ketik"))
    assert told.status_code == 201
    assert (told.json()["recorded"], told.json()["corrected"]) == (1, 1)
    back = await record(hub, made, (ago(2), "26500", "semula benar"))
    assert back.json()["newest"]["read_on"] == ago(1)
    assert await days(hub, made) == [(ago(1), 1, "26700"), (ago(2), 3, "26500")]
    assert await days(hub, made, revisions="all", limit=1) == [
        (ago(1), 1, "26700"),
        (ago(2), 3, "26500"),
        (ago(2), 2, "26400"),
        (ago(2), 1, "26500"),
    ]


async def test_a_day_to_come_or_named_twice_is_refused_with_all_the_rest(hub: Api) -> None:
    made = (await series(hub))["id"]
    answer = await record(
        hub, made, (ago(-1), "26500"), (ago(0), "26500"), (ago(3), "1"), (ago(3), "1")
    )
    assert problems(answer) == [
        ("/readings/0/read_on", "day"),
        ("/readings/3/read_on", "duplicate"),
    ]
    assert await days(hub, made) == []
    assert (await hub.read(f"/v1/price-series/{made}"))["version"] == 1


@pytest.mark.parametrize(
    "wrong",
    [("86400", "1"), ("2026-13-01", "1"), (ago(1), "0"), (ago(1), "-5"), (ago(1), "1.005")],
    ids=["seconds", "month", "nothing", "less", "fine"],
)
async def test_days_and_amounts_are_what_they_say(hub: Api, wrong: tuple[str, str]) -> None:
    made = (await series(hub))["id"]
    assert len(problems(await record(hub, made, wrong))) == 1


async def test_readings_between_two_days(hub: Api) -> None:
    made = (await series(hub))["id"]
    await record(hub, made, *((ago(n), str(26000 + n)) for n in range(10)))
    some = await days(hub, made, **{"from": ago(6), "to": ago(4), "limit": 2})
    assert [day for day, _, _ in some] == [ago(4), ago(5), ago(6)]
    assert len(await days(hub, made, **{"from": ago(6)})) == 7
    assert len(await days(hub, made, to=ago(6))) == 4
    assert await days(hub, made, **{"from": ago(4), "to": ago(6)}) == []
    path = f"/v1/price-series/{made}/readings"
    other = (await hub.read("/v1/price-series", limit=1))["next_cursor"]
    if other is not None:
        assert (await hub.get(path, cursor=other)).json()["code"] == "bad_cursor"


async def test_two_corrections_at_once_are_two_revisions(hub: Api) -> None:
    made = (await series(hub))["id"]
    await record(hub, made, (ago(1), "26500"))
    answers = await asyncio.gather(
        *(record(hub, made, (ago(1), str(26000 + n), f"koreksi {n}")) for n in range(12))
    )
    assert {answer.status_code for answer in answers} == {201}
    found = await days(hub, made, revisions="all")
    assert [revision for _, revision, _ in found] == list(range(13, 0, -1))
    assert len({amount for _, _, amount in found}) == 13


async def test_only_the_hubs_live_key_writes_and_every_key_reads(hub: Api) -> None:
    made = (await series(hub))["id"]
    for role in ("seller", "buyer", "carrier"):
        who = await hub.party(role)
        assert (await who.get(f"/v1/price-series/{made}")).status_code == 200
        assert (await record(who, made, (ago(1), "1"))).status_code == 403
        assert (await send(who, made, "wrong")).status_code == 403
    assert (await Api(hub.client).get("/v1/price-series")).status_code == 401


async def test_what_is_asked_does_not_grow_with_the_readings(hub: Api) -> None:
    made = (await series(hub))["id"]
    number = iter(range(1, 10**6))

    def recording(count: int) -> Any:
        async def call() -> None:
            rows = [(ago(next(number)), "26500") for _ in range(count)]
            assert (await record(hub, made, *rows)).status_code == 201

        return call

    one = await trips_of(recording(1))
    many = await trips_of(recording(800))
    assert len(one) == len(many) <= 12, many
