"""One item in its form, with a preview of what citizens will get; saved as a draft."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from actions.curriculum.model import BEHAVIOUR_OUTCOMES, PILLAR_TITLES
from actions.curriculum.problems import Problem
from actions.curriculum.tree import ITEM_KIND_TITLES, item_of
from actions.learners.contents import DraftConflictError, DraftText
from actions.learners.repository import Store
from bot import clock
from bot.console.console import Console, Staff
from bot.console.editing import ADDRESSES, Opened, base_of, keep, look_at, look_of, open_item, presence, read_sent, restore_unsaved
from bot.console.forms import as_pairs, change_rows, focus_after
from bot.console.items import facts_of, texts_of_form
from bot.console.preview import CHANNEL_TITLES, Look
from bot.console.problem_fields import field_of
from bot.console.side_by_side import side_by_side

PATH = "/quantri/soan-bai"
ROW_BUTTONS = ("add:", "remove:", "up:")


def make_router(console: Console) -> APIRouter:
    """Return the routes of one item's form."""
    router = APIRouter(prefix=PATH)
    _add_form(router, console)
    _add_beside(router, console)
    return router


def _add_form(router: APIRouter, console: Console) -> None:
    @router.get("/{kind}/{slug}")
    async def show(
        request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("see")], tep: str = "", cho: str = ""
    ) -> Response:
        opened = await open_item(console, kind, slug)
        if staff.may("write"):
            await restore_unsaved(console, staff, opened)
        if cho:
            return console.go(f"{PATH}/{opened.item}#{field_of(Problem(tep, cho, ''), opened.item.kind, opened.form)}")
        return await _page(console, request, staff, opened, Look())

    @router.post("/{kind}/{slug}")
    async def save(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        opened, sent = await read_sent(console, staff, kind, slug, request)
        action = str(sent.get("_do") or "")
        if action in ("look", "continue") or action.startswith(ROW_BUTTONS):
            if action.startswith(ROW_BUTTONS):
                change_rows(opened.item.kind, opened.form, action)
            await keep(console, staff, opened)
            if action == "continue":
                return console.go(f"{PATH}/{opened.item}", "Đây là bản của bạn, chưa lưu. Bản kia ở trang “Các lần lưu”.")
            return await _page(console, request, staff, opened, look_of(sent), focus_after(action, opened.form))
        return await _save(console, request, staff, opened, then_compare=action == "submit")


def _add_beside(router: APIRouter, console: Console) -> None:
    @router.post("/{kind}/{slug}/xem-thu")
    async def look(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("see")]) -> Response:
        opened, sent = await read_sent(console, staff, kind, slug, request)
        if staff.may("write"):
            await keep(console, staff, opened)
        return console.page(request, "editing_preview.html", is_fragment=True, **await look_at(console, staff, opened, look_of(sent)))

    @router.post("/{kind}/{slug}/dang-mo")
    async def is_open(request: Request, kind: str, slug: str, staff: Annotated[Staff, console.needs("see")]) -> Response:
        opened, sent = await open_item(console, kind, slug), await request.form()
        revision = str(sent.get("_revision") or "0")
        number = int(revision) if revision.isdecimal() else 0
        if staff.may("write"):
            async with console.repository.transaction() as store:
                await store.contents.keep_form(str(opened.item), staff.id, None, number, clock.now())
        return console.page(request, "editing_presence.html", **await presence(console, staff, opened.item, number))


async def _save(console: Console, request: Request, staff: Staff, opened: Opened, *, then_compare: bool) -> Response:
    item = opened.item
    texts = texts_of_form(item, opened.form, opened.published, opened.before)
    try:
        async with console.repository.transaction() as store:
            saved = await _write(store, staff, opened, texts)
    except DraftConflictError:
        await keep(console, staff, opened)
        return await _conflict(console, request, opened)
    if not saved.files:
        return console.go(f"{PATH}/{item}", "Giống hệt bản đang xuất bản, nên không còn nháp.")
    if then_compare:
        return console.go(f"/quantri/xuat-ban/nhap/{item}", "Đã lưu nháp. Xem lại chỗ khác nhau rồi gửi duyệt hoặc xuất bản.")
    return console.go(f"{PATH}/{item}", f"Đã lưu nháp, lần {saved.revision}.")


async def _write(store: Store, staff: Staff, opened: Opened, texts: Mapping[str, str | None]) -> DraftText:
    item, now = opened.item, clock.now()
    active = await store.contents.active()
    if base_of({path: digest for path, digest in (active.tree if active else {}).items() if item_of(path) == item}) != opened.base:
        raise DraftConflictError(None)  # Somebody published meanwhile, maybe what was a draft then.
    saved = await store.contents.save_draft(str(item), texts, revision=opened.revision, by=staff.id, now=now)
    await store.contents.drop_form(str(item), staff.id)
    await store.staff.audit(staff, "content.save_draft", str(item), now, revision=saved.revision)
    return saved


async def _page(console: Console, request: Request, staff: Staff, opened: Opened, look: Look, focus: str = "") -> Response:
    shown = await look_at(console, staff, opened, look)
    template = "script" if opened.item.kind in ("guide", "drill") else opened.item.kind
    curriculum = console.service.turns.curriculum
    files, _ = await console.texts.working()
    return console.page(
        request, f"editing_{template}.html", opened=opened, form=opened.form, title=opened.form["title"] or opened.item.slug,
        focus=focus, facts=facts_of(files), kinds=ITEM_KIND_TITLES, channels=CHANNEL_TITLES, addresses=ADDRESSES,
        pictures=curriculum.pictures, modules=curriculum.modules, lessons=curriculum.lessons, topics=curriculum.topics,
        pillars=PILLAR_TITLES, outcomes=BEHAVIOUR_OUTCOMES, is_fragment=False, **shown,
    )  # fmt: skip


async def _conflict(console: Console, request: Request, opened: Opened) -> Response:
    """Show both versions side by side; the writer's own can be saved over the other, gone on with, or let go."""
    now = await open_item(console, opened.item.kind, opened.item.slug)
    other = now.draft if now.draft is not None and now.draft.revision != opened.revision else None
    async with console.repository.reading() as store:
        people = {one.id: one.name for one in await store.staff.accounts()}
    about: dict[str, Any] = {
        "opened": opened, "pairs": as_pairs(opened.form), "other": other, "who": people.get(other.edited_by, "?") if other else "",
        "found": side_by_side(as_pairs(now.form), as_pairs(opened.form)), "revision": now.revision, "base": now.current_base,
        "title": opened.form["title"] or opened.item.slug,
    }  # fmt: skip
    return console.page(request, "editing_conflict.html", 409, **about)
