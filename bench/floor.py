"""The floor: what FastAPI and asyncpg cost at least for the same work.

One pool, one statement a request, the same rows read and written, the answer passed through as
bytes. No keys, no checks, no problems, no logs, no row-level security (it connects as a superuser):
nothing a service could be run with, and so a limit to compare with.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

_CARD = """json_build_object('id', id, 'title', title, 'description', description,
  'category', category, 'price', json_build_object('amount', price_amount::text, 'currency',
  price_currency, 'per', json_build_object('value', price_per_value::text, 'unit',
  price_per_unit)), 'unit', unit, 'origin_region_code', origin_region_code, 'status', status,
  'version', version, 'created_at', created_at, 'updated_at', updated_at)"""
_LIST = f"""SELECT json_build_object('data', json_agg({_CARD}))::text FROM (
  SELECT * FROM listings WHERE status = 'published' AND livemode ORDER BY id DESC LIMIT 20) l"""
_GET = f"SELECT {_CARD}::text FROM listings WHERE id = $1 AND status = 'published' AND livemode"
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
  INSERT INTO order_lines (id, order_id, buyer_id, livemode, position, commodity_id, grade,
    entered_value, entered_unit, unit_factor, price_amount, price_currency, price_per_value,
    price_per_unit, price_per, under_tolerance_pct, agreement_line_id, quota_period_id, requested)
  SELECT line_id, order_id, (body->>'buyer_id')::uuid, true, 1, (body->>'commodity_id')::uuid,
    body->>'grade', (body->>'quantity')::numeric, 'kg', 1, 27500, 'IDR', 1, 'kg', 1, 2,
    (body->>'line_id')::uuid, (body->>'period_id')::uuid, (body->>'quantity')::numeric
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


@app.post("/orders")
async def order(request: Request) -> Response:
    """One line on a quota: the same rows as the service writes, in one statement."""
    body = orjson.loads(await request.body())
    made = await app.state.pool.fetchval(_ORDER, orjson.dumps(body).decode())
    return Response(made, 201, media_type="application/json")
