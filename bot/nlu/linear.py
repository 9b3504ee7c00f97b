"""Linear models over sparse features: support vector machines and naive Bayes, one column for each label."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

THREADS = 2  # liblinear lets go of the interpreter's lock while it trains one label.
TOLERANCE = 0.1
ITERATIONS_MAX = 30
SMOOTHING = 0.1  # of naive Bayes, in TF-IDF weight


@dataclass(frozen=True)
class LinearModel:
    """Weights (features, columns), float16 to save memory, and biases (columns,), float32."""

    weights: NDArray[np.float16]
    biases: NDArray[np.float32]

    def scores(self, indices: NDArray[np.intp], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores (columns,) of one row of features."""
        return values @ self.weights[indices].astype(np.float32) + self.biases

    @classmethod
    def side_by_side(cls, models: "Sequence[LinearModel]") -> "LinearModel":
        """Join models over the same features, so that one look-up gives the scores of all."""
        return cls(np.hstack([m.weights for m in models]), np.concatenate([m.biases for m in models]))


def fit_one_against_rest(rows: sparse.csr_matrix, codes: NDArray[np.intp], columns: Sequence[int], c: float, seed: int) -> LinearModel:
    """Train one squared-hinge classifier for each label.

    Args:
        rows: (texts, features), each row of length 1.
        codes: (texts,), the label of each row.
        columns: The labels to train, against all other rows given.
        c: Inverse strength of regularisation.
        seed: Decides the order of coordinate descent.

    Returns:
        A model with one column for each of `columns`, in their order.
    """
    # Threads share the rows: they must be in their final form, or each would tidy them in place.
    rows = rows.astype(np.float64)
    rows.sum_duplicates()
    weights = np.zeros((rows.shape[1], len(columns)), dtype=np.float16)
    biases = np.zeros(len(columns), dtype=np.float32)

    def fit_one(place: int) -> None:
        is_label = codes == columns[place]
        if is_label.all():
            return
        model = LinearSVC(C=c, tol=TOLERANCE, max_iter=ITERATIONS_MAX, random_state=seed)
        model.fit(rows, is_label)
        weights[:, place] = model.coef_[0]
        biases[place] = model.intercept_[0]

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(fit_one, range(len(columns))))
    return LinearModel(weights, biases)


def fit_naive_bayes(rows: sparse.csr_matrix, codes: NDArray[np.intp], labels: int) -> LinearModel:
    """Train multinomial naive Bayes with equal priors; a score is a log likelihood.

    Args:
        rows: (texts, features), not negative.
        codes: (texts,), the label of each row, from 0.
        labels: How many labels there are.
    """
    members = sparse.csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), (labels, len(codes)))
    counts = (members @ rows).toarray() + SMOOTHING
    likelihoods = np.log(counts / counts.sum(axis=1, keepdims=True))
    return LinearModel(likelihoods.T.astype(np.float16), np.zeros(labels, dtype=np.float32))
