"""docs/road.md is read by people who do not read code: its figures are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.clock import MOST_AHEAD
from app.settings import Settings
from app.shipments.claims.rules import ANSWER_WITHIN, CLOSED_AFTER
from app.shipments.evidence.commands import KEPT_UNUSED
from app.shipments.legs import rules as legs
from app.shipments.receipts.commands import CLAIMING, SIGNING
from app.shipments.receipts.silence import RECEIVING
from app.shipments.telemetry import breaches, rules
from app.shipments.telemetry.schemas import MOST_READINGS
from app.shipments.tracking import delays, etas, stream
from app.shipments.tracking import rules as facts
from app.shipments.tracking.schemas import MOST_EVENTS

ROAD = " ".join((Path(__file__).parents[2] / "docs" / "road.md").read_text().split())
AHEAD = f"{MOST_AHEAD.seconds // 60} minutes ahead"

SAID = [
    f"{MOST_EVENTS:,} in one batch".replace(",", " "),
    f"more than {AHEAD}, more than {facts.MOST_BEFORE.days} days before the shipment was planned",
    f"at most {AHEAD}, at most {legs.MOST_BEFORE.days} days before the leg was planned",
    f"at most {etas.FARTHEST.days} days ahead",
    f"{delays.GRACE.seconds // 60} minutes after the estimate",
    f"nothing heard for {delays.SILENCE.seconds // 3600} hours",
    (
        f"looked up every second, a heartbeat every {stream.HEARTBEAT:.0f} s, "
        f"a new connection after {stream.LONGEST / 60:.0f} minutes"
    ),
    f"up to {MOST_READINGS:,} readings".replace(",", " "),
    (
        f"more than {AHEAD}, more than {rules.OLDEST.days} days old, "
        f"from more than {legs.MOST_BEFORE.days} days before the shipment was planned"
    ),
    f"a {rules.MOST_DEVICES + 1}st device",
    f"Kept for {Settings.model_fields['telemetry_days'].default} days",
    f"**{breaches.READINGS} readings in a row**",
    f"**for {breaches.WHILE.seconds // 60} minutes**",
    f"the first reading **{breaches.HYSTERESIS} °C** within the limit",
    f"{RECEIVING.days} days after delivery",
    f"`sign_by`, {SIGNING.days} days after posting",
    f"`claim_by`, {CLAIMING.days} days after posting",
    f"`answer_by`, {ANSWER_WITHIN} working days",
    f"| anybody | {CLOSED_AFTER.days} days | `closed` |",
    f"| its uploader | {KEPT_UNUSED.days} days | deleted |",
]


@pytest.mark.parametrize("sentence", SAID)
def test_a_figure_that_people_read_is_the_codes(sentence: str) -> None:
    assert sentence in ROAD
