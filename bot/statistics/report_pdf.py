"""The monthly report as PDF: A4 in Vietnamese, with tables, drawings and the meaning of each number."""

from collections.abc import Sequence
from datetime import date

from fpdf import FPDF, FontFace, ViewerPreferences
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos

from actions.drawing.svg import BRAND, FONT_BOLD, FONT_FAMILY, FONT_REGULAR, INK, LIGHT, drawable
from actions.learners.statistics.definitions import DEFINITIONS
from actions.local_time import local_time
from bot.statistics.figures import Figure, Table, said
from bot.statistics.report import UNFINISHED, Report

MARGINS = (25, 20, 20)  # mm: left, top, right
_QUIET = "#43535f"
_HEAD_SIZE, _TITLE_SIZE, _PART_SIZE, _TEXT_SIZE, _SMALL_SIZE = 10.5, 15, 12.5, 10.5, 8.5
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_DRAWING_HEIGHT = 38  # mm
_FIRST_WIDTHS = {1: 60, 2: 56, 3: 48}  # per cent of the first column, by how many others there are


class _Paper(FPDF):
    """A4 with our fonts, and the number of the page at its foot."""

    def __init__(self, title: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_title(title)
        self.set_lang("vi")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.add_font(FONT_FAMILY, fname=FONT_REGULAR)
        self.add_font(FONT_FAMILY, style="B", fname=FONT_BOLD)
        self.set_margins(*MARGINS)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages()

    def footer(self) -> None:
        """Write the number of the page."""
        self.set_y(-14)
        self.write_line(f"Trang {self.page_no()}/{{nb}}", _SMALL_SIZE, color=_QUIET, align=Align.C)

    def write_line(self, text: str, size: float, *, is_bold: bool = False, color: str = INK, align: Align = Align.L) -> None:
        """Write a paragraph over the whole width."""
        self.set_font(FONT_FAMILY, style="B" if is_bold else "", size=size)
        self.set_text_color(color)
        self.multi_cell(0, size * 0.5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def write_pdf(report: Report) -> bytes:
    """Return the report as PDF."""
    paper = _Paper(report.title)
    paper.set_creation_date(report.made_at)
    paper.add_page()
    _write_head(paper, report)
    for number, figure in enumerate(report.figures):
        _write_figure(paper, _ROMAN[number], figure)
    _write_meanings(paper, report)
    _write_end(paper, report)
    return bytes(paper.output())


def _write_head(paper: _Paper, report: Report) -> None:
    width = (paper.w - MARGINS[0] - MARGINS[2]) / 2
    top = paper.get_y()
    left = drawable(report.plan.agency).upper() or "ĐƠN VỊ: ……………………………"
    right = ("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập – Tự do – Hạnh phúc")
    paper.set_text_color(INK)
    bottoms = []
    for x, lines in ((MARGINS[0], (left,)), (MARGINS[0] + width, right)):
        paper.set_xy(x, top)
        for line in lines:
            paper.set_font(FONT_FAMILY, style="B", size=_HEAD_SIZE if line == left else 9.5)
            paper.set_x(x)
            paper.multi_cell(width, 5, line, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        bottoms.append(paper.get_y())
    made = local_time(report.made_at)
    place = drawable(report.plan.place) or "……………"
    paper.set_xy(MARGINS[0], max(bottoms) + 4)
    paper.write_line(f"{place}, ngày {made:%d} tháng {made:%m} năm {made:%Y}", _TEXT_SIZE, align=Align.R)
    paper.ln(5)
    paper.write_line("BÁO CÁO", _TITLE_SIZE, is_bold=True, align=Align.C)
    paper.write_line(report.title, _PART_SIZE, is_bold=True, align=Align.C)
    paper.ln(4)
    if not report.is_complete:
        paper.write_line(UNFINISHED, _TEXT_SIZE, is_bold=True)
    paper.write_line(report.summary, _TEXT_SIZE)


def _write_figure(paper: _Paper, number: str, figure: Figure) -> None:
    if paper.will_page_break(30):
        paper.add_page()
    paper.ln(4)
    paper.write_line(f"{number}. {figure.title}", _PART_SIZE, is_bold=True, color=BRAND)
    if figure.why_empty:
        paper.write_line(figure.why_empty, _TEXT_SIZE)
    if figure.numbers:
        told = "; ".join(f"{one.definition.title.lower()}: {said(one.value, 'number')}" for one in figure.numbers)
        paper.write_line(f"{told[0].upper()}{told[1:]}.", _TEXT_SIZE)
    for table in figure.tables:
        _write_table(paper, table, has_title=len(figure.tables) > 1)


def _write_table(paper: _Paper, table: Table, *, has_title: bool) -> None:
    if paper.will_page_break(26):
        paper.add_page()
    paper.ln(2)
    if has_title:
        paper.write_line(DEFINITIONS[table.name].title, _TEXT_SIZE, is_bold=True)
    if not table.rows:
        paper.write_line("Chưa có gì trong kỳ này.", _TEXT_SIZE)
        return
    if table.drawing == "lines":
        _draw_bars(paper, table)
    others = len(table.columns) - 1
    first = _FIRST_WIDTHS.get(others, 34)
    weights = [2 if column.kind == "text" else 1 for column in table.columns[1:]]
    widths = (first, *((100 - first) * weight / sum(weights) for weight in weights))
    aligns = tuple(Align.L if column.kind in ("text", "day") else Align.R for column in table.columns)
    paper.set_font(FONT_FAMILY, size=9)
    paper.set_text_color(INK)
    paper.set_draw_color("#c4d0d8")
    paper.set_fill_color("#ffffff")  # Rows are filled with what was set last.
    heading = FontFace(emphasis="BOLD", fill_color=LIGHT)
    with paper.table(
        col_widths=widths, text_align=aligns, headings_style=heading, line_height=4.6, padding=0.8,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, v_align=VAlign.T, align=Align.L,
    ) as drawn:  # fmt: skip
        drawn.row([column.title for column in table.columns])
        for row in table.rows:
            drawn.row([drawable(said(cell, column.kind)) for cell, column in zip(row, table.columns, strict=True)])


def _draw_bars(paper: _Paper, table: Table) -> None:
    """Draw the first number over time as bars; the table below says all."""
    column = table.drawn[0]
    values = [row[column] if isinstance(row[column], int) else 0 for row in table.rows]
    highest = max((value for value in values if isinstance(value, int)), default=0)
    if not highest:
        return
    if paper.will_page_break(_DRAWING_HEIGHT + 12):
        paper.add_page()
    left, top, width = MARGINS[0], paper.get_y() + 5, paper.w - MARGINS[0] - MARGINS[2]
    step = width / len(values)
    paper.set_fill_color(BRAND)
    paper.set_text_color(INK)
    paper.set_font(FONT_FAMILY, size=_SMALL_SIZE)
    for number, (value, row) in enumerate(zip(values, table.rows, strict=True)):
        height = (_DRAWING_HEIGHT - 10) * (value if isinstance(value, int) else 0) / highest
        x, bottom = left + number * step, top + _DRAWING_HEIGHT - 5
        paper.rect(x + step * 0.2, bottom - height, step * 0.6, height, style="F")
        paper.set_xy(x, bottom - height - 4.5)
        paper.cell(step, 4, said(row[column], "number"), align=Align.C)
        paper.set_xy(x, bottom + 0.5)
        paper.cell(step, 4, f"{row[0]:%d/%m}" if isinstance(row[0], date) else "", align=Align.C)
    paper.set_xy(left, top + _DRAWING_HEIGHT)
    paper.write_line(f"{table.columns[column].title} mỗi tuần; dưới cột là ngày đầu tuần", _SMALL_SIZE, color=_QUIET, align=Align.C)


def _write_meanings(paper: _Paper, report: Report) -> None:
    paper.ln(5)
    paper.write_line("Nghĩa của các số", _PART_SIZE, is_bold=True, color=BRAND)
    for title, meaning in (DEFINITIONS[name] for name in _names_in(report.figures)):
        paper.write_line(f"{title}: {meaning}", _SMALL_SIZE)


def _names_in(figures: Sequence[Figure]) -> list[str]:
    """Return what has to be explained, each once, in the order in which it comes."""
    found: dict[str, None] = {}
    for figure in figures:
        found |= dict.fromkeys(number.name for number in figure.numbers)
        for table in figure.tables:
            found |= dict.fromkeys((table.name, *table.meanings))
    return [*found, "hidden", "left_out"]


def _write_end(paper: _Paper, report: Report) -> None:
    if paper.will_page_break(45):
        paper.add_page()
    paper.ln(6)
    top, width = paper.get_y(), (paper.w - MARGINS[0] - MARGINS[2]) / 2
    made = local_time(report.made_at)
    paper.set_text_color(INK)
    signers = (("NGƯỜI LẬP BIỂU", "(ký, ghi rõ họ tên)"), ("THỦ TRƯỞNG ĐƠN VỊ", "(ký tên, đóng dấu)"))
    for number, lines in enumerate(signers):
        x = MARGINS[0] + number * width
        paper.set_xy(x, top)
        for is_bold, line in zip((True, False), lines, strict=True):
            paper.set_font(FONT_FAMILY, style="B" if is_bold else "", size=_TEXT_SIZE)
            paper.set_x(x)
            paper.cell(width, 5.5, line, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_xy(MARGINS[0], top + 32)
    paper.write_line(f"Bạn Số lập tự động lúc {made:%H:%M ngày %d/%m/%Y}.", _SMALL_SIZE, color=_QUIET)
