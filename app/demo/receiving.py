"""Chapter: what arrived, what is wrong with it, and who bears it."""

from __future__ import annotations

from decimal import Decimal

from app.demo import papers, picture, trade
from app.demo.book import Doc, page
from app.demo.collecting import Gathered
from app.demo.hauling import Hauled
from app.demo.people import Somebody
from app.demo.screen import count, day, day_of, kg, rupiah
from app.demo.stage import Stage
from app.demo.trade import total, value


async def tell(stage: Stage, gathered: Gathered, hauled: Hauled) -> None:
    """From the gate to the share of each farm."""
    book = page("road")
    stage.screen.chapter("Short, cracked, complained of", "Everything in this chapter is invented.")
    buyer = stage.people[book["eggs"]["buyer"]]
    await _arrived(stage, hauled, stage.people[book["chicken"]["buyer"]])
    receipt = await _receipt(stage, book["receipt"], hauled.shipments["eggs"], buyer)
    claim = await _claim(stage, book["claim"], gathered, receipt, buyer)
    await _answered(stage, book["claim"], claim)
    await _shares(stage, gathered, claim)


async def _arrived(stage: Stage, hauled: Hauled, other: Somebody) -> None:
    api, path = hauled.carrier.api, f"/v1/legs/{hauled.leg['id']}"
    with stage.screen.step("two gates") as step:
        for n, (goods, shipment) in enumerate(hauled.shipments.items(), 2):
            await api.post(f"reach stop {n}", f"{path}/stops/{n}/reach")
            await api.post(f"hand over {goods}", f"/v1/shipments/{shipment['id']}/deliver")
            step.tick()
        await api.post("end of the truck", f"{path}/complete")
        known = await stage.hub.get(f"/v1/shipments/{hauled.shipments['chicken']['id']}")
        receipt = await trade.receive(hauled.chicken, known, other, {})
        step.done(
            f"{hauled.leg['number']} reaches both gates and is done; {other.name} takes "
            f"{kg(total(receipt['lines'], 'accepted'))} of chicken and signs {receipt['number']}"
        )


async def _receipt(stage: Stage, said: Doc, shipment: Doc, buyer: Somebody) -> Doc:
    """Written down while it is unloaded, posted when all is counted, signed."""
    (lot,) = shipment["lots"]
    sent, worse, short = (value(q) for q in (lot["quantity"], said["downgraded"], said["short"]))
    amounts = {
        "received": sent - short,
        "accepted": sent - short - worse,
        "downgraded": worse,
        "rejected": Decimal(0),
    }
    line = {name: {"value": str(amount), "unit": "kg"} for name, amount in amounts.items()}
    line |= {"lot_id": lot["lot_id"], "reason": said["reason"], "note": said["note"]}
    body = {"shipment_id": shipment["id"], "draft": True, "lines": [line]}
    with stage.screen.step("draft, posted, signed") as step:
        draft = await buyer.api.post("draft of the receipt", "/v1/goods-receipts", body)
        path = f"/v1/goods-receipts/{draft['id']}"
        await buyer.api.post("post the receipt", f"{path}/post")
        signed = await buyer.api.post("sign the receipt", f"{path}/sign")
        bast = await papers.issue(stage, buyer.api, "bast", {"receipt_id": signed["id"]})
        lines = signed["lines"]
        step.done(
            f"{signed['number']} is a {draft['status']} while the truck is unloaded, then posted "
            f"and {signed['status']} (as PDF {bast['number']}): "
            f"{kg(total(lines, 'accepted'))} accepted, {kg(total(lines, 'downgraded'))} "
            f"downgraded, {kg(total(lines, 'short'))} short; claims are heard until "
            f"{day(day_of(signed['claim_by']))}"
        )
    return signed


async def _claim(stage: Stage, said: Doc, gathered: Gathered, receipt: Doc, buyer: Somebody) -> Doc:
    with stage.screen.step("a claim with a photo") as step:
        photo = await buyer.api.send(
            "photo of the claim", "/v1/evidence", picture.broken_eggs(), "image/jpeg"
        )
        lines = []
        for entry in said["lines"]:
            line = {name: entry[name] for name in ("about", "quantity", "reason")}
            line |= {"lot_id": gathered.pooled["id"], "remedy": "credit"}
            line |= {"photo_ids": [photo["id"]]}
            if "amount" in entry:
                line["amount"] = {"amount": entry["amount"], "currency": "IDR"}
            lines.append(line)
        body = {"receipt_id": receipt["id"], "lines": lines, "note": said["note"]}
        claim = await buyer.api.post("claim", "/v1/claims", body)
        asked = sum((Decimal(line["amount"]["amount"]) for line in claim["lines"]), Decimal())
        parts = ", ".join(f"{kg(each['quantity'])} {each['reason']}" for each in claim["lines"])
        step.done(
            f"{claim['number']} (klaim): {parts}, {rupiah(asked)} asked; the hub has until "
            f"{day(day_of(claim['answer_by']))}, or all of it is granted"
        )
    return claim


async def _answered(stage: Stage, said: Doc, claim: Doc) -> None:
    lines = [
        {"line_id": line["id"], "quantity": {"value": granted, "unit": "kg"}}
        for line, granted in zip(claim["lines"], said["granted"], strict=True)
    ]
    lines[-1]["note"] = said["answer_note"]
    path = f"/v1/claims/{claim['id']}"
    with stage.screen.step("answered in part") as step:
        answer = await stage.hub.post("answer the claim", f"{path}/answer", {"lines": lines})
        body = {"note": said["resolved_note"]}
        done = await stage.hub.post("resolve the claim", f"{path}/resolve", body)
        granted = _granted(answer)
        step.done(
            f'{answer["status"].replace("_", " ")}: {rupiah(granted)} ("{said["answer_note"]}"); '
            f"the claim is {done['status']}"
        )


def _granted(claim: Doc) -> Decimal:
    return sum((Decimal(line["granted"]["amount"]["amount"]) for line in claim["lines"]), Decimal())


async def _shares(stage: Stage, gathered: Gathered, claim: Doc) -> None:
    """What was granted is divided over the farms of the lot; each reads its own part and why."""
    answered = await stage.hub.get(f"/v1/claims/{claim['id']}")
    owed: dict[str, list[Doc]] = {}
    with stage.screen.step("each farm's share") as step:
        for reference in gathered.farms:
            farm = stage.people[reference]
            owed[farm.name] = await farm.api.all("/v1/deductions", claim_id=claim["id"])
        amounts = {
            name: sum((Decimal(row["amount"]["amount"]) for row in rows), Decimal())
            for name, rows in owed.items()
        }
        together, granted = sum(amounts.values()), _granted(answered)
        stage.expect("the deductions", together == granted, f"{together}, not {granted}")
        step.done(
            f"{count(len(amounts), 'farm')} bear {rupiah(granted)} by what of the lot came from "
            "each, exactly (potongan):"
        )
    for name, amount in sorted(amounts.items(), key=lambda item: -item[1]):
        stage.screen.detail(f"{rupiah(amount):>10}  {name}")
    stage.screen.detail(f"{rupiah(granted):>10}  together. Every farm reads its own part and why:")
    (row, *_) = next(iter(owed.values()))
    stage.screen.detail(f'"{row["why"]["id"]}"')
