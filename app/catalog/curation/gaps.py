"""Which licences a seller lacks for goods of a category: today, from a rule's first day on, or once
what it has ends. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.catalog import licences
from app.parties.rules import WARNING, Held, kinds_on, last_good_day


class Cause(StrEnum):
    """Why a licence is lacking, or will be."""

    MISSING = "missing"
    RULE_COMES = "rule_comes"
    LICENCE_ENDS = "licence_ends"


@dataclass(frozen=True)
class Gap:
    """A licence out of *one_of* is lacking: now, from *due_on* on when a rule comes, after *due_on*
    when the licence *ending* ends."""

    cause: Cause
    one_of: tuple[str, ...]
    due_on: date | None = None
    ending: str | None = None


def gaps(category: str, held: Collection[Held], today: date) -> list[Gap]:
    """What a seller with the licences *held* lacks for goods of *category*, most urgent first."""
    found = [
        gap
        for rule in licences.licence_rules()
        if rule.concerns(category) and (gap := _gap(rule, held, today)) is not None
    ]
    return sorted(found, key=lambda gap: (gap.due_on or today, gap.one_of))


def _gap(rule: licences.LicenceRule, held: Collection[Held], today: date) -> Gap | None:
    one_of = tuple(sorted(rule.one_of))
    begins = max(rule.since, today)
    if not rule.one_of & kinds_on(held, begins):
        if begins > today:
            return Gap(Cause.RULE_COMES, one_of, begins)
        return Gap(Cause.MISSING, one_of)
    last = last_good_day(held, rule.one_of, begins)
    if last is None or last[0] - today > WARNING:
        return None
    return Gap(Cause.LICENCE_ENDS, one_of, last[0], last[1])
