"""Finishing the OpenAPI document: what FastAPI cannot know about our operations.

The permission of every operation, the required Idempotency-Key, the conditional headers, the
problem document of every refusal: all read from the doors the routes declare.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core.errors import REGISTRY
from app.core.states import MACHINES
from app.http import examples
from app.http.problems import STATUS
from app.http.query import parameters as query_parameters
from app.http.routes import Route

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document. `code` is stable; the text follows Accept-Language.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "enum": []},
        "request_id": {"type": "string"},
        "advice": {"type": "string", "description": "What to do next."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "current_status": {"type": "string", "description": "409: the object's own status."},
        "allowed_actions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "409: what this status allows instead.",
        },
        "existing_id": {"type": "string", "description": "409: what is there already."},
        "left": {"description": "409: what is left of quota or offer, and what was asked for."},
        "missing": {
            "type": "array",
            "items": {"type": "string"},
            "description": "409: the licences that are missing.",
        },
        "accepted": {
            "type": "array",
            "items": {"type": "string"},
            "description": "415: the content types that are taken.",
        },
        "permission": {"type": "string", "description": "403: what the key would have to carry."},
    },
}

_IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Your own name for this request, new for each thing you want done. Sent again "
    "with the same body within 7 days, it is answered with the first answer and nothing happens "
    "twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "pasar-jaya-2026-11-21-0001",
}
_LANGUAGE: dict[str, Any] = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "`id` or `en`: the language of what people read, problems above all.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what you have; 304 without a body if it is still the same.",
    "schema": {"type": "string"},
}
_WHEN: dict[int, str] = {
    400: "Not readable, or a required header is missing",
    401: "No valid key",
    403: "The key does not carry the permission",
    404: "Nothing here that you may see",
    408: "The file took too long to arrive",
    409: "Not in this state, or nothing left",
    412: "Changed since you read it",
    413: "Too large",
    415: "Unsupported content type",
    422: "Some fields are not right",
    428: "If-Match is missing",
    503: "Temporarily unavailable; retry with the same key",
}


def finish(app: FastAPI, routes: Iterable[Route]) -> None:
    """Make ``app.openapi()`` produce the finished document, built once."""
    operations = list(routes)

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, operations)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, routes: list[Route]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=routes,
        tags=app.openapi_tags,
    )
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    codes = {"type": "string", "enum": sorted(REGISTRY)}
    schemas["Problem"] = _PROBLEM | {"properties": _PROBLEM["properties"] | {"code": codes}}
    happened = sorted({m.event(action) for m in MACHINES.values() for action in m.transitions})
    schemas["EventOut"]["properties"]["type"]["examples"] = happened
    document["components"]["securitySchemes"] = {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of your party: `btc_live_…` or, for the test world, "
            "`btc_test_…`.",
        }
    }
    for route in routes:
        if route.intake is not None:
            schemas |= route.intake.schemas
    examples.fill(schemas)
    for route in routes:
        for method in route.methods or ():
            _operation(document["paths"][route.path_format][method.lower()], route, method, schemas)
    return document


def _operation(
    operation: dict[str, Any], route: Route, method: str, schemas: dict[str, Any]
) -> None:
    door: Any = route.door
    scopes = [str(door.permission)] if door.permission else []
    needs_key = {"apiKey": scopes}
    operation["security"] = ([{}, needs_key] if scopes else []) if door.public else [needs_key]
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if "examples" in parameter["schema"]:  # where the page looks for what to put into the box
            parameter["example"] = parameter["schema"]["examples"][0]
    parameters.append(_LANGUAGE)
    keyed = door.idempotent
    if keyed:
        parameters.append(_IDEMPOTENCY)
    if "304" in operation["responses"]:
        parameters.append(_IF_NONE_MATCH)
    parameters.extend(query_parameters(route.endpoint, schemas))
    if route.intake is not None:
        operation["requestBody"] = route.intake.body
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _refusals(route, method, keyed=keyed):
        responses[str(status)] = {
            "description": _WHEN[status],
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": examples.problem(status, route.path),
                }
            },
        }


def _refusals(route: Route, method: str, *, keyed: bool) -> list[int]:
    found = [503, 422]
    if not route.door.public:
        found += [401, 403]
    if "{" in route.path:
        found += [404]
    if route.intake is not None:
        found += [400, 408, 413, 415]
    if method in ("POST", "PATCH"):
        found += [400, 404, 409, 413, 415]
    elif keyed:
        found += [400]
    if any(field.alias == "if-match" for field in route.dependant.header_params):
        found += [412, 428]
    assert all(status in STATUS.values() for status in found)
    return sorted(set(found))
