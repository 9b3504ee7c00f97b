"""One item as it is open in a form: read, kept while somebody types, checked and shown; the pages of writing share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from actions.curriculum.forms import Form, read_form, with_question_ids, write_form
from actions.curriculum.item_lint import check_item
from actions.curriculum.model import Curriculum
from actions.curriculum.problems import Problem
from actions.curriculum.reading import SLUG
from actions.curriculum.tree import FACTS, Item, ItemKind
from actions.curriculum.yaml_text import UnreadableError
from actions.learners.content_tables import Autosave
from actions.learners.contents import DraftText, digest_of
from bot import clock
from bot.console.console import Console, Staff
from bot.console.example_index import working_examples
from bot.console.field_titles import field_title
from bot.console.forms import as_pairs, read_pairs
from bot.console.items import texts_of_form
from bot.console.preview import CHANNEL_TITLES, ChannelName, Look, preview
from bot.console.problem_fields import field_of
from bot.console.unfinished import filled, item_in
from bot.web.problems import ProblemError

KINDS: tuple[ItemKind, ...] = ("answer", "lesson", "guide", "drill")
ADDRESSES = ("bạn", "bác", "cô", "chú", "anh", "chị", "em")
PRESENT_WITHIN = timedelta(seconds=30)  # An open page tells that it is open every ten seconds.
BASE = "_nen"  # the hidden field that says what the form began from
BASE_CHARACTERS = 16
FILLED_PLACES = ("sources", "reviewed_on", "review_by")  # What stands there for a gap is not the writer's.
FACTS_ITEM = Item("facts", "facts")
CANNOT_OPEN = (
    "Tệp {path} viết sai đến mức không mở được bằng mẫu. Hãy lấy lại một lần lưu trước ở trang “Các lần lưu” của mục này, "
    "hoặc bỏ nháp ở trang Xuất bản."
)


@dataclass
class Opened:
    """One item as it is open in a form.

    `published` are its texts as citizens read them, `before` with the draft put in. `revision` is the
    draft's that the form began from, `base` stands for the published texts that it began from; both
    are compared when it is saved. `unsaved` tells what of it was restored from the last time.
    """

    item: Item
    form: Form
    published: dict[str, str]
    before: dict[str, str]
    draft: DraftText | None
    revision: int
    base: str
    unsaved: Autosave | None = field(default=None)

    @property
    def current_base(self) -> str:
        """What stands for the texts that are published now."""
        return base_of({path: digest_of(text) for path, text in self.published.items()})

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the form; of a file that is to go there is none."""
        written = texts_of_form(self.item, self.form, self.published, self.before)
        return {path: text for path, text in written.items() if text is not None}


def kind_of(kind: str) -> ItemKind:
    """Return a kind that has forms.

    Raises:
        ProblemError: 404, for any other.
    """
    for known in KINDS:
        if known == kind:
            return known
    raise ProblemError(404, "Không có loại mục này.")


def base_of(digests: Mapping[str, str | None]) -> str:
    """Return what stands for some published texts; a file that was not there counts as none."""
    lines = "".join(f"{path} {digest}\n" for path, digest in sorted(digests.items()) if digest is not None)
    return digest_of(lines)[:BASE_CHARACTERS]


async def open_item(console: Console, kind: str, slug: str) -> Opened:
    """Return an item as it was saved last.

    Raises:
        ProblemError: 404 where there is no such item, 422 where its texts are broken.
    """
    item = Item(kind_of(kind), slug)
    if not SLUG.fullmatch(slug):
        raise ProblemError(404, "Không có mục này. Hãy tìm ở trang Soạn bài.")
    published, texts, draft = await console.texts.of_item(item)
    if not texts and draft is None:
        raise ProblemError(404, "Không có mục này. Hãy tìm ở trang Soạn bài.")
    began = {path: digest_of(text) for path, text in published.items()} | dict(draft.base if draft else {})
    return Opened(item, _saved_form(item, texts), published, texts, draft, draft.revision if draft else 0, base_of(began))


async def restore_unsaved(console: Console, staff: Staff, opened: Opened) -> None:
    """Put what a person typed and did not save back into the form; note that the person has it open."""
    async with console.repository.transaction() as store:
        kept = await store.contents.form(str(opened.item), staff.id)
        pairs = [] if kept is None else [(name, value) for name, value in kept.form or []]
        form = read_pairs(opened.item.kind, pairs)
        if kept is not None and form == opened.form:
            await store.contents.drop_form(str(opened.item), staff.id)
        elif kept is not None:
            opened.form, opened.revision, opened.unsaved = form, kept.revision, kept
            opened.base = dict(pairs).get(BASE, opened.base)
        await store.contents.keep_form(str(opened.item), staff.id, None, opened.revision, clock.now())


async def read_sent(console: Console, staff: Staff, kind: str, slug: str, request: Request) -> tuple[Opened, FormData]:
    """Return an item with the form that the browser sent; who may not write sees what is saved.

    Raises:
        ProblemError: 404 where there is no such item, 422 where the form is not one of ours.
    """
    opened, sent = await open_item(console, kind, slug), await request.form()
    if not staff.may("write"):
        return opened, sent
    pairs = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    opened.form = read_pairs(opened.item.kind, pairs)
    revision = str(sent.get("_revision") or "0")
    opened.revision = int(revision) if revision.isdecimal() else 0
    opened.base = str(sent.get(BASE) or "")
    if opened.item.kind == "lesson":
        quiz = f"content/lessons/{slug}/quiz.yml"
        opened.form = with_question_ids(opened.form, opened.published.get(quiz, ""), opened.before.get(quiz, ""))
    if opened.item.kind == "answer" and opened.form["topic"] not in console.service.turns.curriculum.topics:
        raise ProblemError(422, "Không có chủ đề này. Hãy tải lại trang rồi chọn một chủ đề trong danh sách.")
    return opened, sent


async def keep(console: Console, staff: Staff, opened: Opened) -> None:
    """Keep what is in the form until it is saved; nothing is kept of one that is as it was saved."""
    name, now = str(opened.item), clock.now()
    is_saved = opened.form == _saved_form(opened.item, opened.before)
    pairs = [*as_pairs(opened.form), (BASE, opened.base)]
    async with console.repository.transaction() as store:
        if is_saved:
            await store.contents.drop_form(name, staff.id)
        await store.contents.keep_form(name, staff.id, None if is_saved else pairs, opened.revision, now)


async def presence(console: Console, staff: Staff, item: Item, revision: int) -> dict[str, Any]:
    """Return who else has the form open, and who saved since it was opened."""
    async with console.repository.reading() as store:
        others = await store.contents.others_at(str(item), staff.id, clock.now() - PRESENT_WITHIN)
        people = {one.id: one.name for one in await store.staff.accounts()}
        draft = await store.contents.draft(str(item))
    is_newer = draft is not None and draft.revision > revision and draft.edited_by != staff.id
    return {"others": [people.get(one, "?") for one in others], "newer": draft if is_newer else None, "people": people}


async def look_at(console: Console, staff: Staff, opened: Opened, look: Look) -> dict[str, Any]:
    """Return the preview of what is in the form, its problems, and who else has it open."""
    curriculum, problems = await check(console, opened)
    parts = [] if curriculum is None else await preview(opened.item, curriculum, look, clock.now())
    about = await presence(console, staff, opened.item, opened.revision)
    placed = [_placed(opened, problem) for problem in problems]
    return about | {"problems": placed, "parts": parts, "look": look, "item": opened.item, "kept_at": clock.now()}


async def check(console: Console, opened: Opened) -> tuple[Curriculum | None, list[Problem]]:
    """Return the content with the form in it, gaps filled, and the problems of the form; no content where it cannot be shown at all."""
    base, today = console.service.turns.curriculum, clock.today()
    _, facts, _ = await console.texts.of_item(FACTS_ITEM)
    if FACTS in facts:
        base, _ = check_item(FACTS_ITEM, {FACTS: facts[FACTS]}, base, today, {})
    item, known = opened.item, await working_examples(console.texts)
    curriculum, problems = check_item(item, opened.texts, base, today, known)
    if item_in(curriculum, item) is item_in(base, item):  # It could not be read; the old one must not be shown for it.
        curriculum, others = check_item(item, write_form(item, filled(item, opened.form, base, today), {}), base, today, {})
        problems += [one for one in others if one not in problems and one.place not in FILLED_PLACES]
    return (None if item_in(curriculum, item) is item_in(base, item) else curriculum), problems


def look_of(sent: Mapping[str, Any]) -> Look:
    """Return how the browser asks to look at it."""
    channel, address = str(sent.get("_kenh") or "web"), str(sent.get("_xung_ho") or "bạn")
    known: ChannelName = channel if channel in CHANNEL_TITLES else "web"
    return Look(known, address if address in ADDRESSES else "bạn", is_large=bool(sent.get("_chu_to")))


def _saved_form(item: Item, texts: Mapping[str, str]) -> Form:
    try:
        return read_pairs(item.kind, as_pairs(read_form(item, texts)))
    except UnreadableError as error:
        raise ProblemError(422, CANNOT_OPEN.format(path=error.path)) from None


def _placed(opened: Opened, problem: Problem) -> dict[str, str]:
    name = field_of(problem, opened.item.kind, opened.form)
    place = problem.place if problem.place.startswith("ví dụ ") else field_title(name) or problem.place
    return {"place": place[:1].upper() + place[1:], "message": problem.message, "field": name}
