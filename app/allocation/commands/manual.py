"""Shares that the desk names itself: every one is checked as a rule would, and all told at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import inputs
from app.allocation.commands.decide import GivenBack, Lacking, Run, add, lacking_of, needs_of
from app.allocation.models import Policy
from app.allocation.planning import Excluded, Need, Outcome, exclusion
from app.allocation.rules import Limit, Share, Supply
from app.allocation.schemas import AllocateIn, ShareIn
from app.catalog.models import OfferKind
from app.catalog.states import SupplyOfferStatus
from app.core.errors import FieldError, Invalid
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.db.tx import Tx

_NOT_POSSIBLE = {
    Excluded.NOTHING_LEFT: Text(
        "Nothing is left of this offer on that day; name another.",
        "Penawaran ini sudah habis untuk hari itu; pilih penawaran lain.",
    ),
    Excluded.FLOOR_PRICE: Text(
        "Its floor price is above the price of this line; agree on a price with the seller first.",
        "Harga terendahnya di atas harga baris ini; sepakati dulu harganya dengan penjual.",
    ),
    Excluded.LICENCE_MISSING: Text(
        "Its seller has no valid licence for these goods; verify it first.",
        "Penjualnya belum punya izin yang berlaku untuk barang ini; periksa dulu izinnya.",
    ),
    Excluded.SELLER_SUSPENDED: Text(
        "Its seller is suspended; name another.",
        "Penjualnya sedang dibekukan; pilih penjual lain.",
    ),
    Excluded.CLOSED_THEN: Text(
        "Its seller has announced a closure for that day; name another, or have it cancelled.",
        "Penjualnya libur pada hari itu; pilih penjual lain, atau minta jadwal liburnya "
        "dibatalkan.",
    ),
}


@dataclass(frozen=True)
class _Named:
    """One share that was named and can be, so far: where it stands, of what, and how much."""

    n: int
    line: Row[Any]
    offer: Mapping[str, Any]
    quantity: Decimal


async def by_hand(
    tx: Tx, order: Row[Any], lines: Sequence[Row[Any]], asked: AllocateIn, *, lock: bool
) -> Run:
    """The run of exactly the shares *asked* for. Raises Invalid naming all that cannot be.

    A seller that gave something back may be asked again here: the desk has spoken with it.
    """
    if asked.policy is not Policy.MANUAL or not asked.shares:
        raise Invalid(errors=[FieldError("/shares", "manual_shares", _ONLY_BY_HAND)])
    back = GivenBack()
    lacking = {line.id: (line, quantity) for line, quantity in _open(order, lines, back)}
    named_lines = {share.line_id for share in asked.shares}
    needs = {n.line_id: n for n in await needs_of(tx, _of_offers(lacking, named_lines))}
    ids = await inputs.named(tx, {share.offer_id for share in asked.shares}, lock=lock)
    offers = await inputs.offers(tx, ids, {need.deliver_on for need in needs.values()})
    kinds = {kind for need in needs.values() for kind in need.required_licences}
    licensed = await inputs.licensed(tx, kinds, {offer["seller_id"] for offer in offers})
    desk = _Desk(lacking, needs, set(ids), offers, licensed)
    for n, share in enumerate(asked.shares):
        desk.name(n, share)
    desk.check_sums()
    if desk.errors:
        raise Invalid(errors=desk.errors[:_TOLD])
    run = Run(Policy.MANUAL)
    add(run, desk.outcomes(), {line.id: line for line in lines}, offers, {}, back)
    return run


_TOLD = 50  # of a thousand wrong shares the first fifty are named
_ONLY_BY_HAND = Text(
    'Name shares with the policy "manual", and only with it.',
    'Isi shares hanya bersama policy "manual", dan policy "manual" memerlukan shares.',
)


def _open(order: Row[Any], lines: Sequence[Row[Any]], back: GivenBack) -> list[Lacking]:
    return lacking_of({order.id: order.status}, lines, back)


def _of_offers(lacking: Mapping[UUID, Lacking], named: set[UUID]) -> list[Lacking]:
    return [part for id, part in lacking.items() if id in named and part[0].variant_id is None]


class _Desk:
    """What has been named, and what is wrong with it."""

    def __init__(
        self,
        lacking: Mapping[UUID, Lacking],
        needs: Mapping[UUID, Need],
        known: set[UUID],
        offers: Sequence[Any],
        licensed: Mapping[str, set[UUID]],
    ) -> None:
        self.errors: list[FieldError] = []
        self._lacking, self._needs = lacking, needs
        self._known, self._licensed = known, licensed
        self._periods: dict[UUID, list[Any]] = defaultdict(list)
        for offer in offers:
            self._periods[offer["offer_id"]].append(offer)
        self._named: list[_Named] = []

    def name(self, n: int, share: ShareIn) -> None:
        """Check the share at place *n* for itself."""
        need = self._needs.get(share.line_id)
        if need is None:
            self._refuse(n, "line_id", "line_not_open", _NO_LINE)
        elif share.offer_id not in self._known:
            self._refuse(n, "offer_id", "not_found", _NO_OFFER)
        elif offer := self._period(n, share.offer_id, need):
            self._take(n, share, need, offer)

    def _take(self, n: int, share: ShareIn, need: Need, offer: Any) -> None:
        """Note the share, if its quantity is one that the offer can be asked for."""
        pack = offer["pack_size"]
        try:
            quantity = to_base(share.quantity, need.base_unit, f"/shares/{n}/quantity", pack)
        except Invalid as refused:
            self.errors.extend(refused.errors)
            return
        if pack is not None and quantity % pack:
            said = _PACKS.filled(pack=f"{plain(pack)} {need.base_unit}")
            self._refuse(n, "quantity", "whole_packs", said)
            return
        line, _ = self._lacking[share.line_id]
        self._named.append(_Named(n, line, offer, quantity))

    def _period(self, n: int, offer_id: UUID, need: Need) -> Any | None:
        """The offer's period on the line's day, if it may be used."""
        offer = next((p for p in self._periods[offer_id] if _covers(p, need)), None)
        asked_again = replace(need, gave_back=frozenset())
        if offer is None:
            said = _NOT_THAT_DAY.filled(day=need.deliver_on.isoformat())
            self._refuse(n, "offer_id", Excluded.NOT_AVAILABLE_THEN, said)
        elif (offer["commodity_id"], offer["grade"]) != (need.commodity_id, need.grade):
            self._refuse(n, "offer_id", "other_goods", _OTHER_GOODS)
        elif offer["status"] != SupplyOfferStatus.OPEN or offer["kind"] != OfferKind.COMMITMENT:
            self._refuse(n, "offer_id", "offer_not_open", _NOT_OPEN)
        elif reason := exclusion(offer, offer["free"], asked_again, self._licensed):
            self._refuse(n, "offer_id", reason, _NOT_POSSIBLE[reason])
        else:
            return offer
        return None

    def check_sums(self) -> None:
        """Check what shares come to together: per offer, per line, per pick-up."""
        offers: dict[UUID, Decimal] = defaultdict(Decimal)
        lines: dict[UUID, Decimal] = defaultdict(Decimal)
        pickups: dict[Any, Decimal] = defaultdict(Decimal)
        pairs: set[tuple[UUID, UUID]] = set()
        for one in self._named:
            offers[one.offer["id"]] += one.quantity
            lines[one.line.id] += one.quantity
            pickups[_pickup(one)] += one.quantity
        for one in self._named:
            unit, pair = one.line.base_unit, (one.line.id, one.offer["id"])
            free, lacking = one.offer["free"], self._lacking[one.line.id][1]
            least = one.offer["min_pickup"]
            if pair in pairs:
                self._refuse(one.n, "offer_id", "duplicate", _TWICE)
            pairs.add(pair)
            if offers[one.offer["id"]] > free:
                self._refuse(one.n, "quantity", "more_than_free", _FREE, f"{plain(free)} {unit}")
            if lines[one.line.id] > lacking:
                left = f"{plain(lacking)} {unit}"
                self._refuse(one.n, "quantity", "more_than_lacking", _LACKING, left)
            if least is not None and pickups[_pickup(one)] < least:
                self._refuse(one.n, "quantity", "min_pickup", _PICKUP, f"{plain(least)} {unit}")

    def _refuse(self, n: int, field: str, code: str, said: Text, left: str = "") -> None:
        detail = said.filled(left=left) if left else said
        self.errors.append(FieldError(f"/shares/{n}/{field}", str(code), detail))

    def outcomes(self) -> list[Outcome]:
        """What each line that was named gets."""
        named: dict[UUID, list[_Named]] = defaultdict(list)
        for one in self._named:
            named[one.line.id].append(one)
        return [_outcome(self._needs[line_id], some) for line_id, some in named.items()]


def _covers(period: Mapping[str, Any], need: Need) -> bool:
    return bool(period["starts_on"] <= need.deliver_on <= period["ends_on"])


def _pickup(one: _Named) -> Any:
    return one.offer["seller_id"], one.offer["site_id"], one.line.deliver_on


def _outcome(need: Need, named: Sequence[_Named]) -> Outcome:
    supplies = [
        Supply(
            one.offer["id"],
            one.offer["seller_id"],
            one.offer["free"],
            one.offer["pack_size"],
            one.offer["min_pickup"],
            need.had.get(one.offer["seller_id"], Decimal(0)),
        )
        for one in named
    ]
    return Outcome(
        need=need,
        shares=[Share(one.offer["id"], one.quantity, Limit.BY_HAND) for one in named],
        considered=supplies,
        excluded={},
        level=None,
        sellers=len({supply.seller_id for supply in supplies}),
        supply=sum((supply.free for supply in supplies), Decimal(0)),
    )


_NO_LINE = Text(
    "No line of this order with this id lacks goods that an offer could bring.",
    "Tidak ada baris pesanan ini dengan id tersebut yang masih kekurangan barang dari penawaran.",
)
_NO_OFFER = Text(
    "There is no such offer; see GET /v1/supply-offers.",
    "Tidak ada penawaran seperti ini; lihat GET /v1/supply-offers.",
)
_OTHER_GOODS = Text(
    "This offer is of other goods, or of another grade, than the line.",
    "Penawaran ini untuk komoditas atau mutu yang berbeda dari baris pesanan.",
)
_NOT_THAT_DAY = Text(
    "This offer brings nothing on {day}; name one for that day.",
    "Penawaran ini tidak berlaku pada {day}; pilih penawaran untuk hari itu.",
)
_NOT_OPEN = Text(
    "This offer is paused, ended, or only a forecast; its seller has to promise it first.",
    "Penawaran ini dijeda, berakhir, atau baru perkiraan; penjual harus memastikannya dulu.",
)
_PACKS = Text(
    "This offer is given in whole packs of {pack} only.",
    "Penawaran ini hanya dalam kemasan utuh {pack}.",
)
_TWICE = Text(
    "This offer is named twice for the line; add the quantities up.",
    "Penawaran ini disebut dua kali untuk baris yang sama; jumlahkan saja.",
)
_FREE = Text("More than the offer has left: {left}.", "Melebihi sisa penawaran ini: {left}.")
_LACKING = Text("More than the line still lacks: {left}.", "Melebihi kekurangan baris ini: {left}.")
_PICKUP = Text(
    "Below the smallest pick-up of this offer: {left}.",
    "Di bawah jemputan terkecil penawaran ini: {left}.",
)
