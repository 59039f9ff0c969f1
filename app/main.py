"""The front door: builds the FastAPI application. Mounts routers, installs handlers; no logic."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app import docs, health, worker
from app.agreements.amendments.router import router as agreement_amendments
from app.agreements.router import router as agreements
from app.allocation.routers import routers as allocation
from app.catalog.imports import work as imports
from app.catalog.routers import routers as catalog
from app.core import vault
from app.db.engine import Database
from app.desk.routers import routers as desk
from app.epcis import projector
from app.epcis.router import router as epcis
from app.files.sandbox import Sandbox
from app.files.store import FileStore
from app.http import logs, openapi, pages, problems
from app.http.compression import Compression
from app.http.edge import Edge
from app.http.index import Index
from app.http.routes import Route
from app.orders.amendments.router import router as order_amendments
from app.orders.router import router as orders
from app.parties.router import router as parties
from app.prices.router import router as prices
from app.quotes.router import router as quotes
from app.regions.router import router as regions
from app.settings import Settings
from app.shipments.documents.page import router as document_page
from app.shipments.page.router import router as tracking_page
from app.shipments.routers import routers as shipments
from app.shipments.tracking.stream import Streams
from app.webhooks.listing_history import router as listing_history
from app.webhooks.router import router as events

ROUTERS = [
    *catalog,
    *desk,
    epcis,
    *shipments,
    quotes,
    orders,
    order_amendments,
    *allocation,
    agreements,
    agreement_amendments,
    prices,
    events,
    listing_history,
    parties,
    regions,
]

ABOUT = """The hub of the city of Blitar, East Java: it collects many small producers' goods and is
their way out to other regions. *Quota → bulk order → fair allocation over many sellers → lots →
shipment → goods receipt*, every step with its states, its event and its history.

Call with an API key: `Authorization: Bearer btc_live_…`. Every POST that does something needs an
`Idempotency-Key`; sending it again is always safe. Quantities and money are decimals as text.
Every refusal is a problem document; [all of them, with what to do next](/problems). `make demo`
prints keys to try, `btc keys create --operator` makes one.
"""

TAGS = [
    ("parties", "Who trades here: organisations, people, sites, licences, keys."),
    ("regions", "Kemendagri's regions, from province to kelurahan."),
    ("commodities", "What is traded in bulk, and in which grades."),
    ("listings", "UMKM products, from the draft through curation to the shelf."),
    ("imports", "Many products at once: sheets in and out."),
    ("supply offers", "What sellers promise to bring."),
    ("prices", "Reference prices that agreed prices follow: series and their readings."),
    ("agreements", "What a buyer may call off, month by month, and what is left of it."),
    ("quotes", "Terms asked for, named and countered, until they become a trade."),
    ("orders", "Bulk orders: placed by a buyer, answered and filled by the hub."),
    ("allocations", "Which seller brings which share, and why that much."),
    ("lots", "Goods of a share, weighed."),
    ("shipments", "Goods on the road, and where they are."),
    ("goods receipts", "What arrived and was accepted (BAST)."),
    ("documents", "Delivery notes, load lists, labels, goods receipts as PDF, numbered."),
    ("traceability", "What happened to goods, as GS1 EPCIS 2.0; and what partners tell of it."),
    ("desk", "What the hub looks at: who waits, what is short, who was served."),
    ("events", "What happened, in order."),
]
"""The document's chapters, in the order of the trade."""


def create_app(settings: Settings) -> FastAPI:
    """The service on the database of *settings* (``database_url`` and ``secret`` must be set)."""
    assert settings.database_url is not None
    assert settings.secret is not None, "the door fills in embedded settings first"
    vault.unlock(settings.secret.get_secret_value())
    logs.configure(settings.log_level)
    app = FastAPI(
        title="Blitar Trade Center",
        version=version("btc"),
        summary="From many small producers' goods to one bulk order, shipped and received.",
        description=ABOUT,
        lifespan=_lifespan,
        openapi_tags=[{"name": name, "description": said} for name, said in TAGS],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # another path is another thing: 404, not a detour
    )
    app.state.settings = settings
    problems.install(app)
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]
    app.router.routes.append(Index(routes))
    app.include_router(health.router)
    docs.mount(app)
    app.include_router(pages.router)
    app.include_router(tracking_page)
    app.include_router(document_page)
    openapi.finish(app, routes)
    app.add_middleware(Compression, minimum_size=2000, compresslevel=5)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=[
                "Authorization",
                "Content-Disposition",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "X-Request-Id",
            ],
            expose_headers=[
                "ETag",
                "Location",
                "Link",
                "Retry-After",
                "X-Request-Id",
                "Idempotency-Replayed",
            ],
        )
    app.add_middleware(Edge, max_waiting=settings.max_waiting, max_body=settings.max_body_bytes)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    assert settings.database_url is not None
    database = Database(
        settings.database_url.get_secret_value(),
        size=settings.pool_size,
        public_size=settings.public_pool_size,
    )
    app.state.database = database
    app.state.files = FileStore.open(settings)
    app.state.sandbox = Sandbox()
    app.state.streams = Streams(database)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        stack.push_async_callback(app.state.sandbox.close)
        stack.push_async_callback(app.state.streams.close)
        if settings.embedded:
            task = asyncio.create_task(worker.loop(database, app.state.files, settings))
            stack.push_async_callback(_ended, task)
            importing = asyncio.create_task(imports.loop(database, app.state.files))
            stack.push_async_callback(_ended, importing)
            telling = asyncio.create_task(projector.loop(database, settings.gs1_prefix))
            stack.push_async_callback(_ended, telling)
        yield


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
