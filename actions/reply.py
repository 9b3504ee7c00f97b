"""What the bot says, neutral of any channel: replies with choices, and the result of a turn."""

from dataclasses import dataclass, field

from actions.outcome import Outcome

CHOICE_VALUE_MAX_BYTES = 64  # core.telegram.org/bots/api#inlinekeyboardbutton, read 2026-11-23


@dataclass(frozen=True)
class Choice:
    """A button. `value` alone says what a tap means, so a late tap is never misread."""

    label: str
    value: str


@dataclass(frozen=True)
class Reply:
    """One bubble."""

    text: str
    choices: tuple[Choice, ...] = ()
    image: str | None = None


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
