"""Where a sender stands in an open lesson, quiz, review, guide, drill, or question for a text."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

Kind = Literal["lesson", "quiz", "review", "guide", "drill", "input", "none"]
RESUME_WITHIN = timedelta(hours=6)  # later, nobody is led back to what was left open without asking for it
NAMING_NOTHING = ("quiz-now", "stop-quiz")  # values of choices that mean whatever is open
REFUSAL_HOLDS = timedelta(hours=12)  # for so long, who did not want to be remembered is not asked again


class Record(BaseModel):
    """Base of what is kept with a conversation; what an older service wrote may have more fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(Record):
    """One question of a sitting, and the choice that was taken, once it was."""

    lesson: str
    question: str
    choice: int | None = None
    is_right: bool = False


class Guest(Record):
    """What a guest said while learning without being remembered; it goes with the conversation's row."""

    refused_at: datetime | None = None
    path: str = ""

    def has_refused(self, now: datetime) -> bool:
        """Tell whether the guest said not long ago that they do not want to be remembered."""
        return self.refused_at is not None and now - self.refused_at < REFUSAL_HOLDS


class Position(Record):
    """The open activity of a conversation; of the kind "none" where only `guest` is kept.

    `step` is the step's number or name. `sitting` tells one time of taking a quiz or drill
    from another. `asked` holds the questions of a quiz or review in order, or the lines of a
    drill that were answered. `typed` is a text that was given and is not confirmed yet, sealed.
    `at` is when the position was last moved. `version` is the content version that it was begun in.
    """

    kind: Kind
    slug: str
    at: datetime
    step: str = ""
    sitting: str = ""
    asked: tuple[Asked, ...] = ()
    typed: str = ""
    guest: Guest | None = None
    version: str = ""

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it was moved so lately that the person is likely still at it."""
        return now - self.at <= RESUME_WITHIN

    def is_meant(self, value: str) -> bool:
        """Tell whether a choice's value has to do with it, however long ago it was open."""
        return value in NAMING_NOTHING or not self.begun.isdisjoint(value.split(":"))

    def answered(self, lesson: str, question: str, choice: int, *, is_right: bool) -> "Position":
        """Return the position with one question answered."""
        done = Asked(lesson=lesson, question=question, choice=choice, is_right=is_right)
        return self.model_copy(update={"asked": tuple(done if (a.lesson, a.question) == (lesson, question) else a for a in self.asked)})

    @property
    def begun(self) -> set[str]:
        """The lessons, guides and drills that it is in the middle of."""
        return set() if self.kind in ("input", "none") else {self.slug, *(a.lesson for a in self.asked)}

    @property
    def open_question(self) -> Asked | None:
        """The first question that is not answered yet."""
        return next((a for a in self.asked if a.choice is None), None)


def read_position(stored: object) -> Position | None:
    """Return a stored position; one that cannot be read any more is none."""
    if stored is None:
        return None
    try:
        return Position.model_validate(stored)
    except ValidationError:
        return None
