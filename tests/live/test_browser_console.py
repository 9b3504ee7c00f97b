"""The console in a real headless Chromium: every page of the ground on a computer and a phone, with and without JavaScript."""

# ruff: noqa: F401, F811 - the fixtures are those of the other module

import os
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from bot import clock
from bot.console import passwords
from tests.bot.console.conftest import PASSWORD, publish_project
from tests.bot.console.test_operations import set_aside
from tests.live.test_browser import AXE_OPTIONS, OVERFLOW, browser, context, nlu, page, service, settings, site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
COMPUTER, PHONE, NARROW = (1366, 768), (390, 844), (320, 568)
PAGES = {
    "trang-dau": "/quantri",
    "tai-khoan": "/quantri/tai-khoan-cua-toi",
    "nguoi-dung": "/quantri/nguoi-dung",
    "nhat-ky": "/quantri/nhat-ky",
    "van-hanh": "/quantri/van-hanh",
    "khong-co": "/quantri/khong-co",
}
# Everything that one taps or clicks is at least 44 CSS pixels high, but links within a sentence or a list.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, summary, select, input:not([type=hidden]), nav a, a.button")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44 && !["checkbox", "radio"].includes(e.type))
  .map((e) => `${e.tagName} ${e.textContent.trim()} ${e.getBoundingClientRect().height}`)"""
PICTURES = os.environ.get("BANSO_TEST_PICTURES")


async def look(page, name):
    """Keep a picture for a person to look at, where one is wanted."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def is_sound(page, name):
    """See that axe finds nothing, nothing reaches over the edge, and everything can be hit."""
    await look(page, name)
    found = (await Axe().run(page, options=AXE_OPTIONS)).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == [], name
    assert await page.evaluate(OVERFLOW) == [], name
    assert await page.evaluate(SMALL_TARGETS) == [], name


class _Repository:
    """What the helpers of the other tests expect of a console."""

    def __init__(self, service):
        self.repository = service.repository


@pytest_asyncio.fixture(loop_scope="module")
async def staffed(service, site, curriculum):
    """Four people, something in every list, and a log of what was done."""
    await publish_project(service.repository, curriculum)
    hashed = await passwords.hash_password(PASSWORD)
    async with service.repository.transaction() as store:
        for login, name, role in (
            ("hoa", "Chị Hoa", "admin"),
            ("lan", "Cô Lan", "trainer"),
            ("binh", "Anh Bình", "reviewer"),
            ("tam", "Ông Tám", "viewer"),
        ):
            await store.staff.add(login, name, role, hashed, clock.now())
            await store.staff.audit(None, "account.add", login, clock.now(), role=role, by_command=True)
        await store.leases.keep_tokens("zalo_oa", "1", {}, clock.now())
        await store.leases.mark_lost("zalo_oa", "1", clock.now())
    await set_aside(_Repository(service))
    await service.repository.retain(clock.now(), service._retention.unanswered, service._retention.learners)
    return service


async def enter(page, login="hoa"):
    await page.goto("/quantri/vao")
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Vào", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Chào")


@pytest.mark.parametrize("size", [COMPUTER, PHONE, NARROW], ids=["computer", "phone", "small phone"])
async def test_every_page_is_sound(staffed, page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.goto("/quantri/vao")
    await is_sound(page, f"vao-{size[0]}")
    async with staffed.repository.transaction() as store:
        token = await store.staff.make_link((await store.staff.account_by_login("lan")).id, clock.now())
    await page.goto(f"/quantri/moi/{token}")
    await is_sound(page, f"moi-{size[0]}")
    await enter(page)

    for name, address in PAGES.items():
        await page.goto(address)
        await is_sound(page, f"{name}-{size[0]}")


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
async def test_the_bot_is_stopped_and_started_again(staffed, page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await enter(page)
    await page.goto("/quantri/van-hanh")

    await page.get_by_text("Ngừng trả lời…").click()
    await page.get_by_label("Lý do (ghi vào nhật ký").fill("sửa câu trả lời sai")
    await is_sound(page, f"van-hanh-mo-{size[0]}")
    await page.get_by_role("button", name="Ngừng trả lời ngay").click()
    await expect(page.get_by_role("status")).to_contain_text("Bot đã ngừng trả lời")
    await expect(page.get_by_role("alert")).to_contain_text("Bot đang ngừng trả lời")
    await is_sound(page, f"van-hanh-ngung-{size[0]}")
    await page.get_by_label("Lý do mở lại").fill("đã sửa")
    await page.get_by_role("button", name="Trả lời lại").click()

    await expect(page.get_by_role("status")).to_contain_text("Bot đã trả lời lại")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_the_second_factor_is_turned_on_with_a_picture(staffed, page):
    await page.set_viewport_size({"width": COMPUTER[0], "height": COMPUTER[1]})
    await enter(page)
    await page.goto("/quantri/tai-khoan-cua-toi")

    await page.get_by_role("button", name="Bật xác thực hai lớp").click()

    await expect(page.get_by_role("img", name="Mã QR")).to_be_visible()
    assert await page.locator("main img").evaluate("image => image.naturalWidth > 100")
    await is_sound(page, "hai-lop-1366")


async def test_on_a_phone_the_list_of_pages_opens_at_a_touch(staffed, page):
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await enter(page)

    link = page.locator("nav").get_by_text("Nhật ký")
    await expect(link).to_be_hidden()
    await page.get_by_text("Danh mục", exact=True).click()
    await link.click()

    await expect(page).to_have_title("Nhật ký – Quản trị Bạn Số")


async def test_the_keyboard_alone_is_enough_to_get_in(staffed, page):
    await page.goto("/quantri/vao")

    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Đến nội dung chính")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("hoa")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Chào Chị Hoa")


async def test_everything_works_without_javascript(staffed, browser, site):
    context = await browser.new_context(java_script_enabled=False, base_url=site, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = await context.new_page()
    await enter(page)

    await page.goto("/quantri/nguoi-dung")
    await page.get_by_label("Tên", exact=True).fill("Chú Sáu")
    await page.get_by_label("Tên đăng nhập").fill("sau")
    await page.get_by_role("button", name="Thêm và tạo đường dẫn").click()

    await expect(page.get_by_role("heading", name="Đường dẫn cho Chú Sáu")).to_be_visible()
    assert "/quantri/moi/" in await page.get_by_label("Đường dẫn", exact=True).input_value()
    await context.close()
