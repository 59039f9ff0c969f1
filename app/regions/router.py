"""`GET /v1/regions`: Kemendagri's regions, one level at a time."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.access.doors import OpensToAnybody
from app.db.tx import Tx
from app.http.routes import Route
from app.http.wire import Listed, RegionCode

_INSIDE = """
SELECT code, name, level, parent_code, postal_code FROM regions
WHERE parent_code IS NOT DISTINCT FROM $1 ORDER BY code
"""

router = APIRouter(route_class=Route, tags=["regions"])


class RegionOut(BaseModel):
    """A region: ``{"code": "35.72.02.1005", "name": "Karangsari", "level": "village", …}``."""

    code: str
    name: str
    level: Literal["province", "regency", "district", "village"]
    parent_code: str | None
    postal_code: str | None


@router.get("/v1/regions")
async def region_list(
    tx: Annotated[Tx, OpensToAnybody()],
    parent: Annotated[
        RegionCode | None,
        Query(description="Regions directly inside this one; without it the provinces."),
    ] = None,
) -> Listed[RegionOut]:
    """The regions inside *parent*, by code: the kecamatan of Kota Blitar with ``parent=35.72``.

    Source: codes of the Ministry of Home Affairs (Kemendagri).
    """
    rows = await tx.sql(_INSIDE, parent)
    return Listed(data=[RegionOut.model_validate(dict(row)) for row in rows])
