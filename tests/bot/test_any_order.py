"""Whatever people press and write, in any order: always a reply, and never a wrong row."""

import asyncio
import json
import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from actions.inputs import INPUTS
from actions.learners.database import migrate, open_database
from actions.learners.repository import Repository
from actions.position import read_position
from bot.metrics import Metrics
from bot.service import Retention, Service
from bot.turn import TurnHandler
from bot.understanding import NluClient
from tests.conftest import KEYS
from tests.fakes.nlu_server import FakeNluServer
from tests.talk import Talk

EXAMPLES = 30
STEPS_MAX = 30
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
VALUES = (
    "quiz:ma-otp",
    "quiz:cong-an-gia",
    "lesson:ma-otp",
    "step:ma-otp:6",
    "drill:dien-tap-cong-an",
    "guide:vua-bi-lua",
    "learn",
    "review",
    "answer:otp-la-gi",
    "topic:scam-police",
    "take:nguoi-cao-tuoi",
    "back",
    "add-person",
)
WORDS = (
    "công an gọi điện bảo tôi liên quan vụ án", "dừng", "thôi", "tắt", "học", "/onlai", "/tiendo", "/doinguoi", "/molop", "/giadinh", "/xoadulieu",
    "Hoa", "tôi vừa bị lừa", "tôi muốn chết cho xong", "thật, không phải tập", "đồng ý", "đúng", "rồi", "hai", "câu đố", "mã BCGHKMNP", "a", "b", "c", "không hiểu", "", "/", "🙂", "99", "482913",
)  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 5)),
    st.tuples(st.just("press"), st.integers(0, 5)),
    st.tuples(st.just("pick"), st.integers(0, 3)),
    st.tuples(st.just("pick"), st.integers(0, 3)),
    st.tuples(st.just("old"), st.integers(0, 200)),
    st.tuples(st.just("number"), st.integers(1, 6)),
    st.tuples(st.just("words"), st.integers(0, 5)),
    st.tuples(st.just("tap"), st.sampled_from(VALUES)),
    st.tuples(st.just("say"), st.sampled_from(WORDS)),
    st.tuples(st.just("repeat"), st.none()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("other"), st.none()),
    st.tuples(st.just("days"), st.integers(1, 40)),
)


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory):
    path = tmp_path_factory.mktemp("any-order") / "empty.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@dataclass
class Person:
    """One of the two who write, with everything they were ever shown."""

    talk: Talk
    shown: list = field(default_factory=list)
    last: tuple = ()
    is_menu_open: bool = True

    @property
    def choices(self):
        return self.talk.choices if self.talk.last and self.is_menu_open else []


class Walk:
    """Carries out steps and holds the tables to what may be in them."""

    def __init__(self, path, curriculum, normaliser, nlu, traveller):
        self.path, self.curriculum, self.normaliser, self.nlu, self.traveller = path, curriculum, normaliser, nlu, traveller
        self.service = self._start()
        self.people = [Person(Talk(self.service, "nguoi-1")), Person(Talk(self.service, "nguoi-2"))]
        self.asked = set()
        self.messages = 0

    def _start(self):
        client = NluClient(self.nlu.url, 2.0)
        repository = Repository(open_database(f"sqlite:///{self.path}"), KEYS)
        return Service(
            TurnHandler(self.curriculum, client, self.normaliser), client, repository, Metrics(),
            content_version="test", public_url="http://127.0.0.1", retention=Retention(timedelta(90), timedelta(730)),
        )  # fmt: skip

    async def take(self, step):
        how, what = step
        person = self.people[0]
        match how:
            case "other":
                self.people.reverse()
            case "restart":
                await self._restart()
            case "days":
                self.traveller.shift(timedelta(days=what))
            case "repeat":
                await self._repeat(person)
            case "tap":
                await self._send(person, what)
            case "say":
                await self._send(person, "", what)
            case _:
                await self._choose(person, how, what)

    async def _restart(self):
        await self.service.close()
        self.service = self._start()
        for one in self.people:
            one.talk.service = self.service

    async def _choose(self, person, how, what):
        """Take one of the choices that are open, or that were ever shown, where there are some."""
        values = {
            "old": person.shown,
            "pick": [c["value"] for c in person.choices if c["value"].startswith(("pick:", "act:"))],
        }.get(how, [c["value"] for c in person.choices])
        if values:
            place = what % len(values)
            typed = {"number": str(place + 1), "words": self._label(person, values[place])}.get(how)
            await self._send(person, values[place], typed)

    def _label(self, person, value):
        return next((c["label"] for c in person.choices if c["value"] == value), "")

    async def _send(self, person, value, typed=None):
        """Send a choice's value, as such or as what was typed for it, and look at everything after it."""
        self.messages += 1
        message_id = f"m{self.messages}"
        was_learner = self._is_learner(person)
        before = self._attempts()
        self._note_asked()
        response = await (person.talk.tap(value, message_id) if typed is None else person.talk.say(typed, message_id))
        person.last = (value, typed, message_id)
        person.is_menu_open = not response["erased"]
        person.shown += [c["value"] for c in person.talk.choices if c["value"] not in person.shown]
        self._note_asked()
        self._check_reply(response)
        if response["outcome"] in ("crisis", "emergency"):
            assert self._kind_open_for(person) in (None, "none", "guide"), response["replies"][0]["text"]
        self._check_tables(before, response, is_accepted=was_learner and self._is_accepted(response))

    async def _repeat(self, person):
        first = person.talk.last
        if not person.last or first["erased"] or first["outcome"] == "error":
            return  # Nothing is kept of these, so they are done anew.
        value, typed, message_id = person.last
        before = self._rows("SELECT * FROM attempts"), self._rows("SELECT * FROM conversations")
        again = await (person.talk.tap(value, message_id) if typed is None else person.talk.say(typed, message_id))
        assert again == first
        assert (self._rows("SELECT * FROM attempts"), self._rows("SELECT * FROM conversations")) == before

    def _is_accepted(self, response):
        """Tell by what was said whether an answer was taken as new."""
        text = response["replies"][0]["text"]
        if response["outcome"] in ("quiz", "review"):
            return text.startswith(("Đúng", "Chưa đúng. ")) and "vừa qua" not in text
        late = ("Mình quay lại", "Lượt này", "Buổi diễn tập đó", "Đã dừng diễn tập", "Bắt đầu diễn tập", "Diễn tập:")
        return response["outcome"] == "drill" and not text.startswith(late)

    def _check_reply(self, response):
        assert response["replies"]
        assert all(reply["text"].strip() for reply in response["replies"])
        assert all(len(c["value"].encode()) <= 64 and c["label"] for reply in response["replies"] for c in reply["choices"])

    def _check_tables(self, before, response, *, is_accepted):
        after = self._attempts()
        if response["erased"]:
            assert set(after) <= set(before)
        else:
            assert set(before) <= set(after)
            assert len(after) - len(before) == is_accepted, response["replies"][0]["text"]
        assert len(after) == len({(learner, sitting, lesson, question) for learner, sitting, _, lesson, question in after})
        assert {(sitting, lesson, question) for _, sitting, _, lesson, question in after} <= self.asked
        cards = {tuple(row) for row in self._rows("SELECT learner_id, lesson, question FROM review_cards")}
        assert cards == {(learner, lesson, question) for learner, _, kind, lesson, question in after if kind in ("quiz", "review")}
        for position in self._positions():
            self._check_position(position)

    def _check_position(self, position):
        content = self.curriculum
        match position.kind:
            case "lesson":
                assert 1 <= int(position.step) <= len(content.lessons[position.slug].steps)
            case "quiz" | "review":
                assert position.asked
                assert all(a.question in content.lessons[a.lesson].questions for a in position.asked)
            case "guide" | "drill":
                assert position.step in (content.guides | content.drills)[position.slug].steps
            case "input":
                assert position.slug in INPUTS

    def _note_asked(self):
        for position in self._positions():
            if position.kind == "drill":
                self.asked |= {(position.sitting, position.slug, position.step)}
            self.asked |= {(position.sitting, a.lesson, a.question) for a in position.asked}

    def _positions(self):
        """Return the stored positions; each must be readable."""
        stored = [json.loads(row[0]) for row in self._rows("SELECT position FROM conversations WHERE position IS NOT NULL")]
        positions = [read_position(position) for position in stored]
        assert None not in positions
        return positions

    def _kind_open_for(self, person):
        key = KEYS.sender_key("web", person.talk.sender)
        stored = self._rows("SELECT position FROM conversations WHERE sender_key = ? AND position IS NOT NULL", key)
        return json.loads(stored[0][0])["kind"] if stored else None

    def _attempts(self):
        return [tuple(row) for row in self._rows("SELECT learner_id, sitting, kind, lesson, question FROM attempts")]

    def _is_learner(self, person):
        key = KEYS.sender_key("web", person.talk.sender)
        return bool(self._rows("SELECT 1 FROM identities WHERE sender_key = ? AND learner_id IS NOT NULL", key))

    def _rows(self, query, *values):
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(query, values).fetchall()
        connection.close()
        return found


def walk(path, curriculum, normaliser, steps):
    async def take_all():
        with time_machine.travel(START, tick=False) as traveller:
            async with FakeNluServer() as nlu:
                walked = Walk(path, curriculum, normaliser, nlu, traveller)
                try:
                    for step in steps:
                        await walked.take(step)
                finally:
                    await walked.service.close()
                return walked

    return asyncio.run(take_all())


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(is_learner=st.booleans(), steps=st.lists(STEP, min_size=10, max_size=STEPS_MAX))
def test_any_order_of_anything_gets_a_reply_and_no_wrong_row(empty_database, tmp_path_factory, curriculum, normaliser, is_learner, steps):
    path = tmp_path_factory.mktemp("walk") / "walk.sqlite3"
    shutil.copy(empty_database, path)
    opening = [("tap", "learn"), ("press", 0), ("press", 2)] if is_learner else []

    walk(path, curriculum, normaliser, [*opening, *steps])


def test_the_walk_itself_sees_attempts_cards_and_repeats(empty_database, tmp_path, curriculum, normaliser):
    path = tmp_path / "walk.sqlite3"
    shutil.copy(empty_database, path)
    learner = [("tap", "learn"), ("press", 0), ("press", 2)]
    quiz = [("tap", "quiz:ma-otp"), ("pick", 0), ("repeat", None), ("restart", None), ("pick", 1), ("number", 1), ("old", 12)]
    later = [
        ("days", 3),
        ("say", "/onlai"),
        ("pick", 0),
        ("tap", "drill:dien-tap-cong-an"),
        ("pick", 0),
        ("other", None),
        ("tap", "quiz:ma-otp"),
        ("pick", 0),
    ]

    walked = walk(path, curriculum, normaliser, [*learner, *quiz, *later])

    kinds = sorted(kind for _, _, kind, _, _ in walked._attempts())
    assert kinds == ["drill", "quiz", "quiz", "quiz", "review"]
