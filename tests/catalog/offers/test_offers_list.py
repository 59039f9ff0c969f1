"""Finding offers by what sellers and the hub ask for; and what they promise in all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.catalog.offers import queries
from app.core.ids import decode
from app.db.tx import Tx
from tests.api import Api
from tests.catalog.offers.promising import Farm, days, farm, refusal
from tests.trade import Goods, day
from tests.worker import at

Unique = Callable[[str], str]


async def found(api: Api, what: Goods, **params: Any) -> list[str]:
    """Ids of the offers of *what* that a list shows."""
    page = await api.read("/v1/supply-offers", commodity_id=what.id, limit=100, **params)
    return [row["id"] for row in page["data"]]


async def test_each_filter_narrows(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    daily = (await eggs.offer())["id"]
    weekly = (await eggs.offer(per="week", grade="b"))["id"]
    guess = (await eggs.offer(kind="forecast", site_id=await eggs.seller.site()))["id"]
    late = (await eggs.offer(available_from=day(10), available_until=day(12)))["id"]
    paused = (await eggs.offer())["id"]
    gone = (await eggs.offer())["id"]
    await eggs.seller.do(f"/v1/supply-offers/{paused}/pause")
    await eggs.seller.do(f"/v1/supply-offers/{gone}/withdraw")

    async def seen(**params: Any) -> set[str]:
        mine = await found(eggs.seller, eggs.what, **params)
        assert mine == await found(hub, eggs.what, **params)
        return set(mine)

    everything = {daily, weekly, guess, late, paused, gone}
    assert await seen() == everything
    assert await seen(status="open") == {daily, weekly, guess, late}
    assert await seen(status=["paused", "withdrawn"]) == {paused, gone}
    assert await seen(grade="b") == {weekly}
    assert await seen(per="week") == {weekly}
    assert await seen(per="day") == everything - {weekly}
    assert await seen(kind="forecast") == {guess}
    assert await seen(site_id=eggs.site) == everything - {guess}
    assert await seen(available_on=day(11)) == {late}
    assert await seen(available_on=day(4)) == everything - {late}
    assert await seen(available="true") == {daily, weekly, guess, late}
    assert await seen(available="false") == {paused, gone}
    assert await seen(seller_id=eggs.seller.id) == everything


async def test_what_is_taken_is_not_free_then_and_is_on_other_days(
    hub: Api, unique: Unique
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = (await eggs.offer(100))["id"]
    await eggs.allocated(100, day(2))
    assert await found(hub, eggs.what, available="true") == [made]
    assert await found(hub, eggs.what, available="true", available_on=day(2)) == []
    assert await found(hub, eggs.what, available="true", available_on=day(3)) == [made]
    assert await found(hub, eggs.what, available="false", available_on=day(2)) == [made]


async def test_another_sellers_offers_are_not_listed(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    await eggs.offer()
    stranger = await hub.party("seller")
    assert await found(stranger, eggs.what) == []
    assert await found(stranger, eggs.what, seller_id=eggs.seller.id) == []


async def test_unknown_words_are_refused(hub: Api) -> None:
    for query in ("status=gone", "per=month", "kind=maybe", "available=x"):
        assert (await hub.get(f"/v1/supply-offers?{query}")).status_code == 422


async def test_periods_can_be_read_in_part(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = (await eggs.offer(available_until=day(20)))["id"]
    part = await days(eggs.seller, made, **{"from": day(3), "to": day(5)})
    assert [d["starts_on"] for d in part] == [day(3), day(4), day(5)]
    assert len(await days(eggs.seller, made, **{"from": day(19)})) == 2
    wrong = await hub.get(f"/v1/supply-offers/{made}/periods?from={day(3)}&to={day(2)}")
    assert refusal(wrong) == (422, "window", "query:to")


async def promised(
    app: Any, eggs: Farm, later: int = 0
) -> dict[tuple[str, int, int], tuple[int, ...]]:
    """Offered, reserved, free by kind, first and last day, of days 1 to 3.

    As it is seen *later*, in days.
    """
    rows: list[Any] = []

    async def ask(tx: Tx, _: int) -> int:
        goods = [(decode("com", eggs.what.id), eggs.what.grade)]
        today = tx.today - timedelta(days=later)
        start, end = (today + timedelta(days=n) for n in (1, 3))
        for row in await queries.promised(tx, goods, start, end):
            first, last = ((row[name] - today).days for name in ("starts_on", "ends_on"))
            sums = ("offered", "reserved", "free")
            rows.append(((row["kind"], first, last), tuple(int(row[name]) for name in sums)))
        return 0

    await at(app, timedelta(days=later), ask)
    return dict(rows)


async def test_what_is_promised_in_all(hub: Api, unique: Unique, app: Any) -> None:
    eggs, other = await farm(hub, unique("eggs")), await farm(hub, unique("other"))
    hundred = await eggs.offer(100, available_until=day(2))
    await eggs.offer(50, available_until=day(2))
    await eggs.offer(500, per="lot", available_until=day(9))
    await eggs.offer(70, kind="forecast", available_until=day(1))
    await eggs.offer(70, available_from=day(4))
    await eggs.seller.do(f"/v1/supply-offers/{(await eggs.offer(1))['id']}/withdraw")
    await Farm(hub, other.seller, other.site, eggs.what).offer(30, available_until=day(1))
    assert await eggs.allocated(650, day(2)) == "650"
    then = {
        ("commitment", 1, 1): (180, 0, 180),
        ("commitment", 1, 9): (500, 500, 0),
        ("commitment", 2, 2): (150, 150, 0),
        ("forecast", 1, 1): (70, 0, 70),
    }
    assert await promised(app, eggs) == then
    assert await promised(app, eggs, later=2) == then | {
        ("commitment", 1, 1): (180, 0, 0),
        ("forecast", 1, 1): (70, 0, 0),
    }
    await eggs.seller.do(f"/v1/supply-offers/{hundred['id']}/pause")
    paused = then | {("commitment", 1, 1): (80, 0, 80)}
    assert await promised(app, eggs) == paused  # what is taken of it stands
    await hub.do(f"/v1/parties/{other.seller.id}/suspend")
    assert await promised(app, eggs) == paused | {("commitment", 1, 1): (50, 0, 50)}
