"""The routers of lots, shipments, tracking and goods receipts."""

from app.shipments import ending, short_closing  # noqa: F401 - register what follows in goods
from app.shipments.claims.router import router as claims
from app.shipments.documents.router import router as documents
from app.shipments.evidence.router import router as evidence
from app.shipments.inspections.router import router as inspections
from app.shipments.legs.router import router as legs
from app.shipments.lots.graph.router import router as lot_graph
from app.shipments.lots.router import router as lots
from app.shipments.recalls.router import router as recalls
from app.shipments.receipts.router import router as receipts
from app.shipments.shipments.router import router as shipments
from app.shipments.telemetry.router import router as telemetry
from app.shipments.trace.router import router as trace
from app.shipments.tracking.router import router as tracking

routers = [
    tracking,
    telemetry,
    shipments,
    legs,
    lots,
    lot_graph,
    receipts,
    claims,
    evidence,
    inspections,
    recalls,
    trace,
    documents,
]
