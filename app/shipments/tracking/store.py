"""Storing facts from the road, of any number of shipments in one statement.

The caller holds the shipments' rows. So the facts of each are counted (``n``) one after the other,
what is known already is found by looking, and the same facts in any order leave the same shipment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.models import DelayRule, Source
from app.shipments.shipments.rules import audience
from app.shipments.states import SHIPMENT, ShipmentStatus
from app.shipments.tracking.rules import ON_THE_ROAD, Fact, Heard, newest

# Known is what was told before under the same id, whatever it says now, or in the same words.
_NEW = """
SELECT place FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
  WITH ORDINALITY AS t(shipment_id, status, occurred_at, place_named, external_id, place)
WHERE NOT EXISTS (SELECT FROM tracking_events e WHERE t.external_id IS NOT NULL
    AND e.shipment_id = t.shipment_id AND e.external_id = t.external_id)
  AND NOT EXISTS (SELECT FROM tracking_events e WHERE t.external_id IS NULL
    AND e.external_id IS NULL AND e.shipment_id = t.shipment_id AND e.status = t.status
    AND e.occurred_at = t.occurred_at AND coalesce(e.place, '') = coalesce(t.place_named, ''))
"""
# What each shipment shows afterwards stands in $14 and on. One that counted as silent is heard of
# again.
_STORE = """
WITH fresh AS (
  SELECT t.*, s.last_n + row_number() OVER (PARTITION BY t.shipment_id ORDER BY place_in) AS n
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[],
      $6::text[], $7::text[], $8::text[], $9::numeric[], $10::numeric[], $11::text[])
    WITH ORDINALITY AS t(shipment_id, status, occurred_at, place, reason, external_id, device,
      carrier_status, latitude, longitude, source, place_in)
  JOIN shipments s ON s.id = t.shipment_id
), stored AS (
  INSERT INTO tracking_events (id, shipment_id, n, status, occurred_at, recorded_at, place, reason,
    external_id, party_id, source, device, carrier_status, latitude, longitude)
  SELECT uuidv7(), shipment_id, n, status, occurred_at, $12, place, reason, external_id, $13,
    source, device, carrier_status, latitude, longitude FROM fresh
), shown AS (
  SELECT * FROM unnest($14::uuid[], $15::text[], $16::text[], $17::timestamptz[], $18::int[],
      $19::timestamptz[], $20::numeric[], $21::numeric[])
    AS s(id, status, tracking_status, tracked_at, version, position_at, latitude, longitude)
)
UPDATE shipments s SET last_n = f.n, heard_at = greatest(s.heard_at, $12), status = w.status,
  tracking_status = w.tracking_status, tracked_at = w.tracked_at, version = w.version,
  position_at = w.position_at, position_latitude = w.latitude, position_longitude = w.longitude,
  delayed_since = CASE WHEN s.delay_rule = 'silent' THEN NULL ELSE s.delayed_since END,
  delay_rule = nullif(s.delay_rule, 'silent')
FROM shown w JOIN (SELECT shipment_id, max(n) AS n FROM fresh GROUP BY shipment_id) f
  ON f.shipment_id = w.id
WHERE s.id = w.id
"""


class Told(NamedTuple):
    """A fact of one of the shipments that the caller holds, and who told it."""

    shipment_id: UUID
    fact: Fact
    source: Source


async def store(tx: Tx, shipments: Iterable[Any], told: Sequence[Told]) -> int:
    """Store what is new of *told* and show the newest; how many were new.

    *shipments* are locked rows; every fact was found possible for its shipment. What is known
    already is not heard again: it would show what is stored nowhere.
    """
    asked = await _new(tx, told)
    if not asked:
        return 0
    seen = {row.id: _Seen(row) for row in shipments}
    for one in asked:
        seen[one.shipment_id].hear(one.fact)
    touched = [seen[i] for i in sorted({t.shipment_id for t in asked})]
    columns: list[list[Any]] = [[t.shipment_id for t in asked]]
    columns += [[getattr(t.fact, name) for t in asked] for name in _COLUMNS]
    await tx.sql(
        _STORE,
        *columns,
        [t.source for t in asked],
        tx.now,
        tx.actor.party_id,
        [s.row.id for s in touched],
        [s.status for s in touched],
        [s.shown.status for s in touched],
        [s.shown.at for s in touched],
        [s.row.version + s.changed for s in touched],
        *zip(*(s.position for s in touched), strict=True),
    )
    await record(tx, [s.change() for s in touched if s.changed])
    return len(asked)


async def _new(tx: Tx, told: Sequence[Told]) -> list[Told]:
    """Those of *told* that nobody told before; of the same ones among them the first."""
    once = list({(t.shipment_id, t.fact.same): t for t in reversed(told)}.values())[::-1]
    if not once:
        return []
    facts = [one.fact for one in once]
    rows = await tx.sql(
        _NEW,
        [one.shipment_id for one in once],
        [fact.status for fact in facts],
        [fact.occurred_at for fact in facts],
        [fact.place for fact in facts],
        [fact.external_id for fact in facts],
    )
    return [once[place] for place in sorted(row["place"] - 1 for row in rows)]


_COLUMNS = (
    "status",
    "occurred_at",
    "place",
    "reason",
    "external_id",
    "device",
    "carrier_status",
    "latitude",
    "longitude",
)


def news_of(shipment: Mapping[str, Any], shown: Heard) -> dict[str, Any]:
    """What is said of a *shipment* of which something was heard."""
    return {
        "number": shipment["number"],
        "tracking_code": shipment["tracking_code"],
        "tracking_status": shown.status,
        "tracked_at": shown.at.isoformat() if shown.at else None,
    }


class _Seen:
    """A shipment as it was, and as it is shown after some facts."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.known = self.shown = Heard(row.tracking_status, row.tracked_at)
        self.moves = False
        self.position = row.position_at, row.position_latitude, row.position_longitude

    def hear(self, fact: Fact) -> None:
        """Take a fact in."""
        self.shown = newest(self.shown, Heard(fact.status, fact.occurred_at))
        here = fact.occurred_at, fact.latitude, fact.longitude
        if fact.latitude is not None and (self.position[0] is None or here[0] > self.position[0]):
            self.position = here
        self.moves |= fact.status in ON_THE_ROAD and self.row.status == ShipmentStatus.DISPATCHED

    @property
    def changed(self) -> bool:
        """Whether anybody who looks at the shipment sees something else now."""
        return self.moves or self.shown != self.known or self.row.delay_rule == DelayRule.SILENT

    @property
    def status(self) -> str:
        """Its status afterwards."""
        return ShipmentStatus.IN_TRANSIT if self.moves else self.row.status

    def change(self) -> Change:
        """What its history says of it."""
        return Change(
            SHIPMENT,
            "move" if self.moves else "track",
            self.row.id,
            self.row.version + 1,
            self.status,
            before=self.row.status,
            audience=audience(self.row),
            data=news_of(self.row._mapping, self.shown),
        )
