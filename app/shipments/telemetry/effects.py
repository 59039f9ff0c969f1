"""What follows from readings: the newest of each sensor and shipment, breaches, their events.

A shipment's version counts what somebody should look at again: a breach and its end raise it, and
the first ping of one that counted as silent; other pings do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.core.ids import encode
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.states import SHIPMENT
from app.shipments.telemetry.breaches import Turn
from app.shipments.telemetry.sensors import Breach, Sensor
from app.shipments.tracking.delays import SILENCE
from app.shipments.tracking.rules import Heard
from app.shipments.tracking.store import news_of

_NOTE = """
UPDATE telemetry_devices d SET first_at = n.first_at, last_at = n.last_at, latitude = n.latitude,
  longitude = n.longitude, position_at = n.position_at, temperature_c = n.temperature_c,
  temperature_at = n.temperature_at, crossing_side = n.crossing_side,
  crossing_since = n.crossing_since, crossing_count = n.crossing_count,
  crossing_extreme_c = n.crossing_extreme_c, breach_id = n.breach_id
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::float8[],
    $6::float8[], $7::timestamptz[], $8::float8[], $9::timestamptz[], $10::text[],
    $11::timestamptz[], $12::int[], $13::float8[], $14::uuid[])
  AS n (shipment_id, device, first_at, last_at, latitude, longitude, position_at, temperature_c,
    temperature_at, crossing_side, crossing_since, crossing_count, crossing_extreme_c, breach_id)
WHERE d.shipment_id = n.shipment_id AND d.device = n.device
"""
_WENT_ON = """
UPDATE temperature_breaches b SET extreme_c = n.extreme_c, recovered_at = n.recovered_at
FROM unnest($1::uuid[], $2::float8[], $3::timestamptz[]) AS n (id, extreme_c, recovered_at)
WHERE b.id = n.id
"""
_BEGAN = """
INSERT INTO temperature_breaches (id, shipment_id, device, side, limit_c, started_at, detected_at,
  extreme_c, recovered_at, livemode, created_at)
SELECT *, $10, $11 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[],
  $6::timestamptz[], $7::timestamptz[], $8::float8[], $9::timestamptz[])
"""
# Locked in ascending id before they are written; what is older than what is shown changes nothing.
_SHOW = """
WITH news AS MATERIALIZED (
  SELECT n.* FROM unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::float8[],
    $5::timestamptz[], $6::float8[], $7::timestamptz[], $8::int[])
    AS n (id, position_at, latitude, longitude, temperature_at, temperature_c, heard_at, turns)
  JOIN shipments s USING (id) ORDER BY id FOR NO KEY UPDATE OF s)
UPDATE shipments s SET
  position_latitude = CASE WHEN {moved} THEN n.latitude ELSE s.position_latitude END,
  position_longitude = CASE WHEN {moved} THEN n.longitude ELSE s.position_longitude END,
  position_at = CASE WHEN {moved} THEN n.position_at ELSE s.position_at END,
  temperature_c = CASE WHEN {felt} THEN n.temperature_c ELSE s.temperature_c END,
  temperature_at = CASE WHEN {felt} THEN n.temperature_at ELSE s.temperature_at END,
  heard_at = greatest(s.heard_at, n.heard_at),
  delayed_since = CASE WHEN {spoke} THEN NULL ELSE s.delayed_since END,
  delay_rule = CASE WHEN {spoke} THEN NULL ELSE s.delay_rule END,
  version = s.version + n.turns + ({spoke})::int
FROM news n
WHERE s.id = n.id AND (n.turns > 0 OR {moved} OR {felt} OR n.heard_at > {heard_before})
RETURNING s.*, old.delay_rule IS DISTINCT FROM s.delay_rule AS spoke
""".format(
    moved="n.position_at > coalesce(s.position_at, '-infinity')",
    felt="n.temperature_at > coalesce(s.temperature_at, '-infinity')",
    heard_before="coalesce(s.heard_at, '-infinity')",
    spoke="s.delay_rule IS NOT DISTINCT FROM 'silent' AND n.heard_at > $9",
)


async def follow(tx: Tx, sensors: Iterable[Sensor]) -> None:
    """Store what *sensors*, locked by the caller, have become, and what their shipments show."""
    by_shipment: defaultdict[UUID, list[Sensor]] = defaultdict(list)
    for sensor in sensors:
        by_shipment[sensor.shipment_id].append(sensor)
    everyone = [sensor for group in by_shipment.values() for sensor in group]
    await tx.sql(_NOTE, *_columns(map(_noted, everyone)))
    await _keep(tx, everyone)
    shown = await tx.sql(_SHOW, *_columns(map(_news, by_shipment.values())), tx.now - SILENCE)
    await record(tx, [c for row in shown for c in _changes(row, by_shipment[row["id"]])])


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _noted(sensor: Sensor) -> tuple[Any, ...]:
    run = sensor.run
    crossing = (run.side, run.since, run.count, run.extreme) if run else (None, None, 0, None)
    return (
        sensor.shipment_id,
        sensor.device,
        sensor.first_at,
        sensor.last_at,
        *sensor.place,
        sensor.position_at,
        sensor.temperature_c,
        sensor.temperature_at,
        *crossing,
        sensor.breach.id if sensor.breach else None,
    )


async def _keep(tx: Tx, sensors: Iterable[Sensor]) -> None:
    """Store breaches: first those that were there, as one sensor has one open at a time."""
    known = [(s, b) for s in sensors for b in s.breaches]
    went_on = [(b.id, b.run.extreme, b.recovered_at) for _, b in known if b.turn is None]
    if went_on:
        await tx.sql(_WENT_ON, *_columns(went_on))
    began = [_begun(s, b, b.turn) for s, b in known if b.turn is not None]
    if began:
        await tx.sql(_BEGAN, *_columns(began), tx.actor.livemode, tx.now)


def _begun(sensor: Sensor, breach: Breach, turn: Turn) -> tuple[Any, ...]:
    run = breach.run
    return (
        breach.id,
        sensor.shipment_id,
        sensor.device,
        run.side,
        breach.limit,
        run.since,
        turn.at,
        run.extreme,
        breach.recovered_at,
    )


def _news(sensors: list[Sensor]) -> tuple[Any, ...]:
    """What is newest of one shipment: where it is, how warm, when it was heard of."""
    placed = max((s for s in sensors if s.position_at), key=_position_at, default=None)
    felt = max((s for s in sensors if s.temperature_at), key=_temperature_at, default=None)
    return (
        sensors[0].shipment_id,
        placed.position_at if placed else None,
        *(placed.place if placed else (None, None)),
        felt.temperature_at if felt else None,
        felt.temperature_c if felt else None,
        max(s.last_at for s in sensors if s.last_at),
        sum(len(s.turns) for s in sensors),
    )


def _position_at(sensor: Sensor) -> Any:
    return sensor.position_at


def _temperature_at(sensor: Sensor) -> Any:
    return sensor.temperature_at


def _changes(row: Any, sensors: list[Sensor]) -> list[Change]:
    """What became of a shipment, each with a version: breaches that began or ended, oldest first,
    and that something was heard of it again."""
    turns = [(turn, breach, s.device) for s in sensors for turn, breach in s.turns]
    turns.sort(key=lambda one: one[0].at)
    said = [
        ("breach" if turn.began else "recover", _told(row, turn, breach, device))
        for turn, breach, device in turns
    ]
    if row["spoke"]:
        said.append(("track", news_of(row, Heard(row["tracking_status"], row["tracked_at"]))))
    first = row["version"] - len(said) + 1
    return [
        Change(
            SHIPMENT,
            action,
            row["id"],
            first + n,
            row["status"],
            before=row["status"],
            audience=tuple(p for p in (row["buyer_id"], row["carrier_id"]) if p),
            data=data,
        )
        for n, (action, data) in enumerate(said)
    ]


def _told(row: Any, turn: Turn, breach: Breach, device: str) -> dict[str, Any]:
    lowest, highest = row["temperature_min"], row["temperature_max"]
    return {
        "number": row["number"],
        "tracking_code": row["tracking_code"],
        "breach_id": encode("brc", breach.id),
        "device": device,
        "side": turn.run.side,
        "at": turn.at.isoformat(),
        "temperature_c": str(turn.degrees),
        "extreme_c": str(turn.run.extreme),
        "temperature_min": None if lowest is None else str(lowest),
        "temperature_max": None if highest is None else str(highest),
    }
