"""`/v1/balance`: what is ordered, promised, committed and short, day by day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.offers.queries import promised
from app.db.tx import Tx
from app.desk.asked import Asked, subject
from app.desk.balance import queries
from app.desk.balance.schemas import BalanceOut
from app.desk.balance.shown import balance_out
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["desk"])


@router.get("/v1/balance")
async def balance_read(tx: Annotated[Tx, Opens(P.BALANCE_READ)], asked: Asked) -> BalanceOut:
    """The commodity balance of every grade, day by day: what is ordered and what sellers bring.

    `short` is what is not allocated and cannot be covered by what sellers still have free: ask
    them for more, or tell the buyers. A lot of 500 kg for the whole week covers 500 kg of the week
    in all, on whichever days need it; days that are over are covered by nothing. It is the least
    that is short: whole packs, smallest pick-ups, floor prices and licences are not looked at here;
    `POST /v1/consolidations/preview` says what can really be asked.
    """
    about = await subject(tx, asked)
    demand = await queries.demand(tx, about)
    goods = [(about.commodity_id, grade) for grade in about.grades]
    supply = await promised(tx, goods, about.start, about.end)
    return balance_out(about, demand, supply, tx.today)
