"""A query string read as one model, for lists that must be fast.

FastAPI checks a query field by field, which for a list with seven filters costs more than the list.
Here a query string that is not there costs nothing, and one that is there is checked at once.
The parameters stand in OpenAPI like any other (`http.openapi` asks the dependency for its model).
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

Model = TypeVar("Model", bound=BaseModel)


class QueryOf(Generic[Model]):
    """The dependency that reads a query as *model*; all of its fields must have defaults."""

    def __init__(self, model: type[Model]) -> None:
        self.query_model = model
        self.nothing = model()

    async def __call__(self, request: Request) -> Model:
        """The query of *request*. Raises what FastAPI raises for a wrong one."""
        if not request.scope["query_string"]:
            return self.nothing
        try:
            return self.query_model.model_validate(dict(request.query_params))
        except ValidationError as error:
            found = [e | {"loc": ("query", *e["loc"])} for e in error.errors(include_url=False)]
            raise RequestValidationError(found) from None


def Asked(model: type[BaseModel]) -> Any:  # noqa: N802 - reads like the class it makes
    """``filters: Annotated[Filters, Asked(Filters)]``."""
    return Depends(QueryOf(model))


def parameters(model: type[BaseModel], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The OpenAPI parameters of *model*'s fields; what they refer to is added to *schemas*."""
    described = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in described.get("$defs", {}).items():
        schemas.setdefault(name, schema)
    found = []
    for name, schema in described["properties"].items():
        parameter = {"name": name, "in": "query", "required": False, "schema": schema}
        if "description" in schema:
            parameter["description"] = schema["description"]
        found.append(parameter)
    return found
