"""Bảng tính: download the content as spreadsheets, look at what an uploaded one would change, save that as drafts."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from actions.curriculum.sheets.archives import FILE_MAX_BYTES
from actions.curriculum.sheets.columns import SHEETS, SheetKey
from actions.curriculum.sheets.desk import Change
from actions.curriculum.sheets.planning import Plan
from actions.curriculum.sheets.problems import SheetProblem
from actions.curriculum.sheets.writing import TooLongError
from actions.curriculum.tree import ITEM_KIND_TITLES, Item
from actions.learners.uploads import LIFETIME, Upload
from actions.local_time import local_time
from bot import clock
from bot.console.console import SESSION_COOKIE, Console, Nav, Staff
from bot.console.difference import differences
from bot.console.places import edit_path
from bot.console.sheet_import import Ground, MovedOnError, read_ground, save_changes
from bot.sheets import Sheets
from bot.web.media_types import MEDIA_TYPES
from bot.web.problems import ProblemError

PATH = "/quantri/bang-tinh"
NAV = Nav("Bảng tính", PATH, "see", 15)
ALL = "tat-ca"
DIFFERENCES_SHOWN = 40
PROBLEMS_SHOWN = 500
GONE = "Tệp này không còn chờ: đã quá một giờ, đã lưu rồi, hoặc được gửi từ chỗ đăng nhập khác. Hãy gửi lại tệp."
MOVED = "Nội dung vừa đổi trong lúc bạn xem, nên chưa lưu gì. Đây là kết quả mới; hãy xem lại rồi bấm lưu."
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of spreadsheets."""
    router = APIRouter(prefix=PATH)
    sheets = Sheets()
    _add_download(router, console, sheets)
    _add_upload(router, console, sheets)
    _add_saving(router, console, sheets)
    return router


def _add_download(router: APIRouter, console: Console, sheets: Sheets) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        return _form(console, request)

    @router.get("/tai")
    async def download(staff: Annotated[Staff, console.needs("write")], trang: str = ALL, dang: str = "xlsx") -> Response:
        keys: list[SheetKey] = [sheet.key for sheet in SHEETS if trang in (ALL, sheet.file)]
        if not keys or dang not in ("xlsx", "csv"):
            raise ProblemError(404, "Không có bảng này. Hãy chọn ở trang Bảng tính.")
        ground, now = await read_ground(console.repository), clock.now()
        try:
            content = await sheets.write(ground.files, keys, "xlsx" if dang == "xlsx" else "csv", now)
        except TooLongError as error:
            raise ProblemError(422, f"{error}.") from None
        kind = "zip" if dang == "csv" and len(keys) > 1 else dang
        await console.audit(staff, "content.export_sheets", trang, kind=kind, drafts=len(ground.drafts))
        name = f"ban-so-{trang}-{local_time(now):%Y%m%d-%H%M}.{kind}"
        return Response(content, media_type=MEDIA_TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _add_upload(router: APIRouter, console: Console, sheets: Sheets) -> None:
    @router.post("")
    async def look(
        request: Request,
        _staff: Annotated[Staff, console.needs("write")],
        file: Annotated[UploadFile | None, File()] = None,
        xoa_thieu: Text = "",
    ) -> Response:
        content = await file.read(FILE_MAX_BYTES + 1) if file is not None else b""
        if file is None or not file.filename:
            return _form(console, request, 422, error="Chưa chọn tệp. Hãy bấm chọn tệp .xlsx, .csv hoặc .zip.")
        ground = await read_ground(console.repository)
        plan = await sheets.plan(ground.files, content, file.filename, clock.today(), deletes_missing=bool(xoa_thieu))
        if plan.is_refused:
            return _form(console, request, 422, plan=plan, name=file.filename)
        upload = _upload(file.filename, content, plan, ground, deletes_missing=bool(xoa_thieu))
        async with console.repository.transaction() as store:
            upload_id = await store.uploads.keep(request.cookies[SESSION_COOKIE], upload, clock.now())
        return console.go(f"{PATH}/xem/{upload_id}")

    @router.get("/xem/{upload_id}")
    async def show(request: Request, upload_id: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        upload = await _waiting(console, request, upload_id)
        return await _page(console, request, staff, upload_id, upload)

    @router.post("/xem/{upload_id}/bo")
    async def drop(request: Request, upload_id: str, _staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            await store.uploads.drop(request.cookies[SESSION_COOKIE], upload_id)
        return console.go(PATH, "Đã bỏ tệp vừa gửi. Nội dung không đổi gì.")


def _add_saving(router: APIRouter, console: Console, sheets: Sheets) -> None:
    @router.post("/xem/{upload_id}")
    async def save(
        request: Request,
        upload_id: str,
        staff: Annotated[Staff, console.needs("write")],
        ghi_de: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        dong_y_loi: Text = "",
        dong_y_xoa: Text = "",
    ) -> Response:
        upload = await _waiting(console, request, upload_id)
        plan = Plan.model_validate(upload.plan)
        reason = _reason(plan, accepts_problems=bool(dong_y_loi), accepts_deletion=bool(dong_y_xoa))
        if reason:
            return await _page(console, request, staff, upload_id, upload, 422, error=reason)
        session, now = request.cookies[SESSION_COOKIE], clock.now()
        try:
            async with console.repository.transaction() as store:
                if not await store.uploads.drop(session, upload_id):
                    raise ProblemError(404, GONE)
                saved = await save_changes(store, plan.changes, (upload.version, upload.revisions), staff, ghi_de, now)
                about = {"name": upload.name[:100], "items": list(saved.items), "left": list(saved.left), "plan": plan.summary}
                await store.staff.audit(staff, "content.import_sheets", plan.summary, now, **about)
        except MovedOnError:
            return await _again(console, request, sheets, upload_id, upload)
        left = f" {len(saved.left)} mục được để nguyên vì đang có nháp khác." if saved.left else ""
        return console.go("/quantri/xuat-ban", f"Đã lưu {len(saved.items)} mục thành nháp.{left} Xem lại rồi gửi duyệt hoặc xuất bản.")


async def _again(console: Console, request: Request, sheets: Sheets, upload_id: str, upload: Upload) -> Response:
    """Find out anew what a waiting file would change, and show that."""
    ground = await read_ground(console.repository)
    plan = await sheets.plan(ground.files, upload.content, upload.name, clock.today(), deletes_missing=upload.deletes_missing)
    if plan.is_refused:
        return _form(console, request, 409, plan=plan, name=upload.name, error=MOVED)
    made = _upload(upload.name, upload.content, plan, ground, deletes_missing=upload.deletes_missing)
    async with console.repository.transaction() as store:
        await store.uploads.keep(request.cookies[SESSION_COOKIE], made, clock.now(), upload_id)
    return console.go(f"{PATH}/xem/{upload_id}", MOVED)


async def _waiting(console: Console, request: Request, upload_id: str) -> Upload:
    async with console.repository.reading() as store:
        upload = await store.uploads.read(request.cookies.get(SESSION_COOKIE, ""), upload_id, clock.now())
    if upload is None:
        raise ProblemError(404, GONE)
    return upload


async def _page(
    console: Console, request: Request, staff: Staff, upload_id: str, upload: Upload, status: int = 200, *, error: str = ""
) -> Response:
    plan, ground = Plan.model_validate(upload.plan), await read_ground(console.repository)
    async with console.repository.reading() as store:
        people = {one.id: one.name for one in await store.staff.accounts()}
    shown = [_shown(change, ground, staff, people, has_difference=number < DIFFERENCES_SHOWN) for number, change in enumerate(plan.changes)]
    return console.page(
        request, "sheets_plan.html", status, plan=plan, shown=shown, upload=upload, upload_id=upload_id, error=error,
        minutes=int(LIFETIME.total_seconds() // 60), problems=_listed(plan.problems, "content"), notes=_listed(plan.problems, "note"),
    )  # fmt: skip


def _form(console: Console, request: Request, status: int = 200, *, plan: Plan | None = None, name: str = "", error: str = "") -> Response:
    problems = [one for one in plan.problems if one.level in ("structure", "cell")] if plan else []
    return console.page(
        request, "sheets.html", status, sheets=SHEETS, all=ALL, megabytes=FILE_MAX_BYTES // 1024 // 1024, name=name, error=error,
        problems=problems[:PROBLEMS_SHOWN], count=len(problems), is_built_wrongly=any(one.level == "structure" for one in problems),
    )  # fmt: skip


def _upload(name: str, content: bytes, plan: Plan, ground: Ground, *, deletes_missing: bool) -> Upload:
    return Upload(name, content, deletes_missing, plan.model_dump(mode="json"), ground.version, ground.revisions)


def _shown(change: Change, ground: Ground, staff: Staff, people: dict[str, str], *, has_difference: bool) -> dict[str, Any]:
    item, draft = Item.parse(change.item), ground.drafts.get(change.item)
    found = differences({path: ground.files.get(path) for path in change.files}, change.files) if has_difference else []
    return {
        "change": change, "kind": ITEM_KIND_TITLES[item.kind], "link": edit_path(item), "found": found,
        "obstacle": ground.obstacle(change, staff), "who": people.get(draft.edited_by, "?") if draft else "",
    }  # fmt: skip


def _listed(problems: Sequence[SheetProblem], level: str) -> list[SheetProblem]:
    return [one for one in problems if one.level == level][:PROBLEMS_SHOWN]


def _reason(plan: Plan, *, accepts_problems: bool, accepts_deletion: bool) -> str:
    """Return why a plan may not be saved yet; empty where it may."""
    if not plan.changes:
        return "Bảng này không đổi gì, nên không có gì để lưu."
    if plan.deleted and not accepts_deletion:
        return f"Sẽ xoá {plan.deleted} mục. Hãy đánh dấu ô đồng ý xoá, hoặc sửa bảng rồi gửi lại."
    if any(one.level == "content" for one in plan.problems) and not accepts_problems:
        return "Nội dung còn lỗi. Hãy đánh dấu ô vẫn lưu làm nháp, hoặc sửa bảng rồi gửi lại."
    return ""
