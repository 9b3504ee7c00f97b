"""The words for what statistics name by slugs: channels, paths, topics, answers, lessons, questions and their choices."""

import asyncio
import json
from collections.abc import Collection, Hashable, Mapping

from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.learners.repository import Repository
from actions.learners.statistics.quiz_items import Same
from actions.outcome import OUTCOME_LABELS, Outcome
from bot.service import Service

CHANNEL_TITLES = {"web": "Trang chat", "telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
NO_PATH, NO_TOPIC = "Chưa chọn lộ trình", "Không đoán được"
Choices = Mapping[tuple[str, str], tuple[str, ...]]  # the texts of the choices of each question, by lesson and question


class Words:
    """The words of one version of the content; what is gone from it is named by its slug."""

    def __init__(self, curriculum: Curriculum, content_version: str, repository: Repository) -> None:
        self.curriculum, self.content_version = curriculum, content_version
        self._repository = repository
        self._choices: dict[str, Choices] = {content_version: _choices_of(curriculum)}

    def channel(self, name: str) -> str:
        """Return the title of a channel."""
        return CHANNEL_TITLES.get(name, name)

    def path(self, slug: str) -> str:
        """Return the title of a learning path; of none, that none is chosen."""
        found = self.curriculum.paths.get(slug)
        return found.title if found else slug or NO_PATH

    def topic(self, slug: str) -> str:
        """Return the title of a topic; of none, that it is not known."""
        found = self.curriculum.topics.get(slug)
        return found.title if found else slug or NO_TOPIC

    def answer(self, slug: str) -> str:
        """Return the title of an answer."""
        found = self.curriculum.answers.get(slug)
        return found.title if found else slug

    def lesson(self, slug: str) -> str:
        """Return the title of a lesson."""
        found = self.curriculum.lessons.get(slug)
        return found.title if found else slug

    def step(self, lesson: str, number: int) -> str:
        """Return the heading of a lesson's step; `number` counts from 1."""
        found = self.curriculum.lessons.get(lesson)
        heading = found.steps[number - 1].heading if found and number <= len(found.steps) else ""
        return f"Bước {number}: {self._filled(heading)}" if heading else f"Bước {number}"

    def question(self, lesson: str, slug: str) -> str:
        """Return the text of a question."""
        found = self.curriculum.lessons.get(lesson)
        question = found.questions.get(slug) if found else None
        return self._filled(question.text) if question else slug

    def outcome(self, value: str) -> str:
        """Return the label of an outcome."""
        return OUTCOME_LABELS[Outcome(value)]

    def lessons_of(self, topic: str) -> tuple[str, ...]:
        """Return the lessons of a topic."""
        return tuple(slug for slug, lesson in self.curriculum.lessons.items() if topic in lesson.topics)

    def choice(self, version: str, lesson: str, question: str, choice: int) -> str:
        """Return the text of a choice as a content version that was read has it; its number where it is not there."""
        texts = self._choices.get(version, {}).get((lesson, question), ())
        return self._filled(texts[choice]) if choice < len(texts) else f"lựa chọn {choice + 1} (bản {version})"

    async def same(self, versions: Collection[str]) -> Same:
        """Read the choices of content versions; return what tells which choices have the same words."""
        for version in versions:
            if version not in self._choices:
                self._choices[version] = await self._read(version)

        def same(version: str, lesson: str, question: str, choice: int) -> Hashable:
            return self.choice(version, lesson, question, choice)

        return same

    def _filled(self, text: str) -> str:
        """Return a text as a citizen reads it; one of an older version may name a fact that is gone, and stays as it is."""
        try:
            return render(text, self.curriculum)
        except KeyError:
            return text

    async def _read(self, version: str) -> Choices:
        async with self._repository.reading() as store:
            document = await store.contents.document(version)
        return {} if document is None else await asyncio.to_thread(_choices_in, document)


def _choices_of(curriculum: Curriculum) -> Choices:
    return {
        (lesson.slug, question.slug): tuple(choice.text for choice in question.choices)
        for lesson in curriculum.lessons.values()
        for question in lesson.questions.values()
    }


def _choices_in(document: str) -> Choices:
    """Return the choices of a version's document, whichever service wrote it."""
    return {
        (lesson, question): tuple(choice["text"] for choice in about.get("choices", ()))
        for lesson, of_lesson in json.loads(document).get("lessons", {}).items()
        for question, about in of_lesson.get("questions", {}).items()
    }


class CurrentWords:
    """The words of the content that a service says now; made anew when that is another."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._words: Words | None = None

    def __call__(self) -> Words:
        """Return them."""
        service, words = self._service, self._words
        if words is None or words.content_version != service.handler.content_version:
            words = self._words = Words(service.turns.curriculum, service.handler.content_version, service.repository)
        return words
