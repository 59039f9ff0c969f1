"""`/v1/desk`: what the hub has to look at now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.db.tx import Tx
from app.desk.waiting import queries
from app.desk.waiting.schemas import DeskOut, desk_out
from app.http.language import language_of
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["desk"])


@router.get("/v1/desk")
async def desk_read(tx: Annotated[Tx, Opens(P.DESK_READ)], request: Request) -> DeskOut:
    """What has to be looked at now: who waits for the hub, for whom the hub waits, what runs out.

    Each section counts all of its kind and shows those nearest to their deadlines; `text` is in the
    language of Accept-Language.
    """
    return desk_out(await queries.waiting(tx), tx.now, language_of(request))
