"""Placeholders in content: facts, and the word by which the learner is addressed."""

import re
from collections.abc import Iterator

from actions.curriculum.model import Curriculum

DEFAULT_ADDRESS = "bạn"
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
FACT_PREFIX = "fact."
ADDRESS_NAMES = ("ban", "Ban")


def placeholders(text: str) -> Iterator[str]:
    """Yield the names that stand between double braces in a text."""
    return (match[1] for match in PLACEHOLDER.finditer(text))


def fact_slugs(text: str) -> list[str]:
    """Return the facts a text refers to, each once, in order."""
    names = (n.removeprefix(FACT_PREFIX) for n in placeholders(text) if n.startswith(FACT_PREFIX))
    return list(dict.fromkeys(names))


def render(text: str, curriculum: Curriculum, address: str = DEFAULT_ADDRESS) -> str:
    """Fill in the placeholders of a text.

    Args:
        text: Content text with `{{ fact.<slug> }}`, `{{ ban }}` and `{{ Ban }}`.
        curriculum: Where the facts are.
        address: How the learner is addressed, in lower case: bạn, bác, cô…

    Returns:
        The text as the citizen reads it.

    Raises:
        KeyError: A fact is unknown; published content has none such.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "ban":
            return address
        if name == "Ban":
            return address[:1].upper() + address[1:]
        return curriculum.facts[name.removeprefix(FACT_PREFIX)].value

    return PLACEHOLDER.sub(value, text)
