"""Chapter: the orders of one day are divided in one decision, over whoever still has eggs."""

from __future__ import annotations

from app.demo import trade
from app.demo.book import Doc, page
from app.demo.calls import together
from app.demo.people import Somebody
from app.demo.screen import count, day, kg
from app.demo.stage import Stage
from app.demo.summary import order_of
from app.demo.trade import total, value

CONSOLIDATIONS = "/v1/consolidations"


async def tell(stage: Stage) -> None:
    """From the preview to the farm that asks why."""
    story = page("story")
    book = story["truck_day"]
    stage.screen.chapter("One truck-day: three orders, one decision", book["source"])
    entry = book["order"]
    await trade.place(stage, entry, stage.people[entry["buyer"]])
    of_the_day = (story["indexed"]["call_off"], story["quote"], entry)
    orders = [await order_of(stage, each) for each in of_the_day]
    body = {"order_ids": [order["id"] for order in orders], "policy": book["policy"]}
    await _preview(stage, orders, body)
    run = await _decide(stage, body)
    await _confirm(stage, run, book["declines"]["farm"])
    await _decline(stage, orders, run, book["declines"])
    await _why(stage, run, stage.people[book["asks_why"]])
    await _why_not(stage, orders[0]["deliver_on"], stage.people[book["got_nothing"]])


async def _preview(stage: Stage, orders: list[Doc], body: Doc) -> None:
    names = ", ".join(order["number"] for order in orders)
    on = day(orders[0]["deliver_on"])
    with stage.screen.step("trying it out") as step:
        if await stage.hub.all(CONSOLIDATIONS, trigger="consolidate", order_id=orders[0]["id"]):
            step.done(f"{names} for {on} are divided already: nothing to try out any more")
            return
        found = await stage.hub.preview(CONSOLIDATIONS, body)
        lines = found["lines"]
        step.done(
            f"{names} for {on} together lack {kg(total(lines, 'needed'))}; a preview asks "
            f"{count(len(found['sellers']), 'farm')} for {kg(total(lines, 'allocated'))}, stores "
            "nothing and tells nobody"
        )


async def _decide(stage: Stage, body: Doc) -> Doc:
    with stage.screen.step("dividing it fairly") as step:
        run = await stage.hub.post("truck day", CONSOLIDATIONS, body)
        lines, sellers = run["lines"], run["sellers"]
        step.done(
            f"then for real (konsolidasi): {kg(total(lines, 'allocated'))} in {_parts(run)} parts "
            f"from {count(len(sellers), 'farm')}, and each gets one supply request (permintaan "
            "pasokan), however many orders it serves"
        )
        stage.expect("the truck-day", total(lines, "unallocated") == 0, f"not filled: {lines}")
    return run


def _parts(run: Doc) -> int:
    """How many shares a decision made: one for each farm and order line."""
    return sum(each["parts"] for seller in run["sellers"] for each in seller["totals"])


async def _answer_all(stage: Stage, runs: list[Doc], *, without: str | None = None) -> None:
    """Everybody asked by *runs* says yes to all it is asked for."""

    async def one(asked: Doc) -> None:
        who, request = stage.people.by_id(asked["seller_id"]), asked["supply_request_id"]
        path = f"/v1/supply-requests/{request}/answer"
        await who.api.post(f"answer {request}", path, {"confirm_all": True})

    sellers = [seller for run in runs for seller in run["sellers"]]
    await together(
        one(seller)
        for seller in sellers
        if without is None or seller["seller_id"] != stage.people[without].id
    )


async def _confirm(stage: Stage, run: Doc, unwilling: str) -> None:
    with stage.screen.step("the farms answer") as step:
        await _answer_all(stage, [run], without=unwilling)
        step.done(f"{len(run['sellers']) - 1} farms say yes to all of theirs, in one answer each")


async def _request_of(run: Doc, who: Somebody) -> Doc:
    """The supply request that *run* made for a seller, as that seller reads it."""
    (asked,) = (each for each in run["sellers"] if each["seller_id"] == who.id)
    return await who.api.get(f"/v1/supply-requests/{asked['supply_request_id']}")


async def _decline(stage: Stage, orders: list[Doc], run: Doc, said: Doc) -> None:
    """One farm brings nothing: only that is asked of others, only they are asked again."""
    who = stage.people[said["farm"]]
    request = await _request_of(run, who)
    answer = {"decline": True, "reason": said["reason"], "note": said["note"]}
    body = {"parts": [answer | {"allocation_id": part["id"]} for part in request["parts"]]}
    with stage.screen.step("one farm declines") as step:
        before = await _promised(stage, orders)
        path = f"/v1/supply-requests/{request['id']}/answer"
        await who.api.post(f"answer {request['id']}", path, body)
        again = await _later_runs(stage, orders, run)
        await _answer_all(stage, again)
        after = await _promised(stage, orders)
        kept = all(after.get(share) == quantity for share, quantity in before.items())
        stage.expect("the others' promises", kept, f"{before} became {after}")
        asked = {seller["seller_id"] for each in again for seller in each["sellers"]}
        lines = [line for each in again for line in each["lines"]]
        others = _parts(run) - len(request["parts"])
        step.done(
            f"{who.name} declines {kg(total(request['parts'], 'proposed'))} through its supply "
            f'request ("{said["note"]}"): at once {count(len(asked), "other farm")} are asked for '
            f"{kg(total(lines, 'allocated'))} more, and say yes; all {others} parts promised "
            "before stand as they were"
        )


async def _promised(stage: Stage, orders: list[Doc]) -> dict[str, Doc]:
    """What sellers have said yes to, part by part."""
    found = await together(trade.allocations(stage, order) for order in orders)
    rows = [row for several in found for row in several]
    return {row["id"]: row["quantity"] for row in rows if row["status"] == "confirmed"}


async def _later_runs(stage: Stage, orders: list[Doc], first: Doc) -> list[Doc]:
    """The decisions over these orders that the first one made necessary."""
    ids: set[str] = set()
    for order in orders:
        ids |= {run["id"] for run in await stage.hub.all(CONSOLIDATIONS, order_id=order["id"])}
    return await together(
        stage.hub.get(f"{CONSOLIDATIONS}/{id}") for id in sorted(ids - {first["id"]})
    )


async def _why(stage: Stage, run: Doc, who: Somebody) -> None:
    """A farm reads why it is to bring so much."""
    with stage.screen.step("a farm asks why") as step:
        request = await _request_of(run, who)
        parts = max(request["parts"], key=lambda part: value(part["proposed"]))
        step.done(
            f"{who.name} is to bring {kg(total(request['parts'], 'proposed'))} and asks why: "
            f'"{parts["why"]["said"]["id"]}"'
        )


async def _why_not(stage: Stage, on: str, who: Somebody) -> None:
    """A farm that was asked for nothing reads why."""
    with stage.screen.step("another asks why not") as step:
        (offer,) = await who.api.all("/v1/supply-offers")
        found = await who.api.all(f"/v1/supply-offers/{offer['id']}/decisions")
        decision = [each for each in found if each["deliver_on"] == on][-1]
        why_not = decision["not_asked"]
        stage.expect("why not", why_not is not None, f"{who.name} was asked: {decision}")
        step.done(
            f"{who.name} is asked for nothing ({why_not['reason']}) and reads: "
            f'"{why_not["said"]["id"]}"'
        )
