"""Tools for trainers and developers, run under Rasa's Python by `banso nlu …`."""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from bot.nlu.cross_validation import f1_by_intent
from bot.nlu.decision import calibration_error
from bot.nlu.features import CHARACTER_NGRAM_SIZE
from bot.nlu.normalisation import Normaliser, read_normaliser
from bot.nlu.recogniser import Recogniser, RecogniserSettings, Words
from bot.nlu.syllable import fold
from bot.nlu.training_files import HELD_OUT, LEXICON, TRAINING_DATA, fit_as_configured, read_examples, read_held_out
from bot.nlu.typing_ways import WAYS, type_all

SHOWN = 15
SEED = 7  # of the ways of typing
THIN_EXAMPLES = 40


def main() -> None:
    """Run one tool; what a person can mend is one line on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("explain").add_argument("question")
    evaluating = verbs.add_parser("evaluate")
    evaluating.add_argument("train", type=Path)
    evaluating.add_argument("test", type=Path)
    verbs.add_parser("diagnose").add_argument("test", type=Path, nargs="?", default=HELD_OUT)
    arguments = parser.parse_args()
    try:
        if arguments.verb == "explain":
            explain(arguments.question)
        elif arguments.verb == "evaluate":
            evaluate(arguments.train, arguments.test)
        else:
            diagnose(arguments.test)
    except ValueError as error:
        sys.exit(f"Lỗi: {error}")


def explain(question: str) -> None:
    """Print how a question is understood: the strongest features, and the nearest examples."""
    normaliser, texts, intents = _read_examples()
    recogniser = fit_as_configured(texts, intents)
    words = normaliser.normalise(question).split()
    understood = recogniser.understand(words)
    print(f"Hiểu thành: {' '.join(words)}\nQuyết định: {understood.decision}, độ tin cậy của chủ đề {understood.confidence:.2f}")
    for intent, probability in understood.ranking[:5]:
        print(f"  {probability:.2f}  {intent}")
    if not understood.ranking:
        return
    topic = _topic_of(recogniser, understood.ranking[0][0])
    print(f'Chữ nặng ký nhất cho chủ đề "{topic}":')
    for share, feature in _strongest(recogniser, words, topic)[:10]:
        print(f"  {share:+.3f}  {feature}")
    print("Ví dụ gần nhất:")
    near = _similarity(recogniser, [words], recogniser.vectoriser.matrix(texts))[0]
    for place in np.argsort(-near)[:5]:
        print(f"  {near[place]:.2f}  {intents[place]}: {' '.join(texts[place])}")


def evaluate(train: Path, test: Path) -> None:
    """Train on one labelled file; print accuracy, macro F1 and confused pairs on another, for each way of typing."""
    normaliser = read_normaliser(LEXICON)
    train_texts, train_intents = _read_labelled(train)
    test_texts, test_intents = _read_labelled(test)
    recogniser = Recogniser.fit([normaliser.normalise(t).split() for t in train_texts], train_intents, {}, RecogniserSettings())
    print(f"{len(train_texts)} ví dụ, {len(set(train_intents))} nhãn; đo trên {len(test_texts)} câu")
    for way in WAYS:
        understood = [recogniser.understand(normaliser.normalise(t).split()) for t in type_all(test_texts, way, SEED)]
        guesses = [u.ranking[0][0] if u.ranking else "" for u in understood]
        right = [g == i for g, i in zip(guesses, test_intents)]
        error = calibration_error([u.confidence for u in understood], right)
        print(f"{way:12s} đúng {np.mean(right):.1%}   F1 trung bình {macro_f1(guesses, test_intents):.1%}   sai số hiệu chuẩn {error:.1%}")
        pairs = Counter((i, g) for g, i in zip(guesses, test_intents) if g != i)
        for (intent, guess), number in pairs.most_common(SHOWN):
            print(f"    {number:4d}  {intent} → {guess or '(không hiểu)'}")


def diagnose(test: Path) -> None:
    """Print thin intents, doubled examples, those nearest to another intent, and the test questions that fail, with why."""
    _, texts, intents = _read_examples()
    print("Ý định mỏng nhất:")
    for intent, number in sorted(Counter(intents).items(), key=lambda item: item[1])[:SHOWN]:
        print(f"  {number:4d}  {intent}" + ("  (nên viết thêm)" if number < THIN_EXAMPLES else ""))
    print("Ví dụ giống hệt nhau sau khi bỏ dấu và mở viết tắt:")
    first: dict[str, int] = {}
    doubled: list[tuple[int, int]] = []
    for place, words in enumerate(texts):
        other = first.setdefault(fold(" ".join(words)), place)
        if other != place:
            doubled.append((place, other))
    for place, other in doubled[: 2 * SHOWN]:
        print(f"  {intents[other]}, {intents[place]}: {' '.join(texts[place])}")
    print(f"  ({len(doubled)} câu)")
    recogniser = fit_as_configured(texts, intents)
    rows = recogniser.vectoriser.matrix(texts)
    print("Ví dụ gần một ý định khác nhất:")
    for similarity, place, other in _nearest_of_others(rows, intents)[: 2 * SHOWN]:
        print(f"  {similarity:.2f}  {intents[place]}: {' '.join(texts[place])}\n        {intents[other]}: {' '.join(texts[other])}")
    print(f"Câu kiểm tra bị trả lời sai ({test}):")
    for question in read_held_out(test, LEXICON):
        judged = recogniser.judge(question)
        if judged.is_right or judged.confidence < recogniser.thresholds.answer:
            continue
        topic = _topic_of(recogniser, recogniser.understand(question.words).ranking[0][0])
        print(f"  {judged.confidence:.2f}  {'|'.join(question.topics)} → {topic}: {' '.join(question.words)}")
        near = _similarity(recogniser, [question.words], rows)[0]
        print(f"        vì: {', '.join(feature for _, feature in _strongest(recogniser, question.words, topic)[:5])}")
        print(f"        gần nhất: {intents[int(near.argmax())]}: {' '.join(texts[int(near.argmax())])}")


def _topic_of(recogniser: Recogniser, intent: str) -> str:
    return recogniser.labels.topics[recogniser.labels.topic_codes[recogniser.labels.intents.index(intent)]]


def _strongest(recogniser: Recogniser, words: Words, topic: str) -> list[tuple[float, str]]:
    """Return what each feature of a text adds to a topic's score, the most first."""
    places, values = recogniser.vectoriser.row(words)
    column = recogniser.labels.topics.index(topic)
    shares = values * recogniser.model.weights[places, column] * recogniser.model.scales[column]
    names = list(recogniser.vectoriser.vocabulary)
    return sorted(((float(share), _readable(names[place])) for share, place in zip(shares, places)), reverse=True)


def _nearest_of_others(rows: sparse.csr_matrix, intents: Sequence[str]) -> list[tuple[float, int, int]]:
    """Return similarity, place of an example, and place of the nearest one of another intent; the nearest first."""
    codes = np.unique(intents, return_inverse=True)[1]
    found = []
    for start in range(0, len(intents), 1000):
        near = (rows[start : start + 1000] @ rows.T).toarray()
        near[codes[start : start + 1000, None] == codes] = 0
        best = near.argmax(axis=1)
        found += [(float(near[row, other]), start + row, int(other)) for row, other in enumerate(best)]
    return sorted(found, reverse=True)


def macro_f1(guesses: Sequence[str], intents: Sequence[str]) -> float:
    """Return the mean over the labels of the harmonic mean of precision and recall, 0 to 1."""
    return float(np.mean(list(f1_by_intent(guesses, intents).values())))


def _similarity(recogniser: Recogniser, some: Sequence[Words], rows: sparse.csr_matrix) -> np.ndarray:
    """Return the cosines (some, rows) between texts and rows of features."""
    return (recogniser.vectoriser.matrix(some) @ rows.T).toarray()


def _readable(feature: str) -> str:
    """Return a feature's name as a trainer reads it: a word, a pair, or a piece of a word."""
    is_piece = feature.startswith("c") and len(feature) == 1 + CHARACTER_NGRAM_SIZE and " " not in feature
    return f"mẩu chữ {feature[1:]}" if is_piece else feature


def _read_examples() -> tuple[Normaliser, list[list[str]], list[str]]:
    normaliser = read_normaliser(LEXICON)
    texts, intents = [], []
    for text, intent in read_examples(TRAINING_DATA):
        words = normaliser.normalise(text).split()
        if words:
            texts.append(words)
            intents.append(intent)
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
