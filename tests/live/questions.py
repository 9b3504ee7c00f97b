"""The test questions: by other authors than the examples, and in no training file."""

import csv
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Question:
    """A question, the topics that are right, best first, and its style."""

    text: str
    topics: tuple[str, ...]
    style: str


def read_questions() -> list[Question]:
    """Return the questions of all test sets."""
    questions = []
    for path in sorted(DATA.glob("questions_*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            questions += [Question(row["question"], tuple(row["topic"].split("|")), row["style"]) for row in rows]
    return questions
