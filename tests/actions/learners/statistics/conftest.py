"""A database and short words for what people did, for the tests of the statistics."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest

from actions.learners.database import open_database
from actions.learners.repository import Repository
from actions.learners.rows import insert
from actions.learners.staff_tables import StaffRow
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.roll_up import roll_up
from actions.local_time import LOCAL_ZONE
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared

MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 12, 20, 8, tzinfo=UTC)
WEEKS = Filter(MONDAY, MONDAY + timedelta(days=20))  # three whole weeks
DAY = timedelta(days=1)


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A local time on the n-th day from the first Monday."""
    return datetime.combine(MONDAY + day * DAY, time(hour, minute), LOCAL_ZONE).astimezone(UTC)


def crowd(name: str, count: int) -> list[str]:
    return [f"{name}-{n}" for n in range(count)]


@dataclass
class Scene:
    """What happened, in the order in which it is told; nothing is counted before `count`."""

    repository: Repository
    learners: dict[str, str] = field(default_factory=dict)
    sittings: int = 0

    async def come(self, senders, day, *, channel="web", outcome="menu", hour=10, minute=0, times=1, **more):
        """Let each sender have a turn."""
        async with self.repository.transaction() as store:
            for sender in senders:
                for _ in range(times):
                    key = KEYS.sender_key(channel, sender)
                    await store.counting.note(channel, key, outcome, at(day, hour, minute), **more)

    async def enrol(self, senders, *, channel="web", path=None, day=0):
        """Let a learner be remembered at each sender."""
        async with self.repository.transaction() as store:
            for sender in senders:
                identity = await store.people.identity_id(KEYS.sender_key(channel, sender), channel, sender, at(day))
                learner = await store.people.add(identity, at(day))
                if path:
                    await store.people.change(learner.id, path=path)
                self.learners[sender] = learner.id

    async def study(self, senders, lesson, *, steps, day, finishes=False, passes=False, channel="web"):
        """Let the learners read the first steps of a lesson on one day, with a turn."""
        async with self.repository.transaction() as store:
            for sender in senders:
                learner = self.learners[sender]
                for step in range(1, steps + 1):
                    await store.learning.reach(learner, lesson, step, "v1", at(day))
                if steps:
                    await store.learning.learned(learner, MONDAY + day * DAY)
                if finishes:
                    await store.learning.finish(learner, lesson, at(day))
                if passes:
                    await store.learning.passed(learner, lesson, "v1", at(day))
        await self.come(senders, day, channel=channel, outcome="lesson")

    async def answer(self, senders, lesson, question, choice, *, right, day, kind="quiz", version="v1", channel="web"):
        """Let the learners answer a question once more, with a turn."""
        async with self.repository.transaction() as store:
            for sender in senders:
                self.sittings += 1
                await store.learning.attempt(
                    self.learners[sender], at(day), sitting=f"s{self.sittings}", kind=kind, lesson=lesson, question=question,
                    choice=choice, is_right=right, content_version=version,
                )  # fmt: skip
        await self.come(senders, day, channel=channel, outcome="quiz")

    async def open_class(self, senders, name="Lớp"):
        """Let the learners be in a class; return its code."""
        async with self.repository.transaction() as store:
            code = await store.sharing.open_class(name, self.learners[senders[0]], at(0))
            for sender in senders:
                await store.sharing.join(code, self.learners[sender], at(0))
        return code

    async def mark_staff(self, sender, channel="web"):
        """Let a sender be one of the staff's."""
        account = {"id": "an", "login": "an", "name": "An", "role": "trainer", "password_hash": "", "is_enabled": True, "created_at": NOW}
        async with self.repository.transaction() as store:
            await insert(store._connection, StaffRow, account)
            await store.staff_senders.mark(KEYS.sender_key(channel, sender), "an", NOW)

    async def count(self):
        """Count everything."""
        return await roll_up(self.repository, NOW)

    async def ask(self, question, *arguments, **more):
        """Ask a statistic, by its name."""
        async with self.repository.reading() as store:
            return await getattr(store.statistics, question)(*arguments, **more)


@pytest.fixture(params=BOTH)
async def scene(request, tmp_path) -> AsyncIterator[Scene]:
    repository = Repository(open_database(prepared(request, tmp_path)), KEYS)
    async with repository.transaction() as store:
        await store.counting.begin()  # There is nothing yet: what follows is counted turn by turn.
    yield Scene(repository)
    await repository.close()
