"""Filters in an address: read, written, refused with what to do."""

from datetime import date

import pytest

from actions.learners.statistics.filters import Filter
from bot.statistics.addresses import Address, AddressError, periods, read_address
from bot.statistics.words import Words

TODAY = date(2026, 11, 29)  # a Sunday


@pytest.fixture
def words(curriculum):
    return Words(curriculum, "v1", None)


def test_without_a_filter_it_is_the_last_twelve_weeks(words):
    address = read_address({}, words, TODAY)

    assert address == Address(Filter(date(2026, 9, 7), TODAY))
    assert address.query == "tu=2026-09-07&den=2026-11-29"


def test_every_dimension_is_read_and_written_back(words):
    given = {
        "tu": "2026-10-01", "den": "2026-10-31", "kenh": "telegram", "lo_trinh": "moi-dung-dien-thoai", "lop": "ABCD23",
        "chu_de": "scam-romance", "bai": "ma-otp", "theo": "ngay",
    }  # fmt: skip

    address = read_address(given, words, TODAY)

    lessons = words.lessons_of("scam-romance")
    wanted = Filter(date(2026, 10, 1), date(2026, 10, 31), "telegram", "moi-dung-dien-thoai", "ABCD23", "scam-romance", lessons)
    assert address == Address(wanted, "ma-otp", "day")
    assert address.fields == given
    assert "bay-tinh-cam" in lessons


def test_a_month_is_shown_by_day_and_more_by_week_unless_asked_for(words):
    month = {"tu": "2026-10-01", "den": "2026-10-31"}

    assert read_address(month, words, TODAY).asked(words).by == "day"
    assert read_address(month | {"theo": "tuan"}, words, TODAY).asked(words).by == "week"
    assert read_address(month | {"den": "2026-11-01"}, words, TODAY).asked(words).by == "week"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"tu": "hôm qua"}, "Từ ngày “hôm qua” không phải một ngày có thật", id="no date"),
        pytest.param({"den": "2026-02-30"}, "Đến ngày “2026-02-30” không phải một ngày có thật", id="no such day"),
        pytest.param({"tu": "2026-11-29", "den": "2026-11-01"}, "sau ngày kết thúc", id="the wrong way round"),
        pytest.param({"tu": "2020-01-01", "den": "2026-11-01"}, "hãy chọn khoảng ngắn hơn", id="long"),
        pytest.param({"tu": "0001-01-01"}, "ở ngoài những năm có số liệu", id="long ago"),
        pytest.param({"kenh": "fax"}, "Không có kênh “fax”", id="channel"),
        pytest.param({"lo_trinh": "khong-co"}, "Không có lộ trình “khong-co”", id="path"),
        pytest.param({"chu_de": "khong-co"}, "Không có chủ đề “khong-co”", id="topic"),
        pytest.param({"bai": "khong-co"}, "Không có bài học “khong-co”", id="lesson"),
        pytest.param({"lop": "'; drop"}, "Mã lớp chỉ gồm chữ và số", id="class"),
        pytest.param({"theo": "nam"}, "theo ngày hoặc theo tuần", id="step"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_what_to_do(words, given, said):
    with pytest.raises(AddressError) as caught:
        read_address(given, words, TODAY)

    assert said in str(caught.value)
    assert ": hãy " in str(caught.value)


def test_the_periods_that_are_asked_for_most():
    assert periods(TODAY) == {
        "Tuần này": (date(2026, 11, 23), TODAY),
        "Tuần trước": (date(2026, 11, 16), date(2026, 11, 22)),
        "Tháng này": (date(2026, 11, 1), TODAY),
        "Tháng trước": (date(2026, 10, 1), date(2026, 10, 31)),
        "12 tuần": (date(2026, 9, 7), TODAY),
        "Năm nay": (date(2026, 1, 1), TODAY),
    }
