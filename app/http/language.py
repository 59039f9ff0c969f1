"""Which language a request is answered in."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from app.core.text import Language


def language_of(request: HTTPConnection) -> Language:
    """``id`` or ``en`` after Accept-Language; English when neither is asked for.

    >>> "Accept-Language: id-ID,id;q=0.9,en;q=0.8"  # Indonesian
    """
    best: tuple[float, Language] = (0.0, "en")
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.split("-")[0].lower()
        if name in ("id", "en"):
            quality = _quality(parameter)
            if quality > best[0]:
                best = (quality, "id" if name == "id" else "en")
    return best[1]


def _quality(parameter: str) -> float:
    _, _, value = parameter.strip().partition("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0
