"""What may be granted of a claim. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.errors import Invalid, invalid
from app.core.money import line_amount
from app.core.quantity import plain, to_base
from app.shipments.claims import rules
from app.shipments.claims.models import BorneBy, ClaimAbout, Remedy
from app.shipments.claims.schemas import ClaimAnswerLineIn
from app.shipments.claims.states import ClaimStatus


@dataclass(frozen=True)
class Grant:
    """What is granted of one line; money is only taken off where ``amount`` is not nothing."""

    line_id: UUID
    quantity: Decimal
    amount: Decimal
    remedy: Remedy | None
    borne_by: BorneBy | None
    note: str | None = None


def judge(
    asked: Sequence[ClaimAnswerLineIn], lines: Mapping[UUID, Any], *, with_carrier: bool
) -> list[Grant]:
    """The hub's answer, line by line. *lines* are rows of all the claim's lines.

    Raises Invalid at the first that cannot be, or when a line is left out.
    """
    found: dict[UUID, Grant] = {}
    for n, said in enumerate(asked):
        line = lines.get(said.line_id)
        if line is None:
            raise _line(n, "line_unknown", "is not of this claim", "tidak ada di klaim ini")
        if said.line_id in found:
            raise _line(n, "duplicate", "is answered twice", "dijawab dua kali")
        found[said.line_id] = _grant(n, said, line, with_carrier=with_carrier)
    if len(found) < len(lines):
        missing = len(lines) - len(found)
        raise invalid(
            "/lines",
            "lines_missing",
            f"Lines of the claim that are not answered: {missing}; say 0 where nothing is granted.",
            f"{missing} baris klaim belum dijawab; isi 0 bila tidak disetujui.",
        )
    return list(found.values())


def _line(n: int, code: str, en: str, id: str) -> Invalid:
    return invalid(f"/lines/{n}/line_id", code, f"This line {en}.", f"Baris ini {id}.")


def _grant(n: int, said: ClaimAnswerLineIn, line: Any, *, with_carrier: bool) -> Grant:
    quantity = to_base(said.quantity, line.base_unit, f"/lines/{n}/quantity")
    if quantity > line.quantity:
        raise invalid(
            f"/lines/{n}/quantity",
            "more_than_claimed",
            f"The claim is about {plain(line.quantity)} {line.base_unit} only.",
            f"Yang diklaim hanya {plain(line.quantity)} {line.base_unit}.",
        )
    if not quantity:
        if said.note is None:
            raise invalid(
                f"/lines/{n}/note",
                "note_needed",
                "Say why nothing is granted: the buyer reads it.",
                "Tulis alasan tidak disetujui: pembeli membacanya.",
            )
        return Grant(line.id, quantity, Decimal(0), None, None, said.note)
    remedy = said.remedy or Remedy(line.remedy)
    rules.check_remedy(remedy, ClaimAbout(line.about), f"/lines/{n}/remedy")
    amount = line_amount(quantity, line.amount, line.quantity)  # as much as of the quantity
    if said.amount is not None:
        amount = rules.checked(said.amount, amount, f"/lines/{n}/amount")
    borne_by = _bearer(n, said.borne_by, amount, with_carrier=with_carrier)
    return Grant(line.id, quantity, amount, remedy, borne_by, said.note)


def _bearer(n: int, said: BorneBy | None, amount: Decimal, *, with_carrier: bool) -> BorneBy | None:
    """Who bears *amount*. Raises Invalid where there is nobody to, or nothing to bear."""
    if said is BorneBy.CARRIER and not with_carrier:
        raise invalid(
            f"/lines/{n}/borne_by",
            "no_carrier",
            "The hub itself drove this shipment; there is no carrier to bear it.",
            "Pengiriman ini diantar BTC sendiri; tidak ada pengangkut yang menanggung.",
        )
    if said is not None and not amount:
        raise invalid(
            f"/lines/{n}/borne_by",
            "no_money",
            "No money is taken off for this line; leave borne_by out.",
            "Tidak ada uang yang dipotong untuk baris ini; kosongkan borne_by.",
        )
    return (said or BorneBy.SELLERS) if amount else None


def in_full(line: Any) -> Grant:
    """All that a line asks, borne by the hub: it was asked, and nobody else was."""
    bearer = BorneBy.HUB if line.amount else None
    return Grant(line.id, line.quantity, line.amount, Remedy(line.remedy), bearer)


def outcome(granted: Sequence[Grant], lines: Mapping[UUID, Any]) -> ClaimStatus:
    """What an answer comes to: all as asked, nothing, or something between."""
    if not any(grant.quantity for grant in granted):
        return ClaimStatus.REJECTED
    full = all(
        replace(grant, borne_by=None, note=None)
        == replace(in_full(lines[grant.line_id]), borne_by=None)
        for grant in granted
    )
    return ClaimStatus.ACCEPTED if full else ClaimStatus.PARTLY_ACCEPTED
