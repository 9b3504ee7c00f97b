"""Xuất bản: drafts with what they wait for, review by a second person, publishing, versions, the way back."""

import io
import zipfile
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.curriculum.problems import ContentError, Problem
from actions.curriculum.tree import ITEM_KIND_TITLES, Item
from actions.learners.contents import APPROVED, DRAFT, IN_REVIEW, RETURNED, DraftConflictError, applied
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.difference import differences
from bot.console.places import place_link
from bot.console.publication import NotPublishedError, Pending, pending, publish_drafts, roll_back, texts_of
from bot.console.titles import titles_of
from bot.publishing import check
from bot.web.problems import ProblemError

PATH = "/quantri/xuat-ban"
NAV = Nav("Xuất bản", PATH, "see", 20)
STATES = {DRAFT: "Đang viết", IN_REVIEW: "Chờ duyệt", APPROVED: "Đã duyệt", RETURNED: "Được trả lại để sửa"}
VERSIONS_SHOWN = 50
Text = Annotated[str, Form()]
Number = Annotated[int, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of publishing."""
    router = APIRouter(prefix=PATH)
    _add_list(router, console)
    _add_draft(router, console)
    _add_versions(router, console)
    return router


def _add_list(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        return await _list(console, request)

    @router.post("")
    async def publish(
        request: Request,
        staff: Annotated[Staff, console.needs("write")],
        note: Text = "",
        item: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        seen = _seen(item)
        if not note.strip():
            return await _list(console, request, reasons=["Hãy ghi có gì mới, để người khác tìm lại được bản này."])
        try:
            version = await publish_drafts(console.repository, seen, staff, note.strip())
        except NotPublishedError as error:
            return await _list(console, request, reasons=error.reasons, note=note)
        except ContentError as error:
            return await _list(console, request, problems=error.problems, note=note)
        await console.service.content.follow()
        return console.go(PATH, f"Đã xuất bản bản {version}. Người dân đọc được ngay. Nếu có đổi ví dụ, hãy huấn luyện ở trang Huấn luyện.")

    @router.post("/kiem-tra")
    async def check_only(
        request: Request,
        _staff: Annotated[Staff, console.needs("write")],
        note: Text = "",
        item: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        found, files = await pending(console.repository)
        chosen = [one.draft for one in found if str(one.item) in _seen(item)]
        problems = await _problems(applied(files, chosen))
        if problems:
            return await _list(console, request, problems=problems, note=note)
        return await _list(console, request, note=note, message=f"Đã kiểm tra {len(chosen)} nháp cùng toàn bộ nội dung: không có lỗi.")


def _add_draft(router: APIRouter, console: Console) -> None:
    @router.get("/nhap/{kind}/{slug}")
    async def show(request: Request, kind: str, slug: str, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        one, files = await _one(console, kind, slug)
        problems = await _problems(applied(files, [one.draft]))
        old = {path: files.get(path) for path in one.draft.files}
        values = await _about(console, [one], applied(files, [one.draft]))
        title = values["titles"][str(one.item)]
        found = differences(old, one.draft.files)
        return console.page(request, "publishing_draft.html", one=one, title=title, found=found, problems=_linked(problems), **values)

    @router.post("/nhap/{kind}/{slug}/gui")
    async def submit(kind: str, slug: str, revision: Number, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            is_done = await store.contents.submit_draft(f"{kind}/{slug}", revision, staff.id)
            await store.staff.audit(staff, "content.submit", f"{kind}/{slug}", clock.now(), revision=revision, is_done=is_done)
        return _moved(console, kind, slug, "Đã gửi. Một người khác có quyền duyệt sẽ xem." if is_done else None)

    @router.post("/nhap/{kind}/{slug}/duyet")
    async def review(
        kind: str, slug: str, revision: Number, verdict: Text, staff: Annotated[Staff, console.needs("review")], note: Text = ""
    ) -> Response:
        one, _ = await _one(console, kind, slug)
        is_approved = verdict == "approve"
        if not one.may_review(staff):
            raise ProblemError(403, "Người viết hay người gửi không tự duyệt được. Hãy nhờ một người khác có quyền duyệt.")
        if not is_approved and not note.strip():
            return console.go(_draft_path(kind, slug), "Chưa trả lại: hãy ghi lời nhắn để người viết biết cần sửa gì.")
        async with console.repository.transaction() as store:
            is_done = await store.contents.review_draft(
                f"{kind}/{slug}", revision, staff.id, is_approved=is_approved, note=note.strip(), now=clock.now()
            )
            details = {"revision": revision, "is_done": is_done, "note": note.strip()}
            await store.staff.audit(staff, "content.approve" if is_approved else "content.return", f"{kind}/{slug}", clock.now(), **details)
        return _moved(console, kind, slug, ("Đã duyệt." if is_approved else "Đã trả lại người viết.") if is_done else None)

    @router.post("/nhap/{kind}/{slug}/giu")
    async def rebase(kind: str, slug: str, revision: Number, staff: Annotated[Staff, console.needs("write")]) -> Response:
        one, _ = await _one(console, kind, slug)
        async with console.repository.transaction() as store:
            try:
                await store.contents.save_draft(str(one.item), one.draft.files, revision=revision, by=staff.id, now=clock.now())
            except DraftConflictError:
                return _moved(console, kind, slug, None)
            await store.staff.audit(staff, "content.keep_draft", str(one.item), clock.now(), revision=revision)
        return _moved(console, kind, slug, "Nháp nay dựa trên bản đang xuất bản.")

    @router.post("/nhap/{kind}/{slug}/bo")
    async def drop(kind: str, slug: str, revision: Number, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            draft = await store.contents.draft(f"{kind}/{slug}", for_update=True)
            if draft is None or draft.revision != revision:
                return _moved(console, kind, slug, None)
            await store.contents.drop_draft(draft.item)
            await store.staff.audit(staff, "content.drop_draft", draft.item, clock.now(), revision=revision)
        return console.go(PATH, "Đã bỏ nháp. Các lần đã lưu vẫn còn ở trang sửa.")


def _add_versions(router: APIRouter, console: Console) -> None:
    @router.get("/ban/{version}")
    async def show(request: Request, version: str, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.reading() as store:
            one = await store.contents.version(version)
        if one is None:
            raise ProblemError(404, f"Không có bản {version}.")
        old, new = await texts_of(console.repository, one)
        return console.page(request, "publishing_version.html", one=one, found=differences(old, new), is_first=one.parent is None)

    @router.post("/ban/{version}/quay-lai")
    async def back(version: str, staff: Annotated[Staff, console.needs("review")]) -> Response:
        try:
            await roll_back(console.repository, version, staff)
        except NotPublishedError as error:
            raise ProblemError(404, str(error)) from None
        await console.service.content.follow()
        return console.go(PATH, f"Đã quay lại bản {version}. Người dân đọc bản này ngay.")

    @router.get("/tep.zip")
    async def download(staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            active = await store.contents.active()
            files = {} if active is None else await store.contents.files(active.tree)
            await store.staff.audit(staff, "content.export", active.version if active else "", clock.now(), files=len(files))
        name = f"ban-so-noi-dung-{active.version if active else 'trong'}.zip"
        return Response(_zipped(files), media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _list(console: Console, request: Request, problems: Sequence[Problem] = (), **values: Any) -> Response:
    found, files = await pending(console.repository)
    async with console.repository.reading() as store:
        versions = await store.contents.versions(VERSIONS_SHOWN)
        active = await store.contents.active()
    about = await _about(console, found, applied(files, [one.draft for one in found]))
    values = {"reasons": (), "note": "", **values}
    status = 422 if problems or values["reasons"] else 200
    return console.page(
        request, "publishing.html", status, found=found, versions=versions, active=active, problems=_linked(problems), **about, **values
    )


async def _about(console: Console, found: Sequence[Pending], files: dict[str, str]) -> dict[str, Any]:
    async with console.repository.reading() as store:
        people = {one.id: one.name for one in await store.staff.accounts()}
    return {"titles": titles_of(files, [one.item for one in found]), "people": people, "states": STATES, "kinds": ITEM_KIND_TITLES}


async def _one(console: Console, kind: str, slug: str) -> tuple[Pending, dict[str, str]]:
    found, files = await pending(console.repository)
    for one in found:
        if one.item == Item(kind, slug):  # type: ignore[arg-type]  # another kind is found nowhere
            return one, files
    raise ProblemError(404, "Nháp này không còn: đã được xuất bản hoặc đã bỏ.")


async def _problems(files: dict[str, str]) -> list[Problem]:
    try:
        await check(files, clock.today())
    except ContentError as error:
        return error.problems
    return []


def _moved(console: Console, kind: str, slug: str, message: str | None) -> Response:
    return console.go(_draft_path(kind, slug), message or "Chưa làm được: nháp vừa đổi. Hãy xem lại rồi bấm lần nữa.")


def _draft_path(kind: str, slug: str) -> str:
    return f"{PATH}/nhap/{kind}/{slug}"


def _linked(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"path": p.path, "place": p.place, "message": p.message, "link": place_link(p)} for p in problems]


def _seen(items: Sequence[str]) -> dict[str, int]:
    parts = (item.rpartition("@") for item in items)
    return {item: int(revision) for item, _, revision in parts if revision.isdecimal()}


def _zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(files.items()):
            archive.writestr(path, text)
    return buffer.getvalue()
