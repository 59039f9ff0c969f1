"""Everything that changes an agreement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, literal_column

from app.access.authorize import authorized
from app.access.permissions import Role
from app.agreements import queries
from app.agreements.models import QuotaPeriod
from app.agreements.queries import AGREEMENTS, LINES
from app.agreements.rules import months
from app.agreements.schemas import AgreementIn, AgreementLineIn, ReasonIn
from app.agreements.states import AGREEMENT, AgreementStatus
from app.catalog.commodities.queries import Goods, goods
from app.core.errors import DomainError, Kind, invalid, missing
from app.core.ids import new_id
from app.core.money import per_base
from app.core.quantity import factor, to_base
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.parties.queries import party
from app.parties.states import PartyStatus

LONGEST_YEARS = 10
"""No agreement runs longer; its periods are made when it becomes active."""

_CONSENTS = {"propose", "confirm", "resume"}
_PERIODS_AT_ONCE = 2000  # nine parameters each, and a statement takes 32 767


async def create(tx: Tx, asked: AgreementIn) -> Row[Any]:
    """Write a draft. Raises Invalid for a party that is no buyer, or days that are no window."""
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
            status=AgreementStatus.DRAFT,
            buyer_id=asked.buyer_id,
            starts_on=asked.starts_on,
            ends_on=asked.ends_on,
            livemode=tx.actor.livemode,
        )
        .returning(*AGREEMENTS.c)
    )
    row = made[0]
    values = [
        _line(row, n, line, g) for n, (line, g) in enumerate(zip(asked.lines, what, strict=True), 1)
    ]
    await tx.run(insert(LINES).values(values))
    await record(
        tx,
        [Change(AGREEMENT, "create", row.id, row.version, row.status, data={"number": row.number})],
    )
    return row


async def _check(tx: Tx, asked: AgreementIn) -> None:
    buyer = await party(tx, asked.buyer_id)
    if buyer is None:
        raise missing(
            "/buyer_id", "There is no such party.", "Tidak ada pihak dengan id seperti ini."
        )
    if Role.BUYER not in buyer.roles or buyer.status != PartyStatus.ACTIVE:
        raise invalid(
            "/buyer_id",
            "not_a_buyer",
            "This party is not an active buyer.",
            "Pihak ini bukan pembeli yang aktif.",
        )
    if asked.ends_on < asked.starts_on:
        raise invalid(
            "/ends_on",
            "validity",
            "ends_on lies before starts_on.",
            "ends_on lebih awal dari starts_on.",
        )
    if asked.ends_on < tx.today:
        raise invalid(
            "/ends_on",
            "validity",
            "This agreement would be over already.",
            "Kontrak ini sudah berakhir.",
        )
    latest = asked.starts_on.year - tx.today.year > LONGEST_YEARS
    if latest or asked.ends_on.year - asked.starts_on.year > LONGEST_YEARS:
        raise invalid(
            "/ends_on",
            "validity",
            f"An agreement begins and runs within {LONGEST_YEARS} years.",
            f"Kontrak dimulai dan berjalan paling lama dalam {LONGEST_YEARS} tahun.",
        )


def _line(row: Row[Any], n: int, line: AgreementLineIn, g: Goods) -> dict[str, Any]:
    pointer = f"/lines/{n - 1}"
    price = line.price
    return {
        "id": new_id(),
        "agreement_id": row.id,
        "buyer_id": row.buyer_id,
        "livemode": row.livemode,
        "position": n,
        "commodity_id": g.commodity_id,
        "grade": g.grade,
        "period": line.period,
        "quota": to_base(line.quota, g.base_unit, f"{pointer}/quota"),
        "entered_value": line.quota.value,
        "entered_unit": line.quota.unit,
        "unit_factor": factor(line.quota.unit, g.base_unit),
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per_base(price, g.base_unit, f"{pointer}/price"),
        "under_tolerance_pct": line.under_tolerance_pct,
    }


class AgreementEnded(DomainError):
    """Its last day has passed: nobody can consent to it any more."""

    kind = Kind.CONFLICT
    code = "agreement_ended"
    title = Text("Agreement over", "Kontrak sudah berakhir")
    advice = Text(
        "The last day of this agreement has passed. The hub can write a new one.",
        "Hari terakhir kontrak ini sudah lewat. BTC dapat membuat yang baru.",
    )


async def propose(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """The hub consents; the buyer may now see and confirm it."""
    return await _turn(tx, agreement_id, "propose", AgreementStatus.PROPOSED)


async def confirm(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """The buyer consents: the agreement binds and every period's bucket is made."""
    row = await _turn(tx, agreement_id, "confirm", AgreementStatus.ACTIVE)
    await tx.as_hub()  # a buyer does not make its own quota: the hub's promise does
    periods = [
        {
            "id": new_id(),
            "line_id": line.id,
            "buyer_id": row.buyer_id,
            "livemode": row.livemode,
            "period_start": first,
            "period_end": last,
            "quota": line.quota,
            "reserved": Decimal(0),
            "consumed": Decimal(0),
        }
        for line in await queries.lines(tx, [agreement_id])
        for first, last in months(row.starts_on, row.ends_on)
    ]
    for start in range(0, len(periods), _PERIODS_AT_ONCE):
        chunk = periods[start : start + _PERIODS_AT_ONCE]
        await tx.run(insert(QuotaPeriod.__table__).values(chunk))  # type: ignore[arg-type]
    return row


async def suspend(tx: Tx, agreement_id: UUID, asked: ReasonIn) -> Row[Any]:
    """No new call-offs for now; orders already placed go on."""
    return await _turn(tx, agreement_id, "suspend", AgreementStatus.SUSPENDED, asked)


async def resume(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """Call-offs are possible again."""
    return await _turn(tx, agreement_id, "resume", AgreementStatus.ACTIVE)


async def terminate(tx: Tx, agreement_id: UUID, asked: ReasonIn) -> Row[Any]:
    """No new call-offs ever; orders already placed go on and settle their quota as agreed."""
    return await _turn(tx, agreement_id, "terminate", AgreementStatus.TERMINATED, asked)


async def _turn(
    tx: Tx, agreement_id: UUID, action: str, to: AgreementStatus, asked: ReasonIn | None = None
) -> Row[Any]:
    row = await authorized(tx, queries.agreement(tx, agreement_id, lock=True))
    AGREEMENT.check(action, row.status)
    if action in _CONSENTS and row.ends_on < tx.today:
        raise AgreementEnded
    return await move(
        tx,
        AGREEMENT,
        AGREEMENTS,
        row,
        action,
        to,
        # A draft is the hub's own paper: the buyer hears of it from its proposal on.
        audience=()
        if row.status == AgreementStatus.DRAFT and action == "terminate"
        else (row.buyer_id,),
        data={"number": row.number},
        reason=asked.reason if asked else None,
        note=asked.note if asked else None,
    )
