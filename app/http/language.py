"""Which language a request is answered in."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from app.core.text import Language

# ``in`` is what old Androids call Indonesian; who reads Javanese or Sundanese reads Indonesian.
_SPOKEN: dict[str, Language] = {"id": "id", "in": "id", "jv": "id", "su": "id", "en": "en"}


def language_of(request: HTTPConnection) -> Language:
    """``id`` or ``en`` after Accept-Language; English when neither is asked for.

    >>> "Accept-Language: id-ID,id;q=0.9,en;q=0.8"  # Indonesian
    """
    best: tuple[float, Language] = (0.0, "en")
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.split("-")[0].lower()
        language = _SPOKEN.get(name)
        if language is not None:
            quality = _quality(parameter)
            if quality > best[0]:
                best = (quality, language)
    return best[1]


def _quality(parameter: str) -> float:
    _, _, value = parameter.strip().partition("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0
