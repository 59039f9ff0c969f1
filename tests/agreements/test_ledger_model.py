"""The quota ledger against a plain model: any movements, in any order, refused or not.

Every example is one transaction that is thrown away: a movement that is refused is rolled back to
its savepoint, and time goes on as it likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.enter import enter_as_hub
from app.agreements import ledger
from app.agreements.commands import carry_over
from app.agreements.models import QuotaMovementKind as K
from app.core.errors import DomainError
from app.db.tx import Tx
from app.parties.bootstrap import find_hub
from tests.agreements import agreeing
from tests.api import Api

MONTHS = 4
OVERDRAW = 10
_SEEN = """
SELECT p.*, coalesce(m.net, 0) AS net FROM quota_periods p
LEFT JOIN (SELECT period_id, sum(CASE kind WHEN 'grant' THEN quantity WHEN 'cut' THEN -quantity
  WHEN 'carry_in' THEN quantity WHEN 'carry_out' THEN -quantity ELSE 0 END) AS net
  FROM quota_movements GROUP BY period_id) m ON m.period_id = p.id
WHERE p.line_id = $1 ORDER BY p.period_start
"""

Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "reserve",
                "reserve",
                "reserve",
                "release",
                "release",
                "consume",
                "grant",
                "cut",
                "go on",
            ]
        ),
        st.integers(0, 9),  # which period, or which order
        st.integers(1, 700),
    ),
    min_size=5,
    max_size=25,
)
rules = st.sampled_from([("none", None), ("full", None), ("limited", 25), ("limited", 100)])


@dataclass
class Bucket:
    """One period, in kilograms."""

    quota: Decimal = Decimal(1000)
    overdraw: Decimal = Decimal(100)
    carried_in: Decimal = Decimal(0)
    carried_out: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    consumed: Decimal = Decimal(0)
    released: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What can be drawn still."""
        given = self.quota + self.overdraw + self.carried_in
        return given - self.reserved - self.consumed - self.carried_out


class Movement(NamedTuple):
    """What is moved in which period for which order line, and whether it can be."""

    kind: K
    n: int
    line: UUID | None
    much: Decimal
    possible: bool


@dataclass
class Model:
    """What is in every period, which orders hold what, and how many periods are over."""

    buckets: list[Bucket]
    rule: str
    pct: int | None
    held: list[tuple[int, UUID, Decimal]] = field(default_factory=list)
    over: int = 0

    def act(self, step: Step) -> Movement | None:
        """The movement of *step*, done in the model if it is possible."""
        verb, which, much = step[0], step[1], Decimal(step[2])
        if verb in ("release", "consume"):
            return self._settle(K(verb), which, much)
        n = self.over + which % (len(self.buckets) - self.over)
        bucket = self.buckets[n]
        if verb == "cut":
            much = min(much, bucket.quota)
        if not much:
            return None
        line = uuid4() if verb == "reserve" else None
        possible = verb == "grant" or much <= bucket.left
        if possible and line is not None:
            bucket.reserved += much
            self.held.append((n, line, much))
        elif possible:
            bucket.quota += much if verb == "grant" else -much
        return Movement(K(verb), n, line, much, possible)

    def _settle(self, kind: K, which: int, much: Decimal) -> Movement | None:
        if not self.held:
            return None
        n, line, has = self.held.pop(which % len(self.held))
        much = min(much, has)
        if has > much:
            self.held.append((n, line, has - much))
        bucket = self.buckets[n]
        bucket.reserved -= much
        if kind == K.CONSUME:
            bucket.consumed += much
        else:
            bucket.released += much
        return Movement(kind, n, line, much, possible=True)

    def carry(self) -> None:
        """From the first period that is over to the last: what is unused goes on."""
        for bucket, following in zip(self.buckets[: self.over], self.buckets[1:], strict=False):
            unused = bucket.left - bucket.overdraw
            if self.rule == "limited":
                assert self.pct is not None
                unused = min(unused, bucket.quota * self.pct / 100 - bucket.carried_out)
            if self.rule != "none" and unused > 0:
                bucket.carried_out += unused
                following.carried_in += unused


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(rule=rules, sequence=steps)
async def test_every_balance_is_the_models(
    rule: tuple[str, int | None], sequence: Sequence[Step], hub: Api, app: Any
) -> None:
    fields: dict[str, Any] = {"carry_over": rule[0], "overdraw_pct": str(OVERDRAW)}
    if rule[1] is not None:
        fields["carry_over_pct"] = str(rule[1])
    deal = await agreeing.deal(hub, f"eggs-{uuid4().hex[:12]}", 1000, months=MONTHS, **fields)
    model = Model([Bucket() for _ in range(MONTHS)], *rule)
    database = app.state.database
    hub_id = await find_hub(database)
    assert hub_id is not None
    async with database.transaction() as connection:
        actor = await enter_as_hub(connection, hub_id, livemode=True)
        await connection.driver.execute("SAVEPOINT example")
        for step in sequence:
            await _both(Tx(connection, actor), model, step, deal)
        await connection.driver.execute("ROLLBACK TO example")


async def _both(tx: Tx, model: Model, step: Step, deal: agreeing.Deal) -> None:
    rows = await tx.sql(_SEEN, agreeing.uuid_of(deal.line_id))
    if step[0] == "go on":
        model.over = min(model.over + 1, MONTHS - 1)
        model.carry()
        await _carry(tx, rows[model.over]["period_start"])
    else:
        moved = model.act(step)
        if moved is None:
            return
        row = rows[moved.n]
        entry = ledger.QuotaEntry(row["id"], row["buyer_id"], moved.line, moved.much)
        assert await _moves(tx, moved.kind, entry) == moved.possible, (step, model)
        if model.over:
            model.carry()
            await _carry(tx, rows[model.over]["period_start"])
    seen = await tx.sql(_SEEN, agreeing.uuid_of(deal.line_id))
    for row, bucket in zip(seen, model.buckets, strict=True):
        shown = {name: row[name] for name in vars(bucket)}
        assert shown == vars(bucket), (step, rows)
        assert row["net"] == bucket.quota + bucket.carried_in - bucket.carried_out
    assert sum(b.carried_in for b in model.buckets) == sum(b.carried_out for b in model.buckets)


async def _moves(tx: Tx, kind: K, entry: ledger.QuotaEntry) -> bool:
    await tx.sql("SAVEPOINT step")
    try:
        await ledger.move(tx, kind, [entry])
    except DomainError:
        await tx.sql("ROLLBACK TO step")
        return False
    return True


async def _carry(tx: Tx, day: date) -> None:
    tx.now = agreeing.begins(day) + timedelta(seconds=1)
    while await carry_over(tx, 100):
        pass
