"""A shelf of so many listings: words as unevenly spread as real ones, every row where it belongs."""

from __future__ import annotations

from uuid import UUID

import asyncpg

COMMON, MIDDLING, RARE = "keripik", "gembus", "sangkuriang"
"""Words in the titles of one in 7, one in 1 000, one in 10 000 listings."""

CHUNK = 10_000

_MAKE = """
WITH made AS (
  INSERT INTO listings (id, status, seller_id, seller_name, title, description, category, unit,
    price_amount, price_per_value, price_per_unit, price_per, origin_region_code, livemode,
    ingredients, shelf_life_days, storage)
  SELECT uuidv7(), 'published', $1, 'Dapur Contoh',
    concat_ws(' ', (ARRAY['Keripik','Sambal','Kopi','Batik','Wajik','Kendang','Opak'])[1 + n % 7],
      (ARRAY['Pisang','Pecel','Robusta','Tulis','Kletik','Jimbe','Gambir','Tempe','Belimbing',
             'Singkong','Bayam','Talas','Bawang','Kencur','Jahe','Kelapa'])[1 + n * 31 % 16],
      (ARRAY['Manis','Pedas','Gurih','Asin','Original','Premium','Jumbo','Mini','Spesial',
             'Renyah'])[1 + n * 17 % 10],
      CASE WHEN n % 1000 = 0 THEN 'Gembus' END, CASE WHEN n % 10000 = 0 THEN 'Sangkuriang' END,
      (ARRAY['Karangsari','Sananwetan','Kepanjenkidul','Sukorejo'])[1 + n * 13 % 4], n::text),
    'Dibuat di dapur rumah Kelurahan Karangsari (contoh), kemasan isi ' || n % 12
      || ', tanpa pengawet, cocok untuk oleh-oleh.',
    (ARRAY['snacks.chips','processed_food.sauces','drinks.coffee','clothing.batik',
           'snacks.sweets','crafts.wood','snacks.crackers'])[1 + n % 7],
    'pcs', 5000 + n % 90 * 500, 1, 'pcs', 1, '35.72.02.1005', true,
    'Pisang, minyak kelapa, garam.', 90, 'ambient'
  FROM generate_series($2::int, $3::int) AS n RETURNING id, seller_id
), sold AS (
  INSERT INTO variants (id, status, listing_id, seller_id, position, availability, livemode, pack,
                        net_weight_g)
  SELECT uuidv7(), 'active', id, seller_id, 1, 'stock', true, '200 g', 200 FROM made
  RETURNING id, seller_id, listing_id
), pool AS (
  INSERT INTO stock_pools (id, variant_id, seller_id, stock, livemode)
  SELECT uuidv7(), id, seller_id, 12, true FROM sold)
SELECT array_agg(id) FROM made
"""
_SHELVE = """
INSERT INTO shelf (listing_id, livemode, card, version, seller_id, department, category,
  region_code, price, licences, photo_ids, sellable, title, all_words, xid, seq, changed_at)
SELECT listing_id, livemode, card, version, seller_id, department, category, region_code, price,
  licences, photo_ids, sellable, title, all_words, pg_current_xact_id(), nextval('shelf_seq'),
  clock_timestamp()
FROM shelf_rows($1, current_date) ORDER BY listing_id
"""


async def fill(connection: asyncpg.Connection, seller_id: UUID, start: int, end: int) -> None:
    """Listings number *start* to *end* (not included), sold, in stock, on the shelf."""
    for first in range(start, end, CHUNK):
        last = min(first + CHUNK, end) - 1
        made = await connection.fetchval(_MAKE, seller_id, first, last)
        await connection.execute(_SHELVE, made)
        print(f"\r  {last + 1:>9,} listings", end="", flush=True)
    print()
    await connection.execute("VACUUM ANALYZE listings, variants, stock_pools, shelf, shelf_words")
