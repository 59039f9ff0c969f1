"""Changing a listing: If-Match, JSON Merge Patch, what curation fixes, what input is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Api, money
from tests.catalog.listing_helpers import draft_body, in_test_world, listing, patch

pytestmark = pytest.mark.anyio


async def test_a_patch_changes_what_it_names_and_leaves_the_rest(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    body = {"title": "Batik cap", "price": {"amount": "90000"}, "description": None}
    answer = await patch(seller, made["id"], body, 1)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    same = set(made) - {"title", "price", "description", "version", "updated_at", "variants"}
    assert {k: changed[k] for k in same} == {k: made[k] for k in same}
    assert changed["title"] == "Batik cap" and changed["description"] is None
    assert changed["price"] == money(90000, "1", "pcs")
    assert changed["version"] == 2 and answer.headers["etag"] == '"2"'
    event = (await seller.read("/v1/events"))["data"][-1]
    assert event["type"] == "listing.edited"
    assert event["data"]["changed"] == ["description", "price", "title"]


async def test_a_patch_without_if_match_is_428_with_a_stale_one_412(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    assert (await patch(seller, made["id"], {"title": "X"})).status_code == 428
    assert (await patch(seller, made["id"], {"title": "X"}, 1)).status_code == 200
    stale = await patch(seller, made["id"], {"title": "Y"}, 1)
    assert stale.status_code == 412, stale.text
    assert (await seller.read(f"/v1/listings/{made['id']}"))["title"] == "X"


@pytest.mark.parametrize("body", [{}, {"category": "clothing"}, {"price": {"currency": "IDR"}}])
async def test_a_patch_that_changes_nothing_leaves_no_trace(hub: Api, body: Any) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    answer = await patch(seller, made["id"], body, 1)
    assert answer.status_code == 200 and answer.json() == made


@pytest.mark.parametrize("status", ["approved", "published", "paused"])
async def test_after_curation_price_and_terms_change_at_once_and_what_was_curated_waits(
    hub: Api, api: Api, status: str
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, status)
    terms = {"price": {"amount": "5"}, "min_order": {"value": "2", "unit": "pcs"}}
    answer = await patch(seller, made["id"], {"title": "Lain"} | terms, made["version"])
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed["title"] == made["title"] and changed["status"] == status
    assert changed["price"]["amount"] == "5" and changed["min_order"] == terms["min_order"]
    assert changed["version"] == made["version"] + 1
    assert changed["change"]["status"] == "submitted"
    if status == "published":
        shown = await api.read(f"/v1/listings/{made['id']}")
        assert shown["title"] == made["title"] and shown["price"]["amount"] == "5"
        assert shown["change"] is None, "what the seller wants to say is not public yet"


async def test_further_edits_join_the_change_and_taking_all_back_withdraws_it(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published")
    path, version = f"/v1/listings/{made['id']}", made["version"]
    for body in ({"title": "Lain"}, {"story": "Dibuat di Karangsari."}, {"title": made["title"]}):
        answer = await patch(seller, made["id"], body, version)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == version, "the listing itself has not changed"
    change = answer.json()["change"]
    assert change["status"] == "submitted", "the story still waits"
    answer = await patch(seller, made["id"], {"story": None}, version)
    assert answer.json()["change"] is None
    types = [e["type"] for e in (await seller.read("/v1/events"))["data"]]
    wanted = ["submitted", "revised", "revised", "withdrawn"]
    assert [t for t in types if "change" in t] == [f"listing_change.{past}" for past in wanted]
    assert (await seller.read(path))["title"] == made["title"]


@pytest.mark.parametrize("status", ["submitted", "rejected", "archived"])
async def test_what_is_with_the_curator_or_over_does_not_change_at_all(
    hub: Api, status: str
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, status)
    answer = await patch(seller, made["id"], {"price": {"amount": "5"}}, made["version"])
    assert answer.status_code == 409 and "edit" not in answer.json()["allowed_actions"]


async def test_changes_requested_are_made_and_submitted_again(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "changes_requested")
    answer = await patch(seller, made["id"], {"title": "Batik 2 m, 300 g"}, made["version"])
    assert answer.json()["status"] == "changes_requested"
    assert (await seller.do(f"/v1/listings/{made['id']}/submit"))["status"] == "submitted"


async def test_nobody_else_patches(hub: Api, api: Api) -> None:
    seller, other = await hub.party("seller"), await hub.party("seller")
    made = await listing(seller, hub)
    assert (await patch(other, made["id"], {"title": "X"}, 1)).status_code == 404
    assert (await patch(api, made["id"], {"title": "X"}, 1)).status_code == 401
    trying = await in_test_world(hub, seller)
    assert (await patch(trying, made["id"], {"title": "X"}, 1)).status_code == 404
    assert (await patch(hub, made["id"], {"title": "Oleh operator"}, 1)).status_code == 200


async def test_other_content_types_are_415(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    for kind, status in (("text/plain", 415), ("application/json", 200)):
        answer = await patch(seller, made["id"], {"title": "X"}, 1, **{"content-type": kind})
        assert answer.status_code == status, answer.text


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/stock", {"stock": 3}),
    ("/status", {"status": "published"}),
    ("/title", {"title": ""}),
    ("/title", {"title": "   "}),
    ("/title", {"title": "NUL\x00"}),
    ("/title", {"title": "\ud800"}),
    ("/title", {"title": None}),
    ("/title", {"title": 7}),
    ("/title", {"title": "x" * 201}),
    ("/description", {"description": "x" * 2001}),
    ("/category", {"category": "weapons"}),
    ("/category", {"category": None}),
    ("/unit", {"unit": "gantang"}),
    ("/price/per/unit", {"unit": "kg"}),
    ("/price/per/unit", {"price": money(1000, "1", "gantang")}),
    ("/price/per/unit", {"price": money(1000, "1", "kg")}),
    ("/price/per/value", {"price": money(1000, "0", "pcs")}),
    ("/price/per/value", {"price": money(1000, "-1", "pcs")}),
    ("/price/amount", {"price": money(0, "1", "pcs")}),
    ("/price/amount", {"price": money(-5, "1", "pcs")}),
    ("/price/amount", {"price": money(1, "1", "pcs") | {"amount": "1000.5"}}),
    ("/price/amount", {"price": money(1, "1", "pcs") | {"amount": "NaN"}}),
    ("/price/amount", {"price": money(1, "1", "pcs") | {"amount": 1000}}),
    ("/price/amount", {"price": money(10**13, "1", "pcs")}),
    ("/price/currency", {"price": money(1, "1", "pcs") | {"currency": "USD"}}),
    ("/price", {"price": None}),
    ("/origin_region_code", {"origin_region_code": "99.99"}),
    ("/origin_region_code", {"origin_region_code": "Blitar"}),
    ("/origin_region_code", {"origin_region_code": None}),
]


@pytest.mark.parametrize(("pointer", "wrong"), WRONG)
async def test_wrong_input_is_422_at_its_place_on_create_and_on_edit(
    hub: Api, pointer: str, wrong: dict[str, Any]
) -> None:
    seller = await hub.party("seller")
    headers = {"content-type": "application/json", "authorization": f"Bearer {seller.key}"}
    made = await listing(seller, hub)
    created = await seller.client.post(
        "/v1/listings",
        content=json.dumps(draft_body() | wrong),
        headers=headers | {"idempotency-key": made["id"]},
    )
    edited = await seller.client.patch(
        f"/v1/listings/{made['id']}", content=json.dumps(wrong), headers=headers | {"if-match": "*"}
    )
    for answer in (created, edited):
        assert answer.status_code == 422, answer.text
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert any(found.startswith(pointer) for found in pointers), answer.text
    assert len((await seller.read("/v1/listings", mine="true"))["data"]) == 1
    assert (await seller.read(f"/v1/listings/{made['id']}"))["version"] == 1


async def test_bodies_that_are_not_json_are_4xx(hub: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {seller.key}",
        "if-match": "*",
        "idempotency-key": "x",
    }
    for content in (b"{", b"\xff", b"[]", b"NaN", b'{"price":{"amount":NaN}}', b"null", b""):
        for method, path in (("POST", "/v1/listings"), ("PATCH", f"/v1/listings/{made['id']}")):
            answer = await seller.client.request(method, path, content=content, headers=headers)
            assert 400 <= answer.status_code < 500, (content, answer.text)


async def test_ids_of_another_kind_are_refused(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub)
    other = made["id"].replace("lst_", "ord_")
    for path in (f"/v1/listings/{other}", f"/v1/listings/{made['id']}x", "/v1/listings/1"):
        for who in (api, seller):
            assert (await who.get(path)).status_code in (404, 422), path
    answer = await hub.post("/v1/listings", draft_body(seller_id=made["id"]))
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/seller_id"
    unknown = seller.id[:-4] + "0000"
    assert (await hub.post("/v1/listings", draft_body(seller_id=unknown))).status_code == 422
    assert (await api.get("/v1/listings", seller_id=other)).status_code == 422


@pytest.mark.parametrize("reason", [None, "bad", ""])
async def test_a_refusal_needs_a_reason_out_of_the_list(hub: Api, reason: Any) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "submitted")
    for verb in ("reject", "request-changes"):
        answer = await hub.post(f"/v1/listings/{made['id']}/{verb}", {"reason": reason})
        assert answer.status_code == 422
