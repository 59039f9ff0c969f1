"""The shelf: what the public reads, one finished row per listing (docs/adr/0007-shelf.md).

`shelf_rows` says what stands on the shelf now; the service writes its answer into `shelf` in the
transaction that changed something. `listings.card` and the public's view of `listings` go.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from app.db.ddl import LIVE, publish

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Declared immutable though to_json and to_char are only stable: of text and of a plain timestamp in
# this format their answer depends on no setting.
WORDS = (
    """CREATE FUNCTION btc_json(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(to_json(said)::text, 'null')""",
    """CREATE FUNCTION btc_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    """CREATE FUNCTION btc_quantity(value numeric, unit text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('{"value":"' || trim_scale(value) || '","unit":"' || unit || '"}', 'null')""",
    """CREATE FUNCTION btc_price(amount numeric, currency text, per numeric, unit text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN concat('{"amount":"', trim_scale(amount), '","currency":"', currency,
                  '","per":{"value":"', trim_scale(per), '","unit":"', unit, '"}}')""",
)

# Must say what app.catalog.listings.schemas says; tests/catalog/test_listings_shelf.py compares.
VARIANT_CARD = """
CREATE FUNCTION variant_card(v variants, l listings, in_stock boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN concat(
  '{"id":"', btc_id('var', v.id), '","version":', v.version, ',"status":"', v.status,
  '","allowed_actions":[],"listing_id":"', btc_id('lst', v.listing_id),
  '","sku":', btc_json(v.sku), ',"gtin":', btc_json(v.gtin), ',"size":', btc_json(v.size),
  ',"colour":', btc_json(v.colour), ',"flavour":', btc_json(v.flavour), ',"pack":', btc_json(v.pack),
  ',"price":', CASE WHEN v.price_amount IS NULL
    THEN btc_price(l.price_amount, l.price_currency, l.price_per_value, l.price_per_unit)
    ELSE btc_price(v.price_amount, v.price_currency, v.price_per_value, v.price_per_unit) END,
  ',"own_price":', CASE WHEN v.price_amount IS NULL THEN 'false' ELSE 'true' END,
  ',"price_tiers":', v.price_tiers::text,
  ',"net_weight":', btc_quantity(v.net_weight_g, 'g'),
  ',"gross_weight":', btc_quantity(v.gross_weight_g, 'g'),
  ',"availability":"', v.availability, '","capacity":', btc_quantity(v.capacity, l.unit),
  ',"capacity_period":', btc_json(v.capacity_period),
  ',"lead_days":', coalesce(v.lead_days::text, 'null'),
  ',"in_stock":', in_stock::text, ',"stock":null}')
"""
LISTING_CARD = """
CREATE FUNCTION listing_card(l listings, price text, sellable boolean, variants text, photos text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN concat(
  '{"id":"', btc_id('lst', l.id), '","version":', l.version, ',"status":"', l.status,
  '","allowed_actions":[],"title":', btc_json(l.title), ',"title_en":', btc_json(l.title_en),
  ',"description":', btc_json(l.description), ',"description_en":', btc_json(l.description_en),
  ',"category":"', l.category, '","unit":"', l.unit, '","price":', price,
  ',"origin_region_code":"', l.origin_region_code,
  '","seller":{"id":"', btc_id('pty', l.seller_id), '","name":', btc_json(l.seller_name),
  '},"ingredients":', btc_json(l.ingredients),
  ',"shelf_life_days":', coalesce(l.shelf_life_days::text, 'null'),
  ',"storage":', btc_json(l.storage), ',"story":', btc_json(l.story),
  ',"hs_code":', btc_json(l.hs_code), ',"min_order":', btc_quantity(l.min_order, l.unit),
  ',"order_step":', btc_quantity(l.order_step, l.unit), ',"licences":', to_json(l.licences),
  ',"variants":[', variants, '],"photos":[', photos, '],"sellable":', sellable::text,
  ',"blocked":[],"change":null,"external_reference":null,"review_reason":null,"review_note":null',
  ',"created_at":"', btc_time(l.created_at), '","updated_at":"', btc_time(l.updated_at), '"}')
"""

SHELF_ROWS = """
CREATE FUNCTION shelf_rows(ids uuid[], today date)
RETURNS TABLE (
  listing_id uuid, livemode boolean, card text, version int, seller_id uuid, department text,
  category text, region_code text, price numeric, licences text[], photo_ids uuid[],
  sellable boolean, title text, all_words tsvector)
LANGUAGE sql STABLE AS $$
  SELECT l.id, l.livemode,
    listing_card(l, w.price_text, w.in_stock AND NOT c.closed, w.cards, coalesce(p.cards, '')),
    l.version, l.seller_id, split_part(l.category, '.', 1), l.category, l.origin_region_code,
    w.price, l.licences, l.photo_ids, w.in_stock AND NOT c.closed, l.title,
    search_words(concat_ws(' ', l.title, l.title_en, l.description, l.description_en, l.ingredients,
                           l.seller_name, w.options))
  FROM listings l
  CROSS JOIN LATERAL (
    SELECT string_agg(variant_card(v.variant, l, v.has), ',' ORDER BY v.position, v.id) AS cards,
      string_agg(concat_ws(' ', (v.variant).size, (v.variant).colour, (v.variant).flavour,
                           (v.variant).pack), ' ') AS options,
      bool_or(v.has) AS in_stock, min(v.unit_price) AS price,
      (array_agg(v.price_text ORDER BY v.unit_price, v.position, v.id))[1] AS price_text
    FROM (
      SELECT v AS variant, v.id, v.position,
        v.availability = 'made_to_order' OR coalesce(s.stock > s.reserved, false) AS has,
        CASE WHEN v.price_amount IS NULL THEN l.price_amount / l.price_per
             ELSE v.price_amount / v.price_per END AS unit_price,
        CASE WHEN v.price_amount IS NULL
          THEN btc_price(l.price_amount, l.price_currency, l.price_per_value, l.price_per_unit)
          ELSE btc_price(v.price_amount, v.price_currency, v.price_per_value, v.price_per_unit)
        END AS price_text
      FROM variants v LEFT JOIN stock_pools s ON s.variant_id = v.id AND s.period_start IS NULL
      WHERE v.listing_id = l.id AND v.status = 'active') v
  ) w
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM closures c WHERE c.seller_id = l.seller_id
      AND c.livemode = l.livemode AND c.status = 'announced'
      AND today BETWEEN c.starts_on AND c.ends_on) AS closed
  ) c
  LEFT JOIN LATERAL (
    SELECT string_agg(concat(
      '{"id":"', t.id, '","width":', f.width, ',"height":', f.height,
      ',"large":"/v1/photos/', t.id, '/large","medium":"/v1/photos/', t.id,
      '/medium","thumb":"/v1/photos/', t.id, '/thumb"}'), ',' ORDER BY o.n) AS cards
    FROM unnest(l.photo_ids) WITH ORDINALITY AS o(id, n) JOIN photos f ON f.id = o.id,
      LATERAL (SELECT btc_id('pho', o.id) AS id) t
  ) p ON l.photo_ids <> '{}'
  WHERE l.id = ANY (ids) AND l.status = 'published' AND l.blocked = '[]' AND w.cards IS NOT NULL
$$
"""

STANDS = "WHERE card IS NOT NULL"
INDEXES = (
    f"CREATE INDEX ix_shelf_newest ON shelf (livemode, listing_id) {STANDS}",
    f"CREATE INDEX ix_shelf_department ON shelf (livemode, department, listing_id) {STANDS}",
    f"CREATE INDEX ix_shelf_category ON shelf (livemode, category, listing_id) {STANDS}",
    f"CREATE INDEX ix_shelf_seller ON shelf (livemode, seller_id, listing_id) {STANDS}",
    "CREATE INDEX ix_shelf_live ON shelf (listing_id) WHERE livemode AND card IS NOT NULL",
    "CREATE INDEX ix_shelf_feed ON shelf (livemode, xid, seq)",
    "CREATE INDEX ix_shelf_changed ON shelf (livemode, changed_at)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for index in ("ix_listings_public", "ix_listings_category"):
        op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {index}")
    op.execute("DROP POLICY listings_public ON listings")
    op.execute("DROP POLICY listings_shelf ON listings")
    op.execute(
        "REVOKE SELECT (id, version, status, seller_id, category, livemode, card) ON listings "
        "FROM btc_public"
    )
    # The card was made for readers that now read the shelf.
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE listings DROP COLUMN card")
    _run(
        "-- squawk-ignore ban-drop-function\n"
        "DROP FUNCTION listing_card(uuid, int, text, text, text, text, text, numeric, text, "
        "numeric, text, text, uuid, text, timestamptz, timestamptz)"
    )
    for function in (*WORDS, VARIANT_CARD, LISTING_CARD, SHELF_ROWS):
        _run(function)
    op.execute("CREATE SEQUENCE shelf_seq")
    op.execute("GRANT USAGE ON SEQUENCE shelf_seq TO btc_service")
    for index in INDEXES:
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\n{index}")
    _publish()
    for livemode in ("on", "off"):
        op.execute(
            "SELECT set_config('btc.scope', 'hub', true), "
            f"set_config('btc.livemode', '{livemode}', true)"
        )
        _run(FILL)
    for setting in ("scope", "livemode"):
        op.execute(f"SELECT set_config('btc.{setting}', '', true)")


FILL = """
INSERT INTO shelf (listing_id, livemode, card, version, seller_id, department, category,
  region_code, price, licences, photo_ids, sellable, title, all_words, xid, seq, changed_at)
SELECT r.listing_id, r.livemode, r.card, r.version, r.seller_id, r.department, r.category,
  r.region_code, r.price, r.licences, r.photo_ids, r.sellable, r.title, r.all_words,
  pg_current_xact_id(), nextval('shelf_seq'), now()
FROM shelf_rows((SELECT array_agg(id) FROM listings), current_date) r
"""


def _run(statement: str) -> None:
    op.execute(statement.replace(":", "\\:").replace("\\:\\:", "::"))


def _publish() -> None:
    """What anybody may read: the shelf, and what belongs to what stands on it."""
    on_shelf = "EXISTS (SELECT FROM shelf s WHERE s.listing_id = {0}.listing_id AND s.livemode AND s.card IS NOT NULL)"
    for statement in (
        *publish(
            "shelf",
            "livemode",
            "listing_id, livemode, card, version, seller_id, department, category, region_code, "
            "price, price_cents, licences, photo_ids, sellable, title, title_words, all_words, xid, seq, "
            "changed_at",
        ),
        *publish(
            "variants",
            f"livemode AND status = 'active' AND {on_shelf.format('variants')}",
            "id, listing_id, status, position, availability, capacity, capacity_period, lead_days, livemode",
        ),
        *publish(
            "stock_pools",
            "livemode AND EXISTS (SELECT FROM variants v WHERE v.id = stock_pools.variant_id)",
            "id, variant_id, period_start, period_end, stock, reserved, livemode",
        ),
        *publish(
            "closures",
            "livemode AND status = 'announced'",
            "id, seller_id, starts_on, ends_on, status, livemode",
        ),
        *publish(
            "photos",
            "EXISTS (SELECT FROM shelf s WHERE s.listing_id = photos.listing_id AND s.livemode "
            "AND s.card IS NOT NULL AND photos.id = ANY (s.photo_ids))",
            "id, listing_id, sha256, width, height",
        ),
    ):
        op.execute(statement)
    # Who shows a key sees of strangers' photos what anybody sees.
    op.execute(
        f"CREATE POLICY photos_shelf ON photos FOR SELECT TO btc_service USING ({LIVE} AND EXISTS "
        "(SELECT FROM shelf s WHERE s.listing_id = photos.listing_id AND s.card IS NOT NULL "
        "AND photos.id = ANY (s.photo_ids)))"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP POLICY photos_shelf ON photos")
    for table in ("shelf", "variants", "stock_pools", "closures", "photos"):
        op.execute(f"DROP POLICY {table}_public ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM btc_public")
    for index in INDEXES:
        op.execute(f"DROP INDEX {index.split()[2]}")
    op.execute("TRUNCATE shelf, shelf_words")  # made anew on the way up
    op.execute("DROP SEQUENCE shelf_seq")
    op.execute("DROP FUNCTION shelf_rows(uuid[], date)")
    op.execute("DROP FUNCTION listing_card(listings, text, boolean, text, text)")
    op.execute("DROP FUNCTION variant_card(variants, listings, boolean)")
    op.execute("DROP FUNCTION btc_price(numeric, text, numeric, text)")
    op.execute("DROP FUNCTION btc_quantity(numeric, text)")
    op.execute("DROP FUNCTION btc_time(timestamptz)")
    op.execute("DROP FUNCTION btc_json(text)")
    _before()


# As 0002 and 0004 had made it.
CARD_BEFORE = """
CREATE FUNCTION listing_card(
  id uuid, version int, status text, title text, description text, category text, unit text,
  price_amount numeric, price_currency text, price_per_value numeric, price_per_unit text,
  origin_region_code text, seller_id uuid, seller_name text, created_at timestamptz,
  updated_at timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN concat(
  '{"id":"', btc_id('lst', id), '","version":', version, ',"status":"', status,
  '","allowed_actions":[],"title":', to_json(title),
  ',"description":', coalesce(to_json(description)::text, 'null'),
  ',"category":"', category, '","unit":"', unit,
  '","price":{"amount":"', trim_scale(price_amount), '","currency":"', price_currency,
  '","per":{"value":"', trim_scale(price_per_value), '","unit":"', price_per_unit,
  '"}},"origin_region_code":"', origin_region_code,
  '","seller":{"id":"', btc_id('pty', seller_id), '","name":', to_json(seller_name),
  '},"external_reference":null,"review_reason":null,"review_note":null,"created_at":"',
  to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '","updated_at":"',
  to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '"}')
"""
CARD_ARGUMENTS = (
    "id, version, status, title, description, category, unit, price_amount, price_currency, "
    "price_per_value, price_per_unit, origin_region_code, seller_id, seller_name, created_at, "
    "updated_at"
)
SHELF_BEFORE = "status = 'published' AND livemode"


def _before() -> None:
    _run(CARD_BEFORE)
    op.execute(
        "ALTER TABLE listings ADD COLUMN card text GENERATED ALWAYS AS "
        f"(CASE WHEN status = 'published' THEN listing_card({CARD_ARGUMENTS}) END) STORED"
    )
    op.execute(f"CREATE INDEX ix_listings_public ON listings (id) WHERE {SHELF_BEFORE}")
    op.execute(f"CREATE INDEX ix_listings_category ON listings (category, id) WHERE {SHELF_BEFORE}")
    for statement in publish(
        "listings", SHELF_BEFORE, "id, version, status, seller_id, category, livemode, card"
    ):
        op.execute(statement)
    op.execute(
        "CREATE POLICY listings_shelf ON listings FOR SELECT TO btc_service "
        f"USING ({LIVE} AND status = 'published')"
    )
