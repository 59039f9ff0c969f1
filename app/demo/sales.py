"""Chapters: ten tonnes for Depok, and corn for eggs. Ordinary sales, each from order to receipt."""

from __future__ import annotations

from app.demo import trade
from app.demo.book import Doc, page
from app.demo.screen import count, day, kg, rupiah
from app.demo.stage import Stage
from app.demo.trade import total


async def depok(stage: Stage) -> None:
    """Ten tonnes of eggs in one lorry."""
    book = page("story")["depok"]
    stage.screen.chapter("A lorry of eggs for Depok", book["source"])
    await _sell(stage, book, await trade.hub_site(stage))


async def reciprocal(stage: Stage) -> None:
    """Corn one way, eggs the other: two sales, and what remains to be paid."""
    book = page("story")["reciprocal"]
    stage.screen.chapter("Corn for eggs: Kopi Siaga and Berkah Telur", book["source"])
    sold = {}
    for entry in book["orders"]:
        seller = stage.people[entry["seller"]]
        sold[entry["buyer"]] = await _sell(stage, entry, next(iter(seller.sites.values())))
    pays, receives = (stage.people[book["net"][side]] for side in ("pays", "receives"))
    owed, owing = (int(sold[who.reference]["total"]["amount"]) for who in (pays, receives))
    stage.expect(
        "corn for eggs", owed - owing == int(book["net"]["amount"]), f"{owed} - {owing} remain"
    )
    stage.screen.detail(
        f"{rupiah(str(owed))} one way, {rupiah(str(owing))} the other: netted, {pays.name} owes "
        f"{receives.name} {rupiah(str(owed - owing))}"
    )


async def _sell(stage: Stage, book: Doc, from_site: str) -> Doc:
    """An order's whole way; the completed order."""
    buyer, carrier = stage.people[book["buyer"]], stage.people["ekspedisi-contoh"]
    with stage.screen.step(f"{book['external_reference']}: from order to receipt") as step:
        order = await trade.place(stage, book, buyer)
        await trade.allocate(stage, order)
        rows = await trade.answer(stage, order, {}, step.tick)
        lots = await trade.weigh(stage, rows, step.tick)
        shipment = await trade.load(stage, order, lots, from_site, carrier)
        await trade.hand_over(order, shipment, carrier)
        receipt = await trade.receive(order, shipment, buyer, {})
        now = await stage.hub.get(f"/v1/orders/{order['id']}")
        stage.expect(
            book["external_reference"],
            now["status"] == "completed" and total(now["lines"], "unallocated") == 0,
            f"it is not completed: {now}",
        )
        (line,) = now["lines"]
        names = sorted({stage.people.by_id(row["seller_id"]).name for row in rows})
        who = names[0] if len(names) == 1 else f"{len(names)} sellers"
        step.done(
            f"{now['number']} for {day(now['deliver_on'])}: {buyer.name} buys "
            f"{kg(line['requested'])} of {stage.product_of(line)} from {who} for "
            f"{rupiah(now['total']['amount'])}; {count(len(lots), 'lot')}, {shipment['number']}, "
            f"{receipt['number']} {receipt['status']}: {kg(line['accepted'])} accepted, order "
            f"{now['status']}"
        )
    return now
