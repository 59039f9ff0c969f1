"""A draft: written at the gate in pieces, edited, posted; nothing moves before that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx

from app.core.ids import decode
from app.db.embedded import Cluster
from tests import trade
from tests.api import Api, Party, kg
from tests.shipments import story
from tests.shipments.evidence.sending import send

Unique = Callable[[str], str]


async def patch(api: Party, receipt: Any, *lines: Any, version: int | None = None) -> Any:
    """The raw answer to a PATCH of a draft's lines, as of *version* (the newest unless said)."""
    headers = {"authorization": f"Bearer {api.key}"}
    if version != 0:
        headers["if-match"] = f'"{version or receipt["version"]}"'
    path = f"/v1/goods-receipts/{receipt['id']}"
    answer: httpx.Response = await api.client.patch(
        path, json={"lines": list(lines)}, headers=headers
    )
    return answer


async def drafted(tale: story.Story, shipment: Any, *lines: Any) -> Any:
    """A draft with these lines, by the buyer."""
    body = {"shipment_id": shipment["id"], "lines": list(lines), "draft": True}
    return await tale.market.api.do("/v1/goods-receipts", body)


async def test_a_clerk_writes_lot_by_lot_and_posts(hub: Api, unique: Unique) -> None:
    """One crate, a break, the other crate with its photo, a second look, then it counts."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await tale.arrived(await tale.lot(0), await tale.lot(1))
    one, two = shipment["lots"]
    clerk = tale.market.api
    receipt = await drafted(tale, shipment, story.verdict(one))
    assert (receipt["status"], receipt["sign_by"], receipt["claim_by"]) == ("draft", None, None)
    assert receipt["allowed_actions"] == ["edit", "post", "reverse"]
    assert [lot["lot_id"] for lot in receipt["missing"]] == [two["lot_id"]]
    assert receipt["missing"][0]["shipped"] == two["quantity"]
    total = receipt["totals"][0]
    assert (total["expected"], total["shipped"], total["received"]) == (kg(100), kg(100), kg(60))
    assert (await tale.order())["lines"][0]["received"] == kg(0)

    early = await clerk.post(f"/v1/goods-receipts/{receipt['id']}/post")
    assert early.status_code == 422
    assert early.json()["errors"][0]["code"] == "lots_missing"

    photo = (await send(clerk))["id"]
    broken = story.verdict(two, downgraded="3", rejected="2", short="1") | {"photo_ids": [photo]}
    edited = await patch(clerk, receipt, story.verdict(one), broken)
    assert edited.status_code == 200, edited.text
    assert edited.headers["etag"] == '"2"'
    assert (edited.json()["version"], edited.json()["missing"]) == (2, [])

    posted = await clerk.do(f"/v1/goods-receipts/{receipt['id']}/post")
    assert (posted["id"], posted["status"], posted["posted_by_rule"]) == (
        receipt["id"],
        "posted",
        False,
    )
    assert posted["posted_at"] < posted["sign_by"] < posted["claim_by"]
    assert posted["lines"][1]["photo_ids"] == [photo]
    assert posted["totals"] == [
        {
            "order_id": tale.order_id,
            "order_line_id": one["order_line_id"],
            "expected": kg(100),
            "kept": kg(97),
            "shipped": kg(100),
            "received": kg(99),
            "accepted": kg(94),
            "downgraded": kg(3),
            "rejected": kg(2),
            "short": kg(1),
        }
    ]
    line = (await tale.order())["lines"][0]
    assert (line["accepted"], line["rejected"], line["short"]) == (kg(94), kg(2), kg(1))
    # What is posted is not edited any more, by whoever.
    late = await patch(clerk, posted, story.verdict(one), story.verdict(two))
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


async def test_a_draft_is_edited_by_who_has_seen_it(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    receipt = await drafted(tale, shipment)
    clerk, line = tale.market.api, story.verdict(shipment["lots"][0])
    assert (await patch(clerk, receipt, line, version=0)).status_code == 428
    assert (await patch(clerk, receipt, line, version=7)).status_code == 412
    wrong = await patch(clerk, receipt, line, line)
    assert wrong.json()["errors"][0]["pointer"] == "/lines/1/lot_id"
    foreign = await patch((await trade.buyer(hub)).api, receipt, line)
    assert foreign.status_code == 404
    assert (await patch(tale.carrier, receipt, line)).status_code == 404
    both = await asyncio.gather(*(patch(clerk, receipt, line) for _ in range(3)))
    assert sorted(answer.status_code for answer in both) == [200, 412, 412]
    assert (await clerk.read(f"/v1/goods-receipts/{receipt['id']}"))["lines"] != []
    assert (await patch(clerk, receipt, version=2)).json()["lines"] == []


async def test_a_draft_is_the_one_receipt_of_its_shipment(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    receipt = await drafted(tale, shipment)
    again = await hub.post("/v1/goods-receipts", story.receipt_body(shipment))
    assert (again.status_code, again.json()["existing_id"]) == (409, receipt["id"])
    assert (await tale.market.api.post(f"/v1/goods-receipts/{receipt['id']}/sign")).json()[
        "code"
    ] == "wrong_state"
    # Thrown away, there may be another.
    gone = await tale.market.api.do(
        f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "not_needed"}
    )
    assert (gone["status"], gone["allowed_actions"]) == ("reversed", [])
    posted = await hub.do("/v1/goods-receipts", story.receipt_body(shipment))
    assert posted["status"] == "posted"
    assert (await tale.order())["lines"][0]["received"] == kg(100)


async def test_a_photo_is_ones_own_and_is_seen_by_the_buyer(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    stranger = (await trade.buyer(hub)).api
    foreign = (await send(stranger))["id"]
    line = story.verdict(shipment["lots"][0], downgraded="1") | {"photo_ids": [foreign]}
    refused = await tale.market.api.post("/v1/goods-receipts", story.receipt_body(shipment, line))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/lines/0/photo_ids/0"
    of_hub = (await send(hub))["id"]
    line |= {"photo_ids": [of_hub]}
    await hub.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    assert (await tale.market.api.get(f"/v1/evidence/{of_hub}")).status_code == 200
    assert (await stranger.get(f"/v1/evidence/{of_hub}")).status_code == 404


async def test_a_key_for_drafts_does_not_post(hub: Api, unique: Unique) -> None:
    """A warehouse may let its gate write and its office post."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    scopes = ["goods_receipt:create", "goods_receipt:edit", "goods_receipt:read"]
    made = await tale.market.api.do(
        "/v1/api-keys", {"party_id": tale.market.api.id, "scopes": scopes}
    )
    gate = Party(hub.client, made["key"], tale.market.api.id)
    body = story.receipt_body(shipment)
    refused = await gate.post("/v1/goods-receipts", body)
    assert (refused.status_code, refused.json()["permission"]) == (403, "goods_receipt:post")
    receipt = await gate.do("/v1/goods-receipts", body | {"draft": True})
    assert receipt["allowed_actions"] == ["edit"]
    assert (await gate.post(f"/v1/goods-receipts/{receipt['id']}/post")).status_code == 403
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/post")


async def test_what_is_posted_is_not_written_anew(
    hub: Api, unique: Unique, cluster: Cluster
) -> None:
    """The database lets go of a draft's lines alone, whatever the service asks."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    posted = await tale.received(await tale.lot(0))
    shipment = await tale.arrived(await tale.lot(1))
    draft = await drafted(tale, shipment, story.verdict(shipment["lots"][0]))
    service = await asyncpg.connect(cluster.url("btc_service"))
    try:
        for receipt, gone in ((posted, 0), (draft, 1)):
            async with service.transaction():
                await service.execute(
                    "SELECT set_config('btc.scope', 'hub', true), "
                    "set_config('btc.livemode', 'on', true)"
                )
                done = await service.execute(
                    "DELETE FROM goods_receipt_lines WHERE receipt_id = $1",
                    decode("grc", receipt["id"]),
                )
                assert done == f"DELETE {gone}"
    finally:
        await service.close()
