"""Confidence that means what it says, and what to do with it: answer, suggest, or admit not to know."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

WRONG_COST = 5.0  # An answer to another question can cost a citizen their savings,
UNKNOWN_COST = 1.0  # a wrong "tôi chưa hiểu" costs them a second try,
SUGGESTED_COST = 0.75  # a list to choose from is not much less for someone who reads with difficulty,
MISSED_COST = 1.1  # and a list without the right answer is a little more than none.
SUGGESTIONS = 3
THRESHOLD_GRID = np.linspace(0.02, 0.98, 97)
TOPIC_WEIGHTS = (0.5, 2.0, 5.0, 10.0, 20.0)  # where the search may start, and its bounds
BAYES_WEIGHTS = (0.01, 0.1, 0.3, 1.0, 3.0)

ANSWER, SUGGEST, UNKNOWN = "answer", "suggest", "unknown"


@dataclass(frozen=True)
class Thresholds:
    """From which confidence on to answer, and from which on to suggest."""

    answer: float
    suggest: float

    def decide(self, confidence: float) -> str:
        """Return what to do at a confidence."""
        if confidence >= self.answer:
            return ANSWER
        return SUGGEST if confidence >= self.suggest else UNKNOWN

    def as_dict(self) -> dict[str, float]:
        """Return the thresholds for storing."""
        return asdict(self)


@dataclass(frozen=True)
class Judged:
    """What came of one held-out text.

    `confidence` of the best answer, 0 to 1; `is_right`: that answer is right;
    `is_suggested`: a right one is among those suggested; `is_outside`: no answer would be
    right, so that admitting it is.
    """

    confidence: float
    is_right: bool
    is_suggested: bool
    is_outside: bool


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log probabilities along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def fit_weights(topic_scores: NDArray[np.float32], bayes: NDArray[np.float32], accepted: NDArray[np.float32]) -> tuple[float, float]:
    """Return the two weights under which held-out texts are the likeliest.

    Args:
        topic_scores: (texts, topics), of texts the models were not trained on.
        bayes: (texts, topics), log probabilities of naive Bayes.
        accepted: (texts, topics), 1 where a topic is right.
    """

    def loss(log_weights: NDArray[np.float64]) -> float:
        topic_weight, bayes_weight = np.exp(log_weights).astype(np.float32)
        probabilities = np.exp(log_softmax(topic_weight * topic_scores + bayes_weight * bayes))
        return float(-np.log((probabilities * accepted).sum(axis=1) + 1e-6).mean())

    bounds = np.log([(w[0], w[-1]) for w in (TOPIC_WEIGHTS, BAYES_WEIGHTS)])
    start = min(itertools.product(np.log(TOPIC_WEIGHTS), np.log(BAYES_WEIGHTS)), key=lambda pair: loss(np.array(pair)))
    best = minimize(loss, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 0.02, "fatol": 1e-5})
    topic_weight, bayes_weight = np.exp(best.x).tolist()
    return topic_weight, bayes_weight


def choose_thresholds(judged: Sequence[Judged]) -> Thresholds:
    """Choose the thresholds with the least cost on held-out texts.

    A few hundred texts do not tell nearby thresholds apart. Of those whose cost is not
    distinctly higher than the least (by one standard error of the difference), the one
    that answers the most is taken.
    """
    curves = {float(answer): _cheapest(judged, float(answer)) for answer in THRESHOLD_GRID}
    least = min(curves.values(), key=lambda curve: curve[1].mean())[1]
    for answer, (suggest, costs) in curves.items():
        differences = costs - least
        if differences.mean() <= differences.std() / np.sqrt(len(judged)):
            return Thresholds(answer, suggest)
    raise AssertionError("the least cost is not distinctly higher than itself")


def _cheapest(judged: Sequence[Judged], answer: float) -> tuple[float, NDArray[np.float64]]:
    """Return the best threshold for suggesting below one for answering, and the cost of each text."""
    confidences = np.array([j.confidence for j in judged])
    answer_costs = np.array([0.0 if j.is_right else WRONG_COST for j in judged])
    suggest_costs = np.array([SUGGESTED_COST if j.is_suggested or j.is_outside else MISSED_COST for j in judged])
    unknown_costs = np.array([0.0 if j.is_outside else UNKNOWN_COST for j in judged])
    best = (1.0, np.full(len(judged), np.inf))
    for suggest in THRESHOLD_GRID[answer >= THRESHOLD_GRID]:
        unsure = np.where(confidences >= suggest, suggest_costs, unknown_costs)
        costs = np.where(confidences >= answer, answer_costs, unsure)
        if costs.mean() < best[1].mean():
            best = (float(suggest), costs)
    return best


def calibration_error(confidences: Sequence[float], is_right: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error, 0 to 1: the mean gap between confidence and accuracy."""
    values, right = np.asarray(confidences), np.asarray(is_right, dtype=float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [abs(values[places == b].mean() - right[places == b].mean()) * (places == b).mean() for b in np.unique(places)]
    return float(sum(gaps))
