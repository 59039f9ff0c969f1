"""Variants of a product: which one a row means, and what it is after the row. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.catalog.imports.columns import OPTIONS, VARIANT_FIELDS
from app.catalog.imports.products import Line, problem
from app.catalog.variants.models import Availability
from app.catalog.variants.schemas import MOST_VARIANTS
from app.core.quantity import quantum_of
from app.core.text import Text

_KEPT = tuple(name for name in VARIANT_FIELDS if name not in ("price", "price_per", "stock"))
_MADE = ("capacity", "capacity_period", "lead_days")


@dataclass
class Way:
    """A row, the variant it means (None: a new one) and what that one is afterwards.

    ``own_price`` is None where the listing's price holds.
    """

    line: Line
    before: Mapping[str, Any] | None
    after: dict[str, Any]
    changed: list[str] = field(default_factory=list)
    own_price: tuple[str, str] | None = None
    """amount, and per how much in the listing's unit"""

    @property
    def made_to_order(self) -> bool:
        """Whether it has a capacity, and no stock."""
        return self.after["capacity"] is not None


def ways_of(lines: Sequence[Line], variants: Sequence[Mapping[str, Any]], unit: str) -> list[Way]:
    """What the rows of one product make of its *variants*; problems are left with the rows."""
    found: list[Way] = []
    taken: dict[Any, Line] = {}
    for line in lines:
        before = _meant(line, variants, alone=len(lines) == 1)
        way = _way(line, before)
        if before is not None:
            other = taken.setdefault(before["id"], line)
            if other is not line:
                _twice(line, other.row)
        _check(way, unit)
        found.append(way)
    _check_options(found, variants)
    if len(variants) + sum(way.before is None for way in found) > MOST_VARIANTS:
        why = Text(
            f"With what is there already these are more than {MOST_VARIANTS} variants.",
            f"Bersama yang sudah ada, variannya lebih dari {MOST_VARIANTS}.",
        )
        lines[0].problems.append(problem("external_reference", "too_many_variants", why))
    return found


def _says_options(line: Line) -> bool:
    return any(name in line.said for name in OPTIONS)


def _meant(
    line: Line, variants: Sequence[Mapping[str, Any]], *, alone: bool
) -> Mapping[str, Any] | None:
    """The variant that *line* names by its sku, else by its options, else the only one."""
    sku = line.said.get("sku")
    for variant in variants:
        if sku is not None and variant["sku"] == sku:
            return variant
    if alone and len(variants) == 1 and not _says_options(line):
        return variants[0]
    wanted = [line.said.get(name) for name in OPTIONS]
    for variant in variants:
        free = sku is None or variant["sku"] is None
        if free and [variant[name] for name in OPTIONS] == wanted:
            return variant
    return None


def _way(line: Line, before: Mapping[str, Any] | None) -> Way:
    stands: dict[str, Any] = {name: before[name] if before else None for name in _KEPT}
    stands["price_tiers"] = stands["price_tiers"] or []
    after = stands | {name: line.said[name] for name in _KEPT if name in line.said}
    after["price_tiers"] = after["price_tiers"] or []
    changed = [name for name in _KEPT if after[name] != stands[name]]
    return Way(line, before, after, changed)


def _check(way: Way, unit: str) -> None:
    after, problems = way.after, way.line.problems
    net, gross = after["net_weight_g"], after["gross_weight_g"]
    if net is not None and gross is not None and Decimal(gross) < Decimal(net):
        why = Text(
            "With its packing it cannot weigh less than without.",
            "Berat kotor tidak boleh kurang dari berat bersih.",
        )
        problems.append(problem("gross_weight_g", "less_than_net", why, gross))
    for name in ("capacity", "low_stock_at"):
        check_quantum(way.line, name, after[name], unit)
    check_quantum(way.line, "stock", way.line.said.get("stock"), unit)
    _check_made(way)


def _check_made(way: Way) -> None:
    """Made to order needs all three of its fields, and has no stock; and stays what it was."""
    after, line = way.after, way.line
    lacking = [name for name in _MADE if after[name] is None]
    if 0 < len(lacking) < len(_MADE):
        why = Text(
            "Goods made to order need capacity, per day or week, and lead days together.",
            "Barang pesanan perlu kapasitas, per hari atau minggu, dan hari pengerjaan sekaligus.",
        )
        line.problems.append(problem(lacking[0], "missing", why))
    if way.before is not None:
        was = way.before["availability"] == Availability.MADE_TO_ORDER
        period = was and after["capacity_period"] != way.before["capacity_period"]
        if was != way.made_to_order or period:
            why = Text(
                "Whether it is in stock or made to order, and per day or week, is not changed by a "
                "sheet; change the variant itself (PATCH /v1/variants).",
                "Stok menjadi pesanan (atau sebaliknya) dan hari/minggu tidak diubah lewat sheet; "
                "ubah langsung pada variannya.",
            )
            line.problems.append(problem("capacity", "availability_stays", why))
    if way.made_to_order and line.said.get("stock") not in (None, "0"):
        why = Text(
            "What is made to order has a capacity and no stock; leave stock empty.",
            "Barang pesanan punya kapasitas, bukan stok; kosongkan stok.",
        )
        line.problems.append(problem("stock", "made_to_order", why, line.said["stock"]))


def check_quantum(line: Line, name: str, value: str | None, unit: str) -> None:
    """Note with *line* when *value* is finer than goods sold in *unit* are counted."""
    if value is not None and Decimal(value) % quantum_of(unit):
        why = Text(
            f"In {unit} only whole numbers are counted.",
            f"Satuan {unit} hanya bisa bilangan bulat.",
        )
        line.problems.append(problem(name, "quantity_range", why, value))


def _twice(line: Line, row: int) -> None:
    """Note with *line* that its variant is that of *row*; 0: one that is there already."""
    other = Text("One there", "yang sudah ada")
    if row:
        other = Text(f"Row {row} of the original file", f"baris {row} di berkas asal")
    why = Text(
        f"{other.en} is the same variant; let size, colour, flavour or pack differ.",
        f"Sama dengan varian di {other.id}; bedakan ukuran, warna, rasa, atau kemasannya.",
    )
    line.problems.append(problem("external_reference", "variant_twice", why))


def _check_options(ways: Sequence[Way], variants: Sequence[Mapping[str, Any]]) -> None:
    """No two variants of a listing may be the same in all options."""
    named = {way.before["id"] for way in ways if way.before is not None}
    seen = {_options(v): 0 for v in variants if v["id"] not in named}
    for way in ways:
        key = _options(way.after)
        if key in seen and not way.line.problems:
            _twice(way.line, seen[key])
        seen[key] = way.line.row


def _options(said: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(said[name] for name in OPTIONS)
