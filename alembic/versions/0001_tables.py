"""The tables of the first path

Revision ID: 0001
Revises:
Create Date: 2026-11-21 20:53:03.253040

Expand first (new, nullable, unused), fill, then contract in a later release: the old version of the
service still runs while this one is rolled out.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


class Xid8(UserDefinedType[int]):
    """Postgres' 64-bit transaction number."""

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def upgrade() -> None:
    # Rather fail and be run again than block every request behind a table that is in use.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "commodities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=True),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("required_licences", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "base_unit IN ('kg', 'g', 'kuintal', 'ton', 'pcs', 'butir', 'ekor', 'ikat', 'peti', 'tray', 'karton', 'karung')",
            name=op.f("ck_commodities_base_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commodities")),
        sa.UniqueConstraint("code", name=op.f("uq_commodities_code")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_feed", "events", ["livemode", "xid", "seq"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=False),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "CASE object WHEN 'agreement' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('propose', 'draft', 'proposed'), ('confirm', 'proposed', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active'), ('terminate', 'active', 'terminated'), ('terminate', 'draft', 'terminated'), ('terminate', 'proposed', 'terminated'), ('terminate', 'suspended', 'terminated')) WHEN 'allocation' THEN (action, from_status, to_status) IN (('offer', 'new', 'offered'), ('confirm', 'offered', 'confirmed'), ('reduce', 'offered', 'confirmed'), ('decline', 'offered', 'declined'), ('time_out', 'offered', 'timed_out'), ('release', 'confirmed', 'released'), ('release', 'offered', 'released'), ('release', 'picked', 'released'), ('shorten', 'picked', 'picked'), ('shorten', 'shipped', 'shipped'), ('pick', 'confirmed', 'picked'), ('ship', 'picked', 'shipped')) WHEN 'goods_receipt' THEN (action, from_status, to_status) IN (('post', 'new', 'posted'), ('sign', 'posted', 'signed'), ('deem_signed', 'posted', 'deemed_signed')) WHEN 'licence' THEN (action, from_status, to_status) IN (('create', 'new', 'in_process'), ('verify', 'in_process', 'rejected'), ('verify', 'in_process', 'under_coaching'), ('verify', 'in_process', 'valid'), ('verify', 'under_coaching', 'rejected'), ('verify', 'under_coaching', 'under_coaching'), ('verify', 'under_coaching', 'valid'), ('verify', 'valid', 'rejected'), ('verify', 'valid', 'under_coaching'), ('verify', 'valid', 'valid')) WHEN 'listing' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('edit', 'approved', 'approved'), ('edit', 'changes_requested', 'changes_requested'), ('edit', 'draft', 'draft'), ('edit', 'paused', 'paused'), ('edit', 'published', 'published'), ('submit', 'changes_requested', 'submitted'), ('submit', 'draft', 'submitted'), ('approve', 'submitted', 'approved'), ('request_changes', 'submitted', 'changes_requested'), ('reject', 'submitted', 'rejected'), ('publish', 'approved', 'published'), ('publish', 'paused', 'published'), ('pause', 'published', 'paused'), ('archive', 'approved', 'archived'), ('archive', 'changes_requested', 'archived'), ('archive', 'draft', 'archived'), ('archive', 'paused', 'archived'), ('archive', 'published', 'archived'), ('archive', 'rejected', 'archived'), ('archive', 'submitted', 'archived')) WHEN 'lot' THEN (action, from_status, to_status) IN (('create', 'new', 'available'), ('load', 'available', 'depleted'), ('unload', 'depleted', 'available'), ('give_back', 'available', 'depleted')) WHEN 'order' THEN (action, from_status, to_status) IN (('place', 'new', 'placed'), ('confirm', 'placed', 'confirmed'), ('confirm', 'placed', 'partly_confirmed'), ('decline', 'placed', 'declined'), ('expire', 'placed', 'expired'), ('allocate', 'confirmed', 'confirmed'), ('allocate', 'in_progress', 'in_progress'), ('allocate', 'partly_confirmed', 'partly_confirmed'), ('start', 'confirmed', 'in_progress'), ('start', 'partly_confirmed', 'in_progress'), ('complete', 'in_progress', 'completed'), ('cancel', 'confirmed', 'cancelled'), ('cancel', 'partly_confirmed', 'cancelled'), ('cancel', 'placed', 'cancelled')) WHEN 'party' THEN (action, from_status, to_status) IN (('create', 'new', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active')) WHEN 'shipment' THEN (action, from_status, to_status) IN (('create', 'new', 'planned'), ('dispatch', 'planned', 'dispatched'), ('move', 'dispatched', 'in_transit'), ('track', 'arrived', 'arrived'), ('track', 'delivered', 'delivered'), ('track', 'dispatched', 'dispatched'), ('track', 'in_transit', 'in_transit'), ('track', 'planned', 'planned'), ('arrive', 'dispatched', 'arrived'), ('arrive', 'in_transit', 'arrived'), ('deliver', 'arrived', 'delivered'), ('deliver', 'dispatched', 'delivered'), ('deliver', 'in_transit', 'delivered'), ('cancel', 'planned', 'cancelled')) WHEN 'supply_offer' THEN (action, from_status, to_status) IN (('create', 'new', 'open'), ('withdraw', 'open', 'withdrawn'), ('expire', 'open', 'expired')) ELSE false END",
            name=op.f("ck_history_transition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(
        "ix_history_object_id_version", "history", ["object_id", "version"], unique=False
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seller_kind", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "('seller' = ANY (roles)) = (seller_kind IS NOT NULL)", name=op.f("ck_parties_seller")
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['seller', 'buyer', 'carrier', 'operator'] AND cardinality(roles) > 0",
            name=op.f("ck_parties_roles"),
        ),
        sa.CheckConstraint(
            "seller_kind IN ('umkm', 'producer', 'cooperative', 'trader')",
            name=op.f("ck_parties_seller_kind"),
        ),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_parties_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("id", "name", name=op.f("uq_parties_id_name")),
        sa.UniqueConstraint(
            "created_by",
            "external_reference",
            name=op.f("uq_parties_created_by_external_reference"),
        ),
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "level IN ('province', 'regency', 'district', 'village')", name=op.f("ck_regions_level")
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["regions.code"], name=op.f("fk_regions_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_index(op.f("ix_regions_parent_code"), "regions", ["parent_code"], unique=False)
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'proposed', 'active', 'suspended', 'terminated')",
            name=op.f("ck_agreements_status"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_agreements_validity")),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_agreements_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_agreements_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_number")),
    )
    op.create_index(op.f("ix_agreements_buyer_id"), "agreements", ["buyer_id"], unique=False)
    op.create_table(
        "event_audience",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_audience_event_id")
        ),
        sa.PrimaryKeyConstraint(
            "party_id", "livemode", "xid", "seq", name=op.f("pk_event_audience")
        ),
    )
    op.create_index(
        op.f("ix_event_audience_event_id"), "event_audience", ["event_id"], unique=False
    )
    op.create_table(
        "grades",
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commodity_id"], ["commodities.id"], name=op.f("fk_grades_commodity_id")
        ),
        sa.PrimaryKeyConstraint("commodity_id", "code", name=op.f("pk_grades")),
    )
    op.create_table(
        "licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('nib', 'nkv', 'pirt', 'bpom_md', 'halal', 'npwp')",
            name=op.f("ck_licences_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('in_process', 'under_coaching', 'valid', 'rejected')",
            name=op.f("ck_licences_status"),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_licences_validity")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_licences_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
    )
    op.create_index(op.f("ix_licences_party_id"), "licences", ["party_id"], unique=False)
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("seller_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("origin_region_code", sa.Text(), nullable=False),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("price_currency", sa.Text(), server_default="IDR", nullable=False),
        sa.Column("price_per_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("price_per_unit", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "category IN ('processed_food', 'snacks', 'drinks', 'clothing', 'household', 'crafts', 'fresh', 'plants_fish')",
            name=op.f("ck_listings_category"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'changes_requested', 'approved', 'published', 'paused', 'rejected', 'archived')",
            name=op.f("ck_listings_status"),
        ),
        sa.CheckConstraint(
            "unit IN ('kg', 'g', 'kuintal', 'ton', 'pcs', 'butir', 'ekor', 'ikat', 'peti', 'tray', 'karton', 'karung')",
            name=op.f("ck_listings_unit"),
        ),
        sa.CheckConstraint(
            "price_amount > 0 AND price_per_value > 0", name=op.f("ck_listings_price")
        ),
        sa.ForeignKeyConstraint(
            ["origin_region_code"], ["regions.code"], name=op.f("fk_listings_origin_region_code")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "seller_name"],
            ["parties.id", "parties.name"],
            name=op.f("fk_listings_seller_id_seller_name"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint(
            "seller_id",
            "livemode",
            "external_reference",
            name=op.f("uq_listings_seller_id_livemode_external_reference"),
        ),
    )
    op.create_index(
        "ix_listings_category",
        "listings",
        ["category", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published' AND livemode"),
    )
    op.create_index(
        "ix_listings_public",
        "listings",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'published' AND livemode"),
    )
    op.create_index("ix_listings_queue", "listings", ["status", "id"], unique=False)
    op.create_index("ix_listings_seller", "listings", ["seller_id", "id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_members_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_party_id"), "members", ["party_id"], unique=False)
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('farm', 'kitchen', 'store', 'hub', 'distribution_centre', 'outlet')",
            name=op.f("ck_sites_kind"),
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_sites_position")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_sites_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_sites_longitude")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_sites_party_id")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_sites_region_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("id", "party_id", name=op.f("uq_sites_id_party_id")),
    )
    op.create_index(op.f("ix_sites_party_id"), "sites", ["party_id"], unique=False)
    op.create_table(
        "agreement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("quota", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("under_tolerance_pct", sa.Numeric(precision=5, scale=2), nullable=False),
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
        sa.CheckConstraint("period IN ('month')", name=op.f("ck_agreement_lines_period")),
        sa.CheckConstraint("quota > 0", name=op.f("ck_agreement_lines_quota")),
        sa.CheckConstraint(
            "under_tolerance_pct BETWEEN 0 AND 100", name=op.f("ck_agreement_lines_tolerance")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
            name=op.f("fk_agreement_lines_agreement_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["commodity_id", "grade"],
            ["grades.commodity_id", "grades.code"],
            name=op.f("fk_agreement_lines_commodity_id_grade"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_lines")),
        sa.UniqueConstraint(
            "agreement_id",
            "commodity_id",
            "grade",
            name=op.f("uq_agreement_lines_agreement_id_commodity_id_grade"),
        ),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_api_keys_member_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_api_keys_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    )
    op.create_index(op.f("ix_api_keys_party_id"), "api_keys", ["party_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("ship_to_site_id", sa.Uuid(), nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('placed', 'confirmed', 'partly_confirmed', 'declined', 'expired', 'in_progress', 'completed', 'cancelled')",
            name=op.f("ck_orders_status"),
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
            name=op.f("fk_orders_agreement_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_orders_buyer_id")),
        sa.ForeignKeyConstraint(
            ["ship_to_site_id", "buyer_id"],
            ["sites.id", "sites.party_id"],
            name=op.f("fk_orders_ship_to_site_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "buyer_id",
            "livemode",
            "external_reference",
            name=op.f("uq_orders_buyer_id_livemode_external_reference"),
        ),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_orders_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index("ix_orders_buyer", "orders", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_orders_waiting",
        "orders",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'placed'"),
    )
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tracking_status", sa.Text(), nullable=False),
        sa.Column("tracked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("tracking_code", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("carrier_id", sa.Uuid(), nullable=True),
        sa.Column("from_site_id", sa.Uuid(), nullable=False),
        sa.Column("to_site_id", sa.Uuid(), nullable=False),
        sa.Column("from_place", sa.Text(), nullable=False),
        sa.Column("to_place", sa.Text(), nullable=False),
        sa.Column("from_region", sa.Text(), nullable=False),
        sa.Column("to_region", sa.Text(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
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
            "status IN ('planned', 'dispatched', 'in_transit', 'arrived', 'delivered', 'cancelled')",
            name=op.f("ck_shipments_status"),
        ),
        sa.CheckConstraint(
            "tracking_status IN ('pending', 'picked_up', 'in_transit', 'on_hold', 'delivery_delayed', 'out_for_delivery', 'ready_for_pickup', 'delivered', 'delivery_failed', 'return_to_sender', 'cancelled', 'unknown')",
            name=op.f("ck_shipments_tracking_status"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_shipments_buyer_id")),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["parties.id"], name=op.f("fk_shipments_carrier_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_site_id"], ["sites.id"], name=op.f("fk_shipments_from_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_site_id", "buyer_id"],
            ["sites.id", "sites.party_id"],
            name=op.f("fk_shipments_to_site_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_shipments_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_shipments_number")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_shipments_tracking_code")),
    )
    op.create_index("ix_shipments_buyer", "shipments", ["buyer_id", "id"], unique=False)
    op.create_index("ix_shipments_carrier", "shipments", ["carrier_id", "id"], unique=False)
    op.create_table(
        "supply_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
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
        sa.Column("pack_size", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("min_pickup", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("floor_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("floor_currency", sa.Text(), nullable=True),
        sa.Column("floor_per_value", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("floor_per_unit", sa.Text(), nullable=True),
        sa.Column("floor_per", sa.Numeric(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=False),
        sa.Column("available_until", sa.Date(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("entered_value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("entered_unit", sa.Text(), nullable=False),
        sa.Column("unit_factor", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'withdrawn', 'expired')", name=op.f("ck_supply_offers_status")
        ),
        sa.CheckConstraint(
            "available_until >= available_from", name=op.f("ck_supply_offers_window")
        ),
        sa.CheckConstraint(
            "num_nulls(floor_amount, floor_per_value, floor_per_unit, floor_per) IN (0, 4)",
            name=op.f("ck_supply_offers_floor"),
        ),
        sa.CheckConstraint(
            "pack_size > 0 AND min_pickup > 0 AND offered > 0", name=op.f("ck_supply_offers_sizes")
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND committed >= 0 AND delivered >= 0 AND reserved + committed + delivered <= offered",
            name=op.f("ck_supply_offers_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["commodity_id", "grade"],
            ["grades.commodity_id", "grades.code"],
            name=op.f("fk_supply_offers_commodity_id_grade"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["parties.id"], name=op.f("fk_supply_offers_seller_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "seller_id"],
            ["sites.id", "sites.party_id"],
            name=op.f("fk_supply_offers_site_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_offers")),
        sa.UniqueConstraint(
            "id", "seller_id", "livemode", name=op.f("uq_supply_offers_id_seller_id_livemode")
        ),
    )
    op.create_index(
        "ix_supply_offers_ending",
        "supply_offers",
        ["available_until"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_supply_offers_open",
        "supply_offers",
        ["livemode", "commodity_id", "grade", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_supply_offers_seller", "supply_offers", ["seller_id", "id"], unique=False)
    op.create_table(
        "allocation_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint("policy IN ('fair_share')", name=op.f("ck_allocation_runs_policy")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_allocation_runs_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_runs")),
    )
    op.create_index(
        op.f("ix_allocation_runs_order_id"), "allocation_runs", ["order_id"], unique=False
    )
    op.create_table(
        "goods_receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("sign_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('posted', 'signed', 'deemed_signed')", name=op.f("ck_goods_receipts_status")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["parties.id"], name=op.f("fk_goods_receipts_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id", "buyer_id", "livemode"],
            ["shipments.id", "shipments.buyer_id", "shipments.livemode"],
            name=op.f("fk_goods_receipts_shipment_id_buyer_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipts")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_goods_receipts_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_goods_receipts_number")),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_goods_receipts_shipment_id")),
    )
    op.create_index("ix_goods_receipts_buyer", "goods_receipts", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_goods_receipts_waiting",
        "goods_receipts",
        ["sign_by"],
        unique=False,
        postgresql_where=sa.text("status = 'posted'"),
    )
    op.create_table(
        "offer_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reserve', 'release', 'commit', 'uncommit', 'deliver')",
            name=op.f("ck_offer_movements_kind"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_offer_movements_quantity")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["supply_offers.id"], name=op.f("fk_offer_movements_offer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_movements")),
    )
    op.create_index(
        op.f("ix_offer_movements_offer_id"), "offer_movements", ["offer_id"], unique=False
    )
    op.create_table(
        "quota_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("quota", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "consumed", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND consumed >= 0 AND reserved + consumed <= quota",
            name=op.f("ck_quota_periods_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["agreement_lines.id"], name=op.f("fk_quota_periods_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_periods")),
        sa.UniqueConstraint(
            "line_id", "period_start", name=op.f("uq_quota_periods_line_id_period_start")
        ),
    )
    op.create_table(
        "tracking_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'picked_up', 'in_transit', 'on_hold', 'delivery_delayed', 'out_for_delivery', 'ready_for_pickup', 'delivered', 'delivery_failed', 'return_to_sender', 'cancelled', 'unknown')",
            name=op.f("ck_tracking_events_status"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_tracking_events_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_events")),
        sa.UniqueConstraint(
            "shipment_id", "external_id", name=op.f("uq_tracking_events_shipment_id_external_id")
        ),
    )
    op.create_index(
        "ix_tracking_events_shipment",
        "tracking_events",
        ["shipment_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_tracking_events_fact",
        "tracking_events",
        ["shipment_id", "status", "occurred_at", sa.literal_column("coalesce(place, '')")],
        unique=True,
        postgresql_where=sa.text("external_id IS NULL"),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("under_tolerance_pct", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("agreement_line_id", sa.Uuid(), nullable=True),
        sa.Column("quota_period_id", sa.Uuid(), nullable=True),
        sa.Column("requested", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("confirmed", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column(
            "allocated", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column("shipped", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column(
            "received", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "accepted", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "downgraded", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column(
            "rejected", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
        sa.Column("short", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
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
            "(agreement_line_id IS NULL) = (quota_period_id IS NULL)",
            name=op.f("ck_order_lines_quota"),
        ),
        sa.CheckConstraint(
            "accepted >= 0 AND downgraded >= 0 AND rejected >= 0 AND accepted + downgraded + rejected = received",
            name=op.f("ck_order_lines_verdict"),
        ),
        sa.CheckConstraint(
            "allocated BETWEEN 0 AND coalesce(confirmed, 0)", name=op.f("ck_order_lines_allocated")
        ),
        sa.CheckConstraint(
            "confirmed BETWEEN 0 AND requested", name=op.f("ck_order_lines_confirmed")
        ),
        sa.CheckConstraint(
            "received >= 0 AND short >= 0 AND received + short <= shipped",
            name=op.f("ck_order_lines_received"),
        ),
        sa.CheckConstraint("requested > 0", name=op.f("ck_order_lines_requested")),
        sa.CheckConstraint("shipped BETWEEN 0 AND allocated", name=op.f("ck_order_lines_shipped")),
        sa.ForeignKeyConstraint(
            ["agreement_line_id"],
            ["agreement_lines.id"],
            name=op.f("fk_order_lines_agreement_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["commodity_id", "grade"],
            ["grades.commodity_id", "grades.code"],
            name=op.f("fk_order_lines_commodity_id_grade"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "livemode"],
            ["orders.id", "orders.buyer_id", "orders.livemode"],
            name=op.f("fk_order_lines_order_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["quota_period_id"], ["quota_periods.id"], name=op.f("fk_order_lines_quota_period_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_lines_order_id_position")),
    )
    op.create_index(
        "ix_order_lines_received",
        "order_lines",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND accepted + downgraded > 0"),
    )
    op.create_table(
        "quota_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reserve', 'release', 'consume')", name=op.f("ck_quota_movements_kind")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quota_movements_quantity")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["quota_periods.id"], name=op.f("fk_quota_movements_period_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_movements")),
    )
    op.create_index(
        op.f("ix_quota_movements_period_id"), "quota_movements", ["period_id"], unique=False
    )
    op.create_table(
        "allocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=False),
        sa.Column("proposed", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("weighed", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
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
            "status IN ('offered', 'confirmed', 'declined', 'timed_out', 'released', 'picked', 'shipped')",
            name=op.f("ck_allocations_status"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND quantity <= proposed", name=op.f("ck_allocations_quantity")
        ),
        sa.CheckConstraint("weighed BETWEEN 0 AND quantity", name=op.f("ck_allocations_weighed")),
        sa.ForeignKeyConstraint(
            ["commodity_id"], ["commodities.id"], name=op.f("fk_allocations_commodity_id")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "seller_id", "livemode"],
            ["supply_offers.id", "supply_offers.seller_id", "supply_offers.livemode"],
            name=op.f("fk_allocations_offer_id_seller_id_livemode"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_allocations_order_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_allocations_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocation_runs.id"], name=op.f("fk_allocations_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(op.f("ix_allocations_offer_id"), "allocations", ["offer_id"], unique=False)
    op.create_index(op.f("ix_allocations_order_id"), "allocations", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_allocations_order_line_id"), "allocations", ["order_line_id"], unique=False
    )
    op.create_index("ix_allocations_seller", "allocations", ["seller_id", "id"], unique=False)
    op.create_index(
        "ix_allocations_waiting",
        "allocations",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("commodity_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("balance", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("produced_on", sa.Date(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("status IN ('available', 'depleted')", name=op.f("ck_lots_status")),
        sa.CheckConstraint(
            "balance BETWEEN 0 AND quantity AND quantity > 0", name=op.f("ck_lots_balance")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_lots_count")),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_lots_allocation_id")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_lots_buyer_id")),
        sa.ForeignKeyConstraint(
            ["commodity_id", "grade"],
            ["grades.commodity_id", "grades.code"],
            name=op.f("fk_lots_commodity_id_grade"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["supply_offers.id"], name=op.f("fk_lots_offer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_lots_order_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_lots_order_line_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["parties.id"], name=op.f("fk_lots_seller_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_lots_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint(
            "id", "buyer_id", "livemode", name=op.f("uq_lots_id_buyer_id_livemode")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_lots_number")),
    )
    op.create_index(op.f("ix_lots_allocation_id"), "lots", ["allocation_id"], unique=False)
    op.create_index(op.f("ix_lots_order_id"), "lots", ["order_id"], unique=False)
    op.create_index("ix_lots_seller", "lots", ["seller_id", "id"], unique=False)
    op.create_table(
        "goods_receipt_lines",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("shipped", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("received", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("accepted", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("downgraded", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("rejected", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "short",
            sa.Numeric(precision=14, scale=3),
            sa.Computed("shipped - received", persisted=True),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "accepted >= 0 AND downgraded >= 0 AND rejected >= 0 AND received = accepted + downgraded + rejected AND received <= shipped",
            name=op.f("ck_goods_receipt_lines_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_goods_receipt_lines_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_goods_receipt_lines_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id", "buyer_id", "livemode"],
            ["goods_receipts.id", "goods_receipts.buyer_id", "goods_receipts.livemode"],
            name=op.f("fk_goods_receipt_lines_receipt_id_buyer_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("receipt_id", "lot_id", name=op.f("pk_goods_receipt_lines")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_goods_receipt_lines_lot_id")),
    )
    op.create_table(
        "lot_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('create', 'load', 'unload', 'give_back')", name=op.f("ck_lot_movements_kind")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_movements_quantity")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_movements_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_movements")),
    )
    op.create_index(op.f("ix_lot_movements_lot_id"), "lot_movements", ["lot_id"], unique=False)
    op.create_table(
        "shipment_lots",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_lots_quantity")),
        sa.ForeignKeyConstraint(
            ["lot_id", "buyer_id", "livemode"],
            ["lots.id", "lots.buyer_id", "lots.livemode"],
            name=op.f("fk_shipment_lots_lot_id_buyer_id_livemode"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id", "buyer_id", "livemode"],
            ["shipments.id", "shipments.buyer_id", "shipments.livemode"],
            name=op.f("fk_shipment_lots_shipment_id_buyer_id_livemode"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", "lot_id", name=op.f("pk_shipment_lots")),
    )
    op.create_index(op.f("ix_shipment_lots_lot_id"), "shipment_lots", ["lot_id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(op.f("ix_shipment_lots_lot_id"), table_name="shipment_lots")
    op.drop_table("shipment_lots")
    op.drop_index(op.f("ix_lot_movements_lot_id"), table_name="lot_movements")
    op.drop_table("lot_movements")
    op.drop_table("goods_receipt_lines")
    op.drop_index("ix_lots_seller", table_name="lots")
    op.drop_index(op.f("ix_lots_order_id"), table_name="lots")
    op.drop_index(op.f("ix_lots_allocation_id"), table_name="lots")
    op.drop_table("lots")
    op.drop_index(
        "ix_allocations_waiting",
        table_name="allocations",
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_index("ix_allocations_seller", table_name="allocations")
    op.drop_index(op.f("ix_allocations_order_line_id"), table_name="allocations")
    op.drop_index(op.f("ix_allocations_order_id"), table_name="allocations")
    op.drop_index(op.f("ix_allocations_offer_id"), table_name="allocations")
    op.drop_table("allocations")
    op.drop_index(op.f("ix_quota_movements_period_id"), table_name="quota_movements")
    op.drop_table("quota_movements")
    op.drop_table("order_lines")
    op.drop_index(
        "uq_tracking_events_fact",
        table_name="tracking_events",
        postgresql_where=sa.text("external_id IS NULL"),
    )
    op.drop_index("ix_tracking_events_shipment", table_name="tracking_events")
    op.drop_table("tracking_events")
    op.drop_table("quota_periods")
    op.drop_index(op.f("ix_offer_movements_offer_id"), table_name="offer_movements")
    op.drop_table("offer_movements")
    op.drop_index(
        "ix_goods_receipts_waiting",
        table_name="goods_receipts",
        postgresql_where=sa.text("status = 'posted'"),
    )
    op.drop_index("ix_goods_receipts_buyer", table_name="goods_receipts")
    op.drop_table("goods_receipts")
    op.drop_index(op.f("ix_allocation_runs_order_id"), table_name="allocation_runs")
    op.drop_table("allocation_runs")
    op.drop_index("ix_supply_offers_seller", table_name="supply_offers")
    op.drop_index(
        "ix_supply_offers_open",
        table_name="supply_offers",
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_index(
        "ix_supply_offers_ending",
        table_name="supply_offers",
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_table("supply_offers")
    op.drop_index("ix_shipments_carrier", table_name="shipments")
    op.drop_index("ix_shipments_buyer", table_name="shipments")
    op.drop_table("shipments")
    op.drop_index(
        "ix_orders_waiting", table_name="orders", postgresql_where=sa.text("status = 'placed'")
    )
    op.drop_index("ix_orders_buyer", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_api_keys_party_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("agreement_lines")
    op.drop_index(op.f("ix_sites_party_id"), table_name="sites")
    op.drop_table("sites")
    op.drop_index(op.f("ix_members_party_id"), table_name="members")
    op.drop_table("members")
    op.drop_index(
        "ix_listings_category",
        table_name="listings",
        postgresql_where=sa.text("status = 'published' AND livemode"),
    )
    op.drop_index("ix_listings_seller", table_name="listings")
    op.drop_index("ix_listings_queue", table_name="listings")
    op.drop_index(
        "ix_listings_public",
        table_name="listings",
        postgresql_where=sa.text("status = 'published' AND livemode"),
    )
    op.drop_table("listings")
    op.drop_index(op.f("ix_licences_party_id"), table_name="licences")
    op.drop_table("licences")
    op.drop_table("grades")
    op.drop_index(op.f("ix_event_audience_event_id"), table_name="event_audience")
    op.drop_table("event_audience")
    op.drop_index(op.f("ix_agreements_buyer_id"), table_name="agreements")
    op.drop_table("agreements")
    op.drop_index(op.f("ix_regions_parent_code"), table_name="regions")
    op.drop_table("regions")
    op.drop_table("parties")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_history_object_id_version", table_name="history")
    op.drop_table("history")
    op.drop_index("ix_events_feed", table_name="events")
    op.drop_table("events")
    op.drop_table("commodities")
