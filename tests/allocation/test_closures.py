"""A seller that announced a closure is not asked for its days, by a rule or by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.allocation.planning import Excluded
from tests.allocation.rules.cases import by_offer, decided, need
from tests.allocation.rules.cases import offer as offer_row
from tests.allocation.test_allocate import confirmed, seller, shares
from tests.allocation.test_explanations import decisions
from tests.allocation.test_manual import manual, offered, problems
from tests.api import Api, Party
from tests.desk.dealing import values
from tests.desk.test_balance import balance
from tests.trade import buyer, day, goods

Unique = Callable[[str], str]


async def closes(party: Party, first: int, last: int) -> Any:
    return await party.do("/v1/closures", {"starts_on": day(first), "ends_on": day(last)})


def test_each_line_leaves_out_who_is_closed_on_its_own_day() -> None:
    needs = [need(30, 1, closed=[1]), need(30, 2, day=1)]
    offers = [offer_row(1, 100, days=(0, 1)), offer_row(2, 100, days=(0, 1))]
    made = decided(needs, offers)
    assert made.outcomes[0].excluded == {Excluded.CLOSED_THEN: [offers[0]["id"]]}
    assert [share.offer_id for share in made.outcomes[0].shares] == [offers[1]["id"]]
    assert by_offer(made) == {1: 30, 2: 30}


async def test_a_closed_seller_is_asked_for_nothing_and_told_why(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    closed, back, free = [await seller(hub, what, 100) for _ in range(3)]
    closure = await closes(closed, 1, 1)
    await closes(back, 2, 4)  # the order is for day 1
    placed = await confirmed(hub, market, what, 80)
    path = f"/v1/orders/{placed['id']}/allocate"
    seen = await hub.do(f"{path}/preview")
    assert seen["lines"][0]["excluded"] == {"closed_then": 1}
    done = await hub.do(path)
    assert done["lines"][0]["excluded"] == {"closed_then": 1}
    assert await shares(hub, placed["id"]) == {back.id: "40", free.id: "40"}
    (told,) = await decisions(closed)
    assert told["not_asked"]["reason"] == "closed_then"
    assert "closure" in told["not_asked"]["said"]["en"]
    assert "libur" in told["not_asked"]["said"]["id"]
    await closed.do(f"/v1/closures/{closure['id']}/cancel")
    other = await confirmed(hub, market, what, 30)
    await hub.do(f"/v1/orders/{other['id']}/allocate")
    assert closed.id in await shares(hub, other["id"])


async def test_a_consolidation_leaves_the_closed_out_too(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    closed, free = [await seller(hub, what, 100) for _ in range(2)]
    await closes(closed, 0, 3)
    await confirmed(hub, market, what, 60)
    run = await hub.do("/v1/consolidations", {"deliver_on": day(1), "commodity_id": what.id})
    assert run["lines"][0]["excluded"] == {"closed_then": 1}
    assert (await closed.read("/v1/allocations"))["data"] == []
    assert len((await free.read("/v1/allocations"))["data"]) == 1


async def test_the_desk_cannot_name_a_closed_seller(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    closed = await seller(hub, what, 100)
    await closes(closed, 1, 1)
    placed = await confirmed(hub, market, what, 60)
    body = manual((placed, await offered(closed), 60))
    assert await problems(hub, placed, body) == [("/shares/0/offer_id", "closed_then")]


async def test_what_is_promised_leaves_out_days_that_lie_within_a_closure(
    hub: Api, unique: Unique
) -> None:
    """A lot that is free on any other day still comes; what is taken of a closed day stays."""
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    days = {"available_from": day(1), "available_until": day(1)}
    taken = await seller(hub, what, 100, **days)
    placed = await confirmed(hub, market, what, 40)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    lot = await seller(hub, what, 70, available_from=day(1), available_until=day(2))

    async def promised() -> list[str]:
        return values((await balance(hub, what))["total"], "promised", "free")

    assert await promised() == ["170", "130"]
    await closes(taken, 1, 1)
    await closes(lot, 1, 1)
    assert await promised() == ["110", "70"]
    await closes(lot, 2, 2)
    assert await promised() == ["40", "0"]
