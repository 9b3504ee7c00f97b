"""Unanswered questions and reviews in a real headless Chromium, on a computer and a phone, with and without JavaScript."""

# ruff: noqa: F401, F811 - the fixtures are those of the other modules

from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from actions.learners.content_checks import EXAMPLES, LINKS
from actions.learners.unanswered import DECLINED, SUGGESTED, THUMBS_DOWN, UNKNOWN, Unanswered
from bot import clock
from bot.links import FAILING, GONE, MOVED, OK, REFUSED, LinkState, document_of
from tests.live.test_browser import browser, context, nlu, page, service, settings, site
from tests.live.test_browser_console import COMPUTER, NARROW, PHONE, enter, is_sound, staffed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
QUESTIONS = (
    ("lỡ chuyển khoản nhầm cho người lạ thì lấy lại kiểu gì", UNKNOWN, "cong-an-goi-dien", 9),
    ("lo chuyen khoan nham cho nguoi la thi lay lai kieu gi", UNKNOWN, None, 4),
    ("lỡ ck nhầm cho ng lạ thì lấy lại kiểu j", DECLINED, "cong-an-goi-dien", 2),
    ("số ••• gọi bảo tôi nợ tiền điện, <b>cắt điện</b> thật không", SUGGESTED, "cong-an-goi-dien", 3),
    (
        "con tôi đòi mua nick game hai triệu của người trên mạng, có nên chuyển tiền trước không hay gặp mặt " * 3,
        THUMBS_DOWN,
        "cong-an-goi-video",
        1,
    ),
)
FOUND = (OK, MOVED, REFUSED, GONE, FAILING)
PAGES = {
    "cau-hoi": "/quantri/cau-hoi",
    "ra-soat": "/quantri/ra-soat?ngay=-1&loai=drill",
    "ra-soat-du-kien": "/quantri/ra-soat/du-kien",
    "ra-soat-nguon": "/quantri/ra-soat/nguon",
    "ra-soat-vi-du": "/quantri/ra-soat/vi-du",
}


@pytest_asyncio.fixture(loop_scope="module")
async def asked(staffed, curriculum):
    """Questions that wait, and findings of both checks."""
    now = clock.now()
    sources = sorted({source.address for answer in curriculum.answers.values() for source in answer.sources})
    states = {address: LinkState(FOUND[n % 5], 404 if n % 5 == 3 else 200, "https://noi-khac.vn/") for n, address in enumerate(sources)}
    one, other, *_ = curriculum.answers
    pair = {"one": one, "other": other, "count": 7, "likeness": 0.93, "examples": [["câu một rất dài", "cau mot rat dai a", 0.93]] * 2}
    async with staffed.repository.transaction() as store:
        for text, outcome, intent, count in QUESTIONS:
            for n in range(count):
                await store.unanswered.keep(Unanswered(text, outcome, intent, 0.4, "v", "m"), now - timedelta(days=n))
        await store.content_checks.keep(LINKS, document_of(states, {}, now), now)
        await store.content_checks.keep(EXAMPLES, {"pairs": [pair], "of": "others"}, now)
    return staffed


async def waiting(service):
    async with service.repository.reading() as store:
        return len(await store.unanswered.waiting())


@pytest.mark.parametrize("size", [COMPUTER, PHONE, NARROW], ids=["computer", "phone", "small phone"])
async def test_every_page_is_sound(asked, page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await enter(page, "lan")

    for name, address in PAGES.items():
        await page.goto(address)
        await is_sound(page, f"{name}-{size[0]}")


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
async def test_a_trainer_searches_adds_in_one_click_and_takes_it_back(asked, page, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await enter(page, "lan")
    await page.goto("/quantri/cau-hoi")
    group = page.get_by_role("region").filter(has_text="lỡ chuyển khoản nhầm").first
    await expect(group.get_by_role("heading")).to_contain_text("15 lần")

    await group.get_by_role("searchbox").press_sequentially("chuyen nham nguoi khac")
    found = group.get_by_role("button", name="Mình chuyển nhầm cho người khác")
    await expect(found.first).to_be_visible()
    await is_sound(page, f"cau-hoi-tim-{size[0]}")
    await found.first.click()
    await expect(page.get_by_role("status")).to_contain_text("Đã thêm 2 ví dụ")
    await is_sound(page, f"cau-hoi-da-them-{size[0]}")
    assert await waiting(asked) == 4
    await page.get_by_role("button", name="Hoàn tác").click()

    await expect(page.get_by_role("status")).to_contain_text("Đã lấy lại 15 câu")
    assert await waiting(asked) == 19


async def test_all_of_it_works_without_javascript_and_by_the_keyboard(asked, browser, site):
    context = await browser.new_context(base_url=site, java_script_enabled=False, locale="vi-VN")
    page = await context.new_page()
    try:
        await enter(page, "lan")
        await page.goto("/quantri/cau-hoi")
        group = page.get_by_role("region").filter(has_text="cắt điện").first
        await group.get_by_role("searchbox").fill("tien dien")
        await page.keyboard.press("Enter")
        found = page.get_by_role("region").filter(has_text="cắt điện").first
        await found.get_by_role("button", name="Thêm vào").last.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Đã thêm 1 ví dụ")
        await page.get_by_role("button", name="Hoàn tác").click()

        await expect(page.get_by_role("status")).to_contain_text("Đã lấy lại 3 câu")
    finally:
        await context.close()


async def test_a_new_answer_opens_in_the_editor_with_the_questions(asked, page):
    await enter(page, "lan")
    await page.goto("/quantri/cau-hoi")
    group = page.get_by_role("region").filter(has_text="lỡ chuyển khoản nhầm").first
    await group.get_by_label("Chủ đề của câu trả lời mới").select_option("scam-wrong-transfer")

    await group.get_by_role("button", name="Viết câu trả lời mới").click()

    await expect(page.get_by_role("status").first).to_contain_text("Đã bắt đầu câu trả lời mới")
    await expect(page.get_by_label("Ví dụ", exact=False).first).to_contain_text("lỡ chuyển khoản nhầm cho người lạ thì lấy lại kiểu gì")
    await is_sound(page, "cau-hoi-bai-moi")
    await page.goto("/quantri/cau-hoi")
    await page.get_by_role("button", name="Hoàn tác").click()
    assert await waiting(asked) == 19
