"""Everything the hub does to goods in lots of one order line.

Each command takes the lots in hand, works out where the goods go, and stores that as one balanced
event. What is lost or rejected frees the order's line and the sellers (`following`).
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from app.access.authorize import authorized
from app.core.errors import WrongState, invalid
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.db.tx import Tx
from app.shipments.lots import queries
from app.shipments.lots.graph import rules
from app.shipments.lots.graph.following import finish
from app.shipments.lots.graph.held import Held, hold, hold_one
from app.shipments.lots.graph.schemas import (
    DowngradeIn,
    HoldIn,
    LotAdjustIn,
    LotReceiveIn,
    MergeIn,
    RejectIn,
    RepackIn,
    ShrinkIn,
    SplitIn,
)
from app.shipments.lots.graph.work import ZERO, Out, Work
from app.shipments.lots.models import LotEventKind as Kind
from app.shipments.lots.states import LOT, LotStatus

L = LotStatus

_GRADE = "SELECT EXISTS (SELECT FROM grades WHERE commodity_id = $1 AND code = $2)"


async def merge(tx: Tx, asked: MergeIn) -> UUID:
    """Whole lots become one, which knows of each how much went into it; its id.

    Its production day is the oldest of theirs, its best-before the earliest.
    """
    lots = await hold(tx, asked.lot_ids, "merge", alone=False)
    rules.check_twice(lots)
    work = Work(tx, lots)
    event = work.begin(Kind.MERGE, note=asked.note)
    counts = [lot.count_balance for lot in lots]
    count = None if None in counts else sum(count or 0 for count in counts) or None
    went = {lot.id: lot.balance for lot in lots}
    work.flow(event, lots, [Out(sum(went.values(), ZERO), count)])
    for lot in lots:
        work.tell(lot, "merge", L.DEPLETED, went[lot.id], event)
    (made,) = await finish(tx, work)
    return made


async def split(tx: Tx, lot_id: UUID, asked: SplitIn) -> list[UUID]:
    """Parts of a lot become lots of their own, in its state; their ids."""
    lot = await _one(tx, lot_id, "split", alone=False)
    work = Work(tx, [lot])
    event = work.begin(Kind.SPLIT, note=asked.note)
    went = lot.balance
    for n, part in enumerate(asked.parts):
        work.flow(event, [lot], [rules.part(lot, part.quantity, part.count, f"/parts/{n}")])
    if not lot.balance and len(asked.parts) == 1:
        raise invalid(
            "/parts/0/quantity",
            "not_less",
            "That is the whole lot; a part is less.",
            "Itu seluruh isi lot; satu bagian harus kurang dari itu.",
        )
    work.tell(lot, "split", work.rest(lot), went - lot.balance, event)
    return await finish(tx, work)


async def repack(tx: Tx, asked: RepackIn) -> list[UUID]:
    """Lots are packed anew into other lots; what is missing is lost. The new lots' ids."""
    lots = await hold(tx, asked.lot_ids, "repack", alone=True)
    rules.check_twice(lots)
    outs = [
        Out(to_base(part.quantity, lots[0].unit, f"/parts/{n}/quantity"), part.count)
        for n, part in enumerate(asked.parts)
    ]
    lost, pieces = rules.repacked(lots, outs)
    if lost and asked.reason is None:
        raise invalid(
            "/reason",
            "reason_needed",
            f"Say why {plain(lost)} {lots[0].unit} would be lost.",
            f"Kurang {plain(lost)} {lots[0].unit}: sebutkan alasannya.",
        )
    work = Work(tx, lots)
    event = work.begin(Kind.REPACK, reason=asked.reason if lost else None, note=asked.note)
    went = {lot.id: lot.balance for lot in lots}
    work.flow(event, lots, outs, lost, pieces)
    for lot in lots:
        work.tell(lot, "repack", L.DEPLETED, went[lot.id], event)
    return await finish(tx, work)


async def downgrade(tx: Tx, lot_id: UUID, asked: DowngradeIn) -> list[UUID]:
    """Some or all of a lot is of another grade of its commodity: a lot of its own, and its id."""
    lot = await _one(tx, lot_id, "downgrade", alone=False)
    await check_grade(tx, lot, asked.grade, "/grade")
    out = rules.part(lot, asked.quantity, asked.count)
    work = Work(tx, [lot])
    event = work.begin(Kind.DOWNGRADE, reason=asked.reason, note=asked.note)
    lower(work, event, lot, out, asked.grade)
    return await finish(tx, work)


async def check_grade(tx: Tx, lot: Held, grade: str, pointer: str) -> None:
    """Raises Invalid unless *grade* is another grade of what is in *lot*."""
    commodity = lot.row["commodity_id"]
    if commodity is None or not await tx.sql_value(_GRADE, commodity, grade):
        raise invalid(
            pointer,
            "grade_unknown",
            "There is no such grade of these goods.",
            "Mutu ini tidak ada untuk barang tersebut.",
        )
    if grade == lot.row["grade"]:
        raise invalid(
            pointer, "not_another", "The lot is of that grade already.", "Mutu lot ini sudah itu."
        )


def lower(work: Work, event: UUID, lot: Held, out: Out, grade: str) -> Held:
    """*out* of *lot* becomes a lot of that *grade*, in its state."""
    (made,) = work.flow(event, [lot], [Out(out.quantity, out.count, None, grade)])
    work.tell(lot, "downgrade", work.rest(lot), out.quantity, event)
    return made


async def reject(tx: Tx, lot_id: UUID, asked: RejectIn) -> list[UUID]:
    """Some or all of a lot does not go on; of a part a lot is made, so that it can be found."""
    lot = await _one(tx, lot_id, "reject", alone=True)
    out = rules.part(lot, asked.quantity, asked.count)
    work = Work(tx, [lot])
    event = work.begin(Kind.REJECT, reason=asked.reason, note=asked.note)
    refuse(work, event, lot, out)
    return await finish(tx, work)


def refuse(work: Work, event: UUID, lot: Held, out: Out) -> Held | None:
    """*out* of *lot* is its sellers' again: the lot it became, None when it is all of it."""
    if out.quantity == lot.balance:
        work.reject_whole(event, lot)
        work.tell(lot, "reject", L.REJECTED, out.quantity, event)
        return None
    (made,) = work.flow(event, [lot], [Out(out.quantity, out.count, L.REJECTED)])
    work.send_back(made)
    work.tell(lot, "reject", lot.status, out.quantity, event)
    return made


async def set_aside(tx: Tx, lot_id: UUID, asked: HoldIn) -> list[UUID]:
    """Some or all of a lot waits for a decision; a part does as a lot of its own."""
    lot = await _one(tx, lot_id, "hold", alone=False)
    out = rules.part(lot, asked.quantity, asked.count)
    work = Work(tx, [lot])
    if out.quantity == lot.balance:
        work.tell(lot, "hold", L.QUARANTINED, out.quantity, reason=asked.reason, note=asked.note)
    else:
        event = work.begin(Kind.HOLD, reason=asked.reason, note=asked.note)
        keep_back(work, event, lot, out)
    return await finish(tx, work)


def keep_back(work: Work, event: UUID, lot: Held, out: Out) -> Held:
    """*out* of *lot*, which is not all of it, becomes a lot that does not ride."""
    (made,) = work.flow(event, [lot], [Out(out.quantity, out.count, L.QUARANTINED)])
    work.tell(lot, "hold", lot.status, out.quantity, event)
    return made


async def clear(tx: Tx, lot_id: UUID, note: str | None) -> None:
    """It may go on."""
    lot = await _one(tx, lot_id, "clear", alone=False)
    work = Work(tx, [lot])
    work.tell(lot, "clear", L.AVAILABLE, lot.balance, note=note)
    await finish(tx, work)


async def shrink(tx: Tx, lot_id: UUID, asked: ShrinkIn) -> None:
    """Some of a lot is no more: it was given, so its sellers' offers have delivered it."""
    lot = await _one(tx, lot_id, "shrink", alone=True)
    quantity, pieces = rules.lost(lot, asked.quantity, asked.count)
    work = Work(tx, [lot])
    event = work.begin(Kind.SHRINK, reason=asked.reason, note=asked.note)
    work.flow(event, [lot], [], quantity, pieces)
    work.tell(lot, "shrink", work.rest(lot), quantity, event)
    await finish(tx, work)


async def adjust(tx: Tx, lot_id: UUID, asked: LotAdjustIn) -> None:
    """A lot was weighed or counted again: what there is less is lost, what there is more found."""
    lot = await _one(tx, lot_id, "adjust", alone=True)
    weight = to_base(asked.net_weight, lot.unit, "/net_weight")
    work = Work(tx, [lot])
    event = work.begin(Kind.ADJUST, reason=asked.reason, note=asked.note)
    changed = _measure(work, event, lot, weight, asked.count)
    if not changed:
        raise WrongState(
            Text("That is what the lot says already.", "Isi lot memang sudah sekian."),
            current_status=lot.status,
            allowed_actions=tx.actor.allowed(LOT, lot.status),
        )
    work.tell(lot, "adjust", work.rest(lot), weight, event)
    await finish(tx, work)


async def receive(tx: Tx, lot_id: UUID, asked: LotReceiveIn) -> None:
    """A lot that was weighed at the farm has come in: it may go on, as much of it as there is."""
    lot = await _one(tx, lot_id, "receive", alone=True)
    weight = lot.balance
    if asked.net_weight is not None:
        weight = to_base(asked.net_weight, lot.unit, "/net_weight")
    work = Work(tx, [lot])
    event = None
    if weight != lot.balance or asked.count not in (None, lot.count_balance):
        event = work.begin(Kind.RECEIVE, reason=asked.reason, note=asked.note)
        _measure(work, event, lot, weight, asked.count)
    after = L.AVAILABLE if lot.balance else L.DEPLETED
    work.tell(lot, "receive", after, weight, event, note=asked.note)
    await finish(tx, work)


def _measure(work: Work, event: UUID, lot: Held, weight: Decimal, count: int | None) -> bool:
    """*lot* has this weight, and so many pieces unless not said; whether that is a change."""
    if count is not None and lot.count_balance is None:
        raise rules.not_counted()
    pieces = 0
    if lot.count_balance is not None:
        there = count if count is not None else lot.count_balance if weight else 0
        if bool(there) != bool(weight):
            raise rules.count_needed("")
        pieces = there - lot.count_balance
    more = weight - lot.balance
    if more < 0 or pieces < 0:
        work.flow(event, [lot], [], max(-more, ZERO), max(-pieces, 0))
    if more > 0 or pieces > 0:
        work.find(event, lot, max(more, ZERO), max(pieces, 0))
    return bool(more or pieces)


async def _one(tx: Tx, lot_id: UUID, action: str, *, alone: bool) -> Held:
    seen = await authorized(tx, queries.lot(tx, lot_id))
    return await hold_one(tx, seen, action, alone=alone)
