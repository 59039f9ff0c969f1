"""Order lines that name a variant of a listing, and their way through allocation and lots.

Every line, allocation and lot says its unit itself: until now it was the commodity's.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GOODS = """
num_nulls(commodity_id, variant_id) = 1 AND (commodity_id IS NULL) = (grade IS NULL)
AND (variant_id IS NULL) = (title IS NULL)
"""
FROM_SOMEWHERE = f"""
{GOODS} AND num_nulls(variant_id, offer_id) = 1 AND (variant_id IS NOT NULL OR site_id IS NOT NULL)
"""
CHECKS = {
    "order_lines": f"""
{GOODS} AND num_nulls(variant_id, listing_id, seller_id, stock_pool_id) IN (0, 4)
AND (variant_id IS NULL OR agreement_line_id IS NULL)
""",
    "allocations": FROM_SOMEWHERE,
    "lots": FROM_SOMEWHERE,
}
ALSO = {
    "order_lines": ", ADD COLUMN listing_id uuid, ADD COLUMN seller_id uuid, "
    "ADD COLUMN stock_pool_id uuid",
    "allocations": "",
    "lots": "",
}
SAID_BEFORE = {
    "order_lines": ("commodity_id", "grade"),
    "allocations": ("commodity_id", "grade", "offer_id", "site_id"),
    "lots": ("commodity_id", "grade", "offer_id", "site_id"),
}
UNIT = "UPDATE {} t SET base_unit = c.base_unit FROM commodities c WHERE c.id = t.commodity_id"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, also in ALSO.items():
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN variant_id uuid, ADD COLUMN title text, "
            f"ADD COLUMN base_unit text{also}"
        )
    for livemode in ("on", "off"):  # the owner is bound by the policies too
        op.execute(
            "SELECT set_config('btc.scope', 'hub', true), "
            f"set_config('btc.livemode', '{livemode}', true)"
        )
        for table in CHECKS:
            op.execute(UNIT.format(table))
    for setting in ("scope", "livemode"):
        op.execute(f"SELECT set_config('btc.{setting}', '', true)")
    # Small tables before the first release: what these checks lock, nobody waits for.
    for table, rule in CHECKS.items():
        op.execute(
            "-- squawk-ignore adding-not-nullable-field\n"
            f"ALTER TABLE {table} ALTER COLUMN base_unit SET NOT NULL"
        )
        for column in SAID_BEFORE[table]:
            op.execute(
                "-- squawk-ignore ban-drop-not-null\n"
                f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"
            )
        _constraint(table, f"ck_{table}_goods", f"CHECK ({rule})", "constraint-missing-not-valid")
        _refers(
            table,
            "variant_id_seller_id_livemode",
            "(variant_id, seller_id, livemode) REFERENCES variants (id, seller_id, livemode)",
        )
    _refers("order_lines", "stock_pool_id", "(stock_pool_id) REFERENCES stock_pools (id)")


def _refers(table: str, columns: str, key: str) -> None:
    known = "adding-foreign-key-constraint, constraint-missing-not-valid"
    _constraint(table, f"fk_{table}_{columns}", f"FOREIGN KEY {key}", known)


def _constraint(table: str, name: str, rule: str, known: str) -> None:
    op.execute(f"-- squawk-ignore {known}\nALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def downgrade() -> None:
    """Only while nobody has ordered a variant: what was promised is not thrown away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE order_lines DROP CONSTRAINT fk_order_lines_stock_pool_id")
    for table in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_goods")
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_variant_id_seller_id_livemode")
        for column in SAID_BEFORE[table]:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
        dropped = ["variant_id", "title", "base_unit"]
        if table == "order_lines":
            dropped += ["listing_id", "seller_id", "stock_pool_id"]
        columns = ", ".join(f"DROP COLUMN {column}" for column in dropped)
        op.execute(f"ALTER TABLE {table} {columns}")
