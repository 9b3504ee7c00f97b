"""What becomes of a question: remembered until a tap tells whether it was answered well, kept for trainers where it was not."""

from dataclasses import dataclass, replace
from datetime import datetime

from actions.learners.repository import Store
from actions.learners.unanswered import DECLINED, THUMBS_DOWN, Asked, Unanswered
from actions.outcome import Outcome
from actions.reply import Result
from bot.gate import mask_personal
from bot.turn import Meaning

_URGENT = (Outcome.CRISIS, Outcome.EMERGENCY)


@dataclass(frozen=True)
class Versions:
    """What a question was answered by."""

    content: str
    model: str


@dataclass(frozen=True)
class Questions:
    """Follows the questions of one sender through one turn."""

    store: Store
    sender_key: str
    versions: Versions
    now: datetime

    async def follow(self, asked: Asked | None, meaning: Meaning, result: Result) -> Asked | None:
        """Keep or correct what trainers get to see of a question.

        Args:
            asked: The question that was asked last.
            meaning: What this turn's message means.
            result: What it was answered with.

        Returns:
            The question to remember until the next turn.
        """
        if meaning.is_urgent or result.outcome in _URGENT:
            return None  # Nothing of somebody in need is remembered.
        if meaning.kind == "question":
            return await self._new(meaning, result)
        if meaning.kind != "choice" or asked is None:
            return asked
        return await self._tapped(asked, meaning, result) if asked.is_of_use(self.now) else None

    async def _new(self, meaning: Meaning, result: Result) -> Asked | None:
        understood = meaning.understanding
        if understood is None:
            return None
        asked = Asked(mask_personal(meaning.text), understood.intent, understood.confidence, self.now.timestamp())
        if result.is_worth_review:
            row = await self._keep(asked, result.outcome, understood.intent)
            return replace(asked, row=row, offered=_offered(result)) if result.outcome is Outcome.SUGGESTED else None
        return replace(asked, answer=result.answer) if result.outcome is Outcome.ANSWERED else None

    async def _tapped(self, asked: Asked, meaning: Meaning, result: Result) -> Asked | None:
        verdict = verdict_of(asked, meaning, self.now)
        if verdict == DECLINED and asked.row is not None:
            await self.store.unanswered.decline(asked.row)
        elif verdict:  # Of suggestions, one was looked at before.
            await self._keep(asked, verdict, asked.answer if verdict == THUMBS_DOWN else asked.intent)
        if verdict:
            return None
        verb, _, slug = meaning.value.partition(":")
        if verb == "answer" and slug in asked.offered and result.answer == slug:
            if asked.row is not None:
                await self.store.unanswered.drop(asked.row)
            return replace(asked, row=None, answer=slug)
        return asked

    async def _keep(self, asked: Asked, outcome: str, best_intent: str | None) -> int | None:
        kept = Unanswered(asked.text, str(outcome), best_intent, asked.confidence, self.versions.content, self.versions.model)
        return await self.store.unanswered.keep(kept, self.now, self.sender_key)


def verdict_of(asked: Asked | None, meaning: Meaning, now: datetime) -> str:
    """Return what a tap says of the answer to the last question: declined, thumbs_down, or nothing."""
    if asked is None or meaning.kind != "choice" or not asked.is_of_use(now):
        return ""
    verb, _, slug = meaning.value.partition(":")
    if verb == "none" and asked.offered:
        return DECLINED
    return THUMBS_DOWN if verb == "wrong" and slug == asked.answer else ""


def _offered(result: Result) -> tuple[str, ...]:
    return tuple(choice.value.removeprefix("answer:") for choice in result.choices if choice.value.startswith("answer:"))
