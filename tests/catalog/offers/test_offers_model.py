"""Any life of an offer's days: a slow model in plain Python says what each answer must be.

What is taken of a day is what its allocations hold; each kilogram is free, reserved, committed or
delivered, of one day and of no other, whatever happens in whichever order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.enter import acting_as_hub
from app.catalog.models import OfferMovementKind
from app.catalog.offers import adjusting, commands, ledger, queries
from app.catalog.offers.schemas import OfferAdjustIn
from app.core.errors import WrongState
from app.core.ids import decode, new_id
from app.core.quantity import QuantityOrNone
from app.db.tx import Tx
from tests.api import Api
from tests.catalog.offers.promising import Farm, farm
from tests.trade import day

Unique = Callable[[str], str]
K = OfferMovementKind
DAYS = 3
OFFERED = 20
# Where a movement takes from, and where it puts it.
MOVES = {
    K.RESERVE: ("free", "reserved"),
    K.RELEASE: ("reserved", "free"),
    K.COMMIT: ("reserved", "committed"),
    K.UNCOMMIT: ("committed", "free"),
    K.DELIVER: ("committed", "delivered"),
}
TURNS = {
    "pause": ({"open"}, "paused"),
    "resume": ({"paused"}, "open"),
    "withdraw": ({"open", "paused"}, "withdrawn"),
}
actions = st.lists(
    st.tuples(
        st.sampled_from([*MOVES, K.RESERVE, K.RESERVE, "adjust", "adjust_day", *TURNS]),
        st.integers(0, DAYS - 1),
        st.integers(1, 12),
    ),
    min_size=5,
    max_size=20,
)


def _whole() -> dict[str, int]:
    return {"free": OFFERED, "reserved": 0, "committed": 0, "delivered": 0}


@dataclass
class Model:
    """Each day's kilograms by what became of them; what the offer says of itself."""

    days: list[dict[str, int]] = field(default_factory=lambda: [_whole() for _ in range(DAYS)])
    status: str = "open"
    offered: int = OFFERED
    version: int = 1

    def move(self, kind: K, which: int, quantity: int) -> bool:
        """Whether *quantity* of that day can go that way; it has, if it can."""
        source, target = MOVES[kind]
        if self.days[which][source] < quantity:
            return False
        self.days[which][source] -= quantity
        self.days[which][target] += quantity
        self.version += 1
        return True

    def adjust(self, which: range, quantity: int) -> bool:
        """Whether these days can offer *quantity*; they do, if they can."""
        taken = [sum(self.days[n].values()) - self.days[n]["free"] for n in which]
        if self.status not in ("open", "paused") or max(taken) > quantity:
            return False
        for n, less in zip(which, taken, strict=True):
            self.days[n]["free"] = quantity - less
        self.version += 1
        return True

    def turn(self, verb: str) -> bool:
        """Whether the offer can be paused, resumed or withdrawn; it is, if it can."""
        sources, after = TURNS[verb]
        if self.status not in sources:
            return False
        self.status = after
        self.version += 1
        return True


@dataclass
class Service:
    """The same offer in the service; every deed is a transaction of its own."""

    app: Any
    eggs: Farm
    offer_id: UUID
    periods: list[Any] = field(default_factory=list)

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        """The service's own transaction."""
        seller = decode("pty", self.eggs.seller.id)
        async with acting_as_hub(self.app.state.database, seller, livemode=True) as tx:
            yield tx

    async def did(self, deed: Callable[[Tx], Awaitable[Any]]) -> bool:
        """Whether *deed* was granted; a refused one leaves nothing behind."""
        try:
            async with self.tx() as tx:
                await deed(tx)
        except (ledger.OfferExhausted, adjusting.BelowTaken, WrongState):
            return False
        return True

    async def move(self, kind: K, which: int, quantity: int) -> bool:
        """One movement of one day."""
        period = self.periods[which]
        entry = ledger.Entry(period.id, period.seller_id, new_id(), Decimal(quantity))
        return await self.did(lambda tx: ledger.move(tx, kind, [entry]))

    async def adjust(self, which: range, quantity: int, *, standing: bool) -> bool:
        """Say *quantity* of these days; *standing*: until the offer's end."""
        asked = OfferAdjustIn(
            quantity=QuantityOrNone(value=Decimal(quantity), unit="kg"),
            from_day=self.periods[which[0]].starts_on,
            until_day=None if standing else self.periods[which[-1]].starts_on,
        )
        return await self.did(lambda tx: adjusting.adjust(tx, self.offer_id, asked))

    async def turn(self, verb: str) -> bool:
        """Pause, resume or withdraw."""
        return await self.did(lambda tx: getattr(commands, verb)(tx, self.offer_id))


async def _same(service: Service, model: Model) -> None:
    """Every number that the service shows is the model's."""
    async with service.tx() as tx:
        periods = await queries.periods(tx, service.offer_id, None, None)
        offer = await queries.offer(tx, service.offer_id)
        drifted = await ledger.LEDGER.drifted(tx)
    taken = ("reserved", "committed", "delivered")
    shown_open = model.status == "open"
    for period, said in zip(periods, model.days, strict=True):
        assert {name: getattr(period, name) for name in taken} == {n: said[n] for n in taken}
        assert period.offered == sum(said.values())
        assert period.available == (said["free"] if shown_open else 0)
    assert offer is not None
    assert (offer.status, offer.version, offer.offered) == (
        model.status,
        model.version,
        model.offered,
    )
    assert offer.total == sum(sum(said.values()) for said in model.days)
    assert offer.available == (sum(said["free"] for said in model.days) if shown_open else 0)
    assert not drifted


async def _act(service: Service, model: Model, verb: str, which: int, quantity: int) -> None:
    """Do it in both; their answers must agree."""
    if verb in TURNS:
        assert await service.turn(verb) == model.turn(verb)
    elif verb == "adjust_day":
        only = range(which, which + 1)
        done = await service.adjust(only, quantity, standing=False)
        assert done == model.adjust(only, quantity)
    elif verb == "adjust":
        rest = range(which, DAYS)
        done = await service.adjust(rest, quantity, standing=True)
        assert done == model.adjust(rest, quantity)
        model.offered = quantity if done else model.offered
    else:
        source, _ = MOVES[K(verb)]
        if source != "free" and model.days[which][source] < quantity:
            return  # only what an allocation holds is ever moved on or given back
        assert await service.move(K(verb), which, quantity) == model.move(K(verb), which, quantity)


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(sequence=actions)
async def test_every_kilogram_of_every_day_is_somewhere(
    sequence: list[tuple[str, int, int]],
    hub: Api,
    unique: Unique,
    app: Any,
    owner: asyncpg.Connection,
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(OFFERED, available_until=day(DAYS))
    service, model = Service(app, eggs, decode("off", made["id"])), Model()
    async with service.tx() as tx:
        service.periods = list(await queries.periods(tx, service.offer_id, None, None))
    try:
        for verb, which, quantity in sequence:
            await _act(service, model, verb, which, quantity)
            await _same(service, model)
    finally:
        await _forget(owner, [period.id for period in service.periods])


async def _forget(owner: asyncpg.Connection, periods: list[UUID]) -> None:
    """No allocations stand behind these movements: others' tests look at all the books."""
    await owner.execute("DELETE FROM offer_movements WHERE period_id = ANY($1)", periods)
    await owner.execute(
        "UPDATE offer_periods SET reserved = 0, committed = 0, delivered = 0 WHERE id = ANY($1)",
        periods,
    )
