"""The API's documentation page, at /docs: every operation with an example that can be run.

The page fills the examples with what is really there: the commodities of this installation, days to
come, and, once a key is pasted, the caller's own parties, sites, orders and so on. Its script and
style come with a package and are served by the service itself: it works without the internet.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> RedirectResponse:
    """Whoever opens the service in a browser lands on the documentation."""
    return RedirectResponse("/docs")


@router.get("/docs")
async def docs() -> FileResponse:
    """The documentation page."""
    return FileResponse(_HERE / "page.html", media_type="text/html")


@router.get("/docs/page.js")
async def script() -> FileResponse:
    """What fills the examples."""
    return FileResponse(_HERE / "page.js", media_type="text/javascript")


def mount(app: FastAPI) -> None:
    """Add the page and its files to *app*."""
    app.include_router(router)
    package = find_spec("fastapi_offline")
    assert package is not None
    assert package.origin is not None
    app.mount("/docs/files", StaticFiles(directory=Path(package.origin).parent / "static"))
