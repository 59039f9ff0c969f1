"""Calling any operation with any ids, and seeing whether anything was stored."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson

from app.core.ids import encode, new_id
from tests.api import Api
from tests.epcis.fixture import EVENTS
from tests.epcis.fixture import document as epcis_document
from tests.files.pictures import encoded, quarters
from tests.openapi import Operation, document

UNREADABLE_WITHOUT_EFFECT = "api_keys"
"""Entering notes when a key was last used; nothing else of a refused call may leave a trace."""

FILES = {
    "image/jpeg": encoded(quarters(16, 16)),
    "text/csv": b"kode produk;stok\nA;1\n",
    "application/json": orjson.dumps(epcis_document(EVENTS[0])),
}
"""A file that is right in itself, for each type that an operation names first."""


def missing_id(operation: Operation, name: str) -> str:
    """A well-formed id of the right kind that names nothing."""
    parameter = operation.parameter(name)
    assert parameter is not None
    if "enum" in parameter["schema"]:  # a word, not an id
        return str(parameter["schema"]["enum"][0])
    if parameter["schema"].get("type") == "integer":  # the place in a row of things
        return "1"
    shown = parameter.get("example") or parameter["schema"].get("examples", ["x"])[0]
    prefix, underscore, _ = str(shown).rpartition("_")
    return encode(prefix, new_id()) if underscore else "7Z7Z7Z7Z7Z7Z"


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    """The operation's path with *ids* in it; missing ones where *ids* has none."""
    filled = {
        name: ids.get(name) or missing_id(operation, name) for name in operation.path_parameters
    }
    return operation.path.format(**filled)


def body_of(operation: Operation, fields: dict[str, Any] | None = None) -> Any:
    """The operation's own example, its references replaced by *fields* wherever they are named."""
    schema = operation.body_schema(document())
    if schema is None:
        return None
    return _reaching(next(iter(schema.get("examples", ({},)))), fields or {})


def reaches(operation: Operation, fields: dict[str, Any]) -> bool:
    """Whether the operation's body names any of *fields*."""
    return body_of(operation, fields) != body_of(operation)


def _reaching(value: Any, fields: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {
            k: fields[k] if _reaches(k, v, fields) else _reaching(v, fields)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_reaching(inner, fields) for inner in value]
    return value


def _reaches(name: str, said: Any, fields: dict[str, Any]) -> bool:
    """Whether *fields* have such a reference, and of this kind: lines are of orders or agreements."""
    if not isinstance(said, str):
        return name in fields
    return name in fields and said.partition("_")[0] == fields[name].partition("_")[0]


async def call(api: Api, operation: Operation, path: str, body: Any = None) -> httpx.Response:
    """One request as the operation wants it."""
    headers = {"authorization": f"Bearer {api.key}"} if api.key else {}
    if operation.method != "GET":
        headers["idempotency-key"] = uuid4().hex
    if operation.method == "PATCH":
        headers |= {"if-match": '"1"'}
    if operation.file_types:
        headers["content-type"] = operation.file_types[0]
        return await api.client.request(
            operation.method, path, content=FILES[operation.file_types[0]], headers=headers
        )
    return await api.client.request(
        operation.method, path, json=body if operation.method != "GET" else None, headers=headers
    )


async def stored(owner: asyncpg.Connection) -> dict[str, tuple[int, int]]:
    """How many rows every table has, and a sum over what stands in them."""
    tables = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity ORDER BY relname"
    )
    assert len(tables) > 20
    counts = " UNION ALL ".join(
        f"SELECT '{t}', count(*), coalesce(sum(hashtext((to_jsonb(x) - 'last_used_at')::text)), 0)"
        f" FROM {t} x"
        for (t,) in tables
    )
    return {row[0]: (row[1], row[2]) for row in await owner.fetch(counts)}
