"""Problem pages: every problem's `type` leads somewhere a person can read."""

from __future__ import annotations

import re

import httpx
import pytest

from app.core.errors import REGISTRY
from app.http.problems import STATUS
from tests.api import Api

pytestmark = pytest.mark.anyio


async def test_every_code_has_a_page_in_both_languages(client: httpx.AsyncClient) -> None:
    assert len(REGISTRY) > 20
    for code, error in REGISTRY.items():
        answer = await client.get(f"/problems/{code}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        page = answer.text
        for language in ("id", "en"):
            assert f'<section lang="{language}">' in page
        for said in ("Apa yang terjadi", "What to do next", f"HTTP {STATUS[error.kind]}"):
            assert said in page
        assert f'"code": "{code}"' in page  # the example document


async def test_a_page_loads_nothing_from_anywhere(client: httpx.AsyncClient) -> None:
    for path in ("/problems", "/problems/not_found"):
        answer = await client.get(path)
        assert not re.search(r"(src|href)=\"?(https?:)?//", answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.content) < 20_000


async def test_the_index_leads_to_every_page(client: httpx.AsyncClient) -> None:
    linked = re.findall(r'href="(/problems/[a-z_]+)"', (await client.get("/problems")).text)
    assert linked == [f"/problems/{code}" for code in sorted(REGISTRY)]


async def test_the_type_of_a_problem_resolves(api: Api) -> None:
    document = (await api.get("/v1/orders")).json()
    assert (await api.get(document["type"])).status_code == 200


@pytest.mark.parametrize("code", ["nonsense", "<script>", "%2e%2e", "%00"])
async def test_an_unknown_code_is_a_problem_itself(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/problems/{code}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
