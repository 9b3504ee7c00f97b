"""A training job: train in a folder of its own, or take a model that is there, and report how good it is.

The service runs this under Rasa's Python with the job's folder as the working folder. It
holds `training_data/`, and `questions.jsonl` with the trainers' evaluation questions; the
job leaves `report.json` there, and `<name>.tar.gz` where it trained.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from bot.nlu.cross_validation import cross_validate
from bot.nlu.evaluation import evaluate, figures_of, read_questions
from bot.nlu.normalisation import read_normaliser
from bot.nlu.parenthood import die_with_parent
from bot.nlu.trained_model import read_model
from bot.nlu.training_files import FROZEN, HELD_OUT, LEXICON, TRAINING_DATA, read_examples, read_held_out, read_settings, read_topics

QUESTIONS = Path("questions.jsonl")
REPORT = Path("report.json")
NICENESS = 10  # A service that answers beside it goes first.
PERCENT_TRAINED, PERCENT_TRIED, PERCENT_DONE = 40, 50, 100


def say(percent: int, line: str) -> None:
    """Print how far the job is, for `bot.models.process`."""
    print(f"banso-percent: {percent}", flush=True)
    print(f"banso-progress: {line}", flush=True)


def main() -> None:
    """Run the job; what a trainer can mend is one marked line."""
    die_with_parent()
    os.nice(NICENESS)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the model's name")
    parser.add_argument("--model", type=Path, help="a trained model: nothing is trained then")
    parser.add_argument("--folds", type=int, default=0, help="parts of a cross-validation; 0 for none")
    arguments = parser.parse_args()
    try:
        report = run(arguments.name, arguments.model, arguments.folds)
    except (ValueError, OSError) as error:
        print(f"banso-error: {error}", flush=True)
        sys.exit(1)
    REPORT.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    say(PERCENT_DONE, "xong")


def run(name: str, model_file: Path | None, folds: int) -> dict[str, Any]:
    """Train unless there is a model, try it, cross-validate; return the report.

    Raises:
        ValueError: The model's file, or a file of questions, cannot be read.
    """
    if model_file is None:
        say(5, "chuẩn bị huấn luyện")
        from bot.nlu.train import train  # Rasa takes seconds to import, and measuring needs none of it.

        train(".", name)
        model_file = Path(f"{name}.tar.gz")
        if not model_file.exists():
            raise ValueError("Rasa không ghi ra mô hình")
    say(PERCENT_TRAINED, "thử mô hình trên các câu hỏi kiểm tra")
    results = evaluate(read_model(model_file), read_questions(FROZEN, QUESTIONS))
    frozen, added = ([r for r in results if r["is_frozen"] is kind] for kind in (True, False))
    say(PERCENT_TRIED, f"đã thử {len(frozen)} câu kiểm tra và {len(added)} câu do người soạn bài thêm")
    examples = list(read_examples(TRAINING_DATA))
    report: dict[str, Any] = {
        "frozen": figures_of(frozen),
        "added": figures_of(added),
        "examples": len(examples),
        "intents": len({intent for _, intent in examples}),
        "cross_validation": _cross_validation(examples, folds) if folds else None,
    }
    return {"figures": report, "results": results}


def _cross_validation(examples: list[tuple[str, str]], folds: int) -> dict[str, Any]:
    normaliser = read_normaliser(LEXICON)
    pairs = [(words, intent) for text, intent in examples if (words := normaliser.normalise(text).split())]

    def done(fold: int) -> None:
        say(PERCENT_TRIED + (PERCENT_DONE - PERCENT_TRIED - 1) * fold // folds, f"kiểm định chéo: xong phần {fold}/{folds}")

    held_out = read_held_out(HELD_OUT, LEXICON)
    texts, intents = [words for words, _ in pairs], [intent for _, intent in pairs]
    return cross_validate(texts, intents, read_topics(TRAINING_DATA), read_settings(), held_out, folds, done)


if __name__ == "__main__":
    main()
