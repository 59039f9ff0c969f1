"""Tracking codes: ``BTC-7K3M9QX2PT``. Not to be guessed, easy to say on the phone.

Ten characters of Crockford's base32 (https://www.crockford.com/base32.html): 50 random bits, no I,
L, O or U. What people type or paste is read kindly: small letters, dashes of all sorts and blanks,
O for 0, I or L for 1, without the BTC in front, or somewhere in a link or a message.
"""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_GAP = r"[\s\u200b-\u200d\u2060\ufeff\-\u2010-\u2015\u2212*_]*"
_BARE = rf"(?:[{_ALPHABET}]{_GAP}){{{_LENGTH - 1}}}[{_ALPHABET}]"
_ALONE = re.compile(rf"{_GAP}({_BARE}){_GAP}")
_CODE = re.compile(rf"BTC{_GAP}({_BARE})(?![{_ALPHABET}])")
_MEANT = str.maketrans("OIL", "011")


def new_code() -> str:
    """A fresh code."""
    return "BTC-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def read_code(said: str) -> str | None:
    """The code that was meant by *said*; None when it can be none."""
    meant = said.upper().translate(_MEANT)
    found = _CODE.search(meant) or _ALONE.fullmatch(meant)
    return f"BTC-{re.sub(_GAP, '', found[1])}" if found else None
