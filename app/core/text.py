"""Text that people read, in both languages of the service."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["id", "en"]


class Text(NamedTuple):
    """One sentence in English and Indonesian. Codes never change; only this does."""

    en: str
    id: str

    def say(self, language: Language) -> str:
        """The sentence in *language*."""
        return self.id if language == "id" else self.en

    def filled(self, **values: object) -> Text:
        """The same sentence with its ``{placeholders}`` filled, in both languages."""
        return Text(self.en.format(**values), self.id.format(**values))
