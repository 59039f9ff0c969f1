"""Refusals, in the words of the domain. They know no HTTP; `http.problems` gives them a status.

Each refusal is a class with a stable ``code`` that machines read, a title and an advice that people
read in Indonesian or English, and the facts of the case as ``extra`` members (what is left, which
actions are allowed). The registry of all codes makes the problem pages in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from app.core.text import Text


class Kind(Enum):
    """What sort of refusal it is; the edge maps each kind to one HTTP status."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    SLOW = "slow"
    CONFLICT = "conflict"
    GONE = "gone"
    STALE = "stale"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    UNCONDITIONAL = "unconditional"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class FieldError(NamedTuple):
    """What is wrong with one place of a request: a JSON pointer, a code, a sentence."""

    pointer: str
    code: str
    detail: Text


REGISTRY: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """A request that cannot be granted; nothing of it is stored."""

    kind: ClassVar[Kind]
    code: ClassVar[str]
    title: ClassVar[Text]
    advice: ClassVar[Text]
    retry_after: ClassVar[int | None] = None

    def __init__(
        self, detail: Text | None = None, *, errors: Sequence[FieldError] = (), **extra: Any
    ) -> None:
        self.detail = detail or self.advice
        self.errors = errors
        self.extra = extra
        super().__init__(f"{self.code}: {self.detail.en}")

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            assert cls.code not in REGISTRY, f"problem code {cls.code} declared twice"
            REGISTRY[cls.code] = cls


class NotFound(DomainError):
    """The thing does not exist, or the caller may not know that it does."""

    kind = Kind.NOT_FOUND
    code = "not_found"
    title = Text("Nothing here", "Tidak ditemukan")
    advice = Text(
        "There is nothing with this id that you may see. Check the id and the key you call with.",
        "Tidak ada data dengan id ini yang boleh Anda lihat. Periksa id dan kunci yang dipakai.",
    )


class Forbidden(DomainError):
    """The caller may see the thing, but not do this with it."""

    kind = Kind.FORBIDDEN
    code = "forbidden"
    title = Text("Not allowed", "Tidak diizinkan")
    advice = Text(
        "Your key does not carry the permission for this. Ask the hub for a key with this scope.",
        "Kunci Anda tidak memiliki izin untuk ini. Mintalah kunci dengan izin ini kepada BTC.",
    )


class WrongState(DomainError):
    """The object is not in a state from which the action is possible."""

    kind = Kind.CONFLICT
    code = "wrong_state"
    title = Text("Not possible in this state", "Tidak bisa dalam status ini")
    advice = Text(
        "Read the object again; allowed_actions says what is possible now.",
        "Muat ulang datanya; isian allowed_actions menyebutkan apa yang bisa dilakukan sekarang.",
    )

    def __init__(
        self, detail: Text | None = None, *, machine: str | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, **extra)
        self._machine = machine

    def narrow(self, may: Callable[[str], bool]) -> None:
        """Leave in ``allowed_actions`` only those whose permission the caller has.

        Without a *machine* whoever refused has named the caller's own already.
        """
        if self._machine is not None:
            named = self.extra["allowed_actions"]
            self.extra["allowed_actions"] = [a for a in named if may(f"{self._machine}:{a}")]


class AlreadyExists(DomainError):
    """The caller has used this natural key before; the answer names the existing object."""

    kind = Kind.CONFLICT
    code = "already_exists"
    title = Text("Already there", "Sudah ada")
    advice = Text(
        "There is one already, and there can be only one; existing_id names it.",
        "Data ini sudah ada dan hanya boleh satu; lihat existing_id.",
    )


class Invalid(DomainError):
    """The request is well-formed but says something that cannot be; see ``errors``."""

    kind = Kind.INVALID
    code = "validation_failed"
    title = Text("Some fields are not right", "Ada isian yang belum benar")
    advice = Text(
        "Correct the fields named in errors and send the request again.",
        "Perbaiki isian yang disebut di daftar errors lalu kirim ulang.",
    )


def reference_used(existing_id: str) -> AlreadyExists:
    """The refusal of an ``external_reference`` that its sender gave to something else before."""
    detail = Text(
        "You have used this reference already, for the one that existing_id names.",
        "Referensi ini sudah Anda pakai, untuk data yang disebut existing_id.",
    )
    error = FieldError("/external_reference", AlreadyExists.code, detail)
    return AlreadyExists(errors=[error], existing_id=existing_id)


def missing(pointer: str, en: str, id: str) -> NotFound:
    """A request that names something which is not there, or not to be known of by the caller."""
    detail = Text(en, id)
    return NotFound(detail, errors=[FieldError(pointer, "not_found", detail)])


def invalid(pointer: str, code: str, en: str, id: str) -> Invalid:
    """One wrong field, said in both languages."""
    detail = Text(en, id)
    return Invalid(detail, errors=[FieldError(pointer, code, detail)])
