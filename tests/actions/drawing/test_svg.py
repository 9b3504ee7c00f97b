import io
import struct
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from resvg_py import svg_to_bytes

from actions.drawing.svg import (
    FONT_BOLD,
    FONT_REGULAR,
    drawable,
    escape,
    fit_size,
    render_png,
    shorten,
    text_element,
    text_width,
    wrap_lines,
)

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def document(body):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100">{body}</svg>'


def picture(text, **style):
    return render_png(document(text_element(text, 10, 70, 40, **style)), 400)


def drawn_width(text, size, is_bold):
    png = render_png(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 200">{text_element(text, 0, 120, size, is_bold=is_bold)}</svg>', 1600
    )
    box = Image.open(io.BytesIO(png)).convert("L").point(lambda shade: 255 if shade < 128 else 0).getbbox()
    return box[2]


def test_renders_a_png_of_the_asked_width_on_white():
    png = render_png(document('<rect x="100" y="25" width="50" height="50" fill="#0b4f6c"/>'), 800)

    assert png.startswith(PNG_SIGNATURE)
    assert struct.unpack(">II", png[16:24]) == (800, 200)
    pixels = Image.open(io.BytesIO(png)).convert("RGB")
    assert pixels.getpixel((5, 5)) == (255, 255, 255)
    assert pixels.getpixel((250, 100)) == (0x0B, 0x4F, 0x6C)


def test_the_palette_changes_no_pixel():
    svg = document(text_element("Giấy chứng nhận", 10, 70, 40, color="#0b4f6c") + '<circle cx="350" cy="50" r="30" fill="#ffb000"/>')

    raw = svg_to_bytes(
        svg_string=svg, width=400, background="#ffffff", skip_system_fonts=True, font_files=[str(FONT_REGULAR), str(FONT_BOLD)]
    )

    ours = render_png(svg, 400)
    assert Image.open(io.BytesIO(ours)).convert("RGB").tobytes() == Image.open(io.BytesIO(raw)).convert("RGB").tobytes()
    assert len(ours) < len(raw)


def test_a_broken_svg_is_refused():
    with pytest.raises(ValueError):
        render_png("<svg", 400)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a", "ạ", id="dot below"),
        pytest.param("ê", "ễ", id="stacked marks"),
        pytest.param("d", "đ", id="stroke"),
        pytest.param("ư", "ử", id="horn and hook"),
        pytest.param("Ờ", "Ở", id="capitals"),
    ],
)
def test_vietnamese_letters_are_drawn_apart(one, other):
    assert picture(one) != picture(other)
    assert picture(one) == picture(one)
    assert picture(one) != picture(one, is_bold=True)


def test_every_vietnamese_letter_is_in_both_fonts():
    letters = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵfjwz"

    for text in (letters, letters.upper()):
        assert drawable(text) == text
        assert text_width(text, 20) > 0
        assert text_width(text, 20, is_bold=True) > 0


@pytest.mark.parametrize("text", ["<b>", "&amp;", '"', "'", "</text><script/>", "a & b < c > d"])
def test_escaped_text_is_read_back_unchanged(text):
    read = ET.fromstring(f'<a title="{escape(text)}">{escape(text)}</a>')

    assert read.text == text
    assert read.get("title") == text
    assert ET.fromstring(text_element(text, 0, 0, 10)).text == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        pytest.param("Lê Thị Ánh", "Lê Thị Ánh", id="as it is"),
        pytest.param("Le\u0302 Thi\u0323", "Lê Thị", id="taken apart, put together"),
        pytest.param("Hoa 🌸 Mai", "Hoa Mai", id="emoji left out"),
        pytest.param("  Hoa \n\t Mai ", "Hoa Mai", id="single spaces"),
        pytest.param("Hoa\u00a0Mai", "Hoa Mai", id="no-break space"),
        pytest.param("Ho\u200da\u202e\x07\x00\ufffe", "Hoa", id="nothing invisible"),
        pytest.param("王小明", "", id="letters of another script"),
    ],
)
def test_text_is_made_drawable(text, drawn):
    assert drawable(text) == drawn


@pytest.mark.parametrize("is_bold", [False, True])
@pytest.mark.parametrize("text", ["Nguyễn Thị Hồng Nhung", "Giữ thẻ căn cước, lỡ lộ thì làm gì", "W" * 30, "i" * 60, "3/7 bài"])
def test_the_measured_width_is_the_drawn_width(text, is_bold):
    measured = text_width(text, 40, is_bold=is_bold)

    assert measured == pytest.approx(drawn_width(text, 40, is_bold), rel=0.02, abs=6)


def test_a_short_text_keeps_its_size_and_a_long_one_shrinks():
    assert fit_size("Lê An", 1000, 60) == 60
    long = "Nguyễn Phúc Hoàng Ngọc Bảo Trâm " * 3

    size = fit_size(long, 1000, 60, is_bold=True)

    assert size < 60
    assert text_width(long, size, is_bold=True) == pytest.approx(1000)


def test_a_text_is_shortened_with_an_ellipsis():
    assert shorten("Mã OTP", 200, 20) == "Mã OTP"

    short = shorten("Mã OTP là chìa khoá của mọi tài khoản", 200, 20)

    assert short.endswith("…")
    assert "Mã OTP là chìa khoá".startswith(short[:-1])
    assert 150 < text_width(short, 20) <= 200


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Nhận ra và tránh các kiểu lừa đảo thường gặp trên mạng xã hội", id="words"),
        pytest.param("https://ban-so.example.vn/" + "x" * 80, id="one word that is too wide"),
        pytest.param("mở https://ban-so.example.vn/" + "x" * 80 + " nhé", id="a wide word between others"),
    ],
)
def test_lines_are_no_wider_than_the_box_and_lose_nothing(text):
    lines = wrap_lines(text, 300, 24)

    assert len(lines) > 1
    assert all(text_width(line, 24) <= 300 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_line_breaks_between_words():
    assert wrap_lines("một hai ba", text_width("một hai", 24), 24) == ("một hai", "ba")
    assert wrap_lines("", 300, 24) == ()
