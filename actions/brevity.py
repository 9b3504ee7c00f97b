"""Large letters, short sentences: one idea a bubble for learners who asked for it."""

import re
from dataclasses import replace

from actions.reply import Reply, Result

BUBBLE_MAX_CHARACTERS = 180
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
    """Return a text in parts of at most `BUBBLE_MAX_CHARACTERS`, a single longer sentence left whole."""
    body, mark, sources = text.partition("\n\nNguồn: ")
    parts: list[str] = []
    for paragraph in body.split("\n"):
        for sentence in _SENTENCE_END.split(paragraph) if len(paragraph) > BUBBLE_MAX_CHARACTERS else [paragraph]:
            joined = f"{parts[-1]}\n{sentence}" if parts else sentence
            if parts and len(joined) <= BUBBLE_MAX_CHARACTERS:
                parts[-1] = joined
            elif sentence:
                parts.append(sentence)
    parts = parts or [body]
    return [*parts[:-1], f"{parts[-1]}{mark}{sources}"]
