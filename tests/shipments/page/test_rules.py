"""What the page says: a sentence for everything that can be, honest about what is late."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import Text
from app.shipments.models import DelayRule
from app.shipments.page import rules, words
from app.shipments.page.sketch import HEIGHT, WIDTH, _places, sketch
from app.shipments.page.view import Goods, View
from app.shipments.states import UNDERWAY, ShipmentStatus, TrackingStatus
from app.shipments.tracking.schemas import IncidentReason
from tests.shipments.page.views import NOW, event, view

HOUR = timedelta(hours=1)


def ids(lines: Sequence[Text | None]) -> str:
    return " ".join(line.id for line in lines if line)


def test_everything_that_can_be_told_has_words() -> None:
    assert set(words.STEPS) == set(TrackingStatus)
    assert set(words.WHERE) == set(TrackingStatus) - {"pending", "cancelled"}
    assert set(words.SETTLED) == set(ShipmentStatus) - UNDERWAY
    assert set(words.REASONS) == set(IncidentReason)
    assert set(words.DELAYS) == set(DelayRule)


views = st.builds(
    view,
    status=st.sampled_from(list(ShipmentStatus)),
    tracking_status=st.sampled_from(list(TrackingStatus)),
    events=st.lists(
        st.builds(
            event,
            st.integers(-5, 9000),
            st.sampled_from(list(TrackingStatus)),
            place=st.none() | st.text(max_size=20),
            reason=st.none() | st.sampled_from(list(IncidentReason)),
        ),
        max_size=4,
    ),
    eta_at=st.none() | st.integers(-90, 90).map(lambda hours: NOW + hours * HOUR),
    eta_revision=st.integers(0, 4),
    promised_on=st.none() | st.dates(date(2026, 11, 18), date(2026, 11, 27)),
    delay_rule=st.none() | st.sampled_from(list(DelayRule)),
    delayed_since=st.none() | st.just(NOW),
    delivered_at=st.none() | st.just(NOW),
    from_region=st.sampled_from(["Kota Blitar", "Kota Samarinda"]),
    to_region=st.sampled_from(["Kota Blitar", "Kota Surabaya", "Kabupaten Nirwana"]),
    position=st.none()
    | st.fixed_dictionaries(
        {
            "latitude": st.floats(-90, 90),
            "longitude": st.floats(-180, 180),
            "at": st.just(NOW),
        }
    ),
)


@given(views)
def test_it_always_has_a_sentence_and_a_sketch(shown: View) -> None:
    said = [
        rules.where(shown),
        *rules.expected(shown, NOW),
        *filter(None, [rules.reason(shown), rules.last_news(shown, NOW)]),
    ]
    for text in said:
        assert text.id and text.en
        if not any(event.place for event in shown.events):
            assert "{" not in text.id + text.en
    drawn = sketch(shown)
    for dot in (*drawn.ends, *([drawn.here] if drawn.here else [])):
        assert 0 <= dot.x <= drawn.width
        assert 0 <= dot.y <= drawn.height
    if rules.is_over(shown):
        assert not rules.is_late(shown, NOW)
    headline = rules.where(shown).id
    if shown.status in UNDERWAY:
        assert not re.search("disiapkan|dimuat|dibatalkan|diterima", headline)
    if re.search("sudah sampai|tiba|dibatalkan|Ditolak|hilang|kembali|Siap", headline):
        assert "Perkiraan" not in ids(rules.expected(shown, NOW))
        assert not rules.is_late(shown, NOW)


def test_when_it_is_expected() -> None:
    assert rules.expected(view(), NOW) == []
    in_time = view(eta_at=NOW + HOUR, eta_revision=1, promised_on="2026-11-22")
    assert ids(rules.expected(in_time, NOW)) == (
        "Perkiraan tiba Minggu, 22 November, sekitar 15:30 WIB."
    )
    assert not rules.is_late(in_time, NOW)
    promised = view(promised_on="2026-11-23")
    assert ids(rules.expected(promised, NOW)) == "Dijanjikan tiba Senin, 23 November."


def test_what_is_late_is_said_to_be() -> None:
    tomorrow = view(eta_at=NOW + 24 * HOUR, eta_revision=3, promised_on="2026-11-22")
    said = ids(rules.expected(tomorrow, NOW))
    assert "satu hari setelah hari yang dijanjikan, Minggu, 22 November" in said
    assert "sudah diubah 2 kali" in said
    assert rules.is_late(tomorrow, NOW)
    passed = view(eta_at=NOW - HOUR, eta_revision=1)
    assert "belum tercatat tiba" in ids(rules.expected(passed, NOW))
    assert rules.is_late(passed, NOW)
    broken = view(promised_on="2026-11-20")
    assert "belum tercatat tiba" in ids(rules.expected(broken, NOW))
    assert rules.is_late(broken, NOW)
    silent = view(delayed_since=NOW, delay_rule="silent")
    assert "tidak ada kabar" in ids(rules.expected(silent, NOW))
    # The gate's own word ends it: at the gate nothing is expected any more.
    assert rules.expected(view(status="arrived", eta_at=NOW - HOUR), NOW) == []


def test_who_handed_it_over_is_believed_before_the_road() -> None:
    """A carrier's "in transit" heard late leaves a delivered shipment delivered."""
    done = view(status="delivered", tracking_status="in_transit", delivered_at=NOW)
    assert rules.where(done).id == "Sudah diterima di Kota Jakarta Timur."
    assert ids(rules.expected(done, NOW)) == "Diterima Minggu, 22 November pukul 14:30 WIB."


@pytest.mark.parametrize("status", ["dispatched", "in_transit"])
@pytest.mark.parametrize("heard", ["pending", "cancelled"])
def test_what_left_is_neither_prepared_nor_called_off(status: str, heard: str) -> None:
    said = event(1, heard, reason="sender_cancelled")
    shown = view(status=status, tracking_status=heard, events=[said], eta_at=NOW + HOUR)
    assert rules.where(shown).id == "Dalam perjalanan ke Kota Jakarta Timur."
    assert rules.reason(shown) is None
    assert "Perkiraan tiba" in ids(rules.expected(shown, NOW))
    if heard == "cancelled":
        (step,) = rules.way(shown, 1, NOW).days[0].steps
        assert step.words.id == "Kabar belum jelas"


@pytest.mark.parametrize("status", ["dispatched", "in_transit", "arrived"])
@pytest.mark.parametrize("then", ["delivered", "in_transit", "on_hold"])
def test_a_carrier_s_delivered_is_said_to_be_the_carrier_s(status: str, then: str) -> None:
    """And what comes after it does not set the goods back on the road."""
    events = [event(1, then, reason="weather" if then == "on_hold" else None)]
    events += [event(5, "delivered")]
    late = {"eta_at": NOW - HOUR, "promised_on": "2026-11-20", "delayed_since": NOW}
    shown = view(status=status, tracking_status=then, events=events, **late)
    assert rules.where(shown).id == "Menurut pengangkut, sudah sampai di Kota Jakarta Timur."
    assert rules.reason(shown) is None
    assert rules.expected(shown, NOW) == []
    assert not rules.is_late(shown, NOW)
    assert sketch(shown).here == sketch(shown).ends[1]


def test_a_carrier_can_take_delivered_back() -> None:
    events = [event(1, "delivery_failed"), event(5, "delivered")]
    shown = view(tracking_status="delivery_failed", events=events)
    assert rules.where(shown).id == "Belum berhasil diserahkan di Kota Jakarta Timur."


def test_at_the_gate_nothing_of_the_road_is_left() -> None:
    held = [event(9, "on_hold", reason="vehicle_trouble")]
    shown = view(status="arrived", tracking_status="on_hold", events=held, eta_at=NOW - HOUR)
    assert rules.where(shown).id == "Sudah tiba di Kota Jakarta Timur, sedang diterima."
    assert rules.reason(shown) is None


def test_why_it_is_late_is_said_after_later_news_too() -> None:
    late = {"eta_at": NOW + 48 * HOUR, "promised_on": "2026-11-22", "eta_reason": "vehicle_trouble"}
    assert "Sebab: kendaraan bermasalah." in ids(rules.expected(view(**late), NOW))
    # Not twice, and not where nothing is late.
    held = [event(1, "on_hold", reason="vehicle_trouble")]
    same = view(**late, tracking_status="on_hold", events=held)
    assert "Sebab" not in ids(rules.expected(same, NOW))
    assert rules.reason(same)
    in_time = late | {"promised_on": "2026-12-22"}
    assert "Sebab" not in ids(rules.expected(view(**in_time), NOW))


def test_another_year_is_named() -> None:
    shown = view(eta_at=NOW + 24 * 60 * HOUR, events=[event(500_000)])
    assert "Kamis, 21 Januari 2027," in ids(rules.expected(shown, NOW))
    assert [d.name.id for d in rules.way(shown, 1, NOW).days] == ["Rabu, 10 Desember 2025"]
    assert ids([rules.last_news(shown, NOW)]).endswith("2025 pukul 09:10 WIB")


def test_at_its_goal_it_has_arrived() -> None:
    goal = "Kota Administrasi Jakarta Timur"
    shown = view(events=[event(1, place=goal), event(2, place="Kabupaten Ngawi")])
    steps = rules.way(shown, 1, NOW).days[0].steps
    assert [(step.words.id, step.place) for step in steps] == [
        ("Tiba", "Kota Jakarta Timur"),
        ("Dalam perjalanan", "Kabupaten Ngawi"),
    ]
    assert rules.last_place(shown) == "Kota Jakarta Timur"
    within = view(from_region=goal, events=[event(1, place=goal)])
    assert rules.way(within, 1, NOW).days[0].steps[0].words.id == "Dalam perjalanan"


def test_another_reason_is_said_where_it_means_something() -> None:
    shown = view(tracking_status="on_hold", events=[event(1, "on_hold", reason="other")])
    assert ids([rules.reason(shown)]) == "Sebab: lainnya."
    assert rules.way(shown, 1, NOW).days[0].steps[0].reason is None


@pytest.mark.parametrize(
    ("status", "heard"), [("cancelled", "cancelled"), ("refused", "delivery_failed")]
)
def test_what_was_decided_says_why(status: str, heard: str) -> None:
    events = [event(1, "in_transit", reason="weather"), event(2, heard, reason="wrong_goods")]
    shown = view(status=status, tracking_status="in_transit", events=events)
    assert ids([rules.reason(shown)]) == "Sebab: barangnya tidak sesuai."
    assert rules.reason(view(status=status, events=[event(2, heard)])) is None


def test_the_reason_is_that_of_what_is_shown() -> None:
    held = [event(1, "on_hold", reason="weather"), event(9, "in_transit", reason="road_blocked")]
    assert (
        ids([rules.reason(view(tracking_status="on_hold", events=held))]) == "Sebab: cuaca buruk."
    )
    assert rules.reason(view(tracking_status="picked_up", events=held)) is None
    assert rules.reason(view(status="delivered", tracking_status="on_hold", events=held)) is None


def test_numbers_are_written_as_people_read_them() -> None:
    eggs = Goods.model_validate(
        {"name": "Eggs", "name_id": "Telur", "quantity": {"value": "148.500", "unit": "kg"}}
    )
    assert rules.goods(eggs, "id") == "Telur 148,5 kg"
    assert rules.goods(eggs, "en") == "Eggs 148.5 kg"
    assert rules.goods(eggs.model_copy(update={"name_id": None}), "id") == "Eggs 148,5 kg"


@given(st.lists(st.integers(0, 5000), max_size=200), st.integers(-3, 12))
def test_pages_hold_every_event_once_and_in_order(minutes: list[int], asked: int) -> None:
    told = view(events=[event(m) for m in sorted(minutes)])
    first = rules.way(told, 1, NOW)
    listed = [
        step.at
        for page in range(1, first.pages + 1)
        for day in rules.way(told, page, NOW).days
        for step in day.steps
    ]
    assert listed == [e.occurred_at for e in told.events]
    shown = rules.way(told, asked, NOW)
    assert 1 <= shown.page <= shown.pages
    assert sum(len(day.steps) for day in shown.days) <= rules.AT_ONCE
    days = [day.day for day in shown.days]
    assert len(days) == len(set(days))  # a day has one heading


def test_a_day_begins_at_midnight_in_jakarta() -> None:
    # 23:59 and 00:01 in Blitar: two days there, one in Greenwich.
    told = view(events=[event(m) for m in (14.5 * 60 - 1, 14.5 * 60 + 1)])
    assert [d.name.id for d in rules.way(told, 1, NOW).days] == [
        "Minggu, 22 November",
        "Sabtu, 21 November",
    ]


class TestSketch:
    """The ends lie where they lie on a map, whatever is between them."""

    def test_jakarta_is_left_of_and_above_blitar(self) -> None:
        drawn = sketch(view())
        blitar, jakarta = drawn.ends
        assert drawn.islands
        assert jakarta.x < blitar.x
        assert jakarta.y < blitar.y
        assert [label.text for label in drawn.labels] == ["Blitar", "Jakarta Timur"]

    def test_what_was_seen_on_the_way_is_between(self) -> None:
        ngawi = {"latitude": -7.4, "longitude": 111.45, "at": NOW}
        drawn = sketch(view(position=ngawi))
        assert drawn.here is not None
        assert drawn.ends[1].x < drawn.here.x < drawn.ends[0].x
        assert sketch(view(status="delivered", position=ngawi)).here == drawn.ends[1]
        assert sketch(view(status="planned", position=None)).here is None

    @pytest.mark.parametrize("there", [(0.0, 0.0), (52.5, 13.4), (-6.2, 112.0 + 30)])
    def test_a_device_on_the_other_side_of_the_globe_is_left_out(self, there: Any) -> None:
        seen = {"latitude": there[0], "longitude": there[1], "at": NOW}
        assert sketch(view(position=seen)).here is None

    @pytest.mark.parametrize("to", ["Kota Samarinda", "Kota Blitar", "Kabupaten Blitar", "?"])
    def test_without_a_place_on_the_outline_it_is_a_line(self, to: str) -> None:
        drawn = sketch(view(to_region=to))
        assert drawn.islands == []
        assert drawn.height < HEIGHT
        assert drawn.here is not None
        assert drawn.ends[0].x < drawn.here.x < drawn.ends[1].x <= WIDTH

    def test_places_are_spelled_as_in_the_list_of_regions(self) -> None:
        text = files("app.regions").joinpath("data/regions.csv").read_text(encoding="utf-8")
        rows = [row for row in csv.DictReader(text.splitlines()) if row["level"] == "regency"]
        javanese = {row["name"] for row in rows if row["code"][:2] in {"31", "32", "33", "35"}}
        assert len(javanese) > 10
        assert javanese <= set(_places())
