"""What the page says of a shipment. Pure: the instant is handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from app.catalog.curation.words import day_name, said
from app.core.clock import JAKARTA, day
from app.core.quantity import plain
from app.core.text import Language, Text, decimal_comma
from app.shipments.models import DelayRule
from app.shipments.page import words
from app.shipments.page.view import Event, Goods, View
from app.shipments.states import ShipmentStatus as S
from app.shipments.states import TrackingStatus as T

AT_ONCE = 30
"""So many events are on one page; the older ones are a link away."""

OVER = frozenset({S.DELIVERED, S.CLOSED, S.CANCELLED, S.REFUSED, S.RETURNED, S.LOST})
"""Nothing more is expected of these."""

_WAITING = frozenset({S.PLANNED, S.LOADING})
_KIND = re.compile(r"^(Kota|Kabupaten)( Administrasi)? ")


class Step(NamedTuple):
    """An event as it is listed."""

    at: datetime
    time: str
    words: Text
    place: str | None
    reason: Text | None


class Day(NamedTuple):
    """The events of one day, newest first."""

    day: date
    name: Text
    steps: list[Step]


class Way(NamedTuple):
    """One page of the way so far."""

    days: list[Day]
    page: int
    pages: int


def is_over(view: View) -> bool:
    """Whether nothing more is expected."""
    return view.status in OVER


def where(view: View) -> Text:
    """Where it is, in one plain sentence."""
    sentence = words.SETTLED.get(view.status) or words.WHERE[view.tracking_status]
    return sentence.filled(from_=region(view.from_region), to=region(view.to_region))


def reason(view: View) -> Text | None:
    """Why it does not go as planned, if what was heard last is such a thing."""
    if view.status in OVER or not view.events:
        return None
    last = next((e for e in view.events if e.status == view.tracking_status), None)
    return words.REASONS.get(last.reason) if last and last.reason else None


def last_news(view: View) -> Text | None:
    """When, and where, something was heard last of what is still on its way."""
    if view.status in OVER | _WAITING or not view.events:
        return None
    last = view.events[0]
    if last.place:
        return said(words.SEEN, place=last.place, **_when(last.occurred_at))
    return said(words.HEARD, **_when(last.occurred_at))


def expected(view: View, now: datetime) -> list[Text]:
    """When it comes, and honestly if that is later than it was meant to be."""
    if view.status in (S.DELIVERED, S.CLOSED) and view.delivered_at:
        return [said(words.HANDED_OVER, **_when(view.delivered_at))]
    if view.status in OVER or view.status == S.ARRIVED:
        return []
    return [*_estimate(view, now), *_lateness(view)]


def _estimate(view: View, now: datetime) -> list[Text]:
    if view.eta_at is None:
        return _promise(view, now)
    lines = [said(words.EXPECTED, **_when(view.eta_at))]
    if view.promised_on and day(view.eta_at) > view.promised_on:
        late = (day(view.eta_at) - view.promised_on).days
        much = words.ONE_DAY if late == 1 else words.DAYS.filled(n=late)
        lines.append(said(words.LATER, days=much, day=_day(view.promised_on)))
    if view.eta_at < now:
        lines.append(words.PASSED)
    changed = view.eta_revision - 1
    if changed > 0:
        lines.append(words.REVISED_ONCE if changed == 1 else words.REVISED.filled(times=changed))
    return lines


def _promise(view: View, now: datetime) -> list[Text]:
    if view.promised_on is None:
        return []
    promised = said(words.PROMISED, day=_day(view.promised_on))
    return [promised, words.PAST_DAY] if view.promised_on < day(now) else [promised]


def _lateness(view: View) -> list[Text]:
    """What a rule found, unless the estimate says the same."""
    if view.delay_rule is None or (view.delay_rule != DelayRule.SILENT and view.eta_at):
        return []
    return [words.DELAYS[view.delay_rule]]


def is_late(view: View, now: datetime) -> bool:
    """Whether it is later than it was meant to be, so that it is said with emphasis."""
    if view.status in OVER or view.status == S.ARRIVED:
        return False
    passed = view.eta_at is not None and view.eta_at < now
    broken = view.promised_on is not None and view.promised_on < day(view.eta_at or now)
    return passed or broken or view.delayed_since is not None


def way(events: Sequence[Event], page: int) -> Way:
    """The *page*-th page of *events* by day; the nearest there is when it does not exist."""
    pages = max(1, -(-len(events) // AT_ONCE))
    page = min(max(page, 1), pages)
    shown = events[(page - 1) * AT_ONCE : page * AT_ONCE]
    days = groupby(shown, key=lambda event: day(event.occurred_at))
    return Way([Day(on, _day(on), [_step(e) for e in these]) for on, these in days], page, pages)


def _step(event: Event) -> Step:
    return Step(
        event.occurred_at.astimezone(JAKARTA),
        _time(event.occurred_at),
        words.STEPS[event.status],
        event.place,
        words.REASONS.get(event.reason) if event.reason else None,
    )


def goods(item: Goods, language: Language) -> str:
    """``Telur ayam ras 148,5 kg``."""
    name = (item.name_id or item.name) if language == "id" else item.name
    much = plain(item.quantity.value)
    return f"{name} {decimal_comma(much) if language == 'id' else much} {item.quantity.unit}"


def progress(view: View) -> float:
    """How far along it is where no position is known: 0 at its start, 1 at its end."""
    if view.status in _WAITING or view.status in (S.CANCELLED, S.RETURNED):
        return 0.0
    if view.status in (S.ARRIVED, S.DELIVERED, S.CLOSED, S.REFUSED):
        return 1.0
    return 0.8 if view.tracking_status in (T.OUT_FOR_DELIVERY, T.READY_FOR_PICKUP) else 0.45


def region(name: str) -> str:
    """A region as people say it: ``Kota Jakarta Timur``."""
    return name.replace(" Administrasi", "")


def short_region(name: str) -> str:
    """A region as it is written on a map: ``Jakarta Timur``."""
    return _KIND.sub("", name)


def _when(at: datetime) -> dict[str, object]:
    return {"day": _day(day(at)), "time": _time(at)}


def _day(on: date) -> Text:
    """``Minggu, 22 November``: which year it is, who waits for goods knows."""
    weekday, name = words.WEEKDAYS[on.weekday()], day_name(on)
    en, id_ = (full.removesuffix(f" {on.year}") for full in name)
    return Text(f"{weekday.en} {en}", f"{weekday.id}, {id_}")


def _time(at: datetime) -> str:
    return f"{at.astimezone(JAKARTA):%H:%M}"
