"""Live updates: told once, in order, and nothing is missed by whoever comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.http.edge import Overloaded
from app.shipments.tracking import stream
from app.shipments.tracking.stream import Stamp, Streams
from tests.api import Api
from tests.shipments.tracking.road import Unique, ago, on_the_road

PATIENCE = 60
"""Seconds after which a test that hears nothing gives up; no promise about speed."""


@dataclass
class Heard:
    """What a client has read of a stream so far."""

    answer: httpx.Response
    lines: AsyncIterator[str]
    events: list[tuple[str, str, Any]] = field(default_factory=list)

    async def until(self, kind: str, count: int = 1) -> list[Any]:
        """Read on until *count* events of *kind* were heard; what they said."""
        async with asyncio.timeout(PATIENCE):
            said: dict[str, str] = {}
            async for line in self.lines:
                name, _, value = line.partition(": ")
                if line:
                    said[name] = value
                    continue
                if "event" in said:
                    self.events.append((said["event"], said["id"], json.loads(said["data"])))
                said = {}
                found = [data for sort, _, data in self.events if sort == kind]
                if len(found) >= count:
                    return found
        raise AssertionError("the stream ended")

    @property
    def last(self) -> str:
        return self.events[-1][1]


@asynccontextmanager
async def listening(site: str, code: str, last: str | bytes | None = None) -> AsyncIterator[Heard]:
    headers = {"last-event-id": last} if last else {}
    async with httpx.AsyncClient(base_url=site, timeout=PATIENCE) as client:
        with suppress(httpx.ReadError):
            async with client.stream("GET", f"/v1/tracking/{code}/stream", headers=headers) as got:
                yield Heard(got, got.aiter_lines())


async def _say(tale: Any, shipment: Any, *names: str) -> None:
    events = [
        {
            "tracking_code": shipment["tracking_code"],
            "status": "in_transit",
            "occurred_at": ago(n + 1),
            "external_id": name,
            "place": name,
        }
        for n, name in enumerate(names)
    ]
    await tale.carrier.do("/v1/tracking-events", {"events": events})


async def test_it_tells_what_happens_and_goes_on_after_a_break(
    site: str, hub: Api, unique: Unique
) -> None:
    """What happens while nobody listens is told to whoever comes back; nothing twice."""
    tale, shipment = await on_the_road(hub, unique)
    code = shipment["tracking_code"]
    async with listening(site, code) as first:
        assert first.answer.headers["content-type"].startswith("text/event-stream")
        await first.until("hello")
        await _say(tale, shipment, "Kertosono")
        (fact,) = await first.until("tracking")
        assert (fact["place"], fact["n"]) == ("Kertosono", 2)
        (state,) = await first.until("shipment")
        assert (state["status"], state["last_n"]) == ("in_transit", 2)
        assert "events" not in state
        last = first.last
    await _say(tale, shipment, "Nganjuk", "Madiun")
    await _say(tale, shipment, "Ngawi", "Madiun")
    async with listening(site, code, last) as again:
        told = await again.until("tracking", 3)
        assert [fact["n"] for fact in told] == [3, 4, 5]
        assert {fact["place"] for fact in told} == {"Nganjuk", "Madiun", "Ngawi"}
        await again.until("shipment")
        later = await tale.carrier.do(
            f"/v1/shipments/{shipment['id']}/estimate", {"eta_at": ago(-300)}
        )
        states = await again.until("shipment", 2)
        assert states[-1]["eta_revision"] == later["eta_revision"] == 1
        assert len([1 for kind, *_ in again.events if kind == "tracking"]) == 3


async def test_a_stream_broken_in_the_middle_misses_nothing(
    site: str, hub: Api, unique: Unique
) -> None:
    """Coming back with the id of the second of three facts told together tells the third."""
    tale, shipment = await on_the_road(hub, unique)
    code = shipment["tracking_code"]
    async with listening(site, code) as first:
        await first.until("hello")
        await _say(tale, shipment, "a", "b", "c")
        await first.until("tracking", 3)
        second = [said for kind, said, _ in first.events if kind == "tracking"][1]
    async with listening(site, code, second) as again:
        (fact,) = await again.until("tracking")
        assert fact["n"] == 4


async def test_who_was_away_for_long_is_told_everything_in_parts(
    site: str, app: Any, hub: Api, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many facts there are, only so many are held for a reader at once."""
    tale, shipment = await on_the_road(hub, unique)
    await _say(tale, shipment, *(str(n) for n in range(1100)))
    parts = []
    read = app.state.streams._read

    async def counted(code: str, n: int) -> Any:
        found = await read(code, n)
        parts.append(len(found["events"]))
        return found

    monkeypatch.setattr(app.state.streams, "_read", counted)
    async with listening(site, shipment["tracking_code"], "0.0.0") as heard:
        await heard.until("shipment")
        told = [data["n"] for kind, _, data in heard.events if kind == "tracking"]
    assert told == list(range(1, 1102))
    assert parts == [500, 500, 101]


@pytest.mark.parametrize("last", ["2147483648.1.1", "9999999999.9999999999.9999999999", "1", "ï"])
async def test_what_is_no_stamp_is_as_none(site: str, hub: Api, unique: Unique, last: str) -> None:
    """A browser would come back with it again and again; it must not break every stream."""
    _, shipment = await on_the_road(hub, unique)
    async with listening(site, shipment["tracking_code"], last.encode("latin-1")) as heard:
        await heard.until("hello")


async def test_no_stream_without_a_shipment(site: str, api: Api) -> None:
    assert (await api.get("/v1/tracking/BTC-0000000000/stream")).status_code == 404


@pytest.mark.parametrize("said", ["", "x", "1.2", "1.2.3.4", "-1.2.3", "1.2.99999999999", "١.٢.٣"])
def test_a_stamp_that_is_none_is_passed_over(said: str) -> None:
    assert Stamp.read(said) is None


def test_a_stamp_is_read_as_it_is_written() -> None:
    stamp = Stamp(7, 3, 1_700_000_000)
    assert Stamp.read(str(stamp)) == stamp


async def test_more_than_can_be_served_are_told_so(
    app: Any, hub: Api, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST", 1)
    _, shipment = await on_the_road(hub, unique)
    streams = Streams(app.state.database)
    told = streams.open(shipment["tracking_code"], None)
    assert await anext(told) == b"retry: 3000\n\n"
    with pytest.raises(Overloaded):
        streams.open(shipment["tracking_code"], None)
    await told.aclose()  # type: ignore[attr-defined]
    await streams.close()


async def test_what_comes_in_meanwhile_is_told_once(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact that is newer than the look is told with the next one, under its stamp."""

    async def by_code(*_: Any, **__: Any) -> Any:
        return {"last_n": 3, "events": [{"n": n} for n in (3, 1, 2)]}

    monkeypatch.setattr(stream.queries, "by_code", by_code)
    streams = Streams(app.state.database)
    looked = Stamp(2, 2, 0)
    told = [said async for said in streams._since("BTC-X", Stamp(0, 1, 0), looked)]
    ids = [said.split(b"\n")[1].decode() for said in told]
    assert ids == ["id: 1.1.0", "id: 2.1.0", f"id: {looked}"]


async def test_closing_ends_every_stream(app: Any, hub: Api, unique: Unique) -> None:
    """The service stops: nobody waits for a stream to end by itself."""
    _, shipment = await on_the_road(hub, unique)
    streams = Streams(app.state.database)
    told = streams.open(shipment["tracking_code"], None)
    assert await anext(told) == b"retry: 3000\n\n"
    rest = asyncio.ensure_future(_all(told))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await streams.close()
        await rest
    assert not streams._watched


async def _all(told: AsyncIterator[bytes]) -> list[bytes]:
    return [part async for part in told]
