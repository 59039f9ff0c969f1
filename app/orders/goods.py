"""What an order line, an allocation and a lot are about: the columns they have in common."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped


class GoodsColumns:
    """Either a commodity in a grade, or a variant of a seller's listing.

    ``title`` is what the listing said of the variant when it was ordered; ``base_unit`` the unit of
    all quantities: the commodity's, or that in which the listing is sold.
    """

    commodity_id: Mapped[UUID | None]
    grade: Mapped[str | None]
    variant_id: Mapped[UUID | None]
    title: Mapped[str | None]
    base_unit: Mapped[str]


ONE_SORT = (
    "num_nulls(commodity_id, variant_id) = 1 AND (commodity_id IS NULL) = (grade IS NULL) "
    "AND (variant_id IS NULL) = (title IS NULL)"
)
"""CHECK that exactly one of the two sorts is said, and that wholly."""
