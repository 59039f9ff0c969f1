"""What the database itself refuses of a product, though everything before it let it pass."""

from __future__ import annotations

import asyncpg

from app.catalog.imports.columns import BY_FIELD
from app.catalog.imports.products import Product, problem
from app.core.text import Text

MET = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)
"""Trying the same again would meet the same; unless somebody else has just written it."""

_NAMED = {
    "options": "size",
    "weight": "gross_weight_g",
    "lead": "lead_days",
    "steps": "order_step",
    "shelf_life": "shelf_life_days",
}


class Met(Exception):
    """A product met a wall of the database; it is in that *part* of the file, or a later one."""

    def __init__(self, part: int) -> None:
        super().__init__(part)
        self.part = part


def note(product: Product, error: Exception) -> None:
    """Leave with the first row of *product* what the database refused of it."""
    wall = getattr(error, "constraint_name", None) or ""
    word = wall.split("_", 2)[-1].removeprefix("seller_id_livemode_")
    name = _NAMED.get(word, word)
    name = name if name in BY_FIELD else "external_reference"
    line = next((line for line in product.lines if name in line.cells), product.lines[0])
    why = Text(
        "This does not go together with what the catalogue holds already; look at this product "
        f"there, correct the row and send it again ({wall or 'value'}).",
        "Isian ini tidak cocok dengan yang sudah ada di katalog; periksa produknya, perbaiki baris "
        f"ini, lalu kirim lagi ({wall or 'nilai'}).",
    )
    line.problems.append(problem(name, "refused", why, str(line.cells.get(name, ""))))
