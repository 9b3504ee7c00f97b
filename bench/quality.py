"""What examples buy, and what confidence is worth: learning curve and risk–coverage plot on questions in no training file.

Both are measured on the frozen questions, by other authors; thresholds come from the held-out questions.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import timeit
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.charts import draw_learning_curve, draw_risk_coverage
from bench.data import Example, group, read_corpus
from bot.nlu.decision import Judged, calibration_error
from bot.nlu.normalisation import read_normaliser
from bot.nlu.recogniser import HeldOut, Recogniser
from bot.nlu.training_files import HELD_OUT, LEXICON, fit_as_configured, read_held_out
from bot.nlu.typing_ways import WAYS, type_all

LONG_TEXT = 500  # characters
TEST_SET = Path("training_data/frozen.tsv")
FULLY_MARKED = ("clean", "regional", "story")  # styles typed with diacritics
EXAMPLES_EACH = (5, 10, 20, 40, 1000)


def main() -> None:
    """Train on more and more examples; print, write JSON and plots."""
    parser = argparse.ArgumentParser(prog="python -m bench quality", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("docs/understanding"))
    arguments = parser.parse_args()
    corpus = read_corpus()
    questions = read_held_out(TEST_SET, LEXICON)
    sizes, curves = [], {"đúng chủ đề": [], "trả lời đúng": [], "trả lời sai": []}
    for most in EXAMPLES_EACH:
        chance = random.Random(arguments.seed)
        drawn = [e for found in group(corpus).values() for e in chance.sample(found, min(most, len(found)))]
        recogniser = fit(drawn)
        judged = [recogniser.judge(q) for q in questions]
        shares = verdicts(judged, recogniser)
        sizes.append(len(drawn) / len(group(corpus)))
        for label, value in zip(curves, shares):
            curves[label].append(100 * value)
        print(f"{sizes[-1]:5.1f} ví dụ: " + ", ".join(f"{label} {values[-1]:.1f} %" for label, values in curves.items()), flush=True)
    error = calibration_error([j.confidence for j in judged], [j.is_right for j in judged])
    threshold = recogniser.thresholds
    by_way = right_by_way(recogniser, arguments.seed)
    print("đúng chủ đề, theo cách gõ: " + ", ".join(f"{way} {share:.1f} %" for way, share in by_way.items()))
    print(f"{len(questions)} câu; sai số hiệu chuẩn {error:.1%}; ngưỡng trả lời {threshold.answer:.2f}, gợi ý {threshold.suggest:.2f}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw_learning_curve(sizes, curves, arguments.out / "learning-curve.png")
    held_out = [recogniser.judge(q) for q in read_held_out(HELD_OUT, LEXICON)]
    plotted = {"câu hỏi lạ": risk_coverage(judged), "câu hỏi để riêng": risk_coverage(held_out)}
    answered = [j for j in judged if j.confidence >= threshold.answer]
    point = (100 * len(answered) / len(judged), 100 * float(np.mean([not j.is_right for j in answered])))
    draw_risk_coverage(plotted, point, arguments.out / "risk-coverage.png")
    normalising = normaliser_milliseconds()
    print(f"chuẩn hoá {LONG_TEXT} ký tự: {normalising:.2f} ms")
    document = {
        "normalise_500_characters_ms": normalising, "questions": len(questions), "right_topic_per_cent_by_way": by_way,
        "examples_each": sizes, "per_cent": curves, "calibration_error": error,
        "thresholds": threshold.as_dict(), "answered_per_cent": point[0], "wrong_among_answered_per_cent": point[1],
    }  # fmt: skip
    (arguments.out / "quality.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def fit(examples: Sequence[Example]) -> Recogniser:
    """Train as the pipeline does, without Rasa around it."""
    normaliser = read_normaliser(LEXICON)
    return fit_as_configured([normaliser.normalise(e.text).split() for e in examples], [e.intent for e in examples])


def normaliser_milliseconds() -> float:
    """Return the median time to normalise 500 characters."""
    normaliser = read_normaliser(LEXICON)
    text = " ".join(e.text for e in read_corpus()[:50])[:LONG_TEXT]
    return 1000 * float(np.median(timeit.repeat(lambda: normaliser.normalise(text), number=1, repeat=200)))


def right_by_way(recogniser: Recogniser, seed: int) -> dict[str, float]:
    """Return the per cent whose best topic is right, of the test questions typed with diacritics, for each way of typing."""
    normaliser = read_normaliser(LEXICON)
    with TEST_SET.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["style"] in FULLY_MARKED]
    shares = {}
    for way in WAYS:
        typed = type_all([row["question"] for row in rows], way, seed)
        asked = [HeldOut(normaliser.normalise(text).split(), tuple(row["topic"].split("|"))) for text, row in zip(typed, rows)]
        shares[way] = 100 * float(np.mean([recogniser.judge(question).is_right for question in asked]))
    return shares


def verdicts(judged: Sequence[Judged], recogniser: Recogniser) -> tuple[float, float, float]:
    """Return the shares whose best topic is right, that are answered rightly (or rightly not), that are answered wrongly."""
    answers = [j.confidence >= recogniser.thresholds.answer for j in judged]
    right = [j.is_right if answer else j.is_outside for j, answer in zip(judged, answers)]
    wrong = [answer and not j.is_right for j, answer in zip(judged, answers)]
    return float(np.mean([j.is_right for j in judged])), float(np.mean(right)), float(np.mean(wrong))


def risk_coverage(judged: Sequence[Judged]) -> tuple[list[float], list[float]]:
    """Return coverage and risk, in per cent, as ever less confident answers are given."""
    ordered = sorted(judged, key=lambda j: -j.confidence)
    wrong = np.cumsum([not j.is_right for j in ordered])
    number = np.arange(1, len(ordered) + 1)
    return (100 * number / len(ordered)).tolist(), (100 * wrong / number).tolist()


if __name__ == "__main__":
    main()
