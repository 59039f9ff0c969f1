"""Chapters: goods on their way, from four farms over one truck to two buyers, and what follows."""

from __future__ import annotations

from app.demo import afterwards, collecting, hauling, receiving
from app.demo.stage import Stage


async def tell(stage: Stage) -> None:
    """Collected, carried, received and complained of, traced and recalled."""
    gathered = await collecting.tell(stage)
    hauled = await hauling.tell(stage, gathered)
    await receiving.tell(stage, gathered, hauled)
    await afterwards.tell(stage, gathered)
