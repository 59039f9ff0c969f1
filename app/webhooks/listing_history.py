"""`GET /v1/listings/{listing_id}/history`: all that happened to a listing, for its seller too.

Row-level security lets a seller read the history of its own listings, variants and changes; which
key it was is the hub's to know (`/v1/history`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.changes.commands import BY_CHANGE
from app.catalog.changes.schemas import FieldChangeOut
from app.catalog.listings.queries import listing
from app.catalog.overview.schemas import ByOut, by_out
from app.core.ids import ListingId, encode
from app.core.states import MACHINES
from app.db.tx import Tx
from app.http.lists import Paged, after, seal
from app.http.routes import Route
from app.http.wire import Page

router = APIRouter(route_class=Route, tags=["listings"])

_KIND = "listing_history"
_FIRST = UUID(int=0)
_NOT_THE_SELLERS = {"approve", "request_changes", "reject", "block", "unblock"}

# Ids sort by time; a transition's is made when its transaction ends, under the object's lock.
_HISTORY = """
WITH mine AS (
  SELECT $1::uuid AS id
  UNION ALL
  SELECT id FROM variants WHERE listing_id = $1 AND seller_id = $2 AND livemode = $3
  UNION ALL
  SELECT id FROM listing_changes WHERE listing_id = $1 AND seller_id = $2 AND livemode = $3
)
SELECT h.id, h.object, h.object_id, h.version, h.action, h.from_status, h.to_status, h.reason,
  h.note, h.party_id, h.at, e.data
FROM mine m JOIN history h ON h.object_id = m.id
LEFT JOIN events e ON e.object_id = h.object_id AND e.version = h.version
  AND e.object IN ('listing', 'variant', 'listing_change')
  AND e.occurred_at = h.at AND e.type = (
    SELECT t.type FROM unnest($6::text[], $7::text[], $8::text[]) AS t(object, action, type)
    WHERE t.object = h.object AND t.action = h.action)
WHERE h.livemode = $3 AND h.id > $4
ORDER BY h.id LIMIT $5
"""


# Of each action the type of its event: stock moves leave a variant's version as it is, so that the
# version alone does not say which event belongs to which row.
_TYPES = tuple(
    zip(
        *(
            (name, action, MACHINES[name].event(action))
            for name in ("listing", "variant", "listing_change")
            for action in MACHINES[name].transitions
        ),
        strict=True,
    )
)


class ListingHistoryOut(BaseModel):
    """One transition of a listing, of a variant of it, or of a change of it."""

    object_id: str = Field(examples=["lst_01jd0000000000000000000000"])
    action: str
    from_status: str
    to_status: str
    version: int
    at: datetime
    by: ByOut
    reason: str | None
    note: str | None
    changes: list[FieldChangeOut] = Field(description="The fields that an edit changed.")


@router.get("/v1/listings/{listing_id}/history")
async def listing_history(
    listing_id: ListingId, tx: Annotated[Tx, Opens(P.LISTING_READ)], paging: Paged
) -> Page[ListingHistoryOut]:
    """Every transition of the listing, its variants and its change requests, oldest first.

    For its seller and the hub. `by.on_behalf_of` marks what the hub's staff did for the seller.
    """
    row = await authorized(tx, listing(tx, listing_id))
    position = after(_KIND, paging.cursor) or _FIRST
    found = await tx.sql(
        _HISTORY,
        row.id,
        row.seller_id,
        tx.actor.livemode,
        position,
        paging.limit + 1,
        *_TYPES,
    )
    shown, cursor = found[: paging.limit], None
    if len(found) > paging.limit:
        cursor = seal(_KIND, shown[-1]["id"].hex)
    return Page(data=[_out(one, row.seller_id) for one in shown], next_cursor=cursor)


def _out(row: asyncpg.Record, seller_id: UUID) -> ListingHistoryOut:
    told: dict[str, Any] = (row["data"] or {}).get("changes", {})
    own = row["action"] not in _NOT_THE_SELLERS and row["reason"] != BY_CHANGE
    values = dict(row) | {
        "object_id": encode(MACHINES[row["object"]].prefix, row["object_id"]),
        "by": by_out(row["party_id"], seller_id, sellers_own=own),
        "changes": [FieldChangeOut(field=name, **said) for name, said in told.items()],
    }
    return ListingHistoryOut(**values)
