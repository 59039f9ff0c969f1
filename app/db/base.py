"""Tables in Python: one declarative base, one naming convention, the few column types in use.

Models describe tables (for migrations, for Core statements, for the drift test); nothing is loaded
as an ORM object. Names of constraints are part of the contract with `http.problems`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, MetaData, Numeric, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.ids import new_id
from app.core.states import Machine

Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Recorded = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
]
Amount = Annotated[Decimal, mapped_column(Numeric(18, 2))]
Qty = Annotated[Decimal, mapped_column(Numeric(14, 3))]
Counter = Annotated[Decimal, mapped_column(Numeric(14, 3), server_default="0", nullable=False)]


class Base(DeclarativeBase):
    """Every table of the service."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as it is
        str: Text,
        list[str]: ARRAY(Text),
        dict: JSONB,
    }


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """CHECK that *column* holds one of *values* (an enum's members, a machine's states)."""
    listed = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def status_of(machine: Machine) -> CheckConstraint:
    """CHECK that ``status`` is a state of *machine*."""
    return one_of("status", machine.states)
