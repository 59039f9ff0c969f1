"""Spreading a market with several kinds of lines: every seller's fair part, and where it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.allocation.levels import Part
from app.allocation.policies.flow import Network
from app.allocation.policies.lexicographic import (
    SINK,
    SOURCE,
    Levels,
    Proportional,
    Rising,
    Source,
    network_of,
)
from app.allocation.policies.market import Market

SCALE = 1 << 62
"""Proportions are told apart to one in so many; no market has as many thousandths."""


@dataclass(eq=False)
class Seller:
    """One seller in a market: what it brings already, can bring by group, and is to bring.

    *behind* says who is next when a single piece more can be given: who has least of it.
    """

    had: int
    groups: dict[int, int]
    parts: list[Part]
    amount: int = 0
    behind: int = 0

    @property
    def most(self) -> int:
        """All it can bring."""
        return sum(self.groups.values())


@dataclass
class Spread:
    """What came of it: quotas of groups for kinds, levels of kinds, and who shares a level.

    A pool is what its lines need, and the parts of the sellers that stay at its level.
    """

    quotas: dict[tuple[int, int], int]
    levels: list[int | None]
    pools: list[tuple[int, list[Part]]]


def spread(
    market: Market, stages: Sequence[Sequence[Part]], *, proportional: bool = False
) -> Spread:
    """Give parts what is fair, stage after stage; see `lexicographic`. Not yet in whole packs.

    Fair is an equal amount, or, *proportional*, an equal proportion of what a seller can bring.
    Each stage brings the most it can beside the earlier ones, so that all bring the most there is;
    what the levels leave goes piece by piece to who has least (or the largest remainder), by id.
    """
    for part in market.parts:
        part.given = 0
    needs = [0 for _ in market.kinds]
    for line in market.lines:
        needs[line.kind] += line.left // market.grain
    factor = SCALE if proportional else 1
    had = [brought // market.grain for brought in market.had]
    settled: list[list[Seller]] = []
    levels: list[int | None] = [None for _ in needs]
    pools: list[tuple[int, list[Part]]] = []
    network, edges = _brought(market, needs, [])
    for parts in stages:
        bundles = _bundles(_sellers(market, parts, had))
        earlier = [_settled(own, factor) for own in settled]
        sources = [_source(own, factor if proportional else None) for own in bundles]
        found = Levels([*earlier, *sources], market.groups, [need * factor for need in needs])
        for source, own in zip(sources, bundles, strict=True):
            for seller in own:
                (_settle_proportion if proportional else _settle_amount)(seller, source)
        network, edges = _brought(market, needs, [*settled, *bundles])
        if _give_rest(network, edges[len(settled) :], bundles):
            network, _ = _brought(market, needs, [*settled, *bundles])  # afresh: fewer pieces
        settled += bundles
        for own in bundles:
            for seller in own:
                had[seller.parts[0].seller] += seller.amount
        levels = [
            now if now is not None else old for old, now in zip(levels, found.of_kind, strict=True)
        ]
        pools += _pools(market, found, sources, bundles)
    first = 2 + len(needs)
    for number, own in enumerate(settled):
        _hand_down(network, first + len(market.groups) + number, first, own, market.grain)
    return Spread(
        _quotas(network, market, first),
        [None if level is None or proportional else level * market.grain for level in levels],
        pools,
    )


def _brought(
    market: Market, needs: Sequence[int], bundles: Sequence[Sequence[Seller]]
) -> tuple[Network, list[int]]:
    """All that the sellers are to bring on its way to the lines, and the edge of each bundle."""
    wanted = [(sum(seller.amount for seller in own), _limits(own)) for own in bundles]
    network, edges = network_of(market.groups, needs, wanted)
    network.push(SOURCE, SINK)
    return network, edges


def _sellers(market: Market, parts: Sequence[Part], had: Sequence[int]) -> list[Seller]:
    own: dict[int, Seller] = {}
    for part in sorted(parts, key=lambda p: p.base):
        seller = own.get(part.seller)
        if seller is None:
            seller = own[part.seller] = Seller(had[part.seller], defaultdict(int), [])
        seller.groups[part.group] += part.most // market.grain
        seller.parts.append(part)
    return list(own.values())


def _bundles(sellers: Sequence[Seller]) -> list[list[Seller]]:
    """Sellers that bring to one and the same group together, all others each alone."""
    alike: dict[object, list[Seller]] = defaultdict(list)
    for seller in sorted(sellers, key=_first):
        alike[next(iter(seller.groups)) if len(seller.groups) == 1 else seller].append(seller)
    return list(alike.values())


def _settled(own: Sequence[Seller], factor: int) -> Source:
    """Sellers of an earlier stage: what they bring stands, where they bring it does not."""
    limits = {group: most * factor for group, most in _limits(own).items()}
    return Source(limits, Rising([]), fixed=sum(seller.amount for seller in own) * factor)


def _first(seller: Seller) -> int:
    return min(part.rank for part in seller.parts)


def _limits(own: Sequence[Seller]) -> dict[int, int]:
    limits: dict[int, int] = defaultdict(int)
    for seller in own:
        for group, most in seller.groups.items():
            limits[group] += most
    return limits


def _source(own: Sequence[Seller], scale: int | None) -> Source:
    limits = _limits(own)
    if scale is None:
        return Source(limits, Rising((seller.had, seller.had + seller.most) for seller in own))
    scaled = {group: most * scale for group, most in limits.items()}
    return Source(scaled, Proportional(sum(limits.values()), scale))


def _settle_amount(seller: Seller, source: Source) -> None:
    """The amount at the source's level; who then has least is next."""
    if source.level is None or source.fixed is None:
        seller.amount = sum(seller.groups[group] for group in source.open)
    elif len(seller.groups) > 1:
        seller.amount = source.fixed
    else:
        seller.amount = min(seller.most, max(0, source.level - seller.had))
    seller.behind = seller.had + seller.amount


def _settle_proportion(seller: Seller, source: Source) -> None:
    """The whole pieces of its proportion; who then has the largest remainder is next."""
    if source.level is None or source.fixed is None:
        seller.amount = sum(seller.groups[group] for group in source.open)
        return
    exact = source.fixed if len(seller.groups) > 1 else seller.most * source.level
    seller.amount, remainder = divmod(exact, SCALE)
    seller.behind = -remainder


def _give_rest(network: Network, edges: Sequence[int], bundles: Sequence[Sequence[Seller]]) -> bool:
    """One piece more for each for whom there is room, who is most behind first; whether any was.

    Whoever cannot be given one once cannot later: what can be given is a matroid.
    """
    queue = [
        (seller, edge)
        for edge, own in zip(edges, bundles, strict=True)
        for seller in own
        if seller.amount < seller.most
    ]
    queue.sort(key=lambda one: (one[0].behind, _first(one[0])))
    any_given = False
    while True:
        able = network.reaching(SINK)
        queue = [one for one in queue if network.to[one[1]] in able]
        if not queue:
            return any_given
        fitting = _fitting(network, [edge for _, edge in queue])
        for seller, _ in queue[:fitting]:
            seller.amount += 1
        any_given = any_given or fitting > 0
        refused = {edge for _, edge in queue[fitting : fitting + 1]}
        queue = [one for one in queue[fitting:] if one[1] not in refused]


def _fitting(network: Network, edges: Sequence[int]) -> int:
    """How many of *edges*, from the first on, can each carry one more; it is sent."""
    before = network.room.copy()
    low, high, tried = 0, len(edges) + 1, len(edges)
    while True:
        for edge in edges[:tried]:
            network.room[edge] += 1
        if network.push(SOURCE, SINK) == tried:
            low = tried
        else:
            high = tried
        if high - low == 1 and low == tried:
            return low
        network.room[:] = before
        tried = (low + high) // 2 if high - low > 1 else low


def _hand_down(network: Network, node: int, first: int, own: Sequence[Seller], grain: int) -> None:
    """Give the parts of a source's sellers what the flow brings to their groups."""
    sent = {
        network.to[edge] - first: network.flow(edge) for edge in network.edges[node] if not edge & 1
    }
    for seller in own:
        left = dict.fromkeys(seller.groups, seller.amount) if len(sent) == 1 else sent
        for part in seller.parts:
            part.given = min(part.most, left[part.group] * grain)
            left[part.group] -= part.given // grain


def _quotas(network: Network, market: Market, first: int) -> dict[tuple[int, int], int]:
    return {
        (group, network.to[edge] - 2): network.flow(edge) * market.grain
        for group in range(len(market.groups))
        for edge in network.edges[first + group]
        if not edge & 1 and network.flow(edge)
    }


def _pools(
    market: Market,
    found: Levels,
    sources: Sequence[Source],
    bundles: Sequence[Sequence[Seller]],
) -> list[tuple[int, list[Part]]]:
    pools: list[tuple[int, list[Part]]] = [(market.need(kinds), []) for kinds in found.pools]
    for source, own in zip(sources, bundles, strict=True):
        if source.pool is None:
            continue
        kinds = found.pools[source.pool]
        pools[source.pool][1].extend(
            part
            for seller in own
            for part in seller.parts
            if not kinds.isdisjoint(market.groups[part.group])
        )
    return pools
