"""An admin reads the dashboard in a real headless Chromium, takes files along, and opens the page of open statistics."""

# ruff: noqa: F401, F811 - the fixtures are those of the other module

import asyncio
import csv
import io
from pathlib import Path

import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot import clock
from bot.settings import Settings
from tests.actions.learners.statistics.conftest import Scene, crowd
from tests.conftest import SECRET_KEY
from tests.live.test_browser import browser, context, nlu, page, service, site
from tests.live.test_browser_console import COMPUTER, NARROW, PHONE, enter, is_sound, look, staffed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PAGE = "/quantri/thong-ke"
PERIOD = "tu=2026-11-02&den=2026-11-22"
PIXELS = """(one) => [...one.querySelectorAll("canvas")].map((canvas) =>
  new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size)"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings by which a process beside the service finds the same database."""
    return Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/service.sqlite3", secret_key=SECRET_KEY)


@pytest_asyncio.fixture(loop_scope="module")
async def learned(staffed):
    """Three weeks: 40 on the web learn and answer a quiz, nine on Telegram ask, eight on Zalo look at the menu."""
    await staffed.repository.settle_key()
    async with staffed.repository.transaction() as store:
        await store.counting.begin()
        version = await store.contents.active_version()
    scene = Scene(staffed.repository)
    await scene.enrol(crowd("an", 40), path="moi-dung-dien-thoai")
    await scene.study(crowd("an", 40), "ma-otp", steps=2, day=0)
    await scene.study(crowd("an", 25), "ma-otp", steps=6, day=8, finishes=True)
    await scene.answer(crowd("an", 12), "ma-otp", "q1", 0, right=False, day=8, version=version)
    await scene.answer(crowd("an", 25)[12:], "ma-otp", "q1", 1, right=True, day=9, version=version)
    await scene.come(crowd("binh", 9), 15, channel="telegram", outcome="answered", topic="scam-police", answer="cong-an-goi-dien")
    await scene.come(crowd("an", 7), 15, outcome="unknown")
    await scene.come(crowd("chi", 8), 16, channel="zalo_oa")
    await scene.count()
    return scene


async def taken(page, link):
    """Click a link and return the bytes of the file that comes."""
    async with page.expect_download() as waiting:
        await link.click()
    path = await (await waiting.value).path()
    return await asyncio.to_thread(Path(path).read_bytes)


async def all_there(page):
    """Wait until every part of the dashboard has its numbers."""
    await expect(page.locator('[aria-busy="true"]')).to_have_count(0)
    await expect(page.locator("#outcomes dd").first).to_be_visible()


@pytest.mark.parametrize("size", [COMPUTER, PHONE, NARROW], ids=["computer", "phone", "small phone"])
async def test_the_dashboard_is_sound_and_drawn(learned, page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await enter(page)
    await page.goto(f"{PAGE}?{PERIOD}")
    await all_there(page)

    await is_sound(page, f"thong-ke-{size[0]}")
    drawn = await page.locator("main").evaluate(PIXELS)
    assert len(drawn) >= 10
    assert min(drawn) > 20  # Colours: an empty canvas has one.
    await page.goto(f"{PAGE}/tep?{PERIOD}")
    await is_sound(page, f"thong-ke-tep-{size[0]}")


async def test_filters_live_in_the_address_and_lead_from_lesson_to_step(learned, page):
    await enter(page)
    await page.goto(f"{PAGE}?{PERIOD}")
    await all_there(page)
    await expect(page.locator("#people dd").first).to_have_text("57")  # 40 + 9 + 8

    await page.get_by_label("Kênh", exact=True).select_option("telegram")
    await page.get_by_role("button", name="Xem", exact=True).click()
    await all_there(page)
    assert "kenh=telegram" in page.url
    await expect(page.locator("#people dd").first).to_have_text("9")

    await page.get_by_role("link", name="Bỏ lọc").click()
    await page.goto(f"{PAGE}?{PERIOD}&kenh=web")
    await all_there(page)
    await page.locator("#stops").get_by_role("link", name="Mã OTP").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Từng bước của một bài")
    assert "kenh=web" in page.url
    row = page.locator("#funnel tbody tr").nth(1)
    await page.locator("#funnel summary").click()
    await expect(row.locator("td").first).to_have_text("40")
    await expect(row.locator("td").nth(1)).to_have_text("15")  # 40 reached step 2, 25 went on
    await look(page, "thong-ke-buoc")


async def test_what_is_wrong_most_is_said_with_the_choice(learned, page, curriculum):
    await enter(page)
    await page.goto(f"{PAGE}/bieu-do/quiz_items?{PERIOD}")

    cells = await page.locator("#quiz_items tbody tr").first.locator("td").all_inner_texts()
    assert cells[1:3] == ["25", "48,0 %"]  # 12 of 25
    assert cells[3] == curriculum.lessons["ma-otp"].questions["q1"].choices[0].text
    assert cells[4] == "12"


async def test_files_hold_what_the_screen_shows(learned, page):
    await enter(page)
    await page.goto(f"{PAGE}?{PERIOD}")
    await all_there(page)

    content = (await taken(page, page.get_by_role("link", name="Tải CSV", exact=True))).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(await taken(page, page.get_by_role("link", name="Tải XLSX", exact=True))))

    shown = {}
    for part in await page.locator(".numbers > div").all():
        shown[await part.locator("dt").inner_text()] = (await part.locator("dd").first.inner_text()).replace(".", "")
    in_csv = {line["Số liệu"]: line["Giá trị"] for line in csv.DictReader(io.StringIO(content)) if not line["Bảng"]}
    in_xlsx = {row[1].value: str(row[2].value) for row in book["Số chính"].iter_rows(min_row=2)}
    assert shown == in_csv == in_xlsx
    assert shown["Số người"] == "57"


async def test_a_file_of_learners_and_a_report_are_made_while_one_waits(learned, page):
    await enter(page)
    await page.goto(f"{PAGE}/tep?{PERIOD}")
    await page.get_by_role("button", name="Lập tệp").click()
    await expect(page.get_by_role("status").first).to_contain_text("Đang lập tệp")
    link = page.get_by_role("link", name="nguoi-hoc-")
    await expect(link).to_be_visible(timeout=60_000)  # The list renews itself.
    assert len((await taken(page, link)).decode("utf-8-sig").splitlines()) == 41

    await page.get_by_label("Tháng", exact=True).select_option("2026-11")
    await page.get_by_role("button", name="Lập báo cáo").click()
    report = page.get_by_role("link", name="bao-cao-2026-11").filter(has_text=".pdf")
    await expect(report).to_be_visible(timeout=60_000)
    await look(page, "thong-ke-tep-xong")
    assert (await taken(page, report)).startswith(b"%PDF-")


async def test_open_statistics_are_for_everybody_once_opened(learned, page):
    await enter(page)
    await page.goto(f"{PAGE}/tep")
    await page.get_by_role("button", name="Mở trang này").click()
    await expect(page.get_by_role("status").first).to_contain_text("Đã mở trang")

    await page.context.clear_cookies()
    await page.goto("/so-lieu-mo")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bạn Số giúp được bao nhiêu người")
    for size in (COMPUTER, NARROW):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await is_sound(page, f"so-lieu-mo-{size[0]}")
