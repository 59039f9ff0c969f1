"""What Pydantic found wrong with a request, said as field errors people can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.errors import FieldError, Invalid
from app.core.text import Text
from app.http import wording

Model = TypeVar("Model", bound=BaseModel)

_MOST = 20  # a request with a thousand wrong fields is told the first twenty

_DAY = Text("Expected a date like 2026-11-21.", "Harus tanggal seperti 2026-11-21.")
_INSTANT = Text(
    "Expected a time with its offset, like 2026-11-21T08:00:00+07:00.",
    "Harus waktu dengan zona, seperti 2026-11-21T08:00:00+07:00.",
)
_INTEGER = Text("Expected a whole number.", "Harus bilangan bulat.")
_NUMBER = Text("Expected a number.", "Harus berupa angka.")
_LIST = Text("Expected a list.", "Harus berupa daftar.")

_SAID: dict[str, Text] = {
    "missing": Text("This field is required.", "Isian ini wajib."),
    "extra_forbidden": Text(
        "There is no such field; check its spelling.", "Isian ini tidak dikenal; periksa ejaannya."
    ),
    "string_type": Text("Expected text.", "Harus berupa teks."),
    "string_too_short": Text(
        "Expected at least {min_length} characters.", "Sedikitnya {min_length} karakter."
    ),
    "string_too_long": Text(
        "Expected at most {max_length} characters.", "Paling banyak {max_length} karakter."
    ),
    "plain_text": Text(
        "Control and invisible characters are not allowed here.",
        "Karakter kendali dan karakter tak terlihat tidak boleh dipakai di sini.",
    ),
    "unit_unknown": Text("Expected a unit out of {units}.", "Harus satuan di antara {units}."),
    "decimal_text": Text(
        'Expected a decimal as text, like "1000" or "12.5", with at most {places} places.',
        'Harus angka desimal sebagai teks, misalnya "1000" atau "12.5", paling banyak {places} '
        "angka di belakang koma.",
    ),
    "decimal_positive": Text(
        "Expected more than 0 and at most {most}.", "Harus lebih dari 0 dan paling banyak {most}."
    ),
    "decimal_not_negative": Text("Expected from 0 to {most}.", "Harus dari 0 sampai {most}."),
    "id_kind": Text("Expected an id like {example}.", "Harus id seperti {example}."),
    "list_type": _LIST,
    "set_type": _LIST,
    "too_short": Text("Expected at least {min_length} entries.", "Sedikitnya {min_length} butir."),
    "too_long": Text("Expected at most {max_length} entries.", "Paling banyak {max_length} butir."),
    "model_attributes_type": Text("Expected a JSON object.", "Harus berupa objek JSON."),
    "model_type": Text("Expected a JSON object.", "Harus berupa objek JSON."),
    "date_from_datetime_parsing": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "nothing_wanted": Text(
        "Say what should change of this line: quantity, deliver_on, ship_to_site_id or price; or "
        "leave the line out.",
        "Sebutkan yang berubah dari baris ini: quantity, deliver_on, ship_to_site_id, atau price; "
        "atau hapus barisnya.",
    ),
    "private_text": Text(
        "Anybody can read this: leave out telephone numbers and prices.",
        "Siapa saja bisa membaca ini: jangan tulis nomor telepon atau harga.",
    ),
    "position_half": Text(
        "A position needs both latitude and longitude.",
        "Posisi harus berisi latitude dan longitude.",
    ),
    "timezone_aware": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "int_parsing": _INTEGER,
    "int_type": _INTEGER,
    "int_from_float": _INTEGER,
    "int_parsing_size": _INTEGER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "string_unicode": Text("This is no valid Unicode text.", "Teks ini bukan Unicode yang benar."),
    "bool_parsing": Text("Expected true or false.", "Harus true atau false."),
    "bool_type": Text("Expected true or false.", "Harus true atau false."),
    "gtin": Text(
        "Expected a barcode of 8, 12, 13 or 14 digits whose last one checks the others.",
        "Harus kode batang 8, 12, 13, atau 14 angka dengan angka pemeriksa yang benar.",
    ),
    "feed_alone": Text(
        "The change feed is of the whole shelf: updated_since goes with limit, cursor and fields "
        "only. Filter what you receive.",
        "Umpan perubahan mencakup seluruh katalog: updated_since hanya bersama limit, cursor, dan "
        "fields. Saring sendiri hasilnya.",
    ),
    "tiers_order": Text(
        "Expected tiers from the smallest quantity on, each cheaper than the one before.",
        "Urutkan harga grosir dari jumlah terkecil; makin banyak harus makin murah.",
    ),
    "capacity": Text(
        "capacity, capacity_period and lead_days go together, with availability made_to_order.",
        "capacity, capacity_period, dan lead_days diisi bersama, dengan availability "
        "made_to_order.",
    ),
    "greater_than_equal": Text("Expected at least {ge}.", "Sedikitnya {ge}."),
    "less_than_equal": Text("Expected at most {le}.", "Paling banyak {le}."),
}
UNKNOWN = ("extra_forbidden", _SAID["extra_forbidden"])
"""Code and text of a field, or a query parameter, that does not exist."""

_WHOLE = Text(
    'Expected a whole number as text, like "15000".',
    'Harus bilangan bulat sebagai teks, misalnya "15000".',
)
_OTHERWISE = Text("This value is not right: {code}.", "Nilai ini belum benar: {code}.")


def field_errors(found: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's *found* errors: a JSON pointer, a stable code, a sentence in both languages.

    A pointer into the body starts with ``/``; one to a parameter reads ``query:limit``.
    """
    return [_field_error(error) for error in found[:_MOST]]


def _field_error(error: Mapping[str, Any]) -> FieldError:
    code = error["type"]
    where, *path = error["loc"] or ("body",)
    steps = "".join(f"/{str(p).replace('~', '~0').replace('/', '~1')}" for p in path)
    pointer = steps if where == "body" else f"{where}:{steps[1:]}"
    field = str(path[-1]) if path else ""
    return FieldError(pointer, code, _said(code, error.get("ctx", {}), field))


def _said(code: str, facts: Mapping[str, Any], field: str) -> Text:
    """What *code* means for *field*, with Pydantic's *facts* of the case."""
    if code in ("enum", "literal_error"):
        return wording.one_of(facts["expected"], field)
    if code == "string_pattern_mismatch":
        return wording.form(facts["pattern"])
    if code == "decimal_text" and not facts["places"]:
        return _WHOLE
    return _SAID.get(code, _OTHERWISE).filled(code=code, **facts)


def whole(model: type[Model], said: Mapping[str, Any]) -> Model:
    """What a patch has made of an object, as *model*. Raises Invalid where it cannot be that."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        found = [e | {"loc": ("body", *e["loc"])} for e in error.errors(include_url=False)]
        raise Invalid(errors=field_errors(found)) from None
