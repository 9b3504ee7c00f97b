"""Soạn bài: find an item, begin a new one or one like another."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.curriculum.model import PILLAR_TITLES
from actions.curriculum.reading import SLUG, SLUG_MAX_BYTES
from actions.curriculum.tree import ITEM_KIND_TITLES, Item, ItemKind, item_of
from actions.learners.contents import APPROVED, DRAFT, IN_REVIEW, RETURNED, DraftConflictError
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.editing import kind_of, open_item
from bot.console.items import counts_of, listed, matches, new_form, new_slug, texts_of_form

PATH = "/quantri/soan-bai"
NAV = Nav("Soạn bài", PATH, "see", 10)
STATUSES = {"active": "Đang dùng", "draft": "Chưa mở", "retired": "Ngừng dùng"}
STATES = {DRAFT: "đang viết", IN_REVIEW: "chờ duyệt", APPROVED: "đã duyệt", RETURNED: "được trả lại"}
ANY_DRAFT = "co"
CREATED = "Đã tạo nháp. Viết nội dung, xem thử bên cạnh, rồi bấm Lưu nháp."
_NOT_COPIED = ("title", "examples", "status", "reviewed_on", "review_by")  # An example belongs to one answer only.
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of finding and beginning."""
    router = APIRouter(prefix=PATH)
    _add_list(router, console)
    _add_new(router, console)
    return router


def _add_list(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(
        request: Request,
        _staff: Annotated[Staff, console.needs("see")],
        loai: str = "answer",
        tim: str = "",
        chu_de: str = "",
        tinh_trang: str = "",
        nhap: str = "",
    ) -> Response:
        files, drafts = await console.texts.working()
        every = listed(files, drafts)
        found = [one for one in every if one.item.kind == loai and matches(one, tim)]
        found = [one for one in found if not chu_de or chu_de in one.topic.replace(",", " ").split()]
        found = [one for one in found if not tinh_trang or one.status == tinh_trang]
        found = [one for one in found if not nhap or (one.draft is not None and nhap in (ANY_DRAFT, one.draft.state))]
        chosen = {"loai": loai, "tim": tim, "chu_de": chu_de, "tinh_trang": tinh_trang, "nhap": nhap}
        about = {"kinds": ITEM_KIND_TITLES, "counts": counts_of(every), "topics": console.service.turns.curriculum.topics}
        return console.page(request, "editing.html", found=found, chosen=chosen, statuses=STATUSES, states=STATES, **about)


def _add_new(router: APIRouter, console: Console) -> None:
    @router.get("/moi")
    async def ask(
        request: Request, _staff: Annotated[Staff, console.needs("write")], loai: str = "answer", vi_du: str = "", tu: str = ""
    ) -> Response:
        sent = {"title": "", "topic": "", "slug": "", "examples": vi_du, "copied": tu}
        return _new_page(console, request, kind_of(loai), sent)

    @router.post("/moi")
    async def make(
        request: Request,
        staff: Annotated[Staff, console.needs("write")],
        loai: Text,
        title: Text = "",
        topic: Text = "",
        slug: Text = "",
        examples: Text = "",
        copied: Text = "",
    ) -> Response:
        kind, given = kind_of(loai), slug.strip()
        files, _ = await console.texts.working()
        taken = {one.slug for one in map(item_of, files) if one.kind == kind}
        sent = {"title": title.strip(), "topic": topic, "slug": given, "examples": examples, "copied": copied}
        if error := _objection(sent, taken, console.service.turns.curriculum.topics):
            return _new_page(console, request, kind, sent, error)
        item = Item(kind, given or new_slug(title, taken))
        form = new_form(kind, title.strip(), topic, clock.today())
        if copied:
            other = (await open_item(console, kind, copied)).form
            form |= {name: value for name, value in other.items() if name not in (*_NOT_COPIED, "topic", "topics")}
        form |= _of_an_answer(console, topic, examples) if kind == "answer" else {}
        try:
            async with console.repository.transaction() as store:
                await store.contents.save_draft(str(item), texts_of_form(item, form, {}, {}), revision=0, by=staff.id, now=clock.now())
                await store.staff.audit(staff, "content.save_draft", str(item), clock.now(), is_new=True)
        except DraftConflictError:
            return _new_page(console, request, kind, sent, f"Mã “{item.slug}” vừa có người dùng. Hãy đặt mã khác.")
        return console.go(f"{PATH}/{item}", CREATED)


def _objection(sent: dict[str, str], taken: set[str], topics: dict[str, Any]) -> str:
    """Return why a new item cannot be begun like this, in Vietnamese; empty where it can."""
    slug = sent["slug"]
    if not sent["title"] or sent["topic"] not in topics:
        return "Hãy ghi tiêu đề và chọn chủ đề."
    if slug and (not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX_BYTES):
        return f"Mã “{slug[:60]}” không dùng được: chỉ gồm a–z, 0–9 và dấu gạch nối, tối đa {SLUG_MAX_BYTES} ký tự."
    if slug in taken:
        return f"Mã “{slug}” đã có. Hãy đặt mã khác, hoặc để trống để máy tự đặt."
    return ""


def _of_an_answer(console: Console, topic: str, examples: str) -> dict[str, str]:
    """Return the fields that only answers have; those of the behaviours count as most of their topic do, until somebody says else."""
    kinds = Counter(a.outcome for a in console.service.turns.curriculum.answers_of(topic) if a.outcome)
    return {"examples": examples.strip(), "outcome": kinds.most_common(1)[0][0] if kinds else ""}


def _new_page(console: Console, request: Request, kind: ItemKind, sent: dict[str, str], error: str = "") -> Response:
    about = {"topics": console.service.turns.curriculum.topics, "pillars": PILLAR_TITLES, "kinds": ITEM_KIND_TITLES}
    return console.page(request, "editing_new.html", 422 if error else 200, kind=kind, sent=sent, error=error, **about)
