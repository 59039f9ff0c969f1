"""Stock is a promise: whoever orders, cancels, counts and ships at the same time.

Never sold twice, never negative, nothing lost; counters are the sum of their movements, and what is
reserved is what open lines hold.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import reconcile
from app.access.enter import acting_as_hub
from app.core.ids import decode
from app.orders.queries import variant_terms
from tests import trade
from tests.api import Api
from tests.catalog.imports.sending import send, work_off
from tests.catalog.variants.test_variants_api import patched
from tests.orders.stall import Stall, asked, kitchen, line, pcs, stall
from tests.shipments import story

Unique = Callable[[str], str]


async def test_forty_buyers_of_ten_pieces(hub: Api, app: Any) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    variant = shop.variants[0]
    answers = await asyncio.gather(*(asked(market, line(variant)) for _ in range(40)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 30}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"out_of_stock"}
    assert {problem["left"][variant] for problem in refused} == {"0"}
    assert await shop.stock() == ("10", "10")
    assert not await shop.sellable()
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_week_that_nobody_asked_for_before_is_opened_once(
    hub: Api, owner: asyncpg.Connection, app: Any
) -> None:
    """Thirty buyers want two pieces on some day of the same week, of which twenty can be made."""
    shop, market = await stall(hub, kitchen(20)), await trade.buyer(hub)
    variant = shop.variants[0]
    today = date.fromisoformat(trade.day())
    monday = today + timedelta(days=14 - today.weekday())
    days = [(monday + timedelta(days=n % 7)).isoformat() for n in range(30)]
    answers = await asyncio.gather(
        *(asked(market, line(variant, 2), deliver_on=day) for day in days)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 20}
    pools = await owner.fetch(
        "SELECT period_start, period_end, stock, reserved FROM stock_pools "
        "WHERE variant_id = $1 AND period_start IS NOT NULL",
        decode("var", variant),
    )
    assert [tuple(pool) for pool in pools] == [(monday, monday + timedelta(days=6), 20, 20)]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_orders_of_the_same_goods_in_any_order_never_wait_in_a_circle(
    hub: Api, app: Any
) -> None:
    shop = await stall(
        hub, *({"flavour": f"{n}", "stock": pcs(500)} for n in range(6)), kitchen(500)
    )
    market = await trade.buyer(hub)
    random = Random(7)
    lines = [line(variant) for variant in shop.variants]
    bodies = [random.sample(lines, k=random.randint(2, 7)) for _ in range(60)]
    answers = await asyncio.gather(*(asked(market, *body) for body in bodies))
    assert Counter(answer.status_code for answer in answers) == {201: 60}
    cancelled = await asyncio.gather(
        *(
            market.api.post(f"/v1/orders/{answer.json()['id']}/cancel", {"reason": "other"})
            for answer in answers
        )
    )
    assert Counter(answer.status_code for answer in cancelled) == {200: 60}
    assert [await shop.stock(n) for n in range(6)] == [("500", "0")] * 6
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_leaving_and_cancelling_at_once_either_sells_or_frees(hub: Api, app: Any) -> None:
    for _ in range(6):
        shop = await stall(hub)
        tale = await story.of_listing(hub, shop, 6)
        shipment = await tale.planned(await tale.lot())
        left, ended = await asyncio.gather(
            tale.carrier.post(f"/v1/shipments/{shipment['id']}/dispatch"),
            tale.market.api.post(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"}),
        )
        assert sorted((left.status_code, ended.status_code)) == [200, 409]
        assert await shop.stock() == (("4", "0") if left.status_code == 200 else ("10", "0"))
    assert not any((await reconcile.drifted(app.state.database)).values())


# --- any life of a stock, one thing after the other: a slow model says what each answer must be

Action = tuple[str, int, int]
actions = st.lists(
    st.tuples(
        st.sampled_from(
            ["place", "place", "place", "confirm", "decline", "cancel", "receive", "count", "ship"]
        ),
        st.integers(0, 7),  # which order, among those there are
        st.integers(1, 9),
    ),
    min_size=5,
    max_size=14,
)


@dataclass
class Model:
    """What there is, and what each order holds of it in which state."""

    on_hand: int = 10
    held: dict[str, int] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        """All that is held."""
        return sum(self.held.values())


async def act(model: Model, action: Action, shop: Stall, market: trade.Buyer) -> None:
    """Do *action* in the service and in the model; their answers must agree."""
    verb, which, amount = action
    path = f"/v1/variants/{shop.variants[0]}"
    if verb == "place":
        await place(model, amount, shop, market)
    elif verb == "receive":
        await shop.seller.do(f"{path}/receive", {"quantity": pcs(amount)})
        model.on_hand += amount
    elif verb == "count":
        counted = {"counted": pcs(amount), "reason": "counted"}
        answer = await shop.seller.post(f"{path}/adjust", counted)
        possible = amount >= model.reserved
        assert answer.status_code == (200 if possible else 409), answer.text
        model.on_hand = amount if possible else model.on_hand
    elif model.held:
        await move(model, verb, sorted(model.held)[which % len(model.held)], amount, shop, market)


async def place(model: Model, amount: int, shop: Stall, market: trade.Buyer) -> None:
    """Order it in two lines where that is possible; refused if and only if it does not fit."""
    parts = [amount - amount // 3, amount // 3] if amount >= 3 else [amount]
    answer = await asked(market, *(line(shop.variants[0], part) for part in parts))
    free = model.on_hand - model.reserved
    assert answer.status_code == (201 if amount <= free else 409), answer.text
    if amount > free:
        assert answer.json()["left"] == {shop.variants[0]: str(free)}
        return
    model.held[answer.json()["id"]] = amount
    model.status[answer.json()["id"]] = "placed"


async def move(
    model: Model, verb: str, order_id: str, amount: int, shop: Stall, market: trade.Buyer
) -> None:
    """Confirm, decline, cancel or ship an order."""
    before, held = model.status[order_id], model.held[order_id]
    path = f"/v1/orders/{order_id}"
    if verb == "confirm":
        bought = (await shop.hub.read(path))["lines"]
        promised = min(amount, int(bought[0]["requested"]["value"]))
        said = {"line_id": bought[0]["id"], "quantity": pcs(promised), "reason": "no_supply"}
        answer = await shop.hub.post(f"{path}/confirm", {"lines": [said]})
        given_up = int(bought[0]["requested"]["value"]) - promised
        possible, after, rest = before == "placed", "confirmed", held - given_up
    elif verb == "ship":
        if before == "confirmed":
            await ship(shop, market, order_id)
            model.on_hand -= held
            model.held[order_id], model.status[order_id] = 0, "shipped"
        return
    else:
        who = shop.hub if verb == "decline" else market.api
        answer = await who.post(f"{path}/{verb}", {"reason": "other"})
        states = ("placed",) if verb == "decline" else ("placed", "confirmed")
        possible, after, rest = before in states, "ended", 0
    assert answer.status_code == (200 if possible else 409), (verb, before, answer.text)
    if possible:
        model.held[order_id], model.status[order_id] = rest, after


async def ship(shop: Stall, market: trade.Buyer, order_id: str) -> None:
    """All of a confirmed order leaves."""
    run = await shop.hub.do(f"/v1/orders/{order_id}/allocate")
    site, carrier = await shop.seller.site("kitchen"), await shop.hub.party("carrier")
    tale = story.Story(shop.hub, market, None, carrier, order_id, [], [site])
    for share in run["data"]:
        tale.sellers.append(shop.seller)
        tale.allocations.append(await shop.seller.do(f"/v1/allocations/{share['id']}/confirm"))
    lots = [await tale.lot(n) for n in range(len(tale.allocations))]
    shipment = await tale.planned(*lots)
    await carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(sequence=actions)
async def test_stock_is_conserved(sequence: list[Action], hub: Api, app: Any) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    model = Model()
    for action in sequence:
        await act(model, action, shop, market)
        seen = await shop.stock()
        assert seen == (str(model.on_hand), str(model.reserved)), (action, sequence)
        assert await shop.sellable() == (model.on_hand > model.reserved)
    assert not any((await reconcile.drifted(app.state.database)).values())


# --- everybody at once: which answer comes is chance, what must hold afterwards is not


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_at_once_nothing_is_lost(
    hub: Api, owner: asyncpg.Connection, app: Any, seed: int
) -> None:
    shop = await stall(
        hub,
        {"flavour": "a", "stock": pcs(12)},
        {"flavour": "b", "stock": pcs(12)},
        {"flavour": "c"} | kitchen(12, lead_days=0),
        external_reference="kios",
    )
    markets = [await trade.buyer(hub) for _ in range(3)]
    people = [Crowd(shop, market, Random(f"{seed}-{n}")) for n, market in enumerate(markets * 2)]
    for _ in range(4):
        await asyncio.gather(work_off(app), *(person.live(5) for person in people))
        await work_off(app)
        drifted = await reconcile.drifted(app.state.database)
        assert not any(drifted.values()), drifted
        await _nothing_lost(shop, owner)
    answers = sum((person.answers for person in people), Counter())
    assert set(answers) <= {200, 201, 202, 409, 412, 422}, answers
    sheets = (await shop.seller.read("/v1/imports", limit=100))["data"]
    assert {sheet["status"] for sheet in sheets} <= {"done", "partly_failed", "failed"}, sheets
    assert min(answers[201], answers[200], answers[409]) >= 5, answers


async def _nothing_lost(shop: Stall, owner: asyncpg.Connection) -> None:
    """Counters are what came in less what was taken out and sold, and never more than there is."""
    rows = await owner.fetch(
        """SELECT p.stock, p.reserved,
          sum(CASE m.kind WHEN 'receive' THEN 1 WHEN 'add' THEN 1 WHEN 'remove' THEN -1
              WHEN 'sell' THEN -1 ELSE 0 END * m.quantity) AS moved
        FROM stock_pools p JOIN stock_movements m ON m.pool_id = p.id
        WHERE p.variant_id = ANY ($1) GROUP BY p.id""",
        [decode("var", variant) for variant in shop.variants],
    )
    assert len(rows) >= 2
    for row in rows:
        assert row["stock"] == row["moved"]
        assert 0 <= row["reserved"] <= row["stock"]


@dataclass
class Crowd:
    """Somebody who does this and that: a buyer, the hub and the seller in turns."""

    shop: Stall
    market: trade.Buyer
    random: Random
    orders: list[Any] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    async def live(self, times: int) -> None:
        """So many actions, one after the other."""
        for _ in range(times):
            often = [self.buy, self.buy, self.buy, self.end, self.answer, self.answer, self.fill]
            seldom = [self.receive, self.count, self.edit, self.sheet]
            await self.random.choice([*often, *seldom])()

    def _heard(self, answer: Any) -> Any:
        self.answers[answer.status_code] += 1
        assert answer.status_code < 500, answer.text
        return answer.json()

    async def buy(self) -> None:
        """Order some of everything."""
        chosen = self.random.choices(self.shop.variants, k=self.random.randint(1, 3))
        lines = [line(variant, self.random.randint(1, 4)) for variant in chosen]
        said = self._heard(await asked(self.market, *lines))
        if "lines" in said:
            self.orders.append(said)

    async def end(self) -> None:
        """Cancel or decline one of the orders, whatever has become of it."""
        if self.orders:
            path = f"/v1/orders/{self.random.choice(self.orders)['id']}"
            verb = self.random.choice(["cancel", "decline"])
            self._heard(await self.shop.hub.post(f"{path}/{verb}", {"reason": "other"}))

    async def answer(self) -> None:
        """Confirm one of the orders, mostly less than was asked."""
        if not self.orders:
            return
        order = self.random.choice(self.orders)
        said = [
            {
                "line_id": bought["id"],
                "quantity": pcs(self.random.randint(0, int(bought["requested"]["value"]))),
            }
            for bought in order["lines"]
        ]
        self._heard(await self.shop.hub.post(f"/v1/orders/{order['id']}/confirm", {"lines": said}))

    async def fill(self) -> None:
        """Allocate one of the orders; the seller confirms, declines, and what is confirmed leaves."""
        if not self.orders:
            return
        order = self.random.choice(self.orders)
        run = self._heard(await self.shop.hub.post(f"/v1/orders/{order['id']}/allocate"))
        for share in run.get("data", []):
            verb = self.random.choice(["confirm", "confirm", "decline"])
            body = {} if verb == "confirm" else {"reason": "no_stock"}
            path = f"/v1/allocations/{share['id']}"
            said = self._heard(await self.shop.seller.post(f"{path}/{verb}", body))
            if said.get("status") == "confirmed":
                await self._ship(said)

    async def _ship(self, share: Any) -> None:
        seller = self.shop.seller
        body = {
            "allocation_id": share["id"],
            "net_weight": share["quantity"],
            "produced_on": trade.day(),
        }
        lot = self._heard(await seller.post("/v1/lots", body))
        if "balance" not in lot:
            return
        body = {
            "lot_ids": [lot["id"]],
            "from_site_id": await seller.site("kitchen"),
            "to_site_id": self.market.site,
        }
        shipment = self._heard(await self.shop.hub.post("/v1/shipments", body))
        if "lots" in shipment:
            path = f"/v1/shipments/{shipment['id']}/dispatch"
            self._heard(await self.shop.hub.post(path))

    async def receive(self) -> None:
        """Goods come in."""
        path = f"/v1/variants/{self.shop.variants[self.random.randint(0, 1)]}/receive"
        self._heard(await self.shop.seller.post(path, {"quantity": pcs(self.random.randint(1, 5))}))

    async def count(self) -> None:
        """Somebody counts, mostly something else than the books say."""
        path = f"/v1/variants/{self.shop.variants[self.random.randint(0, 1)]}/adjust"
        said = {"counted": pcs(self.random.randint(0, 20)), "reason": "counted"}
        self._heard(await self.shop.seller.post(path, said))

    async def edit(self) -> None:
        """The kitchen can make more, or less, or the price moves."""
        variant = await self.shop.seller.read(f"/v1/variants/{self.shop.variants[2]}")
        price = {"amount": str(self.random.randint(9, 20) * 1000), "currency": "IDR"}
        said = self.random.choice(
            [
                {"capacity": pcs(self.random.randint(2, 20))},
                {"price": price | {"per": {"value": "1", "unit": "pcs"}}},
            ]
        )
        self._heard(await patched(self.shop.seller, variant, said))

    async def sheet(self) -> None:
        """A spreadsheet says what there is, and what the kitchen can make."""
        rows = [
            f"kios;a;{self.random.randint(0, 20)};",
            f"kios;b;{self.random.randint(0, 20)};",
            f"kios;c;;{self.random.randint(2, 20)}",
        ]
        data = "\r\n".join(["kode produk;rasa;stok;kapasitas", *rows]).encode()
        answer = await send(self.shop.seller, data, dry_run="false", on_error="skip")
        self._heard(answer)


async def test_nobody_changes_a_variant_between_its_terms_and_the_order(
    hub: Api, app: Any, owner: asyncpg.Connection
) -> None:
    """A kitchen's days must not become weeks meanwhile: there would be a day's pool beside them."""
    shop = await stall(hub, kitchen(5, "day"))
    variant = decode("var", shop.variants[0])
    change = "SELECT id FROM variants WHERE id = $1 FOR NO KEY UPDATE NOWAIT"
    async with acting_as_hub(app.state.database, UUID(int=0), livemode=True) as tx:
        assert set(await variant_terms(tx, [(variant, tx.today)])) == {(variant, tx.today)}
        with pytest.raises(asyncpg.LockNotAvailableError):
            await owner.fetch(change, variant)
    assert await owner.fetch(change, variant)
