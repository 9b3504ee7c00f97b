"""A trainer's whole way in a real browser, while citizens ask twenty times a second and not one of them fails.

Writes an answer with fifteen examples, sees it as citizens will, has it reviewed, publishes it, trains a model, lets it
answer, and goes back: all against `./banso run` with the real model.
"""

import asyncio
import itertools
import os

import httpx
import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from bot.accounts import add_account
from bot.settings import Settings
from tests.live.conftest import start

pytestmark = [pytest.mark.browser, pytest.mark.nlu, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "con trâu đi trước cái cày"
TITLE = "Đồng hồ định vị của trẻ em"
SAID = "Đồng hồ định vị giúp biết con ở đâu, nhưng người lạ cũng có thể xem trộm nếu không đặt mật khẩu."
ASKED = "mua đồng hồ định vị cho cháu nội đeo thì cần để ý gì"
EXAMPLES = """đồng hồ định vị trẻ em có an toàn không
dong ho dinh vi cho con co bi nguoi la theo doi khong
mua đồng hồ định vị cho bé cần để ý gì
cháu đeo đồng hồ định vị, sợ bị xem trộm vị trí
đồng hồ có sim cho trẻ nghe gọi có nguy hiểm gì không
dong ho thong minh cho tre em dat mat khau the nao
con tôi lớp 2 đeo đồng hồ định vị đi học
làm sao để người lạ không gọi được vào đồng hồ của con
đồng hồ định vị báo sai chỗ của cháu
có nên cho trẻ đeo đồng hồ định vị
ba nội mua cho cháu cái đồng hồ định vị, cài sao cho an toàn
dong ho dinh vi cua be bi lo vi tri
đồng hồ trẻ em nghe lén được không
đồng hồ định vị loại rẻ tiền có lộ thông tin của con không
tắt định vị trên đồng hồ của cháu kiểu chi"""
QUESTIONS = ("mã OTP là gì", "cong an goi dien doi chuyen tien", "làm sao cho chữ to lên", "ngân hàng gọi hỏi mật khẩu")
PER_SECOND = 20
TRAINED_MILLISECONDS = 420_000
expect.set_options(timeout=20_000)


class Load:
    """Citizens who ask all the time; remembers every answer that was none."""

    def __init__(self, address):
        self.http = httpx.AsyncClient(base_url=address, timeout=30)
        self.sent, self.failed = 0, []
        self._asking = set()
        self._task = asyncio.create_task(self._run())

    async def _run(self):
        for number, question in enumerate(itertools.cycle(QUESTIONS)):
            asking = asyncio.create_task(self._ask(number, question))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
            await asyncio.sleep(1 / PER_SECOND)

    async def _ask(self, number, question):
        self.sent += 1
        try:
            response = await self.http.post("/api/chat", json={"sender": f"dan-{number % 400}-{number // 8000}", "text": question})
        except httpx.HTTPError as error:
            self.failed.append((number, repr(error)))
            return
        if response.status_code != 200 or response.json()["outcome"] not in ("answered", "suggested"):
            self.failed.append((number, response.status_code, response.text[:200]))

    async def stop(self):
        self._task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self.http.aclose()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(model, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("console")
    for login, role in (("lan", "trainer"), ("duyet", "reviewer")):
        await add_account(Settings(data_dir=data_dir), login, login.title(), role, PASSWORD)
    starting = start(model, data_dir)
    running = await asyncio.to_thread(next, starting)
    yield str(running.client.base_url).rstrip("/")
    await asyncio.to_thread(lambda: next(starting, None))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium():
    async with async_playwright() as playwright:
        path = os.environ.get("BANSO_TEST_CHROMIUM") or None
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def entered(chromium, site, login):
    page = await (await chromium.new_context(viewport={"width": 1366, "height": 900})).new_page()
    await page.goto(f"{site}/quantri/vao")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Vào", exact=True).click()
    await expect(page.get_by_role("heading", name=f"Chào {login.title()}")).to_be_visible()
    return page


async def asked(site, sender):
    async with httpx.AsyncClient(base_url=site, timeout=30) as http:
        return (await http.post("/api/chat", json={"sender": sender, "text": ASKED})).json()


async def test_from_a_new_answer_to_a_bot_that_gives_it_and_back(chromium, site):
    load = Load(site)
    trainer, reviewer = await entered(chromium, site, "lan"), await entered(chromium, site, "duyet")

    # Writes, and sees what citizens will get.
    await trainer.goto(f"{site}/quantri/soan-bai/moi?loai=answer")
    await trainer.fill("#title", TITLE)
    await trainer.select_option("#topic", "children-safety")
    await trainer.fill("#examples", EXAMPLES)
    await trainer.get_by_role("button", name="Tạo nháp").click()
    await trainer.fill("#text", SAID)
    await trainer.check("#general_advice")
    await expect(trainer.locator("#xem-thu")).to_contain_text("người lạ cũng có thể xem trộm")
    await expect(trainer.locator("#xem-thu")).to_contain_text("Không có lỗi")
    draft = trainer.url.rpartition("/")[2]

    # A second person reviews; before that it cannot be published.
    await trainer.get_by_role("button", name="Lưu, rồi xem khác nhau").click()
    await trainer.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    await expect(trainer.get_by_text("Đang chờ người thứ hai duyệt")).to_be_visible()
    await reviewer.goto(f"{site}/quantri/xuat-ban/nhap/answer/{draft}")
    await reviewer.get_by_role("button", name="Duyệt", exact=True).click()
    await expect(reviewer.get_by_role("status").filter(has_text="Đã duyệt")).to_be_visible()

    # Published: it is said at once to who chooses it, and not yet understood.
    await trainer.goto(f"{site}/quantri/xuat-ban")
    await trainer.fill("#note", "Thêm câu về đồng hồ định vị")
    await trainer.get_by_role("button", name="Kiểm tra và xuất bản").click()
    await expect(trainer.get_by_role("status").filter(has_text="Đã xuất bản bản")).to_be_visible()
    async with httpx.AsyncClient(base_url=site, timeout=30) as http:
        chosen = (await http.post("/api/chat", json={"sender": "chon", "choice": f"answer:{draft}"})).json()
    assert SAID in chosen["replies"][0]["text"]
    assert (await asked(site, "truoc"))["answer"] != draft

    # Trained beside the running model, compared, let answer.
    await trainer.goto(f"{site}/quantri/huan-luyen")
    await trainer.get_by_role("button", name="Huấn luyện", exact=True).click()
    for _ in range(TRAINED_MILLISECONDS // 3000):
        await trainer.goto(f"{site}/quantri/huan-luyen")
        if await trainer.get_by_text("so sánh rồi cho dùng").count():
            break
        await asyncio.sleep(3)
    await trainer.get_by_role("link", name="so sánh rồi cho dùng").click()
    await expect(trainer.get_by_text("Không kém mô hình đang dùng.")).to_be_visible()
    await trainer.get_by_role("button", name="Cho dùng mô hình này").click()
    for number in range(120):
        after = await asked(site, f"sau-{number}")
        if after["answer"] == draft:
            break
        await asyncio.sleep(1)
    assert after["answer"] == draft
    assert SAID in after["replies"][0]["text"]

    # Goes back in one click.
    await reviewer.goto(f"{site}/quantri/xuat-ban")
    await reviewer.get_by_role("button", name="Quay lại bản này").first.click()
    await expect(reviewer.get_by_role("status").filter(has_text="Đã quay lại bản")).to_be_visible()
    assert (await asked(site, "ve"))["answer"] != draft

    await load.stop()
    print(f"{load.sent} questions, {len(load.failed)} without an answer")
    assert load.sent > 500
    assert load.failed == []


async def test_a_spreadsheet_comes_back_broken_is_mended_and_becomes_a_draft(chromium, site, tmp_path):
    page = await entered(chromium, site, "lan")

    async def look(path):
        await page.goto(f"{site}/quantri/bang-tinh")
        await page.set_input_files("input[type=file]", path)
        await page.get_by_role("button", name="Xem trước").click()

    await page.goto(f"{site}/quantri/bang-tinh")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Excel").first.click()
    await (await downloading.value).save_as(tmp_path / "same.xlsx")
    book = openpyxl.load_workbook(tmp_path / "same.xlsx")
    answers = book["Câu trả lời"]
    title = next(cell.column for cell in answers[1] if cell.value == "Tiêu đề")
    said = answers.cell(5, title).value
    answers.cell(5, title).value = f"{said} nhé"
    book.save(tmp_path / "good.xlsx")
    answers.cell(6, title).value, answers.cell(7, title).value = None, "=1+1"
    book.save(tmp_path / "broken.xlsx")

    await look(tmp_path / "same.xlsx")
    await expect(page.get_by_role("heading", name="Xem trước: 0 mới, 0 sửa, 0 xoá")).to_be_visible()
    await look(tmp_path / "broken.xlsx")
    await expect(page.get_by_text("trang Câu trả lời, hàng 6, cột C (Tiêu đề)")).to_be_visible()
    await expect(page.get_by_text("ô này là công thức")).to_be_visible()
    await look(tmp_path / "good.xlsx")
    await expect(page.get_by_role("heading", name="Xem trước: 0 mới, 1 sửa, 0 xoá")).to_be_visible()
    await page.get_by_role("button", name="Lưu thành nháp").click()

    await expect(page.get_by_role("status").filter(has_text="Đã lưu 1 mục thành nháp")).to_be_visible()
    await expect(page.get_by_role("link", name=f"{said} nhé")).to_be_visible()
