"""What lines, quotas, offers and runs say from now on, filled for those there are.

A lot of supply gets one period, with the offer's own id, so that its movements stay true. The terms
of an agreement's line become their version 1, from the agreement's first day on.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NOTHING = "numeric(14, 3) DEFAULT '0' NOT NULL"
ADDED = {
    "agreement_lines": (
        "carry_over text DEFAULT 'none' NOT NULL",
        "carry_over_pct numeric(5, 2)",
    ),
    "agreements": ("respond_by timestamptz", "reciprocal_id uuid", "quote_id uuid"),
    "allocation_runs": ("gap numeric(9, 6) DEFAULT '0' NOT NULL",),
    "allocations": ("supply_request_id uuid", "offer_period_id uuid"),
    "offer_movements": ("period_id uuid",),
    "order_lines": (
        "ship_to_site_id uuid",
        "deliver_on date",
        "over_tolerance_pct numeric(5, 2) DEFAULT '0' NOT NULL",
        "price_inputs jsonb",
        f"over {NOTHING}",
        f"short_closed {NOTHING}",
        "short_closed_at timestamptz",
    ),
    "orders": ("quote_id uuid",),
    "quota_periods": (
        f"overdraw {NOTHING}",
        f"carried_in {NOTHING}",
        f"carried_out {NOTHING}",
        f"released {NOTHING}",
        "drawable boolean DEFAULT true NOT NULL",
        "carrying boolean DEFAULT false NOT NULL",
    ),
    "supply_offers": (
        "kind text DEFAULT 'commitment' NOT NULL",
        "per text DEFAULT 'lot' NOT NULL",
    ),
}
# The text of an id is Crockford's base32: 26 characters of five bits, of which 128 count.
DECODED = """
CREATE FUNCTION btc_decoded(typeid text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  WITH bits AS (
    SELECT right(string_agg(
      (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(right(typeid, 26), i, 1)) - 1)::bit(5)::text,
      '' ORDER BY i), 128) AS found
    FROM generate_series(1, 26) AS i)
  SELECT string_agg(to_hex(substr(found, j * 4 + 1, 4)::bit(4)::int), '' ORDER BY j)::uuid
  FROM bits, generate_series(0, 31) AS j GROUP BY found
$$
"""
# In each world: the owner is bound by the policies too.
FILL = (
    """
INSERT INTO offer_periods (id, offer_id, seller_id, starts_on, ends_on, offered, reserved,
  committed, delivered, livemode)
SELECT id, id, seller_id, available_from, available_until, offered, reserved, committed, delivered,
  livemode FROM supply_offers
""",
    "UPDATE offer_movements SET period_id = offer_id",
    "UPDATE allocations SET offer_period_id = offer_id WHERE offer_id IS NOT NULL",
    """
UPDATE order_lines l SET ship_to_site_id = o.ship_to_site_id, deliver_on = o.deliver_on
FROM orders o WHERE o.id = l.order_id
""",
    """
INSERT INTO agreement_terms (id, line_id, agreement_id, buyer_id, livemode, version, valid_from,
  quota, entered_value, entered_unit, unit_factor, under_tolerance_pct, price_rule, price_amount,
  price_currency, price_per_value, price_per_unit, price_per)
SELECT uuidv7(), l.id, l.agreement_id, l.buyer_id, l.livemode, 1, a.starts_on, l.quota,
  l.entered_value, l.entered_unit, l.unit_factor, l.under_tolerance_pct, 'fixed', l.price_amount,
  l.price_currency, l.price_per_value, l.price_per_unit, l.price_per
FROM agreement_lines l JOIN agreements a ON a.id = l.agreement_id
""",
    """
INSERT INTO quota_movements (id, period_id, buyer_id, kind, quantity, at, livemode)
SELECT uuidv7(), id, buyer_id, 'grant', quota, now(), livemode FROM quota_periods
""",
    """
UPDATE quota_periods p SET released = m.quantity
FROM (SELECT period_id, sum(quantity) AS quantity FROM quota_movements
      WHERE kind = 'release' GROUP BY period_id) m WHERE m.period_id = p.id
""",
    """
UPDATE quota_periods p SET drawable = false
FROM agreement_lines l JOIN agreements a ON a.id = l.agreement_id
WHERE l.id = p.line_id AND a.status <> 'active'
""",
    # A run was of one order, and kept its lines in two documents; now they are rows.
    """
INSERT INTO allocation_run_lines (id, run_id, order_id, order_line_id, commodity_id, grade,
  variant_id, title, base_unit, deliver_on, needed, allocated, level, offers, excluded, livemode)
SELECT uuidv7(), r.id, l.order_id, l.id, l.commodity_id, l.grade, l.variant_id, l.title,
  l.base_unit, o.deliver_on, (i.line ->> 'needed')::numeric, (d.line ->> 'allocated')::numeric,
  (d.line ->> 'level')::numeric, i.line -> 'offers',
  coalesce((SELECT jsonb_object_agg(e.key, jsonb_build_object('count', e.value, 'offers', '[]'::jsonb))
    FROM jsonb_each(d.line -> 'excluded') e), '{}'), r.livemode
FROM allocation_runs r
CROSS JOIN LATERAL jsonb_array_elements(r.inputs -> 'lines') AS i(line)
JOIN LATERAL jsonb_array_elements(r.result -> 'lines') AS d(line)
  ON d.line ->> 'line_id' = i.line ->> 'line_id'
JOIN order_lines l ON l.id = btc_decoded(i.line ->> 'line_id')
JOIN orders o ON o.id = l.order_id
""",
)
REQUIRED = (
    ("offer_movements", "period_id"),
    ("order_lines", "ship_to_site_id"),
    ("order_lines", "deliver_on"),
)
CHECKED = {
    ("agreement_lines", "carry_over"): "carry_over IN ('none', 'limited', 'full')",
    ("agreement_lines", "carry"): "(carry_over = 'limited') = (carry_over_pct IS NOT NULL) "
    "AND carry_over_pct BETWEEN 0 AND 100",
    ("agreements", "reciprocal"): "reciprocal_id <> id",
    ("order_lines", "short_closed"): "short_closed BETWEEN 0 AND confirmed + over "
    "AND (short_closed = 0 OR short_closed_at IS NOT NULL) "
    "AND (confirmed IS NOT NULL OR short_closed_at IS NULL)",
    ("order_lines", "over"): "over >= 0 AND "
    "over * 100 <= coalesce(confirmed, 0) * over_tolerance_pct",
    ("supply_offers", "kind"): "kind IN ('commitment', 'forecast')",
    ("supply_offers", "per"): "per IN ('lot', 'day', 'week')",
}
UNIQUE = (
    ("agreements", "quote_id"),
    ("agreements", "reciprocal_id"),
    ("orders", "quote_id"),
)
REFERS = (
    ("agreements", "quote_id", "quotes (id)"),
    ("agreements", "reciprocal_id", "agreements (id)"),
    (
        "allocations",
        "offer_period_id, offer_id, seller_id, livemode",
        "offer_periods (id, offer_id, seller_id, livemode)",
    ),
    (
        "allocations",
        "supply_request_id, seller_id, livemode",
        "supply_requests (id, seller_id, livemode)",
    ),
    ("offer_movements", "period_id", "offer_periods (id)"),
    ("order_lines", "ship_to_site_id, buyer_id", "sites (id, party_id)"),
    ("orders", "quote_id", "quotes (id)"),
)
INDEXES = {
    "ix_agreements_ending": "agreements (ends_on) WHERE status IN ('active', 'suspended')",
    "ix_agreements_waiting": "agreements (respond_by) WHERE status = 'proposed'",
    "ix_allocations_day": "allocations (livemode, deliver_on)",
    "ix_allocations_offer_period_id": "allocations (offer_period_id)",
    "ix_allocations_request": "allocations (supply_request_id)",
    "ix_offer_movements_period_id": "offer_movements (period_id)",
    "ix_order_lines_commodity": "order_lines (commodity_id, order_id) "
    "WHERE commodity_id IS NOT NULL",
    "ix_order_lines_day": "order_lines (livemode, deliver_on, id)",
    "ix_order_lines_variant": "order_lines (variant_id, order_id) WHERE variant_id IS NOT NULL",
    "ix_orders_agreement": "orders (agreement_id, id)",
    "ix_orders_status": "orders (status, id)",
    "ix_quota_periods_carrying": "quota_periods (period_end) WHERE carrying",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, columns in ADDED.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN {c}" for c in columns))
    _relax()
    op.execute(DECODED.replace(":", "\\:"))
    for livemode in ("on", "off"):
        op.execute(
            "SELECT set_config('btc.scope', 'hub', true), "
            f"set_config('btc.livemode', '{livemode}', true)"
        )
        for statement in FILL:
            op.execute(statement.replace(":", "\\:"))
    for setting in ("scope", "livemode"):
        op.execute(f"SELECT set_config('btc.{setting}', '', true)")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION btc_decoded(text)")
    # Small tables before the first release: what these lock, nobody waits for.
    for table, column in REQUIRED:
        op.execute(
            "-- squawk-ignore adding-not-nullable-field\n"
            f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
        )
    for (table, name), rule in CHECKED.items():
        _constraint(table, f"ck_{table}_{name}", f"CHECK ({rule})", "constraint-missing-not-valid")
    for table, column in UNIQUE:
        known = "disallowed-unique-constraint, constraint-missing-not-valid"
        _constraint(table, f"uq_{table}_{column}", f"UNIQUE ({column})", known)
    for table, columns, there in REFERS:
        known = "adding-foreign-key-constraint, constraint-missing-not-valid"
        name = f"fk_{table}_{columns.replace(', ', '_')}"
        _constraint(table, name, f"FOREIGN KEY ({columns}) REFERENCES {there}", known)
    for name, what in INDEXES.items():
        op.execute(
            f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX {name} ON {what}"
        )


def _relax() -> None:
    """What new rows of these tables need not say any more, and may say besides."""
    op.execute(
        "-- squawk-ignore ban-drop-not-null\n"
        "ALTER TABLE quota_movements ALTER COLUMN order_line_id DROP NOT NULL"
    )
    op.execute("ALTER TABLE quota_periods ALTER COLUMN quota SET DEFAULT '0'")
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE quota_movements DROP CONSTRAINT ck_quota_movements_kind"
    )
    kinds = "'grant', 'cut', 'reserve', 'release', 'consume', 'carry_out', 'carry_in'"
    known = "constraint-missing-not-valid"
    _constraint("quota_movements", "ck_quota_movements_kind", f"CHECK (kind IN ({kinds}))", known)
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE agreement_lines DROP CONSTRAINT ck_agreement_lines_period"
    )
    rule = "CHECK (period IN ('week', 'month', 'once'))"
    _constraint("agreement_lines", "ck_agreement_lines_period", rule, known)


def _constraint(table: str, name: str, rule: str, known: str) -> None:
    op.execute(f"-- squawk-ignore {known}\nALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def downgrade() -> None:
    """Only while nobody carried, granted or ordered by the new terms: nothing is thrown away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    for table, columns, _ in REFERS:
        name = f"fk_{table}_{columns.replace(', ', '_')}"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table, column in UNIQUE:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_{column}")
    for table, name in CHECKED:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table, rule in (
        ("quota_movements", "kind IN ('reserve', 'release', 'consume')"),
        ("agreement_lines", "period IN ('month')"),
    ):
        column = rule.split()[0]
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({rule})")
    op.execute("ALTER TABLE quota_movements ALTER COLUMN order_line_id SET NOT NULL")
    op.execute("ALTER TABLE quota_periods ALTER COLUMN quota DROP DEFAULT")
    for table, columns in reversed(ADDED.items()):
        dropped = ", ".join(f"DROP COLUMN {column.split()[0]}" for column in columns)
        op.execute(f"ALTER TABLE {table} {dropped}")
