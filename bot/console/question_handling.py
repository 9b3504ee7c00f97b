"""What a trainer does with unanswered questions in one click: to an answer's examples, to a new answer, dismissed, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.curriculum.adding import (
    Addition,
    UnusableQuestionError,
    add_examples,
    as_example,
    examples_in,
    examples_path,
    without_examples,
)
from actions.curriculum.tree import Item
from actions.learners.repository import Repository, Store
from actions.learners.unanswered import Handling, Waiting
from actions.local_time import local_date
from bot.console.console import Staff
from bot.console.draft_changes import NothingDoneError, save_into_draft, working_texts
from bot.console.items import new_form, new_slug, texts_of_form
from bot.console.targets import Target, Targets

EXAMPLE, NEW, DISMISS = "example", "new", "dismiss"
SHOWN_CHARACTERS = 60
HANDLED = "Các câu này đã có người xử lý. Hãy tải lại trang."


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

    async def add(self, rows: Sequence[int], slug: str, known: Mapping[str, str]) -> Done:
        """Add questions to the examples of an answer, in its draft.

        Raises:
            NothingDoneError: No question could be added.
        """
        answer, item = self.targets.by_slug.get(slug), Item("answer", slug)
        if answer is None:
            raise NothingDoneError("Không còn câu trả lời này. Hãy tải lại trang rồi chọn câu trả lời khác.")
        async with self.repository.transaction() as store:
            questions = await self._questions(store, rows)
            usable, refused = _usable(questions)
            draft = await store.contents.draft(str(item), for_update=True)
            files = await working_texts(store, item, draft)
            path = examples_path(item, answer.topic, files)
            addition = add_examples(files.get(path), slug, list(dict.fromkeys(usable.values())), known)
            refused += _of_others(addition, answer, self.targets)
            mine = [row for row, text in usable.items() if addition.doubled.get(text, slug) == slug]
            if not mine:
                raise NothingDoneError(" ".join(["Chưa thêm câu nào.", *refused]))
            if addition.added:
                await save_into_draft(store, item, draft, {path: addition.text}, by=self.staff.id, now=self.now)
            await self._note(store, mine, EXAMPLE, answer, addition, sorted({usable[row] for row in mine}))
        return Done(str(item), _said(answer.title, len(addition.added), len(mine), refused))

    async def begin_answer(self, rows: Sequence[int], topic: str, title: str, known: Mapping[str, str]) -> Done:
        """Begin a new answer, as a draft with these questions as its examples.

        Raises:
            NothingDoneError: No question can be an example of it.
        """
        item = Item("answer", new_slug(title, self.targets.taken))
        answer = Target(item.slug, title, topic, "", is_new=True)
        async with self.repository.transaction() as store:
            usable, refused = _usable(await self._questions(store, rows))
            addition = add_examples(None, item.slug, list(dict.fromkeys(usable.values())), known)
            refused += _of_others(addition, answer, self.targets)
            mine = [row for row, text in usable.items() if addition.doubled.get(text, item.slug) == item.slug]
            if not mine:
                raise NothingDoneError(" ".join(["Chưa bắt đầu câu trả lời mới.", *refused]))
            form = new_form("answer", title, topic, local_date(self.now)) | {"examples": "\n".join(addition.added)}
            await save_into_draft(store, item, None, texts_of_form(item, form, {}, {}), by=self.staff.id, now=self.now)
            await self._note(store, mine, NEW, answer, addition, sorted({usable[row] for row in mine}))
        return Done(str(item), " ".join([f"Đã bắt đầu câu trả lời mới với {len(addition.added)} ví dụ.", *refused]))

    async def dismiss(self, rows: Sequence[int]) -> int:
        """Let questions wait no more; return how many.

        Raises:
            NothingDoneError: None of them waited.
        """
        async with self.repository.transaction() as store:
            done = await store.unanswered.handle(rows, DISMISS, self.now, by=self.staff.id)
            if done is None:
                raise NothingDoneError(HANDLED)
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
            raise NothingDoneError(HANDLED)
        return questions

    async def _note(self, store: Store, rows: Sequence[int], kind: str, answer: Target, addition: Addition, texts: Sequence[str]) -> None:
        about = {"topic": answer.topic, "answer": answer.slug, "by": self.staff.id}
        tested = [text for text in texts if await store.models.add_question(text, **about, now=self.now)]
        item = f"answer/{answer.slug}"
        added = addition.added
        if await store.unanswered.handle(rows, kind, self.now, by=self.staff.id, item=item, added=added, tested=tested) is None:
            raise NothingDoneError(HANDLED)  # What was written in this transaction is undone.
        details = {"questions": len(rows), "examples": len(added), "evaluation": len(tested)}
        await store.staff.audit(self.staff, "questions.add", item, self.now, **details)

    async def _take_out(self, store: Store, done: Handling) -> None:
        item = Item.parse(done.item)
        draft = await store.contents.draft(done.item, for_update=True)
        if done.kind == NEW and draft is not None and draft.edited_at == done.handled_at:  # nobody wrote in it since
            await store.contents.drop_draft(done.item)
            return
        texts = await working_texts(store, item, draft)
        path = examples_path(item, "", texts)
        if path not in texts:
            return
        left = without_examples(texts[path], done.added)
        files = {path: left if examples_in(left) else None}
        await save_into_draft(store, item, draft, files, by=self.staff.id, now=self.now)


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
