"""A sketch of the way on an outline of Java, Madura and Bali; no map server, no road.

Where a place is not on that outline, the sketch is a plain line from one end to the other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from math import cos, dist, radians
from typing import NamedTuple

from app.shipments.page import rules
from app.shipments.page.view import View

WIDTH, HEIGHT = 328, 150
_MARGIN_X, _MARGIN_Y = 44, 34
_PLAIN_HEIGHT = 64
_MOST_PER_DEGREE = 130.0
"""Two ends beside each other are not blown up beyond what the outline is good for."""
_SQUEEZE = cos(radians(7.3))
"""A degree of longitude beside one of latitude, at Java's latitude."""
_APART = 20
"""Two ends closer than so many pixels could not be told apart."""
_STRAY = 40
"""A position so many pixels off the picture is left out: it tells more of a device than of us."""


class Point(NamedTuple):
    """A place on the globe, in degrees."""

    latitude: float
    longitude: float


class Dot(NamedTuple):
    """A place on the picture, in pixels."""

    x: float
    y: float


class Label(NamedTuple):
    """A name beside a dot."""

    x: float
    y: float
    anchor: str
    text: str


class Sketch(NamedTuple):
    """All that is drawn: outlines, the way done and to come, the dots and their names."""

    width: int
    height: int
    islands: list[str]
    ends: tuple[Dot, Dot]
    here: Dot | None
    labels: tuple[Label, Label]

    @property
    def done(self) -> str:
        """The way so far."""
        return _line(self.ends[0], self.here or self.ends[0])

    @property
    def ahead(self) -> str:
        """The way to come."""
        return _line(self.here or self.ends[0], self.ends[1])


def sketch(view: View) -> Sketch:
    """The way of *view*."""
    places = _places()
    start, end = places.get(view.from_region), places.get(view.to_region)
    if start is None or end is None:
        return _plain(view)
    frame = _Frame(start, end)
    ends = frame.dot(start), frame.dot(end)
    if dist(*ends) < _APART:
        return _plain(view)
    above = ends[1].y <= ends[0].y  # the higher dot has its name above, the other one below
    return Sketch(
        WIDTH,
        HEIGHT,
        [frame.path(shore) for shore in _coasts()],
        ends,
        _here(view, frame, ends),
        (_label(ends[0], view.from_region, not above), _label(ends[1], view.to_region, above)),
    )


def _here(view: View, frame: _Frame, ends: tuple[Dot, Dot]) -> Dot | None:
    """Where it is as far as that is known: at an end, or where it was last seen on the way."""
    if rules.progress(view) == 1.0:
        return ends[1]
    if view.position is None or rules.is_over(view):
        return None
    dot = frame.dot(Point(view.position.latitude, view.position.longitude))
    seen = -_STRAY < dot.x < WIDTH + _STRAY and -_STRAY < dot.y < HEIGHT + _STRAY
    return Dot(min(max(dot.x, 4), WIDTH - 4), min(max(dot.y, 4), HEIGHT - 4)) if seen else None


def _plain(view: View) -> Sketch:
    y = _PLAIN_HEIGHT / 2
    ends = Dot(12, y), Dot(WIDTH - 12, y)
    along = rules.progress(view)
    here = Dot(round(12 + (WIDTH - 24) * along, 1), y) if along else None
    return Sketch(
        WIDTH,
        _PLAIN_HEIGHT,
        [],
        ends,
        here,
        (_label(ends[0], view.from_region, True), _label(ends[1], view.to_region, False)),
    )


class _Frame:
    """Degrees to pixels, so that both ends lie well inside the picture."""

    def __init__(self, start: Point, end: Point) -> None:
        self.middle = Point(
            (start.latitude + end.latitude) / 2, (start.longitude + end.longitude) / 2
        )
        wide = abs(start.longitude - end.longitude) * _SQUEEZE
        high = abs(start.latitude - end.latitude)
        self.scale = min(
            (WIDTH - 2 * _MARGIN_X) / max(wide, 0.01),
            (HEIGHT - 2 * _MARGIN_Y) / max(high, 0.01),
            _MOST_PER_DEGREE,
        )

    def dot(self, point: Point) -> Dot:
        """Where *point* lies on the picture."""
        x = (point.longitude - self.middle.longitude) * _SQUEEZE * self.scale
        y = (self.middle.latitude - point.latitude) * self.scale
        return Dot(round(WIDTH / 2 + x, 1), round(HEIGHT / 2 + y, 1))

    def path(self, shore: Iterable[Point]) -> str:
        """An outline to be filled."""
        dots = [self.dot(point) for point in shore]
        return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in dots) + "Z"


def _label(dot: Dot, name: str, above: bool) -> Label:
    if dot.x < WIDTH / 3:
        anchor, x = "start", max(dot.x - 8, 2)
    elif dot.x > WIDTH * 2 / 3:
        anchor, x = "end", min(dot.x + 8, WIDTH - 2)
    else:
        anchor, x = "middle", dot.x
    y = dot.y - 12 if above else dot.y + 22
    return Label(round(x, 1), round(y, 1), anchor, rules.short_region(name))


def _line(start: Dot, end: Dot) -> str:
    return f"M{start.x:g} {start.y:g}L{end.x:g} {end.y:g}"


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("app.shipments.page").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _point(row: dict[str, str]) -> Point:
    return Point(float(row["latitude"]), float(row["longitude"]))


@cache
def _places() -> dict[str, Point]:
    """Where a kabupaten or kota lies, by its name."""
    return {row["name"]: _point(row) for row in _rows("places")}


@cache
def _coasts() -> list[list[Point]]:
    islands = groupby(_rows("coast"), key=lambda row: row["island"])
    return [[_point(row) for row in shore] for _, shore in islands]
