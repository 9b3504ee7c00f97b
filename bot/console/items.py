"""The items as the console's pages need them: texts with drafts, lists with titles and counts, new ones, what is in use elsewhere."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from actions.curriculum.adding import examples_in, keys_of
from actions.curriculum.examples import folded_key
from actions.curriculum.forms import Form, read_all_facts, with_question_ids, write_form
from actions.curriculum.reading import SLUG_MAX_BYTES
from actions.curriculum.tree import FACTS, Item, ItemKind, item_of, paths_of
from actions.curriculum.yaml_text import UnreadableError
from actions.learners.contents import DraftText, applied
from actions.learners.repository import Repository
from bot.console.forms import BLANKS, change_rows
from bot.console.titles import title_of

REVIEW_AFTER = timedelta(days=180)
EXAMPLES_WANTED = 25
_FIRST_ROWS: dict[ItemKind, tuple[str, ...]] = {
    "answer": ("add:sources",),
    "lesson": ("add:sources", *("add:steps",) * 3, *("add:questions",) * 6),
    "guide": ("add:sources", "add:steps", "add:steps.0.choices", "add:steps.0.choices"),
    "drill": ("add:sources", *("add:steps",) * 4),
}


@dataclass(frozen=True)
class Listed:
    """One item in a list; `examples` only of answers."""

    item: Item
    title: str
    topic: str
    examples: int
    status: str
    draft: DraftText | None

    @property
    def is_thin(self) -> bool:
        """Whether it has fewer examples than is good."""
        return self.item.kind == "answer" and self.examples < EXAMPLES_WANTED


class Texts:
    """The published texts, kept between requests until another version is active."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._version = ""
        self._files: dict[str, str] = {}
        self._known: dict[str, str] = {}

    async def active(self) -> dict[str, str]:
        """Return the published texts by path."""
        async with self._repository.reading() as store:
            version = await store.contents.active_version()
            if version is not None and version != self._version:
                self._files, self._known = await store.contents.active_files(), {}
                self._version = version
        return self._files

    async def working(self) -> tuple[dict[str, str], list[DraftText]]:
        """Return the published texts with all drafts put in, and the drafts."""
        files = await self.active()
        async with self._repository.reading() as store:
            drafts = await store.contents.drafts()
        return applied(files, drafts), drafts

    async def of_item(self, item: Item) -> tuple[dict[str, str], dict[str, str], DraftText | None]:
        """Return an item's published texts, its texts with its draft, and the draft."""
        files = await self.active()
        async with self._repository.reading() as store:
            draft = await store.contents.draft(str(item))
        published = {path: files[path] for path in paths_of(item, files) if path in files}
        return published, applied(published, [draft] if draft else []), draft

    async def known_examples(self) -> dict[str, str]:
        """Return the published examples: words without diacritics → intent."""
        files = await self.active()
        if not self._known:
            self._known = await asyncio.to_thread(keys_of, files)
        return self._known


def listed(files: Mapping[str, str], drafts: Iterable[DraftText]) -> list[Listed]:
    """Return every item of some texts, in the order of their titles."""
    by_item = {draft.item: draft for draft in drafts}
    items = {item_of(path) for path in files} | {Item.parse(name) for name in by_item}
    paths: dict[Item, list[str]] = {}
    for path in files:
        paths.setdefault(item_of(path), []).append(path)
    found = [_listed(item, {p: files[p] for p in paths.get(item, [])}, by_item.get(str(item))) for item in items if item.kind != "other"]
    return sorted(found, key=lambda one: folded_key(one.title))


def matches(one: Listed, query: str) -> bool:
    """Tell whether an item is meant by a search, with or without diacritics."""
    said = folded_key(f"{one.title} {one.item.slug} {one.topic}")
    return all(word in said for word in folded_key(query).split())


def new_slug(title: str, taken: Iterable[str]) -> str:
    """Return a slug for a new item, made from its title; not one that is taken."""
    words = folded_key(title).split()
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[: SLUG_MAX_BYTES - 4]
        if len(longer) > SLUG_MAX_BYTES - 4:
            break
        slug = longer
    slug = re.sub(r"[^a-z0-9-]", "", slug) or "muc-moi"
    used = set(taken)
    return next(name for name in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if name not in used)


def new_form(kind: ItemKind, title: str, topic: str, today: date) -> Form:
    """Return the form of a new item."""
    form = {name: list(value) if isinstance(value, list) else value for name, value in BLANKS[kind].items()}
    for what in _FIRST_ROWS[kind]:
        change_rows(kind, form, what)
    form |= {"title": title, "reviewed_on": today.isoformat(), "review_by": (today + REVIEW_AFTER).isoformat()}
    form["topic" if kind == "answer" else "topics"] = topic
    if kind == "lesson":
        form["status"] = "draft"
    return form


def texts_of_form(item: Item, form: Form, published: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str | None]:
    """Return a form's texts; files of the item that it no longer has, as after a change of topic, are to go.

    Raises:
        ValueError: The item, or its topic, cannot be the name of a file.
    """
    if item.kind == "lesson":
        quiz = f"content/lessons/{item.slug}/quiz.yml"
        form = with_question_ids(form, published.get(quiz, ""), before.get(quiz, ""))
    written: dict[str, str | None] = dict(write_form(item, form, {**published, **before}))
    gone = {path for path in {*published, *before} if path not in written}
    return written | dict.fromkeys(sorted(gone))


def facts_of(files: Mapping[str, str]) -> list[tuple[str, Form]]:
    """Return the facts with their slugs, in the file's order."""
    try:
        return list(read_all_facts(files.get(FACTS, "")).items())
    except UnreadableError:
        return []


def uses_of(slug: str, files: Mapping[str, str]) -> list[Item]:
    """Return the items whose texts name a fact."""
    named = re.compile(r"\{\{\s*fact\." + re.escape(slug) + r"\s*\}\}")
    return sorted({item_of(path) for path, text in files.items() if named.search(text)}, key=str)


def _listed(item: Item, files: Mapping[str, str], draft: DraftText | None) -> Listed:
    text = next((files[p] for p in files if p.startswith("content/")), "")
    topic = next((p.split("/")[2] for p in files if p.startswith("content/answers/")), "")
    if not topic:
        found = re.search(r"^topics:\s*\[?([^\]\n]*)", text, re.MULTILINE)
        topic = found[1].strip() if found else ""
    status = re.search(r"^status:\s*(\w+)", text, re.MULTILINE)
    examples = sum(len(examples_in(files[p])) for p in files if p.startswith("training_data/"))
    return Listed(item, title_of(files, item), topic, examples, status[1] if status else "active", draft)


def counts_of(found: Iterable[Listed]) -> Counter[str]:
    """Return how many items there are of each kind."""
    return Counter(one.item.kind for one in found)
