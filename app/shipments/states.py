"""The lives of a lot, a shipment and a goods receipt."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class LotStatus(StrEnum):
    """Whether a lot's goods are still there."""

    AVAILABLE = "available"
    DEPLETED = "depleted"


class ShipmentStatus(StrEnum):
    """Where the goods are, as agreed by the people who hand them over."""

    PLANNED = "planned"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class GoodsReceiptStatus(StrEnum):
    """Whether both sides stand by what arrived."""

    POSTED = "posted"
    SIGNED = "signed"
    DEEMED_SIGNED = "deemed_signed"


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


L, S, G = LotStatus, ShipmentStatus, GoodsReceiptStatus

LOT = Machine(
    "lot",
    "lot",
    LotStatus,
    [
        step("create", NEW, L.AVAILABLE, "created", "Goods of an allocation are weighed."),
        step("load", {L.AVAILABLE}, L.DEPLETED, "loaded", "It is in a shipment.", by_rule=True),
        step(
            "unload",
            {L.DEPLETED},
            L.AVAILABLE,
            "unloaded",
            "Its shipment was cancelled.",
            by_rule=True,
        ),
        step(
            "give_back",
            {L.AVAILABLE},
            L.DEPLETED,
            "given_back",
            "Its order was cancelled, or its line is complete; the goods are the seller's again.",
            by_rule=True,
        ),
    ],
)

SHIPMENT = Machine(
    "shipment",
    "shp",
    ShipmentStatus,
    [
        step("create", NEW, S.PLANNED, "created", "Lots are chosen for one way."),
        step("dispatch", {S.PLANNED}, S.DISPATCHED, "dispatched", "The truck has left."),
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
            {S.PLANNED, S.DISPATCHED, S.IN_TRANSIT, S.ARRIVED, S.DELIVERED},
            None,
            "tracked",
            "A fact from the road changes tracking_status; the status stays.",
        ),
        step("arrive", {S.DISPATCHED, S.IN_TRANSIT}, S.ARRIVED, "arrived", "It is at the gate."),
        step(
            "deliver",
            {S.DISPATCHED, S.IN_TRANSIT, S.ARRIVED},
            S.DELIVERED,
            "delivered",
            "It is handed over.",
        ),
        step("cancel", {S.PLANNED}, S.CANCELLED, "cancelled", "It does not leave; lots are free."),
    ],
)

GOODS_RECEIPT = Machine(
    "goods_receipt",
    "grc",
    GoodsReceiptStatus,
    [
        step("post", NEW, G.POSTED, "posted", "What arrived is written down, lot by lot."),
        step("sign", {G.POSTED}, G.SIGNED, "signed", "The buyer stands by it."),
        step(
            "deem_signed",
            {G.POSTED},
            G.DEEMED_SIGNED,
            "deemed_signed",
            "The buyer was silent until sign_by: silence accepts the goods.",
            by_rule=True,
        ),
    ],
)
