"""Soạn bài in a real headless Chromium, as trainers use it: alone, two at once, on a phone, without JavaScript."""

# ruff: noqa: F401, F811 - the fixtures are those of the other modules

import re

import pytest
from playwright.async_api import expect

from tests.live.test_browser import browser, context, nlu, page, service, settings, site
from tests.live.test_browser_console import COMPUTER, NARROW, PHONE, enter, is_sound, look, staffed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ANSWER = "/quantri/soan-bai/answer/go-app-la"
LESSON = "/quantri/soan-bai/lesson/ban-hang-tren-mang"
PAGES = {
    "soan-danh-sach": "/quantri/soan-bai",
    "soan-cau-tra-loi": ANSWER,
    "soan-ung-xu": "/quantri/soan-bai/answer/bot-la-ai",
    "soan-bai-hoc": LESSON,
    "soan-huong-dan": "/quantri/soan-bai/guide/vua-bi-lua",
    "soan-dien-tap": "/quantri/soan-bai/drill/dien-tap-buu-kien",
    "soan-moi": "/quantri/soan-bai/moi?loai=answer",
    "du-kien": "/quantri/du-kien?muc=hotline_156",
}
TEXT = "Câu trả lời: bong bóng đầu"


async def sized(page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})


async def someone_else(browser, site, login):
    """Another person at a computer of their own."""
    context = await browser.new_context(base_url=site, viewport={"width": COMPUTER[0], "height": COMPUTER[1]})
    page = await context.new_page()
    await enter(page, login)
    return page


@pytest.mark.parametrize("size", [COMPUTER, PHONE, NARROW], ids=["computer", "phone", "small phone"])
async def test_every_page_of_writing_is_sound(staffed, page, size):
    await sized(page, size)
    await enter(page, "lan")

    for name, address in PAGES.items():
        await page.goto(address)
        await is_sound(page, f"{name}-{size[0]}")


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
async def test_a_trainer_writes_a_new_answer_and_sees_it_as_a_citizen_will(staffed, page, size):
    await sized(page, size)
    await enter(page, "lan")
    await page.goto("/quantri/soan-bai/moi?loai=answer")
    await page.get_by_label("Tiêu đề", exact=True).fill("Đổi hình nền điện thoại")
    await page.get_by_label("Chủ đề", exact=True).select_option("device-basics")
    await page.get_by_label("Ví dụ người dân hỏi").fill("\n".join(f"đổi hình nền kiểu {n}" for n in range(12)))
    await page.get_by_role("button", name="Tạo nháp").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đổi hình nền điện thoại")

    await page.get_by_label(TEXT).fill("{{ Ban }} nhấn giữ màn hình, chọn Hình nền.")
    await expect(page.locator("#xem-thu .said").first).to_have_text(re.compile("^Bạn nhấn giữ màn hình, chọn Hình nền."))
    await page.get_by_label("Xưng hô").select_option("bác")
    await expect(page.locator("#xem-thu .said").first).to_have_text(re.compile("^Bác nhấn giữ"))
    await page.get_by_label("Kênh").select_option("zalo_bot")
    await expect(page.locator("#xem-thu .said").first).to_contain_text("Trả lời bằng số:")
    await page.get_by_role("link", name="Nguồn", exact=True).click()
    await expect(page.locator("#sources")).to_be_focused()
    await page.get_by_label("Lời khuyên chung, không cần nguồn").check()
    await expect(page.locator("#xem-thu")).to_contain_text("Không có lỗi.")
    await is_sound(page, f"soan-viet-{size[0]}")
    await page.get_by_role("button", name="Lưu nháp").click()

    await expect(page.get_by_text("Đã lưu nháp, lần 2.")).to_be_visible()
    await expect(page.get_by_label(TEXT)).to_have_value("{{ Ban }} nhấn giữ màn hình, chọn Hình nền.")


async def test_a_problem_is_said_at_its_field_and_the_counter_fills_in_facts(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "lan")
    await page.goto(ANSWER)
    field = page.get_by_label(TEXT)

    await field.fill("Gọi ")
    await page.get_by_text("Chèn dữ kiện").click()
    await page.get_by_label("Tìm (có dấu hay không dấu)").fill("cuoc goi, tin nhan lua dao")
    await page.get_by_role("button", name="156", exact=True).click()
    await expect(field).to_have_value("Gọi {{ fact.hotline_156 }}")
    await expect(page.get_by_text("7/600 ký tự")).to_be_visible()
    await field.fill("Gọi 1900 1234 ngay.")

    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".field-problem")).to_contain_text("viết tay")
    await expect(page.locator("#tom-tat")).to_have_text("1 chỗ cần sửa")
    await is_sound(page, "soan-loi-1366")


async def test_rows_are_added_taken_away_and_moved_without_losing_a_word(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "lan")
    await page.goto(LESSON)
    steps = page.get_by_label("Tên bước")
    await page.get_by_label("Học xong biết gì").fill("Biết bán hàng.")

    await page.get_by_role("button", name="Thêm bước").click()
    await expect(steps).to_have_count(8)
    await expect(page.locator("[id='steps.7.text']")).to_be_focused()
    await page.keyboard.type("Bước mới.")
    await page.get_by_role("button", name="Lên trên bước 8").click()
    await expect(page.locator("[id='steps.6.text']")).to_have_value("Bước mới.")
    await page.get_by_role("button", name="Bỏ bước 8").click()
    await expect(steps).to_have_count(7)

    await expect(page.get_by_label("Học xong biết gì")).to_have_value("Biết bán hàng.")
    await expect(page.locator("[id='steps.6.text']")).to_have_value("Bước mới.")


async def test_the_preview_follows_the_field(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "lan")
    await page.goto(LESSON)

    await page.locator("[id='questions.5.question']").focus()

    await expect(page.locator("[data-part='questions.5.question']")).to_be_in_viewport()


async def test_what_was_not_saved_is_there_again_and_can_be_let_go(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "lan")
    await page.goto(ANSWER)
    saved = await page.get_by_label(TEXT).input_value()
    await page.get_by_label(TEXT).fill("Đang viết dở.")
    await expect(page.locator("#xem-thu")).to_contain_text("Đã giữ bản chưa lưu")

    await page.goto("/quantri")
    await page.goto(ANSWER)

    await expect(page.locator("#chua-luu")).to_contain_text("bản chưa lưu của bạn lúc")
    await expect(page.get_by_label(TEXT)).to_have_value("Đang viết dở.")
    await is_sound(page, "soan-chua-luu-1366")
    await page.get_by_role("button", name="Bỏ bản chưa lưu").click()
    await expect(page.locator("#chua-luu")).to_have_count(0)
    await expect(page.get_by_label(TEXT)).to_have_value(saved)


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
async def test_two_at_once_are_told_and_lose_nothing(staffed, page, browser, site, size):
    await sized(page, size)
    await enter(page, "lan")
    await page.goto(ANSWER)
    other = await someone_else(browser, site, "binh")
    await other.goto(ANSWER)

    await expect(page.locator("#ai-dang-mo")).to_contain_text("Anh Bình cũng đang mở mục này", timeout=15_000)
    await page.get_by_label(TEXT).fill("Bản của Lan.")
    await other.get_by_label(TEXT).fill("Bản của Bình.")
    await other.get_by_role("button", name="Lưu nháp").click()
    await expect(page.locator("#ai-dang-mo")).to_contain_text("Anh Bình vừa lưu lần 1", timeout=15_000)
    await page.get_by_role("button", name="Lưu nháp").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Hai người cùng sửa")
    await expect(page.locator("del").filter(has_text="Bản của Bình.")).to_be_visible()
    await expect(page.locator("ins").filter(has_text="Bản của Lan.")).to_be_visible()
    await is_sound(page, f"soan-hai-nguoi-{size[0]}")
    await page.get_by_role("button", name="Sửa tiếp bản của tôi").click()
    await expect(page.get_by_label(TEXT)).to_have_value("Bản của Lan.")
    await page.get_by_label(TEXT).fill("Bản của Bình. Bản của Lan.")
    await page.get_by_role("button", name="Lưu nháp").click()
    await expect(page.get_by_text("Đã lưu nháp, lần 2.")).to_be_visible()
    await page.get_by_role("link", name="Các lần lưu").click()
    await expect(page.get_by_text("Lần 1 · Anh Bình")).to_be_visible()
    await is_sound(page, f"soan-cac-lan-luu-{size[0]}")
    await other.context.close()


async def test_writing_works_without_javascript(staffed, browser, site):
    context = await browser.new_context(java_script_enabled=False, base_url=site, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = await context.new_page()
    await enter(page, "lan")
    await page.goto(ANSWER)

    await page.get_by_label(TEXT).fill("{{ Ban }} gỡ ứng dụng ấy đi.")
    await page.get_by_role("button", name="Thêm nguồn").click()
    await expect(page.locator("[id='sources.1.title']")).to_be_focused()
    await page.locator("[id='sources.1.title']").fill("Báo Lâm Đồng")
    await page.get_by_label("Kênh").select_option("telegram")
    await page.get_by_label("Chữ to, câu ngắn").check()
    await page.get_by_role("button", name="Xem thử").click()
    await expect(page.locator(".phone-telegram .said").first).to_contain_text("Bạn gỡ ứng dụng ấy đi.")
    await expect(page.locator("#xem-thu")).to_contain_text("Nguồn 2: địa chỉ")
    await page.get_by_role("button", name="Bỏ nguồn 2").click()
    await page.get_by_role("button", name="Lưu nháp").last.click()

    await expect(page.get_by_text("Đã lưu nháp, lần 1.")).to_be_visible()
    await expect(page.get_by_label(TEXT)).to_have_value("{{ Ban }} gỡ ứng dụng ấy đi.")
    await context.close()


async def test_the_list_narrows_while_one_types(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "tam")
    await page.goto("/quantri/soan-bai")

    await page.get_by_label("Tìm (có dấu hay không dấu)").type("go ung dung la")

    await expect(page.get_by_text("Gỡ ứng dụng lạ, quảng cáo nhảy đầy máy")).to_be_visible()
    await expect(page.locator("#ket-qua tbody tr")).to_have_count(1)
    await expect(page).to_have_url(re.compile("tim=go"))


async def test_who_may_only_look_sees_everything_and_can_change_nothing(staffed, page):
    await sized(page, COMPUTER)
    await enter(page, "tam")
    await page.goto(ANSWER)

    await expect(page.get_by_label(TEXT)).to_be_disabled()
    await expect(page.get_by_role("button", name="Lưu nháp")).to_have_count(0)
    await page.get_by_label("Kênh").select_option("telegram")

    await expect(page.locator(".phone-telegram .said").first).to_be_visible()
    await is_sound(page, "soan-nguoi-xem-1366")
