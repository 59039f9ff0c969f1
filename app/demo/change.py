"""Chapter: a buyer wants less than it called off, and what does not come is given up."""

from __future__ import annotations

from app.demo import trade
from app.demo.book import Doc, page
from app.demo.screen import count, day, kg, rupiah
from app.demo.stage import Stage
from app.demo.summary import order_of
from app.demo.trade import total, value


async def tell(stage: Stage) -> None:
    """An amendment with consent, then an order closed short."""
    book = page("story")["change"]
    stage.screen.chapter("A change, and what will not come", book["source"])
    await _amend(stage, book)
    await _close_short(stage, book["short"])


async def _amend(stage: Stage, book: Doc) -> None:
    """The buyer looks what less would do, proposes it, and the hub consents."""
    order = await order_of(stage, {"external_reference": book["order"]})
    commodity = stage.goods[book["commodity"]]["id"]
    (line,) = (each for each in order["lines"] if each["commodity_id"] == commodity)
    body = {
        "lines": [{"line_id": line["id"], "quantity": book["quantity"]}],
        "reason": book["reason"],
        "note": book["note"],
    }
    buyer = stage.people["pasar-jaya"]
    path = f"/v1/orders/{order['id']}/amendments"
    with stage.screen.step("trying out a change") as step:
        first_time = not await buyer.api.all(path)
        tried = await buyer.api.preview(path, body) if first_time else None
        proposed = await buyer.api.post("amendment", path, body)
        (changed,), effect = proposed["lines"], proposed["effect"]
        if tried is not None:
            stage.expect("the preview", tried["effect"] == effect, f"{tried}, not {proposed}")
        before, after = changed["before"], changed["after"]
        saved = -int(effect["difference"]["amount"])
        step.done(
            f"{order['number']} for {day(order['deliver_on'])}: {buyer.name} wants "
            f"{kg(after['quantity'])} of {stage.product_of(line)} instead of "
            f"{kg(before['quantity'])}, and sees first what that does: "
            f"{rupiah(str(saved))} less to pay"
        )
    for quota in effect["quota"]:
        stage.screen.detail(
            f"quota: {kg(quota['released'])} are free again, {kg(quota['left'])} left until "
            f"{day(quota['period_end'])}"
        )
    for supply in effect["supply"]:
        stage.screen.detail(
            f"{count(supply['sellers'], 'seller')}: {kg(supply['released'])} need not come, "
            f"{kg(supply['allocated'])} stay promised"
        )
    with stage.screen.step("the hub consents") as step:
        done = await stage.hub.post("consent", f"/v1/order-amendments/{proposed['id']}/confirm")
        step.done(
            f"the hub consents, amendment {done['number']} is {done['status']}; order, quota and "
            "sellers' shares changed with that one answer"
        )


async def _close_short(stage: Stage, book: Doc) -> None:
    """All but one farm's eggs leave; the hub gives the rest up, and the order is over."""
    order = await order_of(stage, {"external_reference": book["order"]})
    buyer, carrier = stage.people["pasar-jaya"], stage.people["ekspedisi-contoh"]
    with stage.screen.step("a truck leaves without one farm's eggs") as step:
        rows = await trade.allocations(stage, order)
        most = max(rows, key=lambda row: value(row["proposed"]))
        missing = stage.people.by_id(most["seller_id"])
        coming = [row for row in rows if row["seller_id"] != missing.id]
        lots = await trade.weigh(stage, coming, step.tick)
        shipment = await trade.load(stage, order, lots, await trade.hub_site(stage), carrier)
        await trade.hand_over(order, shipment, carrier)
        receipt = await trade.receive(order, shipment, buyer, {})
        step.done(
            f"{shipment['number']} brings {kg(total(receipt['lines'], 'accepted'))} of "
            f"{order['number']} to {buyer.name}, without the eggs of {missing.name}"
        )
    (line,) = order["lines"]
    body = {"lines": [{"line_id": line["id"], "reason": book["reason"], "note": book["note"]}]}
    with stage.screen.step("closing short") as step:
        path = f"/v1/orders/{order['id']}/short-close"
        closed = await stage.hub.post(f"short-close {book['order']}", path, body)
        (line,) = closed["lines"]
        step.done(
            f"the hub gives up {kg(line['short_closed'])} ({line['reason']}): {closed['number']} "
            f"is {closed['status']}, the farm may sell its eggs to others"
        )
    stage.expect(book["order"], closed["status"] == "completed", f"it is {closed['status']}")
