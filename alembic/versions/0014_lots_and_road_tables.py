"""Tables for lots, the road and what follows a receipt: shares, links, legs, recalls, claims.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.ddl import HUB, LIVE, PARTY, protect, through, whose

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# With OFFSET 0 it is looked up for each lot that is read; without, Postgres makes a list of all that
# was ever shipped first, once for every statement that reads lots.
SHIPPED = "SELECT 1 FROM shipment_lots s WHERE s.lot_id = lots.id"
# Not through the leg's own wall: a seller knows of a leg that comes to it, and of its own stop.
OF_LEG = f"EXISTS (SELECT 1 FROM legs p WHERE p.id = leg_id AND p.carrier_id = {PARTY})"
TABLES = {
    "lot_shares": whose("seller_id"),
    "recalls": whose(),
    "recall_lots": whose(),
    "evidence": f"{LIVE} AND ({HUB} OR party_id = {PARTY} OR {PARTY} = ANY (audience))",
    "legs": f"{LIVE} AND ({HUB} OR carrier_id = {PARTY} OR {PARTY} = ANY (seller_ids))",
    "leg_stops": f"{LIVE} AND ({HUB} OR party_id = {PARTY} OR {OF_LEG})",
    "leg_loads": f"{LIVE} AND ({HUB} OR seller_id = {PARTY} OR {OF_LEG})",
    "claims": whose("buyer_id"),
    "claim_lines": whose("buyer_id"),
}
# A link is seen by whoever sees one of its lots, an event by whoever sees one of its links; what
# takes it back has none of its own.
LEDGERS = {
    "lot_links": f"{LIVE} AND ({HUB} OR {through('lots', 'parent_lot_id')} "
    f"OR {through('lots', 'child_lot_id')})",
    "lot_events": f"{LIVE} AND ({HUB} OR EXISTS "
    "(SELECT 1 FROM lot_links k WHERE k.event_id IN (lot_events.id, lot_events.undoes)))",
    "inspections": f"{LIVE} AND ({HUB} OR {through('lots', 'lot_id')})",
    "shipment_etas": through("shipments", "shipment_id"),
    "deductions": whose("party_id"),
}
CONCERNED = {
    "recall_lots": "SELECT 1 FROM shipment_lots s WHERE s.lot_id = recall_lots.lot_id",
    "recalls": "SELECT 1 FROM recall_lots r WHERE r.recall_id = recalls.id",
}
NUMBERS = ("leg", "claim", "recall")
# What was granted of a claim's line is what was taken off, exactly: looked at before COMMIT.
ADD_UP = """
CREATE FUNCTION btc_deductions_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  line uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
  IF EXISTS (
    SELECT FROM claim_lines l LEFT JOIN LATERAL (
      SELECT sum(d.amount) AS amount, sum(d.quantity) AS quantity FROM deductions d
      WHERE d.claim_line_id = l.id) d ON true
    WHERE l.id = line AND (coalesce(d.amount, 0) <> coalesce(l.granted_amount, 0)
      OR d.quantity <> l.granted_quantity)
  ) THEN
    RAISE EXCEPTION 'deductions of claim line % are not what was granted', line
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""
# Which of a row's columns names the claim's line.
ADDED_UP = {
    "deductions": ("INSERT", "claim_line_id"),
    "claim_lines": ("INSERT OR UPDATE OF granted_quantity, granted_amount", "id"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "recalls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("commodity_id", sa.Uuid(), nullable=True),
        sa.Column("produced_from", sa.Date(), nullable=True),
        sa.Column("produced_until", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'lifted')", name=op.f("ck_recalls_status")
        ),
        sa.CheckConstraint(
            "num_nulls(seller_id, produced_from, produced_until) IN (0, 3) "
            "AND produced_from <= produced_until "
            "AND (commodity_id IS NULL OR seller_id IS NOT NULL)",
            name=op.f("ck_recalls_criteria"),
        ),
        sa.ForeignKeyConstraint(
            ["commodity_id"], ["commodities.id"], name=op.f("fk_recalls_commodity_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["parties.id"], name=op.f("fk_recalls_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint("number", name=op.f("uq_recalls_number")),
    )
    op.create_index(
        "ix_recalls_seller",
        "recalls",
        ["seller_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("audience", postgresql.ARRAY(sa.UUID()), server_default="{}", nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("attached", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name=op.f("ck_evidence_size")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_evidence_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("file_key", name=op.f("uq_evidence_file_key")),
    )
    op.create_index("ix_evidence_party", "evidence", ["party_id", "id"], unique=False)
    op.create_index(
        "ix_evidence_unused",
        "evidence",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("NOT attached"),
    )
    op.create_table(
        "legs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("carrier_id", sa.Uuid(), nullable=True),
        sa.Column("seller_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("vehicle_plate", sa.Text(), nullable=True),
        sa.Column("vehicle_kind", sa.Text(), nullable=True),
        sa.Column("driver_name", sa.Text(), nullable=True),
        sa.Column("capacity_kg", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("depart_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('collection', 'line_haul', 'last_mile')", name=op.f("ck_legs_kind")
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'underway', 'completed', 'cancelled')",
            name=op.f("ck_legs_status"),
        ),
        sa.CheckConstraint("capacity_kg > 0", name=op.f("ck_legs_capacity")),
        sa.ForeignKeyConstraint(["carrier_id"], ["parties.id"], name=op.f("fk_legs_carrier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("id", "livemode", name=op.f("uq_legs_id_livemode")),
        sa.UniqueConstraint("number", name=op.f("uq_legs_number")),
    )
    op.create_index("ix_legs_carrier", "legs", ["carrier_id", "id"], unique=False)
    op.create_table(
        "leg_stops",
        sa.Column("leg_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("arrived_at <= left_at", name=op.f("ck_leg_stops_times")),
        sa.CheckConstraint("position > 0", name=op.f("ck_leg_stops_position")),
        sa.CheckConstraint("window_from <= window_until", name=op.f("ck_leg_stops_window")),
        sa.ForeignKeyConstraint(
            ["leg_id", "livemode"],
            ["legs.id", "legs.livemode"],
            name=op.f("fk_leg_stops_leg_id_livemode"),
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_leg_stops_party_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_leg_stops_site_id")),
        sa.PrimaryKeyConstraint("leg_id", "position", name=op.f("pk_leg_stops")),
    )
    op.create_table(
        "shipment_etas",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "source IN ('staff', 'carrier', 'device', 'webhook', 'system')",
            name=op.f("ck_shipment_etas_source"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_etas_shipment_id")
        ),
        sa.PrimaryKeyConstraint("shipment_id", "revision", name=op.f("pk_shipment_etas")),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('opened', 'under_review', 'accepted', 'partly_accepted', 'rejected', 'withdrawn', 'deemed_accepted', 'resolved', 'closed')",
            name=op.f("ck_claims_status"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_claims_buyer_id")),
        sa.ForeignKeyConstraint(
            ["receipt_id", "buyer_id", "livemode"],
            ["goods_receipts.id", "goods_receipts.buyer_id", "goods_receipts.livemode"],
            name=op.f("fk_claims_receipt_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_claims_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_claims_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
    )
    op.create_index("ix_claims_buyer", "claims", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_claims_closing",
        "claims",
        [sa.literal_column("coalesce(resolved_at, answered_at)")],
        unique=False,
        postgresql_where=sa.text("status IN ('resolved', 'rejected')"),
    )
    op.create_index("ix_claims_receipt", "claims", ["receipt_id"], unique=False)
    op.create_index(
        "ix_claims_waiting",
        "claims",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("status IN ('opened', 'under_review')"),
    )
    op.create_table(
        "leg_loads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leg_id", sa.Uuid(), nullable=False),
        sa.Column("from_position", sa.Integer(), nullable=False),
        sa.Column("to_position", sa.Integer(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("weight_kg", sa.Numeric(precision=10, scale=3), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(allocation_id IS NULL) = (quantity IS NULL)", name=op.f("ck_leg_loads_planned")
        ),
        sa.CheckConstraint("from_position < to_position", name=op.f("ck_leg_loads_way")),
        sa.CheckConstraint(
            "num_nonnulls(allocation_id, shipment_id) = 1", name=op.f("ck_leg_loads_one_thing")
        ),
        sa.CheckConstraint("quantity > 0 AND weight_kg > 0", name=op.f("ck_leg_loads_quantity")),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_leg_loads_allocation_id")
        ),
        sa.ForeignKeyConstraint(
            ["leg_id", "from_position"],
            ["leg_stops.leg_id", "leg_stops.position"],
            name=op.f("fk_leg_loads_leg_id_from_position"),
        ),
        sa.ForeignKeyConstraint(
            ["leg_id", "to_position"],
            ["leg_stops.leg_id", "leg_stops.position"],
            name=op.f("fk_leg_loads_leg_id_to_position"),
        ),
        sa.ForeignKeyConstraint(["leg_id"], ["legs.id"], name=op.f("fk_leg_loads_leg_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_leg_loads_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg_loads")),
    )
    op.create_index("ix_leg_loads_allocation", "leg_loads", ["allocation_id"], unique=False)
    op.create_index("ix_leg_loads_leg", "leg_loads", ["leg_id"], unique=False)
    op.create_index("ix_leg_loads_shipment", "leg_loads", ["shipment_id"], unique=False)
    op.create_table(
        "claim_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("photo_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("granted_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("granted_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("granted_remedy", sa.Text(), nullable=True),
        sa.Column("borne_by", sa.Text(), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=True),
        sa.Column("replacement_order_id", sa.Uuid(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "about IN ('accepted', 'downgraded', 'rejected', 'short')",
            name=op.f("ck_claim_lines_about"),
        ),
        sa.CheckConstraint(
            "borne_by IN ('sellers', 'hub', 'carrier')", name=op.f("ck_claim_lines_borne_by")
        ),
        sa.CheckConstraint(
            "granted_remedy IN ('credit', 'replacement', 'return')",
            name=op.f("ck_claim_lines_granted_remedy"),
        ),
        sa.CheckConstraint(
            "remedy IN ('credit', 'replacement', 'return')", name=op.f("ck_claim_lines_remedy")
        ),
        sa.CheckConstraint(
            "amount >= 0 AND granted_amount BETWEEN 0 AND amount",
            name=op.f("ck_claim_lines_amount"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND granted_quantity BETWEEN 0 AND quantity",
            name=op.f("ck_claim_lines_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id", "buyer_id", "livemode"],
            ["claims.id", "claims.buyer_id", "claims.livemode"],
            name=op.f("fk_claim_lines_claim_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_claim_lines_lot_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_claim_lines_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["replacement_order_id"],
            ["orders.id"],
            name=op.f("fk_claim_lines_replacement_order_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_lines")),
    )
    op.create_index("ix_claim_lines_claim", "claim_lines", ["claim_id", "id"], unique=False)
    op.create_index("ix_claim_lines_lot", "claim_lines", ["lot_id"], unique=False)
    op.create_table(
        "inspections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("inspector", sa.Text(), nullable=False),
        sa.Column("sample", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("sample_unit", sa.Text(), nullable=False),
        sa.Column("readings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("sample > 0", name=op.f("ck_inspections_sample")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_inspections_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    op.create_index("ix_inspections_lot", "inspections", ["lot_id", "id"], unique=False)
    op.create_table(
        "lot_shares",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("balance", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "balance BETWEEN 0 AND quantity AND quantity > 0", name=op.f("ck_lot_shares_balance")
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_lot_shares_allocation_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_shares_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "allocation_id", name=op.f("pk_lot_shares")),
    )
    op.create_index("ix_lot_shares_allocation", "lot_shares", ["allocation_id"], unique=False)
    op.create_index("ix_lot_shares_seller", "lot_shares", ["seller_id", "lot_id"], unique=False)
    op.create_table(
        "recall_lots",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_recall_lots_quantity")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_recall_lots_lot_id")),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_lots_recall_id")
        ),
        sa.PrimaryKeyConstraint("recall_id", "lot_id", name=op.f("pk_recall_lots")),
    )
    op.create_index("ix_recall_lots_lot", "recall_lots", ["lot_id"], unique=False)
    op.create_table(
        "deductions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("claim_line_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("borne_by", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("claim_number", sa.Text(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("granted_quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("granted_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("share", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("whole", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "num_nonnulls(allocation_id, share, whole) = "
            "CASE borne_by WHEN 'sellers' THEN 3 ELSE 0 END",
            name=op.f("ck_deductions_sellers"),
        ),
        sa.CheckConstraint(
            "borne_by IN ('sellers', 'hub', 'carrier')", name=op.f("ck_deductions_borne_by")
        ),
        sa.CheckConstraint(
            "amount BETWEEN 0 AND granted_amount AND quantity BETWEEN 0 AND granted_quantity",
            name=op.f("ck_deductions_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_deductions_allocation_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_deductions_claim_id")),
        sa.ForeignKeyConstraint(
            ["claim_line_id"], ["claim_lines.id"], name=op.f("fk_deductions_claim_line_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_deductions_lot_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_deductions_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deductions")),
        sa.UniqueConstraint(
            "claim_line_id",
            "party_id",
            "allocation_id",
            name=op.f("uq_deductions_claim_line_id_party_id_allocation_id"),
        ),
    )
    op.create_index(op.f("ix_deductions_claim_id"), "deductions", ["claim_id"], unique=False)
    op.create_index("ix_deductions_party", "deductions", ["party_id", "id"], unique=False)
    op.create_table(
        "lot_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("loss", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'undo') = (undoes IS NOT NULL)", name=op.f("ck_lot_events_undoes")
        ),
        sa.CheckConstraint(
            "kind IN ('receive', 'merge', 'split', 'repack', 'downgrade', 'reject', 'shrink', 'adjust', 'hold', 'undo')",
            name=op.f("ck_lot_events_kind"),
        ),
        sa.CheckConstraint("loss >= 0", name=op.f("ck_lot_events_loss")),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_lot_events_inspection_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_lot_events_order_id")),
        sa.ForeignKeyConstraint(["undoes"], ["lot_events.id"], name=op.f("fk_lot_events_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_events")),
        sa.UniqueConstraint("undoes", name=op.f("uq_lot_events_undoes")),
    )
    op.create_index(
        "ix_lot_events_inspection",
        "lot_events",
        ["inspection_id"],
        unique=False,
        postgresql_where=sa.text("inspection_id IS NOT NULL"),
    )
    op.create_index("ix_lot_events_order", "lot_events", ["order_id", "id"], unique=False)
    op.create_table(
        "lot_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("parent_lot_id", sa.Uuid(), nullable=True),
        sa.Column("child_lot_id", sa.Uuid(), nullable=True),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("over", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("parent_lot_id <> child_lot_id", name=op.f("ck_lot_links_two_lots")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_links_quantity")),
        sa.CheckConstraint(
            "num_nonnulls(parent_lot_id, child_lot_id) > 0", name=op.f("ck_lot_links_one_end")
        ),
        sa.CheckConstraint(
            "over BETWEEN 0 AND quantity AND (over = 0 OR parent_lot_id IS NULL)",
            name=op.f("ck_lot_links_over"),
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_lot_links_allocation_id")
        ),
        sa.ForeignKeyConstraint(
            ["child_lot_id"], ["lots.id"], name=op.f("fk_lot_links_child_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["lot_events.id"], name=op.f("fk_lot_links_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_lot_id"], ["lots.id"], name=op.f("fk_lot_links_parent_lot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_links")),
    )
    op.create_index(
        "ix_lot_links_child", "lot_links", ["child_lot_id", "parent_lot_id"], unique=False
    )
    op.create_index("ix_lot_links_event", "lot_links", ["event_id"], unique=False)
    op.create_index(
        "ix_lot_links_parent", "lot_links", ["parent_lot_id", "child_lot_id"], unique=False
    )
    for table, rule in (TABLES | LEDGERS).items():
        for statement in protect(table, rule, append_only=table in LEDGERS):
            op.execute(statement.replace(":", "\\:"))
    # Whoever receives or drives goods of a recall may know of it.
    for table, rule in CONCERNED.items():
        op.execute(
            f"CREATE POLICY {table}_concerned ON {table} FOR SELECT TO btc_service "
            f"USING ({LIVE} AND EXISTS ({rule}))"
        )
    # A photo that nothing names may go.
    op.execute("GRANT DELETE ON evidence TO btc_service")
    op.execute(
        "CREATE POLICY evidence_erasable ON evidence AS RESTRICTIVE FOR DELETE TO btc_service "
        "USING (NOT attached)"
    )
    # Who has goods in a pooled lot may know of it.
    op.execute(
        "CREATE POLICY lots_shared ON lots FOR SELECT TO btc_service USING "
        f"({LIVE} AND NOT {HUB} AND EXISTS (SELECT 1 FROM lot_shares s "
        f"WHERE s.lot_id = lots.id AND s.seller_id = {PARTY} OFFSET 0))"
    )
    op.execute(
        "ALTER POLICY lots_shipped ON lots USING "
        f"({LIVE} AND NOT {HUB} AND EXISTS ({SHIPPED} OFFSET 0))"
    )
    op.execute(ADD_UP)
    for table, (when, column) in ADDED_UP.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_add_up AFTER {when} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
            f"EXECUTE FUNCTION btc_deductions_add_up('{column}')"
        )
    for name in NUMBERS:
        op.execute(f"CREATE SEQUENCE {name}_number")
        op.execute(f"GRANT USAGE ON SEQUENCE {name}_number TO btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in NUMBERS:
        op.execute(f"DROP SEQUENCE {name}_number")
    op.execute(f"ALTER POLICY lots_shipped ON lots USING ({LIVE} AND EXISTS ({SHIPPED}))")
    op.execute("DROP POLICY lots_shared ON lots")
    for table in reversed((*CONCERNED,)):
        op.execute(f"DROP POLICY {table}_concerned ON {table}")
    for table in ADDED_UP:
        op.execute(f"DROP TRIGGER {table}_add_up ON {table}")
    op.execute("DROP FUNCTION btc_deductions_add_up")
    for table in reversed((*LEDGERS,)):
        op.execute(f"DROP POLICY {table}_scope ON {table}")
    op.drop_index("ix_lot_links_parent", table_name="lot_links")
    op.drop_index("ix_lot_links_event", table_name="lot_links")
    op.drop_index("ix_lot_links_child", table_name="lot_links")
    op.drop_table("lot_links")
    op.drop_index("ix_lot_events_order", table_name="lot_events")
    op.drop_index(
        "ix_lot_events_inspection",
        table_name="lot_events",
        postgresql_where=sa.text("inspection_id IS NOT NULL"),
    )
    op.drop_table("lot_events")
    op.drop_index("ix_deductions_party", table_name="deductions")
    op.drop_index(op.f("ix_deductions_claim_id"), table_name="deductions")
    op.drop_table("deductions")
    op.drop_index("ix_recall_lots_lot", table_name="recall_lots")
    op.drop_table("recall_lots")
    op.drop_index("ix_lot_shares_seller", table_name="lot_shares")
    op.drop_index("ix_lot_shares_allocation", table_name="lot_shares")
    op.drop_table("lot_shares")
    op.drop_index("ix_inspections_lot", table_name="inspections")
    op.drop_table("inspections")
    op.drop_index("ix_claim_lines_lot", table_name="claim_lines")
    op.drop_index("ix_claim_lines_claim", table_name="claim_lines")
    op.drop_table("claim_lines")
    op.drop_index("ix_leg_loads_shipment", table_name="leg_loads")
    op.drop_index("ix_leg_loads_leg", table_name="leg_loads")
    op.drop_index("ix_leg_loads_allocation", table_name="leg_loads")
    op.drop_table("leg_loads")
    op.drop_index(
        "ix_claims_waiting",
        table_name="claims",
        postgresql_where=sa.text("status IN ('opened', 'under_review')"),
    )
    op.drop_index("ix_claims_receipt", table_name="claims")
    op.drop_index(
        "ix_claims_closing",
        table_name="claims",
        postgresql_where=sa.text("status IN ('resolved', 'rejected')"),
    )
    op.drop_index("ix_claims_buyer", table_name="claims")
    op.drop_table("claims")
    op.drop_table("shipment_etas")
    op.drop_table("leg_stops")
    op.drop_index("ix_legs_carrier", table_name="legs")
    op.drop_table("legs")
    op.drop_index(
        "ix_evidence_unused", table_name="evidence", postgresql_where=sa.text("NOT attached")
    )
    op.drop_index("ix_evidence_party", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(
        "ix_recalls_seller", table_name="recalls", postgresql_where=sa.text("status = 'open'")
    )
    op.drop_table("recalls")
