"""Shortcuts to claims, through the API alone."""

from __future__ import annotations

from typing import Any

from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.evidence.sending import send


def rupiah(amount: int) -> dict[str, str]:
    """An amount on the wire."""
    return {"amount": str(amount), "currency": "IDR"}


async def complaint(who: Api, receipt: Any, n: int = 0, **fields: Any) -> dict[str, Any]:
    """A claim's line about one kilogram accepted of the *n*-th lot, with a photo; to be credited."""
    said = {
        "lot_id": receipt["lines"][n]["lot_id"],
        "about": "accepted",
        "quantity": kg(1),
        "reason": "spoiled",
        "remedy": "credit",
    } | fields
    if said["about"] in ("accepted", "downgraded") and "photo_ids" not in said:
        said["photo_ids"] = [(await send(who))["id"]]
    return said


async def claimed(tale: story.Story, receipt: Any, *lines: dict[str, Any], **fields: Any) -> Any:
    """A claim of the buyer's with these lines; *fields* are those of a single one."""
    clerk = tale.market.api
    lines = lines or (await complaint(clerk, receipt, **fields),)
    return await clerk.do("/v1/claims", {"receipt_id": receipt["id"], "lines": list(lines)})


def granting(claim: Any, quantity: Any = None, n: int = 0, **fields: Any) -> dict[str, Any]:
    """An answer's line: all of the *n*-th line, unless *quantity* is said."""
    line = claim["lines"][n]
    return {"line_id": line["id"], "quantity": quantity or line["quantity"]} | fields


async def answered(hub: Api, claim: Any, *lines: dict[str, Any]) -> Any:
    """The claim as the hub has answered it: in full unless said."""
    said = lines or [granting(claim, n=n) for n in range(len(claim["lines"]))]
    return await hub.do(f"/v1/claims/{claim['id']}/answer", {"lines": list(said)})


async def judged(tale: story.Story, lot: Any, **verdict: str) -> Any:
    """A posted receipt of a shipment of *lot*, found as *verdict* says."""
    shipment = await tale.arrived(lot)
    line = story.verdict(shipment["lots"][0], **verdict)
    return await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment, line))
