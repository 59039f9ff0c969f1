"""Search against the database: stages, pages, filters, orders, counts, and words that follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.catalog.search import by_price, facets, language, queries, understanding, vocabulary, walks
from app.catalog.search.wanted import Place, Stage, Wanted
from tests.catalog.search.shelves import SELLERS, Goods, Shelf, listing_id
from tests.catalog.search.test_language import HOSTILE

GOODS = [
    Goods("Opak Gambir", "teman keripik pedas", "snacks.crackers", "9000"),
    Goods("Keripik Pedas", "", price="12000", licences=("halal", "pirt")),
    Goods("Keripik Tempe", "rasa pedas", price="8000", seller=1, licences=("halal",)),
    Goods("Kripik Talas", "manis", price="15000", region="35.05.01.2003", sellable=False),
    Goods("Keripik Rahasia", livemode=False),
]


async def test_all_words_in_the_title_come_first_then_anywhere(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    assert await shelf.find("keripik pedas") == ["Keripik Pedas", "Keripik Tempe", "Opak Gambir"]
    assert await shelf.find("kripik") == [
        "Kripik Talas",
        "Keripik Tempe",
        "Keripik Pedas",
        "Opak Gambir",
    ]


async def test_any_of_the_words_only_if_nothing_has_all(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    assert await shelf.find("gambir talas") == ["Kripik Talas", "Opak Gambir"]


async def test_pages_hold_everything_once_in_order(shelf: Shelf) -> None:
    await shelf.put(
        [Goods(f"Kripik {n}" if n % 3 else f"Opak {n}", "keripik kripik") for n in range(20)]
    )
    pages = await shelf.all_pages("keripik", 3)
    whole = await shelf.find("keripik", limit=100)
    assert [title for page in pages for title in page] == whole
    assert len(whole) == len(set(whole)) == 20
    assert [len(page) for page in pages] == [3] * 6 + [2]
    titles = [n for n in reversed(range(20)) if n % 3]
    assert whole[: len(titles)] == [f"Kripik {n}" for n in titles]


async def test_a_walk_that_meets_its_bound_goes_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.put([Goods("Kopi Luwak")] + [Goods(f"Kopi {n}") for n in range(12)])
    monkeypatch.setattr(walks, "REACH", 2)
    monkeypatch.setattr(walks, "COUNTED", 1)
    monkeypatch.setattr(queries, "WALKS", 2)
    wanted = Wanted("kopi", price_to=Decimal(20000), category="snacks.chips")
    pages = await shelf.all_pages("kopi", 3)
    assert [t for page in pages for t in page] == [f"Kopi {n}" for n in reversed(range(12))] + [
        "Kopi Luwak"
    ]
    meant = await understanding.understand(shelf.tx, "kopi", livemode=True)
    first, after = await queries.page(shelf.tx, meant, wanted, livemode=True, limit=9)
    assert len(first) == 4
    assert after == Place(Stage.TITLE, listing_id(10))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"category": "snacks.crackers"}, ["Opak Gambir"]),
        ({"department": "snacks", "price_to": Decimal(9000)}, ["Keripik Tempe", "Opak Gambir"]),
        ({"region": "35.05.01.2003"}, ["Kripik Talas"]),
        ({"seller_id": SELLERS[1]}, ["Keripik Tempe"]),
        ({"price_from": Decimal(12000)}, ["Kripik Talas", "Keripik Pedas"]),
        ({"licences": ("halal",)}, ["Keripik Tempe", "Keripik Pedas"]),
        ({"licences": ("halal", "pirt")}, ["Keripik Pedas"]),
        ({"sellable": False}, ["Kripik Talas"]),
    ],
)
async def test_filters_hold_with_and_without_words(
    shelf: Shelf, filters: dict[str, object], found: list[str]
) -> None:
    await shelf.put(GOODS)
    assert await shelf.find("keripik", **filters) == found
    assert await shelf.find(None, **filters) == found


@pytest.mark.parametrize("reach", [100, 1])
@pytest.mark.parametrize(("q", "count"), [("keripik", 4), (None, 4), ("talas", 1)])
async def test_by_price_all_pages_whether_gathered_or_walked(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, reach: int, q: str | None, count: int
) -> None:
    await shelf.put(GOODS)
    monkeypatch.setattr(walks, "REACH", reach)
    monkeypatch.setattr(walks, "COUNTED", 1)
    meant = await understanding.understand(shelf.tx, q, livemode=True)
    for sort, cheapest in (("price", 0), ("-price", -1)):
        after, titles = None, []
        while True:
            wanted = Wanted(q, sort=sort)  # type: ignore[arg-type]
            found, after = await by_price.page(
                shelf.tx, meant, wanted, livemode=True, limit=2, after=after
            )
            titles += [one.title for one in found]
            if after is None:
                break
        assert len(titles) == len(set(titles)) == count
        if count == 4:
            assert titles[cheapest] == "Keripik Tempe"
            assert titles[1 if cheapest == 0 else -2] == "Opak Gambir"


async def test_hits_are_counted_by_what_they_are(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.put(GOODS)
    meant = await understanding.understand(shelf.tx, "keripik", livemode=True)
    counted = await facets.facets(shelf.tx, meant, Wanted("keripik"), livemode=True)
    assert (counted.total, counted.at_least) == (4, False)
    assert counted.category == {"snacks.chips": 3, "snacks.crackers": 1}
    assert counted.region == {"35.72.02.1005": 3, "35.05.01.2003": 1}
    assert counted.licence == {"halal": 2, "pirt": 1}
    assert counted.sellable == {"true": 3, "false": 1}
    monkeypatch.setattr(facets, "REACH", 2)
    everything = understanding.Understood(())
    bounded = await facets.facets(shelf.tx, everything, Wanted(), livemode=True)
    assert (bounded.total, bounded.at_least) == (2, True)


async def test_worlds_never_meet(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    assert await shelf.find("keripik", livemode=False) == ["Keripik Rahasia"]
    assert await shelf.find("rahasia") == []
    assert await vocabulary.suggest(shelf.tx, "rahas", livemode=True) == []
    assert [s.text for s in await vocabulary.suggest(shelf.tx, "rahas", livemode=False)] == [
        "rahasia"
    ]


async def test_suggestions_complete_or_mend_the_last_word(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    suggest = vocabulary.suggest
    assert await suggest(shelf.tx, "opak ga", livemode=True) == [
        vocabulary.Suggestion("opak gambir", "snacks.crackers")
    ]
    assert (await suggest(shelf.tx, "ke", livemode=True))[0].text == "keripik"
    assert await suggest(shelf.tx, "gmabir", livemode=True) == [
        vocabulary.Suggestion("gambir", None)
    ]
    assert await suggest(shelf.tx, HOSTILE, livemode=True) == []


async def test_hit_words_are_marked(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    meant = await understanding.understand(shelf.tx, "kripik pedas", livemode=True)
    titles = ["Keripik Pedas", "Keripiknya, Manis!", "Opak"]
    marked = vocabulary.marks(titles, meant)
    assert marked == [[(0, 7), (8, 13)], [(0, 10)], []]


async def test_words_follow_the_shelf(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    run = shelf.connection.execute
    await run(
        "UPDATE shelf SET title = 'Geti Wijen', all_words = search_words('Geti Wijen') WHERE title = 'Opak Gambir'"
    )
    assert await shelf.find("gambir") == []
    assert await shelf.find("geti") == ["Geti Wijen"]
    await run("UPDATE shelf SET card = NULL WHERE title = 'Geti Wijen'")
    assert await shelf.find("geti") == []
    await run("UPDATE shelf SET card = '{}', price = 1 WHERE title = 'Geti Wijen'")
    assert await shelf.find("geti") == ["Geti Wijen"]
    await run("DELETE FROM shelf")
    assert await shelf.connection.fetchval("SELECT count(*) FROM shelf_words") == 0
    await vocabulary.recount(shelf.tx)
    assert await shelf.connection.fetchval("SELECT count(*) FROM search_vocabulary") == 0


async def test_the_title_is_never_forgotten(shelf: Shelf) -> None:
    await shelf.put(GOODS)
    with pytest.raises(Exception, match="ck_shelf_words"):
        await shelf.connection.execute("UPDATE shelf SET title = 'Lain'")


async def test_the_database_folds_as_we_do(shelf: Shelf) -> None:
    async def same(said: str) -> None:
        told = await shelf.connection.fetchval("SELECT search_fold($1)", said)
        assert told == language.fold(said)

    for said in ("Oleh2 Khas: 250gr", "TÉMPÉ ÇÀ Jum'at’s", "CO2 h2o kue22 kue2", "İstanbul ſ K"):
        await same(said)
    stop = await shelf.connection.fetchval("SELECT search_words($1)", " ".join(language.STOP_WORDS))
    assert stop == ""


@pytest.mark.parametrize(
    "typed", [HOSTILE, "&", "'", "\0", "a" * 10_000, "x " * 5_000, "10% off_", "de'"]
)
async def test_nothing_typed_is_refused(shelf: Shelf, typed: str) -> None:
    await shelf.put(GOODS)
    assert await shelf.find(typed) is not None
