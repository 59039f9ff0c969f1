"""The rows of an agreement's lines and of their terms, from what was entered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.agreements.models import CarryOver
from app.agreements.rules import share
from app.agreements.schemas import AgreementLineIn, TermsIn
from app.catalog.commodities.queries import Goods
from app.core.errors import invalid
from app.core.ids import new_id
from app.core.quantity import factor, plain, to_base
from app.db.tx import Tx
from app.prices.queries import check_series
from app.prices.terms import price_columns


def line_row(row: Row[Any], n: int, g: Goods, line: AgreementLineIn) -> dict[str, Any]:
    """The row of a line. Raises Invalid for a carry-over that is not one."""
    if (line.carry_over == CarryOver.LIMITED) != (line.carry_over_pct is not None):
        raise invalid(
            f"/lines/{n}/carry_over_pct",
            "carry_over",
            "Say carry_over_pct with carry_over limited, and only then.",
            "Isi carry_over_pct bila carry_over adalah limited, dan hanya saat itu.",
        )
    return {
        "id": new_id(),
        "agreement_id": row.id,
        "buyer_id": row.buyer_id,
        "livemode": row.livemode,
        "position": n + 1,
        "commodity_id": g.commodity_id,
        "grade": g.grade,
        "period": line.period,
        "carry_over": line.carry_over,
        "carry_over_pct": line.carry_over_pct,
    }


def terms_columns(asked: TermsIn, base_unit: str, pointer: str) -> dict[str, Any]:
    """The columns of terms as they were *asked* for at *pointer*. Raises Invalid."""
    quota = to_base(asked.quota, base_unit, f"{pointer}/quota")
    least = None
    if asked.min_call_off is not None:
        least = to_base(asked.min_call_off, base_unit, f"{pointer}/min_call_off")
        most = quota + share(quota, asked.overdraw_pct, base_unit)
        if least > most:
            raise invalid(
                f"{pointer}/min_call_off",
                "more_than_quota",
                f"A period gives at most {plain(most)} {base_unit}; nobody could call off this.",
                f"Satu periode paling banyak {plain(most)} {base_unit}; jumlah ini tidak akan bisa "
                "dipesan.",
            )
    return {
        "quota": quota,
        "entered_value": asked.quota.value,
        "entered_unit": asked.quota.unit,
        "unit_factor": factor(asked.quota.unit, base_unit),
        "overdraw_pct": asked.overdraw_pct,
        "min_call_off": least,
        "under_tolerance_pct": asked.under_tolerance_pct,
        "over_tolerance_pct": asked.over_tolerance_pct,
        **price_columns(asked, base_unit, pointer),
    }


async def check_named_series(tx: Tx, asked: Iterable[tuple[TermsIn, UUID, str]]) -> None:
    """See that the price series which terms name (of a commodity, at a pointer) are there."""
    named = [
        (terms.price_index.series_id, commodity_id, f"{pointer}/price_index")
        for terms, commodity_id, pointer in asked
        if terms.price_index is not None
    ]
    if named:
        await check_series(tx, named)
