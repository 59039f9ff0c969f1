"""The page as HTML: templates made once, the headers that keep everything else out."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import cache
from hashlib import blake2b, sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from app.core.text import Language, Text
from app.http.conditional import still_has
from app.shipments.page import rules
from app.shipments.page.sketch import sketch
from app.shipments.page.view import View
from app.shipments.page.words import LABELS

_KEEP = "private, no-cache"
"""Asked for anew every time: an answer of two hundred bytes when there is no news."""


@cache
def _file(name: str) -> Markup:
    folder = files("app.shipments.page").joinpath("templates")
    return Markup(folder.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _guards() -> dict[str, str]:
    """Only this page's own style and script, and nothing from anywhere."""
    return {
        "content-security-policy": "default-src 'none'; img-src data:; connect-src 'self'; "
        f"style-src {_hash(_file('style.css'))}; script-src {_hash(_file('live.js'))}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",  # the address is what opens the page
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
    }


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("app.shipments.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["say"] = _say
    return made


@pass_context
def _say(context: Context, text: Text) -> str:
    """A text in the page's language."""
    return text.say(context["language"])


def shipment(
    request: Request, view: View, language: Language, page: int, now: datetime
) -> Response:
    """The page of a shipment; 304 when it is what the phone has already."""
    way, drawn = rules.way(view, page, now), sketch(view)
    start, end = rules.region(view.from_region), rules.region(view.to_region)
    map_words = [LABELS["map"].filled(from_=start, to=end)]
    if drawn.here is not None and drawn.here not in drawn.ends:
        map_words.append(LABELS["map_here"])
    return _answer(
        request,
        "shipment.html",
        language,
        view=view,
        over=rules.is_over(view),
        where=rules.where(view),
        reason=rules.reason(view),
        expected=rules.expected(view, now),
        late=rules.is_late(view, now),
        amiss=rules.is_amiss(view),
        last_news=rules.last_news(view, now),
        last_place=rules.last_place(view),
        goods=[rules.goods(item, language) for item in view.goods],
        map=drawn,
        map_words=map_words,
        way=way,
        page_words=LABELS["page"].filled(page=way.page, pages=way.pages),
        from_=start,
        to=end,
        script=_file("live.js"),
    )


def lookup(request: Request, language: Language) -> Response:
    """The form to type a code into."""
    return _answer(request, "lookup.html", language)


def unknown(request: Request, typed: str, language: Language) -> Response:
    """There is no such code: what to check."""
    return _answer(request, "unknown.html", language, 404, typed=typed[:40])


def busy(request: Request, language: Language) -> Response:
    """The database does not answer."""
    answer = _answer(request, "busy.html", language, 503)
    answer.headers["retry-after"] = "5"
    return answer


def _answer(
    request: Request, template: str, language: Language, status: int = 200, **values: Any
) -> Response:
    other: Language = "en" if language == "id" else "id"
    asked = dict(request.query_params)
    body = _template(template).render(
        {"typed": None}
        | values
        | {
            "t": LABELS,
            "language": language,
            "other": other,
            "style": _file("style.css"),
            "here_query": urlencode(asked),
            "switch_query": urlencode(asked | {"lang": other}),
        }
    )
    headers = {"cache-control": _KEEP, "content-language": language, **_guards()}
    if status != 200:
        headers["cache-control"] = "no-store"
        return Response(body, status, headers, "text/html")
    tag = f'"{blake2b(body.encode(), digest_size=12).hexdigest()}"'
    headers |= {"etag": tag, "vary": "Accept-Language, Accept-Encoding"}
    if still_has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, "text/html")
