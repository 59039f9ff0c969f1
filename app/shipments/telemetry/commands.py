"""Recording what sensors on the road measured.

A batch takes a handful of statements, however many readings it has. Sensors are locked first, in
one order, so of two batches with readings of the same sensor the second waits and then sees what
the first has stored; shipments come last and for a moment only, as others wait for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from app.core.errors import FieldError
from app.core.ids import decode
from app.db.tx import Tx
from app.http.batches import Batch
from app.shipments.shipments.codes import read_code
from app.shipments.telemetry import days, effects, queries, rules
from app.shipments.telemetry.rules import Carried
from app.shipments.telemetry.schemas import TelemetryReadingIn
from app.shipments.telemetry.sensors import Sensor, Timed

_HOLD = """
SELECT d.* FROM unnest($1::uuid[], $2::text[]) AS k (shipment_id, device)
JOIN telemetry_devices d USING (shipment_id, device)
ORDER BY shipment_id, device FOR NO KEY UPDATE OF d
"""
_MEET = """
INSERT INTO telemetry_devices (shipment_id, device, livemode)
SELECT *, $3 FROM unnest($1::uuid[], $2::text[]) AS k (shipment_id, device) ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
_STORE = """
WITH stored AS (
  INSERT INTO telemetry
    (shipment_id, device, at, latitude, longitude, temperature_c, speed_kmh, livemode)
  SELECT *, $8 FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::float8[], $5::float8[],
    $6::float8[], $7::float8[])
  ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) FROM stored
"""

Taken = dict[tuple[UUID, str], list[Timed]]
"""Readings to be stored, by shipment and sensor, each sensor's in the order of their time."""


class Recorded(NamedTuple):
    """What became of a batch."""

    accepted: int
    repeated: int
    wrong: list[tuple[int, FieldError]]


async def record(tx: Tx, batch: Batch[TelemetryReadingIn]) -> Recorded:
    """Store the readings of *batch* that are right, and do what follows from them.

    What is wrong with the others is said one by one; a repeat changes nothing.
    """
    named = await _named(tx, batch)
    taken, wrong = _sorted_out(batch, named)
    if not taken:
        return Recorded(0, 0, wrong)
    await days.make(tx, {at.date() for readings in taken.values() for at, _ in readings})
    await tx.as_hub()  # every shipment was found among those that the caller carries
    sensors = await _held(tx, taken)
    carried = {one.id: one for one in named.values()}
    for sensor in sensors:
        sensor.hear(taken[sensor.shipment_id, sensor.device], carried[sensor.shipment_id])
    accepted = await _store(tx, taken)
    await effects.follow(tx, sensors)
    right = len(batch.items) + len(batch.wrong) - len(wrong)
    return Recorded(accepted, right - accepted, wrong)


async def _named(tx: Tx, batch: Batch[TelemetryReadingIn]) -> dict[str, Carried]:
    """The shipments that the caller carries, by the ids and codes that readings name them by."""
    ids = {r.shipment_id: _id(r.shipment_id) for _, r in batch.items if r.shipment_id}
    codes = {r.tracking_code: read_code(r.tracking_code) for _, r in batch.items if r.tracking_code}
    wanted = [one for one in ids.values() if one], [one for one in codes.values() if one]
    rows = [Carried(row, tx.now) for row in await queries.carried(tx, *wanted)]
    by_id, by_code = {one.id: one for one in rows}, {one.tracking_code: one for one in rows}
    found = {text: by_id.get(one) for text, one in ids.items() if one}
    found |= {text: by_code.get(one) for text, one in codes.items() if one}
    return {text: one for text, one in found.items() if one}


def _id(text: str) -> UUID | None:
    try:
        return decode("shp", text)
    except ValueError:
        return None


def _sorted_out(
    batch: Batch[TelemetryReadingIn], named: Mapping[str, Carried]
) -> tuple[Taken, list[tuple[int, FieldError]]]:
    """The readings of *batch* that are right, and what is wrong with the others."""
    by_sensor: defaultdict[tuple[UUID, str], dict[datetime, TelemetryReadingIn]]
    by_sensor, wrong = defaultdict(dict), list(batch.wrong)
    for n, reading in batch.items:
        error, shipment = rules.misshapen(reading), None
        if error is None:
            shipment = named.get(reading.shipment_id or reading.tracking_code or "")
            error = (
                shipment.refusal(reading.at, reading.device) if shipment else rules.unknown(reading)
            )
        if error is None and shipment is not None:
            at = reading.at.astimezone(UTC)  # not before: at either end of time it has none
            by_sensor[shipment.id, reading.device].setdefault(at, reading)  # the first of twins
        elif error is not None:
            wrong.append((n, error))
    return {key: sorted(one.items(), key=itemgetter(0)) for key, one in by_sensor.items()}, wrong


async def _held(tx: Tx, taken: Taken) -> list[Sensor]:
    """The sensors of the readings, locked in one order; new ones are made."""
    held = [Sensor(row) for row in await tx.sql(_HOLD, *_columns(taken))]
    if len(held) < len(taken):
        new = taken.keys() - {(one.shipment_id, one.device) for one in held}
        await tx.sql(_MEET, *_columns(new), tx.actor.livemode)
        held += [Sensor(row) for row in await tx.sql(_HOLD, *_columns(new))]
    return held


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def _store(tx: Tx, taken: Taken) -> int:
    """Store readings; how many were not there yet."""
    rows = [
        (*key, at, r.latitude, r.longitude, r.temperature_c, r.speed_kmh)
        for key, readings in taken.items()
        for at, r in readings
    ]
    stored: int = await tx.sql_value(_STORE, *_columns(rows), tx.actor.livemode)
    return stored
