"""What the Zalo Bot channel says: turns in few messages, menus as numbers, the vendor's errors by what to do."""

import asyncio
import logging
import re
import traceback
import unicodedata
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog

from actions.reply import Choice, Image, Poll, Reply
from bot.channels import zalo_bot
from bot.channels.base import SendError, Sent, Surroundings
from bot.channels.zalo_bot import make
from bot.choosing import open_choice
from bot.settings import Settings
from tests.fakes.http_server import Fault
from tests.fakes.zalo_bot_server import TOKEN, FakeZaloBot

CHAT = "6ede1f0a5b2c3d4e5f60"
PICTURE = Image("/pictures/otp-0123456789ab.png", "Tin nhắn có mã OTP.")
ADDRESS = "https://banso.example.vn/pictures/otp-0123456789ab.png"
TOLD = "(Hình: Tin nhắn có mã OTP.)"
MENU = (Choice("Học tiếp", "next"), Choice("Danh mục", "menu"))
SENTENCE = "Đừng đọc mã OTP cho ai. "
PARAGRAPH = (SENTENCE * 42).strip()  # about 1,000 characters


def channel_of(**changes):
    given = {"zalo_bot_token": TOKEN, "zalo_bot_webhook_secret": "s3cret-of-the-webhook"} | changes
    return make(Surroundings(Settings(**given), picture=None, vault=None))


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot() as fake:
        fake.meet(CHAT)
        yield fake


@pytest.fixture
async def channel(zalo):
    made = channel_of(zalo_bot_api_url=zalo.url, public_url="https://banso.example.vn")
    yield made
    await made.close()


async def say(channel, *replies):
    for message in channel.compose(replies):
        assert await channel.send(CHAT, message) == Sent()


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([Reply("  ")], [], id="a text of nothing"),
        pytest.param([Reply("Chào bạn.")], ["Chào bạn."], id="one text"),
        pytest.param([Reply("Một."), Reply("Hai."), Reply("Ba.")], ["Một.\n\nHai.\n\nBa."], id="three bubbles are one message"),
        pytest.param([Reply("Chào.", MENU)], ["Chào.\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục"], id="a menu"),
        pytest.param([Reply("", MENU)], ["Trả lời bằng số:\n1. Học tiếp\n2. Danh mục"], id="a menu alone"),
        pytest.param(
            [Reply("Một.", MENU), Reply("Hai.", (Choice("Dừng", "stop"),))],
            ["Một.\n\nHai.\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục\n3. Dừng"],
            id="numbers run on over the turn, and stand below it",
        ),
        pytest.param(
            [Reply("Một.", (Choice(" Học \n tiếp ", "next"),))], ["Một.\n\nTrả lời bằng số:\n1. Học tiếp"], id="a label is one line"
        ),
        pytest.param(
            [Reply("Câu 1?", MENU, poll=Poll("Câu 1?", 2, 0, "Vì…"))],
            ["Câu 1?\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục"],
            id="a poll is a menu, and its explanation stays hidden",
        ),
        pytest.param([Reply("đu\u031b\u0300ng")], ["đừng"], id="letters are composed"),
        pytest.param([Reply("Xem.", image=PICTURE)], [f"Xem.\n\n{TOLD}"], id="a picture is told where it cannot be fetched"),
        pytest.param([Reply("", image=PICTURE)], [TOLD], id="a picture alone is told"),
    ],
)
def test_turns_are_merged_and_menus_are_numbered(replies, expected):
    assert channel_of().compose(replies) == [{"method": "sendMessage", "text": text} for text in expected]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param(
            [Reply("Xem hình.", MENU, PICTURE)],
            [("sendPhoto", "Xem hình.\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục")],
            id="the turn is the picture's caption",
        ),
        pytest.param([Reply("", image=PICTURE)], [("sendPhoto", None)], id="a picture alone has no caption"),
        pytest.param(
            [Reply("Một.", image=PICTURE), Reply("Hai.", image=Image("/pictures/b.png", "Hình hai."))],
            [("sendPhoto", "Một.\n\nHai.\n\n(Hình: Hình hai.)")],
            id="the second picture is told",
        ),
        pytest.param(
            [Reply("Một.", image=Image("/p.png", "x" * 501)), Reply("Hai.", image=PICTURE)],
            [("sendPhoto", f"Một.\n\n(Hình: {'x' * 501})\n\nHai.")],
            id="a picture that needs many words is told",
        ),
        pytest.param(
            [Reply(PARAGRAPH, image=PICTURE), Reply(PARAGRAPH)],
            [("sendPhoto", PARAGRAPH), ("sendMessage", PARAGRAPH)],
            id="a picture of an earlier bubble stands above the first message",
        ),
        pytest.param(
            [Reply(PARAGRAPH), Reply(PARAGRAPH, MENU, PICTURE)],
            [("sendMessage", PARAGRAPH), ("sendPhoto", f"{PARAGRAPH}\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục")],
            id="a picture of the last bubble stands with the menu",
        ),
    ],
)  # fmt: skip
def test_the_first_picture_is_shown_where_the_vendor_can_fetch_it(channel, replies, expected):
    messages = channel.compose(replies)

    assert [(m["method"], m.get("caption", m.get("text"))) for m in messages] == expected
    assert [m["photo"] for m in messages if m["method"] == "sendPhoto"] == [ADDRESS]


def texts(replies):
    return [message["text"] for message in channel_of().compose(replies)]


@pytest.mark.parametrize(
    ("replies", "count"),
    [
        pytest.param([Reply("x" * 2000)], 1, id="2,000 characters"),
        pytest.param([Reply("x" * 2001)], 2, id="2,001 characters of one word"),
        pytest.param([Reply("🙏" * 1001)], 2, id="an emoji counts twice"),
        pytest.param([Reply(unicodedata.normalize("NFD", "ệ" * 2000))], 1, id="2,000 letters, decomposed"),
        pytest.param([Reply("\n\n".join([PARAGRAPH] * 4))], 3, id="four long paragraphs, parted between sentences to be three"),
        pytest.param([Reply(PARAGRAPH[:900])] * 4, 2, id="four bubbles, two in each"),
        pytest.param([Reply(SENTENCE * 200)], 3, id="one paragraph of 4,800 characters"),
        pytest.param([Reply("một hai ba " * 400)], 3, id="no sentence ends"),
        pytest.param([Reply("x" * 1980, MENU)], 2, id="no room for the menu"),
        pytest.param([Reply("", tuple(Choice("Nhãn rất dài " * 7, f"c{n}") for n in range(40)))], 2, id="a menu of 4,000 characters"),
        pytest.param([Reply("1. Mở cài đặt. " * 150)], 2, id="numbered steps"),
        pytest.param(
            [Reply(PARAGRAPH), Reply(PARAGRAPH), Reply(PARAGRAPH, MENU)], 2, id="three long bubbles, parted to leave room for the menu"
        ),
    ],
)
def test_a_long_turn_is_as_few_messages_as_fit(replies, count):
    parts = texts(replies)

    assert len(parts) == count
    assert all(1 <= len(part.encode("utf-16-le")) // 2 <= 2000 for part in parts)
    said = unicodedata.normalize("NFC", "".join(reply.text for reply in replies))
    assert "".join("".join(parts).split()).startswith("".join(said.split()))


def test_paragraphs_stay_whole_where_that_costs_no_message():
    first, second, third = PARAGRAPH[:1100].strip(), PARAGRAPH[:700].strip(), PARAGRAPH[:500].strip()

    assert texts([Reply(f"{first}\n\n{second}\n\n{third}")]) == [f"{first}\n\n{second}", third]


def test_words_of_emoji_stay_whole():
    parts = texts([Reply("🙏🙏🙏 " * 400)])

    assert [set(part.split()) for part in parts] == [{"🙏🙏🙏"}] * 2


def test_a_caption_leaves_room_for_the_words_of_its_picture(channel):
    full = "x" * (2000 - len(TOLD) - 2)

    assert len(channel.compose([Reply(full, image=PICTURE)])) == 1
    assert len(channel.compose([Reply(full + "x", image=PICTURE)])) == 2


def test_a_question_stays_with_its_menu():
    parts = texts([Reply(PARAGRAPH), Reply(PARAGRAPH[:950].strip()), Reply("Bạn chọn gì?", MENU)])

    assert parts[1] == "Bạn chọn gì?\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục"


def test_no_step_is_parted_from_its_number():
    parts = texts([Reply("1. Mở cài đặt. " * 150)])

    assert not any(part.endswith("1.") for part in parts)


def test_every_number_of_the_menu_means_its_choice_to_the_service():
    replies = [Reply("Một.", MENU), Reply("Hai.", tuple(Choice(f"Bài {n}", f"lesson:{n}") for n in range(12)))]
    choices = [choice for reply in replies for choice in reply.choices]

    listed = dict(re.findall(r"^(\d+)\. (.+)$", texts(replies)[-1], re.MULTILINE))

    assert [(open_choice(number, choices), label) for number, label in listed.items()] == [(c.value, c.label) for c in choices]


async def test_a_turn_arrives(zalo, channel):
    await say(channel, Reply("Chào bạn."), Reply("Xem hình.", MENU, PICTURE))

    assert [(m["kind"], m.get("photo"), m["text"]) for m in zalo.messages(CHAT)] == [
        ("photo", ADDRESS, "Chào bạn.\n\nXem hình.\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục")
    ]
    assert set(zalo.calls[-1].parameters) == {"chat_id", "photo", "caption"}


async def test_a_long_turn_arrives_in_order(zalo, channel):
    await say(channel, *[Reply(f"{n}. {PARAGRAPH}") for n in range(6)])

    assert re.findall(r"\d(?=\.)", "".join(m["text"] for m in zalo.messages(CHAT))) == ["0", "1", "2", "3", "4", "5"]
    assert len(zalo.messages(CHAT)) == 4


async def test_a_picture_that_the_vendor_cannot_fetch_is_told(zalo, channel):
    zalo.faults.append(Fault("error", 400, "Bad Request: wrong file", method="sendPhoto"))

    await say(channel, Reply("Xem hình.", MENU, PICTURE))

    assert [m["text"] for m in zalo.messages(CHAT)] == [f"Xem hình.\n\nTrả lời bằng số:\n1. Học tiếp\n2. Danh mục\n\n{TOLD}"]


async def test_a_told_picture_below_a_full_caption_still_fits(zalo, channel):
    zalo.faults.append(Fault("error", 400, method="sendPhoto"))

    await say(channel, Reply("x" * (2000 - len(TOLD) - 2), image=PICTURE))

    assert len(zalo.messages(CHAT)[0]["text"]) == 2000


ERRORS = [
    pytest.param(Fault("error", 400), "final", "400", id="400: a bad parameter"),
    pytest.param(Fault("error", 400, "Bad Request: chat not found"), "blocked", "400", id="400: no such chat"),
    pytest.param(Fault("error", 400, "Bad Request: User not found"), "blocked", "400", id="400: no such person"),
    pytest.param(Fault("error", 404, "bot was blocked by the user"), "blocked", "404", id="404: blocked"),
    pytest.param(Fault("error", 401), "unauthorised", "401", id="401: the token"),
    pytest.param(Fault("error", 403), "retryable", "403", id="403: the vendor's internal error"),
    pytest.param(Fault("error", 403, "blocked by rule"), "retryable", "403", id="403: whatever it says"),
    pytest.param(Fault("error", 404), "final", "404", id="404: no such method"),
    pytest.param(Fault("error", 408), "retryable", "408", id="408: a time-out at the vendor"),
    pytest.param(Fault("error", 413), "final", "413", id="413: an error that is not documented"),
    pytest.param(Fault("error", 429), "throttled", "429", id="429: the quota"),
    pytest.param(Fault("error", 500), "retryable", "500", id="500"),
    pytest.param(Fault("error", 503), "retryable", "503", id="503"),
    pytest.param(Fault("drop"), "retryable", "network", id="hung up before"),
    pytest.param(Fault("drop", is_after_effect=True), "retryable", "network", id="hung up after"),
    pytest.param(Fault("slow", seconds=5, is_after_effect=True), "retryable", "timeout", id="no answer in time"),
    pytest.param(Fault("nonsense"), "retryable", "bad_answer", id="a page instead of an answer"),
    pytest.param(Fault("nonsense", 502), "retryable", "502", id="a gateway's page"),
    pytest.param(Fault("nonsense", 401), "unauthorised", "401", id="a page that says who are you"),
    pytest.param(Fault("nonsense", 302), "retryable", "bad_answer", id="a redirection is not followed"),
]


@pytest.mark.parametrize("is_status_told", [True, False], ids=["as HTTP status", "with HTTP 200"])
@pytest.mark.parametrize(("fault", "kind", "code"), ERRORS)
async def test_errors_say_what_to_do(zalo, fault, kind, code, is_status_told, monkeypatch):
    monkeypatch.setattr(zalo_bot, "TIMEOUT", httpx.Timeout(2.0))
    channel = channel_of(zalo_bot_api_url=zalo.url)
    zalo.is_status_told = is_status_told
    zalo.faults.append(fault)

    with pytest.raises(SendError) as raised:
        await channel.send(CHAT, {"method": "sendMessage", "text": "Chào."})
    await channel.close()

    assert (raised.value.kind, raised.value.code) == (kind, code)
    assert raised.value.retry_after_seconds == (60 if kind == "throttled" else None)
    assert len(zalo.messages(CHAT)) == (1 if fault.is_after_effect else 0)


async def test_a_person_who_is_gone_is_no_fault(zalo, channel):
    zalo.leave(CHAT)

    with pytest.raises(SendError) as raised:
        await channel.send(CHAT, {"method": "sendMessage", "text": "Chào."})

    assert raised.value.kind == "blocked"
    assert not raised.value.is_retryable


async def test_a_picture_for_a_person_who_is_gone_is_not_told_either(zalo, channel):
    zalo.leave(CHAT)

    with pytest.raises(SendError) as raised:
        await say(channel, Reply("Xem.", image=PICTURE))

    assert raised.value.kind == "blocked"
    assert [call.method for call in zalo.calls] == ["sendPhoto"]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:1", id="nobody listens"),
        pytest.param("localhost", id="no address"),
        pytest.param("ftp://127.0.0.1", id="another protocol"),
    ],
)
async def test_no_network_may_pass(url):
    channel = channel_of(zalo_bot_api_url=url)

    with pytest.raises(SendError) as raised:
        await channel.send(CHAT, {"method": "sendMessage", "text": "Chào."})
    await channel.close()

    assert (raised.value.kind, raised.value.code) == ("retryable", "network")


async def test_an_api_address_may_have_a_path_and_a_slash_at_its_end(zalo):
    for url in (f"{zalo.url}/", zalo.url):
        channel = channel_of(zalo_bot_api_url=url)
        await channel.send(CHAT, {"method": "sendMessage", "text": "Chào."})
        await channel.close()
    behind_a_path = channel_of(zalo_bot_api_url=f"{zalo.url}/gate")
    with pytest.raises(SendError):
        await behind_a_path.send(CHAT, {"method": "sendMessage", "text": "Chào."})
    await behind_a_path.close()

    assert [(call.method, call.code) for call in zalo.calls] == [("sendMessage", 200), ("sendMessage", 200), ("sendMessage", 404)]


async def test_many_messages_at_once_share_connections_and_all_arrive(zalo, channel):
    await asyncio.gather(*(channel.send(CHAT, {"method": "sendMessage", "text": f"{n}"}) for n in range(50)))

    assert sorted(int(m["text"]) for m in zalo.messages(CHAT)) == list(range(50))


async def test_the_token_and_what_is_said_are_in_no_log_and_no_error(zalo, monkeypatch, caplog, capsys):
    monkeypatch.setattr(zalo_bot, "TIMEOUT", httpx.Timeout(1.5))
    channel = channel_of(zalo_bot_api_url=zalo.url, public_url="https://banso.example.vn")
    nowhere = channel_of(zalo_bot_api_url="http://127.0.0.1:1")
    faults = [row.values[0] for row in ERRORS]
    leaking = [Fault("error", code, f"Bad token {TOKEN} of {CHAT} for DANH-DAU") for code in (400, 401, 403, 404, 408, 429, 500)]
    errors = []

    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as entries:
        for fault in [*faults, *leaking]:
            for message in channel.compose([Reply("DANH-DAU", image=PICTURE)]):
                zalo.faults.extend([fault, fault])  # for the picture, and for the words in its place
                errors.append(await failure(channel.send(CHAT, message)))
            zalo.faults.clear()
        zalo.faults.append(Fault("error", 500, f"{TOKEN}", method="getUpdates"))
        errors += [await failure(channel.fetch()), await failure(nowhere.start()), await failure(nowhere.fetch())]
        await channel.start()
    await channel.close()
    await nowhere.close()

    shown = "\n".join([caplog.text, str(entries), *map(everything_of, errors), *capsys.readouterr()])
    assert "HTTP Request: POST" in shown  # the client does log its calls
    assert "zalo_bot.picture_refused" in shown
    assert len(errors) == len(faults) + len(leaking) + 3
    for secret in (TOKEN, TOKEN.partition(":")[2], CHAT, "DANH-DAU", "s3cret-of-the-webhook"):
        assert secret not in shown, secret


async def failure(sending):
    with pytest.raises(SendError) as raised:
        await sending
    return raised.value


def everything_of(error):
    """Everything an error could show: itself, its trace, and all errors it came from."""
    shown = ["".join(traceback.format_exception(error))]
    while error is not None:
        shown += [repr(error), str(vars(error))]
        error = error.__context__
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("method", "parameters", "code"),
    [
        pytest.param("getMe", {}, 200, id="who am I"),
        pytest.param("sendMessage", {"chat_id": CHAT, "text": "x" * 2000}, 200, id="2,000 characters"),
        pytest.param("sendMessage", {"chat_id": CHAT, "text": "x" * 2001}, 400, id="2,001 characters"),
        pytest.param("sendMessage", {"chat_id": CHAT, "text": ""}, 400, id="no character"),
        pytest.param("sendMessage", {"chat_id": "nobody", "text": "x"}, 400, id="a chat that never was"),
        pytest.param("sendPhoto", {"chat_id": CHAT, "photo": "https://x.vn/1.png"}, 200, id="a picture"),
        pytest.param("sendPhoto", {"chat_id": CHAT, "photo": "/1.png"}, 400, id="a picture nowhere"),
        pytest.param("sendPhoto", {"chat_id": CHAT, "photo": "https://x.vn/1.png", "caption": ""}, 400, id="an empty caption"),
        pytest.param("sendSticker", {"chat_id": CHAT, "sticker": "0e07"}, 200, id="a sticker"),
        pytest.param("sendChatAction", {"chat_id": CHAT, "action": "typing"}, 200, id="typing"),
        pytest.param("sendChatAction", {"chat_id": CHAT, "action": "dancing"}, 400, id="an action it does not know"),
        pytest.param("setWebhook", {"url": "https://x.vn", "secret_token": "8-chars-"}, 200, id="a webhook"),
        pytest.param("setWebhook", {"url": "https://x.vn", "secret_token": "7-chars"}, 400, id="a webhook with a short secret"),
        pytest.param("setWebhook", {"url": "http://x.vn", "secret_token": "8-chars-"}, 400, id="a webhook without https"),
        pytest.param("getWebhookInfo", {}, 200, id="about the webhook"),
        pytest.param("SendMessage", {"chat_id": CHAT, "text": "x"}, 404, id="names have their own letters"),
    ],
)
@pytest.mark.parametrize("way", ["json", "data", "params"])
async def test_the_fake_holds_to_what_the_vendor_documents(zalo, method, parameters, code, way):
    async with httpx.AsyncClient() as client:
        answer = await client.request("GET" if way == "params" else "POST", f"{zalo.url}/bot{TOKEN}/{method}", **{way: parameters})

    assert answer.status_code == code
    assert answer.json()["ok"] is (code == 200)
    assert zalo.calls[-1].method == method
