"""What may be sent for a field, over all request bodies there are: new ones are found by
themselves."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import app.main
from app.http.validation import field_errors
from app.http.wire import Reference, Request
from tests.api import Api

_ROOT = Path(app.main.__file__).parent
_WRONG: list[Any] = [
    None,
    True,
    -1,
    1.5,
    10**30,
    "",
    "x" * 3000,
    "1796083200",
    {},
    [],
    [{}],
    "é\ud800",
]
_WRONG += ["2026-13-45", "2026-11-21T08:00", "2026-11-21T08:00:00", "2026-11-21x", float("nan")]


def _requests(of: type[BaseModel] = Request) -> Iterator[type[BaseModel]]:
    for model in of.__subclasses__():
        if model.__module__.startswith("app."):
            yield model
            yield from _requests(model)


def _named(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in typing.get_args(annotation):
        yield from _named(argument)


def _temporal() -> Iterator[tuple[type[BaseModel], str]]:
    for model in _requests():
        for name, field in model.model_fields.items():
            if any(isinstance(a, type) and issubclass(a, date) for a in _named(field.annotation)):
                yield model, name


def _errors(model: type[BaseModel], name: str, value: Any) -> list[Any]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate({name: value})
    found = refused.value.errors(include_url=False)
    return [e | {"loc": ("body", *e["loc"])} for e in found]


def test_a_number_is_no_day_and_no_time() -> None:
    """Pydantic would take it for seconds since 1970."""
    fields = list(_temporal())
    assert len(fields) > 15
    for model, name in fields:
        for value in (1796083200, 1796083200.0, -1, 1.5, "1796083200", "86400", True, {}):
            told = [e for e in _errors(model, name, value) if e["loc"][1] == name]
            assert told, (model.__name__, name, value)
            (error,) = field_errors(told)
            assert "2026-11-21" in error.detail.id, (model.__name__, name, value, error)


def test_no_code_comes_out_raw() -> None:
    """Whatever is wrong with whichever field is said in words."""
    for model in _requests():
        for name in model.model_fields:
            for value in _WRONG:
                try:
                    model.model_validate({name: value})
                except ValidationError as refused:
                    found = refused.errors(include_url=False)
                    for error in field_errors([e | {"loc": ("body", *e["loc"])} for e in found]):
                        assert "not right" not in error.detail.en, (model, name, value, error)


def test_every_code_of_our_own_has_words() -> None:
    pattern = re.compile(r'PydanticCustomError\(\s*"(\w+)"')
    codes = {c for path in _ROOT.rglob("*.py") for c in pattern.findall(path.read_text())}
    assert "nothing_wanted" in codes
    for code in codes:
        facts = {"units": "", "places": 3, "most": "", "example": ""}
        (error,) = field_errors([{"type": code, "loc": ("body", "x"), "ctx": facts}])
        assert "not right" not in error.detail.en, code


@pytest.mark.parametrize("text", ["\u200b", "PO\u202e-1", "PO-\ue000", "PO\u00ad1", "PO\x85"])
def test_a_reference_has_nothing_invisible(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Reference).validate_python(text)
    assert refused.value.errors()[0]["type"] == "plain_text"
    assert TypeAdapter(Reference).validate_python(" PO-1/é ") == "PO-1/é"


async def test_a_number_for_a_day_is_refused_on_the_wire(hub: Api) -> None:
    seller = await hub.party("seller")
    body = {"kind": "nib", "number": "1", "valid_from": 1796083200}
    refused = await seller.post(
        f"/v1/parties/{seller.id}/licences", body, headers={"accept-language": "id"}
    )
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"]) == (422, "/valid_from")
    assert error["detail"] == "Harus tanggal seperti 2026-11-21."
