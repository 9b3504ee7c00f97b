"""Texts as channels carry them: composed, counted, parted where they are too long, with menus to answer by number; pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from actions.reply import Choice, Reply

# Where a text may be parted, the best place first: between paragraphs, lines, sentences, words.
# A digit and a dot are the number of a step, which stays with its step.
BORDERS = tuple(re.compile(border) for border in (r"\n\s*\n", r"\n", r"\n|(?<=[.!?…])(?<!\d\.)\s+", r"\s+"))
MENU_TITLE = "Trả lời bằng số:"


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units: no vendor says what it counts, and they are never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Return a text of ours with its letters composed, so that each counts as one, and without blanks around it."""
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode()).strip()


def line(text: str) -> str:
    """Return a text of ours as a single line."""
    return " ".join(clean(text).split())


def whole(value: Any) -> str:
    """Return a text that somebody sent without halves of characters, which no database takes; empty where it is none."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else ""


def joined(*texts: str | None) -> str:
    """Return texts as the paragraphs of one."""
    return "\n\n".join(filter(None, texts))


def said(reply: Reply, *, is_shown: bool) -> str:
    """Return the words of a bubble; its picture is told where it is not shown."""
    return joined(clean(reply.text), "" if is_shown or reply.image is None else told(reply.image.alt))


def told(alt: str) -> str:
    """Return what is said in the place of a picture."""
    return f"(Hình: {line(alt)})"


def label(number: int, choice: Choice) -> str:
    """Return a choice with the number that stands for it."""
    return f"{number}. {line(choice.label)}"


def menu(replies: Sequence[Reply]) -> str:
    """Return the choices of a turn as a list to answer by number, which runs on over the bubbles; empty where there are none."""
    choices = [choice for reply in replies for choice in reply.choices]
    return "\n".join((MENU_TITLE, *(label(n, choice) for n, choice in enumerate(choices, 1)))) if choices else ""


def parts_of(text: str, limit: int, borders: Sequence[re.Pattern[str]] = BORDERS, *, filled: float = 0.5) -> Iterator[str]:
    """Part a text into texts of at most so many UTF-16 code units, each as long as its border allows.

    Args:
        text: What is to be parted; blanks around the parts are lost, nothing else.
        limit: How long a part may be, at least 2.
        borders: Where to part, the best place first; what has no border is cut, never within a character.
        filled: How much of a part, from 0 to 1, a border must leave before it; what leaves less is hardly worth a message.
    """
    rest = text.strip()
    while units(rest) > limit:
        head = rest.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")
        border = _border(rest, int(filled * len(head)), len(head), borders)
        yield rest[:border].rstrip()
        rest = rest[border:].lstrip()
    if rest:
        yield rest


def fewest(text: str, limit: int, closing: str = "") -> list[str]:
    """Part a text into the fewest texts, at the widest borders that give so few.

    `closing` comes after it and fits into one part; it is not parted.
    """
    ways = ([*parts_of(text, limit, BORDERS[n:], filled=0)] for n in range(len(BORDERS) - 1))
    return min((_closed(parts, closing, limit) for parts in ways), key=len)


def merged(texts: Sequence[str], listed: str, limit: int) -> list[str]:
    """Return the texts of a turn, and its list of choices, in the fewest texts of at most so many UTF-16 code units.

    The list is never parted from the last text where both fit into one, nor within itself where it fits.
    """
    *before, last = [text for text in texts if text] or [""]
    closing = joined(last, listed)
    if units(closing) > limit:
        before, closing = [*before, last], listed
    if units(closing) > limit:
        before, closing = [*before, listed], ""
    return fewest(joined(*before), limit, closing)


def _border(text: str, least: int, most: int, borders: Sequence[re.Pattern[str]]) -> int:
    for border in borders:
        last = 0
        for found in border.finditer(text, least):
            if found.start() > most:
                break
            last = found.start()
        if last:
            return last
    return most


def _closed(parts: list[str], closing: str, limit: int) -> list[str]:
    if parts and units(joined(parts[-1], closing)) <= limit:
        return [*parts[:-1], joined(parts[-1], closing)]
    return [*parts, closing] if closing else parts
