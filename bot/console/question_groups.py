"""Unanswered questions as trainers look at them: alike ones in one group, with what the bot made of them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from actions.curriculum.examples import folded_key
from actions.learners.unanswered import DECLINED, OUTCOMES, SUGGESTED, THUMBS_DOWN, UNKNOWN, Waiting
from actions.likeness import group_alike
from bot.console.targets import Target, Targets

OUTCOME_TITLES = {
    UNKNOWN: "Chưa hiểu",
    SUGGESTED: "Đã gợi ý, chưa chọn",
    DECLINED: "Không phải các ý đã gợi ý",
    THUMBS_DOWN: "Trả lời chưa đúng ý",
}
GUESSED = (UNKNOWN, SUGGESTED)  # what the bot thought of; in the others, what it said was not meant
WEEKS = (1, 2, 4, 8, 12)
NO_TOPIC = "-"
GUESSES_SHOWN = 3
KEPT_GROUPINGS = 4


@dataclass(frozen=True)
class Filter:
    """Which questions are shown: of which kinds, of how many weeks (0: all), of which topic of the best guess."""

    kind: str = ""
    weeks: int = 0
    topic: str = ""

    def since(self, now: datetime) -> datetime | None:
        """Return the time from which on questions are shown."""
        return now - timedelta(weeks=self.weeks) if self.weeks in WEEKS else None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that are shown."""
        return (self.kind,) if self.kind in OUTCOMES else OUTCOMES


@dataclass(frozen=True)
class Wording:
    """One way in which a question was typed, and the rows that have it."""

    text: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that are alike."""

    text: str
    questions: tuple[Waiting, ...]

    @property
    def id(self) -> int:
        """The number of its oldest question."""
        return min(question.id for question in self.questions)

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.questions)

    @property
    def latest(self) -> datetime:
        """When it was asked last."""
        return max(question.asked_at for question in self.questions)

    @cached_property
    def outcomes(self) -> list[tuple[str, int]]:
        """The titles of its outcomes with their counts, in the order of the list."""
        counts = Counter(question.outcome for question in self.questions)
        return [(OUTCOME_TITLES[outcome], counts[outcome]) for outcome in OUTCOMES if counts[outcome]]

    @cached_property
    def guesses(self) -> list[tuple[str, int]]:
        """What the bot thought was meant: slugs with counts, the most frequent first."""
        return _counted(question.best_intent for question in self.questions if question.outcome in GUESSED)

    @cached_property
    def refused(self) -> list[tuple[str, int]]:
        """What the bot said or suggested first, and was not meant."""
        return _counted(question.best_intent for question in self.questions if question.outcome not in GUESSED)

    @cached_property
    def wordings(self) -> list[Wording]:
        """The ways in which it was typed, the most frequent first."""
        rows: dict[str, list[Waiting]] = {}
        for question in self.questions:
            rows.setdefault(folded_key(question.masked_text) or question.masked_text, []).append(question)
        found = [Wording(_best_typed(alike), tuple(sorted(one.id for one in alike))) for alike in rows.values()]
        return sorted(found, key=lambda wording: (-len(wording.rows), wording.text))


class Grouping:
    """Groups questions, and remembers the last few groupings: the same list is looked at again and again."""

    def __init__(self, normalise: Callable[[str], str]) -> None:
        self._normalise = normalise
        self._kept: dict[tuple[int, ...], list[QuestionGroup]] = {}

    async def groups(self, questions: Sequence[Waiting]) -> list[QuestionGroup]:
        """Return the groups, the one that was asked most first, then the latest."""
        key = tuple(hash((one.id, one.outcome)) for one in questions)
        if key not in self._kept:
            groups = await asyncio.to_thread(self._group, questions)
            while len(self._kept) >= KEPT_GROUPINGS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = groups
        return self._kept[key]

    def _group(self, questions: Sequence[Waiting]) -> list[QuestionGroup]:
        texts = [question.masked_text for question in questions]
        found = [
            QuestionGroup(texts[group.leader], tuple(questions[place] for place in group.places))
            for group in group_alike(texts, normalise=self._normalise)
        ]
        return sorted(found, key=lambda group: (-group.count, -group.latest.timestamp(), group.id))


def of_topic(questions: Iterable[Waiting], topic: str, targets: Targets) -> list[Waiting]:
    """Return the questions whose best guess is of a topic, or of none for `NO_TOPIC`; all where no topic is named."""
    return [one for one in questions if topic in ("", targets.topic_of(one.best_intent) or NO_TOPIC)]


def likely(group: QuestionGroup, targets: Targets) -> list[Target]:
    """Return the answers that a group most likely belongs to: what was guessed, then neighbours of what was refused."""
    refused = {slug for slug, _ in group.refused}
    topics = [targets.topic_of(slug) for slug, _ in group.refused]
    neighbours = [one for topic in topics for one in targets.by_slug.values() if one.topic == topic and one.slug not in refused]
    guessed = [targets.by_slug[slug] for slug, _ in group.guesses if slug in targets.by_slug]
    return list(dict.fromkeys((*guessed, *neighbours)))[:GUESSES_SHOWN]


def near_topics(group: QuestionGroup, targets: Targets) -> list[str]:
    """Return the topics of what the bot made of a group, the most frequent first."""
    topics = (targets.topic_of(slug) for slug, _ in (*group.guesses, *group.refused))
    return list(dict.fromkeys(topic for topic in topics if topic))


def _counted(intents: Iterable[str | None]) -> list[tuple[str, int]]:
    counts = Counter(intent for intent in intents if intent is not None)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _best_typed(questions: Sequence[Waiting]) -> str:
    """Return the text of alike ones that has the most diacritics."""
    texts = (question.masked_text for question in questions)
    return max(texts, key=lambda text: (sum(not character.isascii() for character in text), text))
