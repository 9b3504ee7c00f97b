"""Files, reports and open statistics, asked for in the console."""

import re

import pytest

from bot import clock
from bot.settings import Settings
from bot.statistics.files import FileRunner
from bot.statistics.report import Month
from tests.actions.learners.statistics.conftest import Scene, crowd
from tests.bot.console.conftest import text_of
from tests.conftest import SECRET_KEY

PATH = "/quantri/thong-ke/tep"
PERIOD = "tu=2026-11-02&den=2026-11-22"


@pytest.fixture
async def learned(console):
    async with console.repository.transaction() as store:
        await store.counting.begin()
    scene = Scene(console.repository)
    await scene.enrol(crowd("an", 9))
    await scene.study(crowd("an", 9), "ma-otp", steps=2, day=0)
    await scene.count()


@pytest.fixture
async def runner(console, tmp_path):
    await console.repository.settle_key()
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/service.sqlite3", secret_key=SECRET_KEY)
    return FileRunner(console.repository, settings, "one")


async def test_a_file_is_asked_for_made_and_downloaded(console, learned, runner):
    browser = await console.as_role("admin")

    waiting = await browser.done(f"{PATH}?{PERIOD}", {"loai": "learners", "dang": "csv"})
    await runner.work()
    ready = await browser.get(f"{PATH}/danh-sach")
    link = re.search(r'href="(/quantri/thong-ke/tep/\d+)" download', ready.text)[1]
    file = await browser.get(link)

    assert "Đang lập tệp" in text_of(waiting)
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "hx-trigger" not in ready.text
    assert re.fullmatch(r'attachment; filename="nguoi-hoc-\d{8}-\d{6}\.csv"', file.headers["content-disposition"])
    assert len(file.content.decode("utf-8-sig").splitlines()) == 10
    assert int(file.headers["content-length"]) == len(file.content)
    audited = [(who, action) for who, action, _ in await console.audited()]
    assert ("Admin", "statistics.ask") in audited
    assert ("Admin", "statistics.download") in audited


async def test_who_may_not_export_sees_no_way_to(console, learned):
    browser = await console.as_role("viewer")

    page = await browser.get(PATH)

    assert "không có quyền tải tệp" in text_of(page)
    assert "Lập tệp" not in page.text


@pytest.mark.parametrize("data", [{"loai": "secrets", "dang": "csv"}, {"loai": "learners", "dang": "exe"}, {}])
async def test_a_file_of_no_kind_is_refused(console, data):
    browser = await console.as_role("admin")

    assert (await browser.post(PATH, data)).status_code == 422


@pytest.mark.parametrize("number", ["0", "9", "x", "-1", "9" * 30])
async def test_a_file_that_is_not_there_is_told_with_what_to_do(console, number):
    browser = await console.as_role("admin")

    response = await browser.get(f"{PATH}/{number}")

    assert response.status_code == 404
    assert "Hãy yêu cầu lại" in text_of(response)


async def test_too_many_files_at_once_are_refused_with_a_word(console, monkeypatch):
    monkeypatch.setattr("actions.learners.exports.WAITING_MAX", 1)
    browser = await console.as_role("admin")
    await browser.done(PATH, {"loai": "learners", "dang": "csv"})

    said = text_of(await browser.done(PATH, {"loai": "learners", "dang": "csv"}))

    assert "tệp chờ lập" in said


async def test_a_report_is_made_by_button(console, learned, runner):
    browser = await console.as_role("admin")
    month = Month.of(clock.today())

    said = text_of(await browser.done(f"{PATH}/bao-cao", {"thang": str(month)}))
    made = [await runner.work(), await runner.work()]
    page = await browser.get(PATH)
    links = re.findall(r'href="(/quantri/thong-ke/tep/\d+)" download>(bao-cao-[^<]+)<', page.text)

    assert f"Đang lập báo cáo {month.title}" in said
    assert [one.state for one in made] == ["done", "done"]
    assert sorted(name.rsplit(".")[-1] for _, name in links) == ["pdf", "xlsx"]
    pdf = next(link for link, name in links if name.endswith("pdf"))
    assert (await browser.get(pdf)).headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("month", ["", "2026-13", "2099-01", "2019-12", "../../etc"])
async def test_a_month_that_cannot_be_is_refused(console, month):
    browser = await console.as_role("admin")

    assert (await browser.post(f"{PATH}/bao-cao", {"thang": month})).status_code == 422


async def test_the_schedule_is_kept_with_the_agencys_name(console):
    browser = await console.as_role("admin")

    page = await browser.done(f"{PATH}/lich", {"ngay": "5", "don_vi": " UBND  xã <b>Hoà</b> Bình ", "dia_danh": "Hoà Bình"})

    assert "Tự lập vào ngày 5 hằng tháng." in text_of(page)
    assert 'value="UBND xã &lt;b&gt;Hoà&lt;/b&gt; Bình"' in page.text
    assert ("Admin", "statistics.plan", "") in await console.audited()


@pytest.mark.parametrize("data", [{"ngay": "29"}, {"ngay": "-1"}, {"ngay": "x"}, {"ngay": "1", "don_vi": "a" * 151}])
async def test_a_schedule_that_cannot_be_is_refused(console, data):
    browser = await console.as_role("admin")

    assert (await browser.post(f"{PATH}/lich", data)).status_code == 422


async def test_open_statistics_are_switched_on_and_off(console, learned):
    browser, citizen = await console.as_role("admin"), console.browser()

    before = await citizen.get("/so-lieu-mo")
    opened = text_of(await browser.done(f"{PATH}/cong-khai", {"mo": "mo"}))
    page, file = await citizen.get("/so-lieu-mo"), await citizen.get("/so-lieu-mo.csv")
    await browser.done(f"{PATH}/cong-khai", {"mo": "dong"})
    after = [await citizen.get("/so-lieu-mo"), await citizen.get("/so-lieu-mo.csv")]

    assert before.status_code == 404
    assert "Đã mở trang /so-lieu-mo" in opened
    assert "Bạn Số giúp được bao nhiêu người" in text_of(page)
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert [one.status_code for one in after] == [404, 404]
    assert [action for _, action, _ in await console.audited() if action.startswith("statistics.")] == [
        "statistics.close",
        "statistics.open",
    ]
