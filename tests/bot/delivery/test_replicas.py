"""Two replicas, one that is killed, and a line to the database that is cut: each answered once, in order, none lost."""

import asyncio
import random

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.delivery import receiver, sender
from bot.turn import Message
from tests.bot.delivery.given import line, make_replica, message, nothing_waits, states, until
from tests.fakes.cut_line import CutLine
from tests.fakes.line_channel import LineChannel

SLUGS = ("cong-an-goi-dien", "otp-la-gi")
PEOPLE, QUESTIONS = 5, 6


@pytest.fixture(autouse=True)
def _quick(quick):
    """Nothing here waits long."""


class Crowd:
    """Some people who ask in turn, each for one answer and another; their vendor brings every event one to three times."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.asked = {f"nguoi-{n}": [self.random.choice(SLUGS) for _ in range(QUESTIONS)] for n in range(PEOPLE)}

    async def ask(self, replicas, between):
        """Bring the events of each person in their order, to any replica, until it was acknowledged."""

        async def bring(who):
            for n, slug in enumerate(self.asked[who]):
                event = message(who, choice=f"answer:{slug}", event_id=f"{who}-{n}")
                for _ in range(self.random.randint(1, 3)):
                    service = self.random.choice(replicas)
                    await service.receive(line(service), [event])
                await between()

        await asyncio.gather(*(bring(who) for who in self.asked))

    def check(self, vendor, texts, *, doubled_max=0):
        """See that each person was answered in the order of asking, and how often somebody was told the same again."""
        for who, slugs in self.asked.items():
            assert is_said(vendor.to(who), [texts[slug] for slug in slugs], doubled_max), who


def is_said(said, wanted, doubled_max):
    """Tell whether what was said is what was wanted, so much of it perhaps twice in a row."""
    if said == wanted:
        return True
    doubles = [place for place in range(1, len(said)) if said[place] == said[place - 1]]
    return doubled_max > 0 and any(is_said(said[:place] + said[place + 1 :], wanted, doubled_max - 1) for place in doubles)


async def expected(service):
    """What each of some answers says."""
    return {slug: (await service.handle("web", "biết-trước", Message(choice=f"answer:{slug}")))["replies"][0]["text"] for slug in SLUGS}


async def settled(service):
    if service.receiver.spool is not None and service.receiver.spool.waiting:
        return False
    try:
        return await nothing_waits(service)
    except (SQLAlchemyError, OSError):
        return False


async def test_two_replicas_answer_everything_once_and_in_order(replicas, start, vendor):
    first, second = replicas(), replicas()
    texts = await expected(first)
    for service in (first, second):
        start(service)
    crowd = Crowd(1)

    await crowd.ask([first, second], lambda: asyncio.sleep(0.001))
    await until(lambda: settled(first))

    crowd.check(vendor, texts)
    assert set(await states(first.repository)) == {"done"}


async def test_when_a_replica_is_killed_the_other_answers_what_it_held_and_nothing_is_lost(replicas, start, vendor, time_machine):
    first, second = replicas(), replicas()
    texts = await expected(second)
    killed = start(first)
    start(second)
    crowd = Crowd(2)
    vendor.seconds = 0.003
    asking = asyncio.create_task(crowd.ask([first, second], lambda: asyncio.sleep(0.001)))
    await until(lambda: len(vendor.said) > 10)

    kill(killed, first)
    first.receive = second.receive  # The load balancer notes it.
    await asking
    kill(killed, first)
    time_machine.move_to(clock.now() + max(receiver.LEASE, sender.LEASE), tick=True)
    await until(lambda: settled(second))

    crowd.check(vendor, texts, doubled_max=1)
    assert set(await states(second.repository)) == {"done"}


def kill(delivery, service):
    for task in [*delivery._tasks, *service.worker._tasks, *service.sender._tasks]:
        task.cancel()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_line_to_the_database_that_is_cut_for_a_while_loses_and_doubles_nothing(
    database_url, nlu, curriculum, normaliser, vendor, start, spools
):
    async with CutLine(database_url) as cut_line:
        service = make_replica(cut_line.url, nlu, curriculum, normaliser, [LineChannel(vendor)], spools())
        texts = await expected(service)
        delivery = start(service)
        crowd, cuts = Crowd(3), []
        vendor.seconds = 0.002

        async def sometimes_cut():
            await asyncio.sleep(0.01)
            if len(cuts) < 3 and crowd.random.random() < 0.2:
                cuts.append(len(vendor.said))
                cut_line.cut()
                await asyncio.sleep(0.15)
                cut_line.mend()

        await crowd.ask([service], sometimes_cut)
        cut_line.mend()
        await until(lambda: settled(service))
        await delivery.stop()
        await service.close()

    assert len(cuts) == 3
    crowd.check(vendor, texts)
