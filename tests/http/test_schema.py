"""The document and the service agree: whatever the document allows or forbids, tried at random.

Schemathesis makes requests of both sorts for every operation; the answer must be documented (its
status, its content type, its shape), and never a 5xx. Seeded: the same requests in every run.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.openapi import document

pytestmark = pytest.mark.anyio

EACH = 6
"""Requests of each sort for each operation: enough to find what is wrong with a shape."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def cases() -> list[Any]:
    """Requests for every operation, right ones and wrong ones."""
    schema = schemathesis.openapi.from_dict(document())
    made: list[Any] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(20261121)
            @settings(
                max_examples=EACH,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def collect(case: Any) -> None:
                made.append(case)

            try:
                collect()
            except Exception as error:  # an operation without parameters cannot be asked wrongly
                if mode is GenerationMode.POSITIVE or "Unsatisf" not in type(error).__name__:
                    raise
    return made


async def test_every_answer_is_a_documented_one(client: httpx.AsyncClient, operator: str) -> None:
    tried, wrong, statuses = set(), {}, Counter[int]()
    for case in cases():
        request = case.as_transport_kwargs(base_url="http://btc.test")
        request.pop("cookies", None)
        headers = dict(request.pop("headers", None) or {}) | {"Authorization": f"Bearer {operator}"}
        answer = await client.request(
            request.pop("method"),
            request.pop("url"),
            params=request.pop("params", None),
            headers={k: v.encode("utf-8", "ignore") for k, v in headers.items()},
            content=_content(request),
        )
        tried.add(case.operation.label)
        statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as error:
            wrong.setdefault(case.operation.label, f"{error}")
    assert len(tried) == sum(len(methods) for methods in document()["paths"].values())
    assert statuses[200] > 50, "nothing got far enough to be tried"
    assert statuses[422] > 50
    assert not wrong, "\n\n".join(wrong.values())


def _content(request: dict[str, Any]) -> bytes | None:
    if "json" in request:
        return json.dumps(request["json"]).encode()
    data: str | bytes | None = request.get("data")  # bytes, where the body is a file
    return data.encode() if isinstance(data, str) else data
