"""What the bot says, neutral of any channel: replies with choices, and the result of a turn."""

from dataclasses import dataclass, field, replace
from typing import Any

from actions.outcome import Outcome

CHOICE_VALUE_MAX_BYTES = 64  # core.telegram.org/bots/api#inlinekeyboardbutton, read 2026-11-23


@dataclass(frozen=True)
class Choice:
    """A button. `value` alone says what a tap means, so a late tap is never misread."""

    label: str
    value: str


@dataclass(frozen=True)
class Image:
    """A picture: its address below the service's own, and what it says to those who cannot see it."""

    path: str
    alt: str


@dataclass(frozen=True)
class Poll:
    """A quiz question as a channel's native poll may show it; its options are the reply's first choices.

    `right` is the place of the right option, from 0; `explanation` is said to it.
    """

    question: str
    options: int
    right: int
    explanation: str


@dataclass(frozen=True)
class Reply:
    """One bubble."""

    text: str
    choices: tuple[Choice, ...] = ()
    image: Image | None = None
    poll: Poll | None = None


@dataclass(frozen=True)
class Result:
    """Everything that one turn gives back."""

    replies: tuple[Reply, ...]
    outcome: Outcome
    topic: str | None = None
    answer: str | None = None
    suggested_topics: tuple[str, ...] = ()
    confidence: float | None = None
    is_worth_review: bool = field(default=False)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices that are open after this turn, in the order they are numbered."""
        return tuple(choice for reply in self.replies for choice in reply.choices)

    def followed_by(self, other: "Result") -> "Result":
        """Return this result with the bubbles of another below its own."""
        return replace(self, replies=(*self.replies, *other.replies))


def of_document(document: dict[str, Any]) -> Reply:
    """Return the reply that a document holds."""
    image = document["image"]
    return Reply(document["text"], tuple(Choice(**c) for c in document["choices"]), None if image is None else Image(**image))


def as_document(reply: Reply) -> dict[str, Any]:
    """Return a reply as the REST API shows it, and as a waiting message keeps it."""
    return {
        "text": reply.text,
        "choices": [{"label": c.label, "value": c.value} for c in reply.choices],
        "image": None if reply.image is None else {"path": reply.image.path, "alt": reply.image.alt},
    }
