"""The door for events: clean and mask, make durable, hand to the worker; to the disk while the database is away."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.database import is_away
from actions.learners.inbox import BY_TEXT, Acceptance, NewEvent
from actions.learners.repository import Repository
from bot import clock
from bot.channels.base import Inbound
from bot.delivery.batches import Batches
from bot.delivery.spool import Spool
from bot.gate import clean

logger = structlog.get_logger(__name__)
LEASE = timedelta(seconds=30)  # A turn takes five at the most: the NLU server gets four.
BATCH = 100
ACCEPT_SECONDS = 1.5  # Vendors wait for two; a database that takes longer is as good as away.
T = TypeVar("T")
EVENT_ID_MAX_CHARACTERS = 120
SECRET_MAX_CHARACTERS = 100  # A secret at the place where a long text is cut must not be cut with it, or it is not known.


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
        self._batches: Batches[NewEvent, Received] = Batches(self._accept, BATCH)
        self._text_key = repository.keys.secret_for("text-of-event").encode()
        self._replaying = asyncio.Lock()

    def new_event(self, channel: str, account: str, inbound: Inbound, *, scope: str = "") -> NewEvent:
        """Return an event as it is kept: cleaned, secrets masked, known again by its id.

        Args:
            channel: The channel's name.
            account: The bot's own account there.
            inbound: What came in.
            scope: What an id of the sender's own making is good within.
        """
        address = _storable(inbound.address)
        choice = None if inbound.choice is None else _storable(inbound.choice)
        sender_key = self._repository.keys.sender_key(channel, address)
        cleaned = clean(_storable(inbound.text[: self._text_max_characters + SECRET_MAX_CHARACTERS]))
        text = cleaned.text[: self._text_max_characters]
        if inbound.event_id is None:
            said = f"{sender_key}|{text}|{choice}|{inbound.attachment}|{inbound.kind}"
            event_id = BY_TEXT + hmac.new(self._text_key, said.encode(), hashlib.sha256).hexdigest()[:40]
        else:
            event_id = scope + _fitting(inbound.event_id)
        document = {
            "address": address, "text": text, "secrets": list(cleaned.secrets), "choice": choice,
            "attachment": inbound.attachment, "kind": inbound.kind,
        }  # fmt: skip
        is_urgent = inbound.kind == "message" and self._is_urgent(text, choice)
        return NewEvent(channel, account, event_id, sender_key, document, is_urgent)

    async def receive(self, event: NewEvent) -> Received:
        """Make an event durable.

        Raises:
            DatabaseAwayError: It cannot be kept anywhere.
        """
        return await self._batches.add(event)

    async def replay(self) -> int:
        """Bring what was spooled into the database; 0 while it is still away."""
        if self.spool is None:
            return 0
        async with self._replaying:
            try:
                return await self.spool.replay(self._accept_spooled)
            except (SQLAlchemyError, OSError) as error:
                logger.warning("spool.not_replayed", error=type(error).__name__)
                return 0

    async def _accept(self, events: Sequence[NewEvent]) -> list[Received]:
        if self.spool is not None and self.spool.waiting:
            return await self._keep(self.spool, events)  # After those that wait there, or they would change places.
        try:
            accepted = await _within(ACCEPT_SECONDS if self.spool is not None else None, self._accept_now(events, self._room))
        except (SQLAlchemyError, OSError) as error:
            if self.spool is None:
                raise DatabaseAwayError(type(error).__name__) from error
            logger.warning("inbox.spooled", events=len(events), error=type(error).__name__)
            return await self._keep(self.spool, events)
        return [Received(acceptance) for acceptance in accepted]

    async def _keep(self, spool: Spool, events: Sequence[NewEvent]) -> list[Received]:
        try:
            await spool.append(events)
        except OSError as error:
            raise DatabaseAwayError(type(error).__name__) from error
        return [Received(None, is_spooled=True)] * len(events)

    async def _accept_spooled(self, events: Sequence[NewEvent]) -> None:
        """Bring spooled events into the database; one that it refuses must not hold up the others for ever."""
        try:
            await self._accept_now(events)
        except SQLAlchemyError as error:
            if is_away(error):
                raise
            refused = [event for event in events if not await self._is_accepted(event)]
            if self.spool is None or len(refused) == len(events):
                raise  # It is not the events' fault.
            logger.exception("spool.set_aside", events=len(refused), error=type(error).__name__)
            await self.spool.set_aside(refused)

    async def _is_accepted(self, event: NewEvent) -> bool:
        try:
            await self._accept_now([event])
        except SQLAlchemyError as error:
            if is_away(error):
                raise
            return False
        return True

    async def _accept_now(self, events: Sequence[NewEvent], room: Callable[[], int | None] = lambda: None) -> list[Acceptance]:
        async with self._repository.transaction() as store:
            return await store.inbox.accept(events, self._claim, clock.now(), LEASE, room=room())


async def _within(seconds: float | None, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work gives, or raise TimeoutError; a connection that hangs may not even be waited for to end."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


def _storable(text: str) -> str:
    """Return a text without halves of characters, which no database can hold."""
    return text.encode(errors="replace").decode()


def _fitting(event_id: str) -> str:
    """Return an event's id as its column can hold it."""
    if len(event_id) <= EVENT_ID_MAX_CHARACTERS and event_id.isprintable():
        return event_id
    return hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest()
