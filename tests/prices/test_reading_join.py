"""Which reading an agreed price is made of: the join that brings it, over real rows."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core.errors import Invalid, NotFound
from app.core.ids import decode, new_id
from app.prices.queries import READING, check_series
from tests.api import Api
from tests.prices.sending import ago, commodity, record, series

pytestmark = pytest.mark.anyio

_JOINED = f"""
SELECT reading.* FROM (SELECT $1::uuid AS series_id,
  CASE WHEN $1 IS NOT NULL THEN jsonb_build_object('lag_days', $2::int) END AS price_index) t
{READING.format(terms="t", priced_on="$3")}
"""


async def found(
    owner: asyncpg.Connection, series_id: str | None, lag: int, placed: str
) -> tuple[Any, ...]:
    row = await owner.fetchrow(
        _JOINED,
        None if series_id is None else decode("psr", series_id),
        lag,
        date.fromisoformat(placed),
    )
    day = row["read_on"] and row["read_on"].isoformat()
    return day, row["reading_amount"], row["reading_revision"], row["series_per"]


async def test_the_newest_at_or_before_the_lags_day_in_its_newest_revision(
    hub: Api, owner: asyncpg.Connection
) -> None:
    made = (await series(hub, per={"value": "1", "unit": "kuintal"}))["id"]
    assert await found(owner, made, 0, ago(0)) == (None, None, None, 100)
    await record(hub, made, (ago(10), "100"), (ago(5), "200"), (ago(0), "300"))
    await record(hub, made, (ago(5), "250", "koreksi"))
    assert await found(owner, made, 0, ago(0)) == (ago(0), 300, 1, 100)
    assert await found(owner, made, 1, ago(0)) == (ago(5), 250, 2, 100)
    assert await found(owner, made, 5, ago(0)) == (ago(5), 250, 2, 100)
    assert await found(owner, made, 6, ago(0)) == (ago(10), 100, 1, 100)
    assert await found(owner, made, 0, ago(9)) == (ago(10), 100, 1, 100)
    assert await found(owner, made, 2, ago(9)) == (None, None, None, 100)


async def test_other_rules_have_no_reading(hub: Api, owner: asyncpg.Connection) -> None:
    assert await found(owner, None, 0, ago(0)) == (None, None, None, None)


class _Reader:
    """As much of a transaction as `check_series` needs."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.sql = connection.fetch


async def test_a_line_names_a_series_of_its_own_goods(hub: Api, owner: asyncpg.Connection) -> None:
    made = await series(hub)
    one = decode("psr", made["id"])
    goods = decode("com", made["commodity_id"])
    tx: Any = _Reader(owner)
    await check_series(tx, [(one, goods, "/lines/0/price_index")])
    with pytest.raises(NotFound) as unknown:
        await check_series(tx, [(one, goods, "/a"), (new_id(), goods, "/lines/1/price_index")])
    assert unknown.value.errors[0].pointer == "/lines/1/price_index/series_id"
    other: UUID = decode("com", await commodity(hub))
    with pytest.raises(Invalid) as strange:
        await check_series(tx, [(one, other, "/lines/0/price_index")])
    assert strange.value.errors[0].code == "series_commodity"
