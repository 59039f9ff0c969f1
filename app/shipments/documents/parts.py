"""Parts that several documents print."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.shipments.documents import words as w
from app.shipments.documents.contents import Place, Vehicle
from app.shipments.documents.words import NONE, Tongue

Fact = list[str]
"""A name, its value, and what else is to be said of it."""


class Qr(str):
    """What a QR code says."""

    __slots__ = ()


def sums_of(parts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """What *parts* come to, unit by unit."""
    sums: dict[str, Decimal] = {}
    for unit, value in parts:
        sums[unit] = sums.get(unit, Decimal(0)) + value
    return sums


def place_fact(name: str, who: str, where: Place) -> Fact:
    """Whose place it is, and where."""
    return [name, who, *filter(None, (where.name, where.region))]


def vehicle_facts(vehicle: Vehicle, say: Tongue) -> list[Fact]:
    """Who drives what."""
    return [
        [say(w.CARRIER), vehicle.carrier],
        [say(w.VEHICLE), vehicle.plate or NONE, *filter(None, (vehicle.kind,))],
        [say(w.DRIVER), vehicle.driver or NONE],
    ]
