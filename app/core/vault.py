"""The service's one secret, and the keys derived from it: outside the database, never logged.

`unlock` is called once at the door of a process. Personal data (licence numbers such as NPWP, phone
numbers) is sealed with AES-256-GCM before it reaches a column; a stolen backup shows none of it.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_secret: list[bytes] = []


def unlock(secret: str) -> None:
    """Give the process its secret. A second call with another one replaces it (tests)."""
    _secret[:] = [secret.encode()]
    derived.cache_clear()


@lru_cache
def derived(purpose: str) -> bytes:
    """A 32-byte key for one *purpose*."""
    return hmac.digest(_secret[0], b"btc " + purpose.encode(), "sha256")


def seal(text: str) -> bytes:
    """*text* encrypted and authenticated; the nonce stands in front."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(derived("field encryption")).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """The text that was sealed. Raises `cryptography.exceptions.InvalidTag` with another secret."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(derived("field encryption")).decrypt(nonce, rest, None).decode()


def masked(text: str) -> str:
    """*text* with all but its last three characters hidden."""
    return "•" * max(len(text) - 3, 0) + text[-3:] if len(text) > 3 else "•" * len(text)
