"""Exchanges within one file, and what the database refuses: no file is tried for ever."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from app.catalog.imports import apply as applying
from app.catalog.imports import ways
from app.core.ids import decode
from tests.api import Api, Party
from tests.catalog.imports.sending import csv_of, imported, row, work_off
from tests.catalog.listing_helpers import listing

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


def sheet(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


async def skus(seller: Party) -> dict[str, list[str | None]]:
    """The SKUs of each product, by its code."""
    found = (await seller.read("/v1/listings", mine="true", limit=100))["data"]
    return {one["external_reference"]: [v["sku"] for v in one["variants"]] for one in found}


async def with_skus(seller: Party, hub: Api, **said: str) -> None:
    for code, sku in said.items():
        await listing(seller, hub, external_reference=code, variants=[{"sku": sku}])


async def test_variants_exchange_their_options(app: Any, hub: Api, seller: Party) -> None:
    variants = [{"sku": f"V{n}", "size": size} for n, size in enumerate("SML")]
    one = await listing(seller, hub, external_reference="A", variants=[*variants, {"sku": "V3"}])
    data = sheet("kode produk;sku;ukuran", "A;V0;M", "A;V1;L", "A;V2;-", "A;V3;S", "A;V4;XL")
    made = await imported(app, seller, data, dry_run="false")
    assert (made["status"], made["applied"]) == ("done", 5)
    after = (await seller.read(f"/v1/listings/{one['id']}"))["variants"]
    assert [(v["sku"], v["size"], v["pack"]) for v in after] == [
        ("V0", "M", None),
        ("V1", "L", None),
        ("V2", None, None),
        ("V3", "S", None),
        ("V4", "XL", None),
    ]
    assert [v["id"] for v in after][:4] == [v["id"] for v in one["variants"]]
    assert [v["version"] for v in after] == [2, 2, 2, 2, 1]


@pytest.mark.parametrize("at_once", [100, 1])
async def test_products_exchange_their_skus_wherever_they_stand_in_the_file(
    app: Any,
    hub: Api,
    seller: Party,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("app.catalog.imports.batches.AT_ONCE", at_once)
    await with_skus(seller, hub, A="S1", B="S2", C="S3", D="S4", E="S5")
    # Three in a circle, one that gives its own up to a new product, one that is not concerned.
    lines = [row("N", SKU="S4")] + [
        row(code, Nama='Batik tulis "Koi" 2 m', Stok="0", Harga="350000", SKU=sku)
        for code, sku in (("A", "S2"), ("B", "S3"), ("C", "S1"), ("D", "-"), ("E", "S5"))
    ]
    made = await imported(app, seller, csv_of(lines), dry_run="false")
    assert (made["status"], made["creates"], made["updates"]) == ("done", 1, 4), made["problems"]
    wanted = {"A": ["S2"], "B": ["S3"], "C": ["S1"], "D": [None], "E": ["S5"], "N": ["S4"]}
    assert await skus(seller) == wanted
    told = """SELECT e.data -> 'changes' -> 'sku' FROM events e JOIN variants v ON v.id = e.object_id
      WHERE v.seller_id = $1 AND e.type = 'variant.edited' ORDER BY v.position, v.id"""
    changes = [r[0] for r in await owner.fetch(told, decode("pty", seller.id))]
    assert len(changes) == 4
    assert '{"after": null, "before": "S4"}' in changes


@pytest.mark.parametrize("on_error", ["skip", "abort"])
async def test_who_is_not_right_gives_up_no_sku(
    app: Any, hub: Api, seller: Party, on_error: str
) -> None:
    """B is not right, so A cannot have its SKU, so C cannot have A's; D and E can."""
    await with_skus(seller, hub, A="S1", B="S2", C="S3", D="S4", E="S5")
    data = sheet(
        "kode produk;sku;gtin", "C;S1;", "A;S2;", "B;S9;x", "D;S5;", "E;S4;", "F;S3;", "G;S2;"
    )
    made = await imported(app, seller, data, dry_run="false", on_error=on_error)
    codes = {p["row"]: p["errors"][0]["code"] for p in made["problems"]}
    assert {2: codes[2], 3: codes[3]} == {2: "sku_taken", 3: "sku_taken"}
    assert not {5, 6} & codes.keys()
    after = await skus(seller)
    kept = {"A": ["S1"], "B": ["S2"], "C": ["S3"]}
    swapped = {"D": ["S5"], "E": ["S4"]} if on_error == "skip" else {"D": ["S4"], "E": ["S5"]}
    assert after == kept | swapped


@pytest.mark.parametrize("on_error", ["skip", "abort"])
async def test_what_only_the_database_refuses_is_found_and_named(
    app: Any, hub: Api, seller: Party, monkeypatch: pytest.MonkeyPatch, on_error: str
) -> None:
    """Canary: a rule that is forgotten here, and stands in the table alone."""
    monkeypatch.setattr("app.catalog.imports.batches.AT_ONCE", 2)
    monkeypatch.setattr(ways, "_check", lambda *_: None)
    await with_skus(seller, hub, A="S1", B="S2")
    heads = (
        "kode produk;sku;nama;kategori;harga;satuan;kode wilayah;berat bersih (g);berat kotor (g)"
    )
    rest = "Batik;clothing;1000;pcs;35.72"
    good = [f"P{n};;{rest};10;20" for n in range(5)]
    data = sheet(heads, *good, f"X;;{rest};20;10", "A;S2;;;;;;20;10", "B;S1;;;;;;;", f"Y;;{rest};;")
    made = await imported(app, seller, data, dry_run="false", on_error=on_error)
    problems = {
        p["row"]: (p["errors"][0]["field"], p["errors"][0]["code"]) for p in made["problems"]
    }
    assert problems.pop(7) == ("gross_weight_g", "refused")
    assert problems.pop(8) == ("gross_weight_g", "refused")
    after = await skus(seller)
    if on_error == "abort":
        assert (made["status"], made["applied"], problems) == ("failed", 0, {})
        assert after == {"A": ["S1"], "B": ["S2"]}
        return
    # A stays as it was, so B cannot have what A was to give up.
    assert (made["status"], made["applied"]) == ("partly_failed", 6)
    assert problems == {9: ("sku", "sku_taken")}
    assert after == {"A": ["S1"], "B": ["S2"], "Y": [None]} | {f"P{n}": [None] for n in range(5)}


async def test_a_sku_that_somebody_takes_meanwhile_is_a_problem_of_its_row(
    app: Any, hub: Api, seller: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, taken = applying.write_new, []

    async def overtaken(*args: Any) -> None:
        if not taken:
            taken.append(await listing(seller, hub, variants=[{"sku": "S1"}]))
        await real(*args)

    monkeypatch.setattr(applying, "write_new", overtaken)
    data = csv_of([row("A", SKU="S1"), row("B", SKU="S2")])
    made = await imported(app, seller, data, dry_run="false", on_error="skip")
    assert (made["status"], made["applied"], made["invalid"]) == ("partly_failed", 1, 1)
    (problem,) = made["problems"]
    assert (problem["row"], problem["errors"][0]["code"]) == (2, "sku_taken")


async def test_a_defect_while_applying_ends_after_some_tries(
    app: Any, seller: Party, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await imported(app, seller, csv_of([row("A")]))
    await seller.do(f"/v1/imports/{made['id']}/apply")

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(applying, "judge", broken)
    for n in range(5):
        assert (await seller.read(f"/v1/imports/{made['id']}"))["status"] == "applying", n
        await work_off(app)
        await owner.execute("UPDATE imports SET claimed_until = NULL")
    after = await seller.read(f"/v1/imports/{made['id']}")
    assert (after["status"], after["problem"]["code"]) == ("failed", "import_broken")


async def test_the_history_says_what_a_sheet_changed_of_a_variant(
    app: Any, hub: Api, seller: Party
) -> None:
    variants = [{"sku": "H1", "size": "M"}, {"sku": "H2", "size": "L"}]
    one = await listing(seller, hub, external_reference="A", variants=variants)
    data = sheet(
        "kode produk;sku;ukuran;harga;berat bersih (g);stok menipis", "A;H1;S;9000;250,5;3"
    )
    made = await imported(app, seller, data, dry_run="false")
    assert made["status"] == "done", made
    history = (await seller.read(f"/v1/listings/{one['id']}/history"))["data"]
    (edit,) = [h for h in history if h["object_id"] == one["variants"][0]["id"] and h["changes"]]
    told = {c["field"]: (c["before"], c["after"]) for c in edit["changes"]}
    price = {"amount": "9000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}}
    assert told == {
        "low_stock_at": (None, {"value": "3", "unit": "pcs"}),
        "net_weight": (None, {"value": "250.5", "unit": "g"}),
        "price": (None, price),
        "size": ("M", "S"),
    }
    await imported(app, seller, sheet("kode produk;sku;ukuran", "A;H1;M"), dry_run="false")
    shown = await seller.read(f"/v1/variants/{one['variants'][0]['id']}")
    assert shown["own_price"] is True
