"""The walls: who sees which rows, what nobody may change, how a caller enters.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from app.db.ddl import HUB, LIVE, PARTY, protect, publish, share, through, whose

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SETTINGS = (
    """CREATE FUNCTION btc_party() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('btc.party', true), '')::uuid""",
    """CREATE FUNCTION btc_hub() RETURNS boolean LANGUAGE sql STABLE
    RETURN coalesce(current_setting('btc.scope', true) = 'hub', false)""",
    """CREATE FUNCTION btc_live() RETURNS boolean LANGUAGE sql STABLE
    RETURN nullif(current_setting('btc.livemode', true), '')::boolean""",
    """CREATE FUNCTION btc_number(prefix text, n bigint) RETURNS text LANGUAGE sql STABLE
    RETURN prefix || '-' || to_char(now() AT TIME ZONE 'Asia/Jakarta', 'YYYY') || '-'
      || lpad(n::text, greatest(6, length(n::text)), '0')""",
)

# Checks the key, notes its use (at most every ten minutes, never waiting for a lock) and sets whose
# rows this transaction sees. It runs as the owner, who is bound by the policies too: hence the hub
# scope while it looks.
ENTER = """
CREATE FUNCTION btc_enter(key_hash bytea)
RETURNS TABLE (key_id uuid, party_id uuid, roles text[], permissions text[], livemode boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  hit record;
BEGIN
  PERFORM set_config('btc.scope', 'hub', true);
  SELECT k.id, k.party_id, k.roles, k.permissions, k.livemode, k.last_used_at INTO hit
    FROM api_keys k JOIN parties p ON p.id = k.party_id
    WHERE k.hash = key_hash AND p.status = 'active' AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now());
  IF NOT FOUND THEN
    PERFORM set_config('btc.scope', '', true);
    RETURN;
  END IF;
  IF hit.last_used_at IS NULL OR hit.last_used_at < now() - interval '10 minutes' THEN
    UPDATE api_keys SET last_used_at = now() WHERE id = (
      SELECT id FROM api_keys WHERE id = hit.id FOR UPDATE SKIP LOCKED);
  END IF;
  PERFORM set_config('btc.party', hit.party_id::text, true),
          set_config('btc.livemode', hit.livemode::text, true),
          set_config('btc.scope',
                     CASE WHEN 'operator' = ANY (hit.roles) THEN 'hub' ELSE 'party' END, true);
  RETURN QUERY
    SELECT hit.id, hit.party_id, hit.roles, hit.permissions, hit.livemode;
END $$
"""

TABLES = {
    "parties": whose("id", live=False),
    "members": whose("party_id", live=False),
    "sites": whose("party_id", live=False),
    "licences": whose("party_id", live=False),
    "api_keys": whose("party_id", live=False),
    "idempotency_keys": whose("party_id", live=False),
    "listings": whose("seller_id"),
    "supply_offers": whose("seller_id"),
    "agreements": whose("buyer_id"),
    "agreement_lines": whose("buyer_id"),
    "quota_periods": whose("buyer_id"),
    "orders": whose("buyer_id"),
    "order_lines": whose("buyer_id"),
    "allocations": whose("seller_id"),
    "lots": whose("seller_id"),
    "shipments": whose("buyer_id", "carrier_id"),
    "goods_receipts": whose("buyer_id"),
}
LEDGERS = {
    "offer_movements": whose("seller_id"),
    "quota_movements": whose("buyer_id"),
    "allocation_runs": whose(),
    "lot_movements": whose("seller_id"),
    "shipment_lots": f"{LIVE} AND {through('shipments', 'shipment_id')}",
    "tracking_events": through("shipments", "shipment_id"),
    "goods_receipt_lines": whose("buyer_id"),
}
# What is written about a transition is not the writer's to read back: each has its own rule.
OUTBOX = {
    "events": f"{LIVE} AND ({HUB} OR EXISTS "
    f"(SELECT 1 FROM event_audience a WHERE a.event_id = id AND a.party_id = {PARTY}))",
    "event_audience": whose("party_id"),
    "history": whose(),
}
SHELF = "status = 'published' AND livemode"
NUMBERS = ("agreement", "order", "lot", "shipment", "goods_receipt")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for statement in SETTINGS:
        op.execute(statement)
    for table, rule in TABLES.items():
        for statement in protect(table, rule):
            op.execute(statement)
    for table, rule in LEDGERS.items():
        for statement in protect(table, rule, append_only=True):
            op.execute(statement)
    for table, rule in OUTBOX.items():
        _outbox(table, rule)
    op.execute("GRANT DELETE ON idempotency_keys TO btc_service")
    for table, writes in (("regions", ""), ("commodities", "INSERT"), ("grades", "INSERT")):
        for statement in share(table, writes=writes):
            op.execute(statement)
    _shelf()
    op.execute("CREATE SEQUENCE event_seq")
    op.execute("GRANT USAGE ON SEQUENCE event_seq TO btc_service")
    for name in NUMBERS:
        op.execute(f"CREATE SEQUENCE {name}_number")
        op.execute(f"GRANT USAGE ON SEQUENCE {name}_number TO btc_service")
    op.execute(ENTER)
    op.execute("REVOKE ALL ON FUNCTION btc_enter(bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION btc_enter(bytea) TO btc_service")


def _outbox(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({rule})")
    op.execute(f"CREATE POLICY {table}_write ON {table} FOR INSERT WITH CHECK ({LIVE})")
    op.execute(f"GRANT SELECT, INSERT ON {table} TO btc_service")


def _shelf() -> None:
    """What anybody may read of listings: enough to find one; its card comes in 0004."""
    for statement in publish(
        "listings", SHELF, "id, version, status, seller_id, category, livemode"
    ):
        op.execute(statement)
    op.execute(
        "CREATE POLICY listings_shelf ON listings FOR SELECT TO btc_service "
        f"USING ({LIVE} AND status = 'published')"
    )
    # A buyer reads the lots in its shipments; the lots of a stranger's shipment are not there.
    op.execute(
        "CREATE POLICY lots_shipped ON lots FOR SELECT TO btc_service USING "
        f"({LIVE} AND EXISTS (SELECT 1 FROM shipment_lots s WHERE s.lot_id = lots.id))"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION btc_enter(bytea)")
    for name in ("event_seq", *(f"{n}_number" for n in NUMBERS)):
        op.execute(f"DROP SEQUENCE {name}")
    op.execute("DROP POLICY lots_shipped ON lots")
    op.execute("DROP POLICY listings_shelf ON listings")
    op.execute("DROP POLICY listings_public ON listings")
    for table in (*TABLES, *LEDGERS):
        op.execute(f"DROP POLICY {table}_scope ON {table}")
    for table in OUTBOX:
        op.execute(f"DROP POLICY {table}_read ON {table}")
        op.execute(f"DROP POLICY {table}_write ON {table}")
    for table in (*TABLES, *LEDGERS, *OUTBOX):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for function in ("btc_party()", "btc_hub()", "btc_live()", "btc_number(text, bigint)"):
        op.execute(f"DROP FUNCTION {function}")
