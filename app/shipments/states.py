"""The lives of a shipment and of a goods receipt; the words of tracking."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class ShipmentStatus(StrEnum):
    """Where the goods are, as agreed by the people who hand them over."""

    PLANNED = "planned"
    LOADING = "loading"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    DELIVERED = "delivered"
    REFUSED = "refused"
    RETURNED = "returned"
    LOST = "lost"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class GoodsReceiptStatus(StrEnum):
    """Whether both sides stand by what arrived."""

    DRAFT = "draft"
    POSTED = "posted"
    SIGNED = "signed"
    DEEMED_SIGNED = "deemed_signed"
    REVERSED = "reversed"


class TrackingStatus(StrEnum):
    """The field's twelve common tracking statuses (names as karrio and others use them)."""

    PENDING = "pending"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    ON_HOLD = "on_hold"
    DELIVERY_DELAYED = "delivery_delayed"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    RETURN_TO_SENDER = "return_to_sender"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


S, G = ShipmentStatus, GoodsReceiptStatus

UNDERWAY = frozenset({S.DISPATCHED, S.IN_TRANSIT})
"""Between two gates."""

SHIPMENT = Machine(
    "shipment",
    "shp",
    ShipmentStatus,
    [
        step("create", NEW, S.PLANNED, "created", "Lots are chosen for one way."),
        step("replan", {S.PLANNED}, None, "replanned", "Its lots, its carrier or its way changed."),
        step("load", {S.PLANNED}, S.LOADING, "loading", "The goods are being put on the truck."),
        step("dispatch", {S.PLANNED, S.LOADING}, S.DISPATCHED, "dispatched", "The truck has left."),
        step(
            "move",
            {S.DISPATCHED},
            S.IN_TRANSIT,
            "moved",
            "The first tracking event from the road.",
            by_rule=True,
        ),
        step(
            "track",
            set(ShipmentStatus) - {S.CANCELLED},
            None,
            "tracked",
            "A fact from the road changes tracking_status; the status stays.",
        ),
        step(
            "estimate",
            {S.PLANNED, S.LOADING, *UNDERWAY},
            None,
            "estimated",
            "When it is expected has changed.",
        ),
        step(
            "delay",
            {S.PLANNED, S.LOADING, *UNDERWAY},
            None,
            "delayed",
            "By a rule it counts as late, or as not heard of.",
            by_rule=True,
        ),
        step(
            "breach",
            set(ShipmentStatus) - {S.PLANNED, S.CANCELLED},
            None,
            "temperature_breached",
            "It was too warm or too cold for too long.",
            by_rule=True,
        ),
        step(
            "recover",
            set(ShipmentStatus) - {S.PLANNED, S.CANCELLED},
            None,
            "temperature_recovered",
            "It is cool enough, or warm enough, again.",
            by_rule=True,
        ),
        step("arrive", UNDERWAY, S.ARRIVED, "arrived", "It is at the gate."),
        step("deliver", {*UNDERWAY, S.ARRIVED}, S.DELIVERED, "delivered", "It is handed over."),
        step("refuse", {*UNDERWAY, S.ARRIVED}, S.REFUSED, "refused", "The buyer did not take it."),
        step(
            "return",
            {S.REFUSED, *UNDERWAY, S.ARRIVED},
            S.RETURNED,
            "returned",
            "Its goods are at the hub again, and wait there for a decision.",
        ),
        step("lose", {*UNDERWAY, S.REFUSED}, S.LOST, "lost", "Its goods will not arrive."),
        step(
            "close",
            {S.ARRIVED, S.DELIVERED},
            S.CLOSED,
            "closed",
            "Its receipt is signed, and nobody can complain any more.",
            by_rule=True,
        ),
        step(
            "cancel",
            {S.PLANNED, S.LOADING},
            S.CANCELLED,
            "cancelled",
            "It does not leave; lots are free.",
        ),
    ],
)

GOODS_RECEIPT = Machine(
    "goods_receipt",
    "grc",
    GoodsReceiptStatus,
    [
        step("create", NEW, G.DRAFT, "created", "What arrives is being written down."),
        step("edit", {G.DRAFT}, None, "edited", "What is written down has changed."),
        step("post", {NEW, G.DRAFT}, G.POSTED, "posted", "What arrived is written down."),
        step("sign", {G.POSTED}, G.SIGNED, "signed", "The buyer stands by it."),
        step(
            "deem_signed",
            {G.POSTED},
            G.DEEMED_SIGNED,
            "deemed_signed",
            "The buyer was silent until sign_by: silence accepts the goods.",
            by_rule=True,
        ),
        step(
            "reverse",
            {G.DRAFT, G.POSTED},
            G.REVERSED,
            "reversed",
            "It was wrong, or is not needed; another may take over.",
        ),
    ],
)
