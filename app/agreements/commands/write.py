"""Writing agreements: the hub's draft, and one that both sides have consented to elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, literal_column

from app.agreements.commands.buckets import open_all
from app.agreements.commands.lines import check_named_series, line_row, terms_columns
from app.agreements.queries import AGREEMENTS, LINES, TERMS
from app.agreements.schemas import AgreementIn
from app.agreements.states import AGREEMENT, AgreementStatus
from app.catalog.commodities.queries import goods
from app.core.errors import invalid
from app.core.ids import new_id
from app.core.periods import periods
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.parties.buyers import check_buyer
from app.parties.queries import party

LONGEST_YEARS = 10
"""No agreement runs longer; its periods are made when it becomes active."""

MOST_PERIODS = 20_000
"""All lines together: a hundred of them week by week for nearly four years."""


async def create(tx: Tx, asked: AgreementIn) -> Row[Any]:
    """Write a draft.

    Raises Invalid for a party that is no buyer, days that are no window, goods named twice, and
    terms that cannot be meant; NotFound for what the lines name and is not there.
    """
    row = await _write(tx, asked, status=AgreementStatus.DRAFT, version=1, quote_id=None)
    await record(tx, [_change(row, "create", 1, AgreementStatus.DRAFT)])
    return row


async def create_agreed(tx: Tx, asked: AgreementIn, *, quote_id: UUID) -> Row[Any]:
    """An active agreement from a quote that was accepted: quote and acceptance are its consents.

    Its history shows the steps all the same, in this one transaction. Raises as `create` does.
    """
    await tx.as_hub()  # the buyer accepts; the quota that opens is the hub's promise
    row = await _write(tx, asked, status=AgreementStatus.ACTIVE, version=3, quote_id=quote_id)
    draft, proposed, active = (
        AgreementStatus.DRAFT,
        AgreementStatus.PROPOSED,
        AgreementStatus.ACTIVE,
    )
    await record(
        tx,
        [
            _change(row, "create", 1, draft),
            _change(row, "propose", 2, proposed, before=draft, audience=(row.buyer_id,)),
            _change(row, "confirm", 3, active, before=proposed, audience=(row.buyer_id,)),
        ],
    )
    await open_all(tx, row)
    return row


async def _write(
    tx: Tx, asked: AgreementIn, *, status: AgreementStatus, version: int, quote_id: UUID | None
) -> Row[Any]:
    await _check(tx, asked)
    what = await goods(tx, [(line.commodity_id, line.grade) for line in asked.lines])
    if len({(g.commodity_id, g.grade) for g in what}) < len(what):
        raise invalid(
            "/lines",
            "duplicate",
            "Two lines name the same commodity and grade; put them into one.",
            "Ada dua baris dengan komoditas dan mutu yang sama; gabungkan.",
        )
    made = await tx.rows(
        insert(AGREEMENTS)
        .values(
            id=new_id(),
            number=literal_column(number_sql("agreement")),
            status=status,
            version=version,
            buyer_id=asked.buyer_id,
            starts_on=asked.starts_on,
            ends_on=asked.ends_on,
            quote_id=quote_id,
            livemode=tx.actor.livemode,
        )
        .returning(*AGREEMENTS.c)
    )
    row = made[0]
    entered = list(zip(asked.lines, what, strict=True))
    lines = [line_row(row, n, g, line) for n, (line, g) in enumerate(entered)]
    terms = [
        {
            "id": new_id(),
            "line_id": lines[n]["id"],
            "agreement_id": row.id,
            "buyer_id": row.buyer_id,
            "livemode": row.livemode,
            "version": 1,
            "valid_from": row.starts_on,
            **terms_columns(line, g.base_unit, f"/lines/{n}"),
        }
        for n, (line, g) in enumerate(entered)
    ]
    await check_named_series(
        tx, [(line, g.commodity_id, f"/lines/{n}") for n, (line, g) in enumerate(entered)]
    )
    await tx.run(insert(LINES).values(lines))
    await tx.run(insert(TERMS).values(terms))
    return row


def _change(
    row: Row[Any],
    action: str,
    version: int,
    after: AgreementStatus,
    *,
    before: AgreementStatus | None = None,
    audience: tuple[UUID, ...] = (),
) -> Change:
    said: dict[str, Any] = {} if before is None else {"before": before}
    return Change(
        AGREEMENT,
        action,
        row.id,
        version,
        after,
        audience=audience,
        data={"number": row.number},
        **said,
    )


async def _check(tx: Tx, asked: AgreementIn) -> None:
    buyer = await party(tx, asked.buyer_id)
    check_buyer(*((buyer.roles, buyer.status) if buyer else (None, None)))
    if asked.ends_on < tx.today:
        raise invalid(
            "/ends_on",
            "validity",
            "This agreement would be over already.",
            "Kontrak ini sudah berakhir.",
        )
    check_window(tx, asked.starts_on, asked.ends_on, [line.period for line in asked.lines])


def check_window(tx: Tx, starts_on: date, ends_on: date, of: Sequence[str]) -> None:
    """Raises Invalid for days that are no window, or of too many periods of the lines' kinds."""
    if ends_on < starts_on:
        raise invalid(
            "/ends_on",
            "validity",
            "ends_on lies before starts_on.",
            "ends_on lebih awal dari starts_on.",
        )
    latest = starts_on.year - tx.today.year > LONGEST_YEARS
    if latest or ends_on.year - starts_on.year > LONGEST_YEARS:
        raise invalid(
            "/ends_on",
            "validity",
            f"An agreement begins and runs within {LONGEST_YEARS} years.",
            f"Kontrak dimulai dan berjalan paling lama dalam {LONGEST_YEARS} tahun.",
        )
    each = {period: len(periods(period, starts_on, ends_on)) for period in set(of)}
    if sum(each[period] for period in of) > MOST_PERIODS:
        raise invalid(
            "/ends_on",
            "too_many_periods",
            f"All lines together may have {MOST_PERIODS} periods; end earlier, or use months.",
            f"Semua baris bersama-sama paling banyak {MOST_PERIODS} periode; akhiri lebih awal, "
            "atau gunakan bulan.",
        )
