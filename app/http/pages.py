"""Problem pages: what every problem's ``type`` points at, for the people who meet one.

Made from the registry of refusals, so a new refusal has its page the moment it exists. Plain HTML
in Indonesian and English, nothing loaded from anywhere.
"""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.core.errors import REGISTRY, DomainError, Kind, NotFound
from app.core.text import Language, Text
from app.http.problems import STATUS, body

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "cache-control": "public, max-age=3600",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f0;padding:1rem;overflow-x:auto}section{margin:2rem 0}"
    "code{font-family:ui-monospace,monospace}"
)
_HAPPENED: dict[Kind, Text] = {
    Kind.MALFORMED: Text(
        "The request could not be read, or a header it needs is missing. Nothing was stored.",
        "Permintaan tidak dapat dibaca, atau ada header wajib yang belum dikirim. Tidak ada yang "
        "tersimpan.",
    ),
    Kind.UNAUTHENTICATED: Text(
        "The request carried no key, or a key that opens nothing: mistyped, expired, revoked, or "
        "its party is suspended.",
        "Permintaan tidak membawa kunci, atau kuncinya tidak berlaku: salah ketik, kedaluwarsa, "
        "dicabut, atau pihaknya sedang dibekukan.",
    ),
    Kind.FORBIDDEN: Text(
        "You may see this, but your key does not allow what was asked. Nothing was stored.",
        "Anda boleh melihat data ini, tetapi kunci Anda tidak mengizinkan tindakan ini. Tidak ada "
        "yang tersimpan.",
    ),
    Kind.NOT_FOUND: Text(
        "There is no such thing, or none that your key may know of. Nothing was stored.",
        "Data tidak ada, atau kunci Anda tidak boleh mengetahuinya. Tidak ada yang tersimpan.",
    ),
    Kind.METHOD: Text(
        "The path exists, but not with this method.",
        "Alamatnya ada, tetapi tidak dengan metode ini.",
    ),
    Kind.SLOW: Text(
        "The request took longer to arrive than the service waits.",
        "Permintaan terlalu lama sampai, melebihi waktu tunggu layanan.",
    ),
    Kind.CONFLICT: Text(
        "The request is right in itself but does not fit how things stand now: another state, "
        "nothing left, or done before. Nothing was stored; the answer carries the facts.",
        "Permintaannya benar, tetapi tidak cocok dengan keadaan sekarang: statusnya lain, sisanya "
        "habis, atau sudah pernah dilakukan. Tidak ada yang tersimpan; rinciannya ada di jawaban.",
    ),
    Kind.GONE: Text(
        "This was there, and is no longer to be had at this address.",
        "Ini pernah ada, tetapi sudah tidak tersedia di alamat ini.",
    ),
    Kind.STALE: Text(
        "Somebody changed the object after you read it. Nothing was overwritten.",
        "Data sudah diubah setelah Anda membacanya. Tidak ada yang ditimpa.",
    ),
    Kind.TOO_LARGE: Text(
        "The request is larger than the service reads. Nothing was stored.",
        "Permintaan lebih besar daripada yang dibaca layanan. Tidak ada yang tersimpan.",
    ),
    Kind.MEDIA_TYPE: Text(
        "The request's Content-Type is not one that is read here. Nothing was stored.",
        "Content-Type permintaan tidak dapat dibaca di sini. Tidak ada yang tersimpan.",
    ),
    Kind.INVALID: Text(
        "The request was read, but something in it cannot be. `errors` names each place by a JSON "
        "pointer. Nothing was stored.",
        "Permintaan terbaca, tetapi ada isian yang tidak benar. `errors` menyebut letaknya dengan "
        "JSON pointer. Tidak ada yang tersimpan.",
    ),
    Kind.UNCONDITIONAL: Text(
        "A change must say which version it changes, so that nobody's work is overwritten.",
        "Perubahan harus menyebut versi yang diubah, supaya pekerjaan orang lain tidak tertimpa.",
    ),
    Kind.INTERNAL: Text(
        "Something broke on our side. Nothing was stored.",
        "Ada yang rusak di pihak kami. Tidak ada yang tersimpan.",
    ),
    Kind.UNAVAILABLE: Text(
        "The service could not answer in time. The request may or may not have been done; sending "
        "it again with the same Idempotency-Key is safe and tells.",
        "Layanan tidak sempat menjawab. Permintaan mungkin sudah atau belum dikerjakan; kirim "
        "ulang dengan Idempotency-Key yang sama: aman, dan jawabannya pasti.",
    ),
}
_WORDS: dict[str, Text] = {
    "happened": Text("What happened", "Apa yang terjadi"),
    "next": Text("What to do next", "Apa yang harus dilakukan"),
    "example": Text("What the answer looks like", "Contoh jawaban"),
    "all": Text("All problems", "Semua masalah"),
}


@router.get("/problems")
async def problem_index() -> HTMLResponse:
    """Every code on one page."""
    return HTMLResponse(_index(), headers=_HEADERS)


@router.get("/problems/{code}")
async def problem_page(code: str) -> HTMLResponse:
    """The page of one code. Raises NotFound for a code that no refusal has."""
    if code not in REGISTRY:
        raise NotFound(
            Text("There is no problem with this code.", "Tidak ada masalah dengan kode ini.")
        )
    return HTMLResponse(_page(code), headers=_HEADERS)


def page_of(error: DomainError) -> HTMLResponse:
    """What happened to somebody who followed a link, in both languages, and what to do."""
    said = "".join(
        f'<section lang="{language}"><h1>{_t(error.title.say(language))}</h1>'
        f"<p>{_t(error.detail.say(language))}</p></section>"
        for language in ("id", "en")
    )
    headers = _HEADERS | {"cache-control": "no-store", "x-robots-tag": "noindex"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    title = f"{error.title.id} / {error.title.en}"
    return HTMLResponse(_html(title, said), STATUS[error.kind], headers)


@lru_cache(maxsize=1)
def _index() -> str:
    rows = "".join(
        f'<li><a href="/problems/{code}"><code>{code}</code></a> ({STATUS[error.kind]}): '
        f'{_t(error.title.id)} / <span lang="en">{_t(error.title.en)}</span></li>'
        for code, error in sorted(REGISTRY.items())
    )
    title = f"{_WORDS['all'].id} / {_WORDS['all'].en}"
    return _html(title, f"<h1>{title}</h1><ul>{rows}</ul>")


@lru_cache(maxsize=256)
def _page(code: str) -> str:
    error = REGISTRY[code]
    parts = "".join(_section(error, language) for language in ("id", "en"))
    heading = f"<h1><code>{code}</code> · HTTP {STATUS[error.kind]}</h1>"
    back = f'<p><a href="/problems">{_WORDS["all"].id} / {_WORDS["all"].en}</a></p>'
    return _html(f"{error.title.id} / {error.title.en}", heading + parts + back)


def _section(error: type[DomainError], language: Language) -> str:
    def word(key: str) -> str:
        return _t(_WORDS[key].say(language))

    document = body(error(), language, "/v1/orders", "5b0e7a2f9c1d4e8a6b3f2c10")
    example = json.dumps(document, indent=2, ensure_ascii=False)
    return (
        f'<section lang="{language}"><h2>{_t(error.title.say(language))}</h2>'
        f"<h3>{word('happened')}</h3><p>{_t(_HAPPENED[error.kind].say(language))}</p>"
        f"<h3>{word('next')}</h3><p>{_t(error.advice.say(language))}</p>"
        f"<h3>{word('example')}</h3><pre>{_t(example)}</pre></section>"
    )


def _t(text: str) -> str:
    return escape(text, quote=False)


def _html(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_t(title)} · Blitar Trade Center</title><style>{_STYLE}</style></head>"
        f"<body>{content}</body></html>"
    )
