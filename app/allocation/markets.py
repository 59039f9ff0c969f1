"""From needs and offers to a market of whole numbers, and from its decision back again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.allocation.eligibility import Excluded, Need, exclusion
from app.allocation.levels import Part
from app.allocation.models import Policy
from app.allocation.policies.market import Decision, Line, Market, stack
from app.allocation.rules import Limit, Share, Supply, quantity, thousandths
from app.core.quantity import quantum_of


class Stall:
    """Needs and offers of the same goods, and the market they make."""

    def __init__(
        self, needs: Sequence[Need], offers: Sequence[Any], licensed: Mapping[str, set[UUID]]
    ) -> None:
        kinds: dict[Any, int] = {}
        of_need = [kinds.setdefault(_kind(need), len(kinds)) for need in needs]
        alike = [needs[of_need.index(kind)] for kind in range(len(kinds))]
        grain = thousandths(quantum_of(needs[0].base_unit))
        self._left_out: list[dict[Excluded, list[UUID]]] = [defaultdict(list) for _ in alike]
        self._considered: dict[int, list[Supply]] = {}
        groups: dict[tuple[int, ...], int] = {}
        self._offers: list[Any] = []
        of_offer: list[int] = []
        for offer, may in self._eligible(alike, offers, licensed):
            self._offers.append(offer)
            of_offer.append(groups.setdefault(may, len(groups)))
        sellers = _numbered(offer["seller_id"] for offer in self._offers)
        pickups = _numbered((offer["seller_id"], offer["site_id"]) for offer in self._offers)
        prices, floors = _ranked(self._offers)
        parts = [_part(rank, offer, grain) for rank, offer in enumerate(self._offers)]
        for part, offer, group, price in zip(parts, self._offers, of_offer, prices, strict=True):
            part.seller = sellers[offer["seller_id"]]
            part.pickup = pickups[offer["seller_id"], offer["site_id"]]
            part.group, part.price = group, price
        had: dict[UUID, Decimal] = defaultdict(Decimal)
        for need in needs:
            for seller, brought in need.had.items():
                had[seller] += brought
        self._had = had
        lines = [
            Line(thousandths(need.quantity) // grain * grain, kind, need.deliver_on.toordinal())
            for need, kind in zip(needs, of_need, strict=True)
        ]
        so_far = [thousandths(had.get(seller, Decimal(0))) for seller in sellers]
        self.market = Market(grain, lines, list(groups), parts, so_far, floors)
        stack(self.market, parts, so_far)

    def _eligible(
        self, alike: Sequence[Need], offers: Sequence[Any], licensed: Mapping[str, set[UUID]]
    ) -> Iterable[tuple[Any, tuple[int, ...]]]:
        """Each offer that some line may use, with the kinds of those lines; by id."""
        barred_by_need = frozenset[UUID]().union(*(n.gave_back | n.closed for n in alike))
        licences = sorted({kind for need in alike for kind in need.required_licences})
        known: dict[Any, tuple[list[tuple[int, Excluded]], tuple[int, ...]]] = {}
        for offer in sorted(offers, key=lambda row: row["id"].int):
            seller = offer["seller_id"]
            facts = (
                *(offer[name] for name in _FACTS),
                offer["free"] > 0,
                tuple(seller in licensed[kind] for kind in licences),
                seller if seller in barred_by_need else None,
            )
            found = known.get(facts)
            if found is None:
                reasons = [exclusion(offer, offer["free"], need, licensed) for need in alike]
                found = known[facts] = (
                    [(kind, reason) for kind, reason in enumerate(reasons) if reason],
                    tuple(kind for kind, reason in enumerate(reasons) if not reason),
                )
            barred, may = found
            for kind, reason in barred:
                self._left_out[kind][reason].append(offer["id"])
            if may:
                yield offer, may

    def considered(self, kind: int) -> list[Supply]:
        """What lines of *kind* may use. The same list for all of them."""
        if kind not in self._considered:
            self._considered[kind] = [
                Supply(
                    offer["id"],
                    offer["seller_id"],
                    offer["free"],
                    offer["pack_size"],
                    offer["min_pickup"],
                    self._had.get(offer["seller_id"], Decimal(0)),
                )
                for offer, part in zip(self._offers, self.market.parts, strict=True)
                if kind in self.market.groups[part.group]
            ]
        return self._considered[kind]

    def could(self) -> tuple[int, Decimal]:
        """How many sellers could bring something to any of the lines, and how much together."""
        parts = self.market.usable()
        return len({part.seller for part in parts}), quantity(sum(part.most for part in parts))

    def shares(self, line: Line, decision: Decision, policy: Policy) -> list[Share]:
        """What each offer brings to *line*, by offer id."""
        level = decision.levels[line.kind]
        return [
            Share(
                self._offers[rank]["id"],
                quantity(line.pieces[rank]),
                self._limit(decision.market.parts[rank], level, policy),
            )
            for rank in sorted(line.pieces)
        ]

    def _limit(self, part: Part, level: int | None, policy: Policy) -> Limit:
        if part.given == part.most:
            return Limit.OFFERED
        if part.raised and part.given == part.least > part.step:
            return Limit.MIN_PICKUP
        due = 0 if policy is Policy.PRO_RATA else level
        if part.step != self.market.grain and part.height != due:
            return Limit.PACKS
        return _BY_POLICY[policy]

    def excluded(
        self, line: Line, decision: Decision, policy: Policy
    ) -> dict[Excluded, list[UUID]]:
        """The offers that bring nothing to *line*, by reason and id."""
        aside = defaultdict(list, {r: list(ids) for r, ids in self._left_out[line.kind].items()})
        level = decision.levels[line.kind]
        for part, made in zip(self.market.parts, decision.market.parts, strict=True):
            if part.rank in line.pieces or line.kind not in self.market.groups[part.group]:
                continue
            if part.least > part.most:
                reason = Excluded.TOO_LITTLE_LEFT
            elif made.given:
                reason = Excluded.FOR_OTHER_LINES
            elif policy is Policy.FAIR_SHARE and level is not None and part.base >= level:
                reason = Excluded.SELLER_AT_LEVEL
            else:
                reason = _NOT_NEEDED.get(policy, Excluded.PASSED_OVER)
            aside[reason].append(self._offers[part.rank]["id"])
        return dict(aside)


_BY_POLICY = {
    Policy.FAIR_SHARE: Limit.LEVEL,
    Policy.PRO_RATA: Limit.PROPORTION,
    Policy.LOWEST_COST: Limit.PRICE,
    Policy.FEWEST_PICKUPS: Limit.PICKUPS,
}
_NOT_NEEDED = {
    Policy.LOWEST_COST: Excluded.OTHERS_CHEAPER,
    Policy.FEWEST_PICKUPS: Excluded.NO_PICKUP_NEEDED,
}
_FACTS = (
    "status",
    "seller_status",
    "starts_on",
    "ends_on",
    "floor_amount",
    "floor_per",
)


def _kind(need: Need) -> Any:
    """What decides which offers a line may use: lines with equal facts are of one kind."""
    return (
        need.deliver_on,
        need.price_amount,
        need.price_per,
        need.required_licences,
        need.gave_back,
        need.closed,
    )


def _numbered(things: Iterable[Any]) -> dict[Any, int]:
    return {thing: number for number, thing in enumerate(dict.fromkeys(things))}


def _ranked(offers: Sequence[Any]) -> tuple[list[int], list[Fraction]]:
    """The place of each offer's floor price among all, cheapest first; no floor is no price."""
    known: dict[Any, Fraction] = {None: Fraction(0)}
    own: list[Fraction] = []
    for offer in offers:
        amount = offer["floor_amount"]
        key = None if amount is None else (amount, offer["floor_per"])
        if key not in known:
            known[key] = Fraction(amount) / Fraction(offer["floor_per"])
        own.append(known[key])
    floors = sorted(set(own))
    place = {floor: number for number, floor in enumerate(floors)}
    return [place[floor] for floor in own], floors


def _part(rank: int, offer: Any, grain: int) -> Part:
    pack, asks = offer["pack_size"], offer["min_pickup"]
    step = grain if pack is None else thousandths(pack)
    return Part(
        rank,
        step,
        step,
        thousandths(offer["free"]) // step * step,
        asks=0 if asks is None else thousandths(asks),
    )
