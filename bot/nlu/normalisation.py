"""Turn what a citizen typed into the words that were meant.

`Normaliser` is built from the lexicon that trainers edit; the graph component
`vietnamese_normalizer` runs it inside Rasa, the tests and the bench run it directly.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.nlu.syllable import canonical_tone, repair_keystrokes

MAX_CHARACTERS = 2000
REPLACEMENT_ROUNDS = 5

LINK_WORD = "đườnglink"
PHONE_WORD = "sốđiệnthoại"
MONEY_WORD = "sốtiền"
NUMBER_WORD = "consố"

_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.(?:com|net|org|info|top|xyz|vip|cc|me|shop|online|apk)\b\S*"
)
_MONEY = re.compile(r"\b\d+(?:[.,]\d+)* ?(?:k|tr|triệu|trieu|củ|nghìn|nghin|ngàn|ngan|tỷ|tỉ|đồng|dong|vnđ|vnd|usd|đ)(?:\d{1,3})?\b")
_PHONE = re.compile(r"\b(?:84|0)(?:[ .]?\d){8,9}\b")
_NUMBER = re.compile(r"\b\d{4,}(?:[.,]\d+)*\b")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_CLAUSE = re.compile(r"[!?;\n…]+|\.(?!\d)|(?<!\d)\.")
_PUNCTUATION = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[^\w.,]|_")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


@dataclass(frozen=True)
class Lexicon:
    """Spellings and what they mean, longest phrases first.

    `typed` holds spellings replaced wherever they stand as whole words; `accented` holds
    dialect words, replaced only when typed with exactly these diacritics.
    """

    spellings: Mapping[str, str]
    longest_words: int

    @classmethod
    def from_sections(cls, sections: Mapping[str, Mapping[str, Iterable[str]]]) -> "Lexicon":
        """Build from the parsed lexicon file: section → meaning → spellings."""
        spellings: dict[str, str] = {}
        for meanings in sections.values():
            for meaning, variants in meanings.items():
                # A meaning means itself, so that "mã qr" is not read as "mã" and the spelling "qr".
                for variant in (meaning, *variants):
                    key = unicodedata.normalize("NFC", str(variant)).lower()
                    spellings.setdefault(" ".join(_WORD.findall(key)), str(meaning))
        longest = max((len(key.split()) for key in spellings), default=1)
        return cls(spellings, longest)


class Normaliser:
    """Vietnamese text normalisation by rules and a lexicon; stateless and thread-safe."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def clauses(self, text: str) -> list[list[str]]:
        """Return the normalised words of each clause of the text.

        Args:
            text: Any text; only its first `MAX_CHARACTERS` characters count.

        Returns:
            Lists of lower-case NFC words, none of them empty; an empty list for a text
            without words. Links, phone numbers, sums of money and long numbers stand as
            one placeholder word each.
        """
        cleaned = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])).lower()
        cleaned = unicodedata.normalize("NFC", cleaned)
        cleaned = _ELONGATED.sub(r"\1", _LINK.sub(f" {LINK_WORD} ", cleaned))
        found = (self._words(part) for part in _CLAUSE.split(cleaned))
        return [self._replace_all(words) for words in found if words]

    def normalise(self, text: str) -> str:
        """Return the normalised words of the whole text, joined by single spaces."""
        return " ".join(word for clause in self.clauses(text) for word in clause)

    @staticmethod
    def _words(clause: str) -> list[str]:
        clause = " ".join(_PUNCTUATION.sub(" ", clause).split())
        for pattern, word in ((_PHONE, PHONE_WORD), (_MONEY, MONEY_WORD), (_NUMBER, NUMBER_WORD)):
            clause = pattern.sub(f" {word} ", clause)
        return [repair_keystrokes(word) if word.isascii() else canonical_tone(word) for word in _WORD.findall(clause)]

    def _replace_all(self, words: list[str]) -> list[str]:
        """Replace spellings until nothing changes: a replaced word may complete another spelling."""
        for _ in range(REPLACEMENT_ROUNDS):
            replaced = self._replace(words)
            if replaced == words:
                break
            words = replaced
        return words

    def _replace(self, words: list[str]) -> list[str]:
        """Replace the longest lexicon spelling at each place, left to right."""
        replaced: list[str] = []
        spellings, longest = self._lexicon.spellings, self._lexicon.longest_words
        place = 0
        while place < len(words):
            for width in range(min(longest, len(words) - place), 0, -1):
                meaning = spellings.get(" ".join(words[place : place + width]))
                if meaning is not None:
                    replaced.extend(meaning.split())
                    place += width
                    break
            else:
                replaced.append(words[place])
                place += 1
        return replaced


def read_normaliser(lexicon: Path) -> Normaliser:
    """Return a normaliser with the lexicon that trainers edit.

    Args:
        lexicon: The lexicon's YAML file; `banso content lint` has checked it.
    """
    return Normaliser(Lexicon.from_sections(yaml.load(lexicon.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)))
