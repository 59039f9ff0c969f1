"""Traceability as GS1 EPCIS 2.0: events as told to their readers, captures, GS1 references.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.ddl import HUB, LIVE, protect, whose
from app.events.models import Xid8

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The hub alone reads what a reference stands for: a farm's number tells nobody whose farm it is.
REFERENCES = ("gs1_items", "gs1_locations", "gs1_units")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "epcis_cursors",
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("livemode", name=op.f("pk_epcis_cursors")),
    )
    op.create_table(
        "gs1_locations",
        sa.Column("reference", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_gs1_locations")),
        sa.UniqueConstraint("thing_id", name=op.f("uq_gs1_locations_thing_id")),
    )
    op.create_table(
        "epcis_captures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("error_behaviour", sa.Text(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "error_behaviour IN ('rollback', 'proceed')",
            name=op.f("ck_epcis_captures_error_behaviour"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_epcis_captures_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_captures")),
    )
    op.create_index("ix_epcis_captures_party", "epcis_captures", ["party_id", "id"], unique=False)
    op.create_table(
        "epcis_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("captured", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("biz_step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("persistent_set", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("persistent_unset", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("read_point", sa.Text(), nullable=True),
        sa.Column("biz_location", sa.Text(), nullable=True),
        sa.Column("transformation_id", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("epcs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("input_epcs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("output_epcs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("epc_classes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("input_classes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("output_classes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quantities", postgresql.ARRAY(sa.Numeric()), nullable=False),
        sa.Column("transactions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("destinations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("error_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("corrective_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.Column("lot_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('AggregationEvent', 'AssociationEvent', 'ObjectEvent', 'TransactionEvent', 'TransformationEvent')",
            name=op.f("ck_epcis_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_epcis_events_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_events")),
        sa.UniqueConstraint(
            "livemode",
            "party_id",
            "captured",
            "event_id",
            "declared",
            name=op.f("uq_epcis_events_livemode_party_id_captured_event_id_declared"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_epcis_events_event_id", "epcis_events", ["event_id"], unique=False)
    op.create_index("ix_epcis_events_fact", "epcis_events", ["fact_id"], unique=False)
    op.create_index("ix_epcis_events_party", "epcis_events", ["party_id", "id"], unique=False)
    op.create_index(
        "ix_epcis_events_time", "epcis_events", ["livemode", "event_time", "id"], unique=False
    )
    op.create_table(
        "epcis_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["row_id"], ["epcis_events.id"], name=op.f("fk_epcis_names_row_id")
        ),
        sa.PrimaryKeyConstraint("name", "row_id", name=op.f("pk_epcis_names")),
    )
    op.create_table(
        "gs1_items",
        sa.Column("reference", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commodity_id"], ["commodities.id"], name=op.f("fk_gs1_items_commodity_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_gs1_items_variant_id")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_gs1_items")),
        sa.UniqueConstraint(
            "commodity_id",
            "grade",
            "variant_id",
            name=op.f("uq_gs1_items_commodity_id_grade_variant_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "gs1_units",
        sa.Column("reference", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_gs1_units_shipment_id")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_gs1_units")),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_gs1_units_shipment_id")),
    )
    for table in ("epcis_events", "epcis_names", "epcis_captures"):
        for statement in protect(table, whose("party_id"), append_only=True):
            op.execute(statement)
    for table in REFERENCES:
        for statement in protect(table, whose(live=False), append_only=True):
            op.execute(statement)
    for statement in protect("epcis_cursors", f"{LIVE} AND {HUB}"):
        op.execute(statement)
    # What happened before this version is told too: both worlds begin at the feed's beginning.
    for world in ("on", "off"):
        op.execute(
            f"SELECT set_config('btc.livemode', '{world}', true), "
            "set_config('btc.scope', 'hub', true)"
        )
        op.execute("INSERT INTO epcis_cursors (livemode, xid, seq) VALUES (btc_live(), '0', 0)")
    op.execute("SELECT set_config('btc.livemode', '', true), set_config('btc.scope', '', true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("gs1_units")
    op.drop_table("gs1_items")
    op.drop_index("ix_epcis_events_time", table_name="epcis_events")
    op.drop_index("ix_epcis_events_party", table_name="epcis_events")
    op.drop_index("ix_epcis_events_fact", table_name="epcis_events")
    op.drop_index("ix_epcis_events_event_id", table_name="epcis_events")
    op.drop_table("epcis_names")
    op.drop_table("epcis_events")
    op.drop_index("ix_epcis_captures_party", table_name="epcis_captures")
    op.drop_table("epcis_captures")
    op.drop_table("gs1_locations")
    op.drop_table("epcis_cursors")
