"""Chapter: Pasar Jaya tries one tonne of eggs, and forty laying farms fill it together."""

from __future__ import annotations

from app.demo import road, trade
from app.demo.book import Doc, page
from app.demo.people import Somebody
from app.demo.screen import day, kg, rupiah
from app.demo.stage import HUB_REFERENCE, Stage
from app.demo.trade import total, value


async def tell(stage: Stage) -> None:
    """From the farms' offers to the signed receipt."""
    book = page("story")["trial"]
    stage.screen.chapter("A trial: eggs from many small farms to Jakarta", book["source"])
    hub_site = await _meet(stage)
    await _offers(stage)
    order = await _order(stage, book)
    rows = await _shares(stage, order)
    lots = await _lots(stage, rows)
    carrier = stage.people["ekspedisi-contoh"]
    with stage.screen.step("loading the lorry") as step:
        shipment = await trade.load(stage, order, lots, hub_site, carrier)
        step.done(
            f"{shipment['number']} with {len(shipment['lots'])} lots leaves "
            f"{shipment['from_place']} for {shipment['to_place']}"
        )
    await road.tell(stage, shipment, carrier)
    await trade.hand_over(order, shipment, carrier)
    await _receipt(stage, book, order, shipment)


async def _meet(stage: Stage) -> str:
    """The buyers, the carrier, the farms; the id of the hub's own site."""
    book, farms = page("buyers"), page("farms")["farms"]
    market = [each for each in book["buyers"] if each["external_reference"] == "pasar-jaya"]
    with stage.screen.step("registering farms, buyer and carrier") as step:
        met = await stage.people.meet([*market, *book["carriers"], *farms], step.tick)
        (hub,) = await stage.hub.all("/v1/parties", external_reference=HUB_REFERENCE)
        names = ("name", "kind", "region_code", "latitude", "longitude")
        body = {name: book["hub_site"][name] for name in names}
        made = await stage.hub.post("site hub", f"/v1/parties/{hub['id']}/sites", body)
        coached = sum(who.licences.count("under_coaching") for who in met)
        step.done(
            f"{len(met) - 2} laying farms (kandang) of Kabupaten Blitar registered with their NKV, "
            f"{coached} of them under coaching; {met[0].name}; {met[1].name}"
        )
    return str(made["id"])


async def _offers(stage: Stage) -> None:
    book = page("farms")
    window = {
        "available_from": stage.days.after(book["offers_available"]["from_day"]),
        "available_until": stage.days.after(book["offers_available"]["until_day"]),
    }
    with stage.screen.step("the farms offer their eggs") as step:
        offers = []
        # One after the other: who comes first is served first where a gram is left over.
        for farm in book["farms"]:
            who, site = stage.people[farm["external_reference"]], farm["site"]["name"]
            offers.append(await trade.offer(stage, who, site, farm["offer"], window))
            step.tick()
        smallest, largest = (pick(value(o["quantity"]) for o in offers) for pick in (min, max))
        step.done(
            f"{len(offers)} offers (penawaran pasokan) of {stage.product('eggs')}, {kg(smallest)} "
            f"to {kg(largest)} each, {kg(total(offers, 'quantity'))} together"
        )


async def _order(stage: Stage, book: Doc) -> Doc:
    buyer = stage.people[book["buyer"]]
    with stage.screen.step("Pasar Jaya orders, the hub confirms") as step:
        order = await trade.place(stage, book, buyer)
        (line,) = order["lines"]
        step.done(
            f"{order['number']}: {buyer.name} orders {kg(line['requested'])} of "
            f"{stage.product_of(line)} for {day(order['deliver_on'])} at "
            f"{rupiah(line['price']['amount'])} a kg ({rupiah(order['total']['amount'])}), without "
            "an agreement; the hub confirms"
        )
    return order


async def _shares(stage: Stage, order: Doc) -> list[Doc]:
    """The farms are asked, two decline, one reduces; what is missing goes to the others."""
    screen = stage.screen
    with screen.step("dividing it fairly (alokasi)") as step:
        rows = await trade.allocate(stage, order, page("story")["trial"]["policy"])
        asked = {row["seller_id"]: row for row in reversed(rows)}.values()
        step.done(
            f"{len(asked)} farms are asked for "
            f"{kg(sum((value(row['proposed']) for row in asked), value(None)))}: everybody the "
            f"smaller of what it has and {kg(next(iter(asked))['why']['level'])}"
        )
    answers = {
        farm["external_reference"]: farm
        for farm in page("farms")["farms"]
        if farm["behaviour"] != "confirms"
    }
    with screen.step("the farms answer") as step:
        rows = await trade.answer(stage, order, answers, step.tick)
        standing = [row for row in rows if row["status"] in trade.LIVE]
        given = total(standing, "quantity")
        now = await stage.hub.get(f"/v1/orders/{order['id']}")
        (line,) = now["lines"]
        stage.expect("allocation", value(line["unallocated"]) == 0, f"not filled: {line}")
        step.done(
            f"{len({row['seller_id'] for row in standing})} farms bring {kg(given)}; what others "
            "gave back was divided again among those who still had eggs"
        )
    _given_back(stage, rows)
    return rows


def _given_back(stage: Stage, rows: list[Doc]) -> None:
    """Say who brings nothing or less of what it was asked for at first, and why."""
    first = {row["seller_id"]: row for row in reversed(rows)}
    for row in rows:
        who = stage.people.by_id(row["seller_id"]).name
        if row["id"] != first[row["seller_id"]]["id"]:
            continue
        if row["status"] == "declined":
            stage.screen.detail(f'{who} declines {kg(row["proposed"])}: "{row["note"]}"')
        elif value(row["quantity"]) < value(row["proposed"]):
            amounts = f"{kg(row['proposed'])} to {kg(row['quantity'])}"
            stage.screen.detail(f'{who} reduces {amounts}: "{row["note"]}"')


async def _lots(stage: Stage, rows: list[Doc]) -> list[Doc]:
    with stage.screen.step("weighing") as step:
        lots = await trade.weigh(stage, rows, step.tick)
        step.done(
            f"{len(lots)} lots weighed, {kg(total(lots, 'net_weight'))} together; each names its "
            "farm and its day"
        )
    return lots


async def _receipt(stage: Stage, book: Doc, order: Doc, shipment: Doc) -> None:
    buyer = stage.people[book["buyer"]]
    with stage.screen.step("receiving in Jakarta") as step:
        known = await stage.hub.get(f"/v1/shipments/{shipment['id']}")
        verdicts = _verdicts(stage, book, known)
        receipt = await trade.receive(order, known, buyer, verdicts)
        lines = receipt["lines"]
        step.done(
            f"{receipt['number']} (BAST): {kg(total(lines, 'accepted'))} accepted, "
            f"{kg(total(lines, 'downgraded'))} downgraded, {kg(total(lines, 'rejected'))} "
            f"rejected, {kg(total(lines, 'short'))} short; {receipt['status']} by {buyer.name}"
        )
    now = await stage.hub.get(f"/v1/orders/{order['id']}")
    (line,) = now["lines"]
    verdict = {
        name: book["verdict"][name] for name in ("accepted", "downgraded", "rejected", "short")
    }
    stage.expect(
        "the trial's receipt",
        now["status"] == "completed" and all(line[n] == q for n, q in verdict.items()),
        f"expected a completed order with {verdict}, not {now}",
    )
    stage.screen.detail(
        f"{now['number']} is {now['status']}: what is missing lies within the "
        f"{line['under_tolerance_pct']} % that both sides accept"
    )


def _verdicts(stage: Stage, book: Doc, shipment: Doc) -> dict[str, Doc]:
    """What the book says of a farm, said of its heaviest lot."""
    heaviest: dict[str, Doc] = {}
    for lot in shipment["lots"]:
        farm = _farm(stage, lot)
        if farm not in heaviest or value(lot["quantity"]) > value(heaviest[farm]["quantity"]):
            heaviest[farm] = lot
    return {heaviest[row["farm"]]["lot_id"]: row for row in book["verdict"]["by_farm"]}


def _farm(stage: Stage, lot: Doc) -> str:
    found: Somebody = stage.people.by_id(lot["seller_id"])
    return found.reference
