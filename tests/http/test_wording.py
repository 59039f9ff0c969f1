"""What is wrong with a field, in plain Indonesian: no English word, no quotes, no expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.catalog.licences import licence_missing
from app.http.wording import FORMS, form, one_of
from tests.api import Api
from tests.catalog.listing_helpers import draft_body
from tests.openapi import document

pytestmark = pytest.mark.anyio


async def said(who: Api, path: str, body: dict[str, Any]) -> dict[str, str]:
    """The Indonesian sentences of a refusal, by pointer."""
    answer = await who.post(path, body, headers={"accept-language": "id"})
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


async def test_a_licence_that_is_none(hub: Api) -> None:
    seller = await hub.party("seller")
    body = {"kind": "sim", "number": "1", "valid_from": "2026-01-01"}
    told = await said(seller, f"/v1/parties/{seller.id}/licences", body)
    assert told == {"/kind": "Harus salah satu dari nib, nkv, pirt, bpom_md, halal, atau npwp."}


async def test_a_listing_full_of_mistakes(hub: Api) -> None:
    seller = await hub.party("seller")
    price = {"amount": 15000, "currency": "USD", "per": {"value": "x", "unit": "pcs"}}
    body = draft_body(category="keripik", origin_region_code="Garum", hs_code="12", price=price)
    told = await said(seller, "/v1/listings", body)
    assert told.pop("/category").endswith(", …; daftar lengkap: GET /v1/categories.")
    assert told == {
        "/origin_region_code": "Harus kode wilayah seperti 35.72.02.1005; lihat GET /v1/regions.",
        "/hs_code": "Harus kode HS 6 atau 8 angka, misalnya 210390.",
        "/price/amount": 'Harus bilangan bulat sebagai teks, misalnya "15000".',
        "/price/currency": "Harus IDR.",
        "/price/per/value": 'Harus angka desimal sebagai teks, misalnya "1000" atau "12.5", paling '
        "banyak 3 angka di belakang koma.",
    }


def test_two_choices_have_no_comma() -> None:
    text = one_of("'day' or 'week'", "capacity_period")
    assert text == ("Expected one of day or week.", "Harus salah satu dari day atau week.")


def test_of_many_choices_the_first_few_are_said() -> None:
    text = one_of(", ".join(f"'{n}'" for n in range(13)), "type").id
    assert text == "Harus salah satu dari 0, 1, 2, 3, 4, …; daftar lengkap: dokumen API, /docs."


def test_every_expression_of_a_field_has_its_words() -> None:
    patterns = {
        schema["pattern"]
        for schema in _schemas(document())
        if schema.get("format") != "decimal" and "_[0-7]" not in schema["pattern"]
    }
    assert patterns == set(FORMS)


def test_an_expression_without_words_is_not_shown() -> None:
    assert "[a-z]" not in form("^[a-z]+$").id


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for below in node:
            yield from _schemas(below)


def test_licences_are_called_as_people_call_them() -> None:
    refused = licence_missing(["bpom_md", "halal", "pirt"], one_of=[["bpom_md", "pirt"], ["halal"]])
    assert refused.detail.id == (
        "Barang ini memerlukan P-IRT atau BPOM MD, dan sertifikat halal yang berlaku. Ajukan dulu "
        "kepada BTC."
    )
    assert "P-IRT or BPOM MD, and halal certificate" in refused.detail.en
    assert "memerlukan NKV yang berlaku" in licence_missing(["nkv"]).detail.id
