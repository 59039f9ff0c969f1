"""What the page says of a shipment. Pure: the instant is handed in."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from app.catalog.curation.words import day_name
from app.core.clock import JAKARTA, day
from app.core.quantity import plain
from app.core.text import Language, Text, decimal_comma
from app.shipments.models import DelayRule
from app.shipments.page import words
from app.shipments.page.view import Event, Goods, View
from app.shipments.states import UNDERWAY
from app.shipments.states import ShipmentStatus as S
from app.shipments.states import TrackingStatus as T
from app.shipments.tracking.schemas import IncidentReason

AT_ONCE = 30
"""So many events are on one page; the older ones are a link away."""

OVER = frozenset({S.DELIVERED, S.CLOSED, S.CANCELLED, S.REFUSED, S.RETURNED, S.LOST})
"""Nothing more is expected of these."""

_AMISS = frozenset({S.CANCELLED, S.REFUSED, S.RETURNED, S.LOST})
"""It is over, and the goods are not where they were meant to be."""

_WAITING = frozenset({S.PLANNED, S.LOADING})
_NOT_ON_THE_ROAD = frozenset({T.PENDING, T.CANCELLED})
"""What cannot be true of goods that people have seen leave."""

_NOT_COMING = frozenset({T.DELIVERED, T.READY_FOR_PICKUP, T.RETURN_TO_SENDER})
"""Of these no time of arrival is told."""

_AFTER_DELIVERY = frozenset({T.DELIVERED, T.DELIVERY_FAILED, T.RETURN_TO_SENDER})
"""What takes a carrier's "delivered" back; other news that comes later is only late."""

_DECIDED: dict[str, str] = {S.CANCELLED: T.CANCELLED, S.REFUSED: T.DELIVERY_FAILED}
"""The fact in which a decision left its reason."""

_CITY_STATE = re.compile(r"^(Kota|Kabupaten) Administrasi ")
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


def is_amiss(view: View) -> bool:
    """Whether it is over without its goods having come: somebody has to be asked."""
    return view.status in _AMISS


def _heard(view: View) -> str | None:
    """What was heard, as far as it says more than what people did with it; else None."""
    if view.status not in UNDERWAY | {S.ARRIVED}:
        return None
    heard = view.tracking_status
    if heard not in _AFTER_DELIVERY and any(e.status == T.DELIVERED for e in view.events):
        heard = T.DELIVERED
    if view.status == S.ARRIVED:
        return heard if heard == T.DELIVERED else None
    return T.IN_TRANSIT if heard in _NOT_ON_THE_ROAD else heard


def where(view: View) -> Text:
    """Where it is, in one plain sentence.

    What people did with it rules; what was heard says more only of what is on the road.
    """
    heard = _heard(view)
    sentence = words.WHERE[heard] if heard else words.SETTLED[view.status]
    return sentence.filled(from_=region(view.from_region), to=region(view.to_region))


def reason(view: View) -> Text | None:
    """Why it does not go as planned, if what was heard last, or decided, is such a thing."""
    shown = _DECIDED.get(view.status) or _heard(view)
    if view.status in UNDERWAY and shown != view.tracking_status:
        return None
    last = next((e for e in view.events if e.status == shown), None)
    return _because(last.reason if last else None)


def _because(reason: str | None) -> Text | None:
    known = words.REASONS.get(reason) if reason else None
    return words.BECAUSE.filled(reason=known) if known else None


def last_news(view: View, now: datetime) -> Text | None:
    """When something was heard last of what is still on its way; the beginning of a sentence."""
    if view.status in OVER | _WAITING or not view.events:
        return None
    return words.HEARD.filled(**_when(view.events[0].occurred_at, now))


def last_place(view: View) -> str | None:
    """Where that was."""
    return region(view.events[0].place or "") if view.events else None


def expected(view: View, now: datetime) -> list[Text]:
    """When it comes, and honestly if that is later than it was meant to be."""
    if view.status in (S.DELIVERED, S.CLOSED) and view.delivered_at:
        return [words.RECEIVED.filled(**_when(view.delivered_at, now))]
    if not _is_coming(view):
        return []
    return [*_estimate(view, now), *_lateness(view)]


def _is_coming(view: View) -> bool:
    return view.status in _WAITING | UNDERWAY and _heard(view) not in _NOT_COMING


def _estimate(view: View, now: datetime) -> list[Text]:
    if view.eta_at is None:
        return _promise(view, now)
    lines = [words.EXPECTED.filled(**_when(view.eta_at, now))]
    if view.promised_on and day(view.eta_at) > view.promised_on:
        late = (day(view.eta_at) - view.promised_on).days
        much = words.ONE_DAY if late == 1 else words.DAYS.filled(n=late)
        lines.append(words.LATER.filled(days=much, day=_day(view.promised_on, now)))
    if view.eta_at < now:
        lines.append(words.PASSED)
    because = _because(view.eta_reason)
    if because and is_late(view, now) and because != reason(view):
        lines.append(because)
    changed = view.eta_revision - 1
    if changed > 0:
        lines.append(words.REVISED_ONCE if changed == 1 else words.REVISED.filled(times=changed))
    return lines


def _promise(view: View, now: datetime) -> list[Text]:
    if view.promised_on is None:
        return []
    promised = words.PROMISED.filled(day=_day(view.promised_on, now))
    return [promised, words.PAST_DAY] if view.promised_on < day(now) else [promised]


def _lateness(view: View) -> list[Text]:
    """What a rule found, unless the estimate says the same."""
    if view.delay_rule is None or (view.delay_rule != DelayRule.SILENT and view.eta_at):
        return []
    return [words.DELAYS[view.delay_rule]]


def is_late(view: View, now: datetime) -> bool:
    """Whether it is later than it was meant to be, so that it is said with emphasis."""
    if not _is_coming(view):
        return False
    passed = view.eta_at is not None and view.eta_at < now
    broken = view.promised_on is not None and view.promised_on < day(view.eta_at or now)
    return passed or broken or view.delayed_since is not None


def way(view: View, page: int, now: datetime) -> Way:
    """The *page*-th page of what was heard, by day; the nearest there is when it does not exist."""
    events = view.events
    pages = max(1, -(-len(events) // AT_ONCE))
    page = min(max(page, 1), pages)
    shown = events[(page - 1) * AT_ONCE : page * AT_ONCE]
    by_day = groupby(shown, key=lambda event: day(event.occurred_at))
    days = [Day(on, _day(on, now), [_step(view, e) for e in these]) for on, these in by_day]
    return Way(days, page, pages)


def _step(view: View, event: Event) -> Step:
    given = event.reason not in (None, IncidentReason.OTHER)  # "other" alone says nothing
    return Step(
        event.occurred_at.astimezone(JAKARTA),
        _time(event.occurred_at),
        _step_words(view, event),
        region(event.place) if event.place else None,
        words.REASONS.get(event.reason or "") if given else None,
    )


def _step_words(view: View, event: Event) -> Text:
    """What happened: at its goal it is on its way no longer; called off is what does not leave."""
    there = event.place == view.to_region != view.from_region
    if event.status == T.IN_TRANSIT and there:
        return words.ARRIVED
    if event.status == T.CANCELLED and view.status != S.CANCELLED:
        return words.STEPS[T.UNKNOWN]
    return words.STEPS[event.status]


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
    heard = _heard(view)
    if heard == T.DELIVERED:
        return 1.0
    return 0.8 if heard in (T.OUT_FOR_DELIVERY, T.READY_FOR_PICKUP) else 0.45


def region(name: str) -> str:
    """A region as people say it: ``Kota Jakarta Timur``."""
    return _CITY_STATE.sub(r"\1 ", name)


def short_region(name: str) -> str:
    """A region as it is written on a map: ``Jakarta Timur``."""
    return _KIND.sub("", name)


def _when(at: datetime, now: datetime) -> dict[str, object]:
    return {"day": _day(day(at), now), "time": _time(at)}


def _day(on: date, now: datetime) -> Text:
    """``Minggu, 22 November``; with the year when it is not this one."""
    weekday, name = words.WEEKDAYS[on.weekday()], day_name(on)
    this_year = f" {day(now).year}"
    en, id_ = (full.removesuffix(this_year) for full in name)
    return Text(f"{weekday.en} {en}", f"{weekday.id}, {id_}")


def _time(at: datetime) -> str:
    return f"{at.astimezone(JAKARTA):%H:%M}"
