"""Goods going from lots into lots: worked out in memory, exact to the quantum, written at once.

    work = Work(lots)
    event = work.begin(Kind.SPLIT)
    made = work.flow(event, [lot], [Out(Decimal(40))])
    await work.write(tx)

Every flow is divided over the shares of the lots it is taken from by largest remainder, so that
what each seller has in each lot is known exactly, at any depth. Whatever the number of lots and
shares, writing is one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.allocation.weighed import Gone
from app.core.division import divide
from app.core.ids import new_id
from app.core.states import NEW
from app.db.tx import Tx
from app.shipments.lots.graph.held import Held, Share, counted_off
from app.shipments.lots.graph.writing import Told, write
from app.shipments.lots.models import LotEventKind, MadeAt
from app.shipments.lots.models import LotMovementKind as Move
from app.shipments.lots.states import LOT, LotStatus

ZERO = Decimal(0)
Parts = dict[UUID, Decimal]
"""So much of each allocation."""


@dataclass(frozen=True)
class Out:
    """What comes of goods: so much, in a lot of its own of this state and grade.

    Without a *status* it is as what it was taken from, without a *grade* too.
    """

    quantity: Decimal
    count: int | None = None
    status: LotStatus | None = None
    grade: str | None = None


class Work:
    """One transaction's work on lots in hand. `gone` and `found` are what it did to allocations."""

    def __init__(self, tx: Tx, lots: Iterable[Held]) -> None:
        self._tx = tx
        self.lots = {lot.id: lot for lot in lots}
        self.made: list[Held] = []
        self.gone = Gone()
        self.found: Parts = {}
        self.events: dict[UUID, dict[str, Any]] = {}
        self.links: list[dict[str, Any]] = []
        self.movements: dict[tuple[UUID, UUID, Move], dict[str, Any]] = {}
        self.told: list[Told] = []

    def begin(
        self,
        kind: LotEventKind,
        *,
        reason: str | None = None,
        note: str | None = None,
        inspection_id: UUID | None = None,
        undoes: UUID | None = None,
    ) -> UUID:
        """A new event; its id."""
        event_id = new_id()
        self.events[event_id] = {
            "id": event_id,
            "kind": kind,
            "order_id": next(iter(self.lots.values())).row["order_id"],
            "undoes": undoes,
            "inspection_id": inspection_id,
            "loss": ZERO,
            "reason": reason,
            "note": note,
        }
        return event_id

    def flow(
        self,
        event: UUID,
        parents: Sequence[Held],
        outs: Sequence[Out],
        lost: Decimal = ZERO,
        lost_count: int = 0,
    ) -> list[Held]:
        """Take goods out of *parents*, in proportion to what is in them: a new lot for each of
        *outs*, and what is *lost*. The new lots.

        Of several parents everything is taken; of one, what is not said stays.
        """
        made = []
        took: Parts = {}
        for out in outs:
            taken = self._take(parents, out.quantity)
            child = self._child(event, parents, out, taken)
            self._link(event, taken, child.id)
            self.move(event, child, Move.MAKE, out.quantity, out.count)
            _add(took, ((lot_id, part) for (lot_id, _), part in taken.items()))
            made.append(child)
        gone = self._take(parents, lost)
        self._link(event, gone, None)
        self.events[event]["loss"] += lost
        _add(self.gone.lost, ((allocation, part) for (_, allocation), part in gone.items()))
        missing: Parts = {}
        _add(missing, ((lot_id, part) for (lot_id, _), part in gone.items()))
        counts = counted_off(parents, sum(out.count or 0 for out in outs), lost_count)
        for parent in parents:
            taken_count, missing_count = counts.get(parent.id, (None, None))
            self.move(event, parent, Move.TAKE, took.get(parent.id, ZERO), taken_count)
            self.move(event, parent, Move.LOSE, missing.get(parent.id, ZERO), missing_count)
        return made

    def find(self, event: UUID, lot: Held, quantity: Decimal, count: int) -> None:
        """There is more in *lot* than was known, of each share in proportion."""
        lot.quantity += quantity
        lot.balance += quantity
        if lot.count is not None and lot.count_balance is not None:
            lot.count += count
            lot.count_balance += count
        self.move(event, lot, Move.FIND, quantity, None if lot.count is None else count)
        if not quantity:
            return
        inside = {key: share.balance for key, share in lot.shares.items() if share.balance}
        for allocation, part in divide(quantity, inside, lot.quantum).items():
            if part:
                share = lot.shares[allocation]
                share.quantity += part
                share.balance += part
                _add(self.found, [(allocation, part)])
                self._add_link(event, None, lot.id, allocation, part)

    def reject_whole(self, event: UUID, lot: Held) -> None:
        """All of *lot* is its sellers' again; it lies where it lies."""
        for allocation, share in lot.shares.items():
            if share.balance:
                self._add_link(event, lot.id, None, allocation, share.balance)
        self.send_back(lot)

    def send_back(self, lot: Held) -> None:
        """What is in *lot* does not go on: its allocations are short of it."""
        inside = ((key, share.balance) for key, share in lot.shares.items() if share.balance)
        _add(self.gone.back, inside)

    def tell(
        self,
        lot: Held,
        action: str,
        after: LotStatus,
        quantity: Decimal,
        event: UUID | None = None,
        *,
        reason: str | None = None,
        note: str | None = None,
    ) -> None:
        """Note that *action* moved *quantity* of *lot*, which is in the state *after* by that."""
        LOT.check(action, lot.status)
        before, lot.status = lot.status, after
        kept = self.events[event] if event else None
        if kept:
            reason, note = kept["reason"], kept["note"]
        self.told.append(Told(lot, action, before, after, quantity, kept, reason, note))

    def rest(self, lot: Held) -> LotStatus:
        """The state of *lot* after something was taken of it: as before, while anything is left."""
        return lot.status if lot.balance else LotStatus.DEPLETED

    async def write(self) -> None:
        """Store all of it, and what was told."""
        await write(self._tx, self)

    def _take(self, parents: Sequence[Held], quantity: Decimal) -> dict[tuple[UUID, UUID], Decimal]:
        """Take *quantity* out of the shares of *parents*; how much of each lot's allocation."""
        if not quantity:
            return {}
        by_id = {parent.id: parent for parent in parents}
        inside = {
            (parent.id, allocation): share.balance
            for parent in parents
            for allocation, share in parent.shares.items()
            if share.balance
        }
        parts = divide(quantity, inside, parents[0].quantum)
        taken = {key: part for key, part in parts.items() if part}
        for (lot_id, allocation), part in taken.items():
            by_id[lot_id].shares[allocation].balance -= part
            by_id[lot_id].balance -= part
        return taken

    def _child(
        self,
        event: UUID,
        parents: Sequence[Held],
        out: Out,
        taken: dict[tuple[UUID, UUID], Decimal],
    ) -> Held:
        first = parents[0]
        shares: dict[UUID, Share] = {}
        for parent in parents:
            for allocation, share in parent.shares.items():
                part = taken.get((parent.id, allocation))
                if part:
                    mine = shares.setdefault(allocation, Share(share.seller_id, ZERO, ZERO))
                    mine.quantity += part
                    mine.balance += part
        days = [p.row["best_before_on"] for p in parents if p.row["best_before_on"] is not None]
        row = dict(first.row) | {
            "id": new_id(),
            "version": 0,
            "number": None,
            "parent": first.id,
            "grade": out.grade or first.row["grade"],
            "made_at": MadeAt.HUB,
            "leg_id": None,
            "produced_on": min(parent.row["produced_on"] for parent in parents),
            "best_before_on": min(days) if days else None,
        }
        for name in ("allocation_id", "offer_id", "seller_id", "site_id"):
            if len({parent.row[name] for parent in parents}) > 1:
                row[name] = None
        if row["allocation_id"] is None:
            row["offer_id"] = None
        status = out.status or first.status
        quantity = out.quantity
        child = Held(row, status, quantity, quantity, out.count, out.count, shares)
        self.made.append(child)
        self.lots[child.id] = child
        self.told.append(Told(child, "make", NEW, status, quantity, self.events[event]))
        return child

    def _link(
        self, event: UUID, taken: dict[tuple[UUID, UUID], Decimal], child: UUID | None
    ) -> None:
        for (parent, allocation), part in taken.items():
            self._add_link(event, parent, child, allocation, part)

    def _add_link(
        self,
        event: UUID,
        parent: UUID | None,
        child: UUID | None,
        allocation: UUID,
        quantity: Decimal,
    ) -> None:
        self.links.append(
            {
                "event_id": event,
                "parent_lot_id": parent,
                "child_lot_id": child,
                "allocation_id": allocation,
                "quantity": quantity,
                "over": ZERO,
            }
        )

    def move(
        self, event: UUID, lot: Held, kind: Move, quantity: Decimal, count: int | None
    ) -> None:
        if not quantity and not count:
            return
        row = self.movements.setdefault(
            (event, lot.id, kind),
            {
                "lot_id": lot.id,
                "seller_id": lot.row["seller_id"],
                "event_id": event,
                "kind": kind,
                "quantity": ZERO,
                "count": None,
            },
        )
        row["quantity"] += quantity
        row["count"] = count if row["count"] is None else row["count"] + (count or 0)


def _add(sums: Parts, parts: Iterable[tuple[UUID, Decimal]]) -> None:
    for key, part in parts:
        sums[key] = sums.get(key, ZERO) + part
