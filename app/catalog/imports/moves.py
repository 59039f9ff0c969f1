"""SKUs that go from one product of a file to another: two exchange theirs, or one gives it up.

Products are judged and written piece by piece; these few are looked for in the whole file before,
and while it is written nobody has them until their new product takes them.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.catalog.imports.batches import batches, products
from app.catalog.imports.judge import Changed, judge
from app.catalog.imports.products import Product
from app.catalog.imports.standing import facts, reference_of
from app.db.tx import Tx

_HOLDERS = """
SELECT v.sku, v.id AS variant_id, l.id, l.external_reference
FROM variants v JOIN listings l ON l.id = v.listing_id
WHERE v.seller_id = $1 AND v.livemode = $2 AND v.status = 'active' AND v.sku = ANY ($3)
"""
_VACATE = """
WITH held AS (SELECT id FROM variants WHERE id = ANY ($1) ORDER BY id FOR UPDATE)
UPDATE variants v SET sku = NULL FROM held WHERE v.id = held.id
"""


async def moving(
    tx: Tx, seller_id: UUID, prepared: bytes, left_out: Collection[int] = ()
) -> dict[str, str]:
    """The SKUs that a product of the file gives up and another one takes: the variant of each.

    A product that is not right, or has a row in *left_out*, gives up nothing, and so whoever wants
    its SKU is not right either, and gives up nothing in turn.
    """
    takers = await _takers(prepared, left_out)
    rows = await tx.sql(_HOLDERS, seller_id, tx.actor.livemode, list(takers))
    held = {
        row["sku"]: (str(row["variant_id"]), reference_of(row))
        for row in rows
        if takers[row["sku"]] != reference_of(row)
    }
    if not held:
        return {}
    wanted = {sku: variant_id for sku, (variant_id, _) in held.items()}
    names = {reference for _, reference in held.values()}
    givers = [
        product
        async for part in products(prepared)
        for product in part
        if product.reference in names and _stays(product, left_out)
    ]
    free = await _given(tx, seller_id, givers, wanted)
    return _without_stuck(free, {sku: held[sku][1] for sku in held}, takers)


def _stays(product: Product, left_out: Collection[int]) -> bool:
    return not product.wrong and not any(line.row in left_out for line in product.lines)


async def _takers(prepared: bytes, left_out: Collection[int]) -> dict[str, str]:
    """Which product says which SKU; no SKU is said twice by rows that are right."""
    return {
        line.said["sku"]: product.reference
        async for part in products(prepared)
        for product in part
        if _stays(product, left_out)
        for line in product.lines
        if line.said.get("sku") is not None
    }


async def _given(
    tx: Tx, seller_id: UUID, givers: list[Product], wanted: dict[str, str]
) -> dict[str, str]:
    """What the *givers* give up of what is *wanted*, if they get all that they want themselves."""
    found: dict[str, str] = {}
    for part in batches(givers):
        known = await facts(tx, seller_id, part, wanted)
        for product in part:
            verdict = judge(product, known)
            if isinstance(verdict, Changed):
                found |= _gives(verdict)
    return {sku: held for sku, held in found.items() if wanted.get(sku) == held}


def _gives(changed: Changed) -> dict[str, str]:
    return {
        way.before["sku"]: way.before["id"]
        for way in changed.edited
        if way.before is not None and "sku" in way.changed
    }


def _without_stuck(
    free: dict[str, str], givers: dict[str, str], takers: dict[str, str]
) -> dict[str, str]:
    """*free* without what is given up only by products that do not get what they want."""
    gives: dict[str, list[str]] = {}
    for sku, reference in givers.items():
        gives.setdefault(reference, []).append(sku)
    stuck = [sku for sku in givers if sku not in free]
    while stuck:
        gone = [sku for sku in gives.get(takers[stuck.pop()], ()) if sku in free]
        for sku in gone:
            del free[sku]
        stuck += gone
    return free


async def vacate(tx: Tx, free: dict[str, str]) -> None:
    """Take the SKUs *free* from who gives them up, so that the order of writing is all one."""
    if free:
        await tx.sql(_VACATE, [UUID(variant_id) for variant_id in free.values()])
