"""Planning shipments: which lots ride which way, and planning them anew before they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import DomainError, Kind
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments import chain
from app.shipments.legs import planning as legs
from app.shipments.lots import ledger
from app.shipments.shipments import codes, queries, rules
from app.shipments.shipments.commands.common import Replanned, advance, hold_one, told
from app.shipments.shipments.rules import Plan
from app.shipments.shipments.schemas import ShipmentIn, ShipmentPlanIn
from app.shipments.states import SHIPMENT, ShipmentStatus, TrackingStatus
from app.shipments.tracking import etas

_INSERT = f"""
INSERT INTO shipments (id, status, tracking_status, number, tracking_code, buyer_id, carrier_id,
  from_site_id, to_site_id, from_place, to_place, from_region, to_region, promised_on, waybill,
  temperature_min, temperature_max, eta_at, eta_revision, delayed_since, delay_rule, livemode,
  created_at)
VALUES ($1, $2, $3, {number_sql("shipment")}, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
  $15, $16, $17, $18, $19, $20, $21, $22)
ON CONFLICT (carrier_id, livemode, waybill) DO NOTHING
RETURNING *
"""
_CARRY = """
INSERT INTO shipment_lots (shipment_id, lot_id, buyer_id, livemode, quantity, count)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::numeric[], $6::int[])
"""
_TAKE_OUT = "DELETE FROM shipment_lots WHERE shipment_id = $1 AND lot_id = ANY($2)"


class LotTaken(DomainError):
    """A lot is in another shipment, waits for a decision, or was given back to its seller."""

    kind = Kind.CONFLICT
    code = "lot_not_available"
    title = Text("A lot is not available", "Ada lot yang tidak tersedia")
    advice = Text(
        "Leave out the lots in lot_ids, or cancel the planned shipment they are in.",
        "Keluarkan lot dalam lot_ids, atau batalkan pengiriman yang memuatnya.",
    )


class ShipmentRides(DomainError):
    """A planned leg carries it on the way it was to go."""

    kind = Kind.CONFLICT
    code = "shipment_rides"
    title = Text("Planned on a leg", "Sudah ada di rute")
    advice = Text(
        "Legs in leg_ids carry it on its old way. Take it off them, or cancel them, first.",
        "Rute dalam leg_ids memuatnya di jalur lama. Keluarkan dulu dari sana, atau batalkan rute.",
    )


class WaybillTaken(DomainError):
    """The carrier gave this number to another shipment."""

    kind = Kind.CONFLICT
    code = "waybill_used"
    title = Text("Waybill already used", "Nomor resi sudah dipakai")
    advice = Text(
        "This carrier's waybill stands on another shipment. Check the number.",
        "Nomor resi pengangkut ini sudah ada pada pengiriman lain. Periksa nomornya.",
    )


async def create(tx: Tx, asked: ShipmentIn) -> UUID:
    """Plan a shipment and load its lots; its id.

    Raises Invalid for lots, sites, a carrier or an estimate that do not fit together, LotTaken when
    another shipment was faster, OrderClosed when an order of theirs has ended, LineComplete when
    its line needs no more, WaybillTaken.
    """
    plan = asked.plan()
    if asked.eta_at is not None:
        etas.check_eta(asked.eta_at, tx.now)
    rows = await queries.terms(tx, plan)
    rules.check_plan(plan, rows)
    await chain.open_orders(tx, {row["order_id"] for row in rows})
    rules.check_needed(rows)
    made = await _insert(tx, plan, asked, rows)
    if made is None:
        raise WaybillTaken
    shipment_id: UUID = made["id"]
    if asked.eta_at is not None:
        await etas.first(tx, shipment_id, asked.eta_at)
    await _load(tx, shipment_id, asked.lot_ids)
    change = Change(
        SHIPMENT,
        "create",
        shipment_id,
        made["version"],
        made["status"],
        audience=tuple(p for p in (made["buyer_id"], made["carrier_id"]) if p),
        data=told(made),
    )
    await record(tx, [change])
    return shipment_id


async def _insert(tx: Tx, plan: Plan, asked: ShipmentIn, rows: Sequence[Mapping[str, Any]]) -> Any:
    promised_on, eta_at = rules.promised(rows), asked.eta_at
    broken = etas.broken_promise(promised_on, eta_at) if eta_at else None
    ways = rules.ways(rows[0])
    return await tx.sql_row(
        _INSERT,
        new_id(),
        ShipmentStatus.PLANNED,
        TrackingStatus.PENDING,
        codes.new_code(),
        rows[0]["buyer_id"],
        plan.carrier_id,
        plan.from_site_id,
        plan.to_site_id,
        *ways.values(),
        promised_on,
        plan.waybill,
        plan.temperature_min,
        plan.temperature_max,
        eta_at,
        int(eta_at is not None),
        tx.now if broken else None,
        broken,
        tx.actor.livemode,
        tx.now,
    )


async def _load(tx: Tx, shipment_id: UUID, lot_ids: Sequence[UUID]) -> None:
    lots = await ledger.load(tx, lot_ids, shipment_id)
    taken = set(lot_ids) - {lot["id"] for lot in lots}
    if taken:
        raise LotTaken(lot_ids=[encode("lot", lot_id) for lot_id in sorted(taken)])
    await tx.sql(
        _CARRY,
        [lot["shipment_id"] for lot in lots],
        [lot["id"] for lot in lots],
        [lot["buyer_id"] for lot in lots],
        [lot["livemode"] for lot in lots],
        [lot["quantity"] for lot in lots],
        [lot["count"] for lot in lots],
    )


async def replan(tx: Tx, shipment_id: UUID, asked: ShipmentPlanIn) -> None:
    """Change what rides, who drives or which way, before the shipment leaves.

    Lots that are taken out are available again, and lines that await nothing more by that are
    closed. Only the hub's own scope may. Raises as `create`, Replanned when somebody else replanned
    it meanwhile, ShipmentRides when a leg carries it on another way, OverCapacity when it is too
    heavy for that leg now, WrongState once it is being loaded.
    """
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    ridden = await legs.lock_ridden(tx, seen.id)
    held = await hold_one(tx, seen.id, asked.lot_ids or ())
    row = held.rows[0]
    SHIPMENT.check("replan", row.status)
    carried = await queries.carried(tx, row.id)
    held.check(carried)
    if await legs.rides_on_others(tx, row.id, ridden):
        raise Replanned(
            Text(
                "A leg was planned with it a moment ago. Look at it, and try again.",
                "Baru saja ada rute yang memuatnya. Periksa lagi, lalu ulangi.",
            )
        )
    plan = asked.plan(Plan.of_row(row, [lot["lot_id"] for lot in carried]))
    rows = await queries.terms(tx, plan)
    rules.check_plan(plan, rows, buyer_id=row.buyer_id)
    if ridden and (plan.from_site_id, plan.to_site_id) != (row.from_site_id, row.to_site_id):
        raise ShipmentRides(leg_ids=[encode("leg", leg["id"]) for leg in ridden])
    loaded = {lot["lot_id"] for lot in carried}
    fresh = [term for term in rows if term["id"] not in loaded]
    await chain.open_orders(tx, {term["order_id"] for term in fresh})
    rules.check_needed(fresh)
    out = [lot for lot in carried if lot["lot_id"] not in plan.lot_ids]
    await _swap(tx, row, [term["id"] for term in fresh], [lot["lot_id"] for lot in out])
    await _write(tx, row, plan, rows)
    await legs.check_ridden(tx, ridden)
    if out:
        await chain.settle_lines(tx, {lot["order_line_id"] for lot in out})


async def _swap(tx: Tx, row: Row[Any], put_in: Sequence[UUID], out: Sequence[UUID]) -> None:
    if out:
        await ledger.unload(tx, [row.id], only=out)
        await tx.sql(_TAKE_OUT, row.id, list(out))
    if put_in:
        await _load(tx, row.id, put_in)


async def _write(tx: Tx, row: Row[Any], plan: Plan, rows: Sequence[Mapping[str, Any]]) -> None:
    if await queries.waybill_used(tx, plan, row.id):
        raise WaybillTaken
    await advance(
        tx,
        [row],
        "replan",
        None,
        carrier_id=plan.carrier_id,
        from_site_id=plan.from_site_id,
        to_site_id=plan.to_site_id,
        promised_on=rules.promised(rows),
        waybill=plan.waybill,
        temperature_min=plan.temperature_min,
        temperature_max=plan.temperature_max,
        **rules.ways(rows[0]),
    )
