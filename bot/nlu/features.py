"""Sparse features of normalised text that survive missing diacritics.

Folded words, pairs of words and character n-grams within words carry the meaning; words
with their diacritics add what they know when they are there. No Rasa in here.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.nlu.syllable import fold

CHARACTER_NGRAM_SIZE = 3
REMEMBERED = 50_000  # words, and as many pairs of words, whose places are looked up once
Words = Sequence[str]
Places: TypeAlias = NDArray[np.int32]


def word_features(word: str) -> list[str]:
    """Return the feature names of one word: itself folded, its character n-grams, itself with diacritics if it has any."""
    folded = fold(word)
    edged = f"<{folded}>"
    names = [folded]
    names += ["c" + edged[i : i + CHARACTER_NGRAM_SIZE] for i in range(len(edged) - CHARACTER_NGRAM_SIZE + 1)]
    return names if word.isascii() else [*names, "a" + word]


def pair_features(first: str, second: str) -> list[str]:
    """Return the feature names of two neighbouring words."""
    folded = f"{fold(first)} {fold(second)}"
    return [folded] if first.isascii() and second.isascii() else [folded, f"a{first} {second}"]


class Vectoriser:
    """TF-IDF over the features of words and of pairs of words: sublinear counts, smoothed idf, rows of length 1.

    Thread-safe: texts share nothing but caches.
    """

    def __init__(self, vocabulary: Mapping[str, int], idf: NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self._word_places, self._pair_places = _remembering(self._known)

    @classmethod
    def fit(cls, texts: Sequence[Words], min_texts: int) -> tuple["Vectoriser", sparse.csr_matrix]:
        """Learn the vocabulary and the idf.

        Args:
            texts: Normalised texts.
            min_texts: A feature must occur in that many texts.

        Returns:
            The vectoriser, and the rows of the texts themselves, (texts, features), float32.
        """
        seen: dict[str, int] = {}

        def numbered(names: list[str]) -> Places:
            return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int32)

        of_word, of_pair = _remembering(numbered)
        found = [_counted(words, of_word, of_pair) for words in texts]
        occurrences = np.bincount(np.concatenate([places for places, _ in found]), minlength=len(seen))
        kept = np.flatnonzero(occurrences >= min_texts)
        new_places = np.full(len(seen), -1, dtype=np.int32)
        new_places[kept] = np.arange(len(kept))
        names = list(seen)
        idf = np.log((1 + len(found)) / (1 + occurrences[kept])).astype(np.float32) + np.float32(1)
        vectoriser = cls({names[old]: new for new, old in enumerate(kept.tolist())}, idf)
        return vectoriser, vectoriser._stack([vectoriser._weigh(new_places[places], counts) for places, counts in found])

    def row(self, words: Words) -> tuple[Places, NDArray[np.float32]]:
        """Return the places and the values of one text's features; both empty for none known."""
        return self._weigh(*_counted(words, self._word_places, self._pair_places))

    def matrix(self, texts: Sequence[Words]) -> sparse.csr_matrix:
        """Return the rows of texts, (texts, features), float32."""
        return self._stack([self.row(words) for words in texts])

    def _known(self, names: list[str]) -> Places:
        places = (self.vocabulary.get(name) for name in names)
        return np.array([place for place in places if place is not None], dtype=np.int32)

    def _weigh(self, places: Places, counts: NDArray[np.intp]) -> tuple[Places, NDArray[np.float32]]:
        """Weigh the counts of places; those below 0 stand for features too rare to be known."""
        is_known = places >= 0
        places, counts = places[is_known], counts[is_known]
        values = (1 + np.log(counts, dtype=np.float32)) * self.idf[places]
        norm = float(np.sqrt(values @ values))
        return places, values / np.float32(norm) if norm else values

    def _stack(self, rows: list[tuple[Places, NDArray[np.float32]]]) -> sparse.csr_matrix:
        indptr = np.concatenate([[0], np.cumsum([len(places) for places, _ in rows])])
        places = np.concatenate([places for places, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return sparse.csr_matrix((values, places, indptr), (len(rows), len(self.vocabulary)))


def _remembering(place: Callable[[list[str]], Places]) -> tuple[Callable[[str], Places], Callable[[tuple[str, str]], Places]]:
    """Return two functions, of a word and of a pair, that place their features and remember the answer."""
    of_word = lru_cache(REMEMBERED)(lambda word: place(word_features(word)))
    of_pair = lru_cache(REMEMBERED)(lambda pair: place(pair_features(*pair)))
    return of_word, of_pair


def _counted(
    words: Words, of_word: Callable[[str], Places], of_pair: Callable[[tuple[str, str]], Places]
) -> tuple[Places, NDArray[np.intp]]:
    """Return the places of a text's features, each once and in ascending order, and how often each occurs."""
    if not words:
        return np.empty(0, np.int32), np.empty(0, np.intp)
    return np.unique(np.concatenate([*map(of_word, words), *map(of_pair, pairwise(words))]), return_counts=True)
