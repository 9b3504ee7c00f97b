import re
import struct
from xml.etree import ElementTree as ET

import pytest

from actions.drawing.progress import ModuleProgress, _write_svg, draw_progress
from actions.drawing.svg import text_width

SIX = (
    ModuleProgress("Điện thoại và mạng cơ bản", 7, 7),
    ModuleProgress("Giấy tờ và dịch vụ công trực tuyến", 3, 7),
    ModuleProgress("Giữ tài khoản, mật khẩu và mã OTP", 0, 6),
    ModuleProgress("Nhận ra và tránh các kiểu lừa đảo thường gặp trên mạng xã hội", 1, 12),
    ModuleProgress("Giữ dữ liệu cá nhân", 6, 7),
    ModuleProgress("Giúp người thân", 12, 12),
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(modules, streak_days=0):
    return list(ET.fromstring(_write_svg(modules, streak_days)).iter(f"{SVG}text"))


def words(modules, streak_days=0):
    return [element.text for element in texts(modules, streak_days)]


def ticks(modules):
    return len(list(ET.fromstring(_write_svg(modules, 0)).iter(f"{SVG}circle")))


def filled_part(done, total):
    rects = list(ET.fromstring(_write_svg([ModuleProgress("Bài", done, total)], 0)).iter(f"{SVG}rect"))
    return float(rects[1].get("width")) / float(rects[0].get("width")) if len(rects) == 2 else 0


def test_the_picture_is_a_small_png_800_pixels_wide():
    png = draw_progress(SIX, 4)

    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert width == 800
    assert 600 < height < 1200
    assert len(png) <= 100_000
    assert png == draw_progress(SIX, 4)


def test_another_number_gives_another_picture():
    drawn = {draw_progress([ModuleProgress("Mã OTP", done, 7)], streak) for done in (0, 3, 7) for streak in (0, 1, 4)}

    assert len(drawn) == 9


def test_every_module_has_its_title_and_count():
    shown = words(SIX)

    assert "Giấy tờ và dịch vụ công trực tuyến" in shown
    assert [word for word in shown if word.endswith(" bài")] == ["7/7 bài", "3/7 bài", "0/6 bài", "1/12 bài", "6/7 bài", "12/12 bài"]


def test_letters_are_large_enough_for_a_small_phone():
    assert min(float(element.get("font-size")) for element in texts(SIX, 4)) >= 26


def test_a_tick_stands_only_where_all_is_done():
    assert ticks(SIX) == 2
    assert ticks([ModuleProgress("Bài", 6, 7)]) == 0
    assert ticks([ModuleProgress("Chưa có bài", 0, 0)]) == 0


@pytest.mark.parametrize(("done", "total", "part"), [(0, 7, 0), (0, 0, 0), (1, 2, 0.5), (3, 4, 0.75), (7, 7, 1)])
def test_the_bar_is_as_long_as_what_is_done(done, total, part):
    assert filled_part(done, total) == pytest.approx(part)


def test_the_bar_shows_the_first_lesson_of_many():
    assert 0 < filled_part(1, 1000) < 0.05


@pytest.mark.parametrize(
    ("streak_days", "shown"),
    [(0, []), (1, ["Đã học 1 ngày"]), (4, ["Học 4 ngày liền"]), (1234, ["Học 1234 ngày liền"])],
)
def test_the_days_in_a_row_are_told(streak_days, shown):
    assert [word for word in words(SIX, streak_days) if "ngày" in word] == shown


def test_a_long_title_stays_left_of_its_count():
    title = "Nhận ra và tránh các kiểu lừa đảo thường gặp trên mạng xã hội " * 2
    *lines, count = texts([ModuleProgress(title, 12, 12)])[1:]
    tick_left = 760 - text_width(count.text, 28) - 48

    assert len(lines) > 2
    assert all(40 + text_width(line.text, 30, is_bold=True) < tick_left for line in lines)
    assert " ".join(line.text for line in lines) == title.strip()


def test_markup_in_a_title_is_text():
    assert "Bài <&\"'>" in words([ModuleProgress("Bài <&\"'>", 1, 2)])
    assert draw_progress([ModuleProgress("Bài <&\"'>", 1, 2)], 0)


@pytest.mark.parametrize(
    ("module", "streak_days", "message"),
    [
        pytest.param(ModuleProgress("Mã OTP", -1, 7), 0, "'Mã OTP': -1 of 7", id="negative done"),
        pytest.param(ModuleProgress("Mã OTP", 8, 7), 0, "'Mã OTP': 8 of 7", id="more than all"),
        pytest.param(ModuleProgress("Mã OTP", -3, -2), 0, "-3 of -2", id="negative total"),
        pytest.param(ModuleProgress("Mã OTP", 0, -1), 0, "0 of -1", id="only the total is negative"),
        pytest.param(ModuleProgress("Mã OTP", 1, 7), -1, "streak_days is -1", id="negative streak"),
    ],
)
def test_impossible_numbers_are_refused(module, streak_days, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw_progress([module], streak_days)
