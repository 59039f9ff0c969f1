"""Moving one object along its machine: check, update, record. The shape of most commands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, update

from app.core.states import Machine
from app.db.tx import Tx
from app.events.record import Change, record


async def move(
    tx: Tx,
    machine: Machine,
    table: Table,
    row: Row[Any],
    action: str,
    to: str,
    *,
    audience: tuple[UUID, ...],
    data: dict[str, Any] | None = None,
    reason: str | None = None,
    note: str | None = None,
    **values: Any,
) -> Row[Any]:
    """*row* after *action*: its status is *to*, its version one higher, event and history written.

    *row* must have been locked in this transaction. *values* are further columns to set; a table
    with columns ``reason`` and ``note`` shows those too. Raises WrongState.
    """
    machine.check(action, row.status)
    if reason is not None and "reason" in table.c:
        values |= {"reason": reason, "note": note}
    changed = await tx.row(
        update(table)
        .where(table.c.id == row.id)
        .values(status=to, version=row.version + 1, **values)
        .returning(*table.c)
    )
    assert changed is not None, f"{machine.name} {row.id} was not locked by its command"
    change = Change(
        machine,
        action,
        row.id,
        changed.version,
        to,
        before=row.status,
        audience=audience,
        data=data or {},
        reason=reason,
        note=note,
    )
    await record(tx, [change])
    return changed
