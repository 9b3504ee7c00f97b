"""Examples for the benches: drawn from the training data with a seed, split, and written as Rasa reads them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.nlu.training_files import TRAINING_DATA, read_examples, read_topics


class Example(NamedTuple):
    """A text, its intent, and the topic the intent belongs to."""

    text: str
    intent: str
    topic: str


def read_corpus() -> list[Example]:
    """Return all examples of the project."""
    topics = read_topics(TRAINING_DATA)
    return [Example(text, intent, topics[intent]) for text, intent in read_examples(TRAINING_DATA)]


def draw(corpus: Sequence[Example], *, intents: int, per_intent: int, seed: int) -> list[Example]:
    """Draw some intents, and some examples of each; all of them where fewer are there."""
    chance = random.Random(seed)
    by_intent = group(corpus)
    names = sorted(by_intent)
    chosen = sorted(chance.sample(names, min(intents, len(names))))
    return [example for name in chosen for example in chance.sample(by_intent[name], min(per_intent, len(by_intent[name])))]


def folds(examples: Sequence[Example], number: int, seed: int) -> Iterator[tuple[list[Example], list[Example]]]:
    """Yield training and test part of each fold; every intent is spread evenly over the folds."""
    chance = random.Random(seed)
    place: dict[Example, int] = {}
    for found in group(examples).values():
        for i, example in enumerate(chance.sample(found, len(found))):
            place[example] = i % number
    for fold in range(number):
        yield [e for e in examples if place[e] != fold], [e for e in examples if place[e] == fold]


def group(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return the examples of each intent."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example)
    return by_intent


def write(examples: Sequence[Example], folder: Path) -> Path:
    """Write examples as Rasa's YAML, a file for each intent in its topic's folder; return the folder."""
    for intent, found in group(examples).items():
        path = folder / "answers" / found[0].topic / f"{intent}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"    - {e.text}\n" for e in found)
        path.write_text(f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}', encoding="utf-8")
    return folder
