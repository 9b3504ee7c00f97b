"""From normalised words to ranked intents and a decision; everything but Rasa's interfaces.

A topic is told by a support vector machine over topics together with naive Bayes over
intents; the intent within it by a machine that knows that topic's examples alone, and
naive Bayes again. All of them are columns of one matrix. Measured against other ways in
`docs/decisions/0003-understanding.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.nlu.decision import SUGGESTIONS, UNKNOWN, Judged, Thresholds, choose_thresholds, fit_weights, log_softmax
from bot.nlu.features import Vectoriser
from bot.nlu.linear import LinearModel, fit_naive_bayes, fit_one_against_rest
from bot.nlu.syllable import fold

RANKING_LENGTH = 10
HELD_OUT_MAX = 1000  # examples kept aside; more would not calibrate better.
WITHIN_WEIGHT, WITHIN_BAYES_WEIGHT = 4.0, 0.5
Words = Sequence[str]


@dataclass(frozen=True)
class RecogniserSettings:
    """What can be set in the pipeline's config.

    `min_texts`: in how many texts a feature must occur; `topic_c` and `within_c`: inverse
    strengths of regularisation; `held_out_share`: of the examples, kept aside for
    calibration where no held-out texts are given; `seed`.
    """

    min_texts: int = 2
    topic_c: float = 1.0
    within_c: float = 1.0
    held_out_share: float = 0.2
    seed: int = 7

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a plain dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, config: dict[str, Any]) -> RecogniserSettings:
        """Take the settings out of a component's config, which also holds other keys."""
        return cls(**{f.name: config[f.name] for f in fields(cls) if f.name in config})


@dataclass(frozen=True)
class HeldOut:
    """A text that is never trained on, and the topics that are right for it.

    `is_outside` when admitting not to know is right as well.
    """

    words: Words
    topics: tuple[str, ...]
    is_outside: bool = False


@dataclass(frozen=True)
class Understood:
    """Intents with their probabilities, the likeliest topic's best first; the topic's confidence; the decision."""

    ranking: list[tuple[str, float]]
    confidence: float
    decision: str


@dataclass(frozen=True)
class Labels:
    """The intents, the topics, and the topic (as a place in `topics`) of each intent."""

    intents: tuple[str, ...]
    topics: tuple[str, ...]
    topic_codes: NDArray[np.intp]

    @classmethod
    def of(cls, intents: Sequence[str], topic_of: Mapping[str, str]) -> Labels:
        """Sort out the labels of a training set; an intent without a topic is one of its own."""
        names = tuple(sorted(set(intents)))
        topics = tuple(sorted({topic_of.get(name, name) for name in names}))
        codes = np.array([topics.index(topic_of.get(name, name)) for name in names], dtype=np.intp)
        return cls(names, topics, codes)

    @cached_property
    def sharing(self) -> NDArray[np.intp]:
        """The intents that are not alone in their topic."""
        return np.flatnonzero(np.bincount(self.topic_codes)[self.topic_codes] > 1)

    def by_topic(self, log_probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum the probabilities (intents,) by topic; return their logs (topics,)."""
        sums = np.bincount(self.topic_codes, weights=np.exp(log_probabilities), minlength=len(self.topics))
        return np.log(sums + 1e-9)


class Recogniser:
    """A trained vectoriser and linear models, calibrated by topic.

    An answer of the right topic helps even where a neighbour of it would fit better, and
    one of another topic may do harm: so confidence and thresholds are about topics.
    """

    def __init__(
        self, vectoriser: Vectoriser, model: LinearModel, labels: Labels, weights: tuple[float, float], thresholds: Thresholds
    ) -> None:
        self.vectoriser, self.model, self.labels = vectoriser, model, labels
        self.weights, self.thresholds = weights, thresholds
        self._bayes_from = len(labels.topics)
        self._within_from = self._bayes_from + len(labels.intents)

    @classmethod
    def fit(
        cls,
        texts: Sequence[Words],
        intents: Sequence[str],
        topic_of: Mapping[str, str],
        settings: RecogniserSettings,
        held_out: Sequence[HeldOut] = (),
    ) -> Recogniser:
        """Train on all texts; calibrate on held-out ones.

        Args:
            texts: The normalised words of each example.
            intents: The intent of each.
            topic_of: Intent → topic; an intent without one is a topic of its own.
            settings: See `RecogniserSettings`.
            held_out: Texts for calibration; with none, a share of the examples is held out
                of a first model that is trained for this alone. Those of topics that
                no example has are left out.
        """
        labels = Labels.of(intents, topic_of)
        final = cls._fit_model(texts, intents, labels, settings)
        known = [h for h in held_out if set(h.topics) & set(labels.topics)]
        if known:
            return final.calibrated(known)
        aside = _held_out_places(intents, settings)
        inside = [i for i in range(len(texts)) if i not in aside]
        draft = cls._fit_model([texts[i] for i in inside], [intents[i] for i in inside], labels, settings)
        draft = draft.calibrated([HeldOut(texts[i], (topic_of.get(intents[i], intents[i]),)) for i in sorted(aside)])
        return cls(final.vectoriser, final.model, labels, draft.weights, draft.thresholds)

    @classmethod
    def _fit_model(cls, texts: Sequence[Words], intents: Sequence[str], labels: Labels, settings: RecogniserSettings) -> Recogniser:
        # What was typed with diacritics is learnt without them too, so that neither way of typing is strange.
        marked = [i for i, words in enumerate(texts) if not all(word.isascii() for word in words)]
        both = [*texts, *([fold(word) for word in texts[i]] for i in marked)]
        codes = np.searchsorted(labels.intents, [*intents, *(intents[i] for i in marked)])
        vectoriser, rows = Vectoriser.fit(both, settings.min_texts)
        topic_codes = labels.topic_codes[codes]
        models = [
            fit_one_against_rest(rows, topic_codes, range(len(labels.topics)), settings.topic_c, settings.seed),
            fit_naive_bayes(rows, codes, len(labels.intents)),
            _fit_within_topics(rows, codes, labels, settings),
        ]
        return cls(vectoriser, LinearModel.side_by_side(models), labels, (5.0, 1.0), Thresholds(0.5, 0.1))

    def calibrated(self, held_out: Sequence[HeldOut]) -> Recogniser:
        """Return the same recogniser with weights and thresholds that fit held-out texts."""
        if not held_out:
            return self
        topics = self.labels.topics
        scores = np.stack([self._scores(*self.vectoriser.row(h.words)) for h in held_out])
        bayes = np.stack([self.labels.by_topic(row) for row in log_softmax(scores[:, self._bayes_from : self._within_from])])
        accepted = np.array([[topic in h.topics for topic in topics] for h in held_out], dtype=np.float32)
        weights = fit_weights(scores[:, : self._bayes_from], bayes, accepted)
        draft = Recogniser(self.vectoriser, self.model, self.labels, weights, self.thresholds)
        thresholds = choose_thresholds([draft.judge(h) for h in held_out])
        return Recogniser(self.vectoriser, self.model, self.labels, weights, thresholds)

    def judge(self, held_out: HeldOut) -> Judged:
        """Return what comes of a held-out text."""
        understood = self.understand(held_out.words)
        codes = [self.labels.topic_codes[self.labels.intents.index(intent)] for intent, _ in understood.ranking]
        topics = list(dict.fromkeys(self.labels.topics[code] for code in codes))
        return Judged(
            understood.confidence,
            bool(topics) and topics[0] in held_out.topics,
            bool(set(topics[:SUGGESTIONS]) & set(held_out.topics)),
            held_out.is_outside,
        )

    def understand(self, words: Words) -> Understood:
        """Rank the intents of a text and decide what to do.

        Args:
            words: Its normalised words.
        """
        indices, values = self.vectoriser.row(words)
        if len(indices) == 0:
            return Understood([], 0.0, UNKNOWN)
        by_topic, by_intent = self._probabilities(self._scores(indices, values))
        topic = int(by_topic.argmax())
        length = min(RANKING_LENGTH, len(by_intent))
        # The likeliest topic goes first, even where a single intent of another is likelier.
        keys = by_intent + (self.labels.topic_codes == topic)
        first = int(keys.argmax())
        best = np.argpartition(-by_intent, length - 1)[:length]
        rest = sorted((int(i) for i in best if i != first), key=lambda i: -by_intent[i])
        ranking = [(self.labels.intents[i], float(by_intent[i])) for i in (first, *rest)][:length]
        confidence = float(by_topic[topic])
        return Understood(ranking, confidence, self.thresholds.decide(confidence))

    def _scores(self, indices: NDArray[np.intp], values: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.model.scores(indices, values)

    def _probabilities(self, scores: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the probabilities of the topics, and of the intents, from one row of scores."""
        topic_scores = scores[: self._bayes_from]
        bayes = log_softmax(scores[self._bayes_from : self._within_from])
        topic_weight, bayes_weight = self.weights
        by_topic = np.exp(log_softmax(topic_weight * topic_scores + bayes_weight * self.labels.by_topic(bayes)))
        within = WITHIN_BAYES_WEIGHT * bayes
        within[self.labels.sharing] += WITHIN_WEIGHT * scores[self._within_from :]
        powers = np.exp(within - within.max())
        sums = np.bincount(self.labels.topic_codes, weights=powers, minlength=len(by_topic)) + 1e-30
        codes = self.labels.topic_codes
        return by_topic, by_topic[codes] * powers / sums[codes]

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return a JSON document and arrays, for storing."""
        document = {
            "intents": self.labels.intents,
            "topics": self.labels.topics,
            "weights": self.weights,
            "thresholds": self.thresholds.as_dict(),
            "vocabulary": list(self.vectoriser.vocabulary),
        }
        arrays = {"topic_codes": self.labels.topic_codes, "idf": self.vectoriser.idf, **self.model.to_arrays()}
        return document, arrays

    @classmethod
    def from_parts(cls, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Recogniser:
        """Rebuild what `to_parts` gave."""
        vectoriser = Vectoriser({name: i for i, name in enumerate(document["vocabulary"])}, arrays["idf"])
        labels = Labels(tuple(document["intents"]), tuple(document["topics"]), arrays["topic_codes"])
        return cls(vectoriser, LinearModel.from_arrays(arrays), labels, tuple(document["weights"]), Thresholds(**document["thresholds"]))


def _fit_within_topics(rows: sparse.csr_matrix, codes: NDArray[np.intp], labels: Labels, settings: RecogniserSettings) -> LinearModel:
    """Train each intent against the others of its topic.

    The columns are those of the intents that share their topic, in their order; an intent
    alone in its topic needs none.
    """
    sharing = labels.sharing
    model = LinearModel.empty(rows.shape[1], len(sharing))
    for topic in range(len(labels.topics)):
        columns = np.flatnonzero(labels.topic_codes == topic)
        if len(columns) < 2:
            continue
        places = np.flatnonzero(np.isin(codes, columns))
        part = fit_one_against_rest(rows[places], codes[places], columns.tolist(), settings.within_c, settings.seed)
        to = np.searchsorted(sharing, columns)
        model.weights[:, to], model.scales[to], model.biases[to] = part.weights, part.scales, part.biases
    return model


def _held_out_places(intents: Sequence[str], settings: RecogniserSettings) -> set[int]:
    """Choose a share of each intent's examples; an intent with few keeps them all."""
    random = np.random.default_rng(settings.seed)
    places: dict[str, list[int]] = {}
    for place, intent in enumerate(intents):
        places.setdefault(intent, []).append(place)
    aside: list[int] = []
    for found in places.values():
        number = int(len(found) * settings.held_out_share)
        if len(found) - number >= 2:
            aside.extend(int(i) for i in random.permutation(found)[:number])
    return set(random.permutation(aside)[:HELD_OUT_MAX].tolist())
