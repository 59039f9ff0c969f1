"""What an amendment would do: one decision, which a preview shows and consent carries out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.consent import Obstacle
from app.core.quantity import plain, quantum_of
from app.core.text import Text
from app.orders.amendments.obstacles import against
from app.orders.amendments.shares import leaving
from app.orders.amendments.terms import Bucket, Change, Ground, Line, Wish, terms_of, together
from app.prices.models import PriceRule

_QUOTA = Text(
    "The quota from {start} to {end} would have {left} {unit} too little.",
    "Kuota dari {start} sampai {end} akan kurang {left} {unit}.",
)
_STOCK = Text("The stock would be {left} {unit} too little.", "Stoknya akan kurang {left} {unit}.")
_CALL_OFF = Text(
    "The agreement's smallest call-off of these goods is {least} {unit}.",
    "Kontrak menetapkan permintaan paling sedikit {least} {unit} untuk barang ini.",
)
_MIN_ORDER = Text(
    "At least {least} {unit} of this listing have to be ordered.",
    "Produk ini dipesan minimal {least} {unit}.",
)
_SHARES_LEAVE = Text(
    "Sellers were asked for another day: they are released, and the hub allocates again.",
    "Penjual diminta untuk hari lain: alokasinya dilepas dan BTC mengalokasikan ulang.",
)
_BEFORE_ANSWER = Text(
    "This day may be over before the other side has to answer; consent then comes too late.",
    "Hari ini bisa lewat sebelum batas waktu jawaban; persetujuan sesudahnya terlambat.",
)
_TIER_KEPT = Text(
    "The price stays that of the quantity first ordered; its tiers are not looked at again.",
    "Harga tetap sesuai jumlah pesanan semula; harga bertingkat tidak dihitung ulang.",
)
_PRICE_KEPT = Text(
    "Sellers who were asked already keep the price that they were asked at.",
    "Penjual yang sudah diminta tetap memakai harga saat diminta.",
)


@dataclass(frozen=True)
class Warning:
    """Something to know before one consents; only for the hub where it is about sellers."""

    pointer: str
    code: str
    detail: Text
    hub_only: bool = False


@dataclass(frozen=True)
class Effect:
    """What an amendment does to one bucket: taken from it, given back to it, left of it then."""

    bucket: Bucket
    line: Line
    pointer: str
    taken: Decimal = Decimal(0)
    given: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What would be left; below zero, so much is missing."""
        return self.bucket.left + self.given - self.taken


@dataclass(frozen=True)
class Plan:
    """Everything that an amendment would do, and what stands against it."""

    changes: Sequence[Change]
    effects: Sequence[Effect]
    obstacles: Sequence[Obstacle]
    warnings: Sequence[Warning]
    total_before: Decimal
    total_after: Decimal

    @property
    def kept(self) -> dict[UUID, Decimal]:
        """What stays of every share that gives way."""
        return {key: rest for change in self.changes for key, rest in change.kept.items()}

    @property
    def given_back(self) -> list[tuple[Line, Decimal]]:
        """What lines, as they are, give back of quota and stock."""
        return [(change.line, change.moves()[0]) for change in self.changes]

    @property
    def taken(self) -> list[tuple[Line, Decimal]]:
        """What lines, as they will be, take of quota and stock."""
        return [(change.columns(), change.moves()[1]) for change in self.changes]


def plan(
    lines: Sequence[Line],
    wishes: Sequence[Wish],
    grounds: Mapping[UUID, Ground],
    today: date,
    respond_by: date,
) -> Plan:
    """What it would do to an order's *lines* to grant *wishes*, given what each stands on.

    It always comes to an end: what cannot be is said in ``obstacles``, and the rest is shown as it
    would be without them. *respond_by* is the last day of the other side's answer.
    """
    by_id = {line["id"]: line for line in lines}
    changes = [_change(by_id[wish.line_id], wish, grounds[wish.line_id]) for wish in wishes]
    effects = _effects(changes)
    changed = {change.line["id"]: change.after.amount for change in changes}
    amounts = {line["id"]: terms_of(line).amount for line in lines}
    return Plan(
        changes,
        effects,
        [
            *(found for change in changes for found in against(change, today)),
            *(found for effect in effects for found in _short(effect)),
            *_too_small(lines, changes),
        ],
        [found for change in changes for found in _warnings(change, respond_by)],
        sum(amounts.values(), Decimal(0)),
        sum((amounts | changed).values(), Decimal(0)),
    )


def _change(line: Line, wish: Wish, ground: Ground) -> Change:
    before = terms_of(line)
    after = wish.applied(before)
    change = Change(wish, line, ground, before, after, {})
    if change.moved:
        stay = Decimal(0)
    elif wish.quantity is not None:
        stay = change.target
    else:
        return change
    return replace(change, kept=leaving(ground.shares, stay, quantum_of(line["base_unit"])))


def _effects(changes: Iterable[Change]) -> list[Effect]:
    found: dict[Any, Effect] = {}
    for change in changes:
        given, taken = change.moves()
        here, there = change.ground.bucket, change.ground.next_bucket
        for bucket, back, more in ((here, given, Decimal(0)), (there, Decimal(0), taken)):
            if bucket is not None and (back or more):
                old = found.get(bucket.key) or Effect(bucket, change.line, change.wish.pointer)
                pointer = change.wish.pointer if more and not old.taken else old.pointer
                found[bucket.key] = replace(
                    old, given=old.given + back, taken=old.taken + more, pointer=pointer
                )
    return list(found.values())


def _short(effect: Effect) -> Iterator[Obstacle]:
    """That a bucket has too little for what would be taken from it."""
    if effect.left >= 0 or not effect.taken:
        return
    unit = effect.line["base_unit"]
    missing = plain(-effect.left)
    facts: dict[str, Any] = {
        "left": {"value": plain(effect.bucket.left + effect.given), "unit": unit},
        "asked": {"value": plain(effect.taken), "unit": unit},
    }
    if effect.line["variant_id"] is not None:
        said = _STOCK.filled(left=missing, unit=unit)
        yield Obstacle(f"{effect.pointer}/quantity", "out_of_stock", said, facts)
    elif effect.bucket.open:  # of one that is shut, that stands against the line already
        start, end = effect.bucket.starts_on, effect.bucket.ends_on
        said = _QUOTA.filled(start=start, end=end, left=missing, unit=unit)
        facts |= {"period_start": str(start), "period_end": str(end)}
        yield Obstacle(f"{effect.pointer}/quantity", "quota_exceeded", said, facts)


def _too_small(lines: Sequence[Line], changes: Sequence[Change]) -> Iterator[Obstacle]:
    """Less than may be ordered at once of an agreement or a listing; its lines count together."""
    after = {line["id"]: line["confirmed"] for line in lines}
    after |= {change.line["id"]: change.after.quantity for change in changes}
    lessened = [c for c in changes if c.after.quantity < c.before.quantity]
    for column, name, code, said in (
        ("agreement_line_id", "min_call_off", "min_call_off", _CALL_OFF),
        ("listing_id", "min_order", "min_order", _MIN_ORDER),
    ):
        for key, group in together(lessened, column).items():
            ground = group[0].ground
            term = ground.agreement if column == "agreement_line_id" else ground.variant
            least = term[name] if key is not None and term is not None else None
            ordered = sum((after[line["id"]] for line in lines if line[column] == key), Decimal(0))
            if least is not None and ordered < least:
                filled = said.filled(least=plain(least), unit=group[0].line["base_unit"])
                yield Obstacle(f"{group[0].wish.pointer}/quantity", code, filled)


def _warnings(change: Change, respond_by: date) -> Iterator[Warning]:
    pointer = change.wish.pointer
    if change.moved and change.freed:
        yield Warning(f"{pointer}/deliver_on", "allocated_again", _SHARES_LEAVE)
    if change.moved and change.after.deliver_on <= respond_by:
        yield Warning(f"{pointer}/deliver_on", "day_before_answer", _BEFORE_ANSWER)
    if change.after.quantity != change.before.quantity and _tiered(change):
        yield Warning(f"{pointer}/quantity", "tier_kept", _TIER_KEPT)
    if change.wish.price is not None and change.allocated:
        yield Warning(f"{pointer}/price", "sellers_keep_price", _PRICE_KEPT, hub_only=True)


def header(lines: Iterable[Line]) -> dict[str, Any]:
    """The day and site an order shows of its own: those of its lines, if they have one together."""
    found = list(lines)
    return {
        name: found[0][name]
        for name in ("deliver_on", "ship_to_site_id")
        if all(line[name] == found[0][name] for line in found)
    }


def _tiered(change: Change) -> bool:
    inputs = change.line["price_inputs"]
    return inputs is not None and inputs["rule"] == PriceRule.TIERED and change.wish.price is None
