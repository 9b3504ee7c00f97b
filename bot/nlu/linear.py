"""Linear models over sparse features: support vector machines and naive Bayes, one column for each label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

TOLERANCE = 0.1
ITERATIONS_MAX = 30
SMOOTHING = 0.03  # of naive Bayes, in TF-IDF weight
OTHERS_IN_ALL = 2_000_000  # rows of others that all labels together learn against,
OTHERS_LEAST = 2_000  # and each of them at least.
NEGLIGIBLE = 0.003  # of a column's largest weight
LARGEST = np.iinfo(np.int16).max


@dataclass(frozen=True)
class LinearModel:
    """Weights (features, columns) as int16 in units of `scales`; `biases`; and what any feature adds, `floors` (columns,).

    Whole numbers take half the memory of float32, and become float32 again several times
    faster than float16 does. Most of them are 0, so that a stored model is small.
    """

    weights: NDArray[np.int16]
    scales: NDArray[np.float32]
    floors: NDArray[np.float32]
    biases: NDArray[np.float32]

    def scores(self, places: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores (columns,) of one row of features."""
        weighed = values @ self.weights.take(places, axis=0).astype(np.float32)
        return weighed * self.scales + values.sum() * self.floors + self.biases

    @classmethod
    def empty(cls, features: int, columns: int) -> "LinearModel":
        """Return a model that gives every column 0, to be filled column by column."""
        return cls(np.zeros((features, columns), dtype=np.int16), *(np.zeros(columns, dtype=np.float32) for _ in range(3)))

    def fill(self, column: int, weights: NDArray[np.float64], *, floor: float = 0.0, bias: float = 0.0) -> None:
        """Set one column; weights that hardly count become 0."""
        largest = max(float(np.abs(weights).max(initial=0.0)), 1e-9)
        weights = np.where(np.abs(weights) < NEGLIGIBLE * largest, 0.0, weights)
        self.weights[:, column] = np.rint(weights * (LARGEST / largest)).astype(np.int16)
        self.scales[column], self.floors[column], self.biases[column] = largest / LARGEST, floor, bias

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the model as arrays for storing, its weights as a sparse matrix."""
        sparsely = sparse.csr_matrix(self.weights)
        return {
            "weights": sparsely.data,
            "weights_columns": sparsely.indices.astype(np.min_scalar_type(self.weights.shape[1])),
            "weights_starts": sparsely.indptr,
            "scales": self.scales,
            "floors": self.floors,
            "biases": self.biases,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "LinearModel":
        """Rebuild what `to_arrays` gave."""
        starts = arrays["weights_starts"]
        columns = arrays["weights_columns"].astype(np.int32)
        sparsely = sparse.csr_matrix((arrays["weights"], columns, starts), (len(starts) - 1, len(arrays["scales"])))
        return cls(sparsely.toarray(), arrays["scales"], arrays["floors"], arrays["biases"])

    @classmethod
    def side_by_side(cls, models: "Sequence[LinearModel]") -> "LinearModel":
        """Join models over the same features, so that one look-up gives the scores of all."""
        return cls(
            np.hstack([m.weights for m in models]),
            np.concatenate([m.scales for m in models]),
            np.concatenate([m.floors for m in models]),
            np.concatenate([m.biases for m in models]),
        )


def fit_one_against_rest(rows: sparse.csr_matrix, codes: NDArray[np.intp], columns: Sequence[int], c: float, seed: int) -> LinearModel:
    """Train one squared-hinge classifier for each label.

    With many labels each learns against a draw of the other rows, so that the time grows
    with the number of labels and not with its square.

    Args:
        rows: (texts, features), each row of length 1.
        codes: (texts,), the label of each row.
        columns: The labels to train, against the other rows given.
        c: Inverse strength of regularisation.
        seed: Decides the draw, and the order of coordinate descent.

    Returns:
        A model with one column for each of `columns`, in their order.
    """
    rows = rows.astype(np.float64)
    model = LinearModel.empty(rows.shape[1], len(columns))
    others_max = max(OTHERS_LEAST, OTHERS_IN_ALL // len(columns))
    # One after another: liblinear's threads share one generator of random numbers, and would give another model each time.
    for place, label in enumerate(columns):
        is_label = codes == label
        others = np.flatnonzero(~is_label)
        if len(others) == 0:
            continue
        if len(others) > others_max:
            drawn = np.random.default_rng([seed, place]).choice(others, others_max, replace=False)
            places = np.sort(np.concatenate([np.flatnonzero(is_label), drawn]))
            some, is_label = rows[places], is_label[places]
        else:
            some = rows
        rarity = float(np.sqrt((~is_label).sum() / is_label.sum()))  # Its root: full balance would answer rare labels too often.
        machine = LinearSVC(C=c, tol=TOLERANCE, max_iter=ITERATIONS_MAX, random_state=seed, class_weight={True: rarity, False: 1.0})
        machine.fit(some, is_label)
        model.fill(place, machine.coef_[0], bias=float(machine.intercept_[0]))
    return model


def fit_naive_bayes(rows: sparse.csr_matrix, codes: NDArray[np.intp], labels: int) -> LinearModel:
    """Train multinomial naive Bayes with equal priors; a score is a log likelihood.

    Args:
        rows: (texts, features), not negative.
        codes: (texts,), the label of each row, from 0.
        labels: How many labels there are.
    """
    members = sparse.csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), (labels, len(codes)))
    counts = (members @ rows).tocsr()
    model = LinearModel.empty(rows.shape[1], labels)
    for label in range(labels):
        weights = counts[label].toarray()[0]
        whole = weights.sum() + SMOOTHING * len(weights)
        model.fill(label, np.log1p(weights / SMOOTHING), floor=float(np.log(SMOOTHING / whole)))
    return model
