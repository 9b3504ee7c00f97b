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
Status = Literal["active", "draft", "retired"]
ScriptKind = Literal["guide", "drill"]
Ending = Literal["safe", "lost"]
DEFAULT_ADDRESS = "bạn"
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


class Picture(Record):
    """An illustration; its PNG lies in `content/pictures/`, `digest` tells its versions apart."""

    slug: str
    title: str
    alt: str
    digest: str


class Step(Record):
    """One bubble of a lesson; `simple` says the same in easier words."""

    heading: str
    text: str
    simple: str
    picture: str | None = None


class QuizChoice(Record):
    """One choice of a question, with what is said to a learner who took it."""

    text: str
    feedback: str
    is_right: bool = False


class Question(Record):
    """One scenario of a quiz; `slug` is never reused within its lesson."""

    slug: str
    text: str
    choices: tuple[QuizChoice, ...]


class Lesson(Record):
    """A lesson in steps, and the questions of its quiz."""

    slug: str
    title: str
    module: str
    topics: tuple[str, ...]
    goal: str
    steps: tuple[Step, ...]
    questions: dict[str, Question]
    sources: tuple[Source, ...] = ()
    is_general_advice: bool = False
    reviewed_on: date
    review_by: date
    status: Status = "active"


class ScriptChoice(Record):
    """A way on in a guide or drill; `falls` means that a drill's red flag was not seen."""

    text: str
    next: str
    falls: bool = False


class ScriptStep(Record):
    """One bubble of a guide or drill.

    In a drill, `sign` is the red flag of the scammer's line and `ending` says how the story
    ends. `follow_up` offers, at the end of a guide, to ask again a day later.
    """

    slug: str
    text: str
    choices: tuple[ScriptChoice, ...] = ()
    sign: str = ""
    ending: Ending | None = None
    follow_up: bool = False
    picture: str | None = None


class Script(Record):
    """A guide (a tree of decisions) or a drill (a labelled role-play of a scam)."""

    slug: str
    kind: ScriptKind
    title: str
    topics: tuple[str, ...]
    start: str
    steps: dict[str, ScriptStep]
    intro: str = ""
    role: str = ""
    lesson: str | None = None
    sources: tuple[Source, ...] = ()
    is_general_advice: bool = False
    reviewed_on: date
    review_by: date
    status: Status = "active"


class Module(Record):
    """A group of lessons."""

    slug: str
    title: str


class LearningPath(Record):
    """The lessons for one kind of learner, in order; `audience` is how such learners see themselves."""

    slug: str
    title: str
    audience: str
    about: str
    lessons: tuple[str, ...]


class Curriculum(Record):
    """All published content of one version, as it is said to one learner.

    `messages` holds the fixed sentences by name. `address` is the word by which the learner
    is addressed, in lower case: bạn, bác, cô…
    """

    topics: dict[str, Topic]
    facts: dict[str, Fact]
    answers: dict[str, Answer]
    messages: dict[str, str]
    modules: dict[str, Module] = {}
    lessons: dict[str, Lesson] = {}
    paths: dict[str, LearningPath] = {}
    guides: dict[str, Script] = {}
    drills: dict[str, Script] = {}
    pictures: dict[str, Picture] = {}
    address: str = DEFAULT_ADDRESS

    def addressing(self, address: str | None) -> "Curriculum":
        """Return the same content, said to a learner who is addressed in this way."""
        return self if address in (None, self.address) else self.model_copy(update={"address": address})

    def answers_of(self, topic: str) -> list[Answer]:
        """Return the answers of a topic that are in use, in the order of their slugs."""
        return [a for a in self.answers.values() if a.topic == topic and not a.is_retired]

    def topics_of(self, pillar: str) -> list[Topic]:
        """Return the topics of a pillar, in the curriculum's order."""
        return [t for t in self.topics.values() if t.pillar == pillar]

    def lessons_in_use(self) -> list[str]:
        """Return the slugs of the lessons that are in use."""
        return [slug for slug, lesson in self.lessons.items() if lesson.status == "active"]

    def lessons_of(self, module: str) -> list[Lesson]:
        """Return the lessons of a module that are in use, in the order of their titles."""
        return sorted((x for x in self.lessons.values() if x.module == module and x.status == "active"), key=lambda x: x.title)
