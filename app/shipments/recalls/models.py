"""Tables of recalls."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Qty, Recorded, status_of
from app.shipments.recalls.states import RECALL


class Recall(Base):
    """Goods that must not be eaten: from these lots down to whoever received any of it.

    Named by a seller and days, it holds what the seller brings of these days later too.
    """

    __tablename__ = "recalls"
    __table_args__ = (
        status_of(RECALL),
        CheckConstraint(
            "num_nulls(seller_id, produced_from, produced_until) IN (0, 3) "
            "AND produced_from <= produced_until "
            "AND (commodity_id IS NULL OR seller_id IS NOT NULL)",
            name="criteria",
        ),
        Index("ix_recalls_seller", "seller_id", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    note: Mapped[str | None]
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("parties.id"))
    commodity_id: Mapped[UUID | None] = mapped_column(ForeignKey("commodities.id"))
    produced_from: Mapped[date | None]
    produced_until: Mapped[date | None]
    end_reason: Mapped[str | None]
    end_note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class RecallLot(Base):
    """A lot that holds, or held, recalled goods: ``quantity`` of it is; sources are named ones.

    ``held`` is the status to which it goes back when the recall is lifted; null when it was not on
    hand.
    """

    __tablename__ = "recall_lots"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_recall_lots_lot", "lot_id"),
    )

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    source: Mapped[bool]
    quantity: Mapped[Qty]
    held: Mapped[str | None]
    livemode: Mapped[bool]
