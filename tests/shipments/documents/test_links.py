"""Links: they open one document until they expire, and nothing else ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, vault
from app.core.errors import NotFound
from app.core.ids import decode, encode, new_id
from app.http import edge
from app.shipments.documents import links
from app.shipments.documents.links import LinkExpired, document_of, token_of
from tests.api import Api
from tests.openapi import SECRET
from tests.shipments.documents.papers import text
from tests.shipments.story import confirmed

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def unlocked() -> None:
    vault.unlock(SECRET)


@pytest.fixture
async def document(hub: Api, unique: Callable[[str], str]) -> Any:
    story = await confirmed(hub, unique("link"), 100)
    shipment = await story.planned(await story.lot())
    return await hub.do("/v1/documents", {"kind": "surat_jalan", "shipment_id": shipment["id"]})


def test_a_token_names_its_document_until_its_second() -> None:
    made, ends = new_id(), NOW + timedelta(hours=1)
    token = token_of(made, ends)
    assert document_of(token, NOW) == made
    assert document_of(token, ends - timedelta(microseconds=1)) == made
    for late in (ends, ends + timedelta(days=400)):
        with pytest.raises(LinkExpired):
            document_of(token, late)


@given(place=st.integers(0, 53), letter=st.sampled_from("ABCwxyz0189-_=+/ é%"))
def test_any_other_letter_anywhere_opens_nothing(place: int, letter: str) -> None:
    token = token_of(new_id(), NOW + timedelta(hours=1))
    assert len(token) == 54
    wrong = token[:place] + letter + token[place + 1 :]
    if wrong != token:
        with pytest.raises(NotFound):
            document_of(wrong, NOW)


@given(st.text(max_size=200))
def test_whatever_comes_is_answered(token: str) -> None:
    with pytest.raises(NotFound):
        document_of(token, NOW)


def test_a_later_expiry_or_another_document_needs_another_seal() -> None:
    mine, ends = new_id(), NOW + timedelta(hours=1)
    seal = links._encoded(links._seal(links._SAID.pack(mine.bytes, int(ends.timestamp()))))
    other = token_of(new_id(), ends)
    assert other[-20:] != seal[-20:]
    vault.unlock("another secret that is as long as it must be")
    with pytest.raises(NotFound):
        document_of(other, NOW)


async def test_a_link_opens_the_document_without_a_key(hub: Api, api: Api, document: Any) -> None:
    made = await hub.do(f"/v1/documents/{document['id']}/link", {"hours": 2})
    left = datetime.fromisoformat(made["expires_at"]) - clock.now()
    assert timedelta(hours=1) < left <= timedelta(hours=2)
    answer = await api.client.get(made["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert document["number"] in text(answer.content)
    kept = await hub.get(f"/v1/documents/{document['id']}/pdf")
    assert answer.content == kept.content


async def test_an_expired_link_says_so_kindly(hub: Api, api: Api, document: Any) -> None:
    token = token_of(decode("doc", document["id"]), clock.now() - timedelta(seconds=1))
    answer = await api.get(f"/d/{token}")
    assert answer.status_code == 410
    assert answer.headers["content-type"].startswith("text/html")
    assert "Mintalah tautan baru" in answer.text
    assert "This link has expired" in answer.text
    assert document["number"] not in answer.text


async def test_a_wrong_link_is_not_found(hub: Api, api: Api, document: Any) -> None:
    url = (await hub.do(f"/v1/documents/{document['id']}/link"))["url"]
    unsaid = token_of(new_id(), clock.now() + timedelta(hours=1))
    for wrong in (url[:-1], url + "A", url[:-3] + "AAA", "/d/x", "/d/%00", f"/d/{unsaid}"):
        answer = await api.client.get(wrong)
        assert answer.status_code == 404, wrong
        assert answer.headers["content-type"].startswith("text/html")
        assert "Tautan ini" in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("hours", [0, 169, -1, 10**12])
async def test_no_link_lives_longer_than_a_week(hub: Api, document: Any, hours: int) -> None:
    refused = await hub.post(f"/v1/documents/{document['id']}/link", {"hours": hours})
    assert refused.status_code == 422


async def test_only_who_sees_a_document_makes_links(hub: Api, document: Any) -> None:
    stranger = await hub.party("carrier")
    assert (await stranger.post(f"/v1/documents/{document['id']}/link")).status_code == 404
    missing = encode("doc", new_id())
    assert (await hub.post(f"/v1/documents/{missing}/link")).status_code == 404


async def test_the_token_is_not_in_the_log(
    hub: Api, api: Api, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(edge, "log", SimpleNamespace(info=lambda _, **line: said.append(line)))
    url = (await hub.do(f"/v1/documents/{document['id']}/link"))["url"]
    await api.client.get(url)
    assert [line["path"] for line in said] == [
        f"/v1/documents/{document['id']}/link",
        "/d/{token}",
    ]


async def test_the_printed_address_is_the_one_that_is_set(
    app: Any, hub: Api, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.settings, "public_url", "https://btc.example/")
    made = await hub.do(f"/v1/documents/{document['id']}/link")
    assert made["url"].startswith("https://btc.example/d/")
