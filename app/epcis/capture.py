"""Taking in what partners tell: their words, marked as theirs.

A document is checked event by event. With `rollback` one wrong event is the end of all, with
`proceed` the others are kept. An event that its sender has told before, under the same id (without
one, what it says names it), is no error and is not stored again. Nothing here touches orders, lots
or shipments.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request

from app.core.errors import DomainError, FieldError, Invalid, Kind
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.epcis import documents, hashing, rows
from app.epcis.models import ErrorBehaviour
from app.epcis.vocabulary import CONTEXT
from app.http.problems import Malformed
from app.http.uploads import Upload

MOST_EVENTS = 1000
MOST_BYTES = 4 * 2**20
_MOST_ERRORS = 200

_INSERT = """
INSERT INTO epcis_captures
  (id, party_id, error_behaviour, success, events, stored, errors, livemode, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_OTHERS = """
SELECT event_id, declared, body FROM epcis_events
WHERE party_id = $1 AND captured AND livemode = $2 AND event_id = ANY($3)
"""
_TWICE = Text(
    "You have told another event under this eventID.",
    "eventID ini sudah Anda pakai untuk peristiwa lain.",
)


class TooManyEvents(DomainError):
    """The document has more events than one capture takes."""

    kind = Kind.TOO_LARGE
    code = "epcis_too_many_events"
    title = Text("Too many events at once", "Terlalu banyak peristiwa sekaligus")
    advice = Text(
        f"Send at most {MOST_EVENTS} events in one document (GS1-EPCIS-Capture-Limit).",
        f"Kirim paling banyak {MOST_EVENTS} peristiwa per dokumen (GS1-EPCIS-Capture-Limit).",
    )


class NotEpcis(Invalid):
    """The document is not one of EPCIS 2.0."""

    code = "epcis_document"
    title = Text("Not an EPCIS 2.0 document", "Bukan dokumen EPCIS 2.0")


@dataclass
class Document:
    """A document as it was read: its events, each with its own id and what is wrong with it."""

    events: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """of each event the hash of what it says; empty for wrong ones"""
    errors: list[tuple[int, FieldError]] = field(default_factory=list)

    @property
    def good(self) -> list[tuple[int, dict[str, Any]]]:
        """The events that nothing is wrong with, and their places."""
        bad = {n for n, _ in self.errors}
        return [(n, event) for n, event in enumerate(self.events) if n not in bad]


async def read(_request: Request, upload: Upload) -> Document:
    """The document in *upload*, checked. Raises Malformed, NotEpcis, TooManyEvents."""
    return await asyncio.to_thread(_read, upload.path)


def _read(path: Path) -> Document:
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        raise Malformed from None
    events, wrong = documents.document(value)
    if wrong:
        raise NotEpcis(errors=wrong[:20])
    if len(events) > MOST_EVENTS:
        raise TooManyEvents(events=len(events), most=MOST_EVENTS)
    found = Document()
    for n, event in enumerate(events):
        at = f"/epcisBody/eventList/{n}"
        errors = documents.event(event, at)
        found.errors += [(n, error) for error in errors[:5]]
        named, said = (event, "") if errors else _named(value.get("@context"), event)
        found.events.append(named)
        found.said.append(said)
    return found


def _named(context: Any, event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """*event* with its id and with what its prefixes stand for, and the hash of what it says."""
    namespaces = hashing.namespaces_of(context, event.get("@context"))
    said = hashing.event_id(event, namespaces)
    own = {name: value for name, value in event.items() if name not in ("@context", "recordTime")}
    explained = {"@context": [CONTEXT, namespaces]} if namespaces else {}
    return explained | own | {"eventID": event.get("eventID") or said}, said


async def take(tx: Tx, document: Document, behaviour: ErrorBehaviour) -> UUID:
    """Store the events of *document* as the caller's words, and how it went; the capture's id."""
    errors = list(document.errors)
    good = document.good
    known = await _known(tx, [event["eventID"] for _, event in good])
    fresh: list[dict[str, Any]] = []
    for n, event in good:
        name = event["eventID"], "errorDeclaration" in event
        meaning = document.said[n], event.get("errorDeclaration")
        if name not in known:
            known[name] = meaning
            fresh.append(event)
        elif known[name] != meaning:
            at = f"/epcisBody/eventList/{n}/eventID"
            errors.append((n, FieldError(at, "event_id_used", _TWICE)))
    stored: set[UUID] = set()
    if not errors or behaviour == ErrorBehaviour.PROCEED:
        stored = await _store(tx, fresh)
    capture_id = new_id()
    await tx.sql(
        _INSERT,
        capture_id,
        tx.actor.party_id,
        behaviour,
        not errors,
        len(document.events),
        len(stored),
        _problems(errors),
        tx.actor.livemode,
        tx.now,
    )
    return capture_id


async def _known(tx: Tx, event_ids: list[str]) -> dict[tuple[str, bool], Any]:
    """What the caller has told under these ids before: what two events of one id have in common."""
    found = await tx.sql(_OTHERS, tx.actor.party_id, tx.actor.livemode, event_ids)
    return {
        (row["event_id"], row["declared"]): (
            hashing.event_id(row["body"], hashing.namespaces_of(row["body"].get("@context"))),
            row["body"].get("errorDeclaration"),
        )
        for row in found
    }


async def _store(tx: Tx, events: list[dict[str, Any]]) -> set[UUID]:
    party_id, livemode = tx.actor.party_id, tx.actor.livemode

    def made() -> list[dict[str, Any]]:
        return [
            rows.row(event, party_id=party_id, captured=True, now=tx.now, livemode=livemode)
            for event in events
        ]

    return await rows.store(tx, await asyncio.to_thread(made))


def _problems(errors: list[tuple[int, FieldError]]) -> str:
    """The errors as the job says them: which event, where in it, and why."""
    said = [
        {"event": n, "pointer": e.pointer, "code": e.code, "detail": e.detail._asdict()}
        for n, e in errors[:_MOST_ERRORS]
    ]
    return orjson.dumps(said).decode()
