"""Text as SVG, measured with our fonts, and SVG as PNG; the drawings of progress and certificates call this."""

import html
import io
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from fpdf import FPDF
from fpdf.fonts import TTFFont
from PIL import Image
from resvg_py import svg_to_bytes

FONT_FAMILY = "Be Vietnam Pro"
FONT_FOLDER = Path(__file__).parent / "fonts"
FONT_REGULAR = FONT_FOLDER / "BeVietnamPro-Regular.ttf"
FONT_BOLD = FONT_FOLDER / "BeVietnamPro-Bold.ttf"

BRAND = "#0b4f6c"
ACCENT = "#ffb000"
INK = "#14212b"
LIGHT = "#d8ecf7"

Anchor = Literal["start", "middle", "end"]

_WIDTH_UNITS_PER_EM = 1000  # fpdf2 gives every glyph's width in thousandths of the font size.


def render_png(svg: str, width: int) -> bytes:
    """Draw an SVG as a PNG on white, with our fonts only.

    Args:
        svg: The document; it must have a viewBox.
        width: Of the PNG, in pixels; the height follows.

    Raises:
        ValueError: The SVG cannot be read.
    """
    png = svg_to_bytes(
        svg_string=svg,
        width=width,
        background="#ffffff",
        skip_system_fonts=True,
        font_files=[str(FONT_REGULAR), str(FONT_BOLD)],
        font_family=FONT_FAMILY,
        sans_serif_family=FONT_FAMILY,
    )
    return _with_palette(png)


def escape(text: str) -> str:
    """Return the text as it may stand in an SVG element or attribute."""
    return html.escape(text, quote=True)


def text_element(text: str, x: float, y: float, size: float, *, is_bold: bool = False, color: str = INK, anchor: Anchor = "start") -> str:
    """Return one line of text as an SVG element; `y` is its baseline."""
    weight = 700 if is_bold else 400
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{FONT_FAMILY}" font-size="{size:g}" font-weight="{weight}"'
        f' fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def drawable(text: str) -> str:
    """Return the text in NFC, with single spaces, without the characters that our fonts cannot draw."""
    widths = _glyph_widths(is_bold=True)
    spaced = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    letters = (c for c in spaced if c.isprintable() and ord(c) in widths)
    return " ".join("".join(letters).split())


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return how wide a drawable text is, in the unit of its size; kerning in an SVG changes it by up to 2 %."""
    widths = _glyph_widths(is_bold=is_bold)
    return sum(widths[ord(c)] for c in text) * size / _WIDTH_UNITS_PER_EM


def fit_size(text: str, width: float, size: float, *, is_bold: bool = False) -> float:
    """Return the size, or the largest smaller one at which the text is no wider than `width`."""
    full = text_width(text, size, is_bold=is_bold)
    return size if full <= width else size * width / full


def shorten(text: str, width: float, size: float, *, is_bold: bool = False) -> str:
    """Return the text, or as much of its beginning as fits `width`, with an ellipsis."""
    if text_width(text, size, is_bold=is_bold) <= width:
        return text
    while text and text_width(f"{text}…", size, is_bold=is_bold) > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def wrap_lines(text: str, width: float, size: float, *, is_bold: bool = False) -> tuple[str, ...]:
    """Break a text between words into lines no wider than `width`; a word that is wider is broken inside."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if text_width(longer, size, is_bold=is_bold) <= width:
            line = longer
            continue
        *whole, rest = _break_word(word, width, size, is_bold=is_bold)
        lines += [line, *whole] if line else whole
        line = rest
    return (*lines, line) if line else tuple(lines)


def _with_palette(png: bytes) -> bytes:
    """Return the picture with at most 256 colours, at half the bytes; flat drawings have about 120."""
    with Image.open(io.BytesIO(png)) as picture:
        flat = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    flat.save(smaller, "PNG")
    return smaller.getvalue()


def _break_word(word: str, width: float, size: float, *, is_bold: bool) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and text_width(parts[-1] + letter, size, is_bold=is_bold) > width:
            parts.append("")
        parts[-1] += letter
    return parts


@cache
def _glyph_widths(*, is_bold: bool) -> Mapping[int, float]:
    pdf = FPDF()
    pdf.add_font(FONT_FAMILY, fname=FONT_BOLD if is_bold else FONT_REGULAR)
    pdf.set_font(FONT_FAMILY)
    font = pdf.current_font
    assert isinstance(font, TTFFont)
    return MappingProxyType({code: font.cw[code] for code in font.cmap})
