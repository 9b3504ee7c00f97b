"""Find examples of different answers that are nearly the same; `find_confused` runs this file as a process of its own."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import yaml

from actions.curriculum.adding import examples_in
from actions.curriculum.tree import EXAMPLES, item_of
from actions.likeness import Pair, nearest_pairs
from bot.apart import run_apart
from bot.nlu.normalisation import Lexicon, Normaliser
from bot.nlu.parenthood import die_with_parent

ALIKE = 0.75  # cosine from which two examples may be confused
KEPT_PAIRS = 100
KEPT_EXAMPLES = 5  # of each pair of answers
LEXICON = "training_data/lexicon.yml"


async def find_confused(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the pairs of answers whose examples are most alike.

    Args:
        files: The working texts by path.

    Returns:
        For each pair: `one` and `other` (intents), `count`, `likeness` of the nearest two,
        and some `examples` (text, text, likeness), the nearest first.
    """
    needed = {path: text for path, text in files.items() if path.startswith(EXAMPLES)}
    code, output = await run_apart("bot.confused_examples", needed)
    if code:
        raise RuntimeError(f"comparing the examples ended with {code}")
    found: list[dict[str, Any]] = json.loads(output)
    return found


def confused(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Compare all examples; see `find_confused`."""
    texts, intents = [], []
    for path in sorted(files):
        item = item_of(path)
        if item.kind == "answer":
            for text in examples_in(files[path]):
                texts.append(text)
                intents.append(item.slug)
    pairs: dict[tuple[str, str], list[tuple[Pair, str, str]]] = defaultdict(list)
    for pair in nearest_pairs(texts, intents, alike=ALIKE, normalise=_normaliser(files.get(LEXICON, "")).normalise):
        (one, said), (other, others) = sorted(((intents[pair.one], texts[pair.one]), (intents[pair.other], texts[pair.other])))
        pairs[one, other].append((pair, said, others))
    found: list[dict[str, Any]] = [
        {
            "one": one, "other": other, "count": len(alike), "likeness": alike[0][0].likeness,
            "examples": [[said, others, pair.likeness] for pair, said, others in alike[:KEPT_EXAMPLES]],
        }
        for (one, other), alike in pairs.items()
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (-pair["likeness"], pair["one"], pair["other"]))[:KEPT_PAIRS]


def _normaliser(lexicon: str) -> Normaliser:
    try:
        sections = yaml.load(lexicon, Loader=yaml.CSafeLoader) or {}
        return Normaliser(Lexicon.from_sections(sections))
    except (yaml.YAMLError, AttributeError, TypeError):
        return Normaliser(Lexicon({}, 1))  # A broken lexicon is told by the lint.


def main() -> None:
    """Print the pairs as JSON, of the texts given as JSON on standard input."""
    die_with_parent()
    os.nice(10)
    json.dump(confused(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
