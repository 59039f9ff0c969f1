"""Shares of an agreed quantity. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from app.core.quantity import quantum_of


def share(quantity: Decimal, percent: Decimal, base_unit: str) -> Decimal:
    """*percent* of *quantity*, rounded down to what is counted: a gram, or a whole piece."""
    quantum = quantum_of(base_unit)
    return (quantity * percent / 100 / quantum).to_integral_value(ROUND_DOWN) * quantum
