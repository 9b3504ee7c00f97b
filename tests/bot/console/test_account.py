"""One's own account: where one is logged in, and testing the bot without being counted."""

import re

from tests.bot.console.conftest import text_of
from tests.talk import Talk

PATH = "/quantri/tai-khoan-cua-toi"


async def is_marked(console, channel, sender):
    async with console.repository.reading() as store:
        return await store.staff_senders.is_marked(console.repository.keys.sender_key(channel, sender))


async def test_the_sessions_of_an_account_are_shown_and_the_others_end(console):
    here, there = await console.as_role("trainer"), await console.as_role("trainer")

    before = text_of(await here.get(PATH))
    after = text_of(await here.done(f"{PATH}/ra-noi-khac"))

    assert before.count("dùng lần cuối") == 2
    assert before.count("Nơi này") == 1
    assert after.count("dùng lần cuối") == 1
    assert (await there.get(PATH)).status_code == 303


async def test_logging_out_everywhere_ends_this_session_too(console):
    here, there = await console.as_role("trainer"), await console.as_role("trainer")

    response = await here.post(f"{PATH}/ra-het")

    assert response.headers["location"] == "/quantri/vao"
    assert [(await browser.get(PATH)).status_code for browser in (here, there)] == [303, 303]


async def test_a_code_marks_the_place_where_it_is_typed_and_the_marks_can_be_let_go(console):
    browser, person = await console.as_role("trainer"), Talk(console.service, "lan-thu", "telegram")

    page = await browser.post(f"{PATH}/thu")
    code = re.search(r"/thunghiem ([A-Z]+)", page.text)[1]
    await person.say(f"/thunghiem {code}")
    marked = await is_marked(console, "telegram", "lan-thu")
    shown = text_of(await browser.get(PATH))
    await browser.done(f"{PATH}/thu/thoi")

    assert marked
    assert "Đã đánh dấu 1 nơi thử của bạn." in shown
    assert not await is_marked(console, "telegram", "lan-thu")
    audited = [(who, action) for who, action, _ in await console.audited() if action.startswith("testing")]
    assert audited == [("Trainer", "testing.end"), ("Trainer", "testing.mark"), ("Trainer", "testing.code")]


async def test_the_web_chat_of_the_same_browser_is_known_to_be_a_test(console):
    browser = await console.as_role("trainer")

    response = await browser.http.post("/api/chat", json={"sender": "lan-web", "text": "menu"})
    await console.browser().http.post("/api/chat", json={"sender": "nguoi-dan", "text": "menu"})

    assert response.json()["outcome"] == "menu"
    assert await is_marked(console, "web", "lan-web")
    assert not await is_marked(console, "web", "nguoi-dan")


async def test_a_made_up_or_ended_session_marks_nobody_and_is_answered_all_the_same(console):
    browser, other = await console.as_role("trainer"), console.browser()
    ended = browser.http.cookies["banso_session"]
    await browser.post(f"{PATH}/ra-het")
    for token in ("made up", ended):
        other.http.cookies.set("banso_session", token, domain="127.0.0.1", path="/")

        response = await other.http.post("/api/chat", json={"sender": "ai-do", "text": "menu"})

        assert response.json()["outcome"] == "menu"
    assert not await is_marked(console, "web", "ai-do")
