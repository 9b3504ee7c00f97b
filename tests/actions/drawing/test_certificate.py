import io
import re
import struct
import unicodedata
import zlib
from dataclasses import replace
from datetime import date

import pytest
import segno
from PIL import Image

from actions.drawing.certificate import HONEST_LINE, CertificateText, _marks, draw_certificate_pdf, draw_certificate_png
from actions.drawing.sheet import Box, Grid, Words, write_svg
from actions.drawing.svg import text_width

PLAIN = CertificateText(
    name="Nguyễn Thị Hồng Nhung",
    path_title="Tránh bẫy lừa đảo trên mạng",
    skills=("Mã OTP là chìa khoá", "Công an giả gọi điện doạ nạt", "Việc nhẹ lương cao và bẫy nạp tiền", "Quét mã QR cho đúng"),
    issued_on=date(2026, 11, 24),
    content_version="abc123",
    code="ABCD-EFGH",
    address="https://ban-so.example.vn/chung-nhan/ABCD-EFGH",
)
LONG_SKILL = "Học sinh, sinh viên tránh bẫy trên mạng và nơi làm thêm"
FULLEST = replace(
    PLAIN,
    name="Công Tằng Tôn Nữ Ngọc Huyền Thuỳ Phượng",
    path_title="Giữ dữ liệu cá nhân và quyền riêng tư trên mạng xã hội",
    skills=(LONG_SKILL,) * 15,
    address="https://ban-so.example.gov.vn/" + "x" * 110,
)
CASES = [
    pytest.param(PLAIN, id="plain"),
    pytest.param(FULLEST, id="fullest"),
    pytest.param(replace(PLAIN, name="W" * 40), id="widest name"),
    pytest.param(replace(PLAIN, name="Ễ <&\"'> Ậ"), id="tall capitals and markup"),
    pytest.param(replace(PLAIN, path_title="Giữ dữ liệu cá nhân và quyền riêng tư trên mạng xã hội"), id="long path title"),
    pytest.param(replace(PLAIN, skills=()), id="no skill"),
    pytest.param(replace(PLAIN, skills=PLAIN.skills[:1]), id="one skill"),
    pytest.param(replace(PLAIN, skills=(LONG_SKILL,) * 12), id="twelve long skills"),
    pytest.param(replace(PLAIN, skills=(LONG_SKILL * 3,) * 40), id="far too many skills"),
    pytest.param(replace(PLAIN, address=FULLEST.address), id="address of two lines"),
    pytest.param(replace(PLAIN, address="https://ban-so.example.gov.vn/" + "x" * 220), id="very long address"),
]


def lines_of(text):
    return [mark.text for mark in _marks(text) if isinstance(mark, Words)]


def streams_of(pdf):
    for found in re.finditer(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


def page_of(pdf):
    return next(stream for stream in streams_of(pdf) if b" Tj" in stream)


def text_of(pdf):
    """Return the shown lines, read back as a viewer does when text is selected: glyphs through each font's ToUnicode map."""
    tables = [stream for stream in streams_of(pdf) if b"begincmap" in stream]
    letters = [{int(glyph, 16): chr(int(code, 16)) for glyph, code in re.findall(rb"<(\w{4})> <(\w{4})>\n", table)} for table in tables]
    lines = []
    for font, shown in re.findall(rb"/F(\d) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", page_of(pdf), re.DOTALL):
        if font:
            current = letters[int(font) - 1]
            continue
        glyphs = re.sub(rb"\\(.)", lambda m: b"\r" if m[1] == b"r" else m[1], shown, flags=re.DOTALL)
        lines.append("".join(current[glyph] for (glyph,) in struct.iter_unpack(">H", glyphs)))
    return lines


def edges(mark):
    """Return left, top, right, bottom of a line of text or of a QR code with its light border."""
    if isinstance(mark, Grid):
        side = (max(column + length for column, _, length in mark.runs) + 4) * mark.square
        border = 4 * mark.square
        return mark.x - border, mark.y - border, mark.x + side, mark.y + side
    width = text_width(mark.text, mark.size, is_bold=mark.is_bold)
    left = mark.x - {"start": 0, "middle": 0.5, "end": 1}[mark.anchor] * width
    has_tall_capital = any(letter.isupper() and unicodedata.normalize("NFD", letter) != letter for letter in mark.text)
    return left, mark.y - (1.17 if has_tall_capital else 0.85) * mark.size, left + width, mark.y + 0.23 * mark.size


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("text", [PLAIN, replace(PLAIN, name="Ễ" * 40), FULLEST], ids=["plain", "long name", "fullest"])
def test_the_picture_is_a_small_png_1200_pixels_wide(text):
    png = draw_certificate_png(text)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (1200, 848)
    assert len(png) <= 100_000


@pytest.mark.parametrize("text", CASES)
def test_nothing_overlaps_or_leaves_the_frame(text):
    marks = _marks(text)
    placed = [(mark, edges(mark)) for mark in marks if isinstance(mark, (Words, Grid))]
    panel = [
        (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
        for mark in marks
        if isinstance(mark, Box) and mark.height > 40 and mark.fill
    ]

    for i, (mark, box) in enumerate(placed):
        assert box[0] >= 60, mark
        assert box[2] <= 1140, mark
        assert box[3] <= 808, mark
        assert [other for other, its in placed[i + 1 :] if overlap(box, its)] == [], mark
        for left, top, right, bottom in panel:
            is_inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom
            assert is_inside or not overlap(box, (left, top, right, bottom)), mark


def test_both_say_everything():
    lines = lines_of(PLAIN)

    assert lines[:5] == [
        "Giấy chứng nhận hoàn thành",
        "Bạn Số ghi nhận",
        PLAIN.name,
        "đã học xong và vượt qua câu đố của lộ trình",
        PLAIN.path_title,
    ]
    assert set(PLAIN.skills) <= set(lines)
    assert {"Mã: ABCD-EFGH", "Ngày 24/11/2026 · Bản nội dung abc123", PLAIN.address, HONEST_LINE} <= set(lines)
    assert "không phải văn bằng của Nhà nước" in HONEST_LINE


@pytest.mark.parametrize("text", CASES)
def test_the_text_of_the_pdf_can_be_selected(text):
    assert text_of(draw_certificate_pdf(text)) == lines_of(text)


def test_the_pdf_is_one_landscape_page_with_its_fonts_title_and_language():
    pdf = draw_certificate_pdf(PLAIN)

    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 841.89 595.28]" in pdf
    assert sorted(set(re.findall(rb"/BaseFont /\w+\+(\w+)", pdf))) == [b"BeVietnamPro", b"BeVietnamProBold"]
    assert pdf.count(b"/FontFile2 ") == 2
    assert b"/Lang (vi)" in pdf
    title = re.search(rb"/Title <feff(\w+)>", pdf)
    assert bytes.fromhex(title[1].decode()).decode("utf-16-be") == "Giấy chứng nhận hoàn thành: Tránh bẫy lừa đảo trên mạng"
    assert b"/CreationDate (D:20261124000000Z)" in pdf


@pytest.mark.parametrize("draw", [draw_certificate_png, draw_certificate_pdf])
def test_the_same_text_gives_the_same_bytes_and_another_other_ones(draw):
    others = [
        replace(PLAIN, name="Nguyễn Thị Hồng Nhụng"),
        replace(PLAIN, issued_on=date(2026, 11, 25)),
        replace(PLAIN, code="ABCD-EFGJ"),
    ]

    assert draw(PLAIN) == draw(PLAIN)
    assert len({draw(text) for text in (PLAIN, *others)}) == 4


@pytest.mark.parametrize("address", [PLAIN.address, "https://b.vn/A", PLAIN.address + "?" + "x" * 90])
def test_the_picture_shows_the_qr_code_of_the_address(address):
    text = replace(PLAIN, address=address)
    (grid,) = (mark for mark in _marks(text) if isinstance(mark, Grid))
    picture = Image.open(io.BytesIO(draw_certificate_png(text))).convert("L")

    def is_dark(column, row):
        return picture.getpixel((int(grid.x + (column + 0.5) * grid.square), int(grid.y + (row + 0.5) * grid.square))) < 128

    expected = [[bool(square) for square in line] for line in segno.make_qr(address, error="m").matrix_iter(border=4)]
    places = range(-4, len(expected) - 4)
    assert [[is_dark(column, row) for column in places] for row in places] == expected
    assert grid.square >= 3


def test_the_pdf_shows_the_qr_code_of_the_address():
    squares = segno.make_qr(PLAIN.address, error="m").matrix
    rects = [
        tuple(map(float, found))
        for found in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) -([\d.]+) re f", page_of(draw_certificate_pdf(PLAIN)).split(b"0 g\n")[-1])
    ]

    left, top = min(x for x, *_ in rects), max(y for _, y, *_ in rects)
    side = (max(x + width for x, _, width, _ in rects) - left) / len(squares)
    shown = [[False] * len(squares) for _ in squares]
    for x, y, width, _ in rects:
        for column in range(round((x - left) / side), round((x - left + width) / side)):
            shown[round((top - y) / side)][column] = True
    assert shown == [[bool(square) for square in line] for line in squares]


@pytest.mark.parametrize("name", ["<&\"'>", "</text><script>alert(1)</script>", "&lt;b&gt;", "A]]>B", "(Lan) \\ Hoa"])
def test_markup_in_a_name_is_text(name):
    text = replace(PLAIN, name=name)

    assert "<script" not in write_svg(_marks(text))
    assert draw_certificate_png(text)
    assert name in text_of(draw_certificate_pdf(text))


@pytest.mark.parametrize("name", ["W" * 40, "Công Tằng Tôn Nữ Ngọc Huyền Thuỳ Phượng", "Ễ" * 40])
def test_a_name_of_forty_letters_shrinks_until_it_fits(name):
    (line,) = (mark for mark in _marks(replace(PLAIN, name=name)) if isinstance(mark, Words) and mark.text == name)

    assert text_width(name, line.size, is_bold=True) <= 1000.001
    assert 20 < line.size < 56


def test_a_name_is_drawn_without_what_the_font_lacks():
    assert "Hoa Mai" in lines_of(replace(PLAIN, name="Hoa 🌸 Mai"))


@pytest.mark.parametrize("name", ["", "  ", "🌸", "王小明"])
@pytest.mark.parametrize("draw", [draw_certificate_png, draw_certificate_pdf])
def test_a_name_of_which_nothing_can_be_drawn_is_refused(draw, name):
    with pytest.raises(ValueError, match="no letter that can be drawn"):
        draw(replace(PLAIN, name=name))


@pytest.mark.parametrize(
    ("count", "shown", "rest"),
    [(1, 1, None), (11, 11, None), (12, 12, None), (13, 11, "và 2 bài khác"), (14, 11, "và 3 bài khác"), (40, 11, "và 29 bài khác")],
)
def test_skills_that_do_not_fit_are_counted(count, shown, rest):
    lines = lines_of(replace(PLAIN, skills=tuple(f"Bài số {i}" for i in range(count))))

    assert [line for line in lines if line.startswith("Bài số")] == [f"Bài số {i}" for i in range(shown)]
    assert [line for line in lines if line.endswith("bài khác")] == ([rest] if rest else [])
