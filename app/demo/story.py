"""Telling the story: once, and again without changing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from app.core import clock
from app.demo import (
    change,
    desk,
    journey,
    prices,
    quota,
    quoting,
    sales,
    shelf,
    summary,
    trial,
    truck,
)
from app.demo.book import page
from app.demo.calls import Caller, Line, Unexpected
from app.demo.memory import NAME, Memory
from app.demo.screen import Screen, day
from app.demo.stage import Stage

REPLAYABLE = timedelta(days=6)
"""Answers are kept for seven days from when they were given; this is safely less."""

CHAPTERS = (
    shelf.tell,
    trial.tell,
    quota.tell,
    sales.depok,
    sales.reciprocal,
    prices.tell,
    quoting.tell,
    truck.tell,
    change.tell,
    journey.tell,
    desk.tell,
)

START_OVER = "To start over on fresh data: BTC_DATA_DIR=/path/to/an/empty/folder make demo"
AGAIN = "Run it again, today, and it goes on where it stopped."


class TooLate(Exception):
    """The story cannot be told on this data any more, and why."""


Clock = Callable[[], datetime]


async def run(
    url: str,
    operator_key: Callable[[], Awaitable[str]],
    data_dir: Path,
    now: Clock = clock.now,
) -> int:
    """Tell the story to the service at *url*; its exit code.

    *operator_key* makes a key of the hub, and is asked only the first time. *data_dir* is where the
    story remembers what it made. *now* says what day it is.
    """
    screen = Screen()
    screen.say(f"THE BLITAR TRADE CENTER, TOLD THROUGH ITS API AT {url}")
    screen.say("People, farms and numbers are invented (contoh); what is true names its source.")
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            line = Line(client)
            memory = await _remember(operator_key, data_dir, line, screen, now)
            await _tell(url, screen, memory, line, now)
    except Unexpected as error:
        screen.say(f"\nThe story stops at: {error.step}\n{error.said}\n{AGAIN}\n{START_OVER}")
        return 1
    except TooLate as error:
        screen.say(f"\n{error}\n{START_OVER}")
        return 1
    except httpx.TransportError as error:
        screen.say(f"\nThe service at {url} does not answer: {type(error).__name__} {error}")
        return 1
    except asyncio.CancelledError:
        screen.say(f"\nInterrupted. {AGAIN}")
        raise
    return 0


async def _remember(
    operator_key: Callable[[], Awaitable[str]],
    data_dir: Path,
    line: Line,
    screen: Screen,
    now: Clock,
) -> Memory:
    """What an earlier telling left behind, or the beginning of the first one."""
    path = data_dir / NAME
    memory = Memory.load(path)
    if memory is not None:
        _check_days(memory, screen, now)
        return memory
    key = await operator_key()
    first = page("sellers")["sellers"][0]["external_reference"]
    if await Caller(line, key).all("/v1/parties", external_reference=first):
        raise TooLate(
            f"The demo was told on this data before, but {path} is gone, and with it the keys of "
            "its parties. What it made is still there, untouched.",
        )
    memory = Memory(path, now(), clock.day(now()), key)
    memory.save()
    return memory


def _check_days(memory: Memory, screen: Screen, now: Clock) -> None:
    """An unfinished story can go on while its own days have not passed."""
    began = day(memory.first_day.isoformat())
    if memory.finished_at is not None:
        screen.say(f"Told before, beginning on {began}. Nothing shall change now.")
        return
    last = memory.first_day + timedelta(days=page("story")["trial"]["deliver_day"])
    if clock.day(now()) > last:
        raise TooLate(
            f"The demo began on {began} and was interrupted; its first delivery was due on "
            f"{day(last.isoformat())}, and a past day cannot be ordered for. What it made so far "
            "stays as it is.",
        )
    screen.say(f"Begun on {began} and interrupted; it goes on where it stopped.")


async def _tell(url: str, screen: Screen, memory: Memory, line: Line, now: Clock) -> None:
    stage = await Stage.set_up(url, screen, memory, line, now)
    if memory.finished_at is None or now() - memory.began_at < REPLAYABLE:
        for chapter in CHAPTERS:
            await chapter(stage)
    else:
        screen.say("Its calls are older than the answers the service keeps, so it only looks.")
    await _compare(stage)
    await summary.show(stage)
    memory.finish(now())
    _account(screen, line)


async def _compare(stage: Stage) -> None:
    """Whether every order of the story is where the story left it."""
    story = page("story")
    over = [story["trial"], story["depok"], *story["reciprocal"]["orders"]]
    over += [story["truck_day"]["order"], page("road")["eggs"], page("road")["chicken"]]
    open_ones = [entry for entry in story["call_offs"] if entry["expect"] == "placed"]
    open_ones += [story["indexed"]["call_off"], story["quote"]]
    wanted = [(entry, "completed") for entry in over]
    wanted += [(entry, "confirmed") for entry in open_ones]
    for entry, status in wanted:
        order = await summary.order_of(stage, entry)
        name = f"{order['number']} ({entry['external_reference']})"
        stage.expect(name, order["status"] == status, f"{order['status']}, not {status}")


def _account(screen: Screen, line: Line) -> None:
    tally = line.tally
    screen.say()
    if tally.effects:
        screen.say(
            f"Done: {tally.effects} calls changed something, {tally.replays} had been done before."
        )
        return
    replays = f"{tally.replays} calls were sent again and answered as before; " * bool(
        tally.replays
    )
    screen.say(f"Nothing changed: {replays}no call had an effect.")
