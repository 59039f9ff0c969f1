"""`/v1/agreements/{agreement_id}/reciprocal`: two linked agreements, netted by value."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.agreements.queries import agreement
from app.core.errors import DomainError, Kind
from app.core.ids import AgreementId
from app.core.text import Text
from app.db.tx import Tx
from app.desk.reciprocal import queries
from app.desk.reciprocal.schemas import ReciprocalOut, reciprocal_out
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["agreements"])


class NotReciprocal(DomainError):
    """The agreement stands alone: there is nothing to net it with."""

    kind = Kind.NOT_FOUND
    code = "not_reciprocal"
    title = Text("No return agreement", "Tidak ada kontrak timbal balik")
    advice = Text(
        "This agreement was not linked with another one. The hub links two drafts with "
        "POST /v1/agreements/{id}/link before it proposes them.",
        "Kontrak ini tidak dihubungkan dengan kontrak lain. BTC menghubungkan dua draf lewat "
        "POST /v1/agreements/{id}/link sebelum mengusulkannya.",
    )


@router.get("/v1/agreements/{agreement_id}/reciprocal")
async def agreement_reciprocal(
    agreement_id: AgreementId, tx: Annotated[Tx, Opens(P.AGREEMENT_READ)]
) -> ReciprocalOut:
    """An agreement and its return: what was agreed, ordered and delivered, and who owes whom.

    Eggs one way, corn the other: whoever has got goods of more value owes the difference. Both
    buyers see both sides' totals, since each consented to the link; they never see each other's
    orders. 404 `not_reciprocal` for an agreement that stands alone.
    """
    row = await authorized(tx, agreement(tx, agreement_id))
    if row.reciprocal_id is None:
        raise NotReciprocal
    await tx.as_hub()  # the return's orders are those of another buyer
    ids = (row.id, row.reciprocal_id)
    return reciprocal_out(ids, await queries.lines(tx, ids))
