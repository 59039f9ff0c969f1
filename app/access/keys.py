"""API keys: ``btc_live_…`` and ``btc_test_…``, 208 random bits and a checksum.

The checksum lets a typing error be told from a revoked key without asking the database, and lets
secret scanners recognise a leaked key. Stored is an HMAC-SHA256 under a pepper that the database
does not hold: a stolen backup opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
import zlib
from base64 import b32encode

from app.core.vault import derived

_RANDOM_BYTES = 26


def new_key(*, livemode: bool) -> str:
    """A fresh key; it is shown to its owner once and never stored."""
    body = b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode().rstrip("=").lower()
    start = f"btc_{'live' if livemode else 'test'}_{body}"
    return start + _checksum(start)


def _checksum(start: str) -> str:
    return format(zlib.crc32(start.encode()), "08x")


def well_formed(key: str) -> bool:
    """Whether *key* can be a key at all: its form and its checksum are right."""
    start, check = key[:-8], key[-8:]
    return (
        key.isascii()
        and start.startswith(("btc_live_", "btc_test_"))
        and hmac.compare_digest(_checksum(start), check)
    )


def hashed(key: str) -> bytes:
    """What is stored of *key*: HMAC-SHA256 under the service's pepper."""
    return hmac.digest(derived("api-key pepper"), key.encode(), "sha256")


def hint(key: str) -> str:
    """The few characters by which its owner recognises a key in a list."""
    return f"{key[:13]}…{key[-4:]}"
