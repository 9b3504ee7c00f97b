"""Carry out one claimed event: read what it means, act, and write replies and "done" in one transaction."""

import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions import emergency
from actions.context import Context, Sender
from actions.curriculum.older import OlderVersions
from actions.data import erase_person
from actions.learners.inbox import Event
from actions.learners.outbox import RECEIPT, REPLY, NewMessage
from actions.learners.repository import OpenConversation, Repository, Store
from actions.learners.unanswered import Asked
from actions.menu import EMERGENCY
from actions.outcome import Outcome
from actions.position import read_position
from actions.reply import Reply, Result, as_document
from bot import clock
from bot.channels.base import Channel
from bot.delivery.questions import Questions, Versions, verdict_of
from bot.metrics import Metrics
from bot.turn import Meaning, Message, TurnHandler

logger = structlog.get_logger(__name__)
REPLY_LIFETIME = timedelta(days=1)  # later than that, an answer is of no use any more
RECEIPT_LIFETIME = timedelta(hours=1)
POLL = "poll:"


class ClaimLostError(Exception):
    """The claim on an event lapsed; another handles it or has handled it."""


class UnknownPollError(Exception):
    """A poll was answered that is not known, or not yet: its sending may still be written."""


@dataclass
class EventHandler:
    """Handles events of all channels; `channels` holds those whose replies are sent, not fetched."""

    turns: TurnHandler
    repository: Repository
    metrics: Metrics
    content_version: str
    public_url: str
    channels: Mapping[str, Channel] = field(default_factory=dict)
    older: OlderVersions = field(default_factory=OlderVersions)
    notice: str = ""  # said instead of every answer while operators stop the bot

    async def handle(self, event: Event) -> dict[str, Any]:
        """Handle an event once in effect.

        Returns:
            The response document of the REST API.

        Raises:
            ClaimLostError: Somebody else handles it.
            UnknownPollError: It answers a poll that is not known.
            SQLAlchemyError: Nothing was stored.
        """
        started = time.perf_counter()
        document = event.document
        who = Sender(event.channel, document["address"], event.sender_key)
        if document["kind"] != "message":
            response = await self._note(event, who, document["kind"])
        else:
            response = await self._turn(event, who)
        elapsed = time.perf_counter() - started
        self.metrics.turns.labels(event.channel, response["outcome"]).inc()
        self.metrics.turn_seconds.labels(event.channel).observe(elapsed)
        logger.info(
            "turn.done", channel=event.channel, outcome=response["outcome"], answer=response["answer"], elapsed_ms=round(elapsed * 1000, 1)
        )
        return response

    async def _turn(self, event: Event, who: Sender) -> dict[str, Any]:
        document = event.document
        choice = await self._value(event, document["choice"])
        message = Message(document["text"], choice, tuple(document["secrets"]), document["attachment"])
        # What a choice means does not hang on what is open; a text may be a number of the open menu.
        conversation = OpenConversation() if choice is not None else await self._peek(who)
        meaning = await self.turns.read(message, conversation, asks_model=not self.notice)
        try:
            return await self._act(event, who, meaning)
        except (SQLAlchemyError, OSError):
            if not meaning.is_urgent or who.channel in self.channels:
                raise
            logger.exception("turn.not_stored", channel=who.channel)
            return self.urgent_response(meaning)

    async def _act(self, event: Event, who: Sender, meaning: Meaning) -> dict[str, Any]:
        now = clock.now()
        async with self.repository.transaction() as store:
            if not await store.inbox.finish(event):
                raise ClaimLostError(event.id)
            conversation = await store.open_conversation(who.key)  # From here on, nobody else acts for this sender.
            context = await self._context(store, who, conversation, now, meaning)
            result = self._stopped(meaning) or await self.turns.act(meaning, context)
            response = self.response(result, context)
            if not context.erased:
                await self._keep(store, who, conversation.asked, meaning, result, context)
            await self._answer(store, event, who, result, response, context)
        if context.erased:
            await self.repository.scrub()
        return response

    def _stopped(self, meaning: Meaning) -> Result | None:
        """Return what is said while operators stop the bot; whoever needs help at once gets it all the same."""
        is_help = meaning.is_urgent or (meaning.kind == "choice" and emergency.leads_on(meaning.value))
        return None if is_help or not self.notice else Result((Reply(self.notice, (EMERGENCY,)),), Outcome.STOPPED)

    async def _context(self, store: Store, who: Sender, conversation: OpenConversation, now: Any, meaning: Meaning) -> Context:
        learner = await store.people.learner(who.key)
        if learner is None or learner.is_blocked:
            await store.people.unblock(who.key)  # Who writes is back; a guest who waits to be asked again, too.
        channel = self.channels.get(who.channel)
        position = read_position(conversation.position)
        context = Context(
            self.turns.curriculum.addressing(learner.address if learner else None), self.content_version, store, who, now,
            self.public_url, learner, position, is_large_text=bool(learner and learner.is_large_text),
            class_link=(lambda _code: None) if channel is None else channel.class_link,
            older_version=functools.partial(self.older.get, store),
        )  # fmt: skip
        if position is not None and (position.is_fresh(now) or position.is_meant(meaning.value)):
            await context.pin(position.version, position.begun)
        return context

    async def _keep(self, store: Store, who: Sender, asked: Asked | None, meaning: Meaning, result: Result, context: Context) -> None:
        if context.learner is not None:
            await store.people.touch(context.learner, context.now)
        position = context.position.model_dump(mode="json") if context.position else None
        await self._count(store, who, asked, meaning, result, context.now)
        questions = Questions(store, who.key, Versions(context.content_version, self.turns.model_version), context.now)
        asked = await questions.follow(asked, meaning, result)
        await store.keep_conversation(who.key, result.choices, position, context.now, asked=asked, heard_at=context.now)

    async def _count(self, store: Store, who: Sender, asked: Asked | None, meaning: Meaning, result: Result, now: datetime) -> None:
        """Let the turn wait to be counted, with the answer that was given, or guessed at, and its topic; nothing else of it is kept."""
        verdict = verdict_of(asked, meaning, now)
        guess = (asked.answer or asked.intent) if asked is not None and verdict else result.answer
        if guess is None and result.is_worth_review and meaning.understanding is not None:
            guess = meaning.understanding.intent
        known = self.turns.curriculum.answers.get(guess or "")
        topic = result.topic or (known.topic if known is not None else "")
        await store.counting.note(
            who.channel, who.key, str(result.outcome), now, verdict=verdict, topic=topic, answer=known.slug if known is not None else ""
        )

    async def _answer(self, store: Store, event: Event, who: Sender, result: Result, response: dict[str, Any], context: Context) -> None:
        """Write the replies where their channel gets them from."""
        channel = self.channels.get(who.channel)
        if channel is not None:
            kind, lifetime = (RECEIPT, RECEIPT_LIFETIME) if context.erased else (REPLY, REPLY_LIFETIME)
            composed = channel.compose(result.replies)
            await store.outbox.add([NewMessage(who.channel, who.key, who.address, m, lifetime, kind) for m in composed], context.now)
        elif result.outcome == Outcome.ERROR:
            await store.inbox.forget(event)  # The same message sent again later is answered.
        elif not context.erased:
            await store.inbox.keep_response(event, response)

    async def _note(self, event: Event, who: Sender, kind: str) -> dict[str, Any]:
        """Take note that a person stopped the bot, started it again, or wants everything erased."""
        now = clock.now()
        async with self.repository.transaction() as store:
            if not await store.inbox.finish(event):
                raise ClaimLostError(event.id)
            if kind == "withdrawn":
                await erase_person(store, who.key, now)
            elif kind == "blocked":
                await store.people.block(who.key, now)
                await store.outbox.drop(who.key)
            else:
                await store.people.unblock(who.key)
        if kind == "withdrawn":
            await self.repository.scrub()
        return self.response(Result((), Outcome.ACCOUNT))

    async def _value(self, event: Event, choice: str | None) -> str | None:
        """Return the value of a choice; a poll's answer is looked up."""
        if choice is None or not choice.startswith(POLL):
            return choice
        poll_id, _, option = choice.removeprefix(POLL).rpartition(":")
        async with self.repository.reading() as store:
            value = await store.outbox.poll_value(poll_id, event.sender_key, int(option) if option.isdecimal() else -1)
        if value is None:
            raise UnknownPollError(event.id)
        return value

    async def _peek(self, who: Sender) -> OpenConversation:
        try:
            return await self.repository.peek(who.key)
        except (SQLAlchemyError, OSError):
            return OpenConversation()  # Panic is answered all the same; the rest fails later.

    def urgent_response(self, meaning: Meaning) -> dict[str, Any]:
        """Return what is said to despair or panic when nothing can be stored."""
        return self.response(self.turns.urgent(meaning, clock.today()))

    def response(self, result: Result, context: Context | None = None) -> dict[str, Any]:
        """Return a result as the REST API shows it."""
        return {
            "replies": [as_document(reply) for reply in result.replies],
            "outcome": str(result.outcome),
            "topic": result.topic,
            "answer": result.answer,
            "suggested_topics": list(result.suggested_topics),
            "confidence": None if result.confidence is None else round(result.confidence, 4),
            "content_version": context.content_version if context is not None else self.content_version,
            "model_version": self.turns.model_version,
            "large_text": context is not None and context.is_large_text,
            "remembered": context is not None and (context.learner is not None or context.others_remain),
            "erased": context is not None and context.erased,
        }
