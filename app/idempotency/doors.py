"""The door of everything that changes something: one transaction, one key, one effect."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import permit
from app.access.doors import Door
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import RECORDED, recorded
from app.http.routes import FINISH, Replayed
from app.http.uploads import UPLOAD
from app.idempotency.models import KEPT

_KEPT_HEADERS = ("content-type", "cache-control", "etag", "location")

_CLAIM = """
INSERT INTO idempotency_keys (id, party_id, operation, fingerprint, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, status = NULL, headers = NULL,
  body = NULL, created_at = EXCLUDED.created_at WHERE idempotency_keys.created_at < $6
RETURNING true
"""
_FIND = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE id = $1"
# The answer, and what the transaction has recorded: one statement, the last before COMMIT.
_STORE = f"""
WITH {RECORDED}
UPDATE idempotency_keys SET status = $7, headers = $8, body = $9 WHERE id = $6
"""


class KeyMissing(DomainError):
    """The operation moves money, stock or quota, and the request carries no key."""

    kind = Kind.MALFORMED
    code = "idempotency_key_missing"
    title = Text("Idempotency-Key is missing", "Idempotency-Key belum ada")
    advice = Text(
        "Send a header Idempotency-Key (1 to 255 visible ASCII characters, a new one for each "
        "thing you want done) and repeat it when you retry.",
        "Sertakan header Idempotency-Key (1 sampai 255 karakter ASCII, baru untuk setiap hal yang "
        "diminta) dan ulangi kunci yang sama saat mencoba lagi.",
    )


class KeyReused(DomainError):
    """The same key came with another request."""

    kind = Kind.INVALID
    code = "idempotency_key_reused"
    title = Text("Idempotency-Key used before", "Idempotency-Key sudah dipakai")
    advice = Text(
        "This key belongs to another request. Use a new key for a new request.",
        "Kunci ini milik permintaan lain. Pakai kunci baru untuk permintaan baru.",
    )


class KeyInProgress(DomainError):
    """The first request with this key has not ended yet."""

    kind = Kind.CONFLICT
    code = "idempotency_key_in_progress"
    retry_after = 1
    title = Text("Still in progress", "Masih diproses")
    advice = Text(
        "The first request with this key is still running. Wait a moment and send it again.",
        "Permintaan pertama dengan kunci ini masih berjalan. Tunggu sebentar lalu kirim ulang.",
    )


class CommandDoor(Door):
    """A key of the API and an Idempotency-Key are needed; the answer is kept with the effect."""

    idempotent = True

    async def begin(self, request: Request, tx: Tx) -> None:
        """Claim the request's Idempotency-Key, or replay what it was answered before."""
        key = request.headers.get("idempotency-key", "")
        if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
            raise KeyMissing
        operation = request.scope["route"].operation_id
        name = _name(tx.actor, operation, key)
        fingerprint = await _fingerprint(request)
        if not await _claim(tx, name, operation, fingerprint):
            permit(tx)
            await _replay(tx, name, fingerprint)
        request.scope[FINISH] = partial(_store, tx, name)


def Commands(permission: Permission) -> Any:  # noqa: N802 - reads like the class it makes
    """A write: with a key that carries *permission* and with an Idempotency-Key."""
    return Depends(CommandDoor(permission))


def _name(actor: Actor, operation: str, key: str) -> UUID:
    said = f"{actor.party_id}|{actor.key_id}|{operation}|{key}"
    return UUID(bytes=sha256(said.encode()).digest()[:16])


async def _fingerprint(request: Request) -> bytes:
    """What is asked, whatever its spelling: path, query and the parsed body (a file's hash)."""
    upload = request.scope.get(UPLOAD)
    body = await request.body() if upload is None else upload.sha256
    if body:
        # No JSON, or too deep to write again: its own fingerprint; validation will refuse it.
        with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):
            body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    url = request.url
    return sha256(f"{url.path}?{url.query}\n".encode() + body).digest()


async def _claim(tx: Tx, name: UUID, operation: str, fingerprint: bytes) -> bool:
    try:
        return bool(
            await tx.sql_value(
                _CLAIM, name, tx.actor.party_id, operation, fingerprint, tx.now, tx.now - KEPT
            )
        )
    except asyncpg.LockNotAvailableError:
        raise KeyInProgress from None


async def _replay(tx: Tx, name: UUID, fingerprint: bytes) -> None:
    row = await tx.sql_row(_FIND, name)
    if row is None or row["fingerprint"] != fingerprint:
        raise KeyReused
    response = Response(row["body"], row["status"], row["headers"])
    response.headers["idempotency-replayed"] = "true"
    raise Replayed(response)


async def _store(tx: Tx, name: UUID, response: Response) -> None:
    kept = {h: response.headers[h] for h in _KEPT_HEADERS if h in response.headers}
    headers = orjson.dumps(kept).decode()
    await tx.sql(_STORE, *recorded(tx), name, response.status_code, headers, response.body)
