"""Words as people type them: folding, spellings, slips, hostile input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.search import language

HOSTILE = "' | & ! :* \0 )( <-> \\ -- ; \U0001f600 %_ \ud800"


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("Oleh2 Khas: 250gr", "oleh khas 250 gr"),
        ("TÉMPÉ Kopi-Jahé", "tempe kopi jahe"),
        ("Jum'at, Ju’mat", "jumat jumat"),
        ("enting-enting", "enting enting"),
        ("CO2 h2o", "co2 h2 o"),
    ],
)
def test_texts_are_folded(said: str, folded: str) -> None:
    assert language.fold(said).strip() == folded


def test_words_are_asked_for_once_and_without_those_that_say_nothing() -> None:
    assert language.words("oleh oleh untuk dan dari Blitar") == ["oleh", "blitar"]
    assert language.words("dan untuk") == []


def test_a_query_is_bounded() -> None:
    assert len(language.words(" ".join(f"kata{n}x" for n in range(100)))) == language.MAX_WORDS
    assert language.words("a" * 41) == []
    assert language.words("b" * 40) == ["b" * 40]
    assert language.words(" " * language.MAX_TYPED + "kopi") == []


@pytest.mark.parametrize(
    ("typed", "open_end"), [("keri", True), ("keri ", False), ("", False), ("a!", False)]
)
def test_the_last_word_may_be_unfinished(typed: str, open_end: bool) -> None:
    assert language.unfinished(typed) is open_end


def test_a_word_brings_its_other_spellings() -> None:
    assert language.spellings("kripik")[0] == "kripik"
    assert "keripik" in language.spellings("kripik")
    assert "keripik" in language.spellings("kripiknya")
    assert language.spellings("rebana") == ("rebana",)


def test_a_mistyped_spelling_is_known_too() -> None:
    assert "keripik" in language.respelled("krpiik")
    assert language.respelled("rebana") == ()


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [
        ("kopi", "kopi", 0),
        ("kpoi", "kopi", 1),
        ("kopii", "kopi", 1),
        ("kop", "kopi", 1),
        ("kapi", "kopi", 1),
        ("belmbng", "belimbing", 2),
        ("", "abc", 3),
    ],
)
def test_slips_are_counted(a: str, b: str, slips: int) -> None:
    assert language.distance(a, b) == slips
    assert language.distance(b, a) == slips


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_zero_only_between_equals_and_never_more_than_the_longer(
    a: str, b: str
) -> None:
    assert (language.distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= language.distance(a, b) <= max(len(a), len(b))


def test_the_nearest_word_is_meant() -> None:
    known = [("koi", 50), ("kopi", 40), ("topi", 900), ("kipas", 10)]
    assert language.nearest("kpoi", known) == ["koi", "kopi"]
    assert language.nearest("kopj", known) == ["kopi"]
    assert language.nearest("zzzz", known) == []
    assert language.nearest("kopi", []) == []
    assert language.nearest("gambr", [("gambir", 100), ("gambar", 10)]) == ["gambir"]


def test_words_written_together_are_taken_apart() -> None:
    assert ("gula", "kelapa") in language.pieces("gulakelapa")
    assert language.pieces("kopi") == []


def test_a_tsquery_asks_for_one_stem_of_every_word() -> None:
    slots = [["ripik", "kripik"], ["pedas"]]
    assert language.tsquery(slots) == "('ripik' | 'kripik') & ('pedas')"
    assert language.tsquery(slots, any_of=True) == "('ripik' | 'kripik') | ('pedas')"
    assert language.tsquery([[], ["pedas"]]) == "('pedas')"


def test_hits_are_marked_where_they_stand() -> None:
    title = "Keripik Témpe: 250gr (keripiknya)"
    found = language.marks(title, frozenset({"tempe", "250", "keripiknya"}))
    assert [title[start:end] for start, end in found] == ["Témpe", "250gr", "keripiknya"]


@given(st.text(max_size=300) | st.text(HOSTILE, max_size=60))
def test_whatever_is_typed_becomes_plain_words(typed: str) -> None:
    said = language.words(typed)
    assert len(said) <= language.MAX_WORDS
    assert all(w.isascii() and w.isalnum() and w == w.lower() and len(w) <= 40 for w in said)
    assert all(
        0 <= start < end <= len(typed) for start, end in language.marks(typed, frozenset(said))
    )


@given(st.text(max_size=100))
def test_folding_is_done_once(said: str) -> None:
    # A letter parted from a number stays parted; only the 2 of "oleh22" is looked at anew.
    folded = language.fold(said)
    assert language.fold(folded) == folded or "2" in said
