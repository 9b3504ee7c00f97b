"""What has to be looked at again: reviews that are due, facts by the day they were checked, all addresses of sources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from actions.curriculum.model import Answer, Curriculum, Fact, Lesson, Script, Source
from actions.curriculum.text import fact_slugs
from actions.curriculum.tree import Item, ItemKind

REVIEW_MONTHS = 6
FACTS_ITEM = Item("facts", "facts")
_FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)
_DAY = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class Due:
    """An item and its review; `days_left` is negative when it is overdue."""

    item: Item
    title: str
    reviewed_on: date
    review_by: date
    days_left: int


@dataclass(frozen=True)
class FactInUse:
    """A fact, and how many answers, lessons, guides and drills say it."""

    fact: Fact
    uses: int


@dataclass(frozen=True)
class SourceInUse:
    """The address of a source, its titles, and the items that name it."""

    address: str
    titles: tuple[str, ...]
    items: tuple[Item, ...]


def due_items(curriculum: Curriculum, today: date, within_days: int | None = None) -> list[Due]:
    """Return the items whose review is past or near, the most urgent first.

    Args:
        curriculum: The content.
        today: The day.
        within_days: How near; None for all items.
    """
    found = [
        Due(item, one.title, one.reviewed_on, one.review_by, (one.review_by - today).days) for item, one in _items(curriculum)
    ]  # fmt: skip
    return sorted(
        (due for due in found if within_days is None or due.days_left <= within_days), key=lambda due: (due.review_by, str(due.item))
    )


def facts_by_day(curriculum: Curriculum) -> list[FactInUse]:
    """Return all facts, the one that was checked longest ago first."""
    uses: dict[str, int] = {}
    for _, one in _items(curriculum):
        for slug in fact_slugs(" ".join(_texts(one))):
            uses[slug] = uses.get(slug, 0) + 1
    facts = sorted(curriculum.facts.values(), key=lambda fact: (fact.source.read_on, fact.slug))
    return [FactInUse(fact, uses.get(fact.slug, 0)) for fact in facts]


def sources_in_use(curriculum: Curriculum) -> list[SourceInUse]:
    """Return every address that a source or fact names, with where."""
    found: dict[str, tuple[dict[str, None], dict[Item, None]]] = {}
    for item, source in _sources(curriculum):
        if source.address:
            titles, items = found.setdefault(source.address, ({}, {}))
            titles[source.title] = None
            items[item] = None
    return [SourceInUse(address, tuple(titles), tuple(items)) for address, (titles, items) in sorted(found.items())]


def reviewed(text: str, today: date) -> str:
    """Return an item's file with today as its review, and the next one half a year later; all else stays.

    Raises:
        ValueError: The file has no such lines.
    """
    head = _FRONT_MATTER.match(text)
    end = head.end() if head else len(text)
    first = _replaced(text[:end], "reviewed_on", today)
    return _replaced(first, "review_by", months_later(today, REVIEW_MONTHS)) + text[end:]


def fact_checked(text: str, slug: str, today: date) -> str:
    """Return the facts' file with today as the day on which one fact was checked; all else stays.

    Raises:
        ValueError: There is no such fact.
    """
    block = re.search(rf"^{re.escape(slug)}:\n(?:[ \t]+\S.*\n|[ \t]*#.*\n|\s*\n)+", text + "\n", re.MULTILINE)
    if block is None:
        raise ValueError(slug)
    end = min(block.end(), len(text))
    return text[: block.start()] + _replaced(text[block.start() : end], "  checked_on", today) + text[end:]


def months_later(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where that has fewer days."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError(day)


def _replaced(text: str, name: str, day: date) -> str:
    changed, count = re.subn(rf"^({name}:[ \t]*){_DAY}(?=[ \t]*(?:#.*)?$)", rf"\g<1>{day.isoformat()}", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(name.strip())
    return changed


def _items(curriculum: Curriculum) -> Iterator[tuple[Item, Answer | Lesson | Script]]:
    """Yield everything that has a review and is in use."""
    kinds: tuple[tuple[ItemKind, dict[str, Lesson] | dict[str, Script]], ...] = (
        ("lesson", curriculum.lessons), ("guide", curriculum.guides), ("drill", curriculum.drills),
    )  # fmt: skip
    for answer in curriculum.answers.values():
        if not answer.is_retired:
            yield Item("answer", answer.slug), answer
    for kind, records in kinds:
        for record in records.values():
            if record.status != "retired":
                yield Item(kind, record.slug), record


def _sources(curriculum: Curriculum) -> Iterator[tuple[Item, Source]]:
    for item, one in _items(curriculum):
        for source in one.sources:
            yield item, source
    for fact in curriculum.facts.values():
        yield FACTS_ITEM, fact.source


def _texts(one: Answer | Lesson | Script) -> Iterator[str]:
    match one:
        case Answer():
            yield from (one.text, one.more, *one.devices.values())
        case Lesson():
            for step in one.steps:
                yield from (step.text, step.simple)
            for question in one.questions.values():
                yield question.text
                for choice in question.choices:
                    yield from (choice.text, choice.feedback)
        case Script():
            yield one.intro
            for line in one.steps.values():
                yield from (line.text, line.sign)
                yield from (choice.text for choice in line.choices)
