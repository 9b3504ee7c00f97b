"""The test questions: by other authors than the examples, and in no training file."""

import csv
from dataclasses import dataclass

from bot.settings import ROOT

FROZEN = ROOT / "training_data" / "frozen.tsv"


@dataclass(frozen=True)
class Question:
    """A question, the topics that are right, best first, and its style."""

    text: str
    topics: tuple[str, ...]
    style: str


def read_questions() -> list[Question]:
    """Return the questions of the frozen set."""
    with FROZEN.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Question(row["question"], tuple(row["topic"].split("|")), row["style"]) for row in rows]
