"""How alike short texts are, by the pieces of their words without diacritics; groups of questions, nearest pairs of examples.

Two texts are compared by the cosine of their sets of character trigrams, in which rare pieces
weigh more, and those of "tôi", "không", "làm sao" little. Only texts that share a word, or two words
in a row, that few others have are compared at all.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from actions.curriculum.examples import folded_key

ALIKE = 0.5  # cosine from which questions are one group; measured on examples typed in seven ways
COMMON = 100  # a word that so many texts have tells little of what a text is about
ALWAYS_LOOKED_UP = 3  # of a text's words, the rarest, however common they are
COMPARED_MAX = 12  # texts with the most in common
FRAME_WEIGHT = 0.4  # of what is in most questions, whatever they are about
_FRAME = (
    "toi em con chau minh bac chu co anh chi bi phai lam sao lam gi thi the nao nhu the nao cach nao de co khong duoc khong "
    "co phai khong co nen khong bay gio roi la gi o dau cho hoi xin hoi giup voi cua cai nay"
)

Normalise = Callable[[str], str]


@dataclass(frozen=True)
class Group:
    """Texts that are alike, by their places in what was grouped; the leader stands for all."""

    leader: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two texts by their places, and how alike they are: 0 to 1."""

    one: int
    other: int
    likeness: float


def group_alike(texts: Sequence[str], *, alike: float = ALIKE, normalise: Normalise = folded_key) -> list[Group]:
    """Group texts by likeness; the same texts give the same groups whatever their order.

    The text that is asked most becomes a leader first; each next one goes to the leader it is
    most like, or becomes one itself.

    Args:
        texts: What was typed.
        alike: The cosine from which two are alike, 0 to 1.
        normalise: Turns what was typed into the words that were meant.

    Returns:
        The groups, the largest first.
    """
    meant = {text: folded_key(normalise(text)) for text in set(texts)}  # Many are typed alike.
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[meant[text]].append(place)
    keys = sorted(places, key=lambda key: (-len(places[key]), -len(key), key))
    index = _Index(keys)
    members: dict[int, list[int]] = {}
    for number in range(len(keys)):
        found = index.near(number, alike)
        if found:
            members[found[0][0]].append(number)
        else:
            index.add(number)
            members[number] = [number]
    groups = (_group(texts, [places[keys[number]] for number in numbers]) for numbers in members.values())
    return sorted(groups, key=lambda group: (-len(group.places), folded_key(texts[group.leader]), texts[group.leader]))


def nearest_pairs(texts: Sequence[str], labels: Sequence[str], *, alike: float, normalise: Normalise = folded_key) -> list[Pair]:
    """Return the pairs of texts with different labels that are alike, the nearest first.

    Args:
        texts: What was typed.
        labels: The label of each.
        alike: The cosine from which two are alike, 0 to 1.
        normalise: Turns what was typed into the words that were meant.
    """
    index = _Index([folded_key(normalise(text)) for text in texts])
    found = []
    for number in range(len(texts)):
        near = index.near(number, alike, excluded=_same_label(labels, number))
        found += [Pair(other, number, round(cosine, 4)) for other, cosine in near]
        index.add(number)
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def _same_label(labels: Sequence[str], number: int) -> Callable[[int], bool]:
    return lambda other: labels[other] == labels[number]


def _group(texts: Sequence[str], alike: list[list[int]]) -> Group:
    """Make a group; of the texts that are typed most, the one with the most diacritics reads best."""
    leader = min(alike[0], key=lambda place: (-_accents(texts[place]), len(texts[place]), texts[place]))
    return Group(leader, tuple(sorted(place for places in alike for place in places)))


def _accents(text: str) -> int:
    return sum(not character.isascii() for character in text)


def _pieces(key: str) -> frozenset[str]:
    padded = f" {key} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def _words(key: str) -> set[str]:
    """Return the words of a text, and each two in a row."""
    words = key.split()
    return {*words, *(f"{one} {other}" for one, other in itertools.pairwise(words))}


@dataclass
class _Index:
    """Finds, of the texts that were added, those that are alike."""

    keys: Sequence[str]
    _with: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._pieces = [_pieces(key) for key in self.keys]
        frame = _pieces(_FRAME)
        weights = {piece: weight * (FRAME_WEIGHT if piece in frame else 1) for piece, weight in _rarity(self._pieces).items()}
        self._squared = {piece: weight * weight for piece, weight in weights.items()}
        self._lengths = [math.sqrt(sum(map(self._squared.__getitem__, pieces))) or 1.0 for pieces in self._pieces]
        words = [_words(key) for key in self.keys]
        self._rarity = _rarity(words)
        self._words = [sorted(found, key=lambda word: (-self._rarity[word], word)) for found in words]

    def add(self, number: int) -> None:
        for word in self._words[number]:
            self._with[word].append(number)

    def near(self, number: int, alike: float, *, excluded: Callable[[int], bool] = lambda _other: False) -> list[tuple[int, float]]:
        """Return the texts that are alike and how much so, the nearest first; of those that are much like one another, some."""
        shared: dict[int, float] = defaultdict(float)
        for rank, word in enumerate(self._words[number]):
            others = self._with.get(word, ())
            if rank < ALWAYS_LOOKED_UP or len(others) <= COMMON:
                for other in others:
                    shared[other] += self._rarity[word]
        likely = sorted((other for other in shared if not excluded(other)), key=lambda other: (-shared[other], other))[:COMPARED_MAX]
        found = [(other, self._cosine(number, other)) for other in likely]
        return sorted((pair for pair in found if pair[1] >= alike), key=lambda pair: (-pair[1], pair[0]))

    def _cosine(self, one: int, other: int) -> float:
        shared = sum(map(self._squared.__getitem__, self._pieces[one] & self._pieces[other]))
        return shared / (self._lengths[one] * self._lengths[other])


def _rarity(texts: Sequence[Iterable[str]]) -> dict[str, float]:
    """Return for each part how much it tells of a text that has it."""
    texts_with = Counter(part for parts in texts for part in parts)
    return {part: math.log(1 + len(texts) / number) for part, number in texts_with.items()}
