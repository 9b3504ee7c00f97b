"""Placeholders in content: facts, the word by which the learner is addressed, values of the moment."""

import re
from collections.abc import Iterator

from actions.curriculum.model import Curriculum

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


def render(text: str, curriculum: Curriculum, **values: object) -> str:
    """Fill in the placeholders of a text.

    Args:
        text: Content text with `{{ fact.<slug> }}`, `{{ ban }}`, `{{ Ban }}` and the values' names.
        curriculum: Where the facts are, and how the learner is addressed.
        values: What else the text may name.

    Returns:
        The text as the citizen reads it.

    Raises:
        KeyError: A fact or value is unknown; published content has none such.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "ban":
            return curriculum.address
        if name == "Ban":
            return curriculum.address[:1].upper() + curriculum.address[1:]
        if name.startswith(FACT_PREFIX):
            return curriculum.facts[name.removeprefix(FACT_PREFIX)].value
        return str(values[name])

    return PLACEHOLDER.sub(value, text)
