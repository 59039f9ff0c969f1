"""What a product of the file would do to the catalogue: make, change, nothing, or why not. Pure.

The same rules hold as for the API's own commands: from approval on, what was curated only becomes
a request to the curator; price, terms, variants and stock change at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.catalog.imports.columns import BY_FIELD, LISTING_FIELDS, NEEDED
from app.catalog.imports.offers import check_offers
from app.catalog.imports.prices import Priced, priced_new, repriced
from app.catalog.imports.products import Line, Product, problem
from app.catalog.imports.standing import Facts, Standing
from app.catalog.imports.ways import Way, check_quantum, ways_of
from app.catalog.states import CURATED, ListingStatus
from app.core.quantity import plain
from app.core.text import Text

WORDS = tuple(
    name
    for name in LISTING_FIELDS
    if name not in ("external_reference", "unit", "min_order", "order_step")
)
"""Fields of a listing that the curator has seen; its unit is not changed by a sheet."""
TERMS = ("min_order", "order_step")
_ENDED = {ListingStatus.REJECTED, ListingStatus.ARCHIVED}


@dataclass
class New:
    """A listing that is not there yet."""

    product: Product
    said: dict[str, Any]
    price: Priced
    ways: list[Way]


@dataclass
class Changed:
    """What becomes of a listing that is there.

    ``now`` are its fields that change at once, ``later`` those that the curator sees first.
    ``counted`` are the ways whose stock shall be what was counted.
    """

    product: Product
    standing: Standing
    unit: str
    now: dict[str, Any] = field(default_factory=dict)
    later: dict[str, Any] = field(default_factory=dict)
    price: Priced | None = None
    ways: list[Way] = field(default_factory=list)

    @property
    def added(self) -> list[Way]:
        """Ways that are no variants yet."""
        return [way for way in self.ways if way.before is None]

    @property
    def edited(self) -> list[Way]:
        """Variants that change."""
        return [way for way in self.ways if way.before is not None and way.changed]

    @property
    def counted(self) -> list[Way]:
        """Variants of whose stock another count is said."""
        return [
            way
            for way in self.ways
            if way.before is not None
            and way.line.said.get("stock") is not None
            and not way.made_to_order
            and way.line.said["stock"] != way.before["stock"]
        ]

    @property
    def ways_change(self) -> bool:
        """Whether any variant is added, changes, or has another stock."""
        return bool(self.added or self.edited or self.counted)


Verdict = New | Changed | None


def judge(product: Product, facts: Facts) -> Verdict:
    """What *product* would do; None: nothing, or it is not right and its lines say why."""
    if product.wrong:
        return None
    standing = facts.listings.get(product.reference)
    said_region = product.listing.get("origin_region_code")
    if said_region is not None and said_region not in facts.regions:
        _note(product, "origin_region_code", "not_found", _NO_REGION, said_region)
    verdict = _new(product) if standing is None else _changed(product, standing)
    if verdict is not None:
        _check_skus(verdict, facts)
    return None if product.wrong else verdict


_NO_REGION = Text("There is no such region.", "Kode wilayah ini tidak ada.")


def _note(product: Product, name: str, code: str, why: Text, value: str = "") -> None:
    """Note a problem of the listing with its first row that says *name*."""
    line = next((x for x in product.lines if name in x.cells), product.lines[0])
    line.problems.append(problem(name, code, why, value))


def _new(product: Product) -> New | None:
    first = product.lines[0]
    for name in NEEDED:
        said = first.said if BY_FIELD[name].of == "variant" else product.listing
        if name not in said and name != "external_reference":
            why = Text("A new product needs this.", "Wajib diisi untuk produk baru.")
            first.problems.append(problem(name, "missing", why))
    if first.problems:
        return None
    unit = product.listing["unit"]
    ways = ways_of(product.lines, [], unit)
    _check_terms(product, unit)
    price = priced_new(ways)
    check_offers(ways, price)
    said = {name: product.listing.get(name) for name in (*WORDS, *TERMS, "unit")}
    return New(product, said, price, ways)


def _check_terms(product: Product, unit: str) -> None:
    for name in TERMS:
        check_quantum(product.lines[0], name, product.listing.get(name), unit)


def _changed(product: Product, standing: Standing) -> Changed | None:
    row, unit = standing.row, standing.row["unit"]
    if product.listing.get("unit", unit) != unit:
        why = Text(
            f"This product is sold in {unit}; use another product code for another unit.",
            f"Produk ini dijual per {unit}; pakai kode produk lain untuk satuan lain.",
        )
        _note(product, "unit", "unit_stays", why, product.listing["unit"])
        return None
    _check_terms(product, unit)
    found = Changed(product, standing, unit, ways=ways_of(product.lines, standing.variants, unit))
    words = {n: product.listing[n] for n in WORDS if n in product.listing}
    differing = {n: value for n, value in words.items() if value != row[n]}
    found.now = {n: product.listing[n] for n in TERMS if _other(product, n, row[n])}
    found.later = differing if row["status"] in CURATED else {}
    found.now |= {} if row["status"] in CURATED else differing
    found.price = repriced(found.ways, standing)
    listed = found.price or (row["price_amount"], row["price_per"])
    check_offers(found.ways, listed, repriced=found.price is not None)
    _check_counts(found)
    _check_status(found)
    if not (found.now or found.price or _asks(found) or found.ways_change):
        return None
    return found


def _other(product: Product, name: str, now: Decimal | None) -> bool:
    if name not in product.listing:
        return False
    said = product.listing[name]
    return bool(said != (None if now is None else plain(now)))


def _asks(changed: Changed) -> bool:
    """Whether the curator is asked for something that is not asked already."""
    waits = (changed.standing.row["change"] or {}).get("after", {})
    return any(name not in waits or waits[name] != v for name, v in changed.later.items())


def _check_counts(changed: Changed) -> None:
    for way in changed.counted:
        assert way.before is not None
        if Decimal(way.line.said["stock"]) < Decimal(way.before["reserved"]):
            way.line.problems.append(reserved(way.line, way.before["reserved"]))


def reserved(line: Line, kept: str) -> dict[str, Any]:
    """The problem of a count below what is *kept* for orders."""
    why = Text(
        f"{kept} are kept for orders; count again, or have the orders cancelled.",
        f"{kept} sudah dipesan; hitung ulang, atau batalkan pesanannya dulu.",
    )
    return problem("stock", "stock_reserved", why, str(line.said["stock"]))


def _check_status(changed: Changed) -> None:
    status = changed.standing.row["status"]
    fields = bool(changed.now or changed.price)
    if status == ListingStatus.SUBMITTED and fields:
        why = Text(
            "The curator is looking at this product; change it when the answer is there.",
            "Produk ini sedang diperiksa kurator; ubah setelah ada jawaban.",
        )
        _note(changed.product, "external_reference", "wrong_state", why, changed.product.reference)
    if status in _ENDED and (fields or changed.ways_change):
        why = Text(
            f"This product is {status}; use another product code.",
            "Produk ini sudah ditolak atau diarsipkan; pakai kode produk lain.",
        )
        _note(changed.product, "external_reference", "wrong_state", why, changed.product.reference)


def _check_skus(verdict: New | Changed, facts: Facts) -> None:
    for way in verdict.ways:
        sku = way.after["sku"]
        mine = way.before["id"] if way.before is not None else None
        if sku is not None and facts.skus.get(sku, mine) != mine:
            why = Text(
                "Another variant of yours has this SKU, perhaps one that is sold no more.",
                "SKU ini sudah dipakai varian lain, mungkin yang tidak dijual lagi.",
            )
            way.line.problems.append(problem("sku", "sku_taken", why, sku))
