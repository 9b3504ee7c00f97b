"""Try a model on questions that it was not trained on, as typed and without diacritics, and count what came of each."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.nlu.decision import ANSWER, SUGGEST, SUGGESTIONS
from bot.nlu.recogniser import Understood
from bot.nlu.syllable import fold
from bot.nlu.trained_model import TrainedModel
from bot.nlu.training_files import OUTSIDE_TOPIC

RIGHT, WRONG, SUGGESTED, MISSED, UNKNOWN = "right", "wrong", "suggested", "missed", "unknown"
VERDICTS = (RIGHT, WRONG, SUGGESTED, MISSED, UNKNOWN)
BEHAVIOURS = (OUTSIDE_TOPIC, "unsafe-request")  # These give no answer of a topic, so that they mislead nobody.
TYPED, FOLDED = "typed", "folded"


@dataclass(frozen=True)
class Question:
    """A question and the topics that are right for it; `is_frozen` when it belongs to the set that never changes."""

    text: str
    topics: tuple[str, ...]
    is_frozen: bool


def read_questions(frozen: Path, added: Path) -> list[Question]:
    """Return the questions to try a model on, each text once.

    Args:
        frozen: Tab-separated, with the columns question and topic (several joined by |).
        added: JSON lines with text and topic, of the trainers; there may be none.
    """
    with frozen.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    questions = {row["question"]: Question(row["question"], tuple(row["topic"].split("|")), is_frozen=True) for row in rows}
    if added.exists():
        for line in added.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            questions.setdefault(entry["text"], Question(entry["text"], (entry["topic"],), is_frozen=False))
    return list(questions.values())


def verdict(model: TrainedModel, understood: Understood, topics: Sequence[str]) -> str:
    """Return what came of a question.

    Right: an answer of a right topic, or admitting not to know where no answer would be right.
    Wrong: an answer of another topic. Suggested or missed: a list to choose from, with or
    without a right topic. Unknown: no answer, though there is one.
    """
    ranked = list(dict.fromkeys(model.topic_of(intent) for intent, _ in understood.ranking))
    if understood.decision == SUGGEST:
        shown = [topic for topic in ranked if topic not in BEHAVIOURS][:SUGGESTIONS]
        return SUGGESTED if set(shown) & set(topics) else MISSED
    if understood.decision != ANSWER:
        return RIGHT if OUTSIDE_TOPIC in topics else UNKNOWN
    if ranked[0] in topics:
        return RIGHT
    return UNKNOWN if ranked[0] in BEHAVIOURS else WRONG


def evaluate(model: TrainedModel, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Return one entry a question: text, right topics, and what came of it in each way of typing."""
    return [
        {
            "text": question.text,
            "topics": list(question.topics),
            "is_frozen": question.is_frozen,
            TYPED: _tried(model, question.text, question.topics),
            FOLDED: _tried(model, fold(question.text), question.topics),
        }
        for question in questions
    ]


def figures_of(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return for each way of typing how many questions had each verdict, and how many there are."""
    found = {}
    for way in (TYPED, FOLDED):
        counts = Counter(result[way]["verdict"] for result in results)
        found[way] = {name: counts[name] for name in VERDICTS} | {"total": len(results)}
    return found


def _tried(model: TrainedModel, text: str, topics: Sequence[str]) -> dict[str, Any]:
    understood = model.understand(text)
    intent = understood.ranking[0][0] if understood.ranking else ""
    return {
        "verdict": verdict(model, understood, topics),
        "decision": understood.decision,
        "topic": model.topic_of(intent) if intent else "",
        "intent": intent,
        "confidence": round(understood.confidence, 3),
    }
