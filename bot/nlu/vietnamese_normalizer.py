"""Graph component: Vietnamese normalisation with the trainers' lexicon, stored in the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.normalisation import Lexicon, Normaliser

CLAUSES = "clauses"
NORMALISED = "normalised"
_FILE = "lexicon.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class VietnameseNormalizer(GraphComponent):
    """Sets `clauses` (lists of words) and `normalised` (text) on every message."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the lexicon's path, from the folder that training starts in."""
        return {"lexicon": "training_data/lexicon.yml"}

    def __init__(self, lexicon: Dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Build the normaliser from a parsed lexicon."""
        self._sections = lexicon
        self._normaliser = Normaliser(Lexicon.from_sections(lexicon))
        self._storage, self._resource = storage, resource

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> VietnameseNormalizer:
        """Read the lexicon for training."""
        text = Path(config["lexicon"]).read_text(encoding="utf-8")
        return cls(yaml.load(text, Loader=yaml.CSafeLoader), model_storage, resource)

    @classmethod
    def load(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> VietnameseNormalizer:  # fmt: skip
        """Read the lexicon from the model."""
        with model_storage.read_from(resource) as folder:
            return cls(json.loads((folder / _FILE).read_text(encoding="utf-8")), model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Store the lexicon in the model; there is nothing to learn."""
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(self._sections, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Normalise messages; one without text gets no clauses."""
        for message in messages:
            clauses = self._normaliser.clauses(message.get(TEXT) or "")
            message.set(CLAUSES, clauses)
            message.set(NORMALISED, " ".join(" ".join(c) for c in clauses), add_to_output=True)
        return messages
