"""The hub's answer: every line once, within what was claimed, and what was granted is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

Unique = Callable[[str], str]


async def test_what_an_answer_may_not_say(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk = tale.market.api
    receipt = await judged(tale, await tale.lot(), short="4")
    lines = [
        await complaint(clerk, receipt, quantity=kg(10), amount=rupiah(100000)),
        await complaint(clerk, receipt, about="short", remedy="replacement", quantity=kg(4)),
    ]
    claim = await claimed(tale, receipt, *lines)
    one, two = (granting(claim, n=n) for n in range(2))
    other = await claimed(tale, receipt)
    wrong: list[tuple[list[Any], str, str]] = [
        ([one], "/lines", "lines_missing"),
        ([one, two, two], "/lines/2/line_id", "duplicate"),
        ([one, granting(other)], "/lines/1/line_id", "line_unknown"),
        ([one | {"quantity": kg("10.001")}, two], "/lines/0/quantity", "more_than_claimed"),
        ([one | {"quantity": kg(0)}, two], "/lines/0/note", "note_needed"),
        ([one | {"amount": rupiah(100001)}, two], "/lines/0/amount", "more_than_value"),
        (
            [one | {"quantity": kg(5), "amount": rupiah(50001)}, two],
            "/lines/0/amount",
            "more_than_value",
        ),
        ([one | {"amount": rupiah(0)}, two], "/lines/0/amount", "more_than_value"),
        ([one, two | {"remedy": "credit"}], "/lines/1/remedy", "not_charged"),
        ([one, two | {"remedy": "return"}], "/lines/1/remedy", "nothing_to_return"),
        ([one, two | {"borne_by": "hub"}], "/lines/1/borne_by", "no_money"),
        ([one, two | {"amount": rupiah(5)}], "/lines/1/amount", "no_money"),
        ([one | {"borne_by": "nobody"}, two], "/lines/0/borne_by", "enum"),
    ]
    for said, pointer, code in wrong:
        answer = await hub.post(f"/v1/claims/{claim['id']}/answer", {"lines": said})
        assert answer.status_code == 422, answer.text
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
    said = {"lines": [one | {"amount": rupiah(100001)}, two]}
    for language, money in (("en", "Rp 100,000"), ("id", "Rp 100.000")):
        path, reads = f"/v1/claims/{claim['id']}/answer", {"accept-language": language}
        (found,) = (await hub.post(path, said, headers=reads)).json()["errors"]
        assert money in found["detail"]
    assert (await hub.read("/v1/deductions", claim_id=claim["id"]))["data"] == []
    assert (await answered(hub, claim, one, two))["status"] == "accepted"


async def test_all_a_part_or_nothing(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    nothing = {"quantity": kg(0), "note": "Foto menunjukkan peti lain."}
    answers: list[tuple[dict[str, Any], str, str]] = [
        ({}, "accepted", "275000"),
        (nothing, "rejected", "0"),
        ({"quantity": kg(3)}, "partly_accepted", "82500"),
        ({"amount": rupiah(5000)}, "partly_accepted", "5000"),
        ({"remedy": "replacement"}, "partly_accepted", "275000"),
        ({"remedy": "replacement", "quantity": kg(3)}, "partly_accepted", "82500"),
        ({"remedy": "replacement", "amount": rupiah(5000)}, "partly_accepted", "5000"),
        ({"remedy": "return"}, "partly_accepted", "275000"),
    ]
    for said, status, amount in answers:
        claim = await claimed(tale, receipt, quantity=kg(10))
        after = await answered(hub, claim, granting(claim) | said)
        assert after["status"] == status
        granted = after["lines"][0]["granted"]
        assert granted["amount"] == {"amount": amount, "currency": "IDR"}
        taken = (await hub.read("/v1/deductions", claim_id=claim["id"]))["data"]
        assert [each["amount"]["amount"] for each in taken] == ([amount] if amount != "0" else [])


async def test_it_is_answered_once(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    claim = await claimed(tale, receipt)
    path, said = f"/v1/claims/{claim['id']}", {"lines": [granting(claim)]}
    answers = await asyncio.gather(
        *(hub.post(f"{path}/answer", said) for _ in range(3)),
        tale.market.api.post(f"{path}/withdraw"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    taken = (await hub.read("/v1/deductions", claim_id=claim["id"]))["data"]
    status = (await hub.read(path))["status"]
    assert len(taken) == (1 if status == "accepted" else 0)
    for verb in ("answer", "review"):
        again = await hub.post(f"{path}/{verb}", said if verb == "answer" else None)
        assert again.status_code == 409


async def test_what_is_replaced_names_its_order(hub: Api, unique: Unique) -> None:
    """An order of the same buyer, placed after the claim, and not called off; each line one."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    clerk, market, what = tale.market.api, tale.market, tale.what
    assert what is not None
    receipt = await judged(tale, await tale.lot(), short="10")
    before = await trade.order(market, what, 10)
    replaced = await complaint(clerk, receipt, about="short", remedy="replacement")
    claim = await claimed(tale, receipt, replaced, await complaint(clerk, receipt))
    path = f"/v1/claims/{claim['id']}/resolve"
    line_id, credited = (line["id"] for line in claim["lines"])
    early = await hub.post(path)
    assert (early.status_code, early.json()["current_status"]) == (409, "opened")
    await answered(hub, claim)
    off, after = await trade.order(market, what, 1), await trade.order(market, what, 1)
    await clerk.do(f"/v1/orders/{off['id']}/cancel", {"reason": "other"})
    theirs = await trade.order(await trade.buyer(hub), what, 1)

    def by(order: Any, line: str = line_id) -> dict[str, str]:
        return {"line_id": line, "replacement_order_id": order["id"]}

    of = "/lines/0"
    wrong: list[tuple[list[Any], int, str]] = [
        ([], 422, "/lines"),
        ([by(before)], 422, f"{of}/replacement_order_id"),
        ([by(off)], 422, f"{of}/replacement_order_id"),
        ([by(theirs)], 404, f"{of}/replacement_order_id"),
        ([by(after, credited)], 422, f"{of}/line_id"),
        ([by(after), by(after)], 422, "/lines/1/line_id"),
    ]
    for said, status, pointer in wrong:
        answer = await hub.post(path, {"lines": said})
        assert answer.status_code == status, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    (none,) = (await hub.post(path, {"lines": []})).json()["errors"]
    assert none["detail"] == "Replacements without the order that brings them: 1."
    done = await hub.do(path, {"lines": [by(after)]})
    assert done["status"] == "resolved"
    assert done["lines"][0]["granted"]["replacement_order_id"] == after["id"]
    assert (await hub.post(path, {"lines": [by(after)]})).status_code == 409


async def test_what_comes_back_is_said(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    claim = await claimed(tale, receipt, remedy="return")
    await answered(hub, claim)
    path = f"/v1/claims/{claim['id']}/resolve"
    refused = await hub.post(path)
    assert refused.json()["errors"][0]["pointer"] == "/note"
    done = await hub.do(path, {"note": "Satu peti kembali di gudang Sananwetan."})
    assert done["end_note"] == "Satu peti kembali di gudang Sananwetan."


async def test_nobody_drove_so_no_carrier_bears_it(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    body = tale.shipment_body(await tale.lot(), carrier_id=None)
    shipment = await hub.do("/v1/shipments", body)
    for verb in ("dispatch", "arrive"):
        shipment = await hub.do(f"/v1/shipments/{shipment['id']}/{verb}")
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    claim = await claimed(tale, receipt)
    said = {"lines": [granting(claim, borne_by="carrier")]}
    refused = await hub.post(f"/v1/claims/{claim['id']}/answer", said)
    assert refused.json()["errors"][0]["code"] == "no_carrier"


async def test_the_database_adds_up(hub: Api, unique: Unique, owner: asyncpg.Connection) -> None:
    """A grant without its deductions, or the other way about, is not committed."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    claim = await claimed(tale, receipt)
    line_id = decode("cll", claim["lines"][0]["id"])
    alone = "UPDATE claim_lines SET granted_quantity = 1, granted_amount = 27500 WHERE id = $1"
    for_nothing = (
        "INSERT INTO deductions SELECT uuidv7(), k.claim_id, k.id, k.lot_id, NULL, c.buyer_id, "
        "'hub', 1, 27500, '', '', 'accepted', 'other', '{}', 'kg', 1, 27500, NULL, NULL, true, "
        "now() FROM claim_lines k JOIN claims c ON c.id = k.claim_id WHERE k.id = $1"
    )
    for broken in (alone, for_nothing):
        with pytest.raises(asyncpg.CheckViolationError, match="are not what was granted"):
            async with owner.transaction():
                await owner.execute(broken, line_id)
