"""Shortcuts for asking for events and telling some, through the API alone."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import orjson

from app.epcis import projector
from tests.api import Api
from tests.epcis.fixture import document

PREFIX = "9520123"


async def tell(
    api: Api, body: Any, media_type: str = "application/json", **headers: str
) -> httpx.Response:
    """The raw answer to a document that *api* sends."""
    sent = {"authorization": f"Bearer {api.key}", "content-type": media_type} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return await api.client.post("/v1/epcis/capture", content=content, headers=sent)


async def told(api: Api, *events: Any, **headers: str) -> Any:
    """The job of a document of *events* that was taken in."""
    answer = await tell(api, document(*events), **headers)
    assert answer.status_code == 202, answer.text
    return await api.read(answer.headers["location"])


def fresh(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """*event* under an id of its own, so that tests do not meet."""
    return event | {"eventID": f"urn:uuid:{uuid4()}"} | fields


def listed(answer: Any) -> list[Any]:
    """The events of a query document."""
    events: list[Any] = answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


async def asked(api: Api, **parameters: Any) -> list[Any]:
    """All events that match, page after page."""
    answer = await api.get("/v1/epcis/events", **{"perPage": 1000} | parameters)
    assert answer.status_code == 200, answer.text
    found = listed(answer.json())
    while "next" in answer.links:
        answer = await api.get(answer.links["next"]["url"])
        assert answer.status_code == 200, answer.text
        found += listed(answer.json())
    return found


async def one(api: Api, event_id: str) -> httpx.Response:
    """The raw answer to asking for one event."""
    answer: httpx.Response = await api.get(f"/v1/epcis/events/{quote(event_id, safe='')}")
    return answer


async def caught_up(app: Any) -> None:
    """Have everything told that has happened until now.

    Of transactions still running somewhere else the feed waits for the end.
    """
    database = app.state.database
    for _ in range(100):
        await projector.turn(database, PREFIX)
        async with database.public() as connection:
            if not await connection.driver.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
                "AND pid <> pg_backend_pid() AND datname = current_database())"
            ):
                break
        await asyncio.sleep(0.05)
    await projector.turn(database, PREFIX)
