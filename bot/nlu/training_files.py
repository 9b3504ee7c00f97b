"""The files a model is trained with: examples, topics from folders, held-out questions, the pipeline's settings."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from bot.nlu.normalisation import read_normaliser
from bot.nlu.recogniser import HeldOut, Recogniser, RecogniserSettings

OUTSIDE_TOPIC = "out-of-scope"
CONFIG = Path(__file__).parent / "config.yml"  # Data may lie elsewhere; the pipeline is always this project's.
CLASSIFIER = "LinearIntentClassifier"
TRAINING_DATA = Path("training_data")
LEXICON = TRAINING_DATA / "lexicon.yml"
HELD_OUT = TRAINING_DATA / "held_out.tsv"
FROZEN = TRAINING_DATA / "frozen.tsv"  # neither trained on nor used for calibration


def fit_as_configured(texts: Sequence[Sequence[str]], intents: Sequence[str]) -> Recogniser:
    """Train on normalised texts as the pipeline does: with its settings, topics and held-out questions.

    Args:
        texts: The normalised words of each example.
        intents: The intent of each.
    """
    return Recogniser.fit(texts, intents, read_topics(TRAINING_DATA), read_settings(), read_held_out(HELD_OUT, LEXICON))


def read_settings() -> RecogniserSettings:
    """Return the settings of the classifier in the pipeline's configuration."""
    pipeline = yaml.load(CONFIG.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["pipeline"]
    return RecogniserSettings.from_dict(next(part for part in pipeline if part["name"].endswith(CLASSIFIER)))


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
