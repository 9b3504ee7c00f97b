"""Getting in: passwords, sessions, links, the second factor, guessing."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
import time_machine

from bot import clock
from bot.console.throttle import Attempt, LoginThrottle
from tests.bot.console.conftest import PASSWORD, text_of


async def test_who_is_not_logged_in_is_led_to_the_login_page_and_back(console):
    await console.add("lan", "trainer", "Lan")
    browser = console.browser()

    sent_away = await browser.get("/quantri/xuat-ban?a=1")
    await browser.get(sent_away.headers["location"])
    back = await browser.post("/quantri/vao", {"login": "lan", "password": PASSWORD, "den": "/quantri/xuat-ban?a=1"})

    assert sent_away.status_code == 303
    assert back.headers["location"] == "/quantri/xuat-ban?a=1"
    assert "Lan" in text_of(await browser.get("/quantri"))


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://evil.example/quantri", id="another site"),
        pytest.param("//evil.example", id="no scheme"),
        pytest.param("/quantri/../x\\y", id="backslash"),
        pytest.param("/quantrix", id="only like it"),
        pytest.param("/quantri\r\nX: y", id="header"),
    ],
)
async def test_nobody_is_led_elsewhere_after_logging_in(console, address):
    await console.add("lan", "trainer")
    browser = console.browser()
    await browser.get("/quantri/vao")

    response = await browser.post("/quantri/vao", {"login": "lan", "password": PASSWORD, "den": address})

    assert response.headers["location"] == "/quantri"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("lan", "sai mật khẩu rồi nhé", id="wrong password"),
        pytest.param("khong-co", PASSWORD, id="no such account"),
        pytest.param("", "", id="nothing"),
        pytest.param("lan", PASSWORD + " ", id="a blank more"),
        pytest.param("lan", "x" * 10_000, id="very long"),
    ],
)
async def test_what_is_wrong_is_refused_alike(console, login, password):
    await console.add("lan", "trainer")
    browser = console.browser()

    response = await browser.enter(login, password)

    assert response.status_code == 403
    assert "Tên đăng nhập, mật khẩu hoặc mã xác thực chưa đúng." in text_of(response)
    assert "banso_session" not in browser.http.cookies
    assert ("Hệ thống", "login.failed", login if login == "lan" else "(không có tài khoản này)") in await console.audited()


async def test_guessing_is_slowed_down_for_one_address_and_does_not_lock_others_out(console):
    await console.add("lan", "trainer")
    guesser = console.browser()

    tries = [(await guesser.enter("lan", f"đoán lần thứ {n} xem sao")).status_code for n in range(7)]
    even_right = await guesser.enter("lan")

    assert tries[:5] == [403] * 5
    assert tries[5:] == [429] * 2
    assert even_right.status_code == 429
    assert "Hãy chờ 10 phút" in text_of(even_right)


async def test_many_guesses_at_once_are_looked_at_one_after_another(console):
    await console.add("lan", "trainer")
    guessers = [console.browser() for _ in range(12)]
    for guesser in guessers:
        await guesser.get("/quantri/vao")

    tries = await asyncio.gather(
        *(g.post("/quantri/vao", {"login": "lan", "password": f"đoán lần thứ {n} xem sao"}) for n, g in enumerate(guessers))
    )

    assert sorted(response.status_code for response in tries) == [403] * 5 + [429] * 7


async def test_who_goes_on_guessing_waits_longer_and_longer():
    throttle, attempt = LoginThrottle(), Attempt("lan", "203.0.113.9")
    waits = []

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(3):
            while not (minutes := await throttle.wait_minutes(attempt)):
                await throttle.note_failure(attempt)
            waits.append(minutes)
            traveller.shift(timedelta(minutes=minutes, seconds=1))
        from_elsewhere = await throttle.wait_minutes(Attempt("lan", "203.0.113.10"))

    assert waits == [10, 10, 160]
    assert from_elsewhere == 0


async def test_guessing_one_login_from_everywhere_slows_down_at_last():
    throttle = LoginThrottle()

    for number in range(60):
        await throttle.note_failure(Attempt("lan", f"203.0.113.{number}"))

    assert 0 < await throttle.wait_minutes(Attempt("lan", "198.51.100.1")) <= 60
    assert await throttle.wait_minutes(Attempt("binh", "198.51.100.1")) == 0


async def test_getting_in_forgets_the_failures_before_it(console):
    await console.add("lan", "trainer")
    browser = console.browser()

    for _ in range(3):
        tries = [(await browser.enter("lan", f"gõ nhầm lần {n} rồi")).status_code for n in range(4)]
        assert [*tries, (await browser.enter("lan")).status_code] == [403] * 4 + [303]
        await browser.get("/quantri")
        await browser.done("/quantri/ra")


async def test_a_link_of_a_locked_account_ends(console):
    admin = await console.as_role("admin")
    staff_id = await console.add("lan", "trainer")
    async with console.repository.transaction() as store:
        token = await store.staff.make_link(staff_id, clock.now())

    await admin.done(f"/quantri/nguoi-dung/{staff_id}/khoa", {"is_enabled": "false"})

    assert (await console.browser().get(f"/quantri/moi/{token}")).status_code == 404


async def test_a_session_planted_before_logging_in_is_not_taken_up(console):
    await console.add("lan", "trainer")
    browser = console.browser()
    browser.http.cookies.set("banso_session", "planted", domain="127.0.0.1", path="/")

    await browser.enter("lan")

    tokens = [c.value for c in browser.http.cookies.jar if c.name == "banso_session"]
    assert "planted" not in tokens


async def test_cookies_are_kept_from_scripts_and_other_sites(console):
    await console.add("lan", "trainer")

    response = await console.browser().enter("lan")

    cookie = next(v for v in response.headers.get_list("set-cookie") if v.startswith("banso_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert PASSWORD not in cookie


@pytest.mark.parametrize(
    ("after", "is_in"),
    [
        pytest.param(timedelta(hours=11), True, id="used within half a day"),
        pytest.param(timedelta(hours=13), False, id="not used for half a day"),
    ],
)
async def test_a_session_ends_when_it_is_not_used(console, after, is_in):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        browser = await console.as_role("trainer")
        traveller.shift(after)

        response = await browser.get("/quantri")

    assert (response.status_code == 200) == is_in


async def test_a_session_ends_after_a_week_even_when_used(console):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        browser = await console.as_role("trainer")
        for _ in range(16):
            traveller.shift(timedelta(hours=11))
            response = await browser.get("/quantri")

    assert response.status_code == 303


async def test_who_goes_out_is_out(console):
    browser = await console.as_role("trainer")

    token = browser.http.cookies["banso_session"]
    await browser.done("/quantri/ra")
    browser.http.cookies.set("banso_session", token, domain="127.0.0.1", path="/")

    assert (await browser.get("/quantri")).status_code == 303


async def test_a_new_password_ends_the_other_sessions(console):
    here, there = await console.as_role("trainer"), await console.as_role("trainer")

    refused = await here.post(
        "/quantri/tai-khoan-cua-toi/mat-khau", {"old": "không phải", "password": "ba bà đi bán lợn sề", "again": "ba bà đi bán lợn sề"}
    )
    changed = await here.done(
        "/quantri/tai-khoan-cua-toi/mat-khau", {"old": PASSWORD, "password": "ba bà đi bán lợn sề", "again": "ba bà đi bán lợn sề"}
    )

    assert refused.status_code == 422
    assert "Đã đổi mật khẩu" in text_of(changed)
    assert (await here.get("/quantri")).status_code == 200
    assert (await there.get("/quantri")).status_code == 303
    assert (await console.browser().enter("trainer", "ba bà đi bán lợn sề")).status_code == 303


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("ngắn quá", id="short"),
        pytest.param("matkhau123456", id="common"),
        pytest.param("aaaaaaaaaaaaaa", id="one letter"),
        pytest.param("trainer là tên tôi", id="the login in it"),
    ],
)
async def test_weak_passwords_are_refused_with_a_reason(console, password):
    browser = await console.as_role("trainer")

    response = await browser.post("/quantri/tai-khoan-cua-toi/mat-khau", {"old": PASSWORD, "password": password, "again": password})

    assert response.status_code == 422
    assert "Mật khẩu" in text_of(response)


async def test_the_second_factor_is_asked_for_and_each_code_works_once(console):
    browser = await console.as_role("trainer")
    page = await browser.post("/quantri/tai-khoan-cua-toi/xac-thuc")
    secret = page.text.split("<code>")[1].split("</code>")[0]
    code = pyotp.TOTP(secret).now()
    await browser.done("/quantri/tai-khoan-cua-toi/xac-thuc/bat", {"secret": secret, "code": code})

    without = await console.browser().enter("trainer")
    first = await console.browser().enter("trainer", code=code)
    again = await console.browser().enter("trainer", code=code)

    assert [r.status_code for r in (without, first, again)] == [403, 303, 403]
    async with console.repository.reading() as store:
        assert secret not in (await store.staff.account_by_login("trainer")).sealed_totp


async def test_a_link_makes_the_first_admin_once(console):
    async with console.repository.transaction() as store:
        token = await store.staff.make_link(None, clock.now())
    browser = console.browser()
    await browser.get(f"/quantri/moi/{token}")
    data = {"login": "Chi.Hoa", "name": "Chị Hoa", "password": PASSWORD, "again": PASSWORD}

    first = await browser.post(f"/quantri/moi/{token}", data)
    again = await browser.post(f"/quantri/moi/{token}", data)

    assert first.status_code == 303, text_of(first)
    assert again.status_code == 404
    assert "Quản trị" in text_of(await browser.get("/quantri"))


async def test_a_link_ends_after_a_day(console):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        async with console.repository.transaction() as store:
            token = await store.staff.make_link(None, clock.now())
        traveller.shift(timedelta(hours=25))

        response = await console.browser().get(f"/quantri/moi/{token}")

    assert response.status_code == 404
    assert "đã hết hạn" in text_of(response)


async def test_an_admin_adds_somebody_who_sets_a_password_by_link(console):
    admin = await console.as_role("admin")

    page = await admin.post("/quantri/nguoi-dung", {"login": "binh", "name": "Anh Bình", "role": "reviewer"})
    token = page.text.split("/quantri/moi/")[1].split('"')[0]
    browser = console.browser()
    await browser.get(f"/quantri/moi/{token}")
    entered = await browser.post(f"/quantri/moi/{token}", {"password": PASSWORD, "again": PASSWORD})

    assert entered.status_code == 303
    assert "Anh Bình · Người duyệt" in text_of(await browser.get("/quantri"))
    assert ("Admin", "account.add", "binh") in await console.audited()


async def test_the_last_admin_stays(console):
    admin = await console.as_role("admin")
    async with console.repository.reading() as store:
        me = (await store.staff.account_by_login("admin")).id

    demoted = await admin.post(f"/quantri/nguoi-dung/{me}/quyen", {"role": "viewer"})
    locked = await admin.post(f"/quantri/nguoi-dung/{me}/khoa", {"is_enabled": "false"})

    assert [demoted.status_code, locked.status_code] == [422, 422]
    assert (await admin.get("/quantri/nguoi-dung")).status_code == 200


async def test_who_is_disabled_or_changed_is_out_at_once(console):
    admin, trainer, viewer = await console.as_role("admin"), await console.as_role("trainer"), await console.as_role("viewer")
    async with console.repository.reading() as store:
        ids = {row.login: row.id for row in await store.staff.accounts()}

    await admin.done(f"/quantri/nguoi-dung/{ids['trainer']}/khoa", {"is_enabled": "false"})
    await admin.done(f"/quantri/nguoi-dung/{ids['viewer']}/quyen", {"role": "trainer"})

    assert (await trainer.get("/quantri")).status_code == 303
    assert (await viewer.get("/quantri")).status_code == 303
    assert (await console.browser().enter("trainer")).status_code == 403
    assert (await console.browser().enter("viewer")).status_code == 303
