"""The API's documentation page, at /docs: every operation with an example that can be run.

Its script and style come with a package and are served by the service itself, so the page works
where the internet does not.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

_FILES = "/docs/files"
_ICON = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
    "<ellipse cx='8' cy='8.6' rx='5' ry='6.4' fill='%23b5651d'/></svg>"
)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> RedirectResponse:
    """Whoever opens the service in a browser lands on the documentation."""
    return RedirectResponse("/docs")


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The documentation page."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Blitar Trade Center API",
        swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{_FILES}/swagger-ui.css",
        swagger_favicon_url=_ICON,
        swagger_ui_parameters={
            "persistAuthorization": True,
            "tryItOutEnabled": True,
            "docExpansion": "none",
            "filter": True,
        },
    )


def mount(app: FastAPI) -> None:
    """Add the page and its files to *app*."""
    app.include_router(router)
    package = find_spec("fastapi_offline")
    assert package is not None
    assert package.origin is not None
    app.mount(_FILES, StaticFiles(directory=Path(package.origin).parent / "static"))
