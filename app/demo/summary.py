"""The end: what all of it came to, read from the API, in words for people in a hurry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from app.demo import papers, trade
from app.demo.book import Doc, page
from app.demo.calls import together
from app.demo.screen import count, day, day_of, kg, number
from app.demo.stage import Stage
from app.demo.trade import total, value

OPEN = ("placed", "confirmed", "partly_confirmed", "in_progress")


async def show(stage: Stage) -> None:
    """The whole summary. Only reads."""
    parties = {party["id"]: party for party in await stage.hub.all("/v1/parties")}
    orders = sorted(await stage.hub.all("/v1/orders"), key=lambda order: str(order["number"]))
    await _figures(stage, parties, orders)
    await _quota(stage)
    await _waiting(stage, parties, orders)
    trial = await order_of(stage, page("story")["trial"])
    await _why(stage, parties, trial)
    await _doors(stage, trial)


async def order_of(stage: Stage, entry: Doc) -> Doc:
    """An order of the book, as it is now."""
    name = entry["external_reference"]
    found = await stage.hub.all("/v1/orders", external_reference=name)
    stage.expect(name, bool(found), "there is no such order")
    return found[-1]  # newest first; the story's own is the oldest


async def _figures(stage: Stage, parties: dict[str, Doc], orders: list[Doc]) -> None:
    listings = await stage.anybody.all("/v1/listings")
    offers = await stage.hub.all("/v1/supply-offers")
    sellers = Counter(p["seller_kind"] for p in parties.values() if "seller" in p["roles"])
    lines = [line for order in orders for line in order["lines"]]
    states = Counter(order["status"] for order in orders)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(sellers.items()))
    status = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    stage.screen.chapter("What it came to")
    rows = [
        ("Sellers (penjual)", f"{sum(sellers.values())}", kinds),
        ("Listings on the shelf (produk tayang)", f"{len(listings)}", "anybody may see them"),
        ("Orders (pesanan)", f"{len(orders)}", status),
        ("Promised by sellers (penawaran)", kg(total(offers, "quantity")), f"{len(offers)} offers"),
        ("Promised to buyers (dikonfirmasi)", kg(total(lines, "confirmed")), ""),
        ("Sellers have said yes to (alokasi)", kg(total(lines, "allocated")), ""),
        ("Shipped (dikirim)", kg(total(lines, "shipped")), ""),
        ("Accepted (diterima)", kg(total(lines, "accepted")), _rest(lines)),
    ]
    stage.screen.table(("", "", ""), rows, right={1})


def _rest(lines: list[Doc]) -> str:
    parts = (f"{kg(total(lines, name))} {name}" for name in ("downgraded", "rejected", "short"))
    return ", ".join(parts)


async def _quota(stage: Stage) -> None:
    book = page("story")["agreement"]
    buyer = await _party(stage, book["buyer"])
    found = await stage.hub.all("/v1/agreements", status="active")
    stage.screen.chapter(f"Quota of {stage.days.quota_month:%B %Y} (kuota)")
    rows = []
    for agreement in found:
        if agreement["buyer_id"] != buyer["id"]:
            continue
        quota = await stage.hub.get(f"/v1/agreements/{agreement['id']}/quota")
        for line in quota["data"]:
            if line["period_start"] == stage.days.in_quota_month(1):
                used = value(line["reserved"]) + value(line["consumed"])
                share = f"{used * 100 / value(line['quota']):.0f} %"
                row = (stage.product_of(line), kg(line["quota"]), kg(used), share, kg(line["left"]))
                rows.append(row)
    stage.screen.table(("", "quota", "used", "", "left"), rows, right={1, 2, 3, 4})


async def _party(stage: Stage, reference: str) -> Doc:
    (found,) = await stage.hub.all("/v1/parties", external_reference=reference)
    return found


async def _waiting(stage: Stage, parties: dict[str, Doc], orders: list[Doc]) -> None:
    """Everything that is not over: who has to do what next, and by when."""
    stage.screen.chapter("Who waits for what")
    waiting = [order for order in orders if order["status"] in OPEN]
    rows = await together(_open_order(stage, parties, order) for order in waiting)
    found = [row for several in rows for row in several]
    stage.screen.table(("order", "who waits", "for what", "until"), found, right=set())


async def _open_order(
    stage: Stage, parties: dict[str, Doc], order: Doc
) -> list[tuple[str, str, str, str]]:
    buyer, due = parties[order["buyer_id"]]["name"], day(order["deliver_on"])
    if order["status"] == "placed":
        answer_by = day(day_of(order["respond_by"]))
        return [(order["number"], buyer, "BTC to confirm its order", answer_by)]
    shares = await trade.allocations(stage, order)
    return [
        (order["number"], who, what, due) for who, what in _steps(order["lines"], shares, buyer)
    ]


def _steps(lines: list[Doc], shares: list[Doc], buyer: str) -> Iterator[tuple[str, str]]:
    missing = total(lines, "unallocated")
    if missing:
        yield buyer, f"BTC to find sellers for {kg(missing)}"
    offered = [row for row in shares if row["status"] == "offered"]
    if offered:
        amount = kg(total(offered, "quantity"))
        yield "BTC", f"{_sellers(offered)} to answer for {amount}"
    standing = [row for row in shares if row["status"] in ("confirmed", "picked", "shipped")]
    unweighed = [row for row in standing if value(row["left_to_weigh"])]
    if unweighed:
        amount = kg(total(unweighed, "left_to_weigh"))
        yield "BTC", f"{_sellers(unweighed)} to bring {amount}"
    shipped = total(lines, "shipped") - total(lines, "received") - total(lines, "short")
    if shipped:
        yield buyer, f"{kg(shipped)} on the road"


def _sellers(rows: list[Doc]) -> str:
    return count(len({row["seller_id"] for row in rows}), "seller")


async def _why(stage: Stage, parties: dict[str, Doc], trial: Doc) -> None:
    """One line a farm: what it could bring, what it was given, and the rule's own words."""
    shares = await trade.allocations(stage, trial)
    offers = {offer["id"]: offer for offer in await stage.hub.all("/v1/supply-offers")}
    farms: dict[str, list[Doc]] = {}
    for share in shares:
        farms.setdefault(share["seller_id"], []).append(share)
    (line,) = trial["lines"]
    stage.screen.chapter(
        f"Why did farm X get Y of the {kg(line['confirmed'])}? ({trial['number']}, in kg)"
    )
    rows = [
        _farm(parties[seller]["name"], own, offers[own[0]["offer_id"]])
        for seller, own in farms.items()
    ]
    heads = ("farm (kandang)", "could bring", "first asked", "later", "brings", "why")
    rows.sort(key=lambda row: (Decimal(row[1]), row[0]))
    stage.screen.table(heads, rows, right={1, 2, 3, 4})
    share = next((s for s in shares if s["why"]["limited_by"] != "offered"), shares[0])
    stage.screen.say(f'   Every farm reads its own reason: "{share["why"]["said"]["id"]}"')


def _farm(name: str, own: list[Doc], offer: Doc) -> tuple[str, ...]:
    first, *later = own
    more = total([row for row in later if row["status"] in trade.LIVE], "quantity")
    brings = total([row for row in own if row["status"] in trade.LIVE], "quantity")
    return (
        name.removesuffix(" (contoh)"),
        number(value(offer["quantity"])),
        number(value(first["proposed"])),
        f"+{number(more)}" if more else "",
        number(brings),
        _because(first, offer) + ("; more when others gave back" if more else ""),
    )


def _because(first: Doc, offer: Doc) -> str:
    if first["status"] == "declined":
        return f"declined ({first['reason']})"
    if value(first["quantity"]) < value(first["proposed"]):
        return f"could bring only that ({first['reason']})"
    why = first["why"]
    if why["limited_by"] == "offered":
        return "all it had"
    if why["limited_by"] == "min_pickup":
        return f"its smallest pick-up, {kg(offer['min_pickup'])}"
    packs = f" in whole packs of {kg(offer['pack_size'])}" if offer["pack_size"] else ""
    return f"fair share: {kg(why['level'])}{packs}"


async def _doors(stage: Stage, trial: Doc) -> None:
    """Where to look and with which key."""
    carried = await order_of(stage, page("road")["eggs"])
    (shipment, *_) = await stage.hub.all("/v1/shipments", order_id=carried["id"])
    keys = stage.memory.keys
    farm = page("farms")["farms"][0]["external_reference"]
    seller = page("sellers")["sellers"][0]["external_reference"]
    stage.screen.chapter("Try it yourself")
    rows = [
        ("documentation", f"{stage.url}/docs"),
        ("shelf, for anybody", f"{stage.url}/v1/listings"),
        ("follow the truck", f"{stage.url}/lacak/{shipment['tracking_code']}"),
        ("the same for machines", f"{stage.url}/v1/tracking/{shipment['tracking_code']}"),
        ("documents (PDF)", str(papers.folder(stage))),
        *await papers.links(stage),
        ("operator's key (BTC)", stage.memory.operator_key),
        ("buyer's key (Pasar Jaya)", keys.get(trial_buyer(), "")),
        ("farm's key", keys.get(farm, "")),
        ("UMKM seller's key", keys.get(seller, "")),
    ]
    for name, what in rows:
        stage.screen.say(f"   {name.ljust(26)}{what}")
    stage.screen.say(
        f"\n   curl -H 'Authorization: Bearer {keys.get(trial_buyer(), '')}' "
        f"{stage.url}/v1/orders/{trial['id']}"
    )


def trial_buyer() -> str:
    """The reference of the buyer whose key is shown."""
    return str(page("story")["trial"]["buyer"])
