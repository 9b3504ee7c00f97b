"""Large letters, short sentences: one idea a bubble for learners who asked for it."""

import re
from dataclasses import replace
from itertools import groupby

from actions.reply import Reply, Result

BUBBLE_MAX_CHARACTERS = 180
SHORT_ITEM_CHARACTERS = 50  # A list of such items is one idea, and stays whole.
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^\W\d_]|\d+\.)")


def shorten(result: Result) -> Result:
    """Part long bubbles at their paragraphs and sentences; the choices stand below the last part."""
    replies: list[Reply] = []
    for reply in result.replies:
        *before, last = parts_of(reply.text)
        replies += [Reply(text) for text in before]
        replies.append(replace(reply, text=last))
    return replace(result, replies=tuple(replies))


def parts_of(text: str) -> list[str]:
    """Return a text in parts of at most `BUBBLE_MAX_CHARACTERS`; a longer sentence or list is left whole."""
    body, mark, sources = text.partition("\n\nNguồn: ")
    parts: list[str] = []
    for is_list, lines in groupby(body.split("\n"), _is_item):
        block = list(lines)
        if is_list and all(len(line) <= SHORT_ITEM_CHARACTERS for line in block):
            heading = [parts.pop()] if parts and parts[-1].endswith(":") else []
            parts.append("\n".join((*heading, *block)))
        else:
            parts += _joined(block, parts.pop() if parts and not is_list and not _is_item(parts[-1].split("\n")[-1]) else "")
    parts = parts or [body]
    return [*parts[:-1], f"{parts[-1]}{mark}{sources}"]


def _is_item(line: str) -> bool:
    return line.startswith("- ")


def _joined(lines: list[str], before: str) -> list[str]:
    """Return lines in parts, as many sentences together as are short enough, the first behind what came before."""
    parts = [before] if before else []
    for line in lines:
        for sentence in _SENTENCE_END.split(line) if len(line) > BUBBLE_MAX_CHARACTERS else [line]:
            joined = f"{parts[-1]}\n{sentence}" if parts else sentence
            if parts and len(joined) <= BUBBLE_MAX_CHARACTERS:
                parts[-1] = joined
            elif sentence:
                parts.append(sentence)
    return parts
