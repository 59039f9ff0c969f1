"""What all commands on a variant share: finding it under its listing's lock, recording, moving."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.shelf import refresh
from app.catalog.states import LISTING, VARIANT, ListingStatus
from app.catalog.variants import queries, stock
from app.catalog.variants.models import StockMovementKind
from app.catalog.variants.queries import VARIANTS
from app.core.errors import WrongState, invalid
from app.core.ids import encode
from app.core.quantity import MOST, plain
from app.core.state_words import state_name
from app.core.text import Text
from app.db import ledger
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change


async def own(tx: Tx, variant_id: UUID) -> tuple[Row[Any], Row[Any]]:
    listing = await authorized(tx, queries.listing_of(tx, variant_id))
    check_listing(listing)
    row = await queries.variant(tx, variant_id, lock=True)
    assert row is not None, "its listing is the caller's"
    return listing, row


def check_open(listing: Row[Any]) -> None:
    """Raises WrongState while the curator looks: what was submitted stays as it was submitted."""
    check_listing(listing)
    if listing.status == ListingStatus.SUBMITTED:
        raise WrongState(
            Text(
                "The curator is looking at its listing; wait for the answer.",
                "Produknya sedang dikurasi; tunggu jawaban kurator.",
            ),
            machine=LISTING.name,
            current_status=listing.status,
            allowed_actions=LISTING.allowed_actions(listing.status),
        )


def check_listing(listing: Row[Any]) -> None:
    """Raises WrongState when the listing has ended."""
    if listing.status in (ListingStatus.ARCHIVED, ListingStatus.REJECTED):
        raise WrongState(
            Text(
                f"Its listing is {listing.status}; nothing of it is sold any more.",
                f"Produknya berstatus “{state_name(listing.status)}”; tidak dijual lagi.",
            ),
            machine=LISTING.name,
            current_status=listing.status,
            allowed_actions=LISTING.allowed_actions(listing.status),
        )


async def received(tx: Tx, row: Row[Any], quantity: Decimal) -> None:
    if row.stock + quantity > MOST:
        raise invalid(
            "/quantity",
            "quantity_range",
            f"There would be more than {plain(MOST)} of it; check the quantity.",
            f"Stoknya menjadi lebih dari {plain(MOST)}; periksa jumlahnya.",
        )
    if quantity:
        await stock.move(tx, StockMovementKind.RECEIVE, [entry(row, quantity)])


def entry(row: Row[Any], quantity: Decimal) -> ledger.Entry:
    return ledger.Entry(row.pool_id, row.seller_id, None, quantity)


async def again(tx: Tx, variant_id: UUID) -> Row[Any]:
    row = await queries.variant(tx, variant_id)
    assert row is not None
    return row


def touch(tx: Tx, listing: Row[Any]) -> None:
    if listing.status == ListingStatus.PUBLISHED:
        refresh.touch(tx, [listing.id])


def told(row: Row[Any]) -> dict[str, Any]:
    return {"listing_id": encode("lst", row.listing_id), "sku": row.sku}


def change(
    row: Row[Any],
    action: str,
    after: str,
    *,
    data: dict[str, Any] | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> Change:
    """A transition of a variant whose row itself stays: its stock is kept in the pool."""
    return Change(
        VARIANT,
        action,
        row.id,
        row.version,
        after,
        **({} if action == "create" else {"before": row.status}),
        audience=(row.seller_id,),
        data=told(row) | (data or {}),
        reason=reason,
        note=note,
    )


async def turn(
    tx: Tx,
    row: Row[Any],
    action: str,
    to: str,
    *,
    data: dict[str, Any] | None = None,
    note: str | None = None,
    **values: Any,
) -> None:
    await move(
        tx,
        VARIANT,
        VARIANTS,
        row,
        action,
        to,
        audience=(row.seller_id,),
        data=told(row) | (data or {}),
        note=note,
        **values,
    )
