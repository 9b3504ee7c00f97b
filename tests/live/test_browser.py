"""The web chat in a real headless Chromium, against the real app; only the NLU server is a fake.

One browser serves the whole module, so all fixtures and tests share the module's event loop.
"""

import asyncio
import contextlib
import os
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Route, async_playwright, expect

from bot.app import build_app
from bot.service import Service
from bot.settings import Settings
from bot.web.page import STATIC
from tests.conftest import make_service
from tests.fakes.nlu_server import FakeNluServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "công an gọi điện bảo tôi dính vào vụ án"
ANSWER = "không lấy lời khai hay đòi chuyển tiền qua điện thoại"
PAGE_MAX_BYTES = 100_000
READING_SHARE = 0.45
PHONE, SMALL_PHONE, LYING_PHONE, COMPUTER = (360, 640), (320, 568), (640, 360), (1366, 768)
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
FORBID_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });
"""
# Elements that reach over the right edge, and every scrolling box that is wider than it shows.
OVERFLOW = """() => [...document.querySelectorAll("body, body *:not(.who):not(.skip)")]
  .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 0.5
    || (["BODY", "DIV", "FOOTER"].includes(e.tagName) && e.scrollWidth > e.clientWidth + 1))
  .map((e) => `${e.tagName} ${e.id || e.className}`)"""
expect.set_options(timeout=10_000)  # For a machine that is busy with other things.


class _Server(uvicorn.Server):
    """Uvicorn that leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(service: Service, settings: Settings) -> AsyncIterator[str]:
    """Serve the app on a free loopback port; its lifespan closes the service."""
    server = _Server(uvicorn.Config(build_app(service, settings), host="127.0.0.1", port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    await task


class Chat:
    """The chat page as a citizen sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator("#text")
        self.status = page.locator("#status")
        self.questions = page.locator(".bubble.mine")
        self.replies = page.locator(".bubble:not(.mine)")
        self.menus = page.locator(".choices")

    async def write(self, text: str) -> None:
        """Type a text and send it as a citizen does."""
        await self.box.fill(text)
        await self.box.press("Enter")

    async def ask(self, text: str = QUESTION) -> None:
        """Send a question and wait for its answer."""
        already = await self.replies.count()
        await self.write(text)
        await expect(self.replies).to_have_count(already + 1)
        await expect(self.replies.last).to_contain_text(ANSWER)

    def choice(self, number: int, menu: int = -1) -> Locator:
        """Return the button with a number in a menu, the last one if none is told."""
        return self.menus.nth(menu).get_by_role("button").nth(number - 1)

    async def label(self, number: int, menu: int = -1) -> str:
        """Return the words on a button, without its number."""
        return (await self.choice(number, menu).inner_text()).split(". ", 1)[1]

    async def expect_answered_once(self) -> None:
        """See one question that has no state left, with the greeting and one answer."""
        await expect(self.replies).to_have_count(2)
        await expect(self.replies.last).to_contain_text(ANSWER)
        await expect(self.questions).to_have_count(1)
        await expect(self.questions.locator(".state")).to_have_text("")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    executable = os.environ.get("BANSO_TEST_CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def nlu() -> AsyncIterator[FakeNluServer]:
    async with FakeNluServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def service(tmp_path: Path, nlu, curriculum, normaliser) -> Service:
    """As in conftest, but on the module's loop, and closed by the app that serves it."""
    return make_service(tmp_path / "service.sqlite3", nlu.url, curriculum, normaliser)


@pytest.fixture
def settings(request, tmp_path) -> Settings:
    """Settings that a test may change by indirect parameters."""
    return Settings(data_dir=tmp_path, **getattr(request, "param", {}))


@pytest_asyncio.fixture(loop_scope="module")
async def site(service, settings) -> AsyncIterator[str]:
    async with served(service, settings) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser, site) -> AsyncIterator[BrowserContext]:
    """A fresh profile on a phone; afterwards no script may have failed or been refused."""
    made = await browser.new_context(base_url=site, viewport={"width": PHONE[0], "height": PHONE[1]}, locale="vi-VN")
    errors: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            errors.append(message.text)

    made.on("console", keep)
    made.on("weberror", lambda error: errors.append(str(error.error)))
    yield made
    await made.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(context) -> Page:
    return await context.new_page()


@pytest_asyncio.fixture(loop_scope="module")
async def chat(page) -> Chat:
    """The opened page, greeting shown."""
    return await opened(page)


async def opened(page: Page) -> Chat:
    """Open the page and wait for the greeting."""
    await page.goto("/")
    made = Chat(page)
    await expect(made.menus).to_have_count(1)
    return made


def without_diacritics(text: str) -> str:
    """Return a text as someone types it who has no Vietnamese keyboard."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return plain.replace("đ", "d")


async def refuse(route: Route) -> None:
    """Stand for a network that is away."""
    await route.abort("internetdisconnected")


# What the page is and says


async def test_the_page_itself_says_before_any_script_that_it_is_automatic(browser, site):
    context = await browser.new_context(java_script_enabled=False, base_url=site, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = await context.new_page()
    await page.goto("/")

    await expect(page.locator("header")).to_contain_text("Trợ lý tự động, không phải người thật")
    await expect(page.locator("header p")).to_be_in_viewport(ratio=1)
    assert "gọi ngay ngân hàng" in await page.content()
    await context.close()


async def test_the_greeting_says_that_it_is_automatic(chat):
    await expect(chat.replies.first).to_contain_text("trợ lý tự động (không phải người thật)")
    await expect(chat.questions).to_have_count(0)


async def test_nothing_is_fetched_from_elsewhere_and_all_files_are_small(context, site):
    requests: list[Request] = []
    context.on("request", lambda request: requests.append(request))  # noqa: PLW0108 (Playwright cannot mark a built-in)
    chat = await opened(await context.new_page())
    await chat.ask()
    await chat.page.locator("#emergency").click()
    await expect(chat.replies.last).to_contain_text("Chọn một mục")

    assert {r.url.removeprefix(site) for r in requests} >= {"", "chat.js", "chat.css", "icon.svg", "api/welcome", "api/chat"}
    assert [r.url for r in requests if not r.url.startswith((site, "data:"))] == []
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < PAGE_MAX_BYTES


# Asking by typing


async def test_a_typed_question_is_answered_with_source_and_review_date(chat):
    await chat.ask()

    await expect(chat.questions.last).to_contain_text(QUESTION)
    await expect(chat.replies.last.locator(".source")).to_contain_text("Nguồn: ")
    await expect(chat.replies.last.locator(".source")).to_contain_text("Rà soát: ")


async def test_enter_sends_and_shift_enter_makes_a_new_line(chat):
    await chat.box.press_sequentially("công an")
    await chat.box.press("Shift+Enter")
    await chat.box.press_sequentially("gọi điện")
    await expect(chat.box).to_have_value("công an\ngọi điện")
    await expect(chat.questions).to_have_count(0)
    await chat.box.press("Enter")

    await chat.expect_answered_once()
    assert await chat.questions.locator(".said").inner_text() == "công an\ngọi điện"


@pytest.mark.parametrize("way", ["Enter", "Gửi"])
async def test_sending_empties_the_box_and_keeps_the_focus(chat, way):
    await chat.box.fill(QUESTION)
    if way == "Enter":
        await chat.box.press("Enter")
    else:
        await chat.page.get_by_role("button", name="Gửi").click()

    await expect(chat.box).to_have_value("")
    await expect(chat.box).to_be_focused()
    await chat.expect_answered_once()


async def test_a_message_of_blanks_is_not_sent(chat):
    await chat.write("  \n ")

    await expect(chat.box).to_be_focused()
    await expect(chat.questions).to_have_count(0)


async def test_enter_inside_a_vietnamese_input_method_does_not_send(chat):
    await chat.box.fill("cong an")
    await chat.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(chat.questions).to_have_count(0)
    await chat.box.dispatch_event("keydown", {"key": "Enter"})

    await expect(chat.questions).to_have_count(1)


async def test_the_beginning_of_a_long_answer_is_in_view(chat):
    await chat.ask()

    await expect(chat.replies.last.locator(".said")).to_be_in_viewport()
    top = await chat.replies.last.evaluate(
        "e => e.getBoundingClientRect().top - document.getElementById('log').getBoundingClientRect().top"
    )
    assert 0 <= top < 100


async def test_more_than_the_service_takes_cannot_be_typed(chat):
    await chat.box.fill("a" * 1998)
    await chat.box.press_sequentially("bcde")

    await expect(chat.box).to_have_value("a" * 1998 + "bc")
    await expect(chat.status).to_contain_text("Đã đủ 2000 ký tự")
    await chat.box.press("Enter")
    await chat.expect_answered_once()
    await expect(chat.status).to_have_text("")


async def test_a_longer_text_past_the_box_is_refused_kindly_and_does_not_hold_up_the_next(chat):
    await chat.box.evaluate("box => box.removeAttribute('maxlength')")
    await chat.write("a" * 2001)
    await expect(chat.questions.first.locator(".state")).to_contain_text("Tin nhắn dài 2001 ký tự; tối đa 2000")
    await chat.ask()
    await chat.page.reload()

    await expect(chat.questions.first.locator(".state")).to_contain_text("tối đa 2000")
    await expect(chat.questions.last.locator(".state")).to_have_text("")


async def test_html_typed_by_the_citizen_is_shown_as_text(chat):
    html = "<img src=x onerror=\"document.title='bad'\"><b>đậm</b><script>document.title='bad'</script>"
    await chat.write(html)
    await expect(chat.replies).to_have_count(2)
    for _ in range(2):
        assert await chat.questions.locator(".said").inner_text() == html
        assert await chat.page.locator("#log :is(img, b, script)").count() == 0
        assert await chat.page.title() != "bad"
        await chat.page.reload()


# Choosing


async def test_a_choice_can_be_tapped(chat, nlu):
    label = await chat.label(3)
    await chat.choice(3).click()

    await expect(chat.replies.last).to_contain_text(label)
    await expect(chat.questions.last).to_contain_text(label)
    assert nlu.texts == []


async def test_a_choice_can_be_made_with_the_keyboard_alone(chat, nlu):
    label = await chat.label(3)
    for _ in range(15):
        await chat.page.keyboard.press("Tab")
        if await chat.choice(3).evaluate("e => e === document.activeElement"):
            break
    outline = await chat.choice(3).evaluate("e => getComputedStyle(e).outlineStyle")
    await chat.page.keyboard.press("Enter")

    await expect(chat.replies.last).to_contain_text(label)
    assert outline == "solid"
    assert nlu.texts == []


@pytest.mark.parametrize("is_greeting", [True, False], ids=["of the greeting", "of a later menu"])
@pytest.mark.parametrize("how", ["number", "number with words", "words without diacritics"])
async def test_a_choice_can_be_typed(chat, nlu, is_greeting, how):
    if not is_greeting:
        await chat.write("menu")
        await expect(chat.menus).to_have_count(2)
    label = await chat.label(3)
    await chat.write({"number": "3", "number with words": "Số 3", "words without diacritics": without_diacritics(label)}[how])

    await expect(chat.questions).to_have_count(1 if is_greeting else 2)
    await expect(chat.replies).to_have_count(2 if is_greeting else 3)
    await expect(chat.replies.last).to_contain_text(label)
    assert nlu.texts == []


async def test_an_old_menus_button_still_works_later(chat):
    label = await chat.label(3, menu=0)
    await chat.choice(2).click()
    await expect(chat.menus).to_have_count(2)
    await chat.ask()
    await chat.choice(3, menu=0).click()

    await expect(chat.replies.last).to_contain_text(label)


# When something is down


async def test_the_emergency_button_helps_also_when_questions_are_not_understood(chat, nlu):
    nlu.broken = True
    await chat.page.get_by_role("button", name="Tôi vừa bị lừa", exact=True).click()
    await expect(chat.replies.nth(1)).to_contain_text("Gọi ngân hàng")
    await expect(chat.replies.nth(1)).to_be_in_viewport()
    await chat.write("làm sao đổi ảnh nền điện thoại")

    await expect(chat.replies.last).to_contain_text("đang bận")
    nlu.broken = False
    await chat.ask()


async def test_a_message_without_network_is_kept_and_answered_once_when_it_is_back(chat, context, nlu):
    await context.set_offline(True)
    await chat.write(QUESTION)
    await expect(chat.questions.locator(".state")).to_contain_text("Chưa gửi được. Tin vẫn được giữ")
    await expect(chat.status).to_contain_text("mất mạng")
    assert nlu.texts == []
    await context.set_offline(False)

    await chat.expect_answered_once()
    await expect(chat.status).to_have_text("")
    assert len(nlu.texts) == 1


async def test_all_messages_without_network_are_shown_as_unsent_and_answered_below_themselves(chat, context, nlu):
    await context.set_offline(True)
    await chat.write(QUESTION)
    await chat.page.locator("#emergency").click()
    await expect(chat.questions.locator(".state").filter(has_text="Chưa gửi được")).to_have_count(2)
    await expect(chat.questions.last.locator(".state")).to_contain_text("gọi ngay ngân hàng")
    await context.set_offline(False)
    await expect(chat.replies).to_have_count(4)

    kinds = await chat.page.locator(".bubble").evaluate_all("all => all.map((e) => e.matches('.mine') ? 'mine' : 'bot').join(' ')")
    assert kinds == "bot mine bot mine bot bot"
    assert len(nlu.texts) == 1


async def test_an_unsent_message_outlives_a_reload(chat, context, nlu):
    await context.route("**/api/chat", refuse)
    await chat.write(QUESTION)
    await expect(chat.questions.locator(".state")).to_contain_text("Chưa gửi được")
    await chat.page.reload()
    await expect(chat.questions).to_have_count(1)
    await expect(chat.questions.locator(".state")).to_contain_text("Chưa gửi được")
    await context.unroute("**/api/chat")

    await chat.expect_answered_once()
    await chat.page.reload()
    await chat.expect_answered_once()
    assert len(nlu.texts) == 1


async def test_an_unsent_message_outlives_the_tab(chat, context, nlu):
    await context.route("**/api/chat", refuse)
    await chat.write(QUESTION)
    await expect(chat.questions.locator(".state")).to_contain_text("Chưa gửi được")
    await chat.page.close()
    await context.unroute("**/api/chat")
    chat = Chat(await context.new_page())
    await chat.page.goto("/")

    await expect(chat.replies.last).to_contain_text(ANSWER)
    await expect(chat.questions).to_have_count(1)
    assert len(nlu.texts) == 1


async def test_an_answer_lost_on_the_way_does_not_double_anything(chat, context, nlu):
    attempts = 0

    async def lose_the_first(route: Route) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            await route.continue_()
            return
        await route.fetch()
        await route.abort("connectionreset")

    await context.route("**/api/chat", lose_the_first)
    await chat.write(QUESTION)

    await chat.expect_answered_once()
    assert attempts == 2
    assert len(nlu.texts) == 1


@pytest.mark.parametrize("settings", [{"sender_messages_per_minute": 1}], indirect=True)
async def test_too_many_messages_are_refused_politely_and_kept(chat):
    await chat.ask()
    await chat.write("menu")

    await expect(chat.questions.last.locator(".state")).to_have_text(
        "Bạn gửi hơi nhanh. Bạn chờ một phút rồi gửi tiếp nhé. Tin vẫn được giữ và sẽ tự gửi lại."
    )
    await expect(chat.replies).to_have_count(2)


async def test_a_message_that_was_too_much_is_sent_later(chat, context, nlu):
    refused = asyncio.Event()

    async def refuse_the_first(route: Route) -> None:
        if refused.is_set():
            await route.continue_()
            return
        refused.set()
        await route.fulfill(status=429, headers={"Retry-After": "1"}, json={"detail": "Bạn gửi hơi nhanh."})

    await context.route("**/api/chat", refuse_the_first)
    await chat.write(QUESTION)
    await expect(chat.questions.locator(".state")).to_contain_text("Bạn gửi hơi nhanh.")

    await chat.expect_answered_once()
    assert len(nlu.texts) == 1


async def test_a_message_that_makes_the_service_fail_does_not_hold_up_the_others(chat, context):
    async def fail_for_one(route: Route) -> None:
        if "hỏng" in (route.request.post_data or ""):
            await route.fulfill(status=500, json={"detail": "Xin lỗi, có lỗi bên trong."})
        else:
            await route.continue_()

    await context.route("**/api/chat", fail_for_one)
    await chat.write("câu này hỏng")
    await expect(chat.questions.locator(".state")).to_contain_text("Chưa gửi được")
    await chat.ask()


# What is kept


async def test_a_reload_keeps_the_conversation(chat):
    await chat.ask()
    before = await chat.page.locator("#log").inner_text()
    await chat.page.reload()

    await chat.expect_answered_once()
    assert await chat.page.locator("#log").inner_text() == before
    label = await chat.label(3, menu=0)
    await chat.choice(3, menu=0).click()
    await expect(chat.replies.last).to_contain_text(label)


@pytest.mark.parametrize("is_sure", [True, False])
async def test_the_conversation_is_emptied_when_the_citizen_is_sure(chat, is_sure):
    await chat.ask()
    chat.page.on("dialog", lambda dialog: dialog.accept() if is_sure else dialog.dismiss())
    await chat.page.get_by_role("button", name="Xoá trò chuyện").click()

    for _ in range(2):
        await expect(chat.questions).to_have_count(0 if is_sure else 1)
        await expect(chat.replies).to_have_count(1 if is_sure else 2)
        await chat.page.reload()


async def test_emptying_also_forgets_a_message_that_is_under_way(chat, context, nlu):
    nlu.silent = True
    chat.page.on("dialog", lambda dialog: dialog.accept())
    await chat.write(QUESTION)
    await expect(chat.questions.locator(".state")).to_have_text("Đang gửi…")
    await chat.page.get_by_role("button", name="Xoá trò chuyện").click()
    nlu.silent = False
    await expect(chat.questions).to_have_count(0)

    await chat.ask()
    await chat.expect_answered_once()


async def test_the_chat_works_where_storage_is_forbidden(context):
    await context.add_init_script(FORBID_STORAGE)
    chat = await opened(await context.new_page())
    await chat.page.locator("#larger").click()
    await chat.ask()

    await chat.expect_answered_once()
    await context.set_offline(True)
    await chat.write("menu")
    await expect(chat.questions.last.locator(".state")).to_contain_text("Tin vẫn được giữ")
    await context.set_offline(False)
    await expect(chat.replies).to_have_count(3)


# How it looks


async def fill_with_everything(chat: Chat) -> None:
    """Bring an answer with choices, a word without end, and an unsent message on the page."""
    await chat.ask()
    await chat.ask("https://" + "lừa" * 100)
    await chat.page.context.route("**/api/chat", refuse)
    await chat.page.locator("#emergency").click()
    await expect(chat.questions.last.locator(".state")).to_contain_text("Chưa gửi được")


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE, LYING_PHONE, COMPUTER], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_everything_fits_and_can_be_hit_with_a_thumb(chat, size):
    await chat.page.set_viewport_size({"width": size[0], "height": size[1]})
    await expect(chat.page.locator("header p")).to_be_in_viewport(ratio=1)
    await fill_with_everything(chat)

    await expect(chat.questions.last.locator(".state")).to_be_in_viewport(ratio=1)
    await expect_to_fit(chat, size)
    await chat.page.get_by_role("button", name="Chữ to").click()
    await expect_to_fit(chat, size)


async def expect_to_fit(chat: Chat, size: tuple[int, int]) -> None:
    """See that nothing is wider than the screen, too small, or out of reach."""
    assert await chat.page.evaluate(OVERFLOW) == []
    boxes = [await button.bounding_box() for button in await chat.page.get_by_role("button").all()]
    assert [box for box in boxes if box is None or box["height"] < 44 or box["width"] < 44] == []
    await expect(chat.box).to_be_in_viewport(ratio=1)
    await expect(chat.page.get_by_role("button", name="Gửi")).to_be_in_viewport(ratio=1)
    if size != LYING_PHONE:  # There, everything is for reading but the box.
        log = await chat.page.locator("#log").bounding_box()
        assert log is not None
        assert log["height"] >= size[1] * READING_SHARE


async def test_text_is_large_and_grows_with_the_button(chat):
    async def sizes() -> list[float]:
        return [
            await place.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
            for place in (chat.replies.first.locator(".said"), chat.choice(1), chat.box)
        ]

    before = await sizes()
    await chat.page.get_by_role("button", name="Chữ to").click()
    after = await sizes()
    await chat.page.reload()

    assert min(before) >= 18
    assert all(large > 1.3 * small for small, large in zip(before, after, strict=True))
    await expect(chat.page.get_by_role("button", name="Chữ to")).to_have_attribute("aria-pressed", "true")
    assert await sizes() == after


@pytest.mark.parametrize("state", ["at start", "after an answer", "with an unsent message", "with large text", "on a lying phone"])
async def test_axe_finds_no_violation(chat, state):
    if state != "at start":
        await chat.ask()
    if state == "with an unsent message":
        await fill_with_everything(chat)
    if state == "with large text":
        await chat.page.get_by_role("button", name="Chữ to").click()
    if state == "on a lying phone":
        await chat.page.set_viewport_size({"width": LYING_PHONE[0], "height": LYING_PHONE[1]})
    results = await Axe().run(chat.page, options=AXE_OPTIONS)

    assert results.violations_count == 0, results.generate_report()


# A slow line


async def test_the_page_is_usable_on_a_slow_line(context):
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    started = asyncio.get_running_loop().time()
    chat = await opened(page)
    shown = asyncio.get_running_loop().time()
    await chat.ask()
    answered = asyncio.get_running_loop().time()

    assert 0.8 <= shown - started < 6
    assert 0.4 <= answered - shown < 4


async def test_who_writes_before_the_greeting_came_is_answered_and_not_greeted(context):
    late = asyncio.Event()

    async def wait(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await context.route("**/api/welcome", wait)
    chat = Chat(await context.new_page())
    await chat.page.goto("/")
    await chat.ask()
    async with chat.page.expect_response("**/api/welcome"):
        late.set()

    await expect(chat.replies).to_have_count(1)
