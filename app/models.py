"""Every table of the service in one place: what migrations are compared with."""

import app.access.models
import app.agreements.models
import app.allocation.models
import app.catalog.changes.models
import app.catalog.closures.models
import app.catalog.imports.models
import app.catalog.listings.models
import app.catalog.models
import app.catalog.photos.models
import app.catalog.search.models
import app.catalog.shelf.models
import app.catalog.variants.models
import app.epcis.models
import app.events.models
import app.idempotency.models
import app.orders.models
import app.parties.models
import app.prices.models
import app.quotes.models
import app.regions.models
import app.shipments.claims.models
import app.shipments.documents.models
import app.shipments.evidence.models
import app.shipments.inspections.models
import app.shipments.legs.models
import app.shipments.lots.models
import app.shipments.models
import app.shipments.recalls.models
import app.shipments.telemetry.models  # noqa: F401
from app.db.base import Base

metadata = Base.metadata
