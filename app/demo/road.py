"""On the road: what the carrier reports, and what anybody with the tracking code then sees.

A lorry needs eighteen hours to Jakarta, a visitor has less. So a minute of the road passes in two
thousandths of a second, and the reports carry these times: none lies in the future.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from app.demo.book import Doc, page
from app.demo.people import Somebody
from app.demo.stage import Stage

ROAD_MINUTE = timedelta(milliseconds=2)


async def tell(stage: Stage, shipment: Doc, carrier: Somebody) -> None:
    """The carrier reports from the road, once late and once twice."""
    book, screen = page("story")["tracking"], stage.screen
    left = datetime.fromisoformat(shipment["dispatched_at"])
    path = f"/v1/shipments/{shipment['id']}/events"
    with screen.step("on the road") as step:
        lines = []
        for n, entry in enumerate(book["events"]):
            offset = entry["after_minutes"] * ROAD_MINUTE
            await until(stage, left + offset)
            names = ("external_id", "status", "place", "reason")
            body = {name: entry[name] for name in names if name in entry}
            body["occurred_at"] = (left + offset).isoformat()
            now = await carrier.api.post(f"report {n} {shipment['number']}", path, body)
            lines.append(_line(entry, now))
            step.tick()
        seen = await stage.anybody.get(f"/v1/tracking/{shipment['tracking_code']}")
        step.done(
            f"{len(lines)} reports by {carrier.name}; anybody with the code "
            f"{seen['tracking_code']} can follow, now: {seen['tracking_status']}"
        )
    screen.detail("in fast motion: an hour of the road is 0.12 s here, and so on the tracking page")
    for line in lines:
        screen.detail(line)


async def until(stage: Stage, moment: datetime) -> None:
    """Wait for *moment*; when the story is told again it has long passed."""
    await asyncio.sleep(max(0.0, (moment - stage.now()).total_seconds()))


def _line(entry: Doc, shipment: Doc) -> str:
    hours, minutes = divmod(entry["after_minutes"], 60)
    remark = ""
    if entry.get("repeat"):
        remark = " (reported twice: nothing changes)"
    elif entry.get("late"):
        remark = f" (reported late: the lorry stays {shipment['tracking_status']})"
    return f"{hours:2}:{minutes:02} h  {entry['status']:<17} {entry['place']}{remark}"
