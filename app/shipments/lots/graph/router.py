"""What is done to goods in lots: `/v1/lots/merge`, `/v1/lots/{id}/split`, and their undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import LotEventId, LotId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Listed, NoteIn, Page
from app.idempotency.doors import Commands
from app.shipments.lots import queries as lots
from app.shipments.lots.graph import commands, queries
from app.shipments.lots.graph.schemas import (
    DowngradeIn,
    HoldIn,
    LotAdjustIn,
    LotDividedOut,
    LotEventOut,
    LotReceiveIn,
    MergeIn,
    RejectIn,
    RepackIn,
    ShrinkIn,
    SplitIn,
    UndoIn,
)
from app.shipments.lots.graph.shown import event_out
from app.shipments.lots.graph.undo import undo
from app.shipments.lots.schemas import LotOut, lot_out

router = APIRouter(route_class=Route, tags=["lots"])


async def _read(tx: Tx, lot_id: UUID) -> LotOut:
    return lot_out(await authorized(tx, lots.lot(tx, lot_id)), tx.actor)


async def _divided(tx: Tx, lot_id: UUID, made: Sequence[UUID]) -> LotDividedOut:
    rows = {row.id: lot_out(row, tx.actor) for row in await lots.named(tx, [lot_id, *made])}
    lot = rows.pop(lot_id)
    fields: dict[str, Any] = {name: getattr(lot, name) for name in LotOut.model_fields}
    return LotDividedOut.model_construct(**fields, made=[rows[each] for each in made])


@router.post("/v1/lots/merge", status_code=201)
async def lot_merge(asked: MergeIn, tx: Annotated[Tx, Commands(P.LOT_MERGE)]) -> LotOut:
    """Make one lot of whole lots of the same order line; it knows whose goods are in it.

    They may be hundreds, of as many farms. The pooled lot is as old as the oldest of them.
    """
    return await _read(tx, await commands.merge(tx, asked))


@router.post("/v1/lots/repack")
async def lot_repack(asked: RepackIn, tx: Annotated[Tx, Commands(P.LOT_REPACK)]) -> Listed[LotOut]:
    """Pack lots anew into other lots; what the parts weigh less is lost, with a reason."""
    made = await commands.repack(tx, asked)
    rows = {row.id: row for row in await lots.named(tx, made)}
    return Listed(data=[lot_out(rows[lot_id], tx.actor) for lot_id in made])


@router.post("/v1/lots/{lot_id}/split")
async def lot_split(
    lot_id: LotId, asked: SplitIn, tx: Annotated[Tx, Commands(P.LOT_SPLIT)]
) -> LotDividedOut:
    """Make lots of parts of it; the rest stays in it, under its number."""
    return await _divided(tx, lot_id, await commands.split(tx, lot_id, asked))


@router.post("/v1/lots/{lot_id}/downgrade")
async def lot_downgrade(
    lot_id: LotId, asked: DowngradeIn, tx: Annotated[Tx, Commands(P.LOT_DOWNGRADE)]
) -> LotDividedOut:
    """Some or all of it is of another grade of the commodity: that becomes a lot of its own."""
    return await _divided(tx, lot_id, await commands.downgrade(tx, lot_id, asked))


@router.post("/v1/lots/{lot_id}/reject")
async def lot_reject(
    lot_id: LotId, asked: RejectIn, tx: Annotated[Tx, Commands(P.LOT_REJECT)]
) -> LotDividedOut:
    """Some or all of it does not go on: it is its sellers' again, and the order lacks it."""
    return await _divided(tx, lot_id, await commands.reject(tx, lot_id, asked))


@router.post("/v1/lots/{lot_id}/hold")
async def lot_hold(
    lot_id: LotId, asked: HoldIn, tx: Annotated[Tx, Commands(P.LOT_HOLD)]
) -> LotDividedOut:
    """Some or all of it waits for a decision and does not ride; a part as a lot of its own."""
    return await _divided(tx, lot_id, await commands.set_aside(tx, lot_id, asked))


@router.post("/v1/lots/{lot_id}/clear")
async def lot_clear(
    lot_id: LotId, tx: Annotated[Tx, Commands(P.LOT_CLEAR)], asked: NoteIn | None = None
) -> LotOut:
    """What was held may go on."""
    await commands.clear(tx, lot_id, asked.note if asked else None)
    return await _read(tx, lot_id)


@router.post("/v1/lots/{lot_id}/shrink")
async def lot_shrink(
    lot_id: LotId, asked: ShrinkIn, tx: Annotated[Tx, Commands(P.LOT_SHRINK)]
) -> LotOut:
    """Some of it is no more: broken, dried, stolen. The order lacks it; its sellers gave it.

    Recalled and expired goods that are destroyed as well; what is left stays as it was.
    """
    await commands.shrink(tx, lot_id, asked)
    return await _read(tx, lot_id)


@router.post("/v1/lots/{lot_id}/adjust")
async def lot_adjust(
    lot_id: LotId, asked: LotAdjustIn, tx: Annotated[Tx, Commands(P.LOT_ADJUST)]
) -> LotOut:
    """It was weighed again: there is less of it, or more, as far as its order takes more."""
    await commands.adjust(tx, lot_id, asked)
    return await _read(tx, lot_id)


@router.post("/v1/lots/{lot_id}/receive")
async def lot_receive(
    lot_id: LotId,
    tx: Annotated[Tx, Commands(P.LOT_RECEIVE)],
    asked: LotReceiveIn | None = None,
) -> LotOut:
    """A lot that was weighed at the farm has come in at the hub: as told, or as the scales say."""
    await commands.receive(tx, lot_id, asked or LotReceiveIn())
    return await _read(tx, lot_id)


@router.get("/v1/lots/{lot_id}/events")
async def lot_event_list(
    lot_id: LotId, tx: Annotated[Tx, Opens(P.LOT_EVENT_READ)], paging: Paged
) -> Page[LotEventOut]:
    """What was done to the goods in it, newest first: what went where, and what was lost."""
    lot = await authorized(tx, lots.lot(tx, lot_id))
    rows, cursor = await queries.events(tx, paging, lot.id)
    return Page(data=[event_out(row, lot.base_unit, tx.actor) for row in rows], next_cursor=cursor)


@router.post("/v1/lot-events/{event_id}/undo")
async def lot_event_undo(
    event_id: LotEventId,
    tx: Annotated[Tx, Commands(P.LOT_EVENT_UNDO)],
    asked: UndoIn | None = None,
) -> LotEventOut:
    """Take an event back while its goods lie where it left them; the event, undone."""
    unit = await undo(tx, event_id, asked or UndoIn())
    return event_out(await authorized(tx, queries.event(tx, event_id)), unit, tx.actor)
