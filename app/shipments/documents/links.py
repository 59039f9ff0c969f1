"""Links that open one document without a key, until they expire.

``/d/{token}``: the document's id and the second of expiry, signed with a key derived from the
service's secret. Nothing is stored. A link cannot be taken back before it expires, so it does not
live longer than a week; another secret ends all of them.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from app.core import vault
from app.core.errors import DomainError, Kind, NotFound
from app.core.text import Text

_SAID = struct.Struct(">16sQ")
_SEAL_BYTES = 16
NO_LINK = Text(
    "This link is not complete, or was never one. Copy all of it, or ask who sent it for another.",
    "Tautan ini tidak lengkap atau tidak sah. Salin seluruhnya, atau minta tautan baru kepada "
    "pengirimnya.",
)


class LinkExpired(DomainError):
    """The link was right once; its time is over."""

    kind = Kind.GONE
    code = "link_expired"
    title = Text("This link has expired", "Tautan ini sudah kedaluwarsa")
    advice = Text(
        "The document is still there. Ask who sent you the link for a new one.",
        "Dokumennya masih ada. Mintalah tautan baru kepada yang mengirimkannya.",
    )


def token_of(document_id: UUID, expires_at: datetime) -> str:
    """What stands after ``/d/`` for a document, until a whole second."""
    said = _SAID.pack(document_id.bytes, int(expires_at.timestamp()))
    return _encoded(said + _seal(said))


def document_of(token: str, now: datetime) -> UUID:
    """The document that *token* opens. Raises NotFound for a false one, LinkExpired."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        raise NotFound(NO_LINK) from None
    said, seal = raw[: _SAID.size], raw[_SAID.size :]
    spelt = len(said) == _SAID.size and _encoded(raw) == token  # no second way to write it
    if not (spelt and hmac.compare_digest(seal, _seal(said))):
        raise NotFound(NO_LINK)
    document, expires = _SAID.unpack(said)
    if now >= datetime.fromtimestamp(expires, UTC):
        raise LinkExpired
    return UUID(bytes=document)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _seal(said: bytes) -> bytes:
    return hmac.digest(vault.derived("document links"), said, "sha256")[:_SEAL_BYTES]
