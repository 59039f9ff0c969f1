"""The hub's answer to a claim, or its silence; and what of it is taken off whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.access.authorize import authorized
from app.core.division import divide
from app.core.ids import new_id
from app.core.quantity import quantum_of
from app.db.tx import Tx
from app.events.record import NO_ANSWER, Change, record
from app.parties.bootstrap import hub_id
from app.shipments.claims import grants, queries
from app.shipments.claims.commands import told, turn
from app.shipments.claims.grants import Grant
from app.shipments.claims.models import BorneBy
from app.shipments.claims.queries import DEDUCTIONS
from app.shipments.claims.schemas import ClaimAnswerIn
from app.shipments.claims.states import CLAIM, ClaimStatus
from app.shipments.evidence.commands import Named, attach_all
from app.shipments.lots import queries as lots
from app.shipments.shipments import queries as shipments

_GRANT = """
UPDATE claim_lines k SET granted_quantity = w.quantity, granted_amount = w.amount,
  granted_remedy = w.remedy, borne_by = w.borne_by, answer_note = w.note
FROM unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::text[], $5::text[], $6::text[])
  AS w(id, quantity, amount, remedy, borne_by, note)
WHERE k.id = w.id
"""
_DEEM = """
UPDATE claims SET status = $2, answered_at = $3, version = version + 1 WHERE id = ANY($1)
RETURNING *
"""
_CLOSE = "UPDATE claims SET status = $2, version = version + 1 WHERE id = ANY($1) RETURNING *"


@dataclass(frozen=True)
class Part:
    """What of a grant one party bears; ``share`` of the lot's ``whole`` came from it."""

    party_id: UUID
    quantity: Decimal
    amount: Decimal
    allocation_id: UUID | None = None
    share: Decimal | None = None
    whole: Decimal | None = None


def divided(
    quantity: Decimal, amount: Decimal, shares: Iterable[lots.Share], quantum: Decimal
) -> list[Part]:
    """A grant in parts of a lot's *shares*: exact, by largest remainder, in any order of them.

    Whose part is nothing at all is left out.
    """
    owners = {share.allocation_id: share for share in shares}
    weights = {each: owners[each].balance for each in sorted(owners)}
    quantities = divide(quantity, weights, quantum)
    amounts = divide(amount, weights, Decimal(1))
    whole = sum(weights.values(), Decimal(0))
    return [
        Part(owners[each].seller_id, quantities[each], amounts[each], each, weight, whole)
        for each, weight in weights.items()
        if quantities[each] or amounts[each]
    ]


async def answer(tx: Tx, claim_id: UUID, asked: ClaimAnswerIn) -> None:
    """Grant all, a part or nothing of a claim, line by line; money is taken off who bears it.

    Raises WrongState when it was answered already, Invalid for an answer that cannot be.
    """
    row = await authorized(tx, queries.claim(tx, claim_id, lock=True))
    CLAIM.check("answer", row.status)
    shipment = await shipments.shipment(tx, row.shipment_id)
    assert shipment is not None, "the hub sees every shipment"
    lines = {line.id: line for line in await queries.lines(tx, [row.id])}
    carrier_id = shipment.carrier_id
    granted = grants.judge(asked.lines, lines, with_carrier=carrier_id is not None)
    await _grant(tx, granted, lines, {row.id: row.number}, carrier_id)
    outcome = grants.outcome(granted, lines)
    await turn(tx, row, "answer", outcome, answered_at=tx.now)


async def _grant(
    tx: Tx,
    granted: Sequence[Grant],
    lines: Mapping[UUID, Any],
    numbers: Mapping[UUID, str],
    carrier_id: UUID | None = None,
) -> None:
    """Write what was granted of lines of claims with *numbers*, and who bears the money."""
    await tx.sql(
        _GRANT,
        [grant.line_id for grant in granted],
        [grant.quantity for grant in granted],
        [grant.amount for grant in granted],
        [grant.remedy for grant in granted],
        [grant.borne_by for grant in granted],
        [grant.note for grant in granted],
    )
    money = [grant for grant in granted if grant.amount]
    if not money:
        return
    hub = await hub_id(tx)
    assert hub is not None, "somebody of the hub answers"
    single = {BorneBy.HUB: hub, BorneBy.CARRIER: carrier_id}
    of_sellers = [grant for grant in money if grant.borne_by is BorneBy.SELLERS]
    shares = await lots.shares_of(tx, {lines[grant.line_id].lot_id for grant in of_sellers})
    rows: list[dict[str, Any]] = []
    photos = []
    for grant in money:
        line, bearer = lines[grant.line_id], single.get(grant.borne_by or BorneBy.HUB)
        if bearer is None:
            quantum = quantum_of(line.base_unit)
            parts = divided(grant.quantity, grant.amount, shares[line.lot_id], quantum)
        else:
            parts = [Part(bearer, grant.quantity, grant.amount)]
        rows += _rows(tx, grant, line, numbers[line.claim_id], parts)
        photos.append(Named(line.photo_ids, {part.party_id for part in parts}))
    await attach_all(tx, photos)
    await tx.run(insert(DEDUCTIONS).values(rows))


def _rows(
    tx: Tx, grant: Grant, line: Any, number: str, parts: Iterable[Part]
) -> Iterator[dict[str, Any]]:
    """The deductions of one line, each with all that its party is told."""
    for part in parts:
        yield {
            "id": new_id(),
            "claim_id": line.claim_id,
            "claim_line_id": line.id,
            "lot_id": line.lot_id,
            "allocation_id": part.allocation_id,
            "party_id": part.party_id,
            "borne_by": grant.borne_by,
            "quantity": part.quantity,
            "amount": part.amount,
            "claim_number": number,
            "lot_number": line.lot_number,
            "about": line.about,
            "reason": line.reason,
            "photo_ids": line.photo_ids,
            "base_unit": line.base_unit,
            "granted_quantity": grant.quantity,
            "granted_amount": grant.amount,
            "share": part.share,
            "whole": part.whole,
            "livemode": line.livemode,
            "created_at": tx.now,
        }


async def deem_claims_accepted(tx: Tx, most: int) -> int:
    """The hub's silence grants: at most *most* claims past their answer_by, in full; how many.

    The hub bears it: nobody asked the sellers.
    """
    claims = await queries.unanswered(tx, most)
    if not claims:
        return 0
    ids = [claim.id for claim in claims]
    lines = {line.id: line for line in await queries.lines(tx, ids)}
    numbers = {claim.id: claim.number for claim in claims}
    await _grant(tx, [grants.in_full(line) for line in lines.values()], lines, numbers)
    changed = await tx.sql(_DEEM, ids, ClaimStatus.DEEMED_ACCEPTED, tx.now)
    await _record(tx, "deem_accepted", claims, changed, NO_ANSWER)
    return len(changed)


async def close_claims(tx: Tx, most: int) -> int:
    """Put away at most *most* claims that were resolved or rejected a week ago; how many.

    So long somebody may still come back to them; after that their shipment's papers are complete.
    """
    claims = await queries.done_with(tx, most)
    if not claims:
        return 0
    changed = await tx.sql(_CLOSE, [claim.id for claim in claims], ClaimStatus.CLOSED)
    await _record(tx, "close", claims, changed, None)
    return len(changed)


async def _record(
    tx: Tx, action: str, claims: Sequence[Any], changed: Sequence[Any], reason: str | None
) -> None:
    before = {claim.id: claim.status for claim in claims}
    changes = [
        Change(
            CLAIM,
            action,
            row["id"],
            row["version"],
            row["status"],
            before=before[row["id"]],
            audience=(row["buyer_id"],),
            data=told(row),
            reason=reason,
        )
        for row in changed
    ]
    await record(tx, changes)
