"""Listing cards: what the public sees of a listing, kept as the very text that is sent.

`listings.card` is the JSON of a published listing, made when the row is written and not when it is
read (docs/adr/0004-listing-cards.md has the figures). It is null for every other listing: there is
no text of a draft that could leak. `btc_id` is `app.core.ids.encode` in SQL.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# 128 bits stand right-aligned in 130 (26 characters of 5 bits). About 5 us a call, which is why no
# hot read calls it.
BTC_ID = """
CREATE FUNCTION btc_id(prefix text, id uuid) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  alphabet CONSTANT text := '0123456789abcdefghjkmnpqrstvwxyz';
  bits CONSTANT bit(130) := B'00' || ('x' || encode(uuid_send(id), 'hex'))::bit(128);
  made text := prefix || '_';
BEGIN
  FOR n IN 0..25 LOOP
    made := made || substr(alphabet, 1 + substring(bits FROM 1 + 5 * n FOR 5)::bit(5)::int, 1);
  END LOOP;
  RETURN made;
END $$
"""

# Declared immutable though to_json and to_char are only stable: of text and of a plain timestamp in
# this format their answer depends on no setting. Must say what app.catalog.listings.schemas says.
LISTING_CARD = """
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


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for function in (BTC_ID, LISTING_CARD):
        op.execute(function.replace(":", "\\:"))  # no colon here starts a bind parameter
    # Rewrites the table under a lock: nothing is lost by that before the first release.
    op.execute(
        "-- squawk-ignore adding-field-with-default\n"
        "ALTER TABLE listings ADD COLUMN card text GENERATED ALWAYS AS "
        f"(CASE WHEN status = 'published' THEN listing_card({CARD_ARGUMENTS}) END) STORED"
    )
    op.execute("GRANT SELECT (card) ON listings TO btc_public")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE listings DROP COLUMN card")
    op.execute("DROP FUNCTION listing_card")
    op.execute("DROP FUNCTION btc_id")
