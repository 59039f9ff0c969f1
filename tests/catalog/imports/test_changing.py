"""Sheets over products that are there: the same rules as for the API's own commands."""

from __future__ import annotations

from typing import Any

import pytest

from app.catalog.shelf import refresh
from tests.api import Api, Party, money
from tests.catalog.imports.sending import csv_of, imported, row
from tests.catalog.listing_helpers import listing

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


def sheet(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


async def test_what_was_curated_waits_and_price_and_stock_do_not(
    app: Any, hub: Api, seller: Party
) -> None:
    one = await listing(seller, hub, "published", external_reference="A")
    made = await imported(
        app, seller, sheet("kode produk;nama;harga;stok", "A;Nama baru;99000;7"), dry_run="false"
    )
    assert (made["status"], made["updates"]) == ("done", 1)
    after = await seller.read(f"/v1/listings/{one['id']}")
    assert after["title"] == one["title"]
    assert after["price"]["amount"] == "99000"
    assert after["variants"][0]["stock"]["on_hand"]["value"] == "7"
    assert after["change"]["status"] == "submitted"
    shown = await Api(seller.client).read(f"/v1/listings/{one['id']}")
    assert shown["price"]["amount"] == "99000"
    assert shown["sellable"] is True
    # Further words join the change that waits; the same ones again change nothing.
    data = sheet("kode produk;nama;deskripsi", "A;Nama baru;Kain halus")
    assert (await imported(app, seller, data, dry_run="false"))["updates"] == 1
    joined = await seller.read(f"/v1/listings/{one['id']}")
    assert joined["change"]["id"] == after["change"]["id"]
    assert (await imported(app, seller, data, dry_run="false"))["unchanged"] == 1


async def test_the_shelf_is_made_anew_piece_by_piece(
    app: Any, hub: Api, api: Api, seller: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "AT_ONCE", 2)
    made = [await listing(seller, hub, "published", external_reference=c) for c in "ABCDE"]
    lines = [f"{code};{n}000;{n % 2}" for n, code in enumerate("ABCDE", 1)]
    done = await imported(app, seller, sheet("kode produk;harga;stok", *lines), dry_run="false")
    assert (done["status"], done["applied"]) == ("done", 5)
    shown = [await api.read(f"/v1/listings/{one['id']}") for one in made]
    told = [(one["price"]["amount"], one["sellable"]) for one in shown]
    assert told == [(f"{n}000", n % 2 == 1) for n in range(1, 6)]


async def test_a_draft_changes_at_once(app: Any, hub: Api, seller: Party) -> None:
    one = await listing(seller, hub, external_reference="A", shelf_life_days=10)
    data = sheet("kode produk;nama;masa simpan hari;minimal pesan", "A;Nama baru;-;2")
    assert (await imported(app, seller, data, dry_run="false"))["status"] == "done"
    after = await seller.read(f"/v1/listings/{one['id']}")
    assert after["title"] == "Nama baru"
    assert after["shelf_life_days"] is None
    assert after["min_order"] == {"value": "2", "unit": "pcs"}
    assert after["description"] == one["description"]
    assert after["version"] == one["version"] + 1


@pytest.mark.parametrize("status", ["submitted", "rejected", "archived"])
async def test_what_cannot_be_changed_says_why(
    app: Any, hub: Api, seller: Party, status: str
) -> None:
    await listing(seller, hub, status, external_reference="A")
    made = await imported(app, seller, sheet("kode produk;nama", "A;Lain"), dry_run="false")
    assert made["status"] == "failed"
    assert made["problems"][0]["errors"][0]["code"] == "wrong_state"
    same = await imported(app, seller, sheet("kode produk;harga", "A;350000"), dry_run="false")
    assert (same["status"], same["unchanged"]) == ("done", 1)


async def test_variants_by_sku_else_by_options_and_new_ones_are_added(
    app: Any, hub: Api, seller: Party
) -> None:
    variants = [{"sku": "S1", "size": "M"}, {"size": "L"}]
    one = await listing(seller, hub, external_reference="A", variants=variants)
    data = sheet(
        "kode produk;sku;ukuran;harga;stok", "A;S1;S;350000;1", "A;;L;360000;2", "A;S3;XL;370000;3"
    )
    await imported(app, seller, data, dry_run="false")
    after = await seller.read(f"/v1/listings/{one['id']}")
    told = [
        (v["sku"], v["size"], v["price"]["amount"], v["stock"]["on_hand"]["value"])
        for v in after["variants"]
    ]
    assert told == [
        ("S1", "S", "350000", "1"),
        (None, "L", "360000", "2"),
        ("S3", "XL", "370000", "3"),
    ]
    assert [v["id"] for v in after["variants"]][:2] == [v["id"] for v in one["variants"]]


async def test_a_price_of_one_variant_leaves_that_of_the_others(
    app: Any, hub: Api, seller: Party
) -> None:
    variants = [{"sku": "T1", "size": "M"}, {"sku": "T2", "size": "L"}]
    one = await listing(seller, hub, external_reference="A", variants=variants)
    await imported(app, seller, sheet("kode produk;sku;harga", "A;T1;1000"), dry_run="false")
    after = await seller.read(f"/v1/listings/{one['id']}")
    assert [v["price"]["amount"] for v in after["variants"]] == ["1000", "350000"]


async def test_a_foreign_sku_and_a_second_unit_are_refused(
    app: Any, hub: Api, seller: Party
) -> None:
    await listing(seller, hub, external_reference="A", variants=[{"sku": "U1"}])
    await listing(seller, hub, external_reference="B")
    data = sheet("kode produk;sku;satuan", "B;U1;pcs", "A;;kg")
    made = await imported(app, seller, data)
    codes = [e["code"] for p in made["problems"] for e in p["errors"]]
    assert codes == ["sku_taken", "unit_stays"]


async def test_a_seller_without_a_key_of_this_import_keeps_its_own_price(
    app: Any, hub: Api, seller: Party
) -> None:
    """The code of another seller is another product."""
    other = await hub.party("seller")
    theirs = await listing(other, hub, external_reference="A", price=money(5000, "1", "pcs"))
    await imported(app, seller, csv_of([row("A")]), dry_run="false")
    assert (await other.read(f"/v1/listings/{theirs['id']}"))["price"]["amount"] == "5000"
    assert len((await seller.read("/v1/listings", mine="true"))["data"]) == 1
