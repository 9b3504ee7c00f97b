"""The service behind every channel: one message in, one stored turn out."""

import asyncio
import time
import weakref
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions import reminder
from actions.context import Context, Sender
from actions.learners.learning import Issued
from actions.learners.repository import OpenConversation, Repository, Unanswered
from actions.learners.sharing import is_code
from actions.menu import show_main_menu
from actions.outcome import Outcome
from actions.position import read_position
from actions.reply import Choice, Result, as_document
from bot import clock
from bot.gate import mask_personal
from bot.metrics import Metrics
from bot.turn import Meaning, Message, TurnHandler
from bot.understanding import NluClient, NluUnavailableError

logger = structlog.get_logger(__name__)
NLU_CHECK_SECONDS = 2.0
JOBS_SECONDS = 60.0
RETENTION_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Retention:
    """How long is kept: questions that were not understood, and learners who do not come back."""

    unanswered: timedelta
    learners: timedelta


@dataclass(frozen=True)
class Health:
    """Which parts work; the service is ready when all do."""

    database: bool
    nlu: bool

    @property
    def is_ready(self) -> bool:
        """Whether questions can be answered."""
        return self.database and self.nlu


class Service:
    """Serves senders: keeps their menus, their order, and what could not be answered."""

    def __init__(
        self,
        turns: TurnHandler,
        nlu: NluClient,
        repository: Repository,
        metrics: Metrics,
        *,
        content_version: str,
        public_url: str,
        retention: Retention,
    ) -> None:
        self.turns = turns
        self.content_version = content_version
        self.metrics = metrics
        self._nlu = nlu
        self._repository = repository
        self._public_url = public_url
        self._retention = retention
        self._last_health: Health | None = None
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    @property
    def model_version(self) -> str:
        """The version of the NLU model that was last seen loaded."""
        return self._nlu.model_version

    async def handle(self, channel: str, sender: str, message: Message, message_id: str | None = None) -> dict[str, Any]:
        """Answer one message and store what the turn leaves behind.

        Args:
            channel: The channel's name.
            sender: The platform's address of the sender; a guest's is kept as a hash only.
            message: What came in.
            message_id: The sender's own id of this message; the same id again gets the
                same response, and nothing is done twice.

        Returns:
            The response document of the REST API.
        """
        started = time.perf_counter()
        who = Sender(channel, sender, self._repository.keys.sender_key(channel, sender))
        lock = self._locks.setdefault(who.key, asyncio.Lock())
        async with lock:
            response = await self._turn(who, message, message_id)
        elapsed = time.perf_counter() - started
        self.metrics.turns.labels(channel, response["outcome"]).inc()
        self.metrics.turn_seconds.labels(channel).observe(elapsed)
        logger.info(
            "turn.done", channel=channel, outcome=response["outcome"], answer=response["answer"], elapsed_ms=round(elapsed * 1000, 1)
        )
        return response

    async def _turn(self, who: Sender, message: Message, message_id: str | None) -> dict[str, Any]:
        try:
            conversation, earlier = await self._repository.peek(who.key, message_id)
        except SQLAlchemyError:
            conversation, earlier = OpenConversation(), None  # Panic is answered all the same; the rest fails below.
        if earlier is not None:
            return earlier
        meaning = await self.turns.read(message, conversation)
        try:
            return await self._act(who, meaning, message_id)
        except SQLAlchemyError:
            if not meaning.is_urgent:
                raise
            logger.exception("turn.not_stored", channel=who.channel)
            return self._response(self.turns.urgent(meaning, clock.today()))

    async def _act(self, who: Sender, meaning: Meaning, message_id: str | None) -> dict[str, Any]:
        now = clock.now()
        is_erased = False
        async with self._repository.transaction() as store:
            conversation = await store.open_conversation(who.key)  # From here on, nobody else acts for this sender.
            if message_id is not None and (earlier := await store.handled(who.key, message_id)):
                return earlier  # Another replica answered it while this one was reading.
            learner = await store.people.learner(who.key)
            context = Context(
                self.turns.curriculum.addressing(learner.address if learner else None), self.content_version, store, who, now,
                self._public_url, learner, read_position(conversation.position), is_large_text=bool(learner and learner.is_large_text),
            )  # fmt: skip
            result = await self.turns.act(meaning, context)
            response = self._response(result, context)
            is_erased = context.erased
            if not is_erased:
                if context.learner is not None:
                    await store.people.touch(context.learner, now)
                position = context.position.model_dump(mode="json") if context.position else None
                await store.keep_conversation(who.key, result.choices, position, now)
                if message_id is not None and result.outcome != Outcome.ERROR:
                    await store.keep_response(who.key, message_id, response, now)
                unanswered = self._unanswered(meaning, result)
                if unanswered is not None:
                    await store.keep_unanswered(unanswered, now)
        if is_erased:
            await self._repository.scrub()
        return response

    async def take_waiting(self, channel: str, sender: str) -> list[dict[str, Any]]:
        """Return the messages that wait for a sender, each once; their choices become the open menu."""
        key = self._repository.keys.sender_key(channel, sender)
        async with self._repository.reading() as store:
            if not await store.outbound.has_waiting(key):
                return []
        async with self._locks.setdefault(key, asyncio.Lock()), self._repository.transaction() as store:
            now = clock.now()
            waiting = await store.outbound.take(key, now)
            if waiting:
                conversation = await store.open_conversation(key)
                choices = [Choice(**choice) for reply in waiting for choice in reply["choices"]]
                await store.keep_conversation(key, choices, conversation.position, now)
        return waiting

    def welcome(self) -> dict[str, Any]:
        """Return the greeting with the main menu; it belongs to no sender and stores nothing."""
        return self._response(show_main_menu(self.turns.curriculum, "welcome"))

    async def explain(self, text: str) -> dict[str, Any]:
        """Answer a question without storing anything; add the ranking and the decision."""
        meaning = await self.turns.read(Message(text), OpenConversation())
        async with self._repository.reading() as store:
            who = Sender("explain", "", "")
            context = Context(self.turns.curriculum, self.content_version, store, who, clock.now(), self._public_url)
            result = await self.turns.act(meaning, context)
        understanding = meaning.understanding
        ranking = understanding.ranking if understanding else ()
        return self._response(result, context) | {
            "normalised": understanding.normalised if understanding else "",
            "decision": understanding.decision if understanding else "",
            "ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking],
        }

    async def health(self) -> Health:
        """Ask the database and the NLU server for a sign of life."""
        health = Health(await self._database_works(), await self._nlu_works())
        self.metrics.nlu_up.set(health.nlu)
        if health != self._last_health:
            logger.info("health.changed", database=health.database, nlu=health.nlu)
            self._last_health = health
        return health

    async def _database_works(self) -> bool:
        try:
            await self._repository.check()
        except Exception:  # noqa: BLE001 - whatever the driver raises: a database that fails is not ready
            return False
        return True

    async def _nlu_works(self) -> bool:
        try:
            await self._nlu.check()
        except NluUnavailableError:
            return False
        return True

    async def watch(self) -> None:
        """For ever, see whether the parts work, write due reminders, and once a day forget what is old."""
        worked_at = 0.0
        while True:
            await self.health()
            if time.monotonic() - worked_at > JOBS_SECONDS or not worked_at:
                worked_at = time.monotonic()
                await self._work()
            await asyncio.sleep(NLU_CHECK_SECONDS if not self._nlu.model_version else 5 * NLU_CHECK_SECONDS)

    async def _work(self) -> None:
        try:
            await self.write_due_messages()
            last = await self._repository.last_retention()
            if last is None or clock.now() - last >= RETENTION_EVERY:
                deleted = await self._repository.retain(clock.now(), self._retention.unanswered, self._retention.learners)
                logger.info("retention.done", **deleted)
        except SQLAlchemyError as error:
            logger.warning("jobs.failed", error=type(error).__name__)

    async def write_due_messages(self) -> int:
        """Write the reminders and follow-ups whose time has come; return how many."""
        async with self._repository.transaction() as store:
            written = await reminder.write_due_messages(store, self.turns.curriculum, clock.now())
        if written:
            logger.info("reminders.written", count=written)
        return written

    async def certificate(self, code: str) -> Issued | None:
        """Return a certificate by its code, or None."""
        if not is_code(code):
            return None
        async with self._repository.reading() as store:
            return await store.certificate(code)

    async def class_name(self, code: str) -> str | None:
        """Return the name of a class by its code, or None."""
        if not is_code(code):
            return None
        async with self._repository.reading() as store:
            return await store.sharing.class_name(code)

    async def export(self, code: str) -> dict[str, Any] | None:
        """Return a learner's data by the code that was given for it, or None for a wrong or late one."""
        if not is_code(code):
            return None
        async with self._repository.transaction() as store:
            learner_id = await store.sharing.read_code("export", code, clock.now())
            return None if learner_id is None else await store.privacy.export(learner_id)

    async def close(self) -> None:
        """Close all connections."""
        await self._nlu.close()
        await self._repository.close()

    def _unanswered(self, meaning: Meaning, result: Result) -> Unanswered | None:
        if not result.is_worth_review or meaning.understanding is None:
            return None
        return Unanswered(
            masked_text=mask_personal(meaning.text),
            outcome=result.outcome,
            best_intent=meaning.understanding.intent,
            confidence=meaning.understanding.confidence,
            content_version=self.content_version,
            model_version=self.model_version,
        )

    def _response(self, result: Result, context: Context | None = None) -> dict[str, Any]:
        return {
            "replies": [as_document(reply) for reply in result.replies],
            "outcome": str(result.outcome),
            "topic": result.topic,
            "answer": result.answer,
            "suggested_topics": list(result.suggested_topics),
            "confidence": None if result.confidence is None else round(result.confidence, 4),
            "content_version": self.content_version,
            "model_version": self.model_version,
            "large_text": context is not None and context.is_large_text,
            "remembered": context is not None and (context.learner is not None or context.others_remain),
            "erased": context is not None and context.erased,
        }
