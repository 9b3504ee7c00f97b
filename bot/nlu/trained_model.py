"""A trained model's file, opened without Rasa: what it understands is what the server understands, in a second."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.normalisation import Lexicon, Normaliser
from bot.nlu.recogniser import Recogniser, Understood

_LEXICON, _DOCUMENT, _ARRAYS = "/lexicon.json", "/recogniser.json", "/recogniser.npz"


@dataclass(frozen=True)
class TrainedModel:
    """The two components of a trained pipeline."""

    normaliser: Normaliser
    recogniser: Recogniser

    def understand(self, text: str) -> Understood:
        """Understand a text as the server does."""
        return self.recogniser.understand([word for clause in self.normaliser.clauses(text) for word in clause])

    def topic_of(self, intent: str) -> str:
        """Return the topic that an intent had when the model was trained."""
        labels = self.recogniser.labels
        return labels.topics[labels.topic_codes[labels.intents.index(intent)]]


def read_model(path: Path) -> TrainedModel:
    """Read the model in a `.tar.gz` that Rasa packed.

    Raises:
        ValueError: It is not a model of this pipeline.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            parts = {end: _part(archive, end) for end in (_LEXICON, _DOCUMENT, _ARRAYS)}
        with np.load(io.BytesIO(parts[_ARRAYS]), allow_pickle=False) as arrays:
            recogniser = Recogniser.from_parts(json.loads(parts[_DOCUMENT]), dict(arrays))
        return TrainedModel(Normaliser(Lexicon.from_sections(json.loads(parts[_LEXICON]))), recogniser)
    except (tarfile.TarError, OSError, EOFError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: không phải mô hình của Bạn Số ({type(error).__name__})") from error


def _part(archive: tarfile.TarFile, end: str) -> bytes:
    member = next((m for m in archive.getmembers() if m.isfile() and m.name.endswith(end)), None)
    file = None if member is None else archive.extractfile(member)
    if file is None:
        raise KeyError(end)
    return file.read()
