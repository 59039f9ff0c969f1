"""`/t/{code}` and `/lacak/{code}`: a shipment followed in a browser.

Pages for people, not operations of the API: they answer in HTML whatever happens, need no key,
look at none, and overlook what messengers append to a link.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.access.doors import ANYBODY
from app.core import clock
from app.core.text import Language
from app.db.engine import Database
from app.db.errors import DatabaseUnavailable
from app.db.tx import Tx
from app.http.language import language_of
from app.shipments.page import render
from app.shipments.page.view import View
from app.shipments.shipments import codes
from app.shipments.tracking import queries

router = APIRouter(include_in_schema=False)

_READ = ["GET", "HEAD"]
"""Messengers ask for the head before they show a link."""


@router.api_route("/t/{code}", methods=_READ)
async def followed(code: str, request: Request) -> Response:
    """The shipment with this code, in the language the phone asks for."""
    return await _shipment(request, code, _language(request, language_of(request)))


@router.api_route("/lacak/{code}", methods=_READ)
async def dilacak(code: str, request: Request) -> Response:
    """The shipment with this code, in Indonesian."""
    return await _shipment(request, code, _language(request, "id"))


@router.api_route("/lacak", methods=_READ)
async def lookup(request: Request) -> Response:
    """A form to type a code into, and the way from there to its shipment."""
    language, code = _language(request, "id"), request.query_params.get("code", "").strip()
    if not code:
        return render.lookup(request, language)
    meant = codes.read_code(code)
    if meant is None:
        return render.unknown(request, code, language)
    return RedirectResponse(f"/lacak/{meant}?lang={language}", 303)


@router.api_route("/t", methods=_READ)
@router.api_route("/t/", methods=_READ)
@router.api_route("/lacak/", methods=_READ)
async def to_lookup(request: Request) -> Response:
    """The form, for whoever lost the code or typed one stroke too many."""
    return _elsewhere(request, "/lacak")


@router.api_route("/t/{code}/", methods=_READ)
async def to_followed(code: str, request: Request) -> Response:
    """The page, without the stroke at the end."""
    return _elsewhere(request, f"/t/{quote(code, safe='')}")


@router.api_route("/lacak/{code}/", methods=_READ)
async def to_dilacak(code: str, request: Request) -> Response:
    """The same in Indonesian."""
    return _elsewhere(request, f"/lacak/{quote(code, safe='')}")


def _elsewhere(request: Request, path: str) -> Response:
    asked = request.url.query
    answer = RedirectResponse(f"{path}?{asked}" if asked else path, 308)
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


async def _shipment(request: Request, code: str, language: Language) -> Response:
    meant = codes.read_code(code)
    if meant is None:
        return render.unknown(request, code, language)
    database: Database = request.app.state.database
    try:
        async with database.public() as connection:
            found = await queries.by_code(Tx(connection, ANYBODY), meant)
    except DatabaseUnavailable:
        return render.busy(request, language)
    if found is None:
        return render.unknown(request, code, language)
    view = View.model_validate(found)
    return render.shipment(request, view, language, _page(request), clock.now())


def _language(request: Request, default: Language) -> Language:
    asked = request.query_params.get("lang")
    return asked if asked in ("id", "en") else default  # type: ignore[return-value]


def _page(request: Request) -> int:
    asked = request.query_params.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
