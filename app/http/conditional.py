"""Conditional requests: nobody overwrites what they have not seen, or reads the same twice."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Header
from starlette.requests import Request

from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.http.routes import Answer, etag

_SHELF_PART = re.compile(r'-[0-9]+"$')

FRESH_SECONDS = 30
"""How long a cache may show what anybody may read without asking again."""


class PreconditionRequired(DomainError):
    """A change without If-Match."""

    kind = Kind.UNCONDITIONAL
    code = "precondition_required"
    title = Text("If-Match is missing", "If-Match belum ada")
    advice = Text(
        "Read the object, then send its ETag back in If-Match.",
        "Baca dulu datanya, lalu kirim ETag-nya di header If-Match.",
    )


class PreconditionFailed(DomainError):
    """The object has changed since the caller read it."""

    kind = Kind.STALE
    code = "precondition_failed"
    title = Text("Changed in the meantime", "Sudah berubah")
    advice = Text(
        "Somebody changed the object since you read it. Read it again and decide anew.",
        "Data ini sudah diubah sejak Anda membacanya. Baca ulang lalu putuskan lagi.",
    )


IfMatch = Annotated[
    str | None,
    Header(
        description='The ETag of the version you read, e.g. "3". Required.',
        examples=['"1"'],
    ),
]


def check_version(if_match: str | None, version: int) -> None:
    """Raises PreconditionRequired without *if_match*, PreconditionFailed if it is not *version*."""
    if if_match is None:
        raise PreconditionRequired
    # What the public reads has tags like "3-1204": the version, then its place in the feed.
    tags = {_SHELF_PART.sub('"', tag.strip().removeprefix("W/")) for tag in if_match.split(",")}
    if "*" not in tags and etag(version) not in tags:
        raise PreconditionFailed(version=version)


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Still what you have (If-None-Match)"}
}


def still_has(sent: str | None, tag: str) -> bool:
    """Whether who *sent* an If-None-Match has what *tag* names. Whoever compresses on the way makes
    a tag weak; it is the same thing all the same."""
    known = {one.strip().removeprefix("W/") for one in (sent or "").split(",")}
    return tag in known or "*" in known


def for_anybody(
    request: Request, body: str | bytes, tag: str, next_cursor: str | None = None
) -> Answer:
    """What anybody may read: *body* as it is. Caches may keep it for a while, unless it answers a
    caller with a key.

    Varies by Authorization: a cache must not show it to somebody who calls with a key.
    """
    keyed = "authorization" in request.headers
    headers = {
        "cache-control": "no-store" if keyed else f"public, max-age={FRESH_SECONDS}",
        "etag": tag,
        "vary": "Authorization, Accept-Encoding",
    }
    if still_has(request.headers.get("if-none-match"), tag):
        answer = Answer(status_code=304, headers=headers)
    else:
        answer = Answer(body, headers=headers, media_type="application/json")
    answer.next_cursor = next_cursor
    return answer
