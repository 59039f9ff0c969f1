"""Announcing closures and cancelling them.

What begins or ends by the calendar is put on the shelf by `gate.hold_daily`; here only what says
something of today.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.catalog.closures import queries
from app.catalog.closures.queries import CLOSURES
from app.catalog.closures.schemas import ClosureIn
from app.catalog.sellers import active_seller
from app.catalog.shelf import gate
from app.catalog.states import CLOSURE, ClosureStatus
from app.core.errors import DomainError, Forbidden, Invalid, Kind, invalid
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.parties.queries import party

LONGEST = timedelta(days=366)
MOST_STANDING = 50


class TooManyClosures(DomainError):
    """More closures stand than anybody keeps track of."""

    kind = Kind.CONFLICT
    code = "too_many_closures"
    title = Text("Too many closures", "Terlalu banyak jadwal libur")
    advice = Text(
        f"At most {MOST_STANDING} can stand at a time; cancel some, or announce one longer one.",
        f"Paling banyak {MOST_STANDING} jadwal libur; batalkan sebagian atau gabungkan.",
    )


async def create(tx: Tx, asked: ClosureIn) -> Row[Any]:
    """Announce it. Raises Invalid for days that have passed, or more than a year of them."""
    _check_days(tx, asked)
    seller_id = await _seller(tx, asked.seller_id)
    await party(tx, seller_id, lock=True)  # two that are announced at once count each other
    if await queries.standing(tx, seller_id) >= MOST_STANDING:
        raise TooManyClosures
    made = await tx.rows(
        insert(CLOSURES)
        .values(
            id=new_id(),
            status=ClosureStatus.ANNOUNCED,
            seller_id=seller_id,
            starts_on=asked.starts_on,
            ends_on=asked.ends_on,
            note=asked.note,
            livemode=tx.actor.livemode,
            created_at=tx.now,
        )
        .returning(*CLOSURES.c)
    )
    row = made[0]
    audience, data = (seller_id,), _said(row)
    change = Change(
        CLOSURE, "create", row.id, row.version, row.status, audience=audience, data=data
    )
    await record(tx, [change])
    await _show(tx, row)
    return row


async def cancel(tx: Tx, closure_id: UUID, note: str | None) -> Row[Any]:
    """Open after all; what is in stock is sellable at once."""
    row = await authorized(tx, queries.closure(tx, closure_id, lock=True))
    turned = await move(
        tx,
        CLOSURE,
        CLOSURES,
        row,
        "cancel",
        ClosureStatus.CANCELLED,
        audience=(row.seller_id,),
        data=_said(row),
        note=note,
    )
    await _show(tx, row)
    return turned


async def _show(tx: Tx, row: Row[Any]) -> None:
    if row.starts_on <= tx.today <= row.ends_on:
        await gate.show_anew(tx, [row.seller_id])


def _said(row: Row[Any]) -> dict[str, Any]:
    return {
        "seller_id": encode("pty", row.seller_id),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }


def _check_days(tx: Tx, asked: ClosureIn) -> None:
    if asked.starts_on < tx.today:
        raise invalid(
            "/starts_on",
            "past",
            "This day has passed; a closure begins today or later.",
            "Tanggal ini sudah lewat; libur dimulai hari ini atau sesudahnya.",
        )
    if asked.ends_on < asked.starts_on:
        raise invalid(
            "/ends_on",
            "before_start",
            "ends_on lies before starts_on.",
            "ends_on lebih awal dari starts_on.",
        )
    if asked.ends_on - asked.starts_on > LONGEST:
        raise _too_long()


def _too_long() -> Invalid:
    return invalid(
        "/ends_on",
        "too_long",
        "A closure lasts at most a year; pause or archive what is not sold any more.",
        "Libur paling lama satu tahun; jeda atau arsipkan produk yang tidak dijual lagi.",
    )


async def _seller(tx: Tx, seller_id: UUID | None) -> UUID:
    """Who closes: the caller, or the seller whom the operator names."""
    own = tx.actor.party_id
    if seller_id is None and tx.actor.hub:
        raise invalid(
            "/seller_id",
            "missing",
            "Say who closes; the operator announces it for a seller.",
            "Isi seller_id; operator mengumumkan libur atas nama penjual.",
        )
    if not tx.actor.hub and seller_id not in (None, own):
        raise Forbidden(
            Text(
                "You announce closures only for yourself; leave seller_id out.",
                "Anda hanya bisa mengumumkan libur sendiri; kosongkan seller_id.",
            )
        )
    found = await active_seller(tx, seller_id or own, "/seller_id")
    seller: UUID = found.id
    return seller
