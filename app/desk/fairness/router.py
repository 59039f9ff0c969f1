"""`/v1/fairness`: how the trade was divided over sellers and kelurahan."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.db.tx import Tx
from app.desk.asked import Asked, subject
from app.desk.fairness import queries
from app.desk.fairness.queries import By
from app.desk.fairness.schemas import FairnessOut, fairness_out
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["desk"])


@router.get("/v1/fairness")
async def fairness_read(
    tx: Annotated[Tx, Opens(P.FAIRNESS_READ)],
    asked: Asked,
    by: By = By.SELLER,
    limit: Annotated[int, Query(ge=1, le=100, description="How many one by one.")] = 100,
) -> FairnessOut:
    """Who brought how much of a commodity, of what each could have brought, and how equal that is.

    By seller, or by the kelurahan in which the offers' sites stand. `data` has those who brought
    most; everybody beyond `limit` is summed up in `others`, so that the parts are always the whole.
    """
    about = await subject(tx, asked)
    rows = await queries.shares(tx, about, by)
    named = await queries.names(tx, by, [row["key"] for row in rows[:limit]])
    return fairness_out(about, by, rows, limit, named)
