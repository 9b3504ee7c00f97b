"""Two devices, two replicas or a double tap at the same moment: one attempt."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.database import migrate, open_database
from actions.learners.repository import Repository
from actions.learners.tables import Attempt
from bot.metrics import Metrics
from bot.service import Retention, Service
from bot.turn import Message, TurnHandler
from bot.understanding import NluClient
from tests.conftest import KEYS
from tests.stored import rows
from tests.talk import Talk


@pytest.fixture
async def replicas(database_url, nlu, curriculum, normaliser):
    """Two services over one database, as behind a load balancer."""
    migrate(database_url)
    made = []
    for _ in range(2):
        client = NluClient(nlu.url, 2.0)
        repository = Repository(open_database(database_url), KEYS)
        retention = Retention(timedelta(days=90), timedelta(days=730))
        turns = TurnHandler(curriculum, client, normaliser)
        made.append(Service(turns, client, repository, Metrics(), content_version="test", public_url="http://x", retention=retention))
    yield made
    for service in made:
        await service.close()


@pytest.fixture
async def talk(replicas):
    talk = Talk(replicas[0])
    await talk.agree()
    await talk.tap("quiz:ma-otp")
    return talk


async def tap_at_once(replicas, sender, values):
    taps = [replicas[n % len(replicas)].handle("web", sender, Message(choice=value), f"device-{n}") for n, value in enumerate(values)]
    return await asyncio.gather(*taps)


async def test_the_same_choice_on_many_devices_counts_once(replicas, talk):
    value = talk.picks()[0]

    responses = await tap_at_once(replicas, talk.sender, [value] * 6)

    assert len(await rows(replicas[0], Attempt)) == 1
    assert sum("tôi chỉ tính một lần" in response["replies"][0]["text"] for response in responses) == 5


async def test_of_two_choices_at_once_the_first_one_counts(replicas, talk):
    first, second = talk.picks()[0], talk.picks()[1]

    await tap_at_once(replicas, talk.sender, [first, second])

    (attempt,) = await rows(replicas[0], Attempt)
    assert attempt["choice"] in (0, 1)


async def test_one_message_sent_to_both_replicas_is_answered_alike(replicas, talk):
    value = talk.picks()[0]

    first, second = await asyncio.gather(
        *(replica.handle("web", talk.sender, Message(choice=value), "the-same-id") for replica in replicas)
    )

    assert first == second
    assert len(await rows(replicas[0], Attempt)) == 1


async def test_agreeing_twice_at_once_makes_one_learner(replicas):
    talk = Talk(replicas[0], sender="hai-may")
    await talk.tap("learn")
    value = talk.choices[0]["value"]

    await tap_at_once(replicas, talk.sender, [value, value])

    async with replicas[0].repository.reading() as store:
        identity = await store.people.identity_of(KEYS.sender_key("web", talk.sender))
        assert await store.people.count(identity) == 1
