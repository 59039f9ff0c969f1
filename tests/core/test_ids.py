"""Typed ids: text and UUID are two spellings of one thing; a wrong kind is refused."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.core.ids import OrderId, decode, encode, encode_all, new_id


@given(st.uuids())
def test_text_and_back_is_the_same_id(value: UUID) -> None:
    assert decode("ord", encode("ord", value)) == value


@given(st.lists(st.uuids()))
def test_many_at_once_are_what_each_is_alone(values: list[UUID]) -> None:
    assert encode_all("ord", values) == [encode("ord", value) for value in values]


@given(st.uuids(), st.uuids())
def test_text_sorts_like_the_uuid(one: UUID, other: UUID) -> None:
    assert (encode("ord", one) < encode("ord", other)) == (one.int < other.int)


def test_the_type_id_specifications_example() -> None:
    """From the specification's list of valid ids (prefix `prefix`)."""
    value = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    assert encode("prefix", value) == "prefix_01h455vb4pex5vsknk084sn02q"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord_",
        "lst_01h455vb4pex5vsknk084sn02q",
        "ord_01h455vb4pex5vsknk084sn02",
        "ord_01h455vb4pex5vsknk084sn02qq",
        "ord_81h455vb4pex5vsknk084sn02q",
        "ord_01H455VB4PEX5VSKNK084SN02Q",
        "ord_01h455vb4pex5vsknk084sn02l",
        "ord-01h455vb4pex5vsknk084sn02q",
        "ord_０1h455vb4pex5vsknk084sn02",
    ],
)
def test_what_is_not_an_id_of_this_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        decode("ord", text)


def test_ids_made_in_order_sort_in_order() -> None:
    made = [new_id() for _ in range(1000)]
    times = [i.int >> 64 for i in made]  # milliseconds, version, sub-millisecond bits
    assert times == sorted(times)
    assert len(set(made)) == 1000
    assert {i.version for i in made} == {7}


def test_on_the_wire_an_id_is_text() -> None:
    class Shown(BaseModel):
        id: OrderId

    value = new_id()
    shown = Shown(id=value)
    assert shown.model_dump(mode="json") == {"id": encode("ord", value)}
    assert Shown.model_validate_json(shown.model_dump_json()).id == value
    with pytest.raises(ValidationError):
        Shown.model_validate({"id": encode("lst", value)})
