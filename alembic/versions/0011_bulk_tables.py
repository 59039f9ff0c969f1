"""Tables for bulk trade in depth: price series, quotes, amendments, periods of supply, runs.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.ddl import protect, whose

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = {
    "agreement_amendments": whose("buyer_id"),
    "offer_periods": whose("seller_id"),
    "order_amendments": whose("buyer_id"),
    "quote_requests": whose("buyer_id"),
    "quotes": whose("buyer_id"),
}
LEDGERS = {
    "agreement_terms": whose("buyer_id"),
    "allocation_run_lines": whose(),
    "quote_lines": whose("buyer_id"),
    "quote_request_lines": whose("buyer_id"),
    "supply_requests": whose("seller_id"),
}
LINE_KEY = "uq_agreement_lines_id_agreement_id_buyer_id_livemode"
REFERENCE = ("price_series", "price_readings")
IN_ORDER = (
    "price_series",
    "supply_requests",
    "price_readings",
    "quote_requests",
    "offer_periods",
    "quote_request_lines",
    "quotes",
    "quote_lines",
    "agreement_amendments",
    "agreement_terms",
    "order_amendments",
    "allocation_run_lines",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(
        "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid\n"
        f"ALTER TABLE agreement_lines ADD CONSTRAINT {LINE_KEY} "
        "UNIQUE (id, agreement_id, buyer_id, livemode)"
    )
    op.create_table(
        "price_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="IDR", nullable=False),
        sa.Column("per_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("per_unit", sa.Text(), nullable=False),
        sa.Column("per", sa.Numeric(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("per_value > 0", name=op.f("ck_price_series_per")),
        sa.ForeignKeyConstraint(
            ["commodity_id"], ["commodities.id"], name=op.f("fk_price_series_commodity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_series")),
        sa.UniqueConstraint("code", name=op.f("uq_price_series_code")),
    )
    op.create_table(
        "supply_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocation_runs.id"], name=op.f("fk_supply_requests_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["parties.id"], name=op.f("fk_supply_requests_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_requests")),
        sa.UniqueConstraint(
            "id", "seller_id", "livemode", name=op.f("uq_supply_requests_id_seller_id_livemode")
        ),
        sa.UniqueConstraint(
            "run_id", "seller_id", name=op.f("uq_supply_requests_run_id_seller_id")
        ),
    )
    op.create_index(
        "ix_supply_requests_seller", "supply_requests", ["seller_id", "id"], unique=False
    )
    op.create_table(
        "price_readings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_price_readings_amount")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_price_readings_revision")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["price_series.id"], name=op.f("fk_price_readings_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_readings")),
        sa.UniqueConstraint(
            "series_id",
            "read_on",
            "revision",
            name=op.f("uq_price_readings_series_id_read_on_revision"),
        ),
    )
    op.create_table(
        "quote_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("ship_to_site_id", sa.Uuid(), nullable=True),
        sa.Column("deliver_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
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
            "CASE wanted WHEN 'order' THEN num_nulls(ship_to_site_id, deliver_on) = 0 AND num_nonnulls(starts_on, ends_on) = 0 ELSE num_nonnulls(ship_to_site_id, deliver_on) = 0 AND ends_on >= starts_on END",
            name=op.f("ck_quote_requests_wanted_when"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'cancelled', 'expired')",
            name=op.f("ck_quote_requests_status"),
        ),
        sa.CheckConstraint(
            "wanted IN ('order', 'agreement')", name=op.f("ck_quote_requests_wanted")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["parties.id"], name=op.f("fk_quote_requests_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["ship_to_site_id", "buyer_id"],
            ["sites.id", "sites.party_id"],
            name=op.f("fk_quote_requests_ship_to_site_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_requests")),
        sa.UniqueConstraint(
            "buyer_id",
            "livemode",
            "external_reference",
            name=op.f("uq_quote_requests_buyer_id_livemode_external_reference"),
        ),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_quote_requests_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_quote_requests_number")),
    )
    op.create_index("ix_quote_requests_buyer", "quote_requests", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_quote_requests_waiting",
        "quote_requests",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "offer_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("offered", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "committed", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "delivered", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_offer_periods_window")),
        sa.CheckConstraint(
            "reserved >= 0 AND committed >= 0 AND delivered >= 0 AND reserved + committed + delivered <= offered",
            name=op.f("ck_offer_periods_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "seller_id", "livemode"],
            ["supply_offers.id", "supply_offers.seller_id", "supply_offers.livemode"],
            name=op.f("fk_offer_periods_offer_id_seller_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_periods")),
        sa.UniqueConstraint(
            "id",
            "offer_id",
            "seller_id",
            "livemode",
            name=op.f("uq_offer_periods_id_offer_id_seller_id_livemode"),
        ),
        sa.UniqueConstraint(
            "offer_id", "starts_on", name=op.f("uq_offer_periods_offer_id_starts_on")
        ),
    )
    op.create_table(
        "quote_request_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("entered_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("entered_unit", sa.Text(), nullable=False),
        sa.Column("unit_factor", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "period IN ('week', 'month', 'once')", name=op.f("ck_quote_request_lines_period")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_request_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["commodity_id", "grade"],
            ["grades.commodity_id", "grades.code"],
            name=op.f("fk_quote_request_lines_commodity_id_grade"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "buyer_id", "livemode"],
            ["quote_requests.id", "quote_requests.buyer_id", "quote_requests.livemode"],
            name=op.f("fk_quote_request_lines_request_id_buyer_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_request_lines")),
        sa.UniqueConstraint(
            "request_id", "position", name=op.f("uq_quote_request_lines_request_id_position")
        ),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
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
            "status IN ('pending', 'accepted', 'declined', 'superseded', 'withdrawn', 'expired')",
            name=op.f("ck_quotes_status"),
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_quotes_round")),
        sa.ForeignKeyConstraint(["made_by"], ["parties.id"], name=op.f("fk_quotes_made_by")),
        sa.ForeignKeyConstraint(
            ["request_id", "buyer_id", "livemode"],
            ["quote_requests.id", "quote_requests.buyer_id", "quote_requests.livemode"],
            name=op.f("fk_quotes_request_id_buyer_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_quotes_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("request_id", "round", name=op.f("uq_quotes_request_id_round")),
    )
    op.create_index(
        "uq_quotes_pending",
        "quotes",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "quote_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("request_line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("under_tolerance_pct", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("over_tolerance_pct", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column(
            "price_per",
            sa.Numeric(),
            nullable=False,
            comment="what the price is for, in the base unit",
        ),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("price_currency", sa.Text(), server_default="IDR", nullable=False),
        sa.Column("price_per_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("price_per_unit", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_lines_quantity")),
        sa.CheckConstraint(
            "under_tolerance_pct BETWEEN 0 AND 100 AND over_tolerance_pct BETWEEN 0 AND 100",
            name=op.f("ck_quote_lines_tolerance"),
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "buyer_id", "livemode"],
            ["quotes.id", "quotes.buyer_id", "quotes.livemode"],
            name=op.f("fk_quote_lines_quote_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["request_line_id"],
            ["quote_request_lines.id"],
            name=op.f("fk_quote_lines_request_line_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_lines")),
        sa.UniqueConstraint(
            "quote_id", "request_line_id", name=op.f("uq_quote_lines_quote_id_request_line_id")
        ),
    )
    op.create_table(
        "agreement_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'confirmed', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_agreement_amendments_status"),
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
            name=op.f("fk_agreement_amendments_agreement_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["parties.id"], name=op.f("fk_agreement_amendments_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_amendments")),
        sa.UniqueConstraint(
            "agreement_id", "number", name=op.f("uq_agreement_amendments_agreement_id_number")
        ),
    )
    op.create_index(
        "ix_agreement_amendments_waiting",
        "agreement_amendments",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "uq_agreement_amendments_open",
        "agreement_amendments",
        ["agreement_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "agreement_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("amendment_id", sa.Uuid(), nullable=True),
        sa.Column("quota", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "overdraw_pct", sa.Numeric(precision=5, scale=2), server_default="0", nullable=False
        ),
        sa.Column("min_call_off", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("under_tolerance_pct", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column(
            "over_tolerance_pct",
            sa.Numeric(precision=5, scale=2),
            server_default="0",
            nullable=False,
        ),
        sa.Column("price_rule", sa.Text(), server_default="fixed", nullable=False),
        sa.Column(
            "price_tiers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "price_index", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("entered_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("entered_unit", sa.Text(), nullable=False),
        sa.Column("unit_factor", sa.Numeric(), nullable=False),
        sa.Column(
            "price_per",
            sa.Numeric(),
            nullable=False,
            comment="what the price is for, in the base unit",
        ),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("price_currency", sa.Text(), server_default="IDR", nullable=False),
        sa.Column("price_per_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("price_per_unit", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(price_rule = 'tiered') = (price_tiers IS NOT NULL) AND (price_rule = 'indexed') = (price_index IS NOT NULL) AND (price_rule = 'indexed') = (series_id IS NOT NULL)",
            name=op.f("ck_agreement_terms_price"),
        ),
        sa.CheckConstraint(
            "price_rule IN ('fixed', 'tiered', 'indexed')",
            name=op.f("ck_agreement_terms_price_rule"),
        ),
        sa.CheckConstraint("quota > 0 AND min_call_off > 0", name=op.f("ck_agreement_terms_quota")),
        sa.CheckConstraint(
            "under_tolerance_pct BETWEEN 0 AND 100 AND over_tolerance_pct BETWEEN 0 AND 100 AND overdraw_pct BETWEEN 0 AND 100",
            name=op.f("ck_agreement_terms_tolerance"),
        ),
        sa.ForeignKeyConstraint(
            ["amendment_id"],
            ["agreement_amendments.id"],
            name=op.f("fk_agreement_terms_amendment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id", "agreement_id", "buyer_id", "livemode"],
            [
                "agreement_lines.id",
                "agreement_lines.agreement_id",
                "agreement_lines.buyer_id",
                "agreement_lines.livemode",
            ],
            name=op.f("fk_agreement_terms_line_id_agreement_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["price_series.id"], name=op.f("fk_agreement_terms_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_terms")),
        sa.UniqueConstraint("line_id", "version", name=op.f("uq_agreement_terms_line_id_version")),
    )
    op.create_index(
        "ix_agreement_terms_agreement", "agreement_terms", ["agreement_id"], unique=False
    )
    op.create_table(
        "order_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_reason", sa.Text(), nullable=False),
        sa.Column("proposed_note", sa.Text(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'confirmed', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_order_amendments_status"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "livemode"],
            ["orders.id", "orders.buyer_id", "orders.livemode"],
            name=op.f("fk_order_amendments_order_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["parties.id"], name=op.f("fk_order_amendments_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendments")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_amendments_order_id_number")),
    )
    op.create_index(
        "ix_order_amendments_waiting",
        "order_amendments",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "uq_order_amendments_open",
        "order_amendments",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "allocation_run_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=False),
        sa.Column("needed", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("allocated", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("level", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("offers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("excluded", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "needed > 0 AND allocated BETWEEN 0 AND needed",
            name=op.f("ck_allocation_run_lines_quantities"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_allocation_run_lines_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_allocation_run_lines_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocation_runs.id"], name=op.f("fk_allocation_run_lines_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_run_lines")),
        sa.UniqueConstraint(
            "run_id", "order_line_id", name=op.f("uq_allocation_run_lines_run_id_order_line_id")
        ),
    )
    op.create_index(
        "ix_allocation_run_lines_goods",
        "allocation_run_lines",
        ["commodity_id", "grade", "run_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_allocation_run_lines_order_id"), "allocation_run_lines", ["order_id"], unique=False
    )
    _walls()


def _walls() -> None:
    for table, rule in TABLES.items():
        for statement in protect(table, rule):
            op.execute(statement)
    for table, rule in LEDGERS.items():
        for statement in protect(table, rule, append_only=True):
            op.execute(statement)
    # No party's in particular, and of both worlds: no wall, but nothing of it may be rewritten.
    for table in REFERENCE:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO btc_service")
    op.execute("GRANT UPDATE (version) ON price_series TO btc_service")
    op.execute("CREATE SEQUENCE quote_request_number")
    op.execute("GRANT USAGE ON SEQUENCE quote_request_number TO btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP SEQUENCE quote_request_number")
    for table in reversed(IN_ORDER):
        op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE agreement_lines DROP CONSTRAINT {LINE_KEY}")
