"""Thống kê, tệp: a row for each learner or attempt, the monthly report and its schedule, the page of open statistics."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse

from actions.learners.exports import ATTEMPTS, DONE, LEARNERS, LIFETIMES, REPORT, WAITING_MAX, File
from actions.learners.repository import Repository
from actions.local_time import local_time
from bot import clock
from bot.console.console import Console, Staff
from bot.console.pages.statistics import FORMATS, address_of, describe
from bot.console.pages.statistics import PATH as STATISTICS
from bot.statistics.files import ask_for_report
from bot.statistics.report import AGENCY_MAX_CHARACTERS, SWITCH, Month, Plan
from bot.statistics.words import CurrentWords
from bot.web.media_types import MEDIA_TYPES
from bot.web.open_statistics import PATH as OPEN_PATH
from bot.web.open_statistics import SWITCH as OPEN_SWITCH
from bot.web.problems import ProblemError

PATH = f"{STATISTICS}/tep"
KINDS = {LEARNERS: "Mỗi dòng một người học", ATTEMPTS: "Mỗi dòng một lần trả lời"}
_NAMES = {LEARNERS: "nguoi-hoc", ATTEMPTS: "lan-tra-loi"}
STATES = {"waiting": "Đang chờ", "running": "Đang lập", "done": "Xong", "failed": "Không xong"}
MONTHS_SHOWN = 13
LAST_DAY = 28
TOO_MANY = f"Đang có {WAITING_MAX} tệp chờ lập. Hãy đợi vài phút rồi yêu cầu lại."
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of files, reports and open statistics."""
    router = APIRouter(prefix=PATH)
    current = CurrentWords(console.service)
    _add_page(router, console, current)
    _add_files(router, console, current)
    _add_reports(router, console)
    _add_open_page(router, console)
    return router


def _add_page(router: APIRouter, console: Console, current: CurrentWords) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        words = current()
        address = address_of(request, words)
        async with console.repository.reading() as store:
            plan = Plan.read(await store.staff.switch(SWITCH))
            is_open = bool((await store.staff.switch(OPEN_SWITCH)).get("is_open"))
        return console.page(
            request, "statistics_files.html", home=PATH, statistics=STATISTICS, address=address, described=describe(address, words),
            plan=plan, is_open=is_open, open_path=OPEN_PATH, kinds=KINDS, months=_months(clock.today()), last_day=LAST_DAY,
            hours=int(LIFETIMES[LEARNERS].total_seconds() // 3600), agency_max=AGENCY_MAX_CHARACTERS, **await _lists(console),
        )  # fmt: skip

    @router.get("/danh-sach")
    async def listed(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        return console.page(request, "statistics_files_list.html", home=PATH, **await _lists(console))


def _add_files(router: APIRouter, console: Console, current: CurrentWords) -> None:
    @router.post("")
    async def ask(request: Request, staff: Annotated[Staff, console.needs("export")], loai: Text = "", dang: Text = "") -> Response:
        if loai not in KINDS or dang not in FORMATS:
            raise ProblemError(422, "Chưa chọn loại tệp. Hãy quay lại và chọn.")
        address, now = address_of(request, current()), clock.now()
        name = f"{_NAMES[loai]}-{local_time(now):%Y%m%d-%H%M%S}.{dang}"
        async with console.repository.transaction() as store:
            has_room = await store.exports.has_room()
            if has_room:
                await store.exports.ask(loai, dang, address.query, name, now, by=staff.id)
                await store.staff.audit(staff, "statistics.ask", name, now, kind=KINDS[loai], filter=address.query)
        return console.go(f"{PATH}?{address.query}", "Đang lập tệp. Tệp hiện ở danh sách dưới đây khi xong." if has_room else TOO_MANY)

    @router.get("/{number}")
    async def download(number: str, staff: Annotated[Staff, console.needs("export")]) -> Response:
        found = await _file(console.repository, number)
        await console.audit(staff, "statistics.download", found.name, rows=found.row_count, filter=found.filter)
        headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "Content-Length": str(found.size_bytes)}
        return StreamingResponse(_content(console.repository, found), media_type=MEDIA_TYPES[found.format], headers=headers)


def _add_reports(router: APIRouter, console: Console) -> None:
    @router.post("/bao-cao")
    async def report(staff: Annotated[Staff, console.needs("export")], thang: Text = "") -> Response:
        now = clock.now()
        try:
            month = Month.parse(thang.strip())
        except ValueError:
            raise ProblemError(422, "Chưa chọn tháng. Hãy quay lại và chọn tháng cần báo cáo.") from None
        if month.first > clock.today() or month.year < 2020:
            raise ProblemError(422, f"Không có số liệu của {month.title}. Hãy chọn tháng khác.")
        async with console.repository.transaction() as store:
            has_room = await store.exports.has_room()
            if has_room:
                await ask_for_report(store, month, now, by=staff)
        return console.go(PATH, f"Đang lập báo cáo {month.title}, PDF và XLSX." if has_room else TOO_MANY)

    @router.post("/lich")
    async def plan(staff: Annotated[Staff, console.needs("operate")], ngay: Text = "0", don_vi: Text = "", dia_danh: Text = "") -> Response:
        agency, place = " ".join(don_vi.split()), " ".join(dia_danh.split())
        if not ngay.isascii() or not ngay.isdecimal() or not 0 <= int(ngay[:4]) <= LAST_DAY:
            raise ProblemError(422, f"Ngày lập báo cáo phải từ 1 đến {LAST_DAY}. Hãy quay lại và chọn.")
        if max(len(agency), len(place)) > AGENCY_MAX_CHARACTERS:
            raise ProblemError(422, f"Tên đơn vị và địa danh dài tối đa {AGENCY_MAX_CHARACTERS} ký tự. Hãy ghi ngắn hơn.")
        now, value = clock.now(), {"day": int(ngay), "agency": agency, "place": place}
        async with console.repository.transaction() as store:
            await store.staff.set_switch(SWITCH, value, now)
            await store.staff.audit(staff, "statistics.plan", "", now, **value)
        return console.go(PATH, f"Báo cáo tự lập vào ngày {ngay} hằng tháng." if int(ngay) else "Đã lưu. Báo cáo chỉ lập khi có người bấm.")


def _add_open_page(router: APIRouter, console: Console) -> None:
    @router.post("/cong-khai")
    async def switch(staff: Annotated[Staff, console.needs("operate")], mo: Text = "") -> Response:
        is_open, now = mo == "mo", clock.now()
        async with console.repository.transaction() as store:
            await store.staff.set_switch(OPEN_SWITCH, {"is_open": is_open}, now)
            await store.staff.audit(staff, "statistics.open" if is_open else "statistics.close", OPEN_PATH, now)
        said = f"Đã mở trang {OPEN_PATH} cho mọi người xem." if is_open else f"Đã đóng trang {OPEN_PATH}."
        return console.go(PATH, said)


async def _lists(console: Console) -> dict[str, Any]:
    async with console.repository.reading() as store:
        rows, reports = await store.exports.files(LEARNERS, ATTEMPTS), await store.exports.files(REPORT)
        people = {one.id: one.name for one in await store.staff.accounts()}
    is_working = any(file.is_open for file in (*rows, *reports))
    return {"rows": rows, "reports": reports, "people": people, "states": STATES, "is_working": is_working, "titles": KINDS}


async def _file(repository: Repository, number: str) -> File:
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    async with repository.reading() as store:
        found = await store.exports.file(int(number)) if is_number else None
    if found is None or found.state != DONE or found.expires_at <= clock.now():
        raise ProblemError(404, "Không còn tệp này: chưa lập xong, hoặc đã quá hạn giữ. Hãy yêu cầu lại.")
    return found


async def _content(repository: Repository, file: File) -> AsyncIterator[bytes]:
    async with repository.reading() as store:
        async for part in store.exports.content(file.id):
            yield part


def _months(today: date) -> list[Month]:
    """Return the months to choose from, the one before first: it is the last that is whole."""
    months = [Month.of(today)]
    while len(months) < MONTHS_SHOWN:
        months.append(months[-1].before)
    return [months[1], months[0], *months[2:]]
