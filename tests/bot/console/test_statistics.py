"""Thống kê: the page and its filters, each part, and that screen, CSV and XLSX say the same."""

import asyncio
import csv
import html
import io
import json
import re

import openpyxl
import pytest

from actions.learners.database import open_database
from actions.learners.repository import Repository
from actions.learners.statistics.definitions import DEFINITIONS
from bot.console.charts import charts
from tests.actions.learners.statistics.conftest import Scene, crowd
from tests.bot.console.conftest import published_in, text_of
from tests.conftest import KEYS

PATH = "/quantri/thong-ke"
PERIOD = "tu=2026-11-02&den=2026-11-22"
HTMX = {"hx-request": "true"}


@pytest.fixture(scope="session")
def history(curriculum, tmp_path_factory):
    """A database with what happened, made once, and its learners.

    Twelve came to the web, seven to Telegram; the twelve began a lesson, eight saw its end; some asked; 22 took only a quiz.
    """
    path = published_in(tmp_path_factory.mktemp("history"), curriculum)

    async def fill():
        repository = Repository(open_database(f"sqlite:///{path}"), KEYS)
        async with repository.transaction() as store:
            await store.counting.begin()
        scene = Scene(repository)
        await scene.enrol(crowd("an", 12), path="moi-dung-dien-thoai")
        await scene.study(crowd("an", 12), "ma-otp", steps=2, day=0)
        await scene.study(crowd("an", 8), "ma-otp", steps=4, day=1, finishes=True)
        await scene.open_class(crowd("an", 12), "Lớp Một")
        await scene.enrol(crowd("dung", 22))
        await scene.answer(crowd("dung", 14), "bay-tinh-cam", "q1", 0, right=True, day=0)
        await scene.answer(crowd("dung", 22)[14:], "bay-tinh-cam", "q1", 1, right=False, day=0)
        await scene.come(crowd("binh", 7), 8, channel="telegram", outcome="answered", topic="scam-police", answer="cong-an-goi-dien")
        await scene.come(crowd("an", 6), 9, outcome="unknown")
        await scene.come(crowd("chi", 3), 9, channel="zalo_oa", outcome="menu")
        await scene.count()
        await repository.scrub()
        await repository.close()
        return scene.learners

    return path, asyncio.run(fill())


@pytest.fixture
def published(request, history):
    """The database that a test begins with: with what happened, where the test asks for it."""
    return history[0] if "learned" in request.fixturenames else request.getfixturevalue("empty")


@pytest.fixture(scope="session")
def empty(curriculum, tmp_path_factory):
    return published_in(tmp_path_factory.mktemp("empty"), curriculum)


@pytest.fixture
def learned(console, history):
    return Scene(console.repository, dict(history[1]))


def cells_of(page):
    """All tables of a page, as texts by column title."""
    found = []
    for table in re.findall(r"<table[^>]*>(.*?)</table>", page.text, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        texts = [
            [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
            for row in rows
        ]
        found.append(texts)
    return found


def as_number(text):
    """What a cell of the page says, as CSV would."""
    if re.fullmatch(r"\d{2}/\d{2}/\d{4}", text):
        return "-".join(reversed(text.split("/")))
    return text.removesuffix(" %").replace(".", "").replace(",", ".")


async def test_the_page_shows_the_filter_and_every_part_waits_for_its_numbers(console, learned, role):
    browser = await console.as_role(role)

    page = await browser.get(f"{PATH}?{PERIOD}&kenh=telegram")

    assert page.status_code == 200
    for name, chart in charts().items():
        assert chart.title in page.text
        assert f'hx-get="{PATH}/bieu-do/{name}?tu=2026-11-02&amp;den=2026-11-22&amp;kenh=telegram"' in page.text
    assert '<option value="telegram" selected>' in page.text
    assert ("Tải XLSX" in page.text) == (role == "admin")
    assert DEFINITIONS["left_out"].meaning in html.unescape(page.text)


async def test_each_number_has_its_meaning_beside_it(console, learned):
    browser = await console.as_role("viewer")

    for name in charts():
        page = await browser.get(f"{PATH}/bieu-do/{name}?{PERIOD}", headers=HTMX)
        said = html.unescape(page.text)

        for title in re.findall(r"<dt>(.*?)</dt>", said):
            meaning = next(one.meaning for one in DEFINITIONS.values() if one.title == title)
            assert f"<dt>{title}</dt>" in said
            assert f'<dd class="meaning">{meaning}</dd>' in said
        for title in re.findall(r"<h3>(.*?)</h3>", said):
            assert next(one.meaning for one in DEFINITIONS.values() if one.title == title) in said


async def test_screen_csv_and_xlsx_agree(console, learned):
    browser = await console.as_role("admin")

    for name in charts():
        page = await browser.get(f"{PATH}/bieu-do/{name}?{PERIOD}", headers=HTMX)
        content = (await browser.get(f"{PATH}/tai?phan={name}&dang=csv&{PERIOD}")).content
        book = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{PATH}/tai?phan={name}&dang=xlsx&{PERIOD}")).content))

        shown = [as_number(cell) for table in cells_of(page) for row in table[1:] for cell in row[1:]]
        lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        in_csv = [
            as_number(line["Giá trị"]) if line["Giá trị"].count(".") != 1 else str(float(line["Giá trị"])) for line in lines if line["Bảng"]
        ]
        sheets = [book[title] for title in book.sheetnames if title not in ("Về tệp này", "Số chính")]
        in_xlsx = [cell.value for sheet in sheets for row in _rows(sheet) for cell in row[1:]]

        assert len(shown) > 0, (name, page.text)
        assert [_plain(text) for text in shown] == [_plain(text) for text in in_csv] == [_plain(value) for value in in_xlsx], name
        numbers = [as_number(text) for text in re.findall(r"</dt><dd>(.*?)</dd>", page.text)]
        assert numbers == [line["Giá trị"] for line in lines if not line["Bảng"]]


def _rows(sheet):
    """The rows of a sheet below its headers, which are the first bold ones."""
    rows = list(sheet.iter_rows())
    top = next(number for number, row in enumerate(rows) if row[0].font.bold)
    return rows[top + 1 :]


def _plain(value):
    text = "" if value is None else str(value)
    try:
        return f"{float(text):.1f}"
    except ValueError:
        return text.replace(".", "").replace(",", "")


async def test_drawings_hold_the_numbers_of_their_tables(console, learned):
    browser = await console.as_role("viewer")

    page = await browser.get(f"{PATH}/bieu-do/people?{PERIOD}&theo=tuan", headers=HTMX)

    options = [json.loads(html.unescape(text)) for text in re.findall(r'data-option="([^"]*)"', page.text)]
    assert [one["data"] for one in options[0]["series"]] == [[34, 16, 0]]  # 12 + 22; then 7 on Telegram, 6 again and 3 new
    assert "<svg" not in page.text


async def test_small_groups_are_hidden_and_said_to_be(console, learned):
    browser = await console.as_role("viewer")

    said = text_of(await browser.get(f"{PATH}/bieu-do/people?{PERIOD}", headers=HTMX))
    few = text_of(await browser.get(f"{PATH}/bieu-do/people?{PERIOD}&kenh=zalo_oa", headers=HTMX))

    assert "Zalo OA ẩn" in said
    assert "Zalo OA 3" not in said
    assert "nhóm dưới 5 người" in few


async def test_a_lesson_leads_to_its_steps_and_another_can_be_chosen(console, learned, curriculum):
    browser = await console.as_role("viewer")

    stops = await browser.get(f"{PATH}/bieu-do/stops?{PERIOD}", headers=HTMX)
    link = html.unescape(re.search(r'href="([^"]*/bieu-do/funnel[^"]*)"', stops.text)[1])
    page = await browser.get(link)

    assert "bai=ma-otp" in link
    assert f"<h1>Từng bước của một bài: {curriculum.lessons['ma-otp'].title}</h1>" in page.text
    assert "<!doctype html>" in page.text
    assert 'name="tu" value="2026-11-02"' in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("tu=hom-qua", "không phải một ngày có thật"),
        ("tu=2026-11-20&den=2026-11-01", "sau ngày kết thúc"),
        ("kenh=%3Cscript%3Ealert(1)%3C/script%3E", "Không có kênh"),
        ("chu_de=khong-co", "Không có chủ đề"),
    ],
)
async def test_a_filter_that_cannot_be_is_told_and_the_usual_one_shown(console, query, said):
    browser = await console.as_role("viewer")

    page = await browser.get(f"{PATH}?{query}")
    part = await browser.get(f"{PATH}/bieu-do/people?{query}", headers=HTMX)

    assert (page.status_code, part.status_code) == (422, 422)
    assert said in text_of(page)
    assert "<script>alert" not in page.text
    assert "12 tuần gần nhất" in page.text


async def test_a_class_of_five_or_more_can_be_chosen(console, learned):
    code = await learned.open_class(crowd("an", 12), "Lớp <b>bác</b> Ba")
    browser = await console.as_role("viewer")

    page = await browser.get(f"{PATH}?{PERIOD}&lop={code}")
    people = text_of(await browser.get(f"{PATH}/bieu-do/people?{PERIOD}&lop={code}", headers=HTMX))
    questions = text_of(await browser.get(f"{PATH}/bieu-do/questions?{PERIOD}&lop={code}", headers=HTMX))

    assert f'<option value="{code}" selected>Lớp &lt;b&gt;bác&lt;/b&gt; Ba (12 người)</option>' in page.text
    assert "Số người 12" in people
    assert "không tách theo lớp" in questions


async def test_files_have_a_time_in_their_name_and_are_in_the_audit_log(console, learned):
    browser = await console.as_role("admin")

    response = await browser.get(f"{PATH}/tai?dang=xlsx&{PERIOD}")

    assert re.fullmatch(r'attachment; filename="thong-ke-\d{8}-\d{6}\.xlsx"', response.headers["content-disposition"])
    assert ("Admin", "statistics.export", "tất cả") in await console.audited()
    assert "bộ lọc: tu=2026-11-02&amp;den=2026-11-22" in (await browser.get("/quantri/nhat-ky")).text


@pytest.mark.parametrize("address", ["bieu-do/khong-co", "tai?dang=exe", "tai?phan=khong-co", "bieu-do/__init__"])
async def test_what_is_not_there_is_said(console, address):
    browser = await console.as_role("admin")

    assert (await browser.get(f"{PATH}/{address}")).status_code == 404


async def test_before_anything_was_counted_all_is_zero(console):
    browser = await console.as_role("viewer")

    page = text_of(await browser.get(PATH))
    people = text_of(await browser.get(f"{PATH}/bieu-do/people", headers=HTMX))

    assert "Chưa đếm lần nào" in page
    assert "Số người 0" in people
