"""What a verdict must say. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.core.errors import invalid
from app.core.quantity import Quantity, factor, plain, to_base
from app.shipments.inspections.schemas import InspectionVerdict, VerdictIn
from app.shipments.lots.graph.judging import Outcome, Part

V = InspectionVerdict


def check_sample(sample: Quantity, balance: Decimal, base_unit: str) -> None:
    """Raises Invalid for a sample of more than there is, where the units can be compared."""
    by = factor(sample.unit, base_unit)
    if by is not None and sample.value * by > balance:
        raise invalid(
            "/sample",
            "sample_range",
            f"The lot has only {plain(balance)} {base_unit}.",
            f"Isi lot hanya {plain(balance)} {base_unit}.",
        )


def parts(verdict: Sequence[VerdictIn], base_unit: str) -> list[Part]:
    """The parts of the lot in its unit. Raises Invalid for a line that says too little or much."""
    return [_part(line, base_unit, f"/verdict/{n}") for n, line in enumerate(verdict)]


def _part(line: VerdictIn, base_unit: str, pointer: str) -> Part:
    if line.reason is None and line.verdict != V.ACCEPT:
        raise invalid(
            f"{pointer}/reason",
            "reason_needed",
            "Say why it is not accepted.",
            "Sebutkan alasan tidak diterima.",
        )
    if (line.grade is None) == (line.verdict == V.DOWNGRADE):
        raise invalid(
            f"{pointer}/grade",
            "grade_needed" if line.grade is None else "grade_unneeded",
            "What is downgraded needs its grade; nothing else has one.",
            "Isi grade hanya untuk barang yang turun mutu.",
        )
    return Part(
        Outcome(line.verdict),
        to_base(line.quantity, base_unit, f"{pointer}/quantity"),
        line.count,
        grade=line.grade,
        reason=line.reason,
    )
