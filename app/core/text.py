"""Text that people read, in both languages of the service."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, Self

Language = Literal["id", "en"]

# One point between digits, standing alone: no code (35.72.02), no address, no path, no version.
# What is in quotes is a value to be sent or as it was sent; rupiah are grouped by points already.
_DECIMAL = re.compile(
    r"""(?<![\w.,/:'"`+-])(?<!Rp\ )([0-9]+)\.([0-9]+)(?![\w/:'"`-]|[.,][0-9])""", re.ASCII
)


def decimal_comma(said: str) -> str:
    """*said* with the decimals in it as Indonesians write them.

    31.818 kg would be thirty-one tonnes to them.
    """
    return _DECIMAL.sub(r"\1,\2", said)


class _Pair(NamedTuple):
    en: str
    id: str


class Text(_Pair):
    """One sentence in English and Indonesian. Codes never change; only this does.

    Numbers come with a decimal point, as on the wire; in the Indonesian half it becomes a comma.
    """

    __slots__ = ()

    def __new__(cls, en: str, id: str) -> Self:
        return super().__new__(cls, en, decimal_comma(id))

    def say(self, language: Language) -> str:
        """The sentence in *language*."""
        return self.id if language == "id" else self.en

    def filled(self, **values: object) -> Text:
        """The same sentence with its ``{placeholders}`` filled, in both languages.

        What is itself a Text is said in the language of the sentence around it.
        """
        both = [
            {name: value[n] if isinstance(value, Text) else value for name, value in values.items()}
            for n in (0, 1)
        ]
        return Text(self.en.format(**both[0]), self.id.format(**both[1]))
