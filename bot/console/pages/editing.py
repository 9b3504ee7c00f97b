"""Soạn bài: find an item, write it with a preview of what citizens will get, save it as a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.curriculum.forms import Form as Fields
from actions.curriculum.forms import read_form
from actions.curriculum.item_lint import check_item
from actions.curriculum.model import PILLAR_TITLES
from actions.curriculum.problems import Problem
from actions.curriculum.tree import FACTS, ITEM_KIND_TITLES, Item, ItemKind, item_of
from actions.curriculum.yaml_text import UnreadableError
from actions.learners.content_tables import Autosave
from actions.learners.contents import DraftConflictError, DraftText
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.difference import differences
from bot.console.forms import as_pairs, change_rows, read_pairs
from bot.console.items import counts_of, facts_of, listed, matches, new_form, new_slug, texts_of_form
from bot.console.preview import CHANNEL_TITLES, ChannelName, Look, preview
from bot.console.titles import title_of
from bot.web.problems import ProblemError

PATH = "/quantri/soan-bai"
NAV = Nav("Soạn bài", PATH, "see", 10)
KINDS: tuple[ItemKind, ...] = ("answer", "lesson", "guide", "drill")
ADDRESSES = ("bạn", "bác", "cô", "chú", "anh", "chị", "em")
PRESENT_SECONDS = 60
Text = Annotated[str, Form()]


@dataclass
class Opened:
    """One item as it is open in a form; `revision` is what saving it will be compared with."""

    item: Item
    form: Fields
    published: dict[str, str]
    before: dict[str, str]
    draft: DraftText | None
    revision: int


def make_router(console: Console) -> APIRouter:
    """Return the routes of writing."""
    router = APIRouter(prefix=PATH)
    _add_list(router, console)
    _add_new(router, console)
    _add_form(router, console)
    _add_preview(router, console)
    _add_history(router, console)
    return router


def _add_list(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(
        request: Request,
        _staff: Annotated[Staff, console.needs("see")],
        loai: str = "answer",
        tim: str = "",
        chu_de: str = "",
        nhap: str = "",
    ) -> Response:
        files, drafts = await console.texts.working()
        every = listed(files, drafts)
        found = [one for one in every if one.item.kind == loai and matches(one, tim)]
        found = [one for one in found if (not chu_de or chu_de in one.topic) and (not nhap or one.draft is not None)]
        chosen = {"loai": loai, "tim": tim, "chu_de": chu_de, "nhap": nhap}
        about = {"kinds": ITEM_KIND_TITLES, "counts": counts_of(every), "topics": console.service.turns.curriculum.topics}
        return console.page(request, "editing.html", found=found, chosen=chosen, **about)


def _add_new(router: APIRouter, console: Console) -> None:
    @router.get("/moi")
    async def ask(request: Request, _staff: Annotated[Staff, console.needs("write")], loai: str = "answer", vi_du: str = "") -> Response:
        about = {"kind": _kind(loai), "kinds": ITEM_KIND_TITLES, "error": "", "examples": vi_du}
        return console.page(request, "editing_new.html", **about, **_choices(console))

    @router.post("/moi")
    async def make(
        request: Request,
        staff: Annotated[Staff, console.needs("write")],
        loai: Text,
        title: Text = "",
        topic: Text = "",
        examples: Text = "",
    ) -> Response:
        kind = _kind(loai)
        curriculum = console.service.turns.curriculum
        if not title.strip() or topic not in curriculum.topics:
            error = "Hãy ghi tiêu đề và chọn chủ đề."
            about = {"kind": kind, "kinds": ITEM_KIND_TITLES, "error": error, "examples": examples}
            return console.page(request, "editing_new.html", 422, **about, **_choices(console))
        files, _ = await console.texts.working()
        item = Item(kind, new_slug(title, {one.slug for one in map(item_of, files) if one.kind == kind}))
        form = new_form(kind, title.strip(), topic, clock.today())
        if kind == "answer":
            form["examples"] = examples.strip()
            behaviours = {a.outcome for a in curriculum.answers_of(topic) if a.outcome}
            form["outcome"] = next(iter(behaviours), "")
        async with console.repository.transaction() as store:
            await store.contents.save_draft(str(item), texts_of_form(item, form, {}, {}), revision=0, by=staff.id, now=clock.now())
            await store.staff.audit(staff, "content.save_draft", str(item), clock.now(), is_new=True)
        return console.go(f"{PATH}/{item}", "Đã tạo nháp. Viết nội dung, xem thử bên cạnh, rồi bấm Lưu nháp.")


def _add_form(router: APIRouter, console: Console) -> None:
    @router.get("/{kind}/{slug}")
    async def show(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("see")], chua_luu: str = "") -> Response:
        item = Item(_kind(kind), slug)
        opened = await _opened(console, item)
        async with console.repository.transaction() as store:
            kept = await store.contents.form(str(item), staff.id)
            if staff.may("write"):
                await store.contents.keep_form(str(item), staff.id, None, opened.revision, clock.now())
        is_other = kept is not None and read_pairs(item.kind, _pairs(kept)) != opened.form
        if kept is not None and is_other and chua_luu == "dung":
            opened.form, opened.revision = read_pairs(item.kind, _pairs(kept)), kept.revision
            is_other = False
        return await _page(console, request, staff, opened, unsaved=kept if is_other else None)

    @router.post("/{kind}/{slug}")
    async def save(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        item = Item(_kind(kind), slug)
        opened, action = await _sent(console, item, request)
        if action.startswith(("add:", "remove:", "up:")):
            change_rows(item.kind, opened.form, action)
            await _keep(console, staff, opened)
            return await _page(console, request, staff, opened)
        texts = texts_of_form(item, opened.form, opened.published, opened.before)
        try:
            async with console.repository.transaction() as store:
                saved = await store.contents.save_draft(str(item), texts, revision=opened.revision, by=staff.id, now=clock.now())
                await store.contents.drop_form(str(item), staff.id)
                await store.staff.audit(staff, "content.save_draft", str(item), clock.now(), revision=saved.revision)
        except DraftConflictError as error:
            await _keep(console, staff, opened)
            return await _conflict(console, request, opened, texts, error.current)
        if not saved.files:
            return console.go(f"{PATH}/{item}", "Giống hệt bản đang xuất bản, nên không còn nháp.")
        if action == "submit":
            return console.go(f"/quantri/xuat-ban/nhap/{item}", "Đã lưu nháp. Xem lại chỗ khác nhau rồi gửi duyệt hoặc xuất bản.")
        return console.go(f"{PATH}/{item}", f"Đã lưu nháp, lần {saved.revision}.")


def _add_preview(router: APIRouter, console: Console) -> None:
    @router.post("/{kind}/{slug}/xem-thu")
    async def look(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("see")]) -> Response:
        item = Item(_kind(kind), slug)
        opened, _ = await _sent(console, item, request)
        form = await request.form()
        if staff.may("write"):
            await _keep(console, staff, opened)
        return console.page(request, "editing_preview.html", **await _shown(console, staff, opened, _look(form)))


def _add_history(router: APIRouter, console: Console) -> None:
    @router.post("/{kind}/{slug}/bo-chua-luu")
    async def drop(kind: str, slug: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            await store.contents.drop_form(f"{kind}/{slug}", staff.id)
        return console.go(f"{PATH}/{kind}/{slug}", "Đã bỏ bản chưa lưu.")

    @router.get("/{kind}/{slug}/cac-lan-luu")
    async def history(request: Request, kind: str, slug: str, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        item = Item(_kind(kind), slug)
        published, _, draft = await console.texts.of_item(item)
        async with console.repository.reading() as store:
            saves = await store.contents.history(str(item))
            people = {one.id: one.name for one in await store.staff.accounts()}
        shown = [(save, differences(dict(published), {**published, **save.files})) for save in saves]
        return console.page(request, "editing_history.html", item=item, shown=shown, people=people, draft=draft)

    @router.post("/{kind}/{slug}/cac-lan-luu/{number}")
    async def restore(kind: str, slug: str, number: int, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            save = next((one for one in await store.contents.history(f"{kind}/{slug}", 500) if one.id == number), None)
            if save is None:
                raise ProblemError(404, "Không có lần lưu này.")
            draft = await store.contents.draft(f"{kind}/{slug}", for_update=True)
            revision = draft.revision if draft else 0
            await store.contents.save_draft(f"{kind}/{slug}", save.files, revision=revision, by=staff.id, now=clock.now())
            await store.staff.audit(staff, "content.save_draft", f"{kind}/{slug}", clock.now(), restored=save.revision)
        return console.go(f"{PATH}/{kind}/{slug}", f"Đã lấy lại lần lưu {save.revision} làm nháp.")


async def _opened(console: Console, item: Item) -> Opened:
    published, texts, draft = await console.texts.of_item(item)
    if not texts and draft is None:
        raise ProblemError(404, "Không có mục này. Hãy tìm ở trang Soạn bài.")
    try:
        form = read_pairs(item.kind, as_pairs(read_form(item, texts)))
    except UnreadableError as error:
        raise ProblemError(422, f"Tệp {error.path} viết sai đến mức không mở được bằng mẫu; hãy sửa tệp ấy rồi nhập lại.") from None
    return Opened(item, form, published, texts, draft, draft.revision if draft else 0)


async def _sent(console: Console, item: Item, request: Request) -> tuple[Opened, str]:
    """Return the item as the browser sent it, and the button that was pressed."""
    sent = await request.form()
    published, texts, draft = await console.texts.of_item(item)
    pairs = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    revision = str(sent.get("_revision") or "0")
    form = read_pairs(item.kind, pairs)
    return Opened(item, form, published, texts, draft, int(revision) if revision.isdecimal() else 0), str(sent.get("_do") or "")


async def _keep(console: Console, staff: Staff, opened: Opened) -> None:
    async with console.repository.transaction() as store:
        await store.contents.keep_form(str(opened.item), staff.id, as_pairs(opened.form), opened.revision, clock.now())


async def _page(console: Console, request: Request, staff: Staff, opened: Opened, *, unsaved: Autosave | None = None) -> Response:
    shown = await _shown(console, staff, opened, Look())
    title = opened.form["title"] or opened.item.slug
    files = await console.texts.active()
    template = "script" if opened.item.kind in ("guide", "drill") else opened.item.kind
    curriculum = console.service.turns.curriculum
    return console.page(
        request, f"editing_{template}.html", opened=opened, form=opened.form, title=title, unsaved=unsaved, facts=facts_of(files),
        kinds=ITEM_KIND_TITLES, channels=CHANNEL_TITLES, addresses=ADDRESSES, pictures=curriculum.pictures, modules=curriculum.modules,
        lessons=curriculum.lessons, **_choices(console), **shown,
    )  # fmt: skip


async def _shown(console: Console, staff: Staff, opened: Opened, look: Look) -> dict[str, Any]:
    """Return the preview of what is in the form, its problems, and who else has it open."""
    item = opened.item
    texts = {path: text for path, text in texts_of_form(item, opened.form, opened.published, opened.before).items() if text is not None}
    base = console.service.turns.curriculum
    _, working, _ = await console.texts.of_item(Item("facts", "facts"))
    if FACTS in working:
        base, _ = check_item(Item("facts", "facts"), {FACTS: working[FACTS]}, base, clock.today(), {})
    curriculum, problems = check_item(item, texts, base, clock.today(), await console.texts.known_examples())
    parts = preview(item, curriculum, look)
    async with console.repository.reading() as store:
        others = await store.contents.others_at(str(item), staff.id, clock.now() - timedelta(seconds=PRESENT_SECONDS))
        people = {one.id: one.name for one in await store.staff.accounts()}
    return {
        "problems": [_placed(problem) for problem in problems], "parts": parts, "look": look, "item": item,
        "others": [people.get(one, "?") for one in others], "saved_at": clock.now(),
    }  # fmt: skip


async def _conflict(console: Console, request: Request, opened: Opened, mine: dict[str, str | None], other: DraftText | None) -> Response:
    """Show both versions; the writer's own stays in the form, where it can be saved over the other's or copied from."""
    theirs: dict[str, str | None] = {**opened.published, **(other.files if other else {})}
    async with console.repository.reading() as store:
        people = {one.id: one.name for one in await store.staff.accounts()}
    return console.page(
        request, "editing_conflict.html", 409, opened=opened, pairs=as_pairs(opened.form), other=other,
        who=people.get(other.edited_by, "?") if other else "", found=differences(theirs, mine),
        title=title_of({p: t for p, t in mine.items() if t is not None}, opened.item), revision=other.revision if other else 0,
    )  # fmt: skip


def _placed(problem: Problem) -> dict[str, str]:
    return {"place": problem.place, "message": problem.message, "field": _field(problem.place)}


def _field(place: str) -> str:
    """Return the id of the field that a problem is about, as near as its place tells."""
    name = place.rpartition("→")[2].strip()
    known = {"nội dung": "text", "Xem thêm": "more", "examples": "examples", "tệp": "examples", "intent": "examples"}
    return known.get(name, "examples" if name.startswith("ví dụ") else name if name.isidentifier() else "title")


def _look(sent: Any) -> Look:
    channel, address = str(sent.get("_kenh") or "web"), str(sent.get("_xung_ho") or "bạn")
    known: ChannelName = channel if channel in CHANNEL_TITLES else "web"
    return Look(known, address if address in ADDRESSES else "bạn", is_large=bool(sent.get("_chu_to")))


def _choices(console: Console) -> dict[str, Any]:
    return {"topics": console.service.turns.curriculum.topics, "pillars": PILLAR_TITLES}


def _kind(kind: str) -> ItemKind:
    for known in KINDS:
        if known == kind:
            return known
    raise ProblemError(404, "Không có loại mục này.")


def _pairs(kept: Autosave) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in kept.form or []]
