"""A person's own data as a page says it: in plain words, without ids and hashes; the JSON file has everything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.learners.statistics_tables import ALL, NEVER
from actions.local_time import LOCAL_ZONE

Row = Mapping[str, Any]
Shown = Callable[[Curriculum, Row], object]
CHANNELS = {"web": "Trang trò chuyện", "telegram": "Telegram", "zalo_oa": "Zalo", "zalo_bot": "Zalo (bot)"}
KINDS = {"quiz": "Câu đố", "review": "Ôn lại", "drill": "Diễn tập"}
PURPOSES = {"family": "Cho người nhà xem tiến độ", "export": "Mở trang này", "link": "Nối kênh khác"}


@dataclass(frozen=True)
class Section:
    """One kind of data: its title, and its entries as labels with values."""

    title: str
    entries: list[list[tuple[str, str]]]


def sections_of(found: Mapping[str, Sequence[Row]], curriculum: Curriculum) -> list[Section]:
    """Return what a person's page shows.

    Args:
        found: All that is held, by table, as `Privacy.export` returns it.
        curriculum: Where the titles of lessons and the words of questions are.
    """
    sections = []
    for table, (title, columns) in TABLES.items():
        rows = found.get(table, ())
        entries = [[(label, said(show(curriculum, row))) for label, show in columns.items()] for row in rows]
        if rows:
            sections.append(Section(title, [[(label, value) for label, value in entry if value] for entry in entries]))
    return sections


def said(value: object) -> str:
    """Return a value as people in Vietnam read it; nothing for what is not there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return f"{value.astimezone(LOCAL_ZONE):%H:%M %d/%m/%Y}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _column(name: str) -> Shown:
    return lambda _curriculum, row: row[name]


def _one_of(names: Mapping[str, str], name: str) -> Shown:
    return lambda _curriculum, row: names.get(row[name], row[name])


def _path(curriculum: Curriculum, row: Row) -> object:
    path = curriculum.paths.get(row["path"] or "")
    return path.title if path else row["path"]


def _lesson(curriculum: Curriculum, row: Row) -> object:
    known = curriculum.lessons.get(row["lesson"]) or curriculum.drills.get(row["lesson"])
    return known.title if known else row["lesson"]


def _question(curriculum: Curriculum, row: Row) -> object:
    lesson, drill = curriculum.lessons.get(row["lesson"]), curriculum.drills.get(row["lesson"])
    known = (lesson.questions if lesson else drill.steps if drill else {}).get(row["question"])
    return render(known.text, curriculum) if known else row["question"]


def _chosen(curriculum: Curriculum, row: Row) -> object:
    lesson, drill = curriculum.lessons.get(row["lesson"]), curriculum.drills.get(row["lesson"])
    known = (lesson.questions if lesson else drill.steps if drill else {}).get(row["question"])
    choices = known.choices if known else ()
    return render(choices[row["choice"]].text, curriculum) if row["choice"] < len(choices) else f"mục {row['choice'] + 1}"


def _result(_curriculum: Curriculum, row: Row) -> object:
    return "đúng" if row["is_right"] else "chưa đúng"


def _step(curriculum: Curriculum, row: Row) -> object:
    lesson = curriculum.lessons.get(row["lesson"])
    return f"{row['step']}/{len(lesson.steps)}" if lesson else row["step"]


def _hour(_curriculum: Curriculum, row: Row) -> object:
    return None if row["reminder_hour"] is None else f"{row['reminder_hour']} giờ"


def _visited_path(curriculum: Curriculum, row: Row) -> object:
    return "mọi lộ trình" if row["path"] == ALL else _path(curriculum, row) or "chưa chọn lộ trình"


def _day_before(_curriculum: Curriculum, row: Row) -> object:
    return None if row["previous_day"] == NEVER else row["previous_day"]


def _message(_curriculum: Curriculum, row: Row) -> object:
    return row["message"].get("text") if isinstance(row["message"], dict) else None


# What is left out are ids, keys, versions and the state of the scheduler.
TABLES: dict[str, tuple[str, dict[str, Shown]]] = {
    "learner": (
        "Người học",
        {
            "Tên đã chọn": _column("name"), "Cách xưng hô": _column("address"), "Chữ to, câu ngắn": _column("is_large_text"),
            "Lộ trình": _path, "Đồng ý từ": _column("consented_at"), "Ghé lần cuối": _column("last_active_at"), "Giờ nhắc ôn": _hour,
            "Nhắc lần cuối": _column("reminded_at"),
        },
    ),
    "identities": (
        "Kênh trò chuyện",
        {
            "Kênh": _one_of(CHANNELS, "channel"), "Địa chỉ trên kênh": _column("address_on_channel"), "Ghé lần cuối": _column("seen_at"),
            "Đã chặn lúc": _column("blocked_at"),
        },
    ),
    "lesson_progress": (
        "Bài đã học",
        {
            "Bài": _lesson, "Bước": _step, "Bắt đầu": _column("started_at"), "Lần cuối": _column("updated_at"),
            "Học hết": _column("finished_at"), "Qua câu đố": _column("passed_at"),
        },
    ),
    "attempts": (
        "Câu đã trả lời",
        {
            "Lúc": _column("attempted_at"), "Loại": _one_of(KINDS, "kind"), "Bài": _lesson, "Câu hỏi": _question, "Đã chọn": _chosen,
            "Kết quả": _result,
        },
    ),
    "review_cards": ("Câu hẹn ôn lại", {"Ngày ôn": _column("due_on"), "Bài": _lesson, "Câu hỏi": _question}),
    "learning_days": ("Ngày đã học", {"Ngày": _column("day")}),
    "certificates": (
        "Giấy chứng nhận",
        {
            "Mã giấy": _column("code"), "Lộ trình": _column("path_title"), "Tên trên giấy": _column("name"),
            "Cấp lúc": _column("issued_at"),
        },
    ),
    "class_members": ("Lớp đã vào", {"Mã lớp": _column("class_code"), "Vào lúc": _column("joined_at")}),
    "classes": ("Lớp đã mở", {"Tên lớp": _column("name"), "Mã lớp": _column("code"), "Mở lúc": _column("opened_at")}),
    "family_links": ("Người nhà xem được tiến độ", {"Cho xem từ": _column("granted_at")}),
    "helping": ("Xem được tiến độ của người nhà", {"Được xem từ": _column("granted_at")}),
    "one_time_codes": (
        "Mã dùng một lần còn hiệu lực", {"Dùng để": _one_of(PURPOSES, "purpose"), "Hết hạn lúc": _column("expires_at")},
    ),
    "follow_ups": ("Lời hẹn hỏi thăm", {"Hẹn lúc": _column("due_at")}),
    "last_questions": ("Câu hỏi gần đây, giữ nhiều nhất một ngày", {"Câu hỏi": _column("text"), "Lúc": _column("asked_at")}),
    "counted_lessons": (
        "Bài đã tính vào thống kê chung",
        {
            "Bài": _lesson, "Ngày bắt đầu": _column("started_on"), "Ngày học hết": _column("finished_on"),
            "Ngày qua câu đố": _column("passed_on"),
        },
    ),
    "visitors": (
        "Hai ngày ghé gần nhất, để đếm số người",
        {"Khi đang ở": _visited_path, "Lần cuối": _column("last_day"), "Lần trước đó": _day_before},
    ),
    "turns": ("Lượt trò chuyện chờ đếm, giữ chừng một phút", {"Lúc": _column("at")}),
    "outbound_messages": ("Tin nhắn đang chờ", {"Nội dung": _message, "Hết hạn lúc": _column("expires_at")}),
}  # fmt: skip
