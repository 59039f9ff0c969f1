"""Documents on paper, and the series that number them without gaps.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.ddl import protect, whose

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = "kind IN ('surat_jalan', 'load_list', 'lot_label', 'bast')"
PARTIES = ("buyer_id", "carrier_id", "seller_id")
SUBJECTS = {"shipment_id": "shipments", "leg_id": "legs", "receipt_id": "goods_receipts"}

# What a signed link opens, for callers without a key. It runs as the owner, who is bound by the
# policies too: hence the hub scope while it looks, in each world, and the caller's own settings
# again when it is done. That the link was signed is the service's to check.
LINKED = """
CREATE FUNCTION btc_document(wanted uuid) RETURNS json
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
    SELECT json_build_object('number', d.number, 'content', d.content, 'livemode', d.livemode)
      INTO found FROM documents d WHERE d.id = wanted;
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
    op.create_table(
        "document_series",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_document_series_kind")),
        sa.CheckConstraint("last > 0", name=op.f("ck_document_series_last")),
        sa.PrimaryKeyConstraint("kind", "year", "livemode", name=op.f("pk_document_series")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in (*SUBJECTS, *PARTIES)),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(KINDS, name=op.f("ck_documents_kind")),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_documents_language")),
        sa.CheckConstraint(
            "num_nonnulls(shipment_id, leg_id, receipt_id) = (kind <> 'lot_label')::int",
            name=op.f("ck_documents_subject"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_documents_{column}"))
            for column, table in SUBJECTS.items()
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["parties.id"], name=op.f("fk_documents_issued_by")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["documents.id"], name=op.f("fk_documents_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("livemode", "number", name=op.f("uq_documents_livemode_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_documents_replaces_id")),
    )
    for column in (*SUBJECTS, *PARTIES):
        name = f"ix_documents_{column.removesuffix('_id')}"
        op.create_index(name, "documents", [column, "id"], unique=False)
    for statement in (
        *protect("document_series", whose()),
        *protect("documents", whose(*PARTIES), append_only=True),
    ):
        op.execute(statement.replace(":", "\\:"))
    op.execute(LINKED)
    op.execute("REVOKE ALL ON FUNCTION btc_document(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION btc_document(uuid) TO btc_public, btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION btc_document(uuid)")
    op.drop_table("documents")
    op.drop_table("document_series")
