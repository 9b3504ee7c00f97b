"""What the tests of the inbox begin with: events, and each step in a transaction of its own."""

from datetime import timedelta

from actions.learners.inbox import BY_TEXT, NewEvent
from tests.actions.learners.given import NOW
from tests.conftest import KEYS

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def an_event(event_id, sender="hoa", *, urgent=False, channel="line", account="1"):
    return NewEvent(channel, account, event_id, KEYS.sender_key(channel, sender), {"said": event_id}, urgent)


def typed(text, sender="hoa"):
    """An event of a vendor that gives no ids."""
    return an_event(f"{BY_TEXT}text-{text}", sender)


async def accept(repository, *events, claim="A", now=NOW, room=100):
    async with repository.transaction() as store:
        return await store.inbox.accept(events, claim, now, LEASE, room=room)


async def claim(repository, claim="A", now=NOW, limit=100):
    async with repository.transaction() as store:
        return await store.inbox.claim(claim, now, LEASE, limit)


async def finish(repository, event):
    async with repository.transaction() as store:
        return await store.inbox.finish(event)


async def tell(repository, how, *arguments):
    """Do something to the inbox in a transaction of its own."""
    async with repository.transaction() as store:
        return await getattr(store.inbox, how)(*arguments)


def ids(events):
    return [event.event_id for event in events]


def claimed(acceptances):
    return [a.event.event_id for a in acceptances if a.event is not None]
