"""What a trainer does with unanswered questions in one click: to an answer's examples, to a new answer, dismissed, taken back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import yaml

from actions.curriculum.adding import (
    Addition,
    UnusableQuestionError,
    add_examples,
    as_example,
    examples_in,
    examples_path,
    without_examples,
)
from actions.curriculum.examples import folded_key
from actions.curriculum.reading import SLUG_MAX_BYTES
from actions.curriculum.reviewing import REVIEW_MONTHS, months_later
from actions.curriculum.tree import Item, item_of
from actions.learners.contents import DraftConflictError, DraftText
from actions.learners.repository import Repository, Store
from actions.learners.unanswered import Handling, Waiting
from actions.local_time import local_date
from bot.console.console import Staff
from bot.console.example_index import KnownExamples
from bot.console.targets import Target, Targets

EXAMPLE, NEW, DISMISS = "example", "new", "dismiss"
SHOWN_CHARACTERS = 60


class NothingDoneError(Exception):
    """Nothing was done; the message says why and what to do, in Vietnamese."""


@dataclass(frozen=True)
class Done:
    """What was done, and the sentences that say so."""

    item: str
    message: str


@dataclass(frozen=True)
class QuestionHandler:
    """Carries out what one trainer asks for, at one time."""

    repository: Repository
    targets: Targets
    staff: Staff
    now: datetime

    async def add(self, rows: Sequence[int], slug: str, known: KnownExamples) -> Done:
        """Add questions to the examples of an answer, in its draft.

        Raises:
            NothingDoneError: No question could be added.
        """
        answer = self.targets.by_slug.get(slug)
        if answer is None:
            raise NothingDoneError("Không còn câu trả lời này. Hãy tải lại trang rồi chọn câu trả lời khác.")
        async with self.repository.transaction() as store:
            questions = await self._questions(store, rows)
            usable, refused = _usable(questions)
            files, draft = await self._texts(store, answer)
            path = examples_path(Item("answer", slug), answer.topic, files)
            addition = add_examples(files.get(path), slug, list(dict.fromkeys(usable.values())), known.keys)
            refused += _of_others(addition, answer, self.targets)
            mine = [row for row, text in usable.items() if addition.doubled.get(text, slug) == slug]
            if not mine:
                raise NothingDoneError(" ".join(["Chưa thêm câu nào.", *refused]))
            if addition.added:
                await self._save(store, f"answer/{slug}", draft, {path: addition.text})
            await self._note(store, mine, EXAMPLE, answer, addition, sorted({usable[row] for row in mine}))
        return Done(f"answer/{slug}", _said(answer.title, len(addition.added), len(mine), refused))

    async def begin_answer(self, rows: Sequence[int], topic: str, title: str, known: KnownExamples) -> Done:
        """Begin a new answer, as a draft with these questions as its examples.

        Raises:
            NothingDoneError: No question can be an example of it.
        """
        slug = self._new_slug(title)
        answer = Target(slug, title, topic, "", is_new=True)
        async with self.repository.transaction() as store:
            usable, refused = _usable(await self._questions(store, rows))
            addition = add_examples(None, slug, list(dict.fromkeys(usable.values())), known.keys)
            refused += _of_others(addition, answer, self.targets)
            mine = [row for row, text in usable.items() if text not in addition.doubled]
            if not mine:
                raise NothingDoneError(" ".join(["Chưa bắt đầu câu trả lời mới.", *refused]))
            path = f"content/answers/{topic}/{slug}.md"
            files = {path: _blank(title, topic, local_date(self.now)), examples_path(Item("answer", slug), topic, ()): addition.text}
            await self._save(store, f"answer/{slug}", None, files)
            await self._note(store, mine, NEW, answer, addition, sorted({usable[row] for row in mine}))
        return Done(f"answer/{slug}", " ".join([f"Đã bắt đầu câu trả lời mới với {len(addition.added)} ví dụ.", *refused]))

    def _new_slug(self, title: str) -> str:
        slug = slug_of(title) or "cau-hoi"
        names = (slug, *(f"{slug[: SLUG_MAX_BYTES - 3].rstrip('-')}-{number}" for number in range(2, 100)))
        return next(name for name in names if name not in self.targets.taken)

    async def dismiss(self, rows: Sequence[int]) -> int:
        """Let questions wait no more; return how many.

        Raises:
            NothingDoneError: None of them waited.
        """
        async with self.repository.transaction() as store:
            done = await store.unanswered.handle(rows, DISMISS, self.now, by=self.staff.id)
            if done is None:
                raise NothingDoneError("Các câu này đã có người xử lý. Hãy tải lại trang.")
            await store.staff.audit(self.staff, "questions.dismiss", "", self.now, questions=done.count)
        return done.count

    async def take_back(self, number: str) -> int:
        """Undo what was done with questions: they wait again, and what was added to a draft goes out of it; return how many.

        Raises:
            NothingDoneError: It cannot be taken back any more.
        """
        async with self.repository.transaction() as store:
            done = await store.unanswered.handling(number)
            if done is None:
                raise NothingDoneError("Việc này không lấy lại được nữa: đã quá một ngày, hoặc đã lấy lại rồi.")
            if done.added:
                await self._take_out(store, done)
            count = await store.unanswered.take_back(number)
            await store.staff.audit(self.staff, "questions.restore", done.item, self.now, questions=count)
        return count

    async def _questions(self, store: Store, rows: Sequence[int]) -> list[Waiting]:
        questions = await store.unanswered.some(rows)
        if not rows:
            raise NothingDoneError("Chưa chọn câu nào. Hãy đánh dấu ít nhất một câu.")
        if not questions:
            raise NothingDoneError("Các câu này đã có người xử lý. Hãy tải lại trang.")
        return questions

    async def _texts(self, store: Store, answer: Target) -> tuple[dict[str, str], DraftText | None]:
        """Return the working texts of an answer, and its draft."""
        draft = await store.contents.draft(f"answer/{answer.slug}", for_update=True)
        return await working_texts(store, Item("answer", answer.slug), draft), draft

    async def _save(self, store: Store, item: str, draft: DraftText | None, files: Mapping[str, str | None]) -> None:
        if draft is not None and await is_outdated(store, draft):
            raise NothingDoneError(
                "Nháp của câu trả lời này dựa trên bản cũ. Hãy mở nháp ở trang Xuất bản, bấm “Giữ nháp trên bản mới”, rồi thêm lại."
            )
        merged = {**(draft.files if draft else {}), **files}
        try:
            await store.contents.save_draft(item, merged, revision=draft.revision if draft else 0, by=self.staff.id, now=self.now)
        except DraftConflictError:
            raise NothingDoneError("Vừa có người lưu nháp của câu trả lời này. Hãy bấm lại lần nữa.") from None

    async def _note(self, store: Store, rows: Sequence[int], kind: str, answer: Target, addition: Addition, texts: Sequence[str]) -> None:
        tested = await store.unanswered.test_with(texts, answer.topic, answer.slug, by=self.staff.id, now=self.now)
        item = f"answer/{answer.slug}"
        await store.unanswered.handle(rows, kind, self.now, by=self.staff.id, item=item, added=addition.added, tested=tested)
        details = {"questions": len(rows), "examples": len(addition.added), "evaluation": len(tested)}
        await store.staff.audit(self.staff, "questions.add", item, self.now, **details)

    async def _take_out(self, store: Store, done: Handling) -> None:
        item = Item.parse(done.item)
        draft = await store.contents.draft(done.item, for_update=True)
        texts = await working_texts(store, item, draft)
        path = examples_path(item, "", texts)
        if path not in texts:
            return
        left = without_examples(texts[path], done.added)
        await self._save(store, done.item, draft, {path: left if examples_in(left) else None})


async def working_texts(store: Store, item: Item, draft: DraftText | None) -> dict[str, str]:
    """Return the texts of one item, published or of its draft."""
    active = await store.contents.active()
    tree = {path: digest for path, digest in (active.tree if active else {}).items() if item_of(path) == item}
    texts: dict[str, str | None] = {**await store.contents.files(tree), **(draft.files if draft else {})}
    return {path: text for path, text in texts.items() if text is not None}


async def is_outdated(store: Store, draft: DraftText) -> bool:
    """Tell whether something else was published since a draft was begun."""
    active = await store.contents.active()
    tree = active.tree if active else {}
    return any(tree.get(path) != digest for path, digest in draft.base.items())


def slug_of(title: str) -> str:
    """Return a slug made of a title."""
    slug = re.sub(r"[^a-z0-9]+", "-", folded_key(title)).strip("-")
    while len(slug) > SLUG_MAX_BYTES:
        slug = slug.rpartition("-")[0] or slug[:SLUG_MAX_BYTES]
    return slug


def _blank(title: str, topic: str, today: date) -> str:
    """Return an answer that has no words yet; it cannot be published so."""
    review_by = months_later(today, REVIEW_MONTHS)
    fields = {"title": title, "topic": topic, "sources": [], "reviewed_on": today, "review_by": review_by}
    return f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=10_000)}---\n"


def _usable(questions: Sequence[Waiting]) -> tuple[dict[int, str], list[str]]:
    """Return the rows with their questions as examples, and why others cannot be one."""
    usable: dict[int, str] = {}
    refused: dict[str, None] = {}
    for question in questions:
        try:
            usable[question.id] = as_example(question.masked_text)
        except UnusableQuestionError as error:
            refused[f"Chưa thêm: {error}."] = None
    return usable, list(refused)


def _of_others(addition: Addition, answer: Target, targets: Targets) -> list[str]:
    said = []
    for text, owner in addition.doubled.items():
        if owner != answer.slug:
            other = targets.by_slug.get(owner)
            title = other.title if other else owner
            said.append(f"Chưa thêm: câu “{text[:SHOWN_CHARACTERS]}” đã là ví dụ của “{title}”; một câu chỉ ở một nơi.")
    return said


def _said(title: str, added: int, handled: int, refused: Sequence[str]) -> str:
    first = f"Đã thêm {added} ví dụ vào nháp của “{title}” ({handled} lần hỏi)." if added else f"Các câu này đã là ví dụ của “{title}”."
    return " ".join([first, *refused])
