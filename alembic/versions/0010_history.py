"""A listing's history for its seller, and standing that both worlds follow.

`history` was the hub's alone; a seller now reads the rows of its own listings, variants and change
requests. `btc_look_again` has the worker look again at sellers in the test world, whose rows a
transaction of the real world does not see.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from app.db.ddl import LIVE, PARTY

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Sub-selects of one value are looked up row by row, by primary key; EXISTS may be hashed, and then
# reads all there is of everybody.
OWNER = "CASE object {} END".format(
    " ".join(
        f"WHEN '{name}' THEN (SELECT p.seller_id FROM {table} p WHERE p.id = object_id)"
        for name, table in (
            ("listing", "listings"),
            ("variant", "variants"),
            ("listing_change", "listing_changes"),
        )
    )
)

# Standing is decided in the real world and counts in both. No definer: it does nothing that its
# caller, the hub, could not do in the other world.
LOOK_AGAIN = """
CREATE FUNCTION btc_look_again(sellers uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  world text := current_setting('btc.livemode', true);
BEGIN
  PERFORM set_config('btc.livemode', 'off', true);
  UPDATE seller_days SET checked_on = checked_on - 1 WHERE seller_id = ANY (sellers);
  PERFORM set_config('btc.livemode', coalesce(world, ''), true);
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(
        "CREATE POLICY history_own ON history FOR SELECT TO btc_service "
        f"USING ({LIVE} AND {OWNER} = {PARTY})"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_events_listing ON events (object_id, version) "
        "WHERE object IN ('listing', 'variant', 'listing_change')"
    )
    op.execute(LOOK_AGAIN.replace(":", "\\:"))
    op.execute("REVOKE ALL ON FUNCTION btc_look_again(uuid[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION btc_look_again(uuid[]) TO btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION btc_look_again(uuid[])")
    op.execute("DROP INDEX ix_events_listing")
    op.execute("DROP POLICY history_own ON history")
