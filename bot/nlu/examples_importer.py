"""Rasa importer: reads the trainers' example files once, with a fast YAML parser.

Rasa's own reader takes half a minute for these files, and reads them twice. The format is
the same, less what this project does not use: only intents with their examples, one a line.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, Dict, List

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_model_configuration

from bot.nlu.training_files import read_examples


class Example(Message):
    """A labelled text whose fingerprint costs little: its text and its intent decide it."""

    def fingerprint(self) -> str:
        """Return a hash of text and intent; what components add follows from these."""
        return hashlib.md5(f"{self.get(INTENT)}\t{self.get(TEXT)}".encode(), usedforsecurity=False).hexdigest()

    def __deepcopy__(self, _: Any) -> Example:
        """Return a copy; texts and intents themselves never change."""
        return Example(data=dict(self.data), output_properties=set(self.output_properties))


class ExamplesImporter(TrainingDataImporter):
    """Gives Rasa the examples, and nothing of stories or a domain."""

    def __init__(
        self, config_file: str | None = None, domain_path: str | None = None,
        training_data_paths: List[str] | str | None = None,
    ) -> None:  # fmt: skip
        """Take the config's path, and the folder of the examples."""
        self._config = config_file
        self._folders = [training_data_paths] if isinstance(training_data_paths, str) else list(training_data_paths or [])

    @functools.lru_cache(maxsize=1)  # noqa: B019 - one importer lives as long as its training
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the examples of all files."""
        found = (example for folder in self._folders for example in read_examples(Path(folder)))
        return TrainingData([Example.build(text=text, intent=intent) for text, intent in found])

    def get_config(self) -> Dict:
        """Return the pipeline's configuration."""
        return read_model_configuration(self._config) if self._config else {}

    def get_config_file_for_auto_config(self) -> str | None:
        """Return the path of the pipeline's configuration."""
        return self._config

    def get_domain(self) -> Domain:
        """Return an empty domain: dialogue is not Rasa's here."""
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Return no stories."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """Return no tests of dialogue."""
        return StoryGraph([])
