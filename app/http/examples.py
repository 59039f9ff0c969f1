"""Examples for the API document: what a reader would otherwise see as ``"string"``.

By the name of the field, with Blitar's own data. A field whose schema already says what it looks
like (an enum, a pattern, an example of its own) is left as it is.
"""

from __future__ import annotations

from typing import Any

from app.core.errors import REGISTRY, DomainError
from app.http.problems import STATUS, body

_BY_NAME: dict[str, Any] = {
    "action": "confirm",
    "allowed_actions": ["confirm", "decline"],
    "base_unit": "kg",
    "colour": "merah",
    "code": "eggs",
    "category": "snacks.chips",
    "corrected": "keripik pisang",
    "cursor": "b3JkZXJzfDAxOTk",
    "description": "Sambal pecel khas Blitar, pedas sedang, dibuat di dapur rumah.",
    "description_en": "Peanut sauce of Blitar, medium hot, made in a home kitchen.",
    "en": "Your fair share.",
    "external_id": "EXP-2026-000481",
    "external_reference": "PJ-2026-11-0001",
    "from_place": "Kabupaten Blitar",
    "from_status": "placed",
    "flavour": "pedas",
    "fulfilment_status": "partly_shipped",
    "grade": "medium",
    "gtin": "8991234567891",
    "hint": "btc_live_7q2m…a41f",
    "hs_code": "210390",
    "id": "Bagian Anda yang adil.",
    "ingredients": "Kacang tanah, cabai, gula kelapa, daun jeruk, garam.",
    "key": "btc_live_ (shown once)",
    "licences": ["halal", "pirt"],
    "name": "Peternakan Pak Slamet (contoh)",
    "name_id": "Telur ayam ras",
    "next_cursor": "b3JkZXJzfDAxOTk",
    "note": "Truk berangkat setelah subuh.",
    "number": "ORD-2026-000123",
    "one_of": ["bpom_md", "pirt"],
    "origin_region_code": "35.72.02.1005",
    "pack": "200 g",
    "parent_code": "35.72.02",
    "phone": "•••••••••••001",
    "place": "Gerbang Tol Cikampek Utama",
    "postal_code": "66125",
    "reason": "no_supply",
    "region_code": "35.05.13",
    "required_licences": ["nkv"],
    "review_note": "Foto depan belum ada.",
    "roles": ["seller"],
    "scopes": ["seller"],
    "seller_kind": "producer",
    "size": "L",
    "sku": "SBL-PDS-250",
    "standing": "valid",
    "status": "valid",
    "story": "Bu Sumiati menumbuk bumbunya sendiri sejak 2011.",
    "title": "Sambal pecel Karangsari 250 g",
    "title_en": "Peanut sauce of Karangsari 250 g",
    "to_place": "Jakarta Timur",
    "to_status": "confirmed",
    "tracking_code": "BTC-7K3M9QX2PT",
    "type": "order.confirmed",
    "unit": "kg",
    "value": "snacks.chips",
}
_SAYS_ENOUGH = ("enum", "format", "pattern", "examples", "const", "$ref")


def fill(schemas: dict[str, Any]) -> None:
    """Give every text field of *schemas* that shows nothing an example."""
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if name in _BY_NAME and shows_nothing(field):
                field["examples"] = [_BY_NAME[name]]


def shows_nothing(field: dict[str, Any]) -> bool:
    """Whether a reader would see ``"string"`` where *field* stands."""
    if any(word in field for word in _SAYS_ENOUGH):
        return False
    kinds = field.get("anyOf", [field])
    if any(any(word in kind for word in _SAYS_ENOUGH) for kind in kinds):
        return False
    return any(_is_text(kind) or _is_text(kind.get("items", {})) for kind in kinds)


def _is_text(kind: dict[str, Any]) -> bool:
    return kind.get("type") == "string" and not any(word in kind for word in _SAYS_ENOUGH)


_TYPICAL: dict[int, str] = {
    400: "idempotency_key_missing",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    408: "upload_too_slow",
    409: "wrong_state",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
    428: "precondition_required",
    503: "unavailable",
}
_FACTS: dict[int, dict[str, Any]] = {
    409: {"current_status": "declined", "allowed_actions": []},
    422: {
        "errors": [
            {
                "pointer": "/lines/0/quantity/value",
                "code": "decimal_positive",
                "detail": "Expected more than 0 and at most 100000000.",
            }
        ]
    },
}


def problem(status: int, path: str) -> dict[str, Any]:
    """A problem document as the operation at *path* would answer with *status*."""
    error: DomainError = REGISTRY[_TYPICAL[status]]()
    assert STATUS[error.kind] == status, status
    return body(error, "en", path, "5b0e7a2f9c1d4e8a6b3f2c10") | _FACTS.get(status, {})
