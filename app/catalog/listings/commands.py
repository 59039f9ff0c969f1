"""Everything that changes a listing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert as upsert

from app.access.authorize import authorized
from app.catalog.licences import licence_missing
from app.catalog.listings import queries
from app.catalog.listings.queries import LISTINGS
from app.catalog.listings.rules import check_editable, lacking, merged
from app.catalog.listings.schemas import ListingIn, ListingPatch, ReviewReason
from app.catalog.sellers import active_seller
from app.catalog.states import LISTING, ListingStatus
from app.core.errors import AlreadyExists, Forbidden, invalid
from app.core.ids import encode, new_id
from app.core.money import Price, per_base
from app.core.text import Text
from app.db.errors import refuse_by
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.http.conditional import check_version
from app.http.wire import price_of
from app.parties.commands import unknown_region
from app.parties.queries import held_licences

refuse_by("fk_listings_origin_region_code", lambda: unknown_region("/origin_region_code"))


async def create(tx: Tx, asked: ListingIn) -> Row[Any]:
    """Write a draft. Raises AlreadyExists for a reference that the seller has used before."""
    seller = await _seller(tx, asked.seller_id)
    per_base(asked.price, asked.unit, "/price")
    row = await tx.row(
        upsert(LISTINGS)
        .values(
            id=new_id(),
            status=ListingStatus.DRAFT,
            seller_id=seller.id,
            seller_name=seller.name,
            title=asked.title,
            description=asked.description,
            category=asked.category,
            unit=asked.unit,
            origin_region_code=asked.origin_region_code,
            external_reference=asked.external_reference,
            livemode=tx.actor.livemode,
            created_at=tx.now,
            updated_at=tx.now,
            **_price_columns(asked.price),
        )
        .on_conflict_do_nothing()
        .returning(*queries.ROW)
    )
    if row is None:
        existing = await queries.by_reference(tx, seller.id, asked.external_reference)
        raise AlreadyExists(existing_id=encode(LISTING.prefix, existing))
    change = Change(
        LISTING, "create", row.id, row.version, row.status, audience=(seller.id,), data=_said(row)
    )
    await record(tx, [change])
    return row


async def _seller(tx: Tx, seller_id: UUID | None) -> Row[Any]:
    """The party whose listing it becomes: the caller's own, or whom the operator names."""
    own = tx.actor.party_id
    if seller_id is None and tx.actor.hub:
        raise invalid(
            "/seller_id",
            "missing",
            "Say whose listing this is; the operator writes for a seller.",
            "Isi seller_id; operator menulis atas nama penjual.",
        )
    if not tx.actor.hub and seller_id not in (None, own):
        raise Forbidden(
            Text(
                "You write listings only for yourself; leave seller_id out.",
                "Anda hanya bisa membuat produk tayang untuk diri sendiri; kosongkan seller_id.",
            )
        )
    return await active_seller(tx, seller_id or own, "/seller_id")


def _price_columns(price: Price) -> dict[str, Any]:
    return {
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
    }


async def edit(tx: Tx, listing_id: UUID, asked: ListingPatch, if_match: str | None) -> Row[Any]:
    """Change what *asked* names; a patch that changes nothing leaves the version as it is.

    Raises PreconditionRequired or PreconditionFailed, then WrongState for what is curated already.
    """
    row = await authorized(tx, queries.own(tx, listing_id))
    check_version(if_match, row.version)
    before = _editable(row)
    after = before | {"description": None} | merged(before, asked.model_dump(exclude_unset=True))
    changed = {name for name, value in after.items() if value != before[name]}
    check_editable(row.status, changed)
    if not changed:
        return row
    price = Price.model_validate(after.pop("price"))
    per_base(price, after["unit"], "/price")
    data = _said(row) | {"title": after["title"], "changed": sorted(changed)}
    return await _move(tx, row, "edit", row.status, data=data, **after, **_price_columns(price))


def _editable(row: Row[Any]) -> dict[str, Any]:
    """The part of a listing that can be patched, as it stands on the wire."""
    names = ("title", "description", "category", "unit", "origin_region_code")
    price = price_of(row)
    assert price is not None
    return {name: getattr(row, name) for name in names} | {"price": price.model_dump()}


async def submit(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Ask for curation. Raises LicenceMissing."""
    return await _turn(tx, listing_id, "submit", ListingStatus.SUBMITTED, note, licensed=True)


async def approve(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """The curator accepts it; what was asked of the seller before is settled."""
    said = {"review_reason": None, "review_note": note}
    return await _turn(tx, listing_id, "approve", ListingStatus.APPROVED, note, values=said)


async def request_changes(
    tx: Tx, listing_id: UUID, reason: ReviewReason, note: str | None
) -> Row[Any]:
    """The curator says what must change."""
    return await _review(
        tx, listing_id, "request_changes", ListingStatus.CHANGES_REQUESTED, reason, note
    )


async def reject(tx: Tx, listing_id: UUID, reason: ReviewReason, note: str | None) -> Row[Any]:
    """The curator refuses it."""
    return await _review(tx, listing_id, "reject", ListingStatus.REJECTED, reason, note)


async def publish(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Put it on the shelf, or back on it. Raises LicenceMissing."""
    return await _turn(tx, listing_id, "publish", ListingStatus.PUBLISHED, note, licensed=True)


async def pause(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Take it off the shelf for a while."""
    return await _turn(tx, listing_id, "pause", ListingStatus.PAUSED, note)


async def archive(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Take it off for ever."""
    return await _turn(tx, listing_id, "archive", ListingStatus.ARCHIVED, note)


async def _review(
    tx: Tx, listing_id: UUID, action: str, to: ListingStatus, reason: ReviewReason, note: str | None
) -> Row[Any]:
    said = {"review_reason": reason, "review_note": note}
    return await _turn(tx, listing_id, action, to, note, reason=reason, values=said)


async def _turn(
    tx: Tx,
    listing_id: UUID,
    action: str,
    to: ListingStatus,
    note: str | None,
    *,
    reason: ReviewReason | None = None,
    licensed: bool = False,
    values: dict[str, Any] | None = None,
) -> Row[Any]:
    row = await authorized(tx, queries.own(tx, listing_id))
    LISTING.check(action, row.status)
    if licensed:
        await _check_licences(tx, row)
    data = _said(row) | ({"reason": reason} if reason else {})
    return await _move(tx, row, action, to, data=data, reason=reason, note=note, **(values or {}))


async def _check_licences(tx: Tx, row: Row[Any]) -> None:
    held = await held_licences(tx, row.seller_id)
    lacks = lacking(row.category, held, tx.today)
    if lacks:
        raise licence_missing(sorted({kind for kinds in lacks for kind in kinds}), one_of=lacks)


async def _move(tx: Tx, row: Row[Any], action: str, to: str, **rest: Any) -> Row[Any]:
    return await move(
        tx, LISTING, LISTINGS, row, action, to, audience=(row.seller_id,), updated_at=tx.now, **rest
    )


def _said(row: Row[Any]) -> dict[str, Any]:
    """What the events of a listing tell its seller and the hub."""
    return {
        "title": row.title,
        "category": row.category,
        "seller_id": encode("pty", row.seller_id),
    }
