"""Tracking codes: ``BTC-7K3M9QX2PT``. Not to be guessed, easy to say on the phone.

Ten characters of Crockford's base32 (https://www.crockford.com/base32.html): 50 random bits, no I,
L, O or U. What people type is read kindly: small letters, dashes and blanks, O for 0, I or L for 1.
"""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_CODE = re.compile(rf"BTC([{_ALPHABET}]{{{_LENGTH}}})")
_MEANT = str.maketrans("OIL", "011", " -")


def new_code() -> str:
    """A fresh code."""
    return "BTC-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def read_code(said: str) -> str | None:
    """The code that was meant by *said*; None when it can be none."""
    found = _CODE.fullmatch(said.upper().translate(_MEANT))
    return f"BTC-{found[1]}" if found else None
