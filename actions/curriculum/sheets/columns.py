"""The sheets that trainers fill in outside the console, and their columns; headers and hints are what they read."""

import re
from dataclasses import dataclass
from typing import Literal

from actions.curriculum.examples import EXAMPLE_MAX_CHARACTERS
from actions.curriculum.lesson_lint import (
    CHOICE_MAX_CHARACTERS,
    FEEDBACK_MAX_CHARACTERS,
    HEADING_MAX_CHARACTERS,
    QUESTION_MAX_CHARACTERS,
    SIMPLE_MAX_CHARACTERS,
    STEP_MAX_CHARACTERS,
)
from actions.curriculum.lesson_lint import TITLE_MAX_CHARACTERS as LESSON_TITLE_MAX_CHARACTERS
from actions.curriculum.lint import MORE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS, TITLE_MAX_CHARACTERS

SheetKey = Literal["answers", "examples", "lessons", "quizzes"]
Kind = Literal["code", "topic", "topics", "module", "picture", "line", "text", "date", "flag", "number", "sources", "choice", "letters"]
DELETE, DELETE_ALL, MARK = "delete", "delete_all", "mark"
CHOICES_SHOWN = 4
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATUSES = {"active": "đang dùng", "draft": "bản nháp", "retired": "ngừng dùng"}
OUTCOMES = {"small_talk": "trò chuyện", "out_of_scope": "ngoài phạm vi", "crisis": "cần chăm sóc", "unsafe": "không an toàn"}
_CHOICE_KEY = re.compile(r"(?:choice|feedback)_([a-z])")


@dataclass(frozen=True)
class Column:
    """One column.

    `key` is the field's name in our records, `kind` says how its cells are read, `help` is what
    trainers are told of it, `values` are the words allowed in a `choice`, code → word.
    """

    key: str
    header: str
    kind: Kind
    help: str
    width: int = 16
    is_required: bool = False
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet; `identity` are the columns without which a row means nothing."""

    key: SheetKey
    title: str
    file: str
    about: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """Return a column by its key; quizzes may have as many choices as there are letters."""
        match = _CHOICE_KEY.fullmatch(key)
        if match is not None and self.key == "quizzes":
            return choice_columns(match[1].upper())[0 if key.startswith("choice") else 1]
        return next(one for one in self.columns if one.key == key)

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys of the columns that hold content."""
        return tuple(one.key for one in self.columns if one.key not in (DELETE, DELETE_ALL, MARK))


def choice_columns(letter: str) -> tuple[Column, Column]:
    """Return the two columns of one choice of a quiz."""
    low = letter.lower()
    needed = letter in "ABC"
    text = Column(f"choice_{low}", f"Lựa chọn {letter}", "line", f"Tối đa {CHOICE_MAX_CHARACTERS} ký tự, một dòng.", 28, needed)
    said = f"Nói gì với người chọn {letter}, đúng hay sai đều có. Tối đa {FEEDBACK_MAX_CHARACTERS} ký tự."
    return text, Column(f"feedback_{low}", f"Phản hồi {letter}", "text", said, 40, needed)


_DELETE = Column(DELETE, "Xoá", "flag", "Ghi x để xoá hàng này khỏi nội dung. Để trống thì không xoá gì.", 7)
_MARK = Column(MARK, "Dấu", "line", "Máy ghi để biết ai sửa sau. Đừng sửa. Hàng mới thì để trống.", 10)
_SOURCES = (
    "Mỗi nguồn một dòng trong ô (Alt+Enter để xuống dòng): Tên nguồn | https://địa-chỉ | 23/11/2026. "
    "Ngày là ngày đã đọc. Không có nguồn thì ghi x ở cột Lời khuyên chung."
)
_ABOUT = (
    Column("sources", "Nguồn", "sources", _SOURCES, 44),
    Column("general_advice", "Lời khuyên chung", "flag", "Ghi x nếu là lời khuyên không cần nguồn.", 10),
    Column("reviewed_on", "Ngày rà soát", "date", "Ngày đã đọc lại nội dung, ví dụ 23/11/2026. Mục mới để trống là hôm nay.", 13),
    Column("review_by", "Hạn rà soát", "date", "Ngày phải đọc lại, sau ngày rà soát. Mục mới để trống là sau 180 ngày.", 13),
)
_CODE = "Chữ thường không dấu, số, gạch nối; tối đa 32 ký tự, ví dụ mat-khau-manh. Đặt rồi thì không đổi, không dùng lại."
_PLACEHOLDERS = "Số, ngày, địa chỉ viết {{ fact.<mã> }}; gọi người đọc là {{ ban }}, đầu câu {{ Ban }}."


def _status(*codes: str) -> Column:
    values = tuple((code, STATUSES[code]) for code in codes)
    words = ", ".join(word for _, word in values)
    return Column("status", "Tình trạng", "choice", f"Một trong: {words}. Mục mới để trống là {values[0][1]}.", 13, values=values)


ANSWERS = Sheet(
    "answers", "Câu trả lời", "cau-tra-loi", "Mỗi hàng một câu trả lời của bot.", ("slug",),
    (
        Column("slug", "Mã", "code", _CODE, 26, is_required=True),
        Column("topic", "Chủ đề", "topic", "Mã hoặc tên chủ đề, xem trang Danh mục.", 22, is_required=True),
        Column("title", "Tiêu đề", "line", f"Tối đa {TITLE_MAX_CHARACTERS} ký tự, một dòng.", 34, is_required=True),
        Column("text", "Nội dung", "text", f"Tối đa {TEXT_MAX_CHARACTERS} ký tự, chữ thường. {_PLACEHOLDERS}", 60, is_required=True),
        Column("more", "Xem thêm", "text", f"Phần sau nút Xem thêm, tối đa {MORE_MAX_CHARACTERS} ký tự. Có thể để trống.", 60),
        Column("android", "Android", "text", f"Cách làm riêng trên máy Android, tối đa {TEXT_MAX_CHARACTERS} ký tự. Có thể để trống.", 30),
        Column("iphone", "iPhone", "text", f"Cách làm riêng trên iPhone, tối đa {TEXT_MAX_CHARACTERS} ký tự. Có thể để trống.", 30),
        *_ABOUT,
        _status("active", "retired"),
        Column(
            "outcome", "Kiểu ứng xử", "choice",
            f"Chỉ cho hai chủ đề ứng xử, một trong: {', '.join(OUTCOMES.values())}. Các câu khác để trống.",
            14, values=tuple(OUTCOMES.items()),
        ),
        _DELETE, _MARK,
    ),
)  # fmt: skip
EXAMPLES = Sheet(
    "examples", "Ví dụ", "vi-du", "Mỗi hàng một câu người dân hay hỏi, để bot học hiểu.", ("slug", "example"),
    (
        Column("slug", "Mã câu trả lời", "code", "Mã ở trang Câu trả lời mà câu này hỏi tới.", 26, is_required=True),
        Column(
            "example", "Ví dụ", "line",
            f"Một câu như người dân gõ, tối đa {EXAMPLE_MAX_CHARACTERS} ký tự, không có [ ] {{ }}. Mỗi câu chỉ ghi một nơi.",
            90, is_required=True,
        ),
        _DELETE, _MARK,
    ),
)  # fmt: skip
LESSON_FIELDS = ("title", "status", "module", "topics", "goal", "sources", "general_advice", "reviewed_on", "review_by")
_OF_LESSON = "Chỉ ghi ở hàng bước 1 của bài. "
LESSONS = Sheet(
    "lessons", "Bài học", "bai-hoc", "Mỗi hàng một bước của bài học; thông tin chung của bài ghi ở hàng bước 1.", ("slug", "number"),
    (
        Column("slug", "Mã bài", "code", _CODE, 22, is_required=True),
        Column("number", "Bước", "number", "1, 2, 3… theo thứ tự. Chèn bước thì đánh số lại các bước sau.", 7, is_required=True),
        Column("heading", "Tên bước", "line", f"Tối đa {HEADING_MAX_CHARACTERS} ký tự, một dòng.", 30, is_required=True),
        Column("text", "Nội dung", "text", f"Tối đa {STEP_MAX_CHARACTERS} ký tự, chữ thường. {_PLACEHOLDERS}", 60, is_required=True),
        Column("simple", "Dễ hiểu hơn", "text", f"Nói lại cho dễ, tối đa {SIMPLE_MAX_CHARACTERS} ký tự.", 44, is_required=True),
        Column("picture", "Hình", "picture", "Mã hình, xem trang Danh mục. Có thể để trống.", 18),
        Column("title", "Tên bài", "line", f"{_OF_LESSON}Tối đa {LESSON_TITLE_MAX_CHARACTERS} ký tự.", 34, is_required=True),
        _status("draft", "active", "retired"),
        Column("module", "Học phần", "module", f"{_OF_LESSON}Mã hoặc tên học phần, xem trang Danh mục.", 18, is_required=True),
        Column("topics", "Chủ đề", "topics", f"{_OF_LESSON}Một hay vài mã, cách nhau dấu phẩy.", 22, is_required=True),
        Column("goal", "Mục tiêu", "line", f"{_OF_LESSON}Học xong thì làm được gì, một câu.", 40, is_required=True),
        *_ABOUT,
        _DELETE,
        Column(DELETE_ALL, "Xoá cả bài", "flag", "Ghi x ở một hàng của bài để xoá cả bài. Nên ghi ngừng dùng ở Tình trạng thì hơn.", 9),
        _MARK,
    ),
)  # fmt: skip
QUIZZES = Sheet(
    "quizzes", "Câu đố", "cau-do", "Mỗi hàng một câu hỏi của một bài, với 3 hoặc 4 lựa chọn.", ("slug", "id"),
    (
        Column("slug", "Mã bài", "code", "Mã ở trang Bài học.", 22, is_required=True),
        Column("id", "Mã câu", "code", "q1, q2… Câu mới để trống thì máy đặt.", 9),
        Column("question", "Câu hỏi", "text", f"Một tình huống rồi câu hỏi, tối đa {QUESTION_MAX_CHARACTERS} ký tự.", 56, is_required=True),
        *(column for letter in LETTERS[:CHOICES_SHOWN] for column in choice_columns(letter)),
        Column("right", "Đúng", "letters", "Chữ của lựa chọn đúng: A, B, C hoặc D.", 7, is_required=True),
        _DELETE, _MARK,
    ),
)  # fmt: skip
SHEETS: tuple[Sheet, ...] = (ANSWERS, EXAMPLES, LESSONS, QUIZZES)
GUIDE_TITLE, LISTS_TITLE = "Hướng dẫn", "Danh mục"


def sheet_of(key: str) -> Sheet:
    """Return a sheet by its key."""
    return next(one for one in SHEETS if one.key == key)


def letter_of(index: int) -> str:
    """Return the letters by which a spreadsheet names a column, counted from 0."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = LETTERS[rest] + name
    return name
