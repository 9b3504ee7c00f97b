"""Graph component: sparse features, a linear model, calibrated confidence and the decision."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.recogniser import Recogniser, RecogniserSettings
from bot.nlu.training_files import read_held_out, read_topics
from bot.nlu.vietnamese_normalizer import CLAUSES, VietnameseNormalizer

logger = logging.getLogger(__name__)
_ARRAYS, _DOCUMENT = "recogniser.npz", "recogniser.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent`, `intent_ranking` and `decision` on every message."""

    @classmethod
    def required_components(cls) -> List[type]:
        """Ask for the normaliser before."""
        return [VietnameseNormalizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings: where topics, lexicon and held-out questions are, and `RecogniserSettings`."""
        paths = {"examples": "training_data", "lexicon": "training_data/lexicon.yml", "held_out": "training_data/held_out.tsv"}
        return paths | RecogniserSettings().as_dict()

    def __init__(self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, recogniser: Recogniser | None = None) -> None:
        """Take the settings, and the trained recogniser when there is one."""
        self._config = config
        self._storage, self._resource = storage, resource
        self._recogniser = recogniser

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> LinearIntentClassifier:
        """Make an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> LinearIntentClassifier:  # fmt: skip
        """Read the trained classifier from the model."""
        with model_storage.read_from(resource) as folder:
            document = json.loads((folder / _DOCUMENT).read_text(encoding="utf-8"))
            with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
                recogniser = Recogniser.from_parts(document, dict(arrays))
        return cls(config, model_storage, resource, recogniser)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples, and store what was learnt."""
        examples = [e for e in training_data.intent_examples if e.get(CLAUSES)]
        logger.info("%d ví dụ của %d ý định, đang học…", len(examples), len({e.get(INTENT) for e in examples}))
        recogniser = Recogniser.fit(
            [_words(e) for e in examples],
            [e.get(INTENT) for e in examples],
            read_topics(Path(self._config["examples"])),
            RecogniserSettings.from_dict(self._config),
            read_held_out(Path(self._config["held_out"]), Path(self._config["lexicon"])),
        )
        logger.info("đã học xong, đang đóng gói mô hình…")
        document, arrays = recogniser.to_parts()
        with self._storage.write_to(self._resource) as folder:
            (folder / _DOCUMENT).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            np.savez(folder / _ARRAYS, **arrays)
        self._recogniser = recogniser
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, ranking and decision; a text without known words is not understood."""
        assert self._recogniser is not None
        for message in messages:
            understood = self._recogniser.understand(_words(message))
            ranking = [{"name": name, "confidence": confidence} for name, confidence in understood.ranking]
            best = ranking[0]["name"] if ranking else None
            message.set(INTENT, {"name": best, "confidence": understood.confidence}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set("decision", understood.decision, add_to_output=True)
        return messages


def _words(message: Message) -> list[str]:
    return [word for clause in message.get(CLAUSES) or () for word in clause]
