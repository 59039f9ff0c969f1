"""Tracking: what anybody may know of a shipment whose code they have.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# It runs as the owner, who is bound by the policies too: hence the hub scope while it looks, in
# each world, and the caller's own settings again when it is done. What it names is public; nothing
# else of a shipment is.
TRACK = """
CREATE FUNCTION btc_track(code text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  scope text := current_setting('btc.scope', true);
  world text := current_setting('btc.livemode', true);
  live text;
  found json;
BEGIN
  PERFORM set_config('btc.scope', 'hub', true);
  FOREACH live IN ARRAY ARRAY['on', 'off'] LOOP
    PERFORM set_config('btc.livemode', live, true);
    SELECT json_build_object(
        'number', s.number, 'tracking_code', s.tracking_code, 'status', s.status,
        'tracking_status', s.tracking_status, 'from_region', s.from_region,
        'to_region', s.to_region, 'dispatched_at', s.dispatched_at, 'arrived_at', s.arrived_at,
        'delivered_at', s.delivered_at, 'livemode', s.livemode,
        'events', coalesce((
          SELECT json_agg(json_build_object('status', e.status, 'occurred_at', e.occurred_at,
                                            'place', e.place, 'reason', e.reason)
                          ORDER BY e.occurred_at DESC, e.id DESC)
          FROM tracking_events e WHERE e.shipment_id = s.id), '[]'::json))
      INTO found FROM shipments s WHERE s.tracking_code = code;
    EXIT WHEN found IS NOT NULL;
  END LOOP;
  PERFORM set_config('btc.scope', coalesce(scope, ''), true),
          set_config('btc.livemode', coalesce(world, ''), true);
  RETURN found;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(TRACK)
    op.execute("REVOKE ALL ON FUNCTION btc_track(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION btc_track(text) TO btc_public, btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION btc_track(text)")
