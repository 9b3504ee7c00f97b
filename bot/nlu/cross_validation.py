"""Train on a part of the examples and try the rest, in turn: which intents and topics are told apart, and which are not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bot.nlu.recogniser import HeldOut, Recogniser, RecogniserSettings, Words

SEED = 7
WORST = 20
CONFUSED_WITH = 3


def cross_validate(
    texts: Sequence[Words],
    intents: Sequence[str],
    topic_of: Mapping[str, str],
    settings: RecogniserSettings,
    held_out: Sequence[HeldOut],
    folds: int,
    say: Callable[[int], None] = lambda _fold: None,
) -> dict[str, Any]:
    """Return how well examples are understood by models that were trained without them.

    Args:
        texts: The normalised words of each example.
        intents: The intent of each.
        topic_of: Intent → topic.
        settings: Of the recogniser.
        held_out: Questions for calibration.
        folds: How many parts; each intent's examples are dealt out evenly.
        say: Told the number of each fold that is done.

    Returns:
        folds, examples, topic_accuracy, intent_accuracy and macro_f1 (0 to 1), and the
        `worst` intents, each with its f1, how many examples, and what it was taken for.
    """
    dealt = _deal(intents, folds)
    guesses = [""] * len(intents)
    for fold in range(folds):
        inside = [i for i, place in enumerate(dealt) if place != fold]
        recogniser = Recogniser.fit([texts[i] for i in inside], [intents[i] for i in inside], topic_of, settings, held_out)
        for i, place in enumerate(dealt):
            if place == fold:
                ranking = recogniser.understand(texts[i]).ranking
                guesses[i] = ranking[0][0] if ranking else ""
        say(fold + 1)
    return {"folds": folds, **scores(guesses, intents, topic_of)}


def scores(guesses: Sequence[str], intents: Sequence[str], topic_of: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures of guesses; see `cross_validate`."""
    by_intent = f1_by_intent(guesses, intents)
    taken_for: dict[str, Counter[str]] = {intent: Counter() for intent in by_intent}
    for guess, intent in zip(guesses, intents):
        if guess != intent:
            taken_for[intent][guess] += 1
    numbers = Counter(intents)
    worst = sorted(by_intent, key=lambda intent: (by_intent[intent], intent))[:WORST]
    return {
        "examples": len(intents),
        "intent_accuracy": float(np.mean([g == i for g, i in zip(guesses, intents)])),
        "topic_accuracy": float(np.mean([topic_of.get(g, g) == topic_of.get(i, i) for g, i in zip(guesses, intents)])),
        "macro_f1": float(np.mean(list(by_intent.values()))),
        "worst": [
            {
                "intent": intent,
                "f1": round(by_intent[intent], 3),
                "examples": numbers[intent],
                "taken_for": [{"intent": g, "count": n} for g, n in taken_for[intent].most_common(CONFUSED_WITH)],
            }
            for intent in worst
        ],
    }


def f1_by_intent(guesses: Sequence[str], intents: Sequence[str]) -> dict[str, float]:
    """Return for each label the harmonic mean of precision and recall, 0 to 1."""
    guessed, wanted = Counter(guesses), Counter(intents)
    hit = Counter(i for g, i in zip(guesses, intents) if g == i)
    return {label: 2 * hit[label] / (guessed[label] + wanted[label]) for label in wanted}


def _deal(intents: Sequence[str], folds: int) -> list[int]:
    """Return the fold of each example: those of an intent in turn, in a drawn order."""
    order = list(range(len(intents)))
    random.Random(SEED).shuffle(order)  # noqa: S311 - not for secrets
    dealt, seen = [0] * len(intents), Counter[str]()
    for place in order:
        dealt[place] = seen[intents[place]] % folds
        seen[intents[place]] += 1
    return dealt
