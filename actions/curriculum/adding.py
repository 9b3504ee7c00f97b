"""Turn what citizens asked into examples, and put them into an answer's examples file or take them out again."""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from actions.curriculum.examples import EXAMPLE_MAX_CHARACTERS, folded_key
from actions.curriculum.tree import EXAMPLES, Item, item_of

MASK = "•••"  # what the gate writes in the place of numbers, codes and addresses
WORDS_MIN = 2
FILES_REMEMBERED = 1000
_UNUSABLE = re.compile(r"[\[\]{}•]")  # Rasa reads brackets as entities; what was masked says nothing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]")
_HEAD = 'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n'
_LINE = "    - "


class UnusableQuestionError(ValueError):
    """A question cannot be an example; the message says why, in Vietnamese."""


@dataclass(frozen=True)
class Addition:
    """What adding examples to a file comes to: its text, what was added, and what was left out with whose it is."""

    text: str
    added: tuple[str, ...]
    doubled: Mapping[str, str]


def as_example(question: str) -> str:
    """Return a question as an example: one line, without what examples may not have; a masked number leaves a gap.

    Raises:
        UnusableQuestionError: Too little is left, or it is too long.
    """
    text = _UNUSABLE.sub(" ", _CONTROL.sub(" ", unicodedata.normalize("NFC", question.replace(MASK, " "))))
    text = " ".join(text.split()).lstrip("/-–— ").strip()
    if len(folded_key(text).split()) < WORDS_MIN:
        raise UnusableQuestionError(f"câu “{question[:60]}” chỉ còn quá ít chữ sau khi bỏ phần đã che; hãy bỏ qua câu này")
    if len(text) > EXAMPLE_MAX_CHARACTERS:
        raise UnusableQuestionError(
            f"câu “{question[:60]}…” dài {len(text)} ký tự, ví dụ tối đa {EXAMPLE_MAX_CHARACTERS}; hãy chép phần chính vào ví dụ bằng tay"
        )
    return text


def examples_in(text: str | None) -> list[str]:
    """Return the examples of a file; none for one that is not there or broken, which the lint tells."""
    if text is None:
        return []
    try:
        parsed = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return []
    blocks = parsed.get("nlu") if isinstance(parsed, dict) else None
    found = [block.get("examples") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    lines = [line.strip() for examples in found if isinstance(examples, str) for line in examples.splitlines()]
    return [line.removeprefix("- ").strip() for line in lines if line.startswith("- ")]


def keys_of(files: Mapping[str, str | None], paths: Iterable[str] | None = None) -> dict[str, str]:
    """Return the folded key of every example with the intent it belongs to.

    Args:
        files: The texts by path.
        paths: Which of them to read; all that hold examples unless named.
    """
    keys: dict[str, str] = {}
    for path in sorted(files if paths is None else paths):
        item = item_of(path)
        if path.startswith(EXAMPLES) and item.kind == "answer":
            keys |= dict.fromkeys(_keys_in(files[path]), item.slug)
    return keys


@functools.lru_cache(maxsize=FILES_REMEMBERED)
def _keys_in(text: str | None) -> tuple[str, ...]:
    """Return the folded examples of a file; most files are the same in the next version."""
    return tuple(folded_key(example) or example for example in examples_in(text))


def add_examples(text: str | None, intent: str, examples: Sequence[str], known: Mapping[str, str]) -> Addition:
    """Add examples at the end of a file; what is there already, here or elsewhere, is left out.

    Args:
        text: The file, None for a new one.
        intent: The answer.
        examples: What `as_example` returned.
        known: The folded keys of all examples, with their intents.
    """
    seen = dict(known) | {folded_key(example): intent for example in examples_in(text)}
    added, doubled = [], {}
    for example in examples:
        key = folded_key(example)
        if key in seen:
            doubled[example] = seen[key]
        else:
            seen[key] = intent
            added.append(example)
    lines = "".join(f"{_LINE}{example}\n" for example in added)
    return Addition((_HEAD.format(intent=intent) if text is None else _closed(text)) + lines, tuple(added), doubled)


def without_examples(text: str, examples: Collection[str]) -> str:
    """Return a file without some examples; each goes once, the last one first."""
    lines = text.splitlines(keepends=True)
    for example in examples:
        for place in range(len(lines) - 1, -1, -1):
            if lines[place].strip() == f"- {example}":
                del lines[place]
                break
    return "".join(lines)


def examples_path(item: Item, topic: str, files: Iterable[str]) -> str:
    """Return where the examples of an answer are, or would be."""
    found = [path for path in files if path.startswith(EXAMPLES) and item_of(path) == item]
    return found[0] if found else f"{EXAMPLES}answers/{topic}/{item.slug}.yml"


def _closed(text: str) -> str:
    return text.rstrip("\n") + "\n"
