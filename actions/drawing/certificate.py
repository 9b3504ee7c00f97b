"""The certificate of a finished learning path: the same sheet as a picture for the chat and as a PDF to print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import segno

from actions.drawing.sheet import SHEET_HEIGHT, SHEET_WIDTH, Box, Grid, Mark, Polygon, Words, write_pdf, write_svg
from actions.drawing.svg import ACCENT, BRAND, INK, LIGHT, drawable, fit_size, render_png, shorten, text_width, wrap_lines

HEADING = "Giấy chứng nhận hoàn thành"
HONEST_LINE = "Giấy này ghi nhận việc học với trợ lý tự động Bạn Số, không phải văn bằng của Nhà nước."
SKILLS_MAX = 12

_CENTRE = SHEET_WIDTH / 2
_LINE_WIDTH = 1000  # The widest line between the frame's sides.
_SKILL_WIDTH = 440
_SKILL_SIZE_MIN, _SKILL_SIZE_MAX = 17, 25
_SKILLS_TOP, _SKILLS_BOTTOM = 406, 592
_COLUMN_GAP = 48
_LEFT = 90  # Where the lines beside the QR code begin.
_ADDRESS_WIDTH = 800
_QR_MIDDLE = 687
_QR_SIDE = 190  # With the light squares around it.
_QR_RIGHT = SHEET_WIDTH - 76


@dataclass(frozen=True)
class CertificateText:
    """What stands on a certificate; `address` is the URL where it is verified."""

    name: str
    path_title: str
    skills: tuple[str, ...]
    issued_on: date
    content_version: str
    code: str
    address: str


def draw_certificate_png(text: CertificateText) -> bytes:
    """Draw the certificate as a PNG 1200 pixels wide.

    Raises:
        ValueError: The name has no letter that can be drawn.
    """
    return render_png(write_svg(_marks(text)), SHEET_WIDTH)


def draw_certificate_pdf(text: CertificateText) -> bytes:
    """Draw the certificate as a PDF, one page of A4 landscape with text that can be selected.

    Raises:
        ValueError: The name has no letter that can be drawn.
    """
    return write_pdf(_marks(text), f"{HEADING}: {drawable(text.path_title)}", text.issued_on)


def _marks(text: CertificateText) -> tuple[Mark, ...]:
    if not drawable(text.name):
        raise ValueError("the certificate's name has no letter that can be drawn, allowed are Latin letters")
    return (*_frame(), *_statement(text), *_skills(text.skills), *_verification(text), _qr(text.address))


def _frame() -> Iterator[Mark]:
    yield Box(22, 22, SHEET_WIDTH - 44, SHEET_HEIGHT - 44, stroke=BRAND, stroke_width=8)
    yield Box(36, 36, SHEET_WIDTH - 72, SHEET_HEIGHT - 72, stroke=ACCENT, stroke_width=3)
    for x, to_x in ((36, 1), (SHEET_WIDTH - 36, -1)):
        for y, to_y in ((36, 1), (SHEET_HEIGHT - 36, -1)):
            yield Polygon(((x, y), (x + 84 * to_x, y), (x, y + 84 * to_y)), LIGHT)
            yield Polygon(((x, y), (x + 42 * to_x, y), (x, y + 42 * to_y)), ACCENT)


def _statement(text: CertificateText) -> Iterator[Mark]:
    yield _centred(HEADING, 124, 56, is_bold=True, color=BRAND)
    yield Box(_CENTRE - 150, 151, 120, 4, fill=ACCENT)
    yield Box(_CENTRE + 30, 151, 120, 4, fill=ACCENT)
    yield Polygon(((_CENTRE - 13, 153), (_CENTRE, 140), (_CENTRE + 13, 153), (_CENTRE, 166)), ACCENT)
    yield _centred("Bạn Số ghi nhận", 202, 26)
    yield _centred(text.name, 282, 56, is_bold=True)
    yield _centred("đã học xong và vượt qua câu đố của lộ trình", 332, 26)
    yield _centred(text.path_title, 386, 38, is_bold=True, color=BRAND)


def _centred(text: str, y: float, size: float, *, is_bold: bool = False, color: str = INK) -> Words:
    line = drawable(text)
    return Words(line, _CENTRE, y, fit_size(line, _LINE_WIDTH, size, is_bold=is_bold), is_bold, color, "middle")


def _skills(skills: tuple[str, ...]) -> Iterator[Mark]:
    """Return the panel with the skills in one column or two, in letters of one size."""
    if not skills:
        return
    lines = _skill_lines(skills)
    rows = len(lines) if len(lines) <= 3 else (len(lines) + 1) // 2
    row_height = min(38, (_SKILLS_BOTTOM - _SKILLS_TOP - 16) / rows)
    size = max(min(fit_size(line, _SKILL_WIDTH, min(_SKILL_SIZE_MAX, row_height * 0.72)) for line in lines), _SKILL_SIZE_MIN)
    lines = [shorten(line, _SKILL_WIDTH, size) for line in lines]
    height = rows * row_height + 16
    top = (_SKILLS_TOP + _SKILLS_BOTTOM - height) / 2
    yield Box(70, top, SHEET_WIDTH - 140, height, fill=LIGHT)
    for x, column in _columns(lines, rows, size):
        for row, line in enumerate(column):
            middle = top + 8 + (row + 0.5) * row_height
            yield Words(line, x + size * 1.5, middle + size * 0.35, size)
            if line is not lines[-1] or len(skills) <= SKILLS_MAX:
                yield _tick(x, middle, size)


def _skill_lines(skills: tuple[str, ...]) -> list[str]:
    if len(skills) <= SKILLS_MAX:
        return [drawable(skill) for skill in skills]
    shown = skills[: SKILLS_MAX - 1]
    return [*map(drawable, shown), f"và {len(skills) - len(shown)} bài khác"]


def _columns(lines: Sequence[str], rows: int, size: float) -> Iterator[tuple[float, Sequence[str]]]:
    """Return each column with its left side; together they stand in the middle of the sheet."""
    columns = [lines[start : start + rows] for start in range(0, len(lines), rows)]
    widths = [size * 1.5 + max(text_width(line, size) for line in column) for column in columns]
    x = _CENTRE - (sum(widths) + _COLUMN_GAP * (len(columns) - 1)) / 2
    for column, width in zip(columns, widths, strict=True):
        yield x, column
        x += width + _COLUMN_GAP


def _tick(x: float, middle: float, size: float) -> Polygon:
    corners = ((0, 0.02), (0.14, -0.12), (0.34, 0.08), (0.78, -0.38), (0.92, -0.24), (0.34, 0.36))
    return Polygon(tuple((x + size * across, middle + size * down) for across, down in corners), BRAND)


def _verification(text: CertificateText) -> Iterator[Mark]:
    yield Words(drawable(f"Mã: {text.code}"), _LEFT, 642, 30, is_bold=True, color=BRAND)
    yield Words(drawable(f"Ngày {text.issued_on:%d/%m/%Y} · Bản nội dung {text.content_version}"), _LEFT, 676, 20)
    yield Words("Để kiểm tra giấy này, quét mã bên phải hoặc mở địa chỉ:", _LEFT, 706, 20)
    address = drawable(text.address)
    size = fit_size(address, 1.9 * _ADDRESS_WIDTH, 20, is_bold=True)
    for i, line in enumerate(wrap_lines(address, _ADDRESS_WIDTH, size, is_bold=True)):
        yield Words(line, _LEFT, 734 + i * 24, size, is_bold=True)
    yield Words(HONEST_LINE, _CENTRE, 795, 18, anchor="middle")


def _qr(address: str) -> Grid:
    """Return the code of the address, with squares of whole pixels so that the picture is sharp."""
    code = segno.make_qr(address, error="m")
    squares, border = len(code.matrix), code.default_border_size
    square = _QR_SIDE // (squares + 2 * border)
    left = _QR_RIGHT - square * (squares + border)
    return Grid(left, _QR_MIDDLE - square * squares // 2, square, tuple(_runs(code.matrix)))


def _runs(matrix: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    for row, squares in enumerate(matrix):
        for is_dark, run in groupby(enumerate(squares), key=lambda numbered: bool(numbered[1])):
            columns = [column for column, _ in run]
            if is_dark:
                yield columns[0], row, len(columns)
