"""Tables of lots: what is in them, where it came from, what was found and done."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Counter, Id, Instant, Qty, Recorded, one_of, status_of
from app.orders.goods import ONE_SORT, GoodsColumns
from app.shipments.lots.states import LOT


class LotMovementKind(StrEnum):
    """How a lot's balance moves.

    ``create``, ``make``, ``find`` and ``unload`` add; ``take``, ``lose``, ``load`` and
    ``give_back`` take. ``make`` and ``take`` are the two ends of goods that go from lot to lot.
    """

    CREATE = "create"
    LOAD = "load"
    UNLOAD = "unload"
    GIVE_BACK = "give_back"
    TAKE = "take"
    MAKE = "make"
    LOSE = "lose"
    FIND = "find"


class LotEventKind(StrEnum):
    """What was done to goods in lots: each is balanced, and has an inverse."""

    RECEIVE = "receive"
    MERGE = "merge"
    SPLIT = "split"
    REPACK = "repack"
    DOWNGRADE = "downgrade"
    REJECT = "reject"
    SHRINK = "shrink"
    ADJUST = "adjust"
    HOLD = "hold"
    UNDO = "undo"


class MadeAt(StrEnum):
    """On whose scale a lot came into being."""

    FARM = "farm"
    HUB = "hub"


class Lot(GoodsColumns, Base):
    """Identified goods: who made them, when, of which grade, how heavy, how many.

    ``quantity`` and ``count`` are all that was ever in it: as made, and what was found over that;
    ``balance`` and ``count_balance`` are what is on hand. Goods of several sellers for one order
    line may be pooled in one lot; then it has no allocation, offer or seller of its own, but shares
    (`LotShare`).
    """

    __tablename__ = "lots"
    __table_args__ = (
        status_of(LOT),
        one_of("made_at", MadeAt),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        UniqueConstraint("id", "buyer_id", "livemode"),
        CheckConstraint(
            f"{ONE_SORT} AND num_nonnulls(variant_id, offer_id) <= 1 "
            "AND (offer_id IS NULL OR site_id IS NOT NULL)",
            name="goods",
        ),
        CheckConstraint(
            "(allocation_id IS NULL OR seller_id IS NOT NULL) "
            "AND (offer_id IS NULL OR allocation_id IS NOT NULL)",
            name="pooled",
        ),
        CheckConstraint("balance BETWEEN 0 AND quantity AND quantity > 0", name="balance"),
        CheckConstraint(
            "count > 0 AND count_balance BETWEEN 0 AND count "
            "AND (count IS NULL) = (count_balance IS NULL)",
            name="count",
        ),
        CheckConstraint("best_before_on >= produced_on", name="best_before"),
        Index("ix_lots_seller", "seller_id", "id"),
        Index(
            "ix_lots_best_before",
            "best_before_on",
            postgresql_where=text("status IN ('expected', 'available', 'quarantined')"),
        ),
        Index(
            "ix_lots_set_aside",
            "status",
            "id",
            postgresql_where=text(
                "status IN ('quarantined', 'expired', 'recalled') AND balance > 0"
            ),
        ),
        Index("ix_lots_leg", "leg_id", postgresql_where=text("leg_id IS NOT NULL")),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    allocation_id: Mapped[UUID | None] = mapped_column(ForeignKey("allocations.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("supply_offers.id"))
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("parties.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    leg_id: Mapped[UUID | None] = mapped_column(ForeignKey("legs.id"))
    made_at: Mapped[str]
    quantity: Mapped[Qty]
    balance: Mapped[Qty]
    count: Mapped[int | None]
    count_balance: Mapped[int | None]
    produced_on: Mapped[date]
    best_before_on: Mapped[date | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class LotShare(Base):
    """How much of a lot came from which allocation, and how much of that is still in it.

    Loading a lot does not change its shares: they stay what left with it. They are what a claim, a
    loss or a refusal is divided by.
    """

    __tablename__ = "lot_shares"
    __table_args__ = (
        CheckConstraint("balance BETWEEN 0 AND quantity AND quantity > 0", name="balance"),
        Index("ix_lot_shares_allocation", "allocation_id"),
        Index("ix_lot_shares_seller", "seller_id", "lot_id"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    allocation_id: Mapped[UUID] = mapped_column(ForeignKey("allocations.id"), primary_key=True)
    seller_id: Mapped[UUID]
    quantity: Mapped[Qty]
    balance: Mapped[Qty]
    livemode: Mapped[bool]


class LotEvent(Base):
    """Something that was done to goods in lots. Append-only; ``undoes`` names what it takes back.

    ``loss`` is what was there before and is in no lot after it.
    """

    __tablename__ = "lot_events"
    __table_args__ = (
        one_of("kind", LotEventKind),
        UniqueConstraint("undoes"),
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undoes"),
        CheckConstraint("loss >= 0", name="loss"),
        Index("ix_lot_events_order", "order_id", "id"),
        Index(
            "ix_lot_events_inspection",
            "inspection_id",
            postgresql_where=text("inspection_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("lot_events.id"))
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspections.id"))
    loss: Mapped[Counter]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    party_id: Mapped[UUID]
    at: Mapped[Instant]
    livemode: Mapped[bool]


class LotLink(Base):
    """Goods of one allocation that went from one lot into another. Append-only.

    Without a child they were lost (or rejected, where the event is that of a whole lot), without a
    parent found; ``over`` of what was found was more than the allocation had.
    """

    __tablename__ = "lot_links"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("parent_lot_id <> child_lot_id", name="two_lots"),
        CheckConstraint("num_nonnulls(parent_lot_id, child_lot_id) > 0", name="one_end"),
        CheckConstraint(
            "over BETWEEN 0 AND quantity AND (over = 0 OR parent_lot_id IS NULL)", name="over"
        ),
        Index("ix_lot_links_parent", "parent_lot_id", "child_lot_id"),
        Index("ix_lot_links_child", "child_lot_id", "parent_lot_id"),
        Index("ix_lot_links_event", "event_id"),
    )

    id: Mapped[Id]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("lot_events.id"))
    parent_lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))
    child_lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))
    allocation_id: Mapped[UUID] = mapped_column(ForeignKey("allocations.id"))
    quantity: Mapped[Qty]
    over: Mapped[Counter]
    livemode: Mapped[bool]


class LotMovement(Base):
    """One movement of a lot's balance. Append-only.

    Without a quantity only the count moves: it was counted again.
    """

    __tablename__ = "lot_movements"
    __table_args__ = (
        one_of("kind", LotMovementKind),
        CheckConstraint("quantity > 0 OR (quantity = 0 AND count > 0)", name="quantity"),
        CheckConstraint("count >= 0", name="count"),
    )

    id: Mapped[Id]
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    seller_id: Mapped[UUID | None]
    shipment_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot_events.id"), index=True)
    kind: Mapped[str]
    quantity: Mapped[Qty]
    count: Mapped[int | None]
    at: Mapped[Instant]
    livemode: Mapped[bool]
