"""Words as people in Blitar type them, without I/O.

`fold` says the same as the database's `search_fold`; a test holds them equal. Whatever is typed,
nothing here raises: at worst no word is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

MAX_TYPED = 200
"""Characters of a query that are read; the rest is not looked at."""
MAX_WORDS = 8
"""Words of a query that are searched for: the first ones."""
MAX_WORD = 40
"""Letters of a word; a longer one is none."""

STOP_WORDS = frozenset(
    word
    for said in (
        "dan yang yg di ke dari untuk utk dengan dgn atau ini itu pada dalam adalah juga serta",
        "the and of for",
    )
    for word in said.split(" ")
)

_PLAIN = str.maketrans(
    "àáâãäåèéêëìíîïòóôõöùúûüñçÀÁÂÃÄÅÈÉÊËÌÍÎÏÒÓÔÕÖÙÚÛÜÑÇ",
    "aaaaaaeeeeiiiiooooouuuuncAAAAAAEEEEIIIIOOOOOUUUUNC",
    "’‘ʼ'",
)
_CAPITALS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_TWICE = re.compile("([a-z]{3})2(?![0-9a-z])")
_UNIT = re.compile("([0-9])([a-z])")
_OTHER = re.compile("[^a-z0-9]+")
_PIECE = re.compile(r"[\w'’‘ʼ]+")


def fold(said: str) -> str:
    """*said* in a-z, 0-9 and single blanks: ``"Oleh2 Khas: 250gr"`` → ``"oleh khas 250 gr"``."""
    plain = said.translate(_PLAIN).translate(_CAPITALS)
    return _OTHER.sub(" ", _UNIT.sub(r"\1 \2", _TWICE.sub(r"\1", plain)))


def words(typed: str) -> list[str]:
    """The words to search for, each once, in the order typed.

    Words that say nothing (``dan``, ``untuk``) are left out.
    """
    found = [w for w in dict.fromkeys(fold(typed[:MAX_TYPED]).split()) if len(w) <= MAX_WORD]
    return [w for w in found if w not in STOP_WORDS][:MAX_WORDS]


def unfinished(typed: str) -> bool:
    """Whether the last word may still be being typed: nothing comes after its last letter."""
    return fold(typed[:MAX_TYPED])[-1:].isalnum()


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    said = json.loads(files("app.catalog").joinpath("data/spellings.json").read_text("utf-8"))
    return {word: tuple(group) for group in said["groups"] for word in group}


def spellings(word: str) -> tuple[str, ...]:
    """*word* first, then the other ways to write it; also under the suffix ``-nya``."""
    group = _groups().get(word) or _groups().get(word.removesuffix("nya"), ())
    return tuple(dict.fromkeys((word, *group)))


def begun(prefix: str) -> list[str]:
    """All spellings of the words that begin with *prefix* in one of them; at most eight."""
    found = [
        spelling
        for word, group in _groups().items()
        if word.startswith(prefix)
        for spelling in group
    ]
    return list(dict.fromkeys(found))[:8]


def respelled(word: str) -> tuple[str, ...]:
    """The spellings of a word of which one is a slip away from *word*; () if there is none."""
    for left in sorted(_less(word)):
        for near in _groups_by_less().get(left, ()):
            if distance(word, near) == 1:
                return spellings(near)
    return ()


def _less(word: str) -> set[str]:
    """*word* and what is left when one letter is taken away; nothing of three letters or fewer."""
    if len(word) < 4:
        return set()
    return {word} | {word[:n] + word[n + 1 :] for n in range(len(word))}


@cache
def _groups_by_less() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in _groups():
        for left in _less(word):
            found.setdefault(left, []).append(word)
    return found


def tsquery(slots: Iterable[Iterable[str]], *, any_of: bool = False) -> str:
    """The text of a tsquery that asks for one stem of every slot (or of any).

    Stems are folded words, so there is nothing to escape; a slot without stems is left out.
    """
    asked = [
        "(" + " | ".join(f"'{stem}'" for stem in stems) + ")" for stems in map(list, slots) if stems
    ]
    return (" | " if any_of else " & ").join(asked)


def distance(a: str, b: str) -> int:
    """How many slips lie between two words: a letter too many, too few, wrong, or two swapped."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]


def nearest(word: str, candidates: Sequence[tuple[str, int]]) -> list[str]:
    """Which of *candidates* (word, how many titles) was meant: at most two, equally near.

    One slip in words of up to six letters, two in longer ones; the first letter is rarely wrong,
    and what many titles say is likelier than what few say.
    """
    allowed = 1 if len(word) < 7 else 2
    ranked = sorted(
        (distance(word, said), said[:1] != word[:1], -count, said) for said, count in candidates
    )
    if not ranked or ranked[0][0] > allowed:
        return []
    best = ranked[0]
    return [said for *near, count, said in ranked if near == [*best[:2]] and count * 5 <= best[2]][
        :2
    ]


def pieces(word: str) -> list[tuple[str, str]]:
    """The two words *word* may be, written without the blank: ``sambelpecel``."""
    return [(word[:n], word[n:]) for n in range(3, len(word) - 2)]


LONGEST_PREFIX, LONGEST_SUFFIX = 5, 6
"""Letters of what Indonesian puts before and after a stem: `penge…`, `…kannya`."""


def may_have_stem(word: str, stem: str) -> bool:
    """Whether *word* may be *stem* with what Indonesian puts around it.

    For marking words in titles that were found already: close enough, and costs no round trip.
    """
    if len(stem) < 3:
        return word == stem
    start = word.find(stem, 0, LONGEST_PREFIX + len(stem))
    return start >= 0 and len(word) - start - len(stem) <= LONGEST_SUFFIX


def marks(title: str, hits: frozenset[str]) -> list[tuple[int, int]]:
    """Where in *title* words of *hits* (folded) stand: start and end, counted in characters."""
    return [m.span() for m in _PIECE.finditer(title) if not hits.isdisjoint(fold(m[0]).split())]
