"""Applying a file: one transaction in which all of its good rows are written, or none.

Locks: the import, the seller's place in the queue of imports, then listings, what waits for the
curator, pools and the shelf, each in ascending id; variants that are edited in the file's order, so
that against an order which names the same ones the import may have to be tried again. Everything is
looked at again once it is locked: the catalogue may have moved on since the file was validated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.catalog.imports.batches import flush, products
from app.catalog.imports.judge import Changed, New, judge, reserved
from app.catalog.imports.moves import moving, vacate
from app.catalog.imports.products import Product
from app.catalog.imports.standing import facts, lock
from app.catalog.imports.tally import Tally
from app.catalog.imports.walls import MET, Met, note
from app.catalog.imports.write_changed import write_changed
from app.catalog.imports.write_new import write_new
from app.catalog.imports.write_stock import Stock, TooFew, stocks_of, write_stock
from app.catalog.sellers import active_seller
from app.db.errors import Busy
from app.db.tx import Tx
from app.parties.queries import held_licences


class Spoilt(Exception):
    """Products that were right when they were looked at, and are so no more."""

    def __init__(self, products: list[Product]) -> None:
        super().__init__(len(products))
        self.products = products


@dataclass
class How:
    """How a file is written. From the part *search_from* on product by product (None: nowhere)."""

    left_out: Collection[int]
    skip: bool
    search_from: int | None = None


_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"


async def tally_of(tx: Tx, seller_id: UUID, *, submit: bool) -> Tally:
    """An empty tally for a file of that seller."""
    held = await held_licences(tx, seller_id) if submit else None
    return Tally(held, tx.today)


async def weigh(
    tx: Tx, seller_id: UUID, part: list[Product], tally: Tally, free: Mapping[str, str]
) -> None:
    """Count what *part* would do; nothing is written. Problems are left with the rows.

    *free* is what `moves.moving` found for the whole file.
    """
    known = await facts(tx, seller_id, part, free)
    for product in part:
        tally.add(product, judge(product, known))


async def apply(tx: Tx, row: Row[Any], prepared: bytes, how: How) -> Tally:
    """Write the products of *prepared* but those that are left out; what was done.

    Raises Spoilt when a product is right no more (and bad ones are not to be skipped), or was
    found to be in the way; Met when one is in the way that must be looked for; Busy when somebody
    else is writing the same: nothing of the transaction may be kept then.
    """
    seller = await active_seller(tx, row.seller_id, "/seller_id")
    if not await tx.sql_value(_TURN, f"import {row.seller_id} {row.livemode}"):
        raise Busy  # another file of this seller is being written
    references = [p.reference async for part in products(prepared) for p in part if p.reference]
    await lock(tx, row.seller_id, references)
    free = await moving(tx, row.seller_id, prepared, how.left_out)
    await vacate(tx, free)
    tally = await tally_of(tx, row.seller_id, submit=row.submit)
    stocks, refused, n = [], [], 0
    async for part in products(prepared):
        good = [p for p in part if not any(line.row in how.left_out for line in p.lines)]
        if how.search_from is not None and n >= how.search_from:
            for product in good:
                written = await _tried(tx, seller, product, tally, free)
                stocks += written or []
                refused += [] if written is not None else [product]
        else:
            stocks += await _part(tx, seller, good, tally, free, n)
        if tally.wrong and not how.skip:
            raise Spoilt(tally.wrong)
        n += 1
    if refused:
        raise Spoilt(refused)
    try:
        await write_stock(tx, stocks)
    except TooFew as few:
        raise Spoilt(await _short(prepared, few.kept)) from None
    return tally


async def _short(prepared: bytes, kept: dict[int, str]) -> list[Product]:
    """The products of the rows *kept*, with what is wrong with them by now."""
    found = []
    async for part in products(prepared):
        for product in part:
            lines = [line for line in product.lines if line.row in kept]
            for line in lines:
                line.problems.append(reserved(line, kept[line.row]))
            if lines:
                found.append(product)
    return found


async def _part(
    tx: Tx, seller: Row[Any], part: list[Product], tally: Tally, free: Mapping[str, str], n: int
) -> list[Stock]:
    """Write *part*, the *n*-th of the file. Raises Met."""
    try:
        return await _write(tx, seller, part, tally, free)
    except MET:
        raise Met(n) from None


async def _tried(
    tx: Tx, seller: Row[Any], product: Product, tally: Tally, free: Mapping[str, str]
) -> list[Stock] | None:
    """Write *product* alone; None: the database refuses it, and its row says so.

    Only here is a savepoint for each: thousands of them would slow down everybody's reading.
    """
    await tx.sql("SAVEPOINT product")
    try:
        stocks = await _write(tx, seller, [product], tally, free)
    except MET as error:
        await tx.sql("ROLLBACK TO SAVEPOINT product")
        tx.transitions.clear()
        note(product, error)
        return None
    await tx.sql("RELEASE SAVEPOINT product")
    return stocks


async def _write(
    tx: Tx, seller: Row[Any], part: list[Product], tally: Tally, free: Mapping[str, str]
) -> list[Stock]:
    """Write *part* save for stock; what is left to write of stock."""
    known = await facts(tx, seller.id, part, free)
    found = [(product, judge(product, known)) for product in part]
    for product, verdict in found:
        tally.add(product, verdict)
    new = [verdict for _, verdict in found if isinstance(verdict, New)]
    changed = [verdict for _, verdict in found if isinstance(verdict, Changed)]
    await write_new(tx, seller, new, [tally.submits(verdict) for verdict in new])
    await write_changed(tx, changed)
    await flush(tx)
    return [said for verdict in changed for said in stocks_of(verdict)]
