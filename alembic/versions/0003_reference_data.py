"""Reference data: Kemendagri's regions, the commodities and grades that exist from the start.

Sources stand beside the data files. Loaded once; later changes are migrations of their own.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic import op
from app.core.ids import new_id

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REGIONS = sa.table(
    "regions",
    *(sa.column(c, sa.Text()) for c in ("code", "name", "parent_code", "level", "postal_code")),
)
COMMODITIES = sa.table(
    "commodities",
    sa.column("id", sa.Uuid()),
    *(sa.column(c, sa.Text()) for c in ("code", "name", "name_id", "base_unit")),
    sa.column("required_licences", sa.ARRAY(sa.Text())),
)
GRADES = sa.table(
    "grades",
    sa.column("commodity_id", sa.Uuid()),
    *(sa.column(c, sa.Text()) for c in ("code", "name")),
    sa.column("position", sa.Integer()),
)


def regions() -> list[dict[str, Any]]:
    text = files("app.regions").joinpath("data/regions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    # Parents before children: codes of a lower level are longer.
    found = [{k: v or None for k, v in row.items()} for row in rows]
    return sorted(found, key=lambda row: (len(str(row["code"])), str(row["code"])))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.bulk_insert(REGIONS, regions())
    text = files("app.catalog").joinpath("data/commodities.json").read_text(encoding="utf-8")
    commodities = []
    grades = []
    for said in json.loads(text)["commodities"]:
        row = {"id": new_id()} | {k: said.get(k) for k in ("code", "name", "name_id", "base_unit")}
        commodities.append(row | {"required_licences": said["required_licences"]})
        for position, grade in enumerate(said["grades"], 1):
            grades.append(
                {
                    "commodity_id": row["id"],
                    "code": grade["code"],
                    "name": grade["name"],
                    "position": position,
                }
            )
    op.bulk_insert(COMMODITIES, commodities)
    op.bulk_insert(GRADES, grades)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM grades")
    op.execute("DELETE FROM commodities")
    op.execute("DELETE FROM regions")
