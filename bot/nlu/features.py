"""Sparse features of normalised text that survive missing diacritics.

Folded words, pairs of words and character n-grams within words carry the meaning; words
with their diacritics add what they know when they are there. No Rasa in here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.nlu.syllable import fold

CHARACTER_NGRAM_SIZES = (2, 3, 4)
Words = Sequence[str]


@lru_cache(maxsize=65536)
def _within_word(folded: str) -> tuple[str, ...]:
    """Return the character n-grams of one folded word, its edges marked."""
    edged = f"<{folded}>"
    return tuple("c" + edged[i : i + size] for size in CHARACTER_NGRAM_SIZES for i in range(len(edged) - size + 1))


def features(words: Words) -> Iterator[str]:
    """Yield the feature names of a text, repeated as often as they occur.

    Args:
        words: Normalised words, with diacritics where they were typed.
    """
    folded = [fold(word) for word in words]
    for word in folded:
        yield word
        yield from _within_word(word)
    for first, second in pairwise(folded):
        yield f"{first} {second}"
    for word in words:
        if not word.isascii():
            yield "a" + word
    for first, second in pairwise(words):
        if not (first.isascii() and second.isascii()):
            yield f"a{first} {second}"


class Vectoriser:
    """TF-IDF over `features`: sublinear counts, smoothed idf, rows of length 1."""

    def __init__(self, vocabulary: dict[str, int], idf: NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def fit(cls, texts: Iterable[Words], min_texts: int) -> tuple["Vectoriser", sparse.csr_matrix]:
        """Learn the vocabulary and the idf.

        Args:
            texts: Normalised texts.
            min_texts: A feature must occur in that many texts.

        Returns:
            The vectoriser, and the rows of the texts themselves, (texts, features), float32.
        """
        found = [Counter(features(words)) for words in texts]
        occurrences: Counter[str] = Counter(name for counts in found for name in counts)
        names = sorted(name for name, number in occurrences.items() if number >= min_texts)
        numbers = np.array([occurrences[name] for name in names], dtype=np.float32)
        idf = np.log((1 + len(found)) / (1 + numbers)).astype(np.float32) + np.float32(1)
        vectoriser = cls({name: i for i, name in enumerate(names)}, idf)
        return vectoriser, vectoriser._stack([vectoriser._weigh(counts) for counts in found])

    def row(self, words: Words) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the indices and the values of one text's features; both empty for none known."""
        return self._weigh(Counter(features(words)))

    def _weigh(self, counts: Mapping[str, int]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        vocabulary = self.vocabulary
        known = {i: number for name, number in counts.items() if (i := vocabulary.get(name)) is not None}
        indices = np.fromiter(known.keys(), np.intp, len(known))
        values = np.fromiter(known.values(), np.float32, len(known))
        values = (1 + np.log(values)) * self.idf[indices]
        norm = float(np.sqrt(values @ values))
        return indices, values / np.float32(norm) if norm else values

    def matrix(self, texts: Iterable[Words]) -> sparse.csr_matrix:
        """Return the rows of texts, (texts, features), float32."""
        return self._stack([self.row(words) for words in texts])

    def _stack(self, rows: list[tuple[NDArray[np.intp], NDArray[np.float32]]]) -> sparse.csr_matrix:
        indptr = np.concatenate([[0], np.cumsum([len(indices) for indices, _ in rows])])
        indices = np.concatenate([indices for indices, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return sparse.csr_matrix((values, indices, indptr), (len(rows), len(self.vocabulary)))
