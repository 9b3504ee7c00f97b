"""Tools for trainers and developers, run under Rasa's Python by `banso nlu …`."""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml

from bot.nlu.decision import calibration_error
from bot.nlu.normalisation import Normaliser, read_normaliser
from bot.nlu.recogniser import Recogniser, RecogniserSettings, Words
from bot.nlu.syllable import fold
from bot.nlu.training_files import read_held_out, read_topics

TRAINING_DATA = Path("training_data")
LEXICON = TRAINING_DATA / "lexicon.yml"
HELD_OUT = TRAINING_DATA / "held_out.tsv"
SHOWN = 15
THIN_EXAMPLES = 40


def main() -> None:
    """Run one tool; what a person can mend is one line on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("explain").add_argument("question")
    evaluating = verbs.add_parser("evaluate")
    evaluating.add_argument("train", type=Path)
    evaluating.add_argument("test", type=Path)
    verbs.add_parser("diagnose")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "explain":
            explain(arguments.question)
        elif arguments.verb == "evaluate":
            evaluate(arguments.train, arguments.test)
        else:
            diagnose()
    except ValueError as error:
        sys.exit(f"Lỗi: {error}")


def explain(question: str) -> None:
    """Print how a question is understood: the strongest features, and the nearest examples."""
    normaliser, texts, intents = _read_examples()
    recogniser = _fit(texts, intents)
    words = normaliser.normalise(question).split()
    understood = recogniser.understand(words)
    print(f"Hiểu thành: {' '.join(words)}\nQuyết định: {understood.decision}, độ tin cậy của chủ đề {understood.confidence:.2f}")
    for intent, probability in understood.ranking[:5]:
        print(f"  {probability:.2f}  {intent}")
    if not understood.ranking:
        return
    indices, values = recogniser.vectoriser.row(words)
    topic = recogniser.labels.topic_codes[recogniser.labels.intents.index(understood.ranking[0][0])]
    names = {place: name for name, place in recogniser.vectoriser.vocabulary.items()}
    shares = values * recogniser.model.weights[indices, topic].astype(np.float32)
    print(f'Chữ nặng ký nhất cho chủ đề "{recogniser.labels.topics[topic]}":')
    for place in np.argsort(-shares)[:10]:
        print(f"  {shares[place]:+.3f}  {_readable(names[int(indices[place])])}")
    print("Ví dụ gần nhất:")
    near = _similarity(recogniser, [words], texts)[0]
    for place in np.argsort(-near)[:5]:
        print(f"  {near[place]:.2f}  {intents[place]}: {' '.join(texts[place])}")


def evaluate(train: Path, test: Path) -> None:
    """Train on one labelled file, print accuracy and macro F1 on another for each way of typing."""
    normaliser = read_normaliser(LEXICON)
    train_texts, train_intents = _read_labelled(train)
    test_texts, test_intents = _read_labelled(test)
    recogniser = Recogniser.fit([normaliser.normalise(t).split() for t in train_texts], train_intents, {}, RecogniserSettings())
    print(f"{len(train_texts)} ví dụ, {len(set(train_intents))} nhãn; đo trên {len(test_texts)} câu")
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (("như đã gõ", str), ("không dấu", fold))
    for name, way in ways:
        understood = [recogniser.understand(normaliser.normalise(way(t)).split()) for t in test_texts]
        guesses = [u.ranking[0][0] if u.ranking else "" for u in understood]
        right = [g == i for g, i in zip(guesses, test_intents)]
        error = calibration_error([u.confidence for u in understood], right)
        print(f"{name:12s} đúng {np.mean(right):.1%}   F1 trung bình {macro_f1(guesses, test_intents):.1%}   sai số hiệu chuẩn {error:.1%}")
        pairs = Counter((i, g) for g, i in zip(guesses, test_intents) if g != i)
        for (intent, guess), number in pairs.most_common(SHOWN):
            print(f"    {number:4d}  {intent} → {guess or '(không hiểu)'}")


def diagnose() -> None:
    """Print thin intents, examples that stand nearest to another intent, and held-out questions that fail."""
    _, texts, intents = _read_examples()
    counts = Counter(intents)
    print("Ý định mỏng nhất:")
    for intent, number in sorted(counts.items(), key=lambda item: item[1])[:SHOWN]:
        print(f"  {number:4d}  {intent}" + ("  (nên viết thêm)" if number < THIN_EXAMPLES else ""))
    recogniser = _fit(texts, intents)
    print("Ví dụ gần một ý định khác nhất:")
    alien = []
    for start in range(0, len(texts), 1000):
        near = _similarity(recogniser, texts[start : start + 1000], texts)
        for row, place in enumerate(range(start, min(start + 1000, len(texts)))):
            near[row, [other for other in range(len(texts)) if intents[other] == intents[place]]] = 0
            alien.append((float(near[row].max()), place, int(near[row].argmax())))
    for similarity, place, other in sorted(alien, reverse=True)[: 2 * SHOWN]:
        print(f"  {similarity:.2f}  {intents[place]}: {' '.join(texts[place])}\n        {intents[other]}: {' '.join(texts[other])}")
    print("Câu kiểm tra bị trả lời sai:")
    for held_out in read_held_out(HELD_OUT, LEXICON):
        judged = recogniser.judge(held_out)
        if not judged.is_right and judged.confidence >= recogniser.thresholds.answer:
            print(f"  {judged.confidence:.2f}  {'|'.join(held_out.topics)}: {' '.join(held_out.words)}")


def macro_f1(guesses: Sequence[str], intents: Sequence[str]) -> float:
    """Return the mean over the labels of the harmonic mean of precision and recall, 0 to 1."""
    guessed, wanted = Counter(guesses), Counter(intents)
    hit = Counter(i for g, i in zip(guesses, intents) if g == i)
    return float(np.mean([2 * hit[label] / (guessed[label] + wanted[label]) for label in wanted]))


def _fit(texts: Sequence[Words], intents: Sequence[str]) -> Recogniser:
    return Recogniser.fit(texts, intents, read_topics(TRAINING_DATA), RecogniserSettings(), read_held_out(HELD_OUT, LEXICON))


def _similarity(recogniser: Recogniser, some: Sequence[Words], texts: Sequence[Words]) -> np.ndarray:
    """Return the cosines (some, texts) between texts."""
    matrix = recogniser.vectoriser.matrix(texts)
    return (recogniser.vectoriser.matrix(some) @ matrix.T).toarray()


def _readable(feature: str) -> str:
    """Return a feature's name as a trainer reads it: a word, a pair, or a piece of a word."""
    if feature.startswith("c") and ("<" in feature or ">" in feature or len(feature) <= 5):
        return f"mẩu chữ {feature[1:]}"
    return feature


def _read_examples() -> tuple[Normaliser, list[list[str]], list[str]]:
    normaliser = read_normaliser(LEXICON)
    texts, intents = [], []
    for path in sorted(TRAINING_DATA.glob("*/*/*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines():
                words = normaliser.normalise(line.removeprefix("- ")).split()
                if words:
                    texts.append(words)
                    intents.append(str(block["intent"]))
    return normaliser, texts, intents


def _read_labelled(path: Path) -> tuple[list[str], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: không phải chữ UTF-8; hãy lưu lại với mã hoá UTF-8") from None
    if not rows or not {"text", "intent"} <= set(rows[0]):
        raise ValueError(f"{path}: cần dòng đầu có hai cột text và intent, cách nhau bằng phím Tab")
    for number, row in enumerate(rows, 2):
        if not row["text"] or not row["intent"]:
            raise ValueError(f"{path}: dòng {number}: thiếu text hoặc intent")
    return [r["text"] for r in rows], [r["intent"] for r in rows]


if __name__ == "__main__":
    main()
