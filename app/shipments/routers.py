"""The routers of lots, shipments, tracking and goods receipts."""

from app.shipments import ending, short_closing  # noqa: F401 - register what follows in goods
from app.shipments.lots.router import router as lots
from app.shipments.receipts.router import router as receipts
from app.shipments.shipments.router import router as shipments
from app.shipments.tracking.router import router as tracking

routers = [tracking, shipments, lots, receipts]
