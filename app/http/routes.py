"""Routes of this service: what every operation does around its one call.

An endpoint returns its object; the route adds the ETag (the object's version), the Location of
something new and the Link to a list's next page, hands the finished answer to whoever must keep it
in the same transaction (the idempotency key), and refuses content types that are not JSON. Where
the body is a file (`http.uploads`), it is received before the door is opened. A route whose
operation declares no door (see `access.doors`) cannot be made: nothing is open by accident.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import orjson
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import FieldError, Invalid
from app.http.lists import next_link
from app.http.problems import Malformed, WrongMediaType
from app.http.query import query_fields
from app.http.uploads import Intake
from app.http.validation import UNKNOWN
from app.http.wire import Page, Resource

Finish = Callable[[Response], Awaitable[None]]

FINISH = "btc.finish"
"""Key of the request's scope under which a door leaves what must see the answer before commit."""

_READABLE = ("application/json", "application/merge-patch+json")


class Replayed(Exception):
    """This very request was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Answer(Response):
    """A finished answer; that of a page knows the cursor of the next one."""

    next_cursor: str | None = None

    @classmethod
    def page(cls, body: bytes, next_cursor: str | None) -> Answer:
        """A page of somebody's own objects whose JSON is finished."""
        made = cls(body, media_type="application/json", headers={"cache-control": "no-store"})
        made.next_cursor = next_cursor
        return made


def etag(version: int) -> str:
    """The entity tag of an object's *version*."""
    return f'"{version}"'


class Route(APIRoute):
    """One operation of the API."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        status = options.get("status_code") or 200
        options["operation_id"] = options.get("operation_id") or endpoint.__name__
        options["summary"] = options.get("summary") or _claim(endpoint)
        super().__init__(path, _answering(path, endpoint, status), **options)
        self.door: Any = next(
            (d.call for d in self.dependant.dependencies if hasattr(d.call, "permission")), None
        )
        assert self.door, f"{path}: {endpoint.__name__} declares no door"
        self.intake: Intake | None = next(
            (d.call for d in self.dependant.dependencies if isinstance(d.call, Intake)), None
        )
        self.query_names = frozenset(_query_names(self.dependant)) | query_fields(endpoint)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if self.intake is not None:
                await self.door.glance(request)
                async with self.intake.receive(request):
                    return await behind_the_door(request)
            if request.method in ("POST", "PATCH"):
                await _json_only(request)
            return await behind_the_door(request)

        async def behind_the_door(request: Request) -> Response:
            try:
                async with self.door.open(request):
                    await self._refuse_unknown(request)
                    response = await inner(request)
                    if isinstance(response, Answer) and response.next_cursor:
                        response.headers["link"] = next_link(request, response.next_cursor)
                    finish: Finish | None = request.scope.get(FINISH)
                    if finish is not None:
                        await finish(response)
            except Replayed as replayed:
                return replayed.response
            return response

        return handle

    async def _refuse_unknown(self, request: Request) -> None:
        """What FastAPI would overlook: query parameters and bodies that nobody reads."""
        if request.scope["query_string"]:
            _known_only(request, self.query_names)
        if request.method == "POST" and self.body_field is None and self.intake is None:
            _nothing_asked(await request.body())


def _answering(path: str, endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    """*endpoint*, its object turned into the answer with its headers."""

    @functools.wraps(endpoint)
    async def answer(*args: Any, **kwargs: Any) -> Any:
        result = await endpoint(*args, **kwargs)
        if not isinstance(result, BaseModel):
            return result
        response = Answer(result.model_dump_json(), status, media_type="application/json")
        response.headers["cache-control"] = "no-store"
        if isinstance(result, Page):
            response.next_cursor = result.next_cursor
        if isinstance(result, Resource):
            response.headers["etag"] = etag(result.version)
            if status == 201 and "{" not in path:
                name = result.model_dump(include={"id"}, mode="json").get("id")
                response.headers["location"] = f"{path}/{name}"
        return response

    return answer


def _claim(endpoint: Callable[..., Any]) -> str:
    """What an operation does: the first sentence of its docstring."""
    return (endpoint.__doc__ or "").strip().split("\n")[0].split(". ")[0].rstrip(".")


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters that an operation reads, its dependencies' included."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


def _known_only(request: Request, names: frozenset[str]) -> None:
    """A misspelt filter must not answer with everything."""
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        raise Invalid(errors=[FieldError(f"query:{name}", *UNKNOWN) for name in unknown[:20]])


def _nothing_asked(body: bytes) -> None:
    """A command that takes no body takes an empty object too, but no field it would not read."""
    try:
        said = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise Malformed from None
    if said:
        names = list(said)[:20] if isinstance(said, dict) else [""]
        raise Invalid(errors=[FieldError(f"/{name}", *UNKNOWN) for name in names])


async def _json_only(request: Request) -> None:
    if not await request.body():
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _READABLE:
        raise WrongMediaType
