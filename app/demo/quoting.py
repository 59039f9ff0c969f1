"""Chapter: a buyer asks for a price, both sides name theirs, and what is accepted is an order."""

from __future__ import annotations

from app.demo.book import Doc, page
from app.demo.people import Somebody
from app.demo.screen import day, day_of, kg, rupiah
from app.demo.stage import Stage


async def tell(stage: Stage) -> None:
    """From the question to the confirmed order."""
    book = page("story")["quote"]
    stage.screen.chapter("Surabaya asks for a price", book["source"])
    buyer = stage.people[book["buyer"]]
    request = await _ask(stage, book, buyer)
    quotes = await _rounds(stage, book, buyer, request)
    await _accept(stage, book, buyer, quotes[-1])


async def _ask(stage: Stage, book: Doc, buyer: Somebody) -> Doc:
    (line,) = book["lines"]
    body = {
        "wanted": "order",
        "ship_to_site_id": next(iter(buyer.sites.values())),
        "deliver_on": stage.days.after(book["deliver_day"]),
        "lines": [stage.of_goods(line) | {"quantity": line["quantity"]}],
        "external_reference": book["external_reference"],
        "message": book["message"],
    }
    with stage.screen.step("asking for terms") as step:
        request = await buyer.api.post("quote request", "/v1/quote-requests", body)
        (asked,) = request["lines"]
        step.done(
            f"{request['number']}: {buyer.name} asks for {kg(asked['quantity'])} of "
            f"{stage.product_of(asked)} on {day(request['deliver_on'])}; without an answer until "
            f"{day(day_of(request['respond_by']))} the request ends"
        )
    return request


async def _rounds(stage: Stage, book: Doc, buyer: Somebody, request: Doc) -> list[Doc]:
    """Each side's terms in their turn: every quote replaces the one before."""
    quotes = []
    (line,) = request["lines"]
    for n, entry in enumerate(book["rounds"], 1):
        who = stage.hub if entry["by"] == "hub" else buyer.api
        terms = {name: entry[name] for name in ("price", "over_tolerance_pct")}
        body = {
            "lines": [terms | {"request_line_id": line["id"], "quantity": line["quantity"]}],
            "message": entry["message"],
        }
        path = f"/v1/quote-requests/{request['id']}/quotes"
        quotes.append(await who.post(f"quote {n}", path, body))
    for quote in quotes:
        (offered,) = quote["lines"]
        by = "the hub offers" if quote["made_by"] == "hub" else "Surabaya offers"
        stage.screen.detail(
            f"round {quote['round']}: {by:<16} {rupiah(offered['price']['amount'])} a kg: "
            f'"{quote["message"]}"'
        )
    return quotes


async def _accept(stage: Stage, book: Doc, buyer: Somebody, quote: Doc) -> None:
    with stage.screen.step("accepting") as step:
        path = f"/v1/quotes/{quote['id']}/accept"
        accepted = await buyer.api.post("accept the quote", path)
        order = await buyer.api.get(f"/v1/orders/{accepted['order_id']}")
        (line,), (agreed,) = order["lines"], accepted["lines"]
        terms = ("price", "under_tolerance_pct", "over_tolerance_pct")
        stage.expect(
            book["external_reference"],
            order["status"] != "placed"
            and line["requested"] == agreed["quantity"]
            and all(line[name] == agreed[name] for name in terms),
            f"the order is not as quoted: {order}",
        )
        step.done(
            f"accepted, and so at once {order['number']}, confirmed at exactly these terms: "
            f"{kg(line['requested'])} at {rupiah(line['price']['amount'])} a kg "
            f"({rupiah(order['total']['amount'])}), up to {line['over_tolerance_pct']} % more"
        )
