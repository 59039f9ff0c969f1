"""From how much each part brings to which line it brings it: few pieces, whole packs, sums exact.

A part is laid on one line after the other until it is used up, so that of *n* parts on *m* lines at
most *m - 1* are cut. Pieces are whole packs; what this leaves open of a line is filled a step at a
time by who comes next, and by exchanging packs, as long as anything fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.allocation.levels import Part, pour
from app.allocation.packs import fit
from app.allocation.policies.market import Line, Market

Quotas = Mapping[tuple[int, int], int]
"""How much the parts of a group bring to the lines of a kind."""


def place(market: Market, quotas: Quotas | None = None) -> None:
    """Lay what the parts are given on the lines, and fill what stays open.

    Without *quotas* every part that is given anything may go to every line.
    """
    one_day = len({line.day for line in market.lines}) == 1
    if quotas is None:
        _lay(market.parts, market.lines, market.need(), one_day=one_day)
    else:
        members: dict[int, list[Part]] = defaultdict(list)
        for part in market.parts:
            if part.given:
                members[part.group].append(part)
        lines: dict[int, list[Line]] = defaultdict(list)
        for line in market.lines:
            lines[line.kind].append(line)
        for (group, kind), quota in sorted(quotas.items()):
            _lay(members[group], lines[kind], quota, one_day=one_day)
    _fill_up(market)


def place_amounts(market: Market, amounts: Mapping[int, Mapping[int, int]]) -> None:
    """Lay *amounts*, of parts by rank for each kind, on its lines, and fill what stays open."""
    for kind, own in sorted(amounts.items()):
        parts = [market.parts[rank] for rank in sorted(own)]
        for part in parts:
            part.given = own[part.rank]
        lines = [line for line in market.lines if line.kind == kind]
        _lay(parts, lines, sum(own.values()), one_day=True)
    _fill_up(market)


def _fill_up(market: Market) -> None:
    """Fill what is open of the lines, and take back what is too small, until it is neither."""
    _recount(market)
    days = _Days(market)
    while True:
        for line in market.lines:
            if line.left:
                _fill(market, line, days)
        if not days.drop_too_small():
            return


def whole_packs(parts: Sequence[Part], quotas: Quotas) -> None:
    """Round what *parts* are given to whole packs, and give each group's rest to who is next."""
    rest: dict[int, int] = defaultdict(int)
    for (group, _), quota in quotas.items():
        rest[group] += quota
    members: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        given = part.given // part.step * part.step
        if part.raised:
            given = max(given, part.least)
        part.given = given if given >= part.least else 0
        rest[part.group] -= part.given
        if part.given or part.least == part.step:
            members[part.group].append(part)
    for group, among in members.items():
        pour(among, max(0, rest[group]))


def _lay(parts: Iterable[Part], lines: Sequence[Line], quota: int, *, one_day: bool) -> None:
    """Lay at most *quota* of *parts* on *lines*, the largest packs first: loose goods fill gaps."""
    by_step: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        if part.given:
            by_step[part.step].append(part)
    for step in sorted(by_step, reverse=True):
        quota = _lay_alike(by_step[step], lines, quota, one_day=one_day)


def _lay_alike(parts: Sequence[Part], lines: Sequence[Line], quota: int, *, one_day: bool) -> int:
    """Lay *parts* with packs of one size; ``given`` is what is still to be laid.

    Where not all is picked up on *one_day*, nobody is cut into pick-ups that are too small.
    """
    waiting = list(reversed(parts))
    for line in lines:
        room = min(line.left, quota)
        skipped: list[Part] = []
        while room and waiting:
            part = waiting.pop()
            piece = min(part.given, room) // part.step * part.step
            rest = part.given - piece
            if rest and not (piece and (one_day or min(piece, rest) >= part.least)):
                skipped.append(part)
                if not piece or len(skipped) > _TRIES:
                    break
                continue
            part.given = rest
            line.pieces[part.rank] = line.pieces.get(part.rank, 0) + piece
            line.left -= piece
            room -= piece
            quota -= piece
            if rest:
                skipped.append(part)
        waiting.extend(reversed(skipped))
    return quota


_TRIES = 8
"""So many parts that should not be cut are passed over for one that may be."""


def _recount(market: Market) -> None:
    """What a part is given is what its pieces add up to."""
    for part in market.parts:
        part.given = 0
    for line in market.lines:
        for rank, piece in line.pieces.items():
            market.parts[rank].given += piece


class _Days:
    """What is picked up where and when, and what is not picked up any more: it was too small."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.sums: dict[tuple[int, int], int] = defaultdict(int)
        self.closed: set[tuple[int, int]] = set()
        for line in market.lines:
            for rank, piece in line.pieces.items():
                self.sums[market.parts[rank].pickup, line.day] += piece

    def drop_too_small(self) -> bool:
        """Take back what stays below its smallest pick-up; whether there was any."""
        parts = self.market.parts
        small = {
            (rank, line.day)
            for line in self.market.lines
            for rank in line.pieces
            if self.sums[parts[rank].pickup, line.day] < parts[rank].asks
        }
        for line in self.market.lines if small else ():
            for rank in [rank for rank in line.pieces if (rank, line.day) in small]:
                piece = line.pieces.pop(rank)
                line.left += piece
                parts[rank].given -= piece
                self.sums[parts[rank].pickup, line.day] -= piece
        self.closed |= small
        return bool(small)


def _fill(market: Market, line: Line, days: _Days) -> None:
    """Fill what is open of *line*: who is coming anyway, then who was left out, then exchanges."""
    views: list[Part] = []
    new: list[Part] = []
    for part in market.parts:
        if line.kind not in market.groups[part.group] or part.least > part.most:
            continue
        at = part.pickup, line.day
        piece = line.pieces.get(part.rank, 0)
        if (part.rank, line.day) in days.closed or not (piece or part.most - part.given):
            continue
        others = part.given - piece
        coming = days.sums.get(at, 0)
        view = Part(
            part.rank,
            part.step,
            _least(part, coming - piece),
            (part.most - others) // part.step * part.step,
            part.base + others,
            piece,
        )
        (views if coming >= part.asks else new).append(view)
    left = line.left
    if len(market.lines) > 1:
        left = _pour_few(views, left, market.grain)
    left = pour(views, left)
    left, back = brought_back(new, left)
    views += back
    for view in back:
        market.parts[view.rank].raised = True
    left = pour(views, left)
    fit(views + [view for view in new if not view.given], left)
    for view in views + new:
        _take(market, line, days, view)


_PIECES = 4


def _pour_few(views: Sequence[Part], left: int, grain: int) -> int:
    """Pour in a few large pieces: nobody drives a thousandth from everybody to every line."""
    coarse = max(1, -(-left // (grain * _PIECES))) * grain
    loose = [view for view in views if view.step == view.least == grain]
    for view in loose:
        view.step = coarse
    left = pour(views, left)
    for view in sorted(loose, key=lambda v: (not v.given, v.base + v.given, v.rank)):
        view.step = grain
        more = min(left, view.most - view.given) // grain * grain
        view.given += more
        left -= more
    return left


def _least(part: Part, others: int) -> int:
    """The smallest piece that makes a pick-up that has *others* already large enough."""
    return max(part.step, -(-(part.asks - others) // part.step) * part.step)


def brought_back(waiting: Iterable[Part], left: int) -> tuple[int, list[Part]]:
    """Those left out whose smallest share fits into what is left, the smallest first."""
    back = []
    for part in sorted(waiting, key=lambda p: (p.least, p.base, p.rank)):
        if part.least > left:
            break
        if part.least <= part.most:
            part.given = part.least
            left -= part.least
            back.append(part)
    return left, back


def _take(market: Market, line: Line, days: _Days, view: Part) -> None:
    piece = line.pieces.get(view.rank, 0)
    if view.given == piece:
        return
    part = market.parts[view.rank]
    part.given += view.given - piece
    days.sums[part.pickup, line.day] += view.given - piece
    line.left -= view.given - piece
    if view.given:
        line.pieces[view.rank] = view.given
    else:
        del line.pieces[view.rank]
