"""Chapter: reference prices are recorded, and an agreement's price follows one of them."""

from __future__ import annotations

import csv
import io
from datetime import date

from app.demo import trade
from app.demo.book import Doc, page
from app.demo.people import Somebody
from app.demo.quota import left_of
from app.demo.screen import count, day, day_of, kg, rupiah
from app.demo.stage import Stage
from app.demo.trade import value


async def tell(stage: Stage) -> None:
    """From the government's figures to a call-off whose price says what it was made of."""
    book = page("story")["indexed"]
    stage.screen.chapter("A price that follows the government's", book["source"])
    series = await _series(stage, book)
    agreement = await _agree(stage, book, stage.people[book["buyer"]], series)
    await _call_off(stage, book, agreement)


async def _series(stage: Stage, book: Doc) -> dict[str, Doc]:
    """The hub records what was published; the series by their codes."""
    found: dict[str, Doc] = {}
    entries = page("price_series")["series"]
    with stage.screen.step("recording reference prices") as step:
        for entry in entries:
            as_file = entry["code"] in book["sheets"]
            found[entry["code"]] = await _recorded(stage, entry, as_file=as_file)
            step.tick()
        (followed,) = (line["price_index"]["series"] for line in book["lines"])
        newest = found[followed]["newest"]
        step.done(
            f"{len(found)} reference prices (harga acuan) with "
            f"{sum(len(entry['readings']) for entry in entries)} readings, "
            f"{len(book['sheets'])} of them sent as CSV files; newest of {followed}: "
            f"{rupiah(newest['amount'])} a kg, {day(newest['read_on'])}"
        )
    return found


async def _recorded(stage: Stage, entry: Doc, *, as_file: bool) -> Doc:
    code, readings = entry["code"], entry["readings"]
    body = {name: entry[name] for name in ("code", "name", "source", "per")}
    body["commodity_id"] = stage.goods[entry["commodity"]]["id"]
    made = await stage.hub.post(f"price series {code}", "/v1/price-series", body)
    path = f"/v1/price-series/{made['id']}"
    if as_file:
        sheet = _sheet(readings)
        await stage.hub.send(f"readings of {code}", f"{path}/readings/import", sheet, "text/csv")
    else:
        await stage.hub.post(f"readings of {code}", f"{path}/readings", {"readings": readings})
    return await stage.hub.get(path)


def _sheet(readings: list[Doc]) -> str:
    """Readings as a spreadsheet saves them."""
    text = io.StringIO()
    rows = csv.DictWriter(text, ["read_on", "amount", "note"])
    rows.writeheader()
    rows.writerows(readings)
    return text.getvalue()


async def _agree(stage: Stage, book: Doc, buyer: Somebody, series: dict[str, Doc]) -> Doc:
    (line,) = book["lines"]
    index = {name: said for name, said in line["price_index"].items() if name != "series"}
    index["series_id"] = series[line["price_index"]["series"]]["id"]
    terms = {name: line[name] for name in line if name != "commodity"} | {"price_index": index}
    body = {
        "buyer_id": buyer.id,
        "starts_on": stage.days.after(0),
        "ends_on": stage.days.after(book["until_day"]),
        "lines": [terms | stage.of_goods(line)],
    }
    with stage.screen.step("the hub proposes, Depok confirms") as step:
        agreement = await trade.agree(stage, book["external_reference"], body, buyer)
        step.done(
            f"{agreement['number']} is {agreement['status']}: {kg(line['quota'])} of "
            f"{stage.product('eggs')} a {line['period']} at {line['price_index']['series']} "
            f"+ {index['spread_pct']} % + {rupiah(index['spread_amount'])} a kg, at least "
            f"{rupiah(index['floor_amount'])}, at most {rupiah(index['ceiling_amount'])}"
        )
    stage.screen.detail(
        f"left over: up to {line['carry_over_pct']} % go into the next {line['period']}; "
        f"overdraw: {line['overdraw_pct']} %; a call-off: {kg(line['min_call_off'])} or more"
    )
    return agreement


async def _call_off(stage: Stage, book: Doc, agreement: Doc) -> None:
    entry, buyer = book["call_off"], stage.people[book["buyer"]]
    with stage.screen.step(f"call-off {entry['external_reference']}") as step:
        order = await trade.place(stage, entry, buyer, agreement_id=agreement["id"])
        (line,) = order["lines"]
        (quota,) = await left_of(stage, agreement, entry)
        step.done(
            f"{order['number']} for {day(order['deliver_on'])}: {kg(line['confirmed'])} at "
            f"{rupiah(line['price']['amount'])} a kg. Left of that week: {kg(quota['left'])}, of "
            f"it {kg(quota['overdraw'])} overdraw"
        )
    (terms,) = agreement["lines"]
    for text in _made_of(line["price_inputs"], terms["price_index"], day_of(order["placed_at"])):
        stage.screen.detail(text)
    stage.expect(
        "the indexed price",
        value(line["confirmed"]) == value(line["requested"]),
        f"not all of it was confirmed: {line}",
    )


def _made_of(inputs: Doc, index: Doc, placed_on: str) -> list[str]:
    """How the price came about, line by line, from what is frozen on the order's line."""
    if inputs["read_on"] is None:
        return [f"no reading of {inputs['series']} yet: the agreement's own price holds"]
    age = (date.fromisoformat(placed_on) - date.fromisoformat(inputs["read_on"])).days
    lag = count(inputs["lag_days"], "day")
    read = f"{inputs['series']} of {day(inputs['read_on'])}, the newest {lag} before the order"
    steps = [(inputs["reading"], read)]
    if inputs["fallback"]:
        text = f"{age} days old, more than the {index['max_age_days']} agreed: so, as agreed, the"
        steps.append((None, f"{text} {inputs['fallback']} holds"))
    spread = f"+ {inputs['spread_pct']} % + {rupiah(inputs['spread_amount'])}"
    steps.append((inputs["before_limits"], f"{spread}, rounded to {rupiah(inputs['round_to'])}"))
    if inputs["limited_by"]:
        steps.append((inputs["amount"], f"the {inputs['limited_by']} they agreed on: the price"))
    return [f"{rupiah(amount) if amount else '':>9}  {text}" for amount, text in steps]
