"""The answers that questions may be added to: those that are published, and those that are being written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.curriculum.examples import folded_key
from actions.curriculum.model import Curriculum
from actions.curriculum.tree import Item
from actions.learners.contents import DraftText
from bot.console.titles import title_of

FOUND_MAX = 8


@dataclass(frozen=True)
class Target:
    """An answer, published or not yet."""

    slug: str
    title: str
    topic: str
    topic_title: str
    is_new: bool = False


@dataclass(frozen=True)
class Targets:
    """All answers that questions may be added to, by slug."""

    by_slug: dict[str, Target]
    taken: frozenset[str]  # slugs that a new answer may not have

    @classmethod
    def of(cls, curriculum: Curriculum, drafts: Sequence[DraftText]) -> "Targets":
        """Return the answers in use, and the new ones of drafts."""
        titles = {slug: topic.title for slug, topic in curriculum.topics.items()}
        found = {
            answer.slug: Target(answer.slug, answer.title, answer.topic, titles.get(answer.topic, answer.topic))
            for answer in curriculum.answers.values()
            if not answer.is_retired
        }
        for draft in drafts:
            item = Item.parse(draft.item)
            topic = _topic(draft, item)
            if item.kind == "answer" and item.slug not in curriculum.answers and topic:
                texts = {path: text for path, text in draft.files.items() if text is not None}
                found[item.slug] = Target(item.slug, title_of(texts, item), topic, titles.get(topic, topic), is_new=True)
        return cls(found, frozenset({*curriculum.answers, *found}))

    def topic_of(self, slug: str | None) -> str:
        """Return the topic of an answer, empty where there is no such answer."""
        target = self.by_slug.get(slug or "")
        return "" if target is None else target.topic

    def search(self, query: str, near: Iterable[str] = ()) -> list[Target]:
        """Return the answers whose title, slug or topic has all words of a query, those of near topics first."""
        words, topics = folded_key(query).split(), set(near)
        found = [target for target in self.by_slug.values() if all(word in _searched(target) for word in words)]
        return sorted(found, key=lambda target: (target.topic not in topics, folded_key(target.title)))[:FOUND_MAX]


def _searched(target: Target) -> str:
    return folded_key(f"{target.title} {target.slug} {target.topic_title}")


def _topic(draft: DraftText, item: Item) -> str:
    paths = [path.split("/") for path, text in draft.files.items() if text is not None]
    return next((parts[2] for parts in paths if len(parts) == 4 and parts[3].rpartition(".")[0] == item.slug), "")
