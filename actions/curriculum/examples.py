"""Read the examples and the lexicon that teach the NLU model, noting problems.

The files are Rasa's own YAML format; Rasa reads them itself when it trains.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from actions.curriculum.problems import Problems
from actions.curriculum.reading import read_yaml
from actions.wording import plain, words_of

EXAMPLE_MAX_CHARACTERS = 1000
_RESERVED = re.compile(r"[\[\]{}]|^/")  # Rasa reads these as entities, templates and payloads.


@dataclass(frozen=True)
class Example:
    """One thing citizens say, and the intent that it means."""

    text: str
    intent: str


@dataclass
class Examples:
    """All examples, and the file of each intent."""

    items: list[Example] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)


def folded_key(text: str) -> str:
    """Return the words of a text without diacritics, case and punctuation: alike means double."""
    return " ".join(map(plain, words_of(text)))


def read_examples(folder: Path, problems: Problems) -> Examples:
    """Read all example files below `answers/` and `behaviours/`."""
    examples = Examples()
    seen: dict[str, Example] = {}
    for path in sorted([*folder.glob("answers/*/*.yml"), *folder.glob("behaviours/*/*.yml")]):
        for intent, lines in _read_intents(path, problems):
            if intent != path.stem:
                problems.add(path, "intent", f'đang là "{intent}"; phải trùng tên tệp: {path.stem}')
            if intent in examples.paths:
                problems.add(path, "intent", f'"{intent}" đã có ở {examples.paths[intent].name}; mỗi ý định một tệp')
            examples.paths[intent] = path
            for number, text in enumerate(lines, 1):
                example = Example(text, intent)
                _check_example(path, number, example, seen, problems)
                examples.items.append(example)
    return examples


def read_lexicon(path: Path, problems: Problems) -> dict[str, dict[str, list[str]]]:
    """Read the lexicon: section → meaning → spellings."""
    sections: dict[str, dict[str, list[str]]] = {}
    seen: dict[str, str] = {}
    for section, meanings in read_yaml(path, problems).items():
        if not isinstance(meanings, Mapping):
            problems.add(path, str(section), 'phải gồm các dòng "nghĩa chung: [cách viết 1, cách viết 2]"')
            continue
        sections[str(section)] = {}
        for meaning, spellings in meanings.items():
            if not isinstance(spellings, list) or not all(isinstance(s, str) for s in spellings):
                problems.add(
                    path, f"{section} → {meaning}", 'phải là danh sách chữ trong [ ], cách nhau dấu phẩy; "no", "on" và số phải có dấu nháy'
                )
                continue
            sections[str(section)][str(meaning)] = spellings
            for spelling in spellings:
                if spelling.lower() in seen:
                    problems.add(
                        path, f"{section} → {meaning}", f'"{spelling}" đã ghi ở "{seen[spelling.lower()]}"; mỗi cách viết chỉ ghi một lần'
                    )
                seen[spelling.lower()] = str(meaning)
    return sections


def _read_intents(path: Path, problems: Problems) -> list[tuple[str, list[str]]]:
    blocks = read_yaml(path, problems).get("nlu")
    if not isinstance(blocks, list):
        problems.add(path, "nlu", 'thiếu mục "nlu:" với "- intent:" và "examples: |"')
        return []
    intents = []
    for block in blocks:
        intent, text = (block.get("intent"), block.get("examples")) if isinstance(block, dict) else (None, None)
        if not isinstance(intent, str) or not isinstance(text, str):
            problems.add(path, "nlu", 'mỗi khối cần "intent: <mã>" và "examples: |", rồi mỗi ví dụ một dòng mở bằng "- "')
            continue
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        for number, line in enumerate(lines, 1):
            if not line.startswith("- "):
                problems.add(path, f"ví dụ {number}", f'"{line[:40]}" phải mở bằng "- "')
        intents.append((intent, [line.removeprefix("- ").strip() for line in lines]))
    return intents


def _check_example(path: Path, number: int, example: Example, seen: dict[str, Example], problems: Problems) -> None:
    place = f"ví dụ {number}"
    text = example.text
    if _RESERVED.search(text):
        problems.add(path, place, f'"{text[:40]}" có ký tự [ ] {{ }} hoặc mở bằng /; hãy bỏ ký tự ấy')
    if len(text) > EXAMPLE_MAX_CHARACTERS:
        problems.add(path, place, f"dài {len(text)} ký tự; tối đa {EXAMPLE_MAX_CHARACTERS}")
    key = folded_key(text)
    if not key:
        key = text
    if key in seen:
        other = seen[key]
        where = "cùng ý định" if other.intent == example.intent else f'ý định "{other.intent}"'
        problems.add(path, place, f'"{text[:60]}" trùng với ví dụ của {where} (không kể dấu); mỗi câu chỉ ghi một nơi')
    seen[key] = example
