"""The page over HTTP: anybody with the code reads where the goods are, and nothing of whose."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import Request

from app.core import clock
from app.db.errors import DatabaseUnavailable
from app.http import edge
from app.shipments.page import render
from app.shipments.page.router import router
from app.shipments.shipments.codes import new_code
from tests.api import Api
from tests.shipments import story
from tests.shipments.page.views import NOW, event, view
from tests.statements import trips_of

Unique = Callable[[str], str]

LIGHT = 30_000
"""What a cheap phone loads at most, uncompressed, without photos."""


async def on_the_road(hub: Api, unique: Unique) -> tuple[story.Story, Any]:
    """A shipment that has left, and who carries it."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    return tale, await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")


def heard(minutes_ago: float, status: str = "in_transit", **fields: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {"status": status, "occurred_at": at.isoformat()} | fields


def heading(answer: httpx.Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found, answer.text
    return found[1]


async def test_it_says_where_the_goods_are(api: Api, hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    held = heard(-1, "on_hold", place="Tol Ngawi, km 579 <b>", reason="road_blocked")
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/events", held)
    answer = await api.get(f"/lacak/{shipment['tracking_code']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert heading(answer) == "Tertahan dalam perjalanan ke Kota Jakarta Timur."
    for said in (
        "Sebab: jalan macet atau terputus.",
        "Tol Ngawi, km 579 &lt;b&gt;",
        "Kabupaten Blitar",
        "Berangkat",
        shipment["tracking_code"],
    ):
        assert said in answer.text, said
    for secret in ("Peternakan rahasia", "Lokasi", "Rp", "IDR", tale.order_id, shipment["id"]):
        assert secret not in answer.text, secret


async def test_it_says_what_comes_and_when(api: Api, hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    late = datetime.now(UTC) + timedelta(days=9)
    for eta in (late - timedelta(days=9, hours=-3), late):
        await tale.carrier.do(f"{path}/estimate", {"eta_at": eta.isoformat()})
    ngawi = {"latitude": -7.412345, "longitude": 111.456789}
    seen = {"shipment_id": shipment["id"], "device": "gps", "at": datetime.now(UTC).isoformat()}
    await tale.carrier.do("/v1/telemetry", {"readings": [seen | ngawi]})
    text = (await api.get(f"/lacak/{shipment['tracking_code']}")).text
    for said in (
        "Contoh 100 kg",
        "Perkiraan tiba",
        "setelah hari yang dijanjikan",
        "sudah diubah satu kali",
        '<div class="when late">',
        '<circle class="here"',
    ):
        assert said in text, said
    assert "412345" not in text  # where a driver is, is told only roughly


async def test_the_language_is_the_address_s_the_phone_s_or_the_one_asked_for(
    api: Api, hub: Api, unique: Unique
) -> None:
    _, shipment = await on_the_road(hub, unique)
    code = shipment["tracking_code"]
    javanese = {"accept-language": "jv-ID,en;q=0.5"}
    for path, headers, language in (
        ("lacak", {"accept-language": "en"}, "id"),
        ("t", {"accept-language": "en-GB"}, "en"),
        ("t", javanese, "id"),
        ("t", {}, "en"),
        ("t", {"accept-language": "en", "?": "id"}, "id"),
        ("lacak", {"?": "en"}, "en"),
        ("lacak", {"?": "<script>"}, "id"),
    ):
        asked = headers.pop("?", None)
        answer = await api.get(f"/{path}/{code}", headers, **({"lang": asked} if asked else {}))
        assert f'<html lang="{language}">' in answer.text, (path, headers)
        assert answer.headers["content-language"] == language
        assert ("sudah berangkat" in heading(answer).lower()) == (language == "id")
        assert "accept-language" in answer.headers["vary"].lower()


async def test_what_messengers_append_to_a_link_is_overlooked(
    api: Api, hub: Api, unique: Unique
) -> None:
    _, shipment = await on_the_road(hub, unique)
    typed = shipment["tracking_code"].lower().replace("-", " ")
    answer = await api.get(f"/t/{typed}", fbclid="x", page="-7", lang="xx")
    assert answer.status_code == 200


async def test_a_key_shown_by_mistake_is_not_looked_at(api: Api, hub: Api, unique: Unique) -> None:
    _, shipment = await on_the_road(hub, unique)
    answer = await api.get(f"/t/{shipment['tracking_code']}", {"authorization": "Bearer nonsense"})
    assert answer.status_code == 200


async def test_it_is_asked_for_again_and_not_sent_again(api: Api, hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/t/{shipment['tracking_code']}"
    first = await api.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    mine = {"if-none-match": first.headers["etag"]}
    same = await api.get(path, mine)
    assert (same.status_code, same.content) == (304, b"")
    assert "content-security-policy" in same.headers
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/events", heard(0, place="Saradan"))
    news = await api.get(path, mine)
    assert news.status_code == 200
    assert "Saradan" in news.text


async def test_it_loads_nothing_runs_nothing_and_keeps_nothing(
    api: Api, hub: Api, unique: Unique
) -> None:
    """Its policy allows exactly the style and the script that are in it, by their hashes."""
    _, shipment = await on_the_road(hub, unique)
    answer = await api.get(f"/t/{shipment['tracking_code']}")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in str(policy)
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in inside]
        assert [policy[rule]] == [f"'sha256-{one}'" for one in hashes]
    assert not re.search(r'(src|href|action)="(https?:)?//', answer.text)
    assert "style=" not in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


async def test_it_is_one_round_trip(api: Api, hub: Api, unique: Unique) -> None:
    _, shipment = await on_the_road(hub, unique)
    trips = await trips_of(lambda: api.get(f"/t/{shipment['tracking_code']}"))
    assert len(trips) == 1, trips


def test_two_hundred_events_are_light() -> None:
    """With places as long as they may be; the newest thirty are shown, the rest by link."""
    long = view(
        events=[event(n, place="Gerbang Tol Ngawi, " * 10 + "arah Jak") for n in range(200)],
        goods=[{"name": "x" * 200, "quantity": {"value": "1", "unit": "kg"}}] * 3,
    )
    assert len(long.events[0].place or "") == 198
    seen = 0
    for page in range(1, 8):
        request = _request(f"page={page}")
        answer = render.shipment(request, long, "id", page, clock.now())
        assert len(bytes(answer.body)) <= LIGHT
        seen += bytes(answer.body).count(b"<li>")
        assert (f"page={page + 1}".encode() in bytes(answer.body)) == (page < 7)
    assert seen == 200


def test_what_is_left_out_is_said_on_the_last_page() -> None:
    many = view(events=[event(n) for n in range(60)], last_n=61)
    for page, said in ((1, False), (2, True)):
        answer = render.shipment(_request(f"page={page}"), many, "id", page, clock.now())
        assert ("Kabar yang lebih lama tidak ditampilkan" in bytes(answer.body).decode()) == said


def _request(query: str = "") -> Request:
    scope = {"type": "http", "path": "/t/x", "query_string": query.encode(), "headers": []}
    return Request(scope)


@pytest.mark.parametrize(
    "typed", ["BTC-7K3M9", "%3cscript>x", "%00", "btc", "x" * 300, "BTC-0000000000"]
)
async def test_an_unknown_code_is_met_kindly(client: httpx.AsyncClient, typed: str) -> None:
    answer = await client.get(f"/lacak/{typed}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert heading(answer) == "Kode ini tidak kami temukan"
    assert "<form" in answer.text
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    english = await client.get(f"/t/{new_code()}", headers={"accept-language": "en"})
    assert heading(english) == "We do not know this code"


async def test_the_form_leads_to_the_shipment(api: Api, hub: Api, unique: Unique) -> None:
    _, shipment = await on_the_road(hub, unique)
    code = shipment["tracking_code"]
    empty = await api.get("/lacak")
    assert empty.status_code == 200
    assert '<form action="/lacak">' in empty.text
    asked = await api.get("/lacak", code=f" {code.lower()[:8]} {code[8:]} ", lang="en")
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/lacak/{code}?lang=en"
    message = f"Kiriman Ibu sudah berangkat, ikuti di https://contoh.id/t/{code}. Terima kasih!"
    assert (await api.get("/lacak", code=message)).headers["location"] == f"/lacak/{code}?lang=id"
    wrong = await api.get("/lacak", code='"><script>x')
    assert wrong.status_code == 404
    assert "<script" not in wrong.text
    assert "&gt;&lt;script&gt;x" in wrong.text


async def test_the_form_says_what_it_is_and_takes_a_whole_message(api: Api) -> None:
    text = (await api.get("/lacak")).text
    assert "pesan WhatsApp" in text
    assert 'maxlength="300"' in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/t", "/lacak"),
        ("/t/", "/lacak"),
        ("/lacak/", "/lacak"),
        ("/lacak/?lang=en", "/lacak?lang=en"),
        ("/t/BTC-7K3M9QX2PT/", "/t/BTC-7K3M9QX2PT"),
        ("/lacak/btc%207k3m9qx2pt/?lang=en", "/lacak/btc%207k3m9qx2pt?lang=en"),
        ("/t/%0d%0aset-cookie:x/", "/t/%0D%0Aset-cookie%3Ax"),
    ],
)
async def test_a_stroke_too_many_is_overlooked(
    client: httpx.AsyncClient, typed: str, meant: str
) -> None:
    answer = await client.get(typed)
    assert (answer.status_code, answer.headers["location"]) == (308, meant)


async def test_messengers_may_ask_for_the_head(api: Api, hub: Api, unique: Unique) -> None:
    _, shipment = await on_the_road(hub, unique)
    for path in (f"/t/{shipment['tracking_code']}", f"/lacak/{new_code()}", "/lacak", "/t/"):
        whole, head = await api.get(path), await api.client.head(path)
        assert head.status_code == whole.status_code, path
        for name in ("content-type", "cache-control", "etag", "location"):
            assert head.headers.get(name) == whole.headers.get(name), path


async def test_a_head_has_no_body(site: str) -> None:
    there = urlsplit(site)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    asked = f"HEAD /lacak HTTP/1.1\r\nhost: {there.netloc}\r\nconnection: close\r\n\r\n"
    writer.write(asked.encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200")
    assert body == b""


def _text(**fields: Any) -> str:
    answer = render.shipment(_request(), view(**fields), "id", 1, NOW)
    return bytes(answer.body).decode()


def test_what_the_road_writes_turns_nothing_around() -> None:
    """Isolated, and without the marks that would end the isolation."""
    text = _text(events=[event(1, place="Tol \u2069\u202engawi")])
    assert text.count("<bdi>Tol ngawi</bdi>") == 2


@pytest.mark.parametrize("status", ["cancelled", "refused", "returned", "lost"])
def test_where_it_went_wrong_it_says_whom_to_ask(status: str) -> None:
    text = _text(status=status, tracking_status="cancelled")
    assert "tanya penjual atau toko" in text
    assert "tanya penjual atau toko" not in _text()


@pytest.mark.parametrize("status", ["cancelled", "refused", "delivered", "closed"])
def test_what_is_over_is_not_to_be_looked_up_again(status: str) -> None:
    assert "Cek kabar terbaru" not in _text(status=status)
    assert "Cek kabar terbaru" in _text()


def test_what_has_arrived_was_not_seen_in_between() -> None:
    seen = {"latitude": -7.4, "longitude": 111.45, "at": NOW}
    assert "di antara keduanya" in _text(position=seen)
    assert "di antara keduanya" not in _text(status="arrived", position=seen)


async def test_the_newest_estimate_says_why_after_later_news(
    api: Api, hub: Api, unique: Unique
) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    late = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    await tale.carrier.do(f"{path}/estimate", {"eta_at": late, "reason": "vehicle_trouble"})
    await tale.carrier.do(f"{path}/events", heard(0, place="Saradan"))
    text = (await api.get(f"/lacak/{shipment['tracking_code']}")).text
    assert "<p>Sebab: kendaraan bermasalah.</p>" in text


async def test_without_a_database_it_is_still_a_page(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> Any:
        raise DatabaseUnavailable

    monkeypatch.setattr("app.shipments.tracking.queries.by_code", gone)
    answer = await api.get(f"/lacak/{new_code()}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert heading(answer) == "Coba lagi sebentar"


def test_practice_shipments_say_so() -> None:
    said = {
        live: bytes(
            render.shipment(_request(), view(livemode=live), "id", 1, clock.now()).body
        ).decode()
        for live in (True, False)
    }
    assert "Hanya untuk uji coba" in said[False]
    assert "Hanya untuk uji coba" not in said[True]


def test_codes_stay_out_of_the_log() -> None:
    pages = {route.path for route in router.routes if "{" in route.path}  # type: ignore[attr-defined]
    assert pages == {"/t/{code}", "/lacak/{code}", "/t/{code}/", "/lacak/{code}/"}
    assert pages <= edge._SECRET_PATHS


async def test_it_is_counted_by_its_route(api: Api) -> None:
    await api.get(f"/t/{new_code()}")
    counted = (await api.get("/metrics")).text
    assert 'btc_requests_total{method="GET",route="/t/{code}",status="404"}' in counted
