"""The monthly report: which month, what it says, as XLSX and as PDF."""

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from fpdf import FPDF

from bot.statistics import report_pdf
from bot.statistics.report import UNFINISHED, Month, Plan, make_report
from bot.statistics.report_pdf import write_pdf
from bot.statistics.spreadsheets import write_xlsx
from bot.statistics.words import Words
from tests.actions.learners.statistics.conftest import crowd
from tests.bot.console.charts.conftest import scene

__all__ = ["scene"]

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
TODAY = date(2026, 12, 1)
NOVEMBER = Month(2026, 11)
PLAN = Plan(1, "Ủy ban nhân dân xã Hoà Bình", "Hoà Bình")


@pytest.fixture
async def november(scene, curriculum):
    """Twelve people came in October, twenty in November: fifteen of these are new; ten begin a lesson, six finish it."""
    await scene.come(crowd("an", 12), -20)
    await scene.enrol(crowd("an", 5) + crowd("binh", 15))
    await scene.study(crowd("an", 5) + crowd("binh", 5), "ma-otp", steps=1, day=2)
    await scene.study(crowd("binh", 6), "ma-otp", steps=3, day=9, finishes=True)
    await scene.come(crowd("binh", 15), 4, outcome="answered", topic="scam-police", answer="cong-an-goi-dien")
    await scene.count()
    words = Words(curriculum, "v1", scene.repository)
    return await make_report(scene.repository, words, NOVEMBER, PLAN, NOW, TODAY)


@pytest.mark.parametrize(
    ("text", "first", "last", "before"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "2026-10"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "2028-01"),
    ],
)
def test_a_month_has_its_days_and_the_one_before(text, first, last, before):
    month = Month.parse(text)

    assert (month.first, month.last, str(month.before), str(month)) == (first, last, before, text)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "tháng 11", "2026-11-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|month"):
        Month.parse(text)


@pytest.mark.parametrize(
    ("day", "today", "due"),
    [
        pytest.param(0, date(2026, 12, 28), None, id="never"),
        pytest.param(5, date(2026, 12, 4), None, id="not yet"),
        pytest.param(5, date(2026, 12, 5), "2026-11", id="on the day"),
        pytest.param(5, date(2027, 1, 20), "2026-12", id="after it, in a new year"),
    ],
)
def test_the_report_of_the_month_before_is_due_from_the_day_on(day, today, due):
    month = Plan(day).due(today)

    assert (month and str(month)) == due


async def test_the_summary_puts_two_months_side_by_side(november):
    summary = {row[0]: row[1:] for row in november.figures[0].tables[0].rows}

    assert summary["Số người"] == (20, 12, 8)
    assert summary["Người mới"] == (15, 12, 3)
    assert summary["Người bắt đầu học"] == (11, 0, 11)  # an-0…4 and binh-0…5
    assert summary["Người học hết bài"] == (6, 0, 6)
    assert summary["Lượt trả lời"] == (15, 0, 15)
    assert november.is_complete
    assert "có 20 người đến với Bạn Số, trong đó 15 người đến lần đầu" in november.summary


async def test_the_workbook_holds_the_same_numbers(november):
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(november.figures, november.about, NOW)))

    rows = {row[0].value: [cell.value for cell in row[1:4]] for row in book["Tóm tắt"].iter_rows()}
    assert rows["Số người"] == [20, 12, 8]
    assert book["Về tệp này"]["B4"].value == PLAN.agency


async def test_the_document_says_all_of_it(november, monkeypatch):
    said = []
    for name in ("cell", "multi_cell"):
        monkeypatch.setattr(report_pdf._Paper, name, _noting(getattr(FPDF, name), said))

    content = write_pdf(november)

    text = "\n".join(said)
    assert content.startswith(b"%PDF-")
    for part in ("ỦY BAN NHÂN DÂN XÃ HOÀ BÌNH", "Độc lập – Tự do – Hạnh phúc", "Hoà Bình, ngày 01 tháng 12 năm 2026", "BÁO CÁO",
                 "tháng 11 năm 2026", november.summary, "II. Bao nhiêu người đến", "Nghĩa của các số", "THỦ TRƯỞNG ĐƠN VỊ",
                 "Giả danh công an, viện kiểm sát, toà án"):  # fmt: skip
        assert part in text, part
    assert UNFINISHED not in text


async def test_a_month_that_is_not_over_says_so(scene, curriculum):
    report = await make_report(scene.repository, Words(curriculum, "v1", scene.repository), Month(2026, 12), Plan(), NOW, TODAY)

    assert not report.is_complete
    assert ("Lưu ý", UNFINISHED) in report.about
    assert "có 0 người đến" in report.summary
    assert write_pdf(report).startswith(b"%PDF-")


async def test_a_report_needs_no_letter_that_the_font_lacks(november):
    """A title that somebody pasted must not break the document."""
    odd = Plan(1, "UBND xã 漢字 🎉", "")

    assert write_pdf(type(november)(NOVEMBER, odd, NOW, is_complete=True, summary="x", figures=november.figures)).startswith(b"%PDF-")


def _noting(real, said):
    def note(self, *arguments, **named):
        said.extend(str(one) for one in (*arguments, *named.values()) if isinstance(one, str))
        return real(self, *arguments, **named)

    return note
