"""Whatever is sent, however broken: a 4xx problem that says what to do, and nothing stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from app.core.ids import encode, new_id
from app.settings import Settings
from tests.api import Api
from tests.http.helpers import problem, raw

pytestmark = pytest.mark.anyio

PARTY: dict[str, Any] = {"name": "Contoh", "roles": ["buyer"]}


@pytest.fixture(autouse=True)
async def nothing_stored(owner: asyncpg.Connection, operator: str) -> AsyncIterator[None]:
    """Every test of this file is refused, so none may leave a party or a key behind."""

    async def counts() -> list[int]:
        row = await owner.fetchrow(
            "SELECT (SELECT count(*) FROM parties), (SELECT count(*) FROM idempotency_keys), "
            "(SELECT count(*) FROM history), (SELECT count(*) FROM sites)"
        )
        return list(row)

    before = await counts()
    yield
    assert await counts() == before


async def test_an_unknown_path(hub: Api) -> None:
    document = problem(await hub.get("/v1/nonsense"), 404, "not_found")
    assert document["instance"] == "/v1/nonsense"


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    for method in ("DELETE", "PUT"):
        answer = await client.request(method, "/v1/orders")
        problem(answer, 405, "method_not_allowed")
        assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "POST"}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{'name': 'x'}",
        b'{"name": "x",}',
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b'{"name": "x"} {}',
        b"nonsense",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=[
        "open",
        "single quotes",
        "comma",
        "not utf-8",
        "not utf-8 inside",
        "two",
        "a word",
        "deep open",
        "deep",
        "deep objects",
    ],
)
async def test_a_body_that_is_no_json(
    client: httpx.AsyncClient, operator: str, content: bytes
) -> None:
    problem(await raw(client, operator, content), 400, "malformed")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
async def test_numbers_that_are_none(
    client: httpx.AsyncClient, operator: str, hub: Api, number: str
) -> None:
    content = (
        f'{{"name": "x", "kind": "farm", "region_code": "35.05.01", "latitude": {number}, '
        '"longitude": 1}'
    )
    path = f"/v1/parties/{encode('pty', new_id())}/sites"
    answer = await raw(client, operator, content.encode(), path)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "name",
    [
        '"\\u0000"',
        '"a\\u0000b"',
        '"\\ud800"',
        '"x\\udfffy"',
        '"\\u001b[31m"',
        '"\\u007f"',
        '""',
        '"   "',
        f'"{"x" * 201}"',
        "1",
        "null",
        "[]",
        "{}",
        "true",
    ],
)
async def test_a_text_that_is_none(client: httpx.AsyncClient, operator: str, name: str) -> None:
    content = f'{{"name": {name}, "roles": ["buyer"]}}'.encode()
    answer = await raw(client, operator, content)
    assert answer.status_code in (400, 422), answer.text  # a lone surrogate is no JSON text at all
    if answer.status_code == 422:
        document = problem(answer, 422, "validation_failed")
        assert document["errors"][0]["pointer"] == "/name"
    else:
        problem(answer, 400, "malformed")


@pytest.mark.parametrize(
    "field", ['"\\ud800"', '"\\u0000"', '"a/b~c"', '"{x}"', '"' + "k" * 9999 + '"']
)
async def test_a_field_that_does_not_exist_however_it_is_called(
    client: httpx.AsyncClient, operator: str, field: str
) -> None:
    content = f'{{"name": "x", "roles": ["buyer"], {field}: 1}}'.encode()
    answer = await raw(client, operator, content)
    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code, answer.json()["code"])


async def test_an_unknown_field_is_pointed_at(hub: Api) -> None:
    document = problem(
        await hub.post("/v1/parties", PARTY | {"nmae/~": 1}), 422, "validation_failed"
    )
    assert document["errors"] == [
        {
            "pointer": "/nmae~1~0",
            "code": "extra_forbidden",
            "detail": "There is no such field; check its spelling.",
        }
    ]


async def test_a_deep_field_is_pointed_at(hub: Api) -> None:
    body = {
        "ship_to_site_id": encode("sit", new_id()),
        "deliver_on": "2026-12-03",
        "lines": [
            {
                "commodity_id": encode("com", new_id()),
                "grade": "a",
                "quantity": {"value": 1000, "unit": "stone"},
            }
        ],
    }
    document = problem(await hub.post("/v1/orders", body), 422, "validation_failed")
    pointed = {error["pointer"]: error["code"] for error in document["errors"]}
    assert pointed == {
        "/lines/0/quantity/value": "decimal_text",
        "/lines/0/quantity/unit": "unit_unknown",
    }


async def test_a_thousand_wrong_fields_are_not_repeated_back(hub: Api) -> None:
    body = PARTY | {f"field_{n}": n for n in range(1000)}
    document = problem(await hub.post("/v1/parties", body), 422, "validation_failed")
    assert len(document["errors"]) == 20


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json"]
)
async def test_a_body_that_is_not_said_to_be_json(
    client: httpx.AsyncClient, operator: str, kind: str
) -> None:
    answer = await raw(client, operator, b'{"name": "x", "roles": ["buyer"]}', content_type=kind)
    problem(answer, 415, "unsupported_media_type")


async def test_a_missing_body(client: httpx.AsyncClient, operator: str) -> None:
    problem(await raw(client, operator, b""), 422, "validation_failed")


async def test_a_huge_body_with_its_length(
    client: httpx.AsyncClient, operator: str, settings: Settings
) -> None:
    content = b'{"name": "' + b"x" * settings.max_body_bytes + b'"}'
    problem(await raw(client, operator, content), 413, "too_large")


async def test_a_huge_body_in_chunks_that_never_says_its_length(
    client: httpx.AsyncClient, operator: str, settings: Settings
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 65_536
            yield b"x" * 65_536

    problem(await raw(client, operator, chunks()), 413, "too_large")


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "ord_01jd0000000000000000000000",  # another kind
        "pty_8zzzzzzzzzzzzzzzzzzzzzzzzz",  # more than 128 bits
        "pty_01JD0000000000000000000000",  # upper case is another spelling
        "pty_" + "i" * 26,  # a letter that Crockford leaves out
        "pty_%00",
        "1",
        "'; DROP TABLE parties; --",
    ],
)
async def test_an_id_of_the_wrong_kind(hub: Api, wrong: str) -> None:
    answer = await hub.get(f"/v1/parties/{wrong}")
    document = problem(answer, 422, "validation_failed")
    assert document["errors"][0]["code"] == "id_kind"
    assert document["errors"][0]["pointer"] == "path:party_id"
    assert "pty_" in document["errors"][0]["detail"]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1e2", "x", "", "9" * 500, "١"])
async def test_a_limit_out_of_range(hub: Api, limit: str) -> None:
    document = problem(await hub.get("/v1/parties", limit=limit), 422, "validation_failed")
    assert document["errors"][0]["pointer"] == "query:limit"


@pytest.mark.parametrize("path", ["/v1/parties", "/v1/orders", "/v1/events", "/v1/api-keys"])
@pytest.mark.parametrize(
    "cursor",
    ["x", "", "garbage!", "AAAA", "é", "b3JkZXJzfHg", "cGFydGllc3wxMjM", "ZXZlbnRzfC0xfDE", "\x00"],
)
async def test_a_cursor_nobody_handed_out(hub: Api, path: str, cursor: str) -> None:
    answer = await hub.get(path, cursor=cursor)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("bad_cursor", "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == "query:cursor"


async def test_a_cursor_of_another_list(hub: Api) -> None:
    page = await hub.read("/v1/events")
    problem(await hub.get("/v1/parties", cursor=page["next_cursor"]), 422, "bad_cursor")


@pytest.mark.parametrize(
    "language", ["id", "id-ID,en;q=0.5", "de, id;q=0.9, en;q=0.8", "in-ID", "jv", "su-ID,en;q=0.9"]
)
async def test_indonesian(hub: Api, language: str) -> None:
    answer = await hub.post(
        "/v1/parties", {"roles": ["buyer"]}, headers={"accept-language": language}
    )
    document = problem(answer, 422, "validation_failed")
    assert document["title"] == "Ada isian yang belum benar"
    assert document["errors"][0]["detail"] == "Isian ini wajib."


@pytest.mark.parametrize(
    "language", ["", "en", "de", "en,id;q=0.9", "id;q=0", "id;q=x", "*", ";;;,,,q=", "\x00"]
)
async def test_english(hub: Api, language: str) -> None:
    answer = await hub.post(
        "/v1/parties", {"roles": ["buyer"]}, headers={"accept-language": language}
    )
    assert answer.json()["title"] == "Some fields are not right"
    assert answer.json()["code"] == "validation_failed"  # codes never change


async def test_a_request_id_comes_back(hub: Api) -> None:
    answer = await hub.get("/v1/nonsense", headers={"x-request-id": "pasar-jaya:1.2_3"})
    assert answer.headers["x-request-id"] == "pasar-jaya:1.2_3"
    assert answer.json()["request_id"] == "pasar-jaya:1.2_3"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 101, "a\nb", '"><script>', "é"])
async def test_a_request_id_that_could_hurt_a_log_is_replaced(
    client: httpx.AsyncClient, sent: str
) -> None:
    headers = {"x-request-id": sent.encode()}
    answers = [await client.get("/v1/regions", headers=headers) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert sent not in ids
    assert len(set(ids)) == 2
    assert all(len(i) == 24 for i in ids)


class TestDefects:
    """Something breaks on our side."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def create(*_: Any) -> None:
            raise RuntimeError("password=hunter2 in table parties")

        monkeypatch.setattr("app.parties.commands.create", create)

    @pytest.mark.usefixtures("broken")
    async def test_it_says_nothing_of_the_inside(self, hub: Api) -> None:
        answer = await hub.post("/v1/parties", PARTY, headers={"accept-language": "id"})
        document = problem(answer, 500, "internal_error")
        assert document["title"] == "Kesalahan di pihak kami"
        for inside in ("hunter2", "RuntimeError", "Traceback", "parties/commands", ".py"):
            assert inside not in answer.text


async def test_a_path_with_a_slash_too_many_is_nothing(hub: Api) -> None:
    answer = await hub.get("/v1/orders/")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_a_path_that_is_none_is_not_mistaken_for_an_id(hub: Api) -> None:
    problem = (await hub.get("/v1/ordrs")).json()
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert "no such path" in problem["detail"]
