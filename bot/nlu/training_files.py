"""The files a model is trained with: examples, topics from folders, held-out questions."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from bot.nlu.normalisation import read_normaliser
from bot.nlu.recogniser import HeldOut

OUTSIDE_TOPIC = "out-of-scope"


def read_examples(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield text and intent of each example; `banso content lint` has checked the files.

    Args:
        folder: Holds Rasa's YAML files in `answers/<topic>/` and `behaviours/<topic>/`.
    """
    for path in sorted(folder.glob("*/*/*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines():
                yield line.removeprefix("- ").strip(), str(block["intent"])


def read_topics(folder: Path) -> Mapping[str, str]:
    """Return intent → topic: the folder that an intent's file lies in names its topic."""
    return {path.stem: path.parent.name for path in folder.glob("*/*/*.yml")}


def read_held_out(path: Path, lexicon: Path) -> list[HeldOut]:
    """Return the held-out questions, normalised; none where there is no such file.

    Args:
        path: Tab-separated, with the columns question and topic (several joined by |).
        lexicon: The lexicon's file.
    """
    if not path.exists():
        return []
    normaliser = read_normaliser(lexicon)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    held_out = []
    for row in rows:
        topics = tuple(row["topic"].split("|"))
        held_out.append(HeldOut(normaliser.normalise(row["question"]).split(), topics, OUTSIDE_TOPIC in topics))
    return held_out
