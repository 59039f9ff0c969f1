"""`/v1/categories`: the tree in which goods stand, and what licences they need."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.access.doors import OpensToAnybody
from app.catalog import licences
from app.catalog.categories import Category, Node, tree
from app.db.tx import Tx
from app.http.conditional import NOT_MODIFIED, for_anybody
from app.http.routes import Route
from app.http.wire import Listed

router = APIRouter(route_class=Route, tags=["listings"])


class CategoryNameOut(BaseModel):
    """A category's name in both languages."""

    en: str = Field(examples=["Chips"])
    id: str = Field(examples=["Keripik"])


class LicenceNeedOut(BaseModel):
    """One out of `one_of` is needed, from the day `since` on."""

    one_of: list[str] = Field(examples=[["bpom_md", "pirt"]])
    since: date
    in_force: bool = Field(description="Whether that day has come.")


class CategoryOut(BaseModel):
    """A category. `needs` is empty where goods need no licence."""

    code: Category
    name: CategoryNameOut
    needs: list[LicenceNeedOut]


class DepartmentOut(CategoryOut):
    """A department and what is in it; a listing may stand in either."""

    children: list[CategoryOut]


@router.get("/v1/categories", response_model=Listed[DepartmentOut], responses=NOT_MODIFIED)
async def category_list(tx: Annotated[Tx, OpensToAnybody()], request: Request) -> Response:
    """Every category with its name in both languages and the licences its goods need.

    All rules must be met; of each, one licence does. A rule whose day has not come is shown too.
    """
    nodes = tree().values()
    departments = [
        DepartmentOut(
            **_said(node, tx.today),
            children=[CategoryOut(**_said(n, tx.today)) for n in nodes if n.parent == node.code],
        )
        for node in nodes
        if node.parent is None
    ]
    body = Listed(data=departments).model_dump_json()
    return for_anybody(request, body, f'"{sha256(body.encode()).hexdigest()[:32]}"')


def _said(node: Node, today: date) -> dict[str, object]:
    needs = [
        LicenceNeedOut(one_of=sorted(rule.one_of), since=rule.since, in_force=rule.since <= today)
        for rule in licences.licence_rules()
        if rule.concerns(node.code)
    ]
    name = CategoryNameOut(en=node.name.en, id=node.name.id)
    return {"code": node.code, "name": name, "needs": needs}
