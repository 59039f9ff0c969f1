"""What an operation on lots means for those whose goods they are, and for the order."""

from __future__ import annotations

from uuid import UUID

from app.allocation import weighed
from app.db.tx import Tx
from app.shipments.lots.graph.work import ZERO, Work

REJECTED, LOST = "goods_rejected", "goods_lost"
"""Why an allocation ended of which everything was rejected, or lost."""


async def finish(tx: Tx, work: Work) -> list[UUID]:
    """Store *work*, and let allocations, offers and the order's line follow; the lots it made.

    Raises as weighing does when more was found than the line takes.
    """
    line_id = next(iter(work.lots.values())).row["order_line_id"]
    if work.found:
        over = await weighed.find(tx, line_id, work.found)
        for link in work.links:
            if link["parent_lot_id"] is None:
                link["over"] = over.get(link["allocation_id"], ZERO)
    await work.write()
    await weighed.lessen(tx, line_id, work.gone, REJECTED if work.gone.back else LOST)
    return [lot.id for lot in work.made]
