"""The service behind every channel: one message in, one stored turn out."""

import asyncio
import hashlib
import hmac
import time
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.repository import Repository, Unanswered
from actions.menu import show_main_menu
from actions.reply import Result
from bot.gate import mask_personal
from bot.metrics import Metrics
from bot.turn import Message, Turn, TurnHandler
from bot.understanding import NluClient, NluUnavailableError

logger = structlog.get_logger(__name__)
NLU_CHECK_SECONDS = 2.0
PURGE_SECONDS = 3600.0


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
        secret_key: bytes,
        unanswered_retention: timedelta,
    ) -> None:
        self.turns = turns
        self.content_version = content_version
        self.metrics = metrics
        self._nlu = nlu
        self._repository = repository
        self._secret_key = secret_key
        self._unanswered_retention = unanswered_retention
        self._last_health: Health | None = None
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    @property
    def model_version(self) -> str:
        """The version of the NLU model that was last seen loaded."""
        return self._nlu.model_version

    def sender_key(self, channel: str, sender: str) -> str:
        """Return the keyed hash by which a sender is known; it cannot be turned back."""
        return hmac.new(self._secret_key, f"{channel}|{sender}".encode(), hashlib.sha256).hexdigest()

    async def handle(self, channel: str, sender: str, message: Message, message_id: str | None = None) -> dict[str, Any]:
        """Answer one message and store what the turn leaves behind.

        Args:
            channel: The channel's name.
            sender: The platform's address of the sender; only its hash is kept.
            message: What came in.
            message_id: The sender's own id of this message; the same id again gets the
                same response, and nothing is done twice.

        Returns:
            The response document of the REST API.
        """
        started = time.perf_counter()
        key = self.sender_key(channel, sender)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if message_id is not None and (earlier := await self._repository.handled(key, message_id)):
                return earlier
            turn = await self.turns.handle(message, await self._repository.open_choices(key))
            response = self._response(turn.result)
            is_retryable = turn.result.outcome == "error"
            await self._repository.finish_turn(
                key,
                turn.result.choices,
                datetime.now(UTC),
                message_id=None if is_retryable else message_id,
                response=response,
                unanswered=self._unanswered(turn),
            )
        elapsed = time.perf_counter() - started
        self.metrics.turns.labels(channel, turn.result.outcome).inc()
        self.metrics.turn_seconds.labels(channel).observe(elapsed)
        logger.info(
            "turn.done", channel=channel, outcome=turn.result.outcome, answer=turn.result.answer, elapsed_ms=round(elapsed * 1000, 1)
        )
        return response

    def welcome(self) -> dict[str, Any]:
        """Return the greeting with the main menu; it belongs to no sender and stores nothing."""
        return self._response(show_main_menu(self.turns.curriculum, "welcome"))

    async def explain(self, text: str) -> dict[str, Any]:
        """Answer a question without storing anything; add the ranking and the decision."""
        turn = await self.turns.handle(Message(text), ())
        understanding = turn.understanding
        ranking = understanding.ranking if understanding else ()
        return self._response(turn.result) | {
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
        """For ever, see whether the parts work, and forget what has outlived its retention time."""
        purged_at = 0.0
        while True:
            await self.health()
            if time.monotonic() - purged_at > PURGE_SECONDS:
                purged_at = time.monotonic()
                await self._purge()
            await asyncio.sleep(NLU_CHECK_SECONDS if not self._nlu.model_version else 5 * NLU_CHECK_SECONDS)

    async def _purge(self) -> None:
        try:
            rows = await self._repository.purge(datetime.now(UTC), self._unanswered_retention)
        except SQLAlchemyError as error:
            logger.warning("retention.failed", error=type(error).__name__)
        else:
            logger.info("retention.done", rows=rows)

    async def close(self) -> None:
        """Close all connections."""
        await self._nlu.close()
        await self._repository.close()

    def _unanswered(self, turn: Turn) -> Unanswered | None:
        if not turn.result.is_worth_review or turn.understanding is None:
            return None
        return Unanswered(
            masked_text=mask_personal(turn.text),
            outcome=turn.result.outcome,
            best_intent=turn.understanding.intent,
            confidence=turn.understanding.confidence,
            content_version=self.content_version,
            model_version=self.model_version,
        )

    def _response(self, result: Result) -> dict[str, Any]:
        return {
            "replies": [
                {
                    "text": reply.text,
                    "choices": [{"label": c.label, "value": c.value} for c in reply.choices],
                    "image": reply.image,
                }
                for reply in result.replies
            ],
            "outcome": str(result.outcome),
            "topic": result.topic,
            "answer": result.answer,
            "suggested_topics": list(result.suggested_topics),
            "confidence": None if result.confidence is None else round(result.confidence, 4),
            "content_version": self.content_version,
            "model_version": self.model_version,
        }
