"""The door for events: clean and mask, make durable, hand to the worker; to the disk while the database is away."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.inbox import BY_TEXT, Acceptance, Event, NewEvent
from actions.learners.repository import Repository
from bot import clock
from bot.channels.base import Inbound
from bot.delivery.batches import Batches
from bot.delivery.spool import Spool
from bot.gate import clean

logger = structlog.get_logger(__name__)
LEASE = timedelta(seconds=30)  # A turn takes five at the most: the NLU server gets four.
BATCH = 100
EVENT_ID_MAX_CHARACTERS = 120


class DatabaseAwayError(Exception):
    """The database cannot be reached, and there is nowhere else to keep an event."""


@dataclass(frozen=True)
class Received:
    """An event that was made durable, in the database or in the spool."""

    acceptance: Acceptance | None
    is_spooled: bool = False


class Receiver:
    """Accepts events of all channels."""

    def __init__(
        self,
        repository: Repository,
        claim: str,
        *,
        is_urgent: Callable[[str, str | None], bool],
        room: Callable[[], int],
        spool: Spool | None = None,
        text_max_characters: int = 2000,
    ) -> None:
        self._repository, self._claim, self._is_urgent, self._room = repository, claim, is_urgent, room
        self._text_max_characters = text_max_characters
        self.spool = spool
        self._batches: Batches[NewEvent, Acceptance] = Batches(self._accept, BATCH)
        self._replaying = asyncio.Lock()

    def new_event(self, channel: str, account: str, inbound: Inbound, *, scope: str = "") -> NewEvent:
        """Return an event as it is kept: cleaned, secrets masked, known again by its id.

        Args:
            channel: The channel's name.
            account: The bot's own account there.
            inbound: What came in.
            scope: What an id of the sender's own making is good within.
        """
        sender_key = self._repository.keys.sender_key(channel, inbound.address)
        cleaned = clean(inbound.text[: self._text_max_characters])
        if inbound.event_id is None:
            said = f"{sender_key}|{cleaned.text}|{inbound.choice}|{inbound.attachment}|{inbound.kind}"
            event_id = BY_TEXT + hashlib.sha256(said.encode()).hexdigest()[:40]
        else:
            event_id = scope + inbound.event_id[:EVENT_ID_MAX_CHARACTERS]
        document = {
            "address": inbound.address, "text": cleaned.text, "secrets": list(cleaned.secrets), "choice": inbound.choice,
            "attachment": inbound.attachment, "kind": inbound.kind,
        }  # fmt: skip
        is_urgent = inbound.kind == "message" and self._is_urgent(cleaned.text, inbound.choice)
        return NewEvent(channel, account, event_id, sender_key, document, is_urgent)

    async def receive(self, event: NewEvent) -> Received:
        """Make an event durable.

        Raises:
            DatabaseAwayError: It cannot be kept anywhere.
        """
        if self.spool is not None and self.spool.waiting:
            await self.spool.append([event])  # After those that wait there, or they would change places.
            return Received(None, is_spooled=True)
        try:
            return Received(await self._batches.add(event))
        except (SQLAlchemyError, OSError) as error:
            if self.spool is None:
                raise DatabaseAwayError(type(error).__name__) from error
            logger.warning("inbox.spooled", error=type(error).__name__)
            await self.spool.append([event])
            return Received(None, is_spooled=True)

    async def replay(self) -> int:
        """Bring what was spooled into the database; 0 while it is still away."""
        if self.spool is None:
            return 0
        async with self._replaying:
            try:
                return await self.spool.replay(self._accept_waiting)
            except (SQLAlchemyError, OSError):
                return 0

    async def _accept(self, events: Sequence[NewEvent]) -> list[Acceptance]:
        async with self._repository.transaction() as store:
            return await store.inbox.accept(events, self._claim, clock.now(), LEASE, room=self._room())

    async def _accept_waiting(self, events: Sequence[NewEvent]) -> None:
        async with self._repository.transaction() as store:
            await store.inbox.accept(events, self._claim, clock.now(), LEASE, room=0)


def claimed(received: Received) -> Event | None:
    """Return the event that the receiver claimed for this process, or None."""
    return None if received.acceptance is None else received.acceptance.event
