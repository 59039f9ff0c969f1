"""Claims over HTTP: what may be claimed, by whom, how often and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from tests import trade
from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.claims.complaining import (
    answered,
    claimed,
    complaint,
    granting,
    judged,
    rupiah,
)
from tests.shipments.evidence.sending import send
from tests.statements import round_trips

Unique = Callable[[str], str]


async def test_the_clerks_story(hub: Api, unique: Unique) -> None:
    """Eggs that smelled two days later: claimed with a photo, looked into, half of it credited."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await tale.received(await tale.lot())
    await clerk.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    claim = await claimed(tale, receipt, quantity=kg("12.5"))
    assert (claim["status"], claim["receipt_id"]) == ("opened", receipt["id"])
    assert claim["number"].startswith("CLM-")
    assert claim["created_at"] < claim["answer_by"]
    assert claim["allowed_actions"] == ["withdraw"]
    line = claim["lines"][0]
    assert (line["amount"], line["granted"]) == (rupiah(343750), None)  # 12.5 × 27 500

    path = f"/v1/claims/{claim['id']}"
    looked = await hub.do(f"{path}/review", {"note": "Minta foto dari gudang."})
    assert looked["status"] == "under_review"
    assert looked["allowed_actions"] == ["answer"]
    half = await answered(hub, claim, granting(claim, kg("6.25"), note="Setengahnya masih baik."))
    assert (half["status"], half["lines"][0]["granted"]["borne_by"]) == (
        "partly_accepted",
        "sellers",
    )
    seen = await clerk.read(path)
    assert seen["lines"][0]["granted"] == {
        "quantity": kg("6.25"),
        "amount": rupiah(171875),
        "remedy": "credit",
        "borne_by": None,  # who bears it is between the hub and its sellers
        "note": "Setengahnya masih baik.",
        "replacement_order_id": None,
    }
    done = await hub.do(f"{path}/resolve")
    assert (done["status"], done["allowed_actions"]) == ("resolved", [])
    told = await clerk.read("/v1/events", limit=100)
    assert [e["type"] for e in told["data"] if e["type"].startswith("claim.")] == [
        "claim.created",
        "claim.under_review",
        "claim.answered",
        "claim.resolved",
    ]
    assert tale.sellers[0].id not in str([seen, told])
    listed = await clerk.read("/v1/claims", receipt_id=receipt["id"], status="resolved")
    assert [each["id"] for each in listed["data"]] == [claim["id"]]
    assert (await clerk.read("/v1/claims", status="opened"))["data"] == []


async def test_what_a_claim_may_not_say(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await judged(tale, await tale.lot(), downgraded="3", rejected="2", short="1")
    other = await story.confirmed(hub, unique("corn"), 10)
    foreign = await other.lot()
    right = await complaint(clerk, receipt)
    of = "/lines/0"
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"quantity": kg(0)}, f"{of}/quantity/value", "decimal_positive"),
        ({"quantity": kg(-1)}, f"{of}/quantity/value", "decimal_text"),
        ({"quantity": kg("94.001")}, f"{of}/quantity", "more_than_received"),
        ({"quantity": kg("0.0001")}, f"{of}/quantity/value", "decimal_text"),
        ({"quantity": {"value": "1", "unit": "pcs"}}, f"{of}/quantity/unit", "unit_mismatch"),
        ({"about": "downgraded", "quantity": kg(4)}, f"{of}/quantity", "more_than_received"),
        ({"lot_id": foreign["id"]}, f"{of}/lot_id", "lot_unknown"),
        ({"photo_ids": []}, f"{of}/photo_ids", "photo_needed"),
        ({"about": "downgraded", "photo_ids": []}, f"{of}/photo_ids", "photo_needed"),
        ({"about": "rejected", "photo_ids": []}, f"{of}/remedy", "not_charged"),
        ({"about": "short", "photo_ids": []}, f"{of}/remedy", "not_charged"),
        ({"about": "short", "remedy": "return"}, f"{of}/remedy", "nothing_to_return"),
        ({"amount": rupiah(27501)}, f"{of}/amount", "more_than_value"),
        ({"amount": rupiah(0)}, f"{of}/amount", "more_than_value"),
        ({"amount": rupiah(1) | {"amount": "0.5"}}, f"{of}/amount/amount", "decimal_text"),
        ({"amount": rupiah(1) | {"currency": "USD"}}, f"{of}/amount/currency", "literal_error"),
        ({"amount": rupiah(27501), "remedy": "replacement"}, f"{of}/amount", "more_than_value"),
        (
            {"about": "short", "remedy": "replacement", "amount": rupiah(5)},
            f"{of}/amount",
            "no_money",
        ),
        ({"reason": "just so"}, f"{of}/reason", "enum"),
        ({"about": "all"}, f"{of}/about", "enum"),
    ]
    for said, pointer, code in wrong:
        body = {"receipt_id": receipt["id"], "lines": [right | said]}
        answer = await clerk.post("/v1/claims", body)
        assert answer.status_code == 422, (said, answer.text)
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
    charged = await clerk.post(
        "/v1/claims",
        {"receipt_id": receipt["id"], "lines": [right | {"about": "short"}]},
        headers={"accept-language": "id"},
    )
    assert charged.json()["code"] == "not_charged"
    assert "tidak ditagihkan" in charged.json()["detail"]
    twice = {"receipt_id": receipt["id"], "lines": [right | {"quantity": kg(50)}] * 2}
    assert (await clerk.post("/v1/claims", twice)).status_code == 422
    assert (await clerk.read("/v1/claims"))["data"] == []


async def test_whose_receipt_it_is(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    stranger = (await trade.buyer(hub)).api
    body = {"receipt_id": receipt["id"], "lines": [await complaint(stranger, receipt)]}
    answer = await stranger.post("/v1/claims", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (404, "/receipt_id")
    for role in (tale.sellers[0], tale.carrier):
        assert (await role.post("/v1/claims", body)).status_code == 403
        assert (await role.get("/v1/claims")).status_code == 403
    # Somebody else's photo is no evidence.
    answer = await tale.market.api.post("/v1/claims", body)
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/photo_ids/0"
    # The hub complains for its buyer, who may take it back; the hub may not.
    by_hub = await complaint(hub, receipt)
    claim = await hub.do("/v1/claims", {"receipt_id": receipt["id"], "lines": [by_hub]})
    path = f"/v1/claims/{claim['id']}"
    for verb in ("review", "answer", "withdraw", "resolve"):
        said = {"lines": [granting(claim)]} if verb == "answer" else None
        for nobody in (stranger, tale.sellers[0], tale.carrier):
            assert (await nobody.post(f"{path}/{verb}", said)).status_code == 404, verb
        mine = await tale.market.api.post(f"{path}/{verb}", said)
        assert mine.status_code == (200 if verb == "withdraw" else 403), verb
    assert (await hub.post(f"{path}/withdraw")).status_code == 403
    photo = by_hub["photo_ids"][0]
    assert (await tale.market.api.get(f"/v1/evidence/{photo}")).status_code == 200


async def test_the_same_goods_are_claimed_once(hub: Api, unique: Unique) -> None:
    """Live claims never hold more than the receipt says; what was refused or withdrawn is free."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await tale.received(await tale.lot())
    first = await claimed(tale, receipt, quantity=kg(70))
    body = {
        "receipt_id": receipt["id"],
        "lines": [await complaint(clerk, receipt, quantity=kg("30.001"))],
    }
    refused = await clerk.post("/v1/claims", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_claimed")
    assert refused.json()["left"] == kg(30)
    await claimed(tale, receipt, quantity=kg(30))
    await clerk.do(f"/v1/claims/{first['id']}/withdraw", {"note": "Ternyata masih baik."})
    again = await claimed(tale, receipt, quantity=kg(60))
    part = granting(again, kg(20), note="Sisanya tidak terlihat di foto.")
    await answered(hub, again, part)
    await claimed(tale, receipt, quantity=kg(50))
    body["lines"][0]["quantity"] = kg("0.001")
    assert (await clerk.post("/v1/claims", body)).json()["left"] == kg(0)


async def test_two_claims_at_once(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await tale.received(await tale.lot())
    line = await complaint(clerk, receipt, quantity=kg(40))
    body = {"receipt_id": receipt["id"], "lines": [line]}
    answers = await asyncio.gather(*(clerk.post("/v1/claims", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]


async def test_a_receipt_with_a_claim_stays(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    path, why = f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "disputed"}
    claim = await claimed(tale, receipt)
    refused = await hub.post(path, why)
    assert (refused.status_code, refused.json()["code"]) == (409, "receipt_claimed")
    assert refused.json()["claim_ids"] == [claim["id"]]
    await tale.market.api.do(f"/v1/claims/{claim['id']}/withdraw")
    await hub.do(path, why)
    late = {"receipt_id": receipt["id"], "lines": [await complaint(tale.market.api, receipt)]}
    answer = await tale.market.api.post("/v1/claims", late)
    assert (answer.status_code, answer.json()["current_status"]) == (409, "reversed")


async def test_claimed_and_reversed_at_the_same_moment(hub: Api, unique: Unique) -> None:
    """Never both: a claim is about a receipt that counts."""
    for n in range(3):
        tale = await story.confirmed(hub, unique(f"eggs{n}"), 100)
        clerk = tale.market.api
        receipt = await tale.received(await tale.lot())
        body = {"receipt_id": receipt["id"], "lines": [await complaint(clerk, receipt)]}
        reversing = {"reason": "miscounted"}
        both = await asyncio.gather(
            clerk.post("/v1/claims", body),
            hub.post(f"/v1/goods-receipts/{receipt['id']}/reverse", reversing),
        )
        assert [answer.status_code for answer in both] in ([201, 409], [409, 200])


@pytest.mark.parametrize(("moved", "status"), [("-1 second", 409), ("1 minute", 201)])
async def test_the_window_at_its_edges(
    hub: Api, unique: Unique, owner: asyncpg.Connection, moved: str, status: int
) -> None:
    """A draft cannot be claimed yet, a posted receipt for a week; signing does not end that."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    shipment = await tale.arrived(await tale.lot())
    draft = await clerk.do("/v1/goods-receipts", story.receipt_body(shipment) | {"draft": True})
    body = {"receipt_id": draft["id"], "lines": [await complaint(clerk, draft)]}
    early = await clerk.post("/v1/claims", body)
    assert (early.status_code, early.json()["current_status"]) == (409, "draft")
    receipt = await clerk.do(f"/v1/goods-receipts/{draft['id']}/post")
    await clerk.do(f"/v1/goods-receipts/{draft['id']}/sign")
    by, at = await owner.fetchrow(
        "SELECT claim_by, posted_at FROM goods_receipts WHERE id = $1", decode("grc", draft["id"])
    ) or (None, None)
    assert by - at == timedelta(days=7)
    await owner.execute(
        "UPDATE goods_receipts SET claim_by = now() + $2::text::interval WHERE id = $1",
        decode("grc", receipt["id"]),
        moved,
    )
    late = await clerk.post("/v1/claims", body)
    assert late.status_code == status, late.text
    if status == 409:
        assert late.json()["code"] == "claim_window_over"


async def test_lines_of_all_kinds_in_one_claim(hub: Api, unique: Unique) -> None:
    """What was kept is worth its price, what was not kept nothing; a part of the price may do."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await judged(tale, await tale.lot(), downgraded="3", rejected="2", short="1")
    photo = [(await send(clerk))["id"]]
    lines = [
        await complaint(clerk, receipt, quantity=kg(2), amount=rupiah(30000), photo_ids=photo),
        await complaint(clerk, receipt, about="downgraded", remedy="return", photo_ids=photo),
        await complaint(clerk, receipt, about="rejected", remedy="return", quantity=kg(2)),
        await complaint(clerk, receipt, about="short", remedy="replacement"),
        await complaint(clerk, receipt, remedy="replacement", quantity=kg(3), photo_ids=photo),
        await complaint(
            clerk,
            receipt,
            remedy="replacement",
            quantity=kg(2),
            amount=rupiah(50000),
            photo_ids=photo,
        ),
    ]
    claim = await claimed(tale, receipt, *lines)
    amounts = [line["amount"]["amount"] for line in claim["lines"]]
    assert amounts == ["30000", "27500", "0", "0", "82500", "50000"]
    full = await answered(hub, claim)
    assert full["status"] == "accepted"
    granted = [line["granted"]["amount"]["amount"] for line in full["lines"]]
    assert granted == amounts
    bearers = [line["granted"]["borne_by"] for line in full["lines"]]
    assert bearers == ["sellers", "sellers", None, None, "sellers", "sellers"]


async def test_photos_of_all_lines_are_locked_at_once(hub: Api, unique: Unique) -> None:
    """In one order, whatever the lines' is: two claims with the same photos do not block."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot(weight=60), await tale.lot(weight=40))
    lines = [await complaint(tale.market.api, receipt, n) for n in (0, 1)]
    async with round_trips() as trips:
        claim = await claimed(tale, receipt, *lines)
    assert sum("UPDATE evidence" in trip for trip in trips) == 1
    async with round_trips() as trips:
        await answered(hub, claim)
    assert sum("UPDATE evidence" in trip for trip in trips) == 1
    for line in lines:
        assert (await tale.sellers[0].get(f"/v1/evidence/{line['photo_ids'][0]}")).is_success
