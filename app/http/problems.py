"""Problems: every refusal as RFC 9457 ``application/problem+json``, in the caller's language.

This module alone maps a kind of refusal to a status. Whatever goes wrong, known or not, leaves as
one of these; a defect of ours is a 500 that says nothing of the inside.
"""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.core.errors import DomainError, FieldError, Invalid, Kind, NotFound
from app.core.text import Language, Text
from app.http.language import language_of
from app.http.validation import field_errors

log = structlog.get_logger("problems")

METHODS = "btc.methods"
"""Key of the request's scope under which stands what a path can be called with, if not so."""

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.SLOW: 408,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.INVALID: 422,
    Kind.UNCONDITIONAL: 428,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}


class Malformed(DomainError):
    """The body is not what its content type says."""

    kind = Kind.MALFORMED
    code = "malformed"
    title = Text("Not readable", "Tidak terbaca")
    advice = Text("Send a body that is valid JSON (UTF-8).", "Kirim isi berupa JSON (UTF-8).")


class WrongMethod(DomainError):
    """This path exists, but not with this method."""

    kind = Kind.METHOD
    code = "method_not_allowed"
    title = Text("Method not allowed", "Metode tidak diizinkan")
    advice = Text(
        "Use one of the methods in the Allow header.", "Pakai metode yang ada di header Allow."
    )


class TooSlow(DomainError):
    """The request body did not arrive in the time that is waited for it."""

    kind = Kind.SLOW
    code = "too_slow"
    title = Text("Took too long", "Terlalu lama sampai")
    advice = Text(
        "Nothing was stored. Send it again over a better connection.",
        "Tidak ada yang tersimpan. Kirim ulang saat sinyal lebih baik.",
    )


class TooLarge(DomainError):
    """The request body is larger than the service reads."""

    kind = Kind.TOO_LARGE
    code = "too_large"
    title = Text("Too large", "Terlalu besar")
    advice = Text(
        "Send less in one request; split the work into several.",
        "Kirim lebih sedikit per permintaan; bagi menjadi beberapa.",
    )


class WrongMediaType(DomainError):
    """The content type is not one this operation reads."""

    kind = Kind.MEDIA_TYPE
    code = "unsupported_media_type"
    title = Text("Unsupported content type", "Jenis isi tidak didukung")
    advice = Text(
        "Send Content-Type: application/json (application/merge-patch+json for PATCH).",
        "Kirim Content-Type: application/json (application/merge-patch+json untuk PATCH).",
    )


class Defect(DomainError):
    """Something broke on our side."""

    kind = Kind.INTERNAL
    code = "internal_error"
    title = Text("Our fault", "Kesalahan di pihak kami")
    advice = Text(
        "Nothing was stored. Try again; if it stays, tell the hub the request_id.",
        "Tidak ada yang tersimpan. Coba lagi; bila berulang, sampaikan request_id kepada BTC.",
    )


def body(error: DomainError, language: Language, instance: str, request_id: str) -> dict[str, Any]:
    """The members of the problem document of *error*."""
    document: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title.say(language),
        "status": STATUS[error.kind],
        "detail": error.detail.say(language),
        "instance": instance,
        "code": error.code,
        "request_id": request_id,
        "advice": error.advice.say(language),
    }
    if error.errors:
        document["errors"] = [_field(e, language) for e in error.errors]
    return error.extra | document


def _field(error: FieldError, language: Language) -> dict[str, str]:
    return {
        "pointer": error.pointer,
        "code": error.code,
        "detail": error.detail.say(language),
    }


def problem(request: Request, error: DomainError) -> Response:
    """The answer that tells *error* to the caller of *request*."""
    document = body(
        error,
        language_of(request),
        request.url.path,
        request.scope.get("request_id", ""),
    )
    response = Response(
        orjson.dumps(document, default=str),
        STATUS[error.kind],
        media_type="application/problem+json",
    )
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    if error.kind is Kind.UNAUTHENTICATED:
        response.headers["www-authenticate"] = "Bearer"
    response.headers["cache-control"] = "no-store"
    return response


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return problem(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return problem(request, Malformed())
    return problem(request, Invalid(errors=field_errors(error.errors())))


_NO_PATH = Text(
    "There is no such path. All of them stand at /docs.",
    "Alamat ini tidak ada. Semua alamat tercantum di /docs.",
)
_BY_STATUS: dict[int, type[DomainError]] = {
    400: Malformed,
    405: WrongMethod,
    408: TooSlow,
    413: TooLarge,
    415: WrongMediaType,
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == STATUS[Kind.NOT_FOUND]:
        response = problem(request, NotFound(_NO_PATH))
    else:
        response = problem(request, _BY_STATUS.get(error.status_code, Defect)())
    response.headers.update(error.headers or {})
    if error.status_code == 405 and METHODS in request.scope:
        response.headers["allow"] = ", ".join(sorted(request.scope[METHODS]))
    return response


async def _gone(request: Request, _error: Exception) -> Response:
    """Whoever asked hung up while asking: nobody is there to read this, and nothing is wrong."""
    return problem(request, Malformed())


async def _defect(request: Request, error: Exception) -> Response:
    request_id = request.scope.get("request_id")
    log.error("defect", id=request_id, path=request.url.path, exc_info=error)
    response = problem(request, Defect())
    # This answer is made outside of the edge, which names the request on every other.
    response.headers["x-request-id"] = request.scope.get("request_id", "")
    return response


def install(app: FastAPI) -> None:
    """Let every error of *app* leave as a problem document."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _defect)
