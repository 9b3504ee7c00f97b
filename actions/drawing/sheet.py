"""Marks on a landscape A4 sheet, written as SVG or as PDF with the same look; the certificate is made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from fpdf import FPDF, ViewerPreferences

from actions.drawing.svg import FONT_BOLD, FONT_FAMILY, FONT_REGULAR, INK, Anchor, text_element, text_width

# One unit is a pixel of the picture and 297/1200 mm of the paper.
SHEET_WIDTH = 1200
SHEET_HEIGHT = 848

_A4_LONG_SIDE_POINTS = 841.89
_POINTS_PER_UNIT = _A4_LONG_SIDE_POINTS / SHEET_WIDTH
# Neighbours overlap by this much on paper, or viewers would show a white seam between them.
_SEAM_UNITS = 0.05


@dataclass(frozen=True)
class Box:
    """A rectangle, filled or with a line around it."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0


@dataclass(frozen=True)
class Polygon:
    """A filled shape with straight sides."""

    points: tuple[tuple[float, float], ...]
    fill: str


@dataclass(frozen=True)
class Words:
    """One line of drawable text; `y` is its baseline."""

    text: str
    x: float
    y: float
    size: float
    is_bold: bool = False
    color: str = INK
    anchor: Anchor = "start"


@dataclass(frozen=True)
class Grid:
    """The dark squares of a QR code, as (column, row, length) of horizontal runs of squares."""

    x: float
    y: float
    square: float
    runs: tuple[tuple[int, int, int], ...]
    fill: str = "#000000"


Mark = Box | Polygon | Words | Grid


def write_svg(marks: Iterable[Mark]) -> str:
    """Return the marks, the first one lowest, as an SVG document."""
    body = "".join(_svg_element(mark) for mark in marks)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SHEET_WIDTH} {SHEET_HEIGHT}">{body}</svg>'


def write_pdf(marks: Iterable[Mark], title: str, created_on: date) -> bytes:
    """Return the marks, the first one lowest, as a PDF of one page in Vietnamese.

    Args:
        marks: What is drawn.
        title: Of the document, shown by viewers.
        created_on: Written as the time of creation, so that the same input gives the same bytes.
    """
    pdf = FPDF(orientation="landscape", unit=_POINTS_PER_UNIT, format="A4")
    pdf.set_title(title)
    pdf.set_lang("vi")
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_creation_date(datetime.combine(created_on, time.min, tzinfo=UTC))
    pdf.set_auto_page_break(False)
    pdf.add_font(FONT_FAMILY, fname=FONT_REGULAR)
    pdf.add_font(FONT_FAMILY, style="B", fname=FONT_BOLD)
    pdf.add_page()
    for mark in marks:
        _draw_on_paper(pdf, mark)
    return bytes(pdf.output())


def _svg_element(mark: Mark) -> str:
    match mark:
        case Box():
            place = f'x="{mark.x:g}" y="{mark.y:g}" width="{mark.width:g}" height="{mark.height:g}"'
            return f'<rect {place} fill="{mark.fill or "none"}" stroke="{mark.stroke or "none"}" stroke-width="{mark.stroke_width:g}"/>'
        case Polygon():
            return f'<polygon points="{" ".join(f"{x:g},{y:g}" for x, y in mark.points)}" fill="{mark.fill}"/>'
        case Words():
            return text_element(mark.text, mark.x, mark.y, mark.size, is_bold=mark.is_bold, color=mark.color, anchor=mark.anchor)
        case Grid():
            path = "".join(f"M{column} {row}h{length}v1h-{length}z" for column, row, length in mark.runs)
            place = f"translate({mark.x:g} {mark.y:g}) scale({mark.square:g})"
            return f'<path d="{path}" transform="{place}" fill="{mark.fill}" shape-rendering="crispEdges"/>'


def _draw_on_paper(pdf: FPDF, mark: Mark) -> None:
    match mark:
        case Box():
            _draw_box(pdf, mark)
        case Polygon():
            pdf.set_fill_color(mark.fill)
            pdf.polygon(mark.points, style="F")
        case Words():
            _draw_words(pdf, mark)
        case Grid():
            pdf.set_fill_color(mark.fill)
            for column, row, length in mark.runs:
                x, y = mark.x + column * mark.square, mark.y + row * mark.square
                pdf.rect(x, y, length * mark.square, mark.square + _SEAM_UNITS, style="F")


def _draw_box(pdf: FPDF, box: Box) -> None:
    if box.fill:
        pdf.set_fill_color(box.fill)
        pdf.rect(box.x, box.y, box.width, box.height, style="F")
    if box.stroke:
        pdf.set_draw_color(box.stroke)
        pdf.set_line_width(box.stroke_width)
        pdf.rect(box.x, box.y, box.width, box.height, style="D")


def _draw_words(pdf: FPDF, words: Words) -> None:
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor]
    pdf.set_font(FONT_FAMILY, style="B" if words.is_bold else "", size=words.size * _POINTS_PER_UNIT)
    pdf.set_text_color(words.color)
    pdf.text(words.x - shift * text_width(words.text, words.size, is_bold=words.is_bold), words.y, words.text)
