"""Numbers: without gaps and without twins, whoever draws them, also of transactions that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.access.enter import acting_as_hub
from app.core.ids import decode, encode
from app.db.tx import Tx
from app.parties.bootstrap import find_hub
from app.shipments.documents import commands
from app.shipments.documents.schemas import DocumentIn
from tests.api import Api
from tests.shipments.documents.papers import text
from tests.shipments.story import confirmed

pytestmark = pytest.mark.anyio

ADDRESS = "https://btc.example"


class Fell(Exception):
    """What was being done did not come through."""


async def numbers(owner: asyncpg.Connection, kind: str, livemode: bool = True) -> list[str]:
    """All numbers of a kind this year, in order."""
    query = "SELECT number FROM documents WHERE kind = $1 AND livemode = $2 ORDER BY number"
    return [row[0] for row in await owner.fetch(query, kind, livemode)]


def assert_unbroken(found: list[str]) -> None:
    counted = [int(number.rpartition("/")[2]) for number in found]
    assert counted == list(range(1, len(found) + 1))


async def issue(tx: Tx, lot_id: UUID) -> str:
    asked = DocumentIn(kind="lot_label", lot_ids=[lot_id])
    return str((await commands.issue(tx, asked, ADDRESS))["number"])


async def test_forty_at_once_a_third_of_which_fail(
    app: Any, hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    story = await confirmed(hub, unique("series"), 100)
    lot_id = decode("lot", (await story.lot())["id"])
    database = app.state.database
    operator = await find_hub(database)
    before = len(await numbers(owner, "lot_label"))

    async def one(n: int) -> str:
        async with acting_as_hub(database, operator, livemode=True) as tx:
            number = await issue(tx, lot_id)
            await asyncio.sleep(0.001 * (n % 4))
            if n % 3 == 0:
                raise Fell
        return number

    found = await asyncio.gather(*(one(n) for n in range(40)), return_exceptions=True)
    drawn = [number for number in found if isinstance(number, str)]
    assert sum(isinstance(error, Fell) for error in found) == 14
    assert len(drawn) == len(set(drawn)) == 26
    after = await numbers(owner, "lot_label")
    assert len(after) == before + 26
    assert set(drawn) <= set(after)
    assert_unbroken(after)


async def test_callers_at_once_over_http(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    """Eight about the same shipment: eight numbers, each in place of the one before."""
    story = await confirmed(hub, unique("series"), 100)
    shipment = await story.planned(await story.lot())
    body = {"kind": "surat_jalan", "shipment_id": shipment["id"]}
    answers = await asyncio.gather(*(hub.post("/v1/documents", body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    made = [answer.json() for answer in answers]
    assert len({document["number"] for document in made}) == 8
    replaced = {document["replaces_id"] for document in made}
    assert replaced == {None} | {d["id"] for d in sorted(made, key=lambda d: d["number"])[:-1]}
    assert_unbroken(await numbers(owner, "surat_jalan"))


async def test_what_is_refused_draws_no_number(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    story = await confirmed(hub, unique("series"), 100)
    shipment = await story.planned(await story.lot())
    body = {"kind": "surat_jalan", "shipment_id": shipment["id"]}
    await hub.do("/v1/documents", body)
    before = await numbers(owner, "surat_jalan")
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "weather"})
    assert (await hub.post("/v1/documents", body)).status_code == 409
    assert await numbers(owner, "surat_jalan") == before


async def test_every_kind_and_year_counts_for_itself(
    app: Any, hub: Api, unique: Callable[[str], str]
) -> None:
    story = await confirmed(hub, unique("series"), 100)
    shipment_id = decode("shp", (await story.planned(await story.lot()))["id"])
    database = app.state.database
    operator = await find_hub(database)

    async def drawn(kind: str, year: int) -> str:
        async with acting_as_hub(database, operator, livemode=True) as tx:
            tx.now = tx.now.replace(year=year)
            asked = DocumentIn(kind=kind, shipment_id=shipment_id)
            return str((await commands.issue(tx, asked, ADDRESS))["number"])

    assert await drawn("surat_jalan", 2041) == "SJ/BTC/2041/000001"
    assert await drawn("surat_jalan", 2041) == "SJ/BTC/2041/000002"
    assert await drawn("load_list", 2041) == "DM/BTC/2041/000001"
    assert await drawn("surat_jalan", 2042) == "SJ/BTC/2042/000001"


class TestDesk(Api):
    """The hub in the test world; what both worlds share is made with its live key."""

    __test__ = False

    def __init__(self, hub: Api, key: str) -> None:
        super().__init__(hub.client, key)
        self._live = hub

    async def do(self, path: str, body: Any = None) -> Any:
        if path == "/v1/api-keys":
            return await self._live.do(path, body | {"livemode": False})
        if path in ("/v1/parties", "/v1/commodities"):
            return await self._live.do(path, body)
        return await super().do(path, body)


async def test_the_test_world_has_its_own_series(
    app: Any, hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    operator = encode("pty", await find_hub(app.state.database))
    made = await hub.do("/v1/api-keys", {"party_id": operator, "livemode": False})
    desk = TestDesk(hub, made["key"])
    story = await confirmed(desk, unique("series"), 100)
    body = {"kind": "surat_jalan", "shipment_id": (await story.planned(await story.lot()))["id"]}
    live = await numbers(owner, "surat_jalan")
    document = await desk.do("/v1/documents", body)
    assert document["livemode"] is False
    assert document["number"] == (await numbers(owner, "surat_jalan", livemode=False))[-1]
    assert_unbroken(await numbers(owner, "surat_jalan", livemode=False))
    assert await numbers(owner, "surat_jalan") == live
    printed = await desk.get(f"/v1/documents/{document['id']}/pdf")
    assert "UJI COBA" in text(printed.content)
    assert (await hub.get(f"/v1/documents/{document['id']}")).status_code == 404
    link = await desk.do(f"/v1/documents/{document['id']}/link")
    assert (await hub.client.get(link["url"])).content == printed.content


async def test_the_year_is_jakartas(app: Any, hub: Api, unique: Callable[[str], str]) -> None:
    """At five in the afternoon of 31 December in London it is next year's first number."""
    story = await confirmed(hub, unique("series"), 100)
    lot_id = decode("lot", (await story.lot())["id"])
    operator = await find_hub(app.state.database)
    async with acting_as_hub(app.state.database, operator, livemode=True) as tx:
        tx.now = tx.now.replace(year=2050, month=12, day=31, hour=17, minute=30)
        assert await issue(tx, lot_id) == "LBL/BTC/2051/000001"


async def test_neither_a_number_nor_a_content_can_be_rewritten(
    cluster: Any, owner: asyncpg.Connection
) -> None:
    service = await asyncpg.connect(cluster.url("btc_service"))
    try:
        for statement in (
            "UPDATE documents SET number = 'SJ/BTC/2026/999999'",
            "UPDATE documents SET content = '{}'",
            "DELETE FROM documents",
            "DELETE FROM document_series",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await service.execute(statement)
    finally:
        await service.close()
