"""Chapter: one farm's eggs are recalled, and the same story in the standard's words."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from app.demo.book import Doc, page
from app.demo.collecting import Gathered
from app.demo.screen import count, kg
from app.demo.stage import Stage

EVENTS = "/v1/epcis/events"
PATIENCE = timedelta(seconds=30)
"""How long the worker may take to tell the standard's story after ours."""
SHOWN = 6
"""So many of its events are shown."""


async def tell(stage: Stage, gathered: Gathered) -> None:
    """Who has some of it, and how a partner's system reads all this."""
    book = page("road")["recall"]
    stage.screen.chapter("Where are the eggs of one farm?", "A drill; everything is invented.")
    await _recall(stage, book, gathered.farms[book["farm"]])
    await _standard(stage, gathered)


async def _recall(stage: Stage, said: Doc, lot: Doc) -> None:
    farm = stage.people[said["farm"]]
    body = {"lot_ids": [lot["id"]], "reason": said["reason"], "note": said["note"]}
    with stage.screen.step("a recall") as step:
        recall = await stage.hub.post("recall", "/v1/recalls", body)
        step.done(
            f"{recall['number']} (penarikan) of {lot['number']}, {farm.name}: "
            f"{count(len(recall['lots']), 'lot')} and {count(len(recall['shipments']), 'shipment')}"
            " concerned; buyer and carrier hear of it at once"
        )
    for each in recall["receivers"]:
        there = [
            f"{kg(each[name])} {name.replace('_', ' ')}"
            for name in ("received", "on_the_road", "waiting")
            if each[name]["value"] != "0"
        ]
        stage.screen.detail(f"{each['buyer_name']}, {each['place']}: {', '.join(there)}")


async def _standard(stage: Stage, gathered: Gathered) -> None:
    """The lot's events as EPCIS 2.0, as soon as the worker has told them."""
    number = gathered.pooled["number"]
    with stage.screen.step("the same as EPCIS 2.0") as step:
        name, events = await _told(stage, number)
        step.done(
            f"{count(len(events), 'event')} of {number} for any partner's system, their ids "
            "made of what they say; the last of them:"
        )
    stage.screen.detail(f"GET {EVENTS}?MATCH_anyEPCClass={name}")
    for event in events[-SHOWN:]:
        where = event.get("readPoint", {}).get("id", "").removeprefix("https://id.gs1.org/")
        stage.screen.detail(
            f"{event['type']:<20} {event.get('bizStep', ''):<14} "
            f"{event.get('disposition', ''):<20} {where}"
        )


async def _told(stage: Stage, number: str) -> tuple[str, list[Doc]]:
    """The lot's name in the standard, and its events, once its recall is among them."""
    until = stage.now() + PATIENCE
    while True:
        name = await _class_of(stage, number)
        if name is not None:
            found = await stage.hub.get(
                "/v1/epcis/events",
                MATCH_anyEPCClass=name,
                orderBy="eventTime",
                orderDirection="ASC",
            )
            events = _events(found)
            if any(event.get("disposition") == "recalled" for event in events):
                return name, events
        stage.expect("EPCIS", stage.now() < until, f"{number} is not told of yet")
        await asyncio.sleep(0.2)


async def _class_of(stage: Stage, number: str) -> str | None:
    found = await stage.hub.get(EVENTS, EQ_bizStep="repackaging", perPage=100)
    for event in _events(found):
        for each in event.get("outputQuantityList", ()):
            if each["epcClass"].endswith(f"/10/{number}"):
                return str(each["epcClass"])
    return None


def _events(document: Doc) -> list[Doc]:
    found: list[Doc] = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found
