"""Eggs one way, corn the other: what each side got, and who owes whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests import trade
from tests.agreements.agreeing import body, line
from tests.api import Api, money
from tests.desk.dealing import delivered, farm, values
from tests.statements import trips_of

Unique = Callable[[str], str]


@dataclass
class Side:
    """A buyer, the goods it gets, its agreement about them, and a farm that brings them."""

    hub: Api
    market: trade.Buyer
    what: trade.Goods
    agreement: str

    async def read(self) -> Any:
        return await self.market.api.read(f"/v1/agreements/{self.agreement}/reciprocal")

    async def order(self, kilos: float) -> Any:
        return await trade.order(self.market, self.what, kilos, agreement_id=self.agreement)

    async def got(self, kilos: float, brought: float | None = None) -> Any:
        """An order of so many kg, of which so many arrived: all, unless said."""
        order = await self.order(kilos)
        seller, site = await farm(self.hub)
        await trade.offer(seller, site, self.what, kilos)
        await self.hub.do(f"/v1/orders/{order['id']}/confirm")
        await self.hub.do(f"/v1/orders/{order['id']}/allocate")
        (share,) = (await seller.read("/v1/allocations"))["data"]
        await seller.do(f"/v1/allocations/{share['id']}/confirm")
        await delivered(self.hub, self.market, seller, site, brought or kilos)
        return order


async def linked(hub: Api, unique: Unique) -> tuple[Side, Side]:
    """Eggs at Rp 27 500 against corn at Rp 5 333 for 1.5 kg, 1000 kg a month each, three months."""
    sides = []
    for code, price in (("egg", money(27500)), ("corn", money(5333, per="1.5"))):
        what, market = await trade.goods(hub, unique(code)), await trade.buyer(hub)
        made = await hub.do("/v1/agreements", body(market, line(what, 1000, price=price)))
        sides.append(Side(hub, market, what, made["id"]))
    eggs, corn = sides
    await hub.do(f"/v1/agreements/{eggs.agreement}/link", {"reciprocal_id": corn.agreement})
    for side in sides:
        await hub.do(f"/v1/agreements/{side.agreement}/propose")
    return eggs, corn


async def both(hub: Api, unique: Unique) -> tuple[Side, Side]:
    """The two, with both buyers' consent."""
    eggs, corn = await linked(hub, unique)
    for side in (eggs, corn):
        await side.market.api.do(f"/v1/agreements/{side.agreement}/confirm")
    return eggs, corn


def rupiah(row: dict[str, Any]) -> list[str]:
    """What was ordered, what was delivered and what is open, in rupiah."""
    return [row[f"{name}_value"]["amount"] for name in ("ordered", "delivered", "open")]


async def test_quantities_values_and_the_difference(hub: Api, unique: Unique) -> None:
    eggs, corn = await both(hub, unique)
    found = await eggs.read()
    assert (found["owed"], found["owed_after"]) == (None, None)
    await eggs.got(100, brought=80)
    await corn.got(400)
    await corn.order(10)
    found = await eggs.read()
    first, second = found["sides"]
    assert [first["agreement_id"], second["agreement_id"]] == [eggs.agreement, corn.agreement]
    (one,), (other,) = first["lines"], second["lines"]
    assert values(one, "agreed", "ordered", "delivered", "open") == ["3000", "100", "80", "20"]
    assert rupiah(one) == rupiah(first) == ["2750000", "2200000", "550000"]
    # 400 kg are Rp 1 422 133.33…, 10 kg Rp 35 553.33…: each line to the whole rupiah
    assert values(other, "agreed", "ordered", "delivered", "open") == ["3000", "410", "400", "10"]
    assert rupiah(other) == rupiah(second) == ["1457686", "1422133", "35553"]
    assert found["owed"] == {
        "debtor_agreement_id": eggs.agreement,
        "creditor_agreement_id": corn.agreement,
        "amount": {"amount": "777867", "currency": "IDR"},
    }
    assert found["owed_after"]["amount"]["amount"] == str(2_750_000 - 1_457_686)
    back = await corn.read()
    assert back["sides"] == [second, first]
    assert back["owed"] == found["owed"]
    assert await hub.read(f"/v1/agreements/{eggs.agreement}/reciprocal") == found


@pytest.mark.parametrize(("kilos", "per", "worth"), [("0.5", "1", "1"), ("1.499", "3", "0")])
async def test_half_a_rupiah_is_rounded_as_the_order_rounds_it(
    hub: Api, unique: Unique, kilos: str, per: str, worth: str
) -> None:
    eggs, _ = await both(hub, unique)
    cheap = line(eggs.what, 1000, price=money(1, per=per))
    made = await hub.do("/v1/agreements", body(eggs.market, cheap))
    other = await hub.do("/v1/agreements", body(eggs.market, cheap))
    await hub.do(f"/v1/agreements/{made['id']}/link", {"reciprocal_id": other["id"]})
    await hub.do(f"/v1/agreements/{made['id']}/propose")
    await eggs.market.api.do(f"/v1/agreements/{made['id']}/confirm")
    side = Side(hub, eggs.market, eggs.what, made["id"])
    order = await side.order(float(kilos))
    assert order["lines"][0]["amount"]["amount"] == worth
    assert (await side.read())["sides"][0]["ordered_value"]["amount"] == worth


async def test_what_ended_owes_nothing(hub: Api, unique: Unique) -> None:
    eggs, _ = await both(hub, unique)
    order = await eggs.order(100)
    assert (await eggs.read())["owed_after"]["amount"]["amount"] == "2750000"
    await eggs.market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    assert (await eggs.read())["owed_after"] is None


async def test_a_proposal_shows_nothing_until_its_buyer_consents(hub: Api, unique: Unique) -> None:
    eggs, _ = await linked(hub, unique)
    await eggs.market.api.do(f"/v1/agreements/{eggs.agreement}/confirm")
    first, second = (await eggs.read())["sides"]
    assert len(first["lines"]) == 1
    assert second["lines"] == []


async def test_an_agreement_that_stands_alone(hub: Api, unique: Unique) -> None:
    what, market = await trade.goods(hub, unique("egg")), await trade.buyer(hub)
    path = f"/v1/agreements/{await trade.agreement(hub, market, what, 100)}/reciprocal"
    for api in (hub, market.api):
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_reciprocal")
    assert (await (await trade.buyer(hub)).api.get(path)).json()["code"] == "not_found"


async def test_the_other_buyers_orders_stay_its_own(hub: Api, unique: Unique) -> None:
    """It sees sums of the return, and nothing by which an order or a price list could be found."""
    eggs, corn = await both(hub, unique)
    order = await corn.order(10)
    said = str(await eggs.read())
    hidden = (order["id"], order["number"], order["lines"][0]["id"], corn.market.api.id)
    assert not [one for one in hidden if one in said]
    assert (await eggs.market.api.get(f"/v1/agreements/{corn.agreement}")).status_code == 404


async def test_round_trips_do_not_grow_with_orders(hub: Api, unique: Unique) -> None:
    eggs, _ = await both(hub, unique)
    few = len(await trips_of(eggs.read))
    for _ in range(3):
        await eggs.order(10)
    assert len(await trips_of(eggs.read, warm=0)) == few <= 7
