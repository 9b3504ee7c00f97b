"""Whatever two replicas do with the inbox, in any order and at once: each event once, those of a sender in their order."""

import asyncio
import shutil
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from actions.learners.database import open_database
from actions.learners.inbox import TRIES_MAX
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW
from tests.actions.learners.inbox_given import LEASE, SECOND, accept, an_event, claim, finish, tell
from tests.conftest import KEYS, _migrated
from tests.prepared_databases import emptied

REPLICA = st.integers(0, 1)
SENDER = st.sampled_from(["hoa", "lan"])
STEP = st.one_of(
    st.tuples(st.just("accept"), REPLICA, st.lists(st.tuples(SENDER, st.integers(0, 9)), min_size=1, max_size=3), st.integers(0, 3)),
    st.tuples(st.just("again"), REPLICA, st.integers(0, 50)),
    st.tuples(st.just("claim"), REPLICA, st.integers(1, 3)),
    st.tuples(st.just("finish"), REPLICA, st.integers(0, 9)),
    st.tuples(st.just("finish"), REPLICA, st.integers(0, 9)),
    st.tuples(st.just("fail"), REPLICA, st.integers(0, 9)),
    st.tuples(st.just("lapse"), REPLICA),
    st.tuples(st.just("release"), REPLICA),
)
STEPS = st.lists(st.lists(STEP, min_size=1, max_size=2), min_size=5, max_size=25)  # those of an inner list happen at once


class Inboxes:
    """Two replicas over one database; what they hold, and what was done in effect."""

    def __init__(self, url):
        self.replicas = [Repository(open_database(url), KEYS) for _ in range(2)]
        self.now = NOW
        self.came = []  # all events, in the order in which they came
        self.rows = {}  # their row in the inbox by their id: the order of acceptance
        self.held = ([], [])
        self.done, self.dead = [], set()

    async def take(self, steps):
        await asyncio.gather(*(getattr(self, f"_{name}")(*arguments) for name, *arguments in steps))
        self.now += SECOND

    async def _accept(self, replica, wanted, room):
        events = [an_event(f"{len(self.came) + n}", sender, urgent=chance == 0) for n, (sender, chance) in enumerate(wanted)]
        self.came += events
        await self._bring(replica, events, room)

    async def _again(self, replica, place):
        if self.came:
            await self._bring(replica, [self.came[place % len(self.came)]], 1)

    async def _bring(self, replica, events, room):
        accepted = await accept(self.replicas[replica], *events, claim=f"replica-{replica}", now=self.now, room=room)
        for event, acceptance in zip(events, accepted, strict=True):
            assert self.rows.setdefault(event.event_id, acceptance.id) == acceptance.id
        self.held[replica].extend(a.event for a in accepted if a.event)

    async def _claim(self, replica, limit):
        self.held[replica].extend(await claim(self.replicas[replica], f"replica-{replica}", self.now, limit))

    async def _finish(self, replica, place):
        event = self._let_go(replica, place)
        if event is not None and await finish(self.replicas[replica], event):
            self.done.append(event.event_id)

    async def _fail(self, replica, place):
        event = self._let_go(replica, place)
        if event is None:
            return
        if event.tries < TRIES_MAX:
            await tell(self.replicas[replica], "put_back", event, self.now + SECOND, "fault")
        elif await tell(self.replicas[replica], "set_aside", event, "fault"):
            self.dead.add(event.event_id)

    async def _lapse(self, _replica):
        self.now += LEASE

    async def _release(self, replica):
        """Stop; what was in hand goes on in the background, as cancelled work may."""
        await tell(self.replicas[replica], "release", f"replica-{replica}", self.now)

    def _let_go(self, replica, place):
        held = self.held[replica]
        return held.pop(place % len(held)) if held else None

    async def drain(self):
        for _ in range(len(self.came) + 10):
            self.now += LEASE
            await self._claim(0, 100)
            while self.held[0] or self.held[1]:
                await self._finish(0, 0)
                await self._finish(1, 0)

    async def check(self):
        assert sorted([*self.done, *self.dead], key=int) == [event.event_id for event in self.came]
        in_order = defaultdict(list)
        for event_id in self.done:
            event = self.came[int(event_id)]
            if not event.is_urgent:
                in_order[event.sender_key].append(self.rows[event_id])
        assert all(rows == sorted(rows) for rows in in_order.values())
        assert (await tell(self.replicas[0], "counts"))[::2] == (0, len(self.dead))


def walk(url, rounds):
    async def take_all():
        inboxes = Inboxes(url)
        try:
            for steps in rounds:
                await inboxes.take(steps)
            await inboxes.drain()
            await inboxes.check()
        finally:
            for replica in inboxes.replicas:
                await replica.close()

    asyncio.run(take_all())


def any_order(examples):
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@any_order(40)
@given(rounds=STEPS)
def test_events_are_handled_once_and_in_order_on_sqlite(tmp_path_factory, rounds):
    path = tmp_path_factory.mktemp("inbox") / "inbox.sqlite3"
    shutil.copyfile(_migrated(), path)

    walk(f"sqlite:///{path}", rounds)


@pytest.mark.postgres
@any_order(25)
@given(rounds=STEPS)
def test_events_are_handled_once_and_in_order_on_postgresql(postgres_url, rounds):
    walk(emptied(postgres_url), rounds)


def test_the_walk_itself_sees_what_is_done_given_up_and_retaken(tmp_path):
    path = tmp_path / "inbox.sqlite3"
    shutil.copyfile(_migrated(), path)
    fail = [("fail", 0, 0)]
    rounds = [
        [("accept", 0, [("hoa", 9), ("hoa", 9), ("hoa", 0)], 3)], [("finish", 0, 0)], [("claim", 0, 3)], fail, [("claim", 0, 3)], fail,
        [("claim", 0, 3)], [("lapse", 0)], [("claim", 1, 3)], [("fail", 1, 0)], [("claim", 0, 3)],
    ]  # fmt: skip

    async def take_all():
        inboxes = Inboxes(f"sqlite:///{path}")
        for steps in rounds:
            await inboxes.take(steps)
        seen = inboxes.done[:], inboxes.dead, [event.event_id for event in inboxes.held[0]]
        await inboxes.drain()
        await inboxes.check()
        for replica in inboxes.replicas:
            await replica.close()
        return *seen, inboxes.done

    assert asyncio.run(take_all()) == (["2"], {"0"}, ["0", "1"], ["2", "1"])
