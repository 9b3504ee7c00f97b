"""Ten times the answers: 2,000 synthetic intents of 15 examples, made by recombining the project's own, against today's model."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

from bench.compare import PIPELINES, percentiles, say, work
from bench.data import Example, read_corpus, write

EXAMPLES_EACH = 15
PARENTS = 4  # examples of others that each synthetic intent is made of
TIMED = 500


def main() -> None:
    """Train today's data and the synthetic intents; compare times."""
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=__doc__)
    parser.add_argument("--intents", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("docs/understanding"))
    arguments = parser.parse_args()
    corpus = read_corpus()
    asked = [e.text for e in random.Random(arguments.seed).sample(corpus, TIMED)]
    document = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps({"timed": asked}), encoding="utf-8")
        for label, examples in (("today", corpus), ("grown", recombine(corpus, arguments.intents, arguments.seed))):
            say(f"{label}: {len(examples)} ví dụ của {len({e.intent for e in examples})} ý định…")
            data, model = write(examples, folder / label), folder / f"{label}.tar.gz"
            trained = work("train", PIPELINES["ours"], data, model)
            measured = work("measure", model, folder / "texts.json")
            document[label] = {
                "intents": len({e.intent for e in examples}), "examples": len(examples), "train_seconds": trained["train_seconds"],
                "load_seconds": measured["load_seconds"],
                "parse_ms": percentiles(measured["parse_seconds"]), "process_mb": measured["peak_mb"],
                "model_mb": model.stat().st_size / 2**20,
            }  # fmt: skip
            say(f"  {document[label]}")
    ratio = document["grown"]["parse_ms"]["p50"] / document["today"]["parse_ms"]["p50"]
    say(f"học {document['grown']['train_seconds']:.0f} giây; hiểu một câu lâu gấp {ratio:.2f} lần")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "growth.json").write_text(json.dumps(document | {"parse_ratio": ratio}, indent=1) + "\n", encoding="utf-8")


def recombine(corpus: list[Example], intents: int, seed: int) -> list[Example]:
    """Make intents, each a topic of its own, whose examples join the first part of one parent with the last part of another."""
    chance = random.Random(seed)
    parents = [e.text.split() for e in corpus if 6 <= len(e.text.split()) <= 40]
    made = []
    for number in range(intents):
        chosen = chance.sample(parents, PARENTS)
        for _ in range(EXAMPLES_EACH):
            first, last = chance.sample(chosen, 2)
            text = " ".join(first[: chance.randint(3, len(first) - 1)] + last[chance.randint(1, len(last) - 3) :])
            made.append(Example(text, f"synthetic-{number}", f"synthetic-{number}"))
    return made


if __name__ == "__main__":
    main()
