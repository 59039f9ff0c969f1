"""The floor: what FastAPI and asyncpg cost at least for the same work.

One pool, one statement a request, the same rows read and written, the answer passed through as
bytes. No keys, no checks, no problems, no logs, no row-level security (it connects as a superuser):
nothing a service could be run with, and so a limit to compare with.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

# The same facts as our answer shows, put together by the plainest SQL.
_PRICE = """json_build_object('amount', l.price_amount::text, 'currency', l.price_currency, 'per',
  json_build_object('value', l.price_per_value::text, 'unit', l.price_per_unit))"""
_CARD = f"""json_build_object('id', l.id, 'version', l.version, 'status', l.status,
  'title', l.title, 'title_en', l.title_en, 'description', l.description,
  'description_en', l.description_en, 'category', l.category, 'unit', l.unit, 'price', {_PRICE},
  'origin_region_code', l.origin_region_code,
  'seller', json_build_object('id', l.seller_id, 'name', l.seller_name),
  'ingredients', l.ingredients, 'shelf_life_days', l.shelf_life_days, 'storage', l.storage,
  'story', l.story, 'hs_code', l.hs_code, 'min_order', l.min_order, 'order_step', l.order_step,
  'licences', l.licences, 'photos', l.photo_ids, 'variants', (
    SELECT json_agg(json_build_object('id', v.id, 'sku', v.sku, 'gtin', v.gtin, 'size', v.size,
      'colour', v.colour, 'flavour', v.flavour, 'pack', v.pack, 'price', {_PRICE},
      'price_tiers', v.price_tiers, 'net_weight', v.net_weight_g, 'availability', v.availability,
      'in_stock', p.stock > p.reserved))
    FROM variants v JOIN stock_pools p ON p.variant_id = v.id WHERE v.listing_id = l.id
      AND v.status = 'active'),
  'created_at', l.created_at, 'updated_at', l.updated_at)"""
_LIST = f"""SELECT json_build_object('data', json_agg({_CARD}))::text FROM (
  SELECT * FROM listings WHERE status = 'published' AND livemode ORDER BY id DESC LIMIT 20) l"""
# The very texts that we send, and nothing between them and the wire.
_READY_LIST = """SELECT '{"data":[' || string_agg(card, ',') || ']}' FROM (
  SELECT card FROM shelf WHERE livemode AND card IS NOT NULL ORDER BY listing_id DESC LIMIT 20) s"""
_READY_GET = "SELECT card FROM shelf WHERE listing_id = $1 AND livemode AND card IS NOT NULL"
_GET = f"""SELECT {_CARD}::text FROM listings l
  WHERE id = $1 AND status = 'published' AND livemode"""
# What anybody may know of a shipment, by the plainest SQL.
_TRACK = """SELECT json_build_object('number', s.number, 'tracking_code', s.tracking_code,
  'status', s.status, 'tracking_status', s.tracking_status, 'from_region', s.from_region,
  'to_region', s.to_region, 'dispatched_at', s.dispatched_at, 'arrived_at', s.arrived_at,
  'delivered_at', s.delivered_at, 'promised_on', s.promised_on, 'eta_at', s.eta_at,
  'eta_revision', s.eta_revision, 'delayed_since', s.delayed_since, 'delay_rule', s.delay_rule,
  'livemode', s.livemode, 'last_n', s.last_n, 'position', CASE WHEN s.position_at IS NOT NULL THEN
    json_build_object('latitude', s.position_latitude, 'longitude', s.position_longitude,
      'at', s.position_at) END,
  'goods', (SELECT json_agg(json_build_object('name', c.name, 'name_id', c.name_id,
      'quantity', json_build_object('value', k.quantity::text, 'unit', l.base_unit)))
    FROM shipment_lots k JOIN lots l ON l.id = k.lot_id JOIN commodities c ON c.id = l.commodity_id
    WHERE k.shipment_id = s.id),
  'events', (SELECT json_agg(json_build_object('n', e.n, 'status', e.status,
      'occurred_at', e.occurred_at, 'place', e.place, 'reason', e.reason)
      ORDER BY e.occurred_at DESC) FROM tracking_events e WHERE e.shipment_id = s.id))::text
  FROM shipments s WHERE s.tracking_code = $1"""
_ORDER = """
WITH asked AS (SELECT $1::jsonb AS body, uuidv7() AS order_id, uuidv7() AS line_id),
key AS (
  INSERT INTO idempotency_keys (id, party_id, operation, fingerprint, status, body, created_at)
  SELECT uuidv7(), (body->>'buyer_id')::uuid, 'order_place', '\\x00', 201, '\\x00', now() FROM asked),
quota AS (
  UPDATE quota_periods q SET reserved = reserved + (body->>'quantity')::numeric FROM asked
  WHERE q.id = (body->>'period_id')::uuid
    AND q.reserved + q.consumed + (body->>'quantity')::numeric <= q.quota RETURNING q.id),
placed AS (
  INSERT INTO orders (id, status, number, buyer_id, agreement_id, ship_to_site_id, deliver_on,
                      respond_by, livemode, placed_at)
  SELECT order_id, 'placed', btc_number('ORD', nextval('order_number')), (body->>'buyer_id')::uuid,
    (body->>'agreement_id')::uuid, (body->>'site_id')::uuid, (body->>'deliver_on')::date,
    now() + interval '1 day', true, now() FROM asked, quota RETURNING number),
line AS (
  INSERT INTO order_lines (id, order_id, buyer_id, livemode, position, ship_to_site_id, deliver_on,
    commodity_id, grade,
    entered_value, entered_unit, unit_factor, price_amount, price_currency, price_per_value,
    price_per_unit, price_per, under_tolerance_pct, agreement_line_id, quota_period_id, requested,
    base_unit)
  SELECT line_id, order_id, (body->>'buyer_id')::uuid, true, 1, (body->>'site_id')::uuid,
    (body->>'deliver_on')::date, (body->>'commodity_id')::uuid,
    body->>'grade', (body->>'quantity')::numeric, 'kg', 1, 27500, 'IDR', 1, 'kg', 1, 2,
    (body->>'line_id')::uuid, (body->>'period_id')::uuid, (body->>'quantity')::numeric, 'kg'
  FROM asked),
movement AS (
  INSERT INTO quota_movements (id, period_id, order_line_id, buyer_id, kind, quantity, at, livemode)
  SELECT uuidv7(), (body->>'period_id')::uuid, line_id, (body->>'buyer_id')::uuid, 'reserve',
    (body->>'quantity')::numeric, now(), true FROM asked),
event AS (
  INSERT INTO events (id, xid, seq, type, object, object_id, version, data, occurred_at, livemode)
  SELECT uuidv7(), pg_current_xact_id(), nextval('event_seq'), 'order.placed', 'order', order_id, 1,
    '{}', now(), true FROM asked RETURNING id, xid, seq),
audience AS (
  INSERT INTO event_audience (party_id, livemode, xid, seq, event_id)
  SELECT (body->>'buyer_id')::uuid, true, e.xid, e.seq, e.id FROM event e, asked),
past AS (
  INSERT INTO history (id, object, object_id, version, action, from_status, to_status, party_id, at,
                       livemode)
  SELECT uuidv7(), 'order', order_id, 1, 'place', 'new', 'placed', (body->>'buyer_id')::uuid, now(),
    true FROM asked)
SELECT json_build_object('id', order_id, 'number', number, 'status', 'placed')::text
FROM asked, placed
"""


# The same trade as somebody would write it first: a transaction of four statements, and no more than
# the order, its line, and the quota with its movement. No key, no event, no history.
_RESERVE = """UPDATE quota_periods SET reserved = reserved + $2
  WHERE id = $1 AND reserved + consumed + $2 <= quota RETURNING buyer_id"""
_HEADER = """INSERT INTO orders (id, status, number, buyer_id, agreement_id, ship_to_site_id,
    deliver_on, respond_by, livemode, placed_at)
  VALUES (uuidv7(), 'placed', btc_number('ORD', nextval('order_number')), $1, $2, $3, $4,
    now() + interval '1 day', true, now()) RETURNING id, number"""
_LINE = """INSERT INTO order_lines (id, order_id, buyer_id, livemode, position, ship_to_site_id,
    deliver_on, commodity_id, grade, entered_value, entered_unit, unit_factor, price_amount,
    price_currency, price_per_value, price_per_unit, price_per, under_tolerance_pct,
    agreement_line_id, quota_period_id, requested, base_unit)
  VALUES (uuidv7(), $1, $2, true, 1, $3, $4, $5, $6, $7, 'kg', 1, 27500, 'IDR', 1, 'kg', 1, 2, $8,
    $9, $7, 'kg') RETURNING id"""
_MOVEMENT = """INSERT INTO quota_movements (id, period_id, order_line_id, buyer_id, kind, quantity, at,
    livemode) VALUES (uuidv7(), $1, $2, $3, 'reserve', $4, now(), true)"""


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ["FLOOR_DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=12, max_size=12) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool, openapi_url=None)


@app.get("/listings")
async def listings() -> Response:
    """Twenty published listings, newest first."""
    return Response(await app.state.pool.fetchval(_LIST), media_type="application/json")


@app.get("/listings/{listing_id}")
async def listing(listing_id: UUID) -> Response:
    """One published listing."""
    found = await app.state.pool.fetchval(_GET, listing_id)
    return Response(found, media_type="application/json")


@app.get("/ready/listings")
async def ready_listings() -> Response:
    """The same twenty, handed on as they were stored."""
    return Response(await app.state.pool.fetchval(_READY_LIST), media_type="application/json")


@app.get("/ready/listings/{listing_id}")
async def ready_listing(listing_id: UUID) -> Response:
    """The same one, handed on as it was stored."""
    found = await app.state.pool.fetchval(_READY_GET, listing_id)
    return Response(found, media_type="application/json")


@app.get("/tracking/{code}")
async def tracking(code: str) -> Response:
    """One shipment, by its code."""
    found = await app.state.pool.fetchval(_TRACK, code)
    return Response(found, media_type="application/json")


@app.post("/orders")
async def order(request: Request) -> Response:
    """One line on a quota: the same rows as the service writes, in one statement."""
    body = orjson.loads(await request.body())
    made = await app.state.pool.fetchval(_ORDER, orjson.dumps(body).decode())
    return Response(made, 201, media_type="application/json")


@app.post("/orders/plain")
async def plain_order(request: Request) -> Response:
    """One line on a quota in a transaction of four statements."""
    body = orjson.loads(await request.body())
    period, buyer, site = (UUID(body[name]) for name in ("period_id", "buyer_id", "site_id"))
    day, quantity = date.fromisoformat(body["deliver_on"]), Decimal(body["quantity"])
    async with app.state.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(_RESERVE, period, quantity) is None:
            return Response(status_code=409)
        agreement = UUID(body["agreement_id"])
        made = await connection.fetchrow(_HEADER, buyer, agreement, site, day)
        goods = (UUID(body["commodity_id"]), body["grade"])
        terms = (UUID(body["line_id"]), period)
        line = await connection.fetchval(
            _LINE, made["id"], buyer, site, day, *goods, quantity, *terms
        )
        await connection.execute(_MOVEMENT, period, line, buyer, quantity)
    answer = {"id": str(made["id"]), "number": made["number"], "status": "placed"}
    return Response(orjson.dumps(answer), 201, media_type="application/json")
