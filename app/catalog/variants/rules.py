"""Decisions about variants: barcodes, price tiers, the time a kitchen's capacity is for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.catalog.variants.models import CapacityPeriod


def gtin_valid(gtin: str) -> bool:
    """Whether the last digit is the check digit of the others (GS1 General Specifications 7.9)."""
    if not (gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14)):
        return False
    weighted = sum(
        int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(reversed(gtin))
    )  # the check digit itself counts once; its neighbour three times
    return weighted % 10 == 0


def amount_at(amount: Decimal, tiers: Sequence[Mapping[str, str]], quantity: Decimal) -> Decimal:
    """The amount that holds for *quantity*: that of the highest tier it reaches, if it is lower."""
    tier = tier_at(tiers, quantity)
    return amount if tier is None else min(amount, Decimal(tier["amount"]))


def tier_at(tiers: Sequence[Mapping[str, str]], quantity: Decimal) -> Mapping[str, str] | None:
    """The highest of *tiers*, which ascend, that *quantity* reaches."""
    reached = [tier for tier in tiers if Decimal(tier["from"]) <= quantity]
    return reached[-1] if reached else None


def period_of(kind: str, day: date) -> tuple[date, date]:
    """First and last day of the time whose capacity *day* draws on; weeks begin on Monday."""
    if kind == CapacityPeriod.DAY:
        return day, day
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)
