"""The columns of a price: what was entered, and what it is for in the base unit."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Amount, Qty


class PriceColumns:
    """A required price: *amount* rupiah per *per_value* *per_unit*, which is *per* base units."""

    price_amount: Mapped[Amount]
    price_currency: Mapped[str] = mapped_column(server_default="IDR")
    price_per_value: Mapped[Qty]
    price_per_unit: Mapped[str]


class BasePriceColumns(PriceColumns):
    """A price that quantities are multiplied with."""

    price_per: Mapped[Decimal] = mapped_column(comment="what the price is for, in the base unit")


class EnteredColumns:
    """The quantity as it was entered, and the factor that made it base units."""

    entered_value: Mapped[Qty]
    entered_unit: Mapped[str]
    unit_factor: Mapped[Decimal]
