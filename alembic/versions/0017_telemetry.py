"""Telemetry: readings by day, what is known of each sensor, breaches of temperature.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from app.db.ddl import HUB, LIVE, protect, through

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The hub's scope first: it is asked once, and a batch that was decided on costs no look-up a row.
RULE = f"{LIVE} AND ({HUB} OR {through('shipments', 'shipment_id')})"
TABLES = {"telemetry": True, "telemetry_devices": False, "temperature_breaches": False}

# Both run as the owner, who alone may make and drop tables, and one at a time. What they make lies
# in a schema that nobody else may enter: rows are reached through `telemetry` and its wall only.
MAKE = """
CREATE FUNCTION btc_telemetry_make(days date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  day date;
  name text;
  made integer := 0;
BEGIN
  FOREACH day IN ARRAY days LOOP
    name := to_char(day, '"d"YYYYMMDD');
    CONTINUE WHEN to_regclass('telemetry_days.' || name) IS NOT NULL;
    PERFORM pg_advisory_xact_lock(7248110353);
    -- Looked up anew and not by name: that was remembered as missing, whatever others made since.
    CONTINUE WHEN EXISTS (SELECT FROM pg_class c
      WHERE c.relnamespace = 'telemetry_days'::regnamespace AND c.relname = name);
    EXECUTE format('CREATE TABLE telemetry_days.%I (LIKE telemetry INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE telemetry ATTACH PARTITION telemetry_days.%I '
      'FOR VALUES FROM (%L) TO (%L)', name, day::timestamp AT TIME ZONE 'UTC',
      (day + 1)::timestamp AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END $$
"""
FORGET = """
CREATE FUNCTION btc_telemetry_forget(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(7248110353);
  SET LOCAL lock_timeout = '1s';
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'telemetry_days'::regnamespace AND relkind = 'r'
      AND relname < to_char(before, '"d"YYYYMMDD') ORDER BY relname
  LOOP
    EXECUTE format('DROP TABLE telemetry_days.%I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$
"""
# A truck without signal hands in its log when it is back: after the goods were delivered.
LATE = ("closed", "delivered", "lost", "returned")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("ALTER TABLE shipments ADD COLUMN temperature_at timestamptz")
    # Where it is changes with every ping: with room in its page, no index has to hear of it.
    op.execute("ALTER TABLE shipments SET (fillfactor = 70)")
    _tables()
    for table, append_only in TABLES.items():
        for statement in protect(table, RULE, append_only=append_only):
            op.execute(statement)
    op.execute("CREATE SCHEMA telemetry_days")
    for function in (MAKE, FORGET):
        op.execute(function)
    for function in ("btc_telemetry_make(date[])", "btc_telemetry_forget(date)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO btc_service")
    steps = ", ".join(f"('shipment', 'breach', '{s}', '{s}')" for s in LATE)
    op.execute(f"INSERT INTO transitions (object, action, from_status, to_status) VALUES {steps}")


def _tables() -> None:
    op.create_table(
        "telemetry",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("temperature_c", sa.Float(), nullable=True),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) "
            "AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_telemetry_place"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", "device", "at", name=op.f("pk_telemetry")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_table(
        "telemetry_devices",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(collation="C"), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("position_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("temperature_c", sa.Float(), nullable=True),
        sa.Column("temperature_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("crossing_side", sa.Text(), nullable=True),
        sa.Column("crossing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("crossing_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crossing_extreme_c", sa.Float(), nullable=True),
        sa.Column("breach_id", sa.Uuid(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "crossing_side IN ('above', 'below')", name=op.f("ck_telemetry_devices_crossing_side")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_telemetry_devices_shipment_id")
        ),
        sa.PrimaryKeyConstraint("shipment_id", "device", name=op.f("pk_telemetry_devices")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "temperature_breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(collation="C"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("limit_c", sa.Numeric(5, 2), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extreme_c", sa.Numeric(5, 2), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("side IN ('above', 'below')", name=op.f("ck_temperature_breaches_side")),
        sa.CheckConstraint("started_at <= detected_at", name=op.f("ck_temperature_breaches_order")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_temperature_breaches_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_breaches")),
    )
    op.create_index(
        "ix_temperature_breaches_shipment", "temperature_breaches", ["shipment_id", "id"]
    )
    op.create_index(
        "uq_temperature_breaches_open",
        "temperature_breaches",
        ["shipment_id", "device"],
        unique=True,
        postgresql_where=sa.text("recovered_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM transitions WHERE object = 'shipment' AND action = 'breach' "
        f"AND from_status IN {LATE}"
    )
    for function in ("btc_telemetry_make(date[])", "btc_telemetry_forget(date)"):
        op.execute(f"DROP FUNCTION {function}")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP SCHEMA telemetry_days")
    op.execute("ALTER TABLE shipments RESET (fillfactor)")
    op.execute("ALTER TABLE shipments DROP COLUMN temperature_at")
