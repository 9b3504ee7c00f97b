"""What an action has at hand in one turn: the content, the learner, the store, the time."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from actions.curriculum.model import Curriculum
from actions.curriculum.pinning import with_older
from actions.curriculum.text import render
from actions.learners.people import Learner
from actions.learners.repository import Store
from actions.local_time import local_date
from actions.outcome import Outcome
from actions.position import Guest, Kind, Position
from actions.reply import Choice, Reply, Result

T = TypeVar("T")


class GoneError(Exception):
    """A choice means something that is not, or no longer, there."""


@dataclass(frozen=True)
class Sender:
    """Who writes: the channel and its address, and the keyed hash that stands for them."""

    channel: str
    address: str
    key: str


@dataclass
class Context:
    """One turn, as actions see it; they change `position` and `guest`, all else through the store.

    `text` is what the citizen typed, cleaned and masked, where a command or an open question
    for a text needs it. `is_large_text` asks for short bubbles. `erased` tells that nothing of this turn may be
    kept; `others_remain` that other learners of the same phone are still there.
    """

    curriculum: Curriculum
    content_version: str
    store: Store
    sender: Sender
    now: datetime
    public_url: str
    learner: Learner | None = None
    position: Position | None = None
    text: str = ""
    is_large_text: bool = False
    erased: bool = False
    others_remain: bool = False
    guest: Guest = field(default_factory=Guest)
    class_link: Callable[[str], str | None] = lambda _code: None  # opens the sender's own channel and joins a class
    older_version: Callable[[str], Awaitable[Curriculum | None]] | None = None
    pinned: dict[str, str] = field(default_factory=dict)  # what is shown as it was when it was begun, and in which version
    latest: Curriculum | None = None  # the content without what is pinned

    @property
    def today(self) -> date:
        """The date in Vietnam."""
        return local_date(self.now)

    def say(self, message: str, **values: object) -> str:
        """Return one of the fixed sentences, filled in."""
        return render(self.curriculum.messages[message], self.curriculum, **values)

    def render(self, text: str) -> str:
        """Return a text of the content, filled in."""
        return render(text, self.curriculum)

    def reply(self, message: str, *choices: Choice, outcome: Outcome, **values: object) -> Result:
        """Return a result of one bubble that says a fixed sentence."""
        return Result((Reply(self.say(message, **values), choices),), outcome)

    @property
    def open_activity(self) -> Position | None:
        """Where the person still is; None for what was left open long ago."""
        return self.position if self.position is not None and self.position.is_fresh(self.now) else None

    def take_up_guest(self) -> None:
        """Read, at the beginning of a turn, what a guest said before."""
        if self.learner is None and self.position is not None and self.position.guest is not None:
            self.guest = self.position.guest

    def put_down_guest(self) -> None:
        """Keep, at the end of a turn, what a guest said, whatever is open now."""
        if self.learner is not None or self.erased or self.guest == Guest():
            return
        position = self.position or self.open("none", "")
        self.position = position.model_copy(update={"guest": self.guest})

    def open(self, kind: Kind, slug: str, **fields: object) -> Position:
        """Open an activity; it takes the place of the one before."""
        begun = {"kind": kind, "slug": slug, "at": self.now, "version": self.version_of(slug)}
        self.position = Position.model_validate(begun | fields)
        return self.position

    async def pin(self, version: str, slugs: Collection[str]) -> None:
        """Show lessons, guides and drills as they were in the version in which they were begun."""
        if version in ("", self.content_version) or self.older_version is None:
            return
        older = await self.older_version(version)
        if older is None:
            return
        self.latest = self.latest or self.curriculum
        self.curriculum, pinned = with_older(self.curriculum, older, slugs)
        self.pinned |= dict.fromkeys(pinned, version)

    def unpin(self) -> None:
        """Show everything as it is published now: something is begun anew."""
        self.curriculum = (self.latest or self.curriculum).addressing(self.curriculum.address)
        self.pinned.clear()

    def is_as_begun(self, position: Position, slug: str) -> bool:
        """Tell whether a lesson or drill is shown as it was when the position began, so that its choices mean what they meant."""
        return position.version in ("", self.version_of(slug))

    def version_of(self, slug: str) -> str:
        """Return the version in which a lesson, guide or drill is shown."""
        return self.pinned.get(slug, self.content_version)


Handler = Callable[..., Awaitable[Result]]


def existing(things: Mapping[str, T], slug: str) -> T:
    """Return the thing of a slug.

    Raises:
        GoneError: There is none.
    """
    if slug not in things:
        raise GoneError(slug)
    return things[slug]


def number(text: str) -> int:
    """Return the number that a part of a choice's value holds.

    Raises:
        GoneError: It holds none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise GoneError(text)
    return int(text)
