"""`/v1/commodities`: what can be traded in bulk."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.access.doors import OpensToAnybody
from app.access.permissions import Permission as P
from app.catalog.commodities import commands, queries
from app.core.ids import CommodityId
from app.core.quantity import UnitName
from app.db.tx import Tx
from app.http.routes import Route
from app.http.wire import Code, Listed, Name, Request
from app.idempotency.doors import Commands
from app.parties.models import LicenceKind

router = APIRouter(route_class=Route, tags=["commodities"])


class GradeIn(Request):
    """A quality."""

    code: Code
    name: Name


class CommodityIn(Request):
    """A new commodity with its grades."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "duck_eggs",
                    "name": "Duck eggs",
                    "name_id": "Telur bebek",
                    "base_unit": "kg",
                    "grades": [{"code": "mixed", "name": "Mixed sizes"}],
                    "required_licences": ["nkv"],
                }
            ]
        }
    )

    code: Code
    name: Name
    name_id: Name | None = Field(None, description="What people call it in Indonesian.")
    base_unit: UnitName = Field(description="The unit in which all quantities of it are kept.")
    grades: list[GradeIn] = Field(min_length=1, max_length=50)
    required_licences: list[LicenceKind] = Field(
        [], max_length=6, description="What a seller must hold to offer it."
    )


class GradeOut(BaseModel):
    """A quality."""

    code: str
    name: str


class CommodityOut(BaseModel):
    """Fungible goods: ``grade`` in offers, agreements and orders is the code of one of them."""

    id: CommodityId
    code: str
    name: str
    name_id: str | None
    base_unit: str
    grades: list[GradeOut]
    required_licences: list[str]


def _out(row: Any) -> CommodityOut:
    return CommodityOut(**row)


@router.get("/v1/commodities")
async def commodity_list(tx: Annotated[Tx, OpensToAnybody()]) -> Listed[CommodityOut]:
    """All commodities and their grades: eggs, chicken, tomato, chilli, corn and what was added."""
    return Listed(data=[_out(row) for row in await queries.commodities(tx)])


@router.post("/v1/commodities", status_code=201)
async def commodity_create(
    asked: CommodityIn, tx: Annotated[Tx, Commands(P.COMMODITY_CREATE)]
) -> CommodityOut:
    """Add a commodity. Its code and base unit never change afterwards: quantities hang on them."""
    commodity_id = await commands.create(
        tx,
        code=asked.code,
        name=asked.name,
        name_id=asked.name_id,
        base_unit=asked.base_unit,
        grades=[(grade.code, grade.name) for grade in asked.grades],
        required_licences=sorted({str(kind) for kind in asked.required_licences}),
    )
    return CommodityOut(id=commodity_id, **asked.model_dump())
