"""Whether typed words are the words that were meant: diacritics count where they were typed.

Without them "dung" may be "dừng" (stop) or "Dũng" (a name); with them "đúng" (right) is never "dừng".
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, with their diacritics, without punctuation."""
    return re.findall(r"\w+", unicodedata.normalize("NFC", text.lower()))


def agrees(typed: Sequence[str], meant: Sequence[str]) -> bool:
    """Tell whether words that were typed can be words that were meant."""
    return len(typed) == len(meant) and all(_may_be(one, other) for one, other in zip(typed, meant, strict=True))


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """Return a word without any diacritics."""
    return "".join(c for c in unicodedata.normalize("NFD", word.replace("đ", "d")) if not unicodedata.combining(c))


class Phrases(Generic[T]):
    """Things by the phrases that name them, found again however the phrases are typed."""

    def __init__(self, phrases: Mapping[str, T] | Iterable[tuple[str, T]]) -> None:
        self._by_plain: dict[tuple[str, ...], list[tuple[list[str], T]]] = {}
        for phrase, thing in dict(phrases).items():
            meant = words_of(phrase)
            self._by_plain.setdefault(tuple(map(plain, meant)), []).append((meant, thing))

    def find(self, typed: Sequence[str], *, strictly: bool = False) -> T | None:
        """Return the thing that typed words name.

        Args:
            typed: The words.
            strictly: Whether a single word must have all its diacritics, as where a name is asked for.
        """
        for meant, thing in self._by_plain.get(tuple(map(plain, typed)), ()):
            if agrees(typed, meant) and not (strictly and len(meant) == 1 and list(typed) != meant):
                return thing
        return None


def _may_be(typed: str, meant: str) -> bool:
    if typed == plain(typed):
        return typed == plain(meant)
    letters, tone = _parted(typed)
    meant_letters, meant_tone = _parted(meant)
    return letters == meant_letters and tone in ("", meant_tone)


@lru_cache(maxsize=65536)
def _parted(word: str) -> tuple[str, str]:
    """Return a word's letters without the tone mark, and the tone mark, wherever it was put: hòa and hoà are alike."""
    decomposed = unicodedata.normalize("NFD", word)
    letters = "".join(c for c in decomposed if c not in _TONES)
    return unicodedata.normalize("NFC", letters), "".join(c for c in decomposed if c in _TONES)
