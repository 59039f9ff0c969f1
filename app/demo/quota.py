"""Chapter: an agreement over 300 tonnes a month, and call-offs until its quota is used up."""

from __future__ import annotations

from app.demo import trade
from app.demo.book import Doc, page
from app.demo.people import Somebody
from app.demo.screen import day, kg, number, rupiah
from app.demo.stage import Stage
from app.demo.trade import total, value

FILLED = 3
"""So many call-offs are allocated already; the later ones wait for their week to come nearer."""


async def tell(stage: Stage) -> None:
    """From the agreement's draft to the call-off that is refused."""
    story = page("story")
    book = story["agreement"]
    stage.screen.chapter("A fixed quota for Pasar Jaya, month by month", book["source"])
    buyer = stage.people[book["buyer"]]
    await _producers(stage)
    agreement = await _agree(stage, book, buyer)
    for n, entry in enumerate(story["call_offs"], 1):
        if entry["expect"] == "placed":
            await _call_off(stage, agreement, entry, buyer, fill=n <= FILLED)
        else:
            await _refused(stage, agreement, entry, buyer)


async def _producers(stage: Stage) -> None:
    book = page("producers")
    window = {
        "available_from": stage.days.in_quota_month(
            book["offers_available"]["from_day_of_quota_month"]
        ),
        "available_until": stage.days.end_of_quota_month(),
    }
    with stage.screen.step("cooperatives and traders offer the month's goods") as step:
        others = [b for b in page("buyers")["buyers"] if b["external_reference"] != "pasar-jaya"]
        producers = book["producers"]
        await stage.people.meet(producers, step.tick)
        await stage.people.meet(others, step.tick)
        offers = []
        for producer in producers:
            who, site = stage.people[producer["external_reference"]], producer["site"]["name"]
            for entry in producer["offers"]:
                offers.append(await trade.offer(stage, who, site, entry, window))
                step.tick()
        step.done(
            f"{len(producers)} cooperatives, groups and traders promise "
            f"{kg(total(offers, 'quantity'))} for {stage.days.quota_month:%B %Y}"
        )


async def _agree(stage: Stage, book: Doc, buyer: Somebody) -> Doc:
    body = {
        "buyer_id": buyer.id,
        "starts_on": stage.days.in_quota_month(1),
        "ends_on": stage.days.end_of_quota_month(book["months"]),
        "lines": [
            stage.of_goods(line)
            | {name: line[name] for name in ("period", "quota", "price")}
            | {"under_tolerance_pct": book["under_tolerance_pct"]}
            for line in book["lines"]
        ],
    }
    with stage.screen.step("the hub proposes, the buyer confirms") as step:
        agreement = await trade.agree(stage, book["external_reference"], body, buyer)
        step.done(
            f"{agreement['number']} (kontrak payung) is {agreement['status']} from "
            f"{day(agreement['starts_on'])} to {day(agreement['ends_on'])}: "
            f"{number(total(agreement['lines'], 'quota') / 1000)} t a month"
        )
    for line in agreement["lines"]:
        amount = f"{kg(line['quota']):>11} a {line['period']}"
        price = rupiah(line["price"]["amount"])
        stage.screen.detail(f"{stage.product_of(line):<18} {amount} at {price} a kg")
    return agreement


async def _call_off(
    stage: Stage, agreement: Doc, entry: Doc, buyer: Somebody, *, fill: bool
) -> None:
    with stage.screen.step(f"call-off {entry['external_reference']}") as step:
        order = await trade.place(stage, entry, buyer, agreement_id=agreement["id"])
        text = (
            f"{order['number']} for {day(order['deliver_on'])}: "
            f"{kg(total(order['lines'], 'confirmed'))} confirmed"
        )
        if fill:
            await trade.allocate(stage, order)
            rows = await trade.answer(stage, order, {}, step.tick)
            sellers = {row["seller_id"] for row in rows}
            text += f" and promised by {len(sellers)} sellers"
        left = await left_of(stage, agreement, entry)
        parts = [f"{stage.product_of(line)} {kg(line['left'])}" for line in left]
        step.done(f"{text}. Left today: {', '.join(parts)}")


async def left_of(stage: Stage, agreement: Doc, entry: Doc) -> list[Doc]:
    """What is left of the quota on the day of *entry*, line by line."""
    found = await stage.hub.get(f"/v1/agreements/{agreement['id']}/quota")
    on = stage.days.delivery(entry)
    return [line for line in found["data"] if line["period_start"] <= on <= line["period_end"]]


async def _refused(stage: Stage, agreement: Doc, entry: Doc, buyer: Somebody) -> None:
    """One more call-off, for which nothing is left."""
    (asked,) = entry["lines"]
    name = entry["external_reference"]
    with stage.screen.step(f"call-off {name}") as step:
        goods = stage.of_goods(asked)
        (left,) = (
            line
            for line in await left_of(stage, agreement, entry)
            if (line["commodity_id"], line["grade"]) == (goods["commodity_id"], goods["grade"])
        )
        if stage.memory.finished_at and value(left["left"]) >= value(asked["quantity"]):
            # Somebody has called off or cancelled since; asking would now take what is theirs.
            step.done(
                f"{name} was refused when this was told first; by now {kg(left['left'])} are left"
            )
            return
        body = trade.order_body(stage, entry, buyer, agreement_id=agreement["id"])
        problem = await buyer.api.refused(
            f"order {name}", "/v1/orders", body, code="quota_exceeded"
        )
        step.done(f"{name} asks for more and is refused: {problem['detail']}")
        if not stage.memory.finished_at:
            stage.expect(
                name, value(left["left"]) == value(entry["left"]), f"{left['left']} are left"
            )
    stage.screen.detail(
        "refused: HTTP 409 quota_exceeded; nothing was stored, nobody was promised anything"
    )
