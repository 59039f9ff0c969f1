"""Chapter: two buyers' goods on one truck, followed by phone, by sensor and by whoever waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.demo import papers, trade
from app.demo.book import Doc, page
from app.demo.collecting import Gathered
from app.demo.people import Somebody
from app.demo.road import ROAD_MINUTE, until
from app.demo.screen import count, kg
from app.demo.stage import Stage
from app.demo.trade import total


@dataclass(frozen=True)
class Hauled:
    """The truck's round, and what rode on it: shipments by goods, and the chicken's order."""

    leg: Doc
    shipments: dict[str, Doc]
    chicken: Doc
    carrier: Somebody


async def tell(stage: Stage, gathered: Gathered) -> Hauled:
    """From the load list to the truck before Jakarta."""
    book = page("road")
    stage.screen.chapter("Two buyers on one truck", "Everything in this chapter is invented.")
    chicken, lots = await _chicken(stage, book)
    carrier = stage.people["ekspedisi-contoh"]
    hauled = await _planned(stage, book, gathered, Hauled({}, {}, chicken, carrier), lots)
    await _left(stage, hauled, gathered)
    await _reported(stage, book, hauled)
    await _measured(stage, book["sensor"], hauled)
    await _estimated(stage, book["expected_on"], hauled)
    await _page(stage, hauled)
    return hauled


async def _chicken(stage: Stage, book: Doc) -> tuple[Doc, list[Doc]]:
    window = {
        "available_from": stage.days.after(book["offers_available"]["from_day"]),
        "available_until": stage.days.after(book["offers_available"]["until_day"]),
    }
    entry, said = book["chicken"], book["slaughterhouse"]
    seller = stage.people[said["seller"]]
    with stage.screen.step("chicken for Depok") as step:
        await trade.offer(stage, seller, next(iter(seller.sites)), said, window, "road offer")
        order = await trade.place(stage, entry, stage.people[entry["buyer"]])
        await trade.allocate(stage, order)
        rows = await trade.answer(stage, order, {}, step.tick)
        lots = await trade.weigh(stage, rows, step.tick)
        step.done(
            f"{order['number']}: {kg(total(lots, 'net_weight'))} of "
            f"{stage.product('chicken').lower()} for {stage.people[entry['buyer']].name} from "
            f"{seller.name}"
        )
    return order, lots


async def _planned(
    stage: Stage, book: Doc, gathered: Gathered, hauled: Hauled, lots: list[Doc]
) -> Hauled:
    """One shipment for each buyer, and one truck for both."""
    carrier, when = hauled.carrier, book["expected_on"]
    common = {
        "carrier_id": carrier.id,
        "from_site_id": gathered.hub_site,
        "eta_at": _instant(stage, when, "at"),
    }
    bodies = {
        "eggs": {"lot_ids": [gathered.pooled["id"]], "to": gathered.order},
        "chicken": {
            "lot_ids": [lot["id"] for lot in lots],
            "to": hauled.chicken,
            "temperature": book["chicken_temperature"],
        },
    }
    with stage.screen.step("planning the truck") as step:
        for goods, body in bodies.items():
            to_site = body.pop("to")["ship_to_site_id"]
            hauled.shipments[goods] = await stage.hub.post(
                f"shipment of {goods}", "/v1/shipments", common | body | {"to_site_id": to_site}
            )
        sites = [gathered.hub_site, *(s["to_site_id"] for s in hauled.shipments.values())]
        leg = await stage.hub.post(
            "truck",
            "/v1/legs",
            {
                "kind": "line_haul",
                "carrier_id": carrier.id,
                **book["truck"],
                "stops": [{"site_id": site} for site in sites],
                "loads": [
                    {"shipment_id": shipment["id"], "from_stop": 1, "to_stop": n}
                    for n, shipment in enumerate(hauled.shipments.values(), 2)
                ],
            },
        )
        numbers = " and ".join(s["number"] for s in hauled.shipments.values())
        step.done(
            f"{leg['number']}: {numbers} for two buyers on {leg['vehicle']['plate']}, "
            f"{leg['vehicle']['kind']}; the chicken no warmer than "
            f"{book['chicken_temperature']['max']} °C"
        )
    for stop in leg["stops"]:
        loads = [("+", load) for load in stop["pick_up"]]
        loads += [("-", load) for load in stop["set_down"]]
        moved = ", ".join(f"{sign} {kg(Decimal(load['weight_kg']))}" for sign, load in loads)
        stage.screen.detail(
            f"stop {stop['position']}: {stop['place'].split(',')[0]}: {moved}; "
            f"{kg(Decimal(stop['aboard_kg']))} aboard"
        )
    return Hauled(leg, hauled.shipments, hauled.chicken, carrier)


def _instant(stage: Stage, said: Doc, name: str) -> str:
    """A time of day in Jakarta, so many days after the story's first."""
    return f"{stage.days.after(said['day'])}T{said[name]}:00+07:00"


async def _left(stage: Stage, hauled: Hauled, gathered: Gathered) -> None:
    """Papers for the driver, and off it goes: what is loaded at the first stop is dispatched."""
    carrier = hauled.carrier
    with stage.screen.step("papers, and off it goes") as step:
        issued = [
            await papers.issue(stage, stage.hub, "lot_label", {"lot_ids": [gathered.pooled["id"]]}),
            await papers.issue(stage, carrier.api, "load_list", {"leg_id": hauled.leg["id"]}),
        ]
        for shipment in hauled.shipments.values():
            about = {"shipment_id": shipment["id"]}
            issued.append(await papers.issue(stage, carrier.api, "surat_jalan", about))
            step.tick()
        await carrier.api.post("start the truck", f"/v1/legs/{hauled.leg['id']}/start")
        for goods, shipment in hauled.shipments.items():
            hauled.shipments[goods] = await stage.hub.get(f"/v1/shipments/{shipment['id']}")
        numbers = ", ".join(document["number"] for document in issued)
        step.done(
            f"label with QR, load list and two surat jalan ({numbers}; PDF); the driver starts the "
            "round, and with it both shipments are dispatched"
        )


async def _reported(stage: Stage, book: Doc, hauled: Hauled) -> None:
    """A phone that had no signal sends what it kept, out of order and in one go."""
    left = _left_at(hauled)
    facts = []
    for entry in book["facts"]:
        names = ("external_id", "status", "place", "reason")
        said = {name: entry[name] for name in names if name in entry}
        code = hauled.shipments[entry["goods"]]["tracking_code"]
        facts.append(said | {"tracking_code": code, "occurred_at": _at(left, entry)})
    wrong = {name: v for name, v in book["mistyped"].items() if name != "after_minutes"}
    facts.append(wrong | {"occurred_at": _at(left, book["mistyped"])})
    with stage.screen.step("a batch from the driver's phone") as step:
        await until(stage, datetime.fromisoformat(max(fact["occurred_at"] for fact in facts)))
        said = await hauled.carrier.api.report(
            "facts of the truck", "/v1/tracking-events", {"events": facts}, counted="recorded"
        )
        (refused,) = said["refused"]
        stage.expect("the batch", said["repeated"] > 0, f"{said}")
        step.done(
            f"{len(facts)} facts of both shipments at once, out of order: {said['recorded']} new, "
            f"{said['repeated']} known already; number {refused['index'] + 1} is refused by itself "
            f'("{refused["detail"]}")'
        )


def _left_at(hauled: Hauled) -> datetime:
    return datetime.fromisoformat(hauled.shipments["chicken"]["dispatched_at"])


def _at(left: datetime, entry: Doc) -> str:
    at: datetime = left + entry["after_minutes"] * ROAD_MINUTE
    return at.isoformat()


async def _measured(stage: Stage, book: Doc, hauled: Hauled) -> None:
    """The box's sensor: too warm for a while, and cool again."""
    shipment, left = hauled.shipments["chicken"], _left_at(hauled)
    readings = [
        {name: v for name, v in entry.items() if name != "after_minutes"}
        | {"tracking_code": shipment["tracking_code"], "device": book["device"]}
        | {"at": _at(left, entry)}
        for entry in book["readings"]
    ]
    with stage.screen.step("a sensor in the cold box") as step:
        api = hauled.carrier.api
        await api.report(
            "readings of the box", "/v1/telemetry", {"readings": readings}, counted="accepted"
        )
        found = await api.all(f"/v1/shipments/{shipment['id']}/temperature-breaches")
        stage.expect("the breach", len(found) == 1, f"{found}")
        (breach,) = found
        lasted = datetime.fromisoformat(breach["recovered_at"]) - datetime.fromisoformat(
            breach["started_at"]
        )
        step.done(
            f"{count(len(readings), 'reading')} of {breach['device']}: a breach (pelanggaran suhu) "
            f"{breach['side']} {breach['limit_c']:g} °C, {breach['extreme_c']:g} °C at most, over "
            f"after {lasted / ROAD_MINUTE:.0f} minutes of the road; buyer and hub read of it"
        )


async def _estimated(stage: Stage, said: Doc, hauled: Hauled) -> None:
    body = {
        "eta_at": _instant(stage, said, "later"),
        "reason": said["reason"],
        "note": said["note"],
    }
    with stage.screen.step("it will be later") as step:
        for goods, shipment in hauled.shipments.items():
            path = f"/v1/shipments/{shipment['id']}/estimate"
            now = await hauled.carrier.api.post(f"estimate of {goods}", path, body)
        etas = await stage.hub.get(f"/v1/shipments/{shipment['id']}/estimates")
        said_so = " -> ".join(
            f"{datetime.fromisoformat(eta['eta_at']) + timedelta(hours=7):%H:%M}"
            for eta in reversed(etas["data"])
        )
        late = "it keeps the promised day" if now["delayed_since"] is None else now["delay_rule"]
        step.done(
            f"expected {said_so} ({said['reason']}: {said['note']}); every estimate stays on "
            f"record, {late}"
        )


async def _page(stage: Stage, hauled: Hauled) -> None:
    """What the mother in Jakarta opens on her phone."""
    shipment = hauled.shipments["eggs"]
    with stage.screen.step("anybody with the code") as step:
        seen = await stage.anybody.fetch(f"/lacak/{shipment['tracking_code']}")
        known = page("buyers")["buyers"][0]["name"].encode() in seen
        stage.expect("the public page", b"<html" in seen and not known, "it names the buyer")
        step.done(
            f"{stage.url}/lacak/{shipment['tracking_code']} shows the way without JavaScript, in "
            f"{Decimal(len(seen)) / 1000:.0f} kB, and nobody's name or price"
        )
