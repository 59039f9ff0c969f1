"""Documents over HTTP: what they are about, for whom, and that they stay what they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode, encode, new_id
from tests.api import Api
from tests.shipments.documents.papers import pages, text
from tests.shipments.legs import truck
from tests.shipments.story import Story, confirmed, receipt_body, verdict

pytestmark = pytest.mark.anyio

Unique = Callable[[str], str]


async def issued(api: Api, kind: str, **about: Any) -> Any:
    return await api.do("/v1/documents", {"kind": kind, **about})


async def pdf(api: Api, document: Any) -> bytes:
    answer = await api.get(f"/v1/documents/{document['id']}/pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return bytes(answer.content)


async def told(api: Api, document: Any) -> str:
    return text(await pdf(api, document))


async def loaded(hub: Api, code: str) -> tuple[Story, Any]:
    """Two farms' lots in one planned shipment."""
    story = await confirmed(hub, code, 100, 60)
    lots = [await story.lot(0, count=1500), await story.lot(1)]
    return story, await story.planned(*lots)


async def delivered(story: Story, shipment: Any) -> Any:
    for verb in ("dispatch", "arrive"):
        shipment = await story.carrier.do(f"/v1/shipments/{shipment['id']}/{verb}")
    return shipment


async def test_a_delivery_note_is_the_shipments_and_names_no_farm(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    document = await issued(story.carrier, "surat_jalan", shipment_id=shipment["id"])
    said = await told(story.market.api, document)
    for word in (
        *("Surat Jalan", document["number"], shipment["number"], shipment["tracking_code"]),
        *(lot["number"] for lot in shipment["lots"]),
        *("Total 2 lot 1.500 160 kg", "Kabupaten Blitar", "Blitar Trade Center"),
    ):
        assert word in said, word
    assert "rahasia" not in said
    assert "Lokasi contoh, Kabupaten Blitar" not in said


async def test_a_load_list_names_the_farm_for_who_drives(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    document = await issued(hub, "load_list", shipment_id=shipment["id"])
    said = await told(story.carrier, document)
    assert "Lokasi contoh, Kabupaten Blitar" in said
    assert "Muatan setelah ini: 160 kg" in said
    assert (await story.market.api.get(f"/v1/documents/{document['id']}")).status_code == 404


async def test_a_load_list_of_a_round_says_what_to_fetch_where(hub: Api, unique: Unique) -> None:
    story = await confirmed(hub, unique("doc"), 300, 450)
    store = await truck.store(hub)
    loads = [truck.collects(allocation, n, 3) for n, allocation in enumerate(story.allocations, 1)]
    leg = await hub.do(
        "/v1/legs",
        truck.body("collection", story.carrier, [*story.sites, store], loads, capacity="1000"),
    )
    document = await issued(story.carrier, "load_list", leg_id=leg["id"])
    said = await told(story.carrier, document)
    number = (await story.order())["number"]
    for word in (
        *(leg["number"], "Lokasi contoh, Kabupaten Blitar", f"{number} Contoh A 300 kg 300 kg"),
        *("Muatan setelah ini: 300 kg dari 1.000 kg, sisa 700 kg", "750 kg dari 1.000 kg"),
        "Muatan setelah ini: 0 kg dari 1.000 kg",
    ):
        assert word in said, word
    body = {"kind": "load_list", "leg_id": leg["id"]}
    assert (await story.sellers[0].post("/v1/documents", body)).status_code == 403
    assert (await story.market.api.post("/v1/documents", body)).status_code == 404
    await hub.do(f"/v1/legs/{leg['id']}/cancel", {"reason": "weather"})
    assert (await hub.post("/v1/documents", body)).json()["code"] == "document_not_possible"


async def test_the_vehicle_of_the_leg_stands_on_the_delivery_note(hub: Api, unique: Unique) -> None:
    story = await confirmed(hub, unique("doc"), 100)
    store = await truck.store(hub)
    shipment = await truck.at_the_store(story, store, await story.lot())
    loads = [truck.carries(shipment, 1, 2)]
    leg = await hub.do(
        "/v1/legs", truck.body("last_mile", story.carrier, [store, story.market.site], loads)
    )
    plate = leg["vehicle"]["plate"]
    assert plate
    document = await issued(story.carrier, "surat_jalan", shipment_id=shipment["id"])
    assert plate in await told(story.market.api, document)
    load_list = await issued(story.carrier, "load_list", leg_id=leg["id"])
    assert f"{shipment['number']} Contoh – 1 lot 100 kg" in await told(hub, load_list)


async def test_labels_are_one_page_each(hub: Api, unique: Unique) -> None:
    story = await confirmed(hub, unique("doc"), 100, 60)
    lots = [await story.lot(0, 40), await story.lot(0, 60)]
    ids = [lot["id"] for lot in lots]
    document = await issued(story.sellers[0], "lot_label", lot_ids=ids)
    found = pages(await pdf(story.sellers[0], document))
    assert [lot["number"] in said for lot, said in zip(lots, found, strict=True)] == [True, True]
    assert "40 kg" in found[0]
    assert "Asal: Kabupaten Blitar" in found[0]
    assert "rahasia" not in " ".join(found)
    again = await issued(story.sellers[0], "lot_label", lot_ids=ids)
    assert again["replaces_id"] is None, "both may be stuck on something"


async def test_labels_of_others_are_not_there_and_pools_are_the_hubs(
    hub: Api, unique: Unique
) -> None:
    story = await confirmed(hub, unique("doc"), 100, 60)
    mine, theirs = await story.lot(0), await story.lot(1)
    body = {"kind": "lot_label", "lot_ids": [mine["id"], theirs["id"]]}
    refused = await story.sellers[0].post("/v1/documents", body)
    assert refused.status_code == 404
    assert refused.json()["errors"][0]["pointer"] == "/lot_ids/1"
    document = await hub.do("/v1/documents", body)
    for seller in story.sellers:
        assert (await seller.get(f"/v1/documents/{document['id']}")).status_code == 404
    pool = await hub.do("/v1/lots/merge", {"lot_ids": body["lot_ids"]})
    body = {"kind": "lot_label", "lot_ids": [pool["id"]]}
    for seller in story.sellers:
        assert (await seller.post("/v1/documents", body)).status_code == 403
    assert "160 kg" in await told(hub, await hub.do("/v1/documents", body))


async def test_a_label_of_goods_on_the_truck_leads_to_their_way(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Not for their seller: whose truck they ride on is the buyer's."""
    story, shipment = await loaded(hub, unique("doc"))
    lot = shipment["lots"][0]
    document = await issued(hub, "lot_label", lot_ids=[lot["lot_id"]])
    assert "100 kg Jumlah 1.500" in await told(hub, document)
    own = await issued(story.sellers[0], "lot_label", lot_ids=[lot["lot_id"]])
    leads = "SELECT content -> 'labels' -> 0 ->> 'qr' FROM documents WHERE id = $1"
    codes = [await owner.fetchval(leads, decode("doc", one["id"])) for one in (document, own)]
    assert codes[0].endswith(f"/t/{shipment['tracking_code']}")
    assert codes[1].endswith(f"/v1/lots/{lot['lot_id']}")


async def test_a_goods_receipt_says_both_sides_verdict(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    shipment = await delivered(story, shipment)
    first, second = shipment["lots"]
    lines = [verdict(first, rejected="2", short="3"), verdict(second)]
    receipt = await story.market.api.do("/v1/goods-receipts", receipt_body(shipment, *lines))
    before = await issued(story.market.api, "bast", receipt_id=receipt["id"])
    said = await told(story.market.api, before)
    for word in (
        *("Berita Acara Serah Terima", receipt["number"], "Belum ditandatangani"),
        *("kg 100 97 95 0 2 3 pecah", "Total kg 160 157 155 0 2 3"),
    ):
        assert word in said, word
    assert "rahasia" not in said
    await story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    after = await issued(hub, "bast", receipt_id=receipt["id"])
    assert after["replaces_id"] == before["id"]
    assert "Ditandatangani dalam sistem" in await told(hub, after)
    assert "Belum ditandatangani" in await told(hub, before)
    assert (await story.carrier.get(f"/v1/documents/{after['id']}")).status_code == 404


async def test_a_draft_and_what_was_taken_back_are_no_receipts(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    shipment = await delivered(story, shipment)
    draft = receipt_body(shipment) | {"draft": True}
    receipt = await story.market.api.do("/v1/goods-receipts", draft)
    body = {"kind": "bast", "receipt_id": receipt["id"]}
    refused = await story.market.api.post("/v1/documents", body)
    assert refused.json()["code"] == "document_not_possible"
    assert refused.json()["current_status"] == "draft"
    await story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/post")
    document = await issued(story.market.api, "bast", receipt_id=receipt["id"])
    reversal = {"reason": "miscounted"}
    await story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/reverse", reversal)
    refused = await story.market.api.post("/v1/documents", body)
    assert refused.json()["current_status"] == "reversed"
    assert receipt["number"] in await told(story.market.api, document), "what was issued stays"


async def test_a_new_one_names_the_old_one_which_stays_as_it_was(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    first = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    bytes_then = await pdf(hub, first)
    renamed = "UPDATE parties SET name = 'PT Nama Baru' WHERE id = $1"
    await owner.execute(renamed, decode("pty", story.market.api.id))
    second = await issued(story.carrier, "surat_jalan", shipment_id=shipment["id"])
    assert second["replaces_id"] == first["id"]
    assert second["number"] != first["number"]
    said = await told(hub, second)
    assert f"Pengganti {first['number']}" in said
    assert "PT Nama Baru" in said
    assert await pdf(hub, first) == bytes_then
    assert (await hub.read(f"/v1/documents/{first['id']}"))["replaced_by_id"] == second["id"]
    english = await issued(hub, "surat_jalan", shipment_id=shipment["id"], language="en")
    assert english["replaces_id"] is None, "a translation takes nobody's place"


async def test_a_lost_file_is_printed_again_to_the_byte(
    hub: Api, unique: Unique, settings: Any
) -> None:
    _, shipment = await loaded(hub, unique("doc"))
    document = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    first = await pdf(hub, document)
    folder = settings.data_dir / "files" / "documents"
    kept = [file for file in folder.iterdir() if file.read_bytes() == first]
    assert len(kept) == 1
    kept[0].unlink()
    assert await pdf(hub, document) == first
    assert kept[0].read_bytes() == first


async def test_the_kept_file_is_served_whatever_printing_would_give_now(
    hub: Api, unique: Unique, settings: Any
) -> None:
    _, shipment = await loaded(hub, unique("doc"))
    document = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    first = await pdf(hub, document)
    folder = settings.data_dir / "files" / "documents"
    (kept,) = [file for file in folder.iterdir() if file.read_bytes() == first]
    kept.write_bytes(first + b"% as printed long ago")
    assert await pdf(hub, document) == first + b"% as printed long ago"
    kept.write_bytes(first)


async def test_who_has_it_is_not_sent_it_again(hub: Api, unique: Unique) -> None:
    _, shipment = await loaded(hub, unique("doc"))
    document = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    path = f"/v1/documents/{document['id']}/pdf"
    tag = (await hub.get(path)).headers["etag"]
    assert (await hub.get(path, {"if-none-match": tag})).status_code == 304


async def test_a_cancelled_shipment_has_no_papers(hub: Api, unique: Unique) -> None:
    _, shipment = await loaded(hub, unique("doc"))
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "weather"})
    for kind in ("surat_jalan", "load_list"):
        body = {"kind": kind, "shipment_id": shipment["id"]}
        refused = await hub.post("/v1/documents", body)
        assert refused.status_code == 409
        assert refused.json()["code"] == "document_not_possible"
        assert refused.json()["current_status"] == "cancelled"


async def test_a_buyer_does_not_issue_the_carriers_papers(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    for kind in ("surat_jalan", "load_list"):
        body = {"kind": kind, "shipment_id": shipment["id"]}
        assert (await story.market.api.post("/v1/documents", body)).status_code == 403
        assert (await story.sellers[0].post("/v1/documents", body)).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "surat_jalan"}, "/shipment_id"),
        ({"kind": "surat_jalan", "leg_id": "leg"}, "/leg_id"),
        ({"kind": "bast", "shipment_id": "shp"}, "/shipment_id"),
        ({"kind": "lot_label", "shipment_id": "shp"}, "/shipment_id"),
        ({"kind": "load_list", "shipment_id": "shp", "leg_id": "leg"}, "/shipment_id"),
        ({"kind": "bast", "receipt_id": "grc", "leg_id": "leg"}, "/leg_id"),
    ],
)
async def test_each_kind_is_about_one_thing(hub: Api, body: dict[str, str], pointer: str) -> None:
    said = {k: v if k == "kind" else encode(v, new_id()) for k, v in body.items()}
    refused = await hub.post("/v1/documents", said)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("kind", "field", "prefix"),
    [
        ("surat_jalan", "shipment_id", "shp"),
        ("load_list", "leg_id", "leg"),
        ("bast", "receipt_id", "grc"),
    ],
)
async def test_what_is_not_there_is_named(hub: Api, kind: str, field: str, prefix: str) -> None:
    refused = await hub.post("/v1/documents", {"kind": kind, field: encode(prefix, new_id())})
    assert refused.status_code == 404
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


async def test_more_labels_than_a_truck_has_lots_are_refused(hub: Api) -> None:
    ids = [encode("lot", new_id()) for _ in range(501)]
    refused = await hub.post("/v1/documents", {"kind": "lot_label", "lot_ids": ids})
    assert refused.status_code == 422


async def test_the_list_is_ones_own_and_can_be_narrowed(hub: Api, unique: Unique) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    note = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    loads = await issued(hub, "load_list", shipment_id=shipment["id"])
    lot = shipment["lots"][0]["lot_id"]
    labels = await issued(story.sellers[0], "lot_label", lot_ids=[lot])

    async def seen(api: Api, **wanted: str) -> list[str]:
        found = await api.read("/v1/documents", **wanted)
        return [document["id"] for document in found["data"]]

    assert await seen(story.market.api) == [note["id"]]
    assert await seen(story.carrier) == [loads["id"], note["id"]]
    assert await seen(story.sellers[0]) == [labels["id"]]
    assert await seen(story.sellers[1]) == []
    assert await seen(hub, shipment_id=shipment["id"]) == [loads["id"], note["id"]]
    assert await seen(hub, shipment_id=shipment["id"], kind="load_list") == [loads["id"]]
    assert await seen(hub, leg_id=encode("leg", new_id())) == []


async def test_the_same_request_twice_is_one_document(hub: Api, unique: Unique) -> None:
    _, shipment = await loaded(hub, unique("doc"))
    body = {"kind": "surat_jalan", "shipment_id": shipment["id"]}
    key = unique("twice")
    first = await hub.post("/v1/documents", body, idempotency_key=key)
    second = await hub.post("/v1/documents", body, idempotency_key=key)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_names_typed_to_do_harm_are_printed(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    story, shipment = await loaded(hub, unique("doc"))
    name = '#eval("1+1") *x* $y$ 🥚'
    await owner.execute(
        "UPDATE parties SET name = $2 WHERE id = $1", decode("pty", story.market.api.id), name
    )
    document = await issued(hub, "surat_jalan", shipment_id=shipment["id"])
    assert '#eval("1+1") *x* $y$ [U+1F95A]' in await told(hub, document)


async def test_a_lot_of_which_nothing_is_left_has_no_label(hub: Api, unique: Unique) -> None:
    story = await confirmed(hub, unique("doc"), 100)
    lot = await story.lot(0, 100)
    await hub.do(f"/v1/orders/{story.order_id}/cancel", {"reason": "no_longer_needed"})
    refused = await hub.post("/v1/documents", {"kind": "lot_label", "lot_ids": [lot["id"]]})
    assert refused.status_code == 409
    assert refused.json()["lot_ids"] == [lot["id"]]
