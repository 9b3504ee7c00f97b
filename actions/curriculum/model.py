"""The curriculum as typed, immutable objects; every other module reads these, none the files."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Pillar = Literal["digital-skills", "online-safety", "data-protection", "behaviour"]
PILLAR_TITLES: dict[Pillar, str] = {
    "digital-skills": "Kỹ năng số",
    "online-safety": "An toàn trên mạng",
    "data-protection": "Bảo vệ dữ liệu cá nhân",
    "behaviour": "Cách ứng xử",
}
Device = Literal["android", "iphone"]
BEHAVIOUR_OUTCOMES = ("small_talk", "out_of_scope", "crisis", "unsafe")


class Record(BaseModel):
    """Base of all curriculum objects: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(Record):
    """One topic of the curriculum; its slug is a public name."""

    slug: str
    pillar: Pillar
    title: str
    covers: str = ""


class Source(Record):
    """Where a statement comes from."""

    title: str
    address: str
    read_on: date


class Fact(Record):
    """A number, date, fine or address that answers refer to by `slug`."""

    slug: str
    title: str
    value: str
    source: Source
    is_verified: bool


class Answer(Record):
    """What the bot says to one intent; the intent's name is `slug`.

    `text` is the first bubble, `more` the rest behind "Xem thêm"; both keep their
    placeholders. `outcome` is set for the replies of the two behaviours only.
    """

    slug: str
    topic: str
    title: str
    text: str
    more: str = ""
    devices: dict[Device, str] = {}
    sources: tuple[Source, ...] = ()
    is_general_advice: bool = False
    outcome: str | None = None
    reviewed_on: date
    review_by: date
    related: tuple[str, ...] = ()
    is_retired: bool = False


class Curriculum(Record):
    """All published content of one version; `messages` holds the fixed sentences by name."""

    topics: dict[str, Topic]
    facts: dict[str, Fact]
    answers: dict[str, Answer]
    messages: dict[str, str]

    def answers_of(self, topic: str) -> list[Answer]:
        """Return the answers of a topic that are in use, in the order of their slugs."""
        return [a for a in self.answers.values() if a.topic == topic and not a.is_retired]

    def topics_of(self, pillar: str) -> list[Topic]:
        """Return the topics of a pillar, in the curriculum's order."""
        return [t for t in self.topics.values() if t.pillar == pillar]
