"""Health: is it alive, can it serve, what has it counted."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import DomainError
from app.db import migrate
from app.db.engine import Database

router = APIRouter(include_in_schema=False)

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""Postgres settings without which "acknowledged means stored" is not true."""

_ASK = (
    "SELECT name, setting FROM pg_settings WHERE name = ANY($1) "
    "UNION ALL SELECT 'migration', version_num FROM alembic_version"
)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The service can serve: database reachable, schema as expected, nothing acknowledged is lost.

    ``durable: false`` (fsync off or the like) is said, but does not stop the service: test servers
    run that way on purpose.
    """
    database: Database = request.app.state.database
    try:
        async with database.public() as connection:
            rows = await connection.driver.fetch(_ASK, list(DURABLE))
    except DomainError:
        return JSONResponse({"status": "not_ready", "database": "unreachable"}, 503)
    found = {row["name"]: row["setting"] for row in rows}
    migrated = found.pop("migration", None)
    ready = migrated == _head()
    return JSONResponse(
        {
            "status": "ready" if ready else "not_ready",
            "database": "reachable",
            "migration": migrated,
            "expected_migration": _head(),
            "durable": found == DURABLE,
            "settings": found,
        },
        200 if ready else 503,
    )


@cache
def _head() -> str | None:
    return migrate.head()


@router.get("/metrics")
async def metrics() -> Response:
    """Counters and timings in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
