"""Chapter: a pick-up visits farms; what it brings is weighed again, looked at and pooled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.demo import picture, trade
from app.demo.book import Doc, page
from app.demo.calls import together
from app.demo.people import Somebody
from app.demo.screen import count, kg
from app.demo.stage import Stage
from app.demo.trade import total, value


@dataclass(frozen=True)
class Gathered:
    """What the round brought: the farms' lots by farm, and the one that was made of them."""

    order: Doc
    farms: dict[str, Doc]
    pooled: Doc
    hub_site: str


async def tell(stage: Stage) -> Gathered:
    """From the farms' offers to one pooled lot, traced back to them."""
    book = page("road")
    stage.screen.chapter("A round over four farms, and one lot of it", book["source"])
    hub_site = await trade.hub_site(stage)
    order, rows = await _sold(stage, book)
    lots = await _round(stage, book, rows, hub_site)
    await _received(stage, book["weighed_again"], lots)
    await _inspected(stage, book["inspection"], lots)
    pooled = await _pooled(stage, book, lots)
    return Gathered(order, lots, pooled, hub_site)


async def _sold(stage: Stage, book: Doc) -> tuple[Doc, list[Doc]]:
    window = {
        "available_from": stage.days.after(book["offers_available"]["from_day"]),
        "available_until": stage.days.after(book["offers_available"]["until_day"]),
    }
    entry = book["eggs"]
    with stage.screen.step("large eggs are ordered and promised") as step:
        for each in book["farms"]:
            farm = stage.people[each["farm"]]
            await trade.offer(stage, farm, _barn(farm), each, window)
        order = await trade.place(stage, entry, stage.people[entry["buyer"]])
        asked = await trade.allocate(stage, order)
        first = asked[: len(book["farms"])]  # later ones would be somebody's who plays with this
        rows = [await trade.accept(stage.people.by_id(row["seller_id"]), row) for row in first]
        step.done(
            f"{order['number']}: {kg(total(order['lines'], 'confirmed'))} of large eggs for "
            f"{stage.people[entry['buyer']].name}, promised by {count(len(rows), 'farm')}"
        )
    return order, rows


def _barn(farm: Somebody) -> str:
    return next(iter(farm.sites))


async def _round(stage: Stage, book: Doc, rows: list[Doc], hub_site: str) -> dict[str, Doc]:
    """One pick-up comes by every farm; each weighs on its own scale. The lots by farm."""
    carrier, said = stage.people["ekspedisi-contoh"], book["round"]
    by_farm = {stage.people.by_id(row["seller_id"]).reference: row for row in rows}
    stops = [stage.people[each["farm"]] for each in book["farms"]]
    body = {
        "kind": "collection",
        "carrier_id": carrier.id,
        **said,
        "stops": [{"site_id": farm.site(_barn(farm))} for farm in stops] + [{"site_id": hub_site}],
        "loads": [
            {
                "allocation_id": by_farm[farm.reference]["id"],
                "from_stop": n,
                "to_stop": len(stops) + 1,
            }
            for n, farm in enumerate(stops, 1)
        ],
    }
    with stage.screen.step("one pick-up for all of them") as step:
        leg = await stage.hub.post("round", "/v1/legs", body)
        await carrier.api.post("start the round", f"/v1/legs/{leg['id']}/start")

        async def weigh(farm: Somebody) -> Doc:
            row = by_farm[farm.reference]
            asked = {
                "allocation_id": row["id"],
                "net_weight": row["quantity"],
                "produced_on": stage.days.after(0),
                "leg_id": leg["id"],
            }
            lot = await farm.api.post(f"weigh {row['id']}", "/v1/lots", asked)
            step.tick()
            return lot

        lots = await together(weigh(farm) for farm in stops)
        await carrier.api.post("end the round", f"/v1/legs/{leg['id']}/complete")
        step.done(
            f"{leg['number']} (rute pengambilan, {leg['vehicle']['plate']}) stops at "
            f"{count(len(stops), 'farm')} and ends at the hub; each weighs on its own scale, "
            f"{kg(total(lots, 'net_weight'))} together, and until it is there its lot is "
            f"{lots[0]['status']}"
        )
    most = kg(Decimal(leg["vehicle"]["capacity_kg"]))
    for stop in leg["stops"][:-1]:
        put_on = sum((Decimal(load["weight_kg"]) for load in stop["pick_up"]), Decimal(0))
        stage.screen.detail(
            f"stop {stop['position']}: {stop['place'].split(',')[0]:<24} + {kg(put_on):>9}, "
            f"{kg(Decimal(stop['aboard_kg'])):>9} aboard of {most}"
        )
    return {farm.reference: lot for farm, lot in zip(stops, lots, strict=True)}


async def _received(stage: Stage, said: Doc, lots: dict[str, Doc]) -> None:
    """The hub's scale has the last word."""
    with stage.screen.step("the hub weighs again") as step:
        for farm, lot in lots.items():
            body = {}
            if farm == said["farm"]:
                there = value(lot["net_weight"]) - Decimal(said["less"])
                body = {
                    "net_weight": {"value": str(there), "unit": lot["net_weight"]["unit"]},
                    "reason": said["reason"],
                }
            path = f"/v1/lots/{lot['id']}/receive"
            lots[farm] = await stage.hub.post(f"receive {lot['number']}", path, body)
            step.tick()
        grams = Decimal(said["less"]) * 1000
        step.done(
            f"{count(len(lots), 'lot')} received, now {lots[said['farm']]['status']}: "
            f"{kg(total(list(lots.values()), 'balance'))}. That of "
            f"{stage.people[said['farm']].name} is {grams:.0f} g short ({said['reason']})"
        )


async def _inspected(stage: Stage, said: Doc, lots: dict[str, Doc]) -> None:
    """One lot is looked at, and its parts go different ways."""
    lot = lots[said["farm"]]
    worse, bad = said["downgrade"], said["reject"]
    good = value(lot["balance"]) - value(worse["quantity"]) - value(bad["quantity"])
    body = {
        **{name: said[name] for name in ("inspector", "sample", "readings")},
        "verdict": [
            {"verdict": "accept", "quantity": {"value": str(good), "unit": "kg"}},
            {"verdict": "downgrade", **worse},
            {"verdict": "reject", **bad},
        ],
    }
    with stage.screen.step("an inspection with a split verdict") as step:
        photo = await stage.hub.send(
            "photo of the inspection", "/v1/evidence", picture.broken_eggs(), "image/jpeg"
        )
        body["photo_ids"] = [photo["id"]]
        path = f"/v1/lots/{lot['id']}/inspect"
        found = await stage.hub.post(f"inspect {lot['number']}", path, body)
        lots[said["farm"]] = await stage.hub.get(f"/v1/lots/{lot['id']}")
        readings = ", ".join(f"{r['name']} {r['value']} {r['unit']}" for r in found["readings"])
        step.done(
            f"{found['inspector']} looks at {found['sample']['value']} eggs of {lot['number']} "
            f"({readings}; with a photo): {kg(good)} accepted, {kg(worse['quantity'])} become a "
            f"lot of their own, grade {worse['grade']}, {kg(bad['quantity'])} rejected "
            f"({bad['reason']})"
        )


async def _pooled(stage: Stage, book: Doc, lots: dict[str, Doc]) -> Doc:
    """Whole lots become one, which knows whose goods are in it."""
    body = {"lot_ids": [lot["id"] for lot in lots.values()], "note": book["pooling_note"]}
    with stage.screen.step("one lot of them all") as step:
        pooled = await stage.hub.post("pool the round", "/v1/lots/merge", body)
        trace = await stage.hub.get(f"/v1/lots/{pooled['id']}/trace", direction="up")
        parts = total(trace["sources"], "quantity")
        weight = value(pooled["net_weight"])
        stage.expect("the trace", parts == weight, f"{parts} of {weight}: {trace['sources']}")
        step.done(
            f"{pooled['number']} (lot gabungan) holds {kg(weight)}; its trace (telusur) names "
            f"{count(len(trace['sources']), 'farm')}, to the gram:"
        )
    for source in sorted(trace["sources"], key=lambda each: -value(each["quantity"])):
        stage.screen.detail(
            f"{kg(source['quantity']):>10}  {source['seller_name']}, laid "
            f"{', '.join(source['produced_on'])}"
        )
    return pooled
