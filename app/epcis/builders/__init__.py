"""From our facts to what happened to goods: one builder for each type of event of the feed."""

from __future__ import annotations

from app.epcis.builders import lots, receipts, shipments
from app.epcis.builders.said import Builder

BUILDERS: dict[str, Builder] = lots.BUILDERS | shipments.BUILDERS | receipts.BUILDERS
"""By the feed's event type. What is not in here moves no goods: it is told nobody."""
