"""Nhật ký: who did what, when; filters live in the address."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from actions.curriculum.sheets.values import guarded
from actions.learners.staff import ROLE_TITLES
from actions.learners.staff_tables import AuditEntry
from actions.local_time import local_midnight, local_time
from bot import clock
from bot.console.console import Console, Nav, Staff

PATH = "/quantri/nhat-ky"
NAV = Nav("Nhật ký", PATH, "operate", 85)
PAGE_SIZE = 100
EXPORT_MAX = 50_000
ID_MAX = 2**62
ACTIONS = {
    "login.in": "Vào", "login.out": "Ra", "login.out_everywhere": "Ra ở mọi nơi", "login.out_elsewhere": "Ra ở nơi khác",
    "login.failed": "Vào không được",
    "account.add": "Thêm tài khoản", "account.role": "Đổi quyền", "account.enable": "Mở tài khoản", "account.disable": "Khoá tài khoản",
    "account.link": "Tạo đường dẫn một lần", "account.password_set": "Đặt mật khẩu", "account.second_factor_on": "Bật xác thực hai lớp",
    "account.second_factor_off": "Tắt xác thực hai lớp",
    "content.save_draft": "Lưu nháp", "content.submit": "Gửi duyệt", "content.approve": "Duyệt", "content.return": "Trả lại",
    "content.publish": "Xuất bản", "content.roll_back": "Quay lại bản cũ", "content.drop_draft": "Bỏ nháp",
    "content.keep_draft": "Giữ nháp trên bản mới", "content.export": "Tải tệp nội dung",
    "content.review": "Rà soát xong", "content.export_sheets": "Tải bảng tính", "content.import_sheets": "Nhập bảng tính",
    "model.train": "Huấn luyện", "model.cancel": "Dừng huấn luyện", "model.activate": "Dùng mô hình", "model.describe": "Ghi chú mô hình",
    "model.swap_failed": "Không đổi được mô hình", "model.start": "Bắt đầu huấn luyện", "model.measure": "Đo lại mô hình",
    "model.back": "Quay lại mô hình trước", "model.export": "Tải tệp mô hình",
    "evaluation.add": "Thêm câu thử", "evaluation.remove": "Bỏ câu thử",
    "questions.add": "Thêm câu hỏi vào ví dụ", "questions.dismiss": "Bỏ qua câu hỏi", "questions.restore": "Lấy lại câu hỏi",
    "testing.code": "Lấy mã thử bot", "testing.mark": "Đánh dấu nơi thử bot", "testing.end": "Thôi đánh dấu nơi thử bot",
    "queue.retry": "Cho tin chạy lại", "service.stop": "Ngừng trả lời", "service.resume": "Trả lời lại",
    "audit.export": "Tải nhật ký", "statistics.export": "Tải thống kê",
    "statistics.ask": "Yêu cầu tệp thống kê", "statistics.download": "Tải tệp thống kê", "statistics.report": "Lập báo cáo tháng",
    "statistics.plan": "Đổi lịch báo cáo tháng", "statistics.open": "Mở trang số liệu công khai",
    "statistics.close": "Đóng trang số liệu công khai",
}  # fmt: skip

DETAILS = {
    "role": "quyền", "before": "trước", "after": "sau", "by_command": "bằng lệnh trên máy chủ", "by_link": "bằng đường dẫn một lần",
    "address": "địa chỉ mạng", "reason": "lý do", "notice": "lời báo", "number": "số lượng",
    "note": "ghi chú", "revision": "lần lưu", "restored": "lấy lại lần lưu", "items": "các mục", "questions": "số câu hỏi",
    "files": "số tệp", "name": "tên tệp", "left": "để nguyên", "plan": "kết quả", "kind": "dạng",
    "drafts": "số nháp", "is_done": "có hiệu lực", "is_new": "mục mới", "filter": "bộ lọc", "rows": "số dòng",
    "day": "ngày trong tháng", "agency": "đơn vị", "place": "địa danh",
}  # fmt: skip
_VALUES: dict[Any, str] = {**ROLE_TITLES, True: "có", False: "không", None: "–"}


def make_router(console: Console) -> APIRouter:
    """Return the routes of the audit log."""
    router = APIRouter(prefix=PATH)

    @router.get("")
    async def show(
        request: Request,
        _staff: Annotated[Staff, console.needs("operate")],
        ai: str = "",
        viec: str = "",
        ngay: str = "",
        truoc: Annotated[int | None, Query(le=ID_MAX)] = None,
    ) -> Response:
        async with console.repository.reading() as store:
            entries = await store.staff.audit_log(*_conditions(ai, viec, ngay), limit=PAGE_SIZE, before=truoc)
            people = await store.staff.accounts()
            actions = await store.staff.audited_actions()
        following = entries[-1].id if len(entries) == PAGE_SIZE else None
        found = {"entries": entries, "people": people, "actions": actions, "following": following}
        return console.page(request, "audit.html", titles=ACTIONS, told=told, chosen={"ai": ai, "viec": viec, "ngay": ngay}, **found)

    @router.get("/tai.csv")
    async def export(staff: Annotated[Staff, console.needs("operate")], ai: str = "", viec: str = "", ngay: str = "") -> Response:
        async with console.repository.transaction() as store:
            entries = await store.staff.audit_log(*_conditions(ai, viec, ngay), limit=EXPORT_MAX)
            await store.staff.audit(staff, "audit.export", f"{len(entries)} dòng", clock.now())
        name = f"nhat-ky-{local_time(clock.now()):%Y%m%d-%H%M}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(_csv(entries), media_type="text/csv; charset=utf-8", headers=headers)

    return router


def _conditions(who: str, action: str, day: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if who:
        conditions.append(AuditEntry.staff_id == who)
    if action:
        conditions.append(AuditEntry.action == action)
    try:
        begin = local_midnight(date.fromisoformat(day))
    except ValueError:
        return conditions
    return [*conditions, AuditEntry.at >= begin, AuditEntry.at < begin + timedelta(days=1)]


def told(details: Mapping[str, Any]) -> list[str]:
    """Return the details of an entry in words."""
    lines = []
    for name, value in details.items():
        is_plain = isinstance(value, str | bool | None)
        text = str(_VALUES.get(value, value)) if is_plain else json.dumps(value, ensure_ascii=False)
        lines.append(DETAILS.get(name, name) if value is True else f"{DETAILS.get(name, name)}: {text}")
    return lines


def _csv(entries: list[AuditEntry]) -> str:
    buffer = io.StringIO("")
    writer = csv.writer(buffer)
    writer.writerow(["Lúc", "Ai", "Việc", "Đối tượng", "Chi tiết"])
    for entry in entries:
        details = "; ".join(told(entry.details))
        row: list[Any] = [f"{local_time(entry.at):%Y-%m-%d %H:%M:%S}", entry.staff_name, ACTIONS.get(entry.action, entry.action)]
        writer.writerow([guarded(cell, is_csv=True) for cell in (*row, entry.subject, details)])
    return "\ufeff" + buffer.getvalue()
