"""The chain of one order, link by link, each done by whoever does it in real life."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.book import Doc, page
from app.demo.calls import together
from app.demo.people import Somebody
from app.demo.stage import HUB_REFERENCE, Stage

Tick = Callable[[], None]
Answers = dict[str, Doc]
"""How a seller (by reference) answers when it does not simply confirm: its entry in the book."""

LIVE = ("offered", "confirmed", "picked", "shipped")
"""Allocations that a seller stands by, or may still."""


def value(quantity: Doc | None) -> Decimal:
    """The bare number of a quantity in kilograms; nothing is nothing."""
    return Decimal(quantity["value"]) if quantity else Decimal(0)


def total(rows: list[Doc], name: str) -> Decimal:
    """The sum of one quantity over rows."""
    return sum((value(row[name]) for row in rows), Decimal(0))


async def hub_site(stage: Stage) -> str:
    """The id of the hub's own store, where goods change lorries."""
    (hub,) = await stage.hub.all("/v1/parties", external_reference=HUB_REFERENCE)
    sites = await stage.hub.get(f"/v1/parties/{hub['id']}/sites")
    name = page("buyers")["hub_site"]["name"]
    return next(str(site["id"]) for site in sites["data"] if site["name"] == name)


async def agree(stage: Stage, name: str, body: Doc, buyer: Somebody) -> Doc:
    """The hub proposes an agreement (kontrak payung) and the buyer consents."""
    draft = await stage.hub.post(f"agreement {name}", "/v1/agreements", body)
    path = f"/v1/agreements/{draft['id']}"
    await stage.hub.post(f"propose {name}", f"{path}/propose")
    agreement = await buyer.api.post(f"agree {name}", f"{path}/confirm")
    stage.expect(name, agreement["status"] == "active", f"it is {agreement['status']}")
    return agreement


async def offer(
    stage: Stage, who: Somebody, site: str, entry: Doc, window: Doc, name: str = "offer"
) -> Doc:
    """A seller promises goods from its *site* (penawaran pasokan); once for each *name*."""
    said = {name: entry[name] for name in ("quantity", "floor_price", "pack_size") if name in entry}
    body = stage.of_goods(entry) | window | said | {"site_id": who.site(site)}
    step = f"{name} {who.reference} {entry['commodity']} {entry['grade']}"
    return await who.api.post(step, "/v1/supply-offers", body)


def order_body(stage: Stage, entry: Doc, buyer: Somebody, **more: str) -> Doc:
    """An order of the book as the API wants it, to the buyer's newest site."""
    lines = []
    for asked in entry["lines"]:
        line = stage.of_goods(asked) | {"quantity": asked["quantity"]}
        lines.append(line | ({"price": asked["price"]} if "price" in asked else {}))
    return {
        "external_reference": entry["external_reference"],
        "ship_to_site_id": list(buyer.sites.values())[-1],
        "deliver_on": stage.days.delivery(entry),
        "lines": lines,
        **more,
    }


async def place(stage: Stage, entry: Doc, buyer: Somebody, **more: str) -> Doc:
    """The buyer places an order and the hub confirms all of it."""
    name = entry["external_reference"]
    body = order_body(stage, entry, buyer, **more)
    placed = await buyer.api.post(f"order {name}", "/v1/orders", body)
    return await stage.hub.post(f"confirm {name}", f"/v1/orders/{placed['id']}/confirm")


async def allocate(stage: Stage, order: Doc, policy: str = "fair_share") -> list[Doc]:
    """The hub asks sellers for the goods (alokasi): the shares it gave them."""
    step = f"allocate {order['external_reference']}"
    await stage.hub.post(step, f"/v1/orders/{order['id']}/allocate", {"policy": policy})
    return await allocations(stage, order)


async def allocations(stage: Stage, order: Doc) -> list[Doc]:
    """All shares of an order there ever were, oldest first: ids sort by time."""
    found = await stage.hub.all(f"/v1/orders/{order['id']}/allocations")
    return sorted(found, key=lambda row: str(row["id"]))


async def answer(stage: Stage, order: Doc, answers: Answers, tick: Tick) -> list[Doc]:
    """Every seller answers: first who brings nothing or less, then, asked for more, all others."""
    unwilling = {stage.people[reference].id for reference in answers}
    for reference, said in answers.items():
        who = stage.people[reference]
        own = [row for row in await allocations(stage, order) if row["seller_id"] == who.id]
        for n, row in enumerate(own):
            await _give_back(who, row, said, reduces=n == 0 and said["behaviour"] == "reduces")
            tick()

    async def confirm(row: Doc) -> None:
        await accept(stage.people.by_id(row["seller_id"]), row)
        tick()

    rows = await allocations(stage, order)
    await together(
        confirm(row) for row in rows if row["status"] in LIVE and row["seller_id"] not in unwilling
    )
    return await allocations(stage, order)


async def accept(who: Somebody, row: Doc) -> Doc:
    """The seller stands by its share; told again, the share as it was then, before any loss."""
    return await who.api.post(f"accept {row['id']}", f"/v1/allocations/{row['id']}/confirm")


async def _give_back(who: Somebody, row: Doc, said: Doc, *, reduces: bool) -> None:
    """Bring less of a share, or nothing; it goes to others before the answer comes."""
    if row["status"] in ("timed_out", "released"):
        return  # silence has answered for it
    path = f"/v1/allocations/{row['id']}"
    body = {"reason": said["reason"], "note": said["note"]}
    if reduces:
        more = body | {"quantity": said["reduce_to"]}
        await who.api.post(f"reduce {row['id']}", f"{path}/reduce", more)
    else:
        await who.api.post(f"decline {row['id']}", f"{path}/decline", body)


async def weigh(stage: Stage, rows: list[Doc], tick: Tick) -> list[Doc]:
    """Every seller weighs what it promised into a lot."""

    async def one(row: Doc) -> Doc:
        who = stage.people.by_id(row["seller_id"])
        body = {
            "allocation_id": row["id"],
            "net_weight": row["quantity"],
            "produced_on": stage.days.after(0),
        }
        lot = await who.api.post(f"weigh {row['id']}", "/v1/lots", body)
        tick()
        return lot

    standing = [row for row in rows if row["status"] in LIVE]
    return await together(one(row) for row in standing)


async def load(stage: Stage, order: Doc, lots: list[Doc], from_site: str, carrier: Somebody) -> Doc:
    """The hub plans one shipment (pengiriman) of all lots, and the carrier leaves with it."""
    name = order["external_reference"]
    body = {
        "lot_ids": [lot["id"] for lot in lots],
        "carrier_id": carrier.id,
        "from_site_id": from_site,
        "to_site_id": order["ship_to_site_id"],
    }
    planned = await stage.hub.post(f"shipment {name}", "/v1/shipments", body)
    path = f"/v1/shipments/{planned['id']}/dispatch"
    return await carrier.api.post(f"dispatch {name}", path)


async def hand_over(order: Doc, shipment: Doc, carrier: Somebody) -> Doc:
    """The lorry is at the gate, and is unloaded."""
    name, path = order["external_reference"], f"/v1/shipments/{shipment['id']}"
    await carrier.api.post(f"arrive {name}", f"{path}/arrive")
    return await carrier.api.post(f"deliver {name}", f"{path}/deliver")


async def receive(order: Doc, shipment: Doc, buyer: Somebody, verdicts: dict[str, Doc]) -> Doc:
    """The buyer writes the BAST, lot by lot, and signs it. *verdicts* are by lot id."""
    name = order["external_reference"]
    lines = [_received(lot, verdicts.get(lot["lot_id"])) for lot in shipment["lots"]]
    body = {"shipment_id": shipment["id"], "lines": lines}
    posted = await buyer.api.post(f"receipt {name}", "/v1/goods-receipts", body)
    return await buyer.api.post(f"sign {name}", f"/v1/goods-receipts/{posted['id']}/sign")


def _received(lot: Doc, verdict: Doc | None) -> Doc:
    said = verdict or {}
    sent, unit = value(lot["quantity"]), lot["quantity"]["unit"]
    downgraded, short = value(said.get("downgraded")), value(said.get("short"))
    amounts = {
        "received": sent - short,
        "accepted": sent - short - downgraded,
        "downgraded": downgraded,
        "rejected": Decimal(0),
    }
    line: Doc = {name: {"value": str(v), "unit": unit} for name, v in amounts.items()}
    if verdict:
        line |= {"reason": verdict["reason"], "note": verdict["note"]}
    return {"lot_id": lot["lot_id"], **line}
