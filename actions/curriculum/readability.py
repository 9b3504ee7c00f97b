"""Whether a person with five years of school can read a text: sentence length, unexplained foreign words."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from actions.curriculum.text import PLACEHOLDER
from actions.wording import plain

SENTENCE_MAX_WORDS = 20
MEAN_MAX_WORDS = 12  # of the sentences of one lesson, guide or drill
# Known from every phone and street sign; all others are explained in parentheses at their first use.
KNOWN_WORDS = frozenset(
    """
    zalo facebook messenger youtube tiktok google telegram viber vneid vnetraffic vietnamnet antt sim wi fi internet iphone
    android samsung oppo shopee lazada momo viettel vinaphone mobifone sms video email tivi store play ch app
    đắk lắk evn evnhanoi ntrust chatgpt openai gemini apple micrô gov vn km kg
    """.split()  # noqa: SIM905 - a list of this length is read as words
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”)]*\s+|\n+|(?<=:)\s+|;\s+")
_WORD = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?")
_EXPLAINED = re.compile(r"[^.!?\n(]{0,14}\(")


class Sentence(NamedTuple):
    """A sentence and its number of words."""

    text: str
    words: int


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text; a list item counts as one, a placeholder as one word."""
    for sentence in _SENTENCE_END.split(PLACEHOLDER.sub("X", text)):
        stripped = sentence.strip().lstrip("-0123456789. ")
        if stripped:
            yield Sentence(stripped, len(stripped.split()))


def foreign_words(text: str, explained: set[str]) -> Iterator[str]:
    """Yield the foreign words of a text that are not explained; those that are join `explained`.

    A word is foreign when it cannot be a Vietnamese syllable. It is explained when
    parentheses follow within a few letters: "OTP (mã dùng một lần)".
    """
    words = PLACEHOLDER.sub(" ", text)
    for match in _WORD.finditer(words):
        word = match[0].lower()
        if len(word) == 1 or word in KNOWN_WORDS or word in explained or _SYLLABLE.fullmatch(plain(word)):
            continue
        explained.add(word)
        if not _EXPLAINED.match(words, match.end()):
            yield match[0]


def mean_words(texts: Iterable[str]) -> float:
    """Return the mean number of words of all sentences, 0 where there are none."""
    lengths = [sentence.words for text in texts for sentence in sentences(text)]
    return sum(lengths) / len(lengths) if lengths else 0.0
