"""Vận hành: what operators see, the switch that stops answering, and what was set aside."""

from datetime import timedelta

import pytest

from actions.learners.inbox import NewEvent
from actions.learners.outbox import NewMessage
from bot import clock
from tests.bot.console.conftest import text_of
from tests.fakes.line_channel import LineChannel, LineVendor
from tests.talk import Talk

HOUR = timedelta(hours=1)
SECRET = "dấu vết riêng tư"
PATH = "/quantri/van-hanh"
STOP = {"notice": "Bạn Số nghỉ đến 9 giờ.", "reason": "sửa câu trả lời sai"}


async def set_aside(console):
    """An event and a message that nobody could handle or send."""
    key = console.repository.keys.sender_key("telegram", "7")
    async with console.repository.transaction() as store:
        event = NewEvent("telegram", "1", "u1", key, {"address": "7", "text": SECRET})
        (accepted,) = await store.inbox.accept([event], "c", clock.now(), HOUR, room=1)
        await store.inbox.set_aside(accepted.event, "ValueError")
        await store.outbox.add([NewMessage("zalo_oa", key, "7", {"text": SECRET}, HOUR)], clock.now())
        (message,) = await store.outbox.claim(["zalo_oa"], "c", clock.now(), HOUR, 1)
        await store.outbox.set_aside(message.id, "-201")


async def test_all_roles_see_how_the_service_does_and_only_operators_may_act(console, role):
    await set_aside(console)
    browser = await console.as_role(role)

    said = text_of(page := await browser.get(PATH))

    for part in (
        "Cơ sở dữ liệu: đang chạy",
        "SQLite",
        "Trang chat",
        "Tin nhận",
        "Nhận 1",
        "ValueError",
        "Gửi 1",
        "-201",
        "Chưa chạy lần nào",
    ):
        assert part in said, part
    assert SECRET not in page.text
    assert ("Chạy lại" in said) == (role == "admin")
    assert ("Ngừng trả lời ngay" in said) == (role == "admin")


async def test_channels_show_how_they_do(console):
    line = LineChannel(LineVendor())
    console.service.channels["line"] = line
    browser = await console.as_role("viewer")

    before = text_of(await browser.get(PATH))
    console.service.channel_states.ready("line")
    well = text_of(await browser.get(PATH))
    console.service.channel_states.failed("line", "401")
    ill = text_of(await browser.get(PATH))

    assert "Cần xem line webhook chưa nối được" in before
    assert "Tốt line webhook không có trong mấy ngày qua không có" in well
    assert "Cần xem line webhook" in ill
    assert "khi nhận: 401" in ill


async def test_lost_access_is_told_with_what_to_do(console):
    async with console.repository.transaction() as store:
        await store.leases.keep_tokens("zalo_oa", "1", {"access_token": SECRET}, clock.now())
        await store.leases.mark_lost("zalo_oa", "1", clock.now())
    browser = await console.as_role("viewer")

    page = await browser.get(PATH)

    assert "Mã truy cập Zalo OA: mất quyền từ" in text_of(page)
    assert "cấp lại quyền cho ứng dụng" in text_of(page)
    assert SECRET not in page.text


async def test_runs_of_the_retention_job_are_told_in_words(console):
    await console.repository.retain(clock.now(), timedelta(days=90), timedelta(days=730))
    browser = await console.as_role("viewer")

    assert "không có gì quá hạn" in text_of(await browser.get(PATH))


@pytest.mark.parametrize(
    ("which", "waiting"),
    [
        pytest.param("nhan:1", (1, 0), id="an event"),
        pytest.param("gui:1", (0, 1), id="a message"),
        pytest.param("tat-ca", (1, 1), id="all"),
    ],
)
async def test_what_was_set_aside_may_go_on(console, which, waiting):
    await set_aside(console)
    browser = await console.as_role("admin")

    said = text_of(await browser.done(f"{PATH}/chay-lai", {"which": which}))

    assert f"Đã cho chạy lại {sum(waiting)} tin." in said
    async with console.repository.reading() as store:
        assert ((await store.inbox.counts())[0], (await store.outbox.counts(["zalo_oa"]))[0]) == waiting
    assert ("Admin", "queue.retry", which) in await console.audited()


@pytest.mark.parametrize("which", ["", "nhan:", "nhan:9", "gui:x", "gui:-1", "gui:²", "gui:" + "9" * 40, "khac:1"])
async def test_what_is_not_set_aside_cannot_be_retried(console, which):
    browser = await console.as_role("admin")

    response = await browser.post(f"{PATH}/chay-lai", {"which": which})

    assert response.status_code == 404
    assert "không còn bị để riêng" in text_of(response)
    assert "queue.retry" not in [action for _, action, _ in await console.audited()]


async def test_the_switch_stops_all_answers_with_a_reason_and_starts_them_again(console):
    browser, viewer, citizen = await console.as_role("admin"), await console.as_role("viewer"), Talk(console.service)

    stopped = text_of(await browser.done(f"{PATH}/ngung", STOP))
    await citizen.say("menu")
    said = citizen.text
    banner = text_of(await viewer.get("/quantri"))
    resumed = text_of(await browser.done(f"{PATH}/mo-lai", {"reason": "đã sửa xong"}))
    await citizen.say("menu")

    assert "Bot đã ngừng trả lời." in stopped
    assert "do Admin. Lý do: sửa câu trả lời sai" in stopped
    assert said == STOP["notice"]
    assert f"Bot đang ngừng trả lời . Người dân nhận được: “{STOP['notice']}”" in banner
    assert "Bot đã trả lời lại." in resumed
    assert citizen.last["outcome"] == "menu"
    async with console.repository.reading() as store:
        entries = {entry.action: entry.details for entry in await store.staff.audit_log()}
    assert entries["service.stop"] == {"reason": "sửa câu trả lời sai", "notice": STOP["notice"]}
    assert entries["service.resume"] == {"reason": "đã sửa xong"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(STOP | {"reason": " "}, "Lý do: chưa ghi gì.", id="no reason"),
        pytest.param(STOP | {"notice": ""}, "Lời báo cho người dân: chưa ghi gì.", id="no notice"),
        pytest.param(STOP | {"notice": "a" * 501}, "dài 501 ký tự; tối đa 500", id="long notice"),
        pytest.param(STOP | {"reason": "a" * 301}, "dài 301 ký tự; tối đa 300", id="long reason"),
    ],
)
async def test_a_stop_without_notice_or_reason_is_refused_and_keeps_what_was_typed(console, data, said):
    browser = await console.as_role("admin")

    response = await browser.post(f"{PATH}/ngung", data)

    assert response.status_code == 422
    assert said in text_of(response)
    assert all(text in response.text for text in data.values() if text.strip())
    assert console.service.handler.notice == ""


async def test_answering_again_needs_a_reason_too(console):
    browser = await console.as_role("admin")
    await browser.done(f"{PATH}/ngung", STOP)

    response = await browser.post(f"{PATH}/mo-lai", {"reason": ""})

    assert response.status_code == 422
    assert console.service.handler.notice == STOP["notice"]
