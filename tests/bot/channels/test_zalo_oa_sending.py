"""What the Zalo OA channel says: turns merged into few messages, pictures, every error, and no token anywhere."""

import asyncio
import logging
import ssl
import traceback
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from actions.reply import Choice, Image, Poll, Reply
from bot import clock
from bot.channels import zalo_oa, zalo_oa_errors
from bot.channels.base import SendError, Surroundings
from bot.settings import Settings
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.zalo_oa_server import ANONYMOUS, CS, OAUTH, UPLOAD, FakeZaloOA

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
USER, GUEST = "8765432109876543210", "anon:A7:C7"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--\r\n\n\r"
PICTURES = {"/pictures/otp-1.png": PNG, "/pictures/khoa-2.png": PNG + b"2", "/pictures/to.png": PNG + b"x" * 2**20}
OTP, LOCK = Image("/pictures/otp-1.png", "Tin nhắn có mã OTP"), Image("/pictures/khoa-2.png", "Ổ khoá")
GONE, LARGE = Image("/pictures/mat-3.png", "Hình đã mất"), Image("/pictures/to.png", "Hình to")


@pytest.fixture
async def fake(monkeypatch):
    async with FakeZaloOA() as server:
        server.time = NOW
        server.consent()
        monkeypatch.setattr(clock, "now", server.now)
        await server.follow(USER)
        await server.anonymous("A7", "C7", "xin chào")
        yield server


@pytest.fixture
def vault():
    return MemoryVault()


async def picture(path):
    return PICTURES.get(path)


@pytest.fixture
async def channel(fake, vault):
    made = zalo_oa.make(Surroundings(Settings(**fake.values()), picture, lambda _name, _account: vault))
    fake.time = NOW - timedelta(minutes=10)
    await made.start()
    fake.time = NOW
    fake.calls.clear()
    yield made
    await made.close()


@pytest.fixture(autouse=True)
def _no_certificates(monkeypatch):
    """Reading them takes longer than most tests, and no server here has one."""
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)


@pytest.fixture(autouse=True)
def logged():
    with structlog.testing.capture_logs() as entries:
        yield entries


async def say(channel, *replies, to=USER):
    """Send a turn; return what the vendor said to its last message."""
    sent = None
    for message in channel.compose(replies):
        sent = await channel.send(to, message)
    return sent


async def refusal(channel, to=USER, reply=None):
    with pytest.raises(SendError) as refused:
        await say(channel, reply or Reply("xin chào"), to=to)
    return refused.value


def choices(*labels):
    return tuple(Choice(label, f"v:{n}") for n, label in enumerate(labels))


def seen(fake, user=USER):
    """What a person sees: text, button titles, picture."""
    return [(m.text, [b.title for b in m.buttons], m.picture) for m in fake.messages(user)]


SIX = choices("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu")
SIX_LIST = "Trả lời bằng số:\n1. Một\n2. Hai\n3. Ba\n4. Bốn\n5. Năm\n6. Sáu"
LONG_LABEL = "Tôi muốn hỏi " + "về cách giữ tài khoản " * 5
CUT = "Tôi muốn hỏi " + "về cách giữ tài khoản " * 3 + "về cách giữ tài…"
TRACE = "dấu vết riêng tư"
SENTENCE = "Không đọc mã OTP cho ai, dù họ là ai. "  # 38 characters
NFD = unicodedata.normalize("NFD", "Số điện thoại lạ.")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param([Reply("Chào bạn")], [("Chào bạn", [], None)], id="one bubble"),
        pytest.param([Reply("Một"), Reply("Hai"), Reply("Ba")], [("Một\n\nHai\n\nBa", [], None)], id="bubbles become one message"),
        pytest.param([Reply("Chọn", choices("Có", "Không"))], [("Chọn", ["Có", "Không"], None)], id="buttons"),
        pytest.param(
            [Reply("A", choices("Xem")), Reply("B", (Choice("Dừng", "stop"),))],
            [("A\n\nB", ["Xem", "Dừng"], None)],
            id="buttons of all bubbles, in order",
        ),
        pytest.param([Reply("Chọn", SIX[:5])], [("Chọn", ["Một", "Hai", "Ba", "Bốn", "Năm"], None)], id="five buttons"),
        pytest.param(
            [Reply("Chọn", SIX)],
            [(f"Chọn\n\n{SIX_LIST}", ["Một", "Hai", "Ba", "Bốn", "Năm"], None)],
            id="six choices are a list, the first five are buttons too",
        ),
        pytest.param(
            [Reply("A", SIX[:3]), Reply("B", SIX[3:])], [(f"A\n\nB\n\n{SIX_LIST}", [c.label for c in SIX[:5]], None)], id="numbers run on"
        ),
        pytest.param([Reply("Chọn", choices("x" * 100))], [("Chọn", ["x" * 100], None)], id="the longest label"),
        pytest.param(
            [Reply("Chọn", choices(LONG_LABEL))],
            [(f"Chọn\n\nTrả lời bằng số:\n1. {LONG_LABEL.strip()}", [CUT], None)],
            id="a label that is cut stands in the list as it is",
        ),
        pytest.param(
            [Reply("Chọn", choices("x" * 101))], [(f"Chọn\n\nTrả lời bằng số:\n1. {'x' * 101}", ["x" * 50 + "…"], None)], id="one long word"
        ),
        pytest.param([Reply("Chọn", choices("Hai\ndòng "))], [("Chọn", ["Hai dòng"], None)], id="a label has one line"),
        pytest.param([Reply(NFD, choices(NFD))], [("Số điện thoại lạ.", ["Số điện thoại lạ."], None)], id="letters are composed"),
        pytest.param([Reply(" \n a \n")], [("a", [], None)], id="no blank lines at the ends"),
        pytest.param([Reply("x" * 2000)], [("x" * 2000, [], None)], id="the longest text"),
        pytest.param(
            [Reply(unicodedata.normalize("NFD", "ế" * 2000))], [("ế" * 2000, [], None)], id="the longest text, counted after composing"
        ),
        pytest.param(
            [Reply("a" * 1000), Reply("b" * 999, choices("Có"))],
            [("a" * 1000, [], None), ("b" * 999, ["Có"], None)],
            id="one character too many parts between bubbles, buttons on the last",
        ),
        pytest.param(
            [Reply(f"{'a' * 900}\n\n{'b' * 900}\n\n{'c' * 900}")],
            [(f"{'a' * 900}\n\n{'b' * 900}", [], None), ("c" * 900, [], None)],
            id="parted between paragraphs",
        ),
        pytest.param([Reply(f"{'a' * 1500}\n{'b' * 1500}")], [("a" * 1500, [], None), ("b" * 1500, [], None)], id="parted between lines"),
        pytest.param(
            [Reply(f"{'a' * 1000}.\n\n{(SENTENCE * 40).strip()}\n\n{'c' * 1000}.")],
            [
                (f"{'a' * 1000}.\n\n{(SENTENCE * 26).strip()}", [], None),
                (f"{(SENTENCE * 14).strip()}\n\n{'c' * 1000}.", [], None),
            ],
            id="parted between sentences where that saves a message",
        ),
        pytest.param(
            [Reply("từ " * 1000)], [(("từ " * 667)[:2000].strip(), [], None), (("từ " * 333).strip(), [], None)], id="between words"
        ),
        pytest.param([Reply("x" * 4001)], [("x" * 2000, [], None), ("x" * 2000, [], None), ("x", [], None)], id="no border at all"),
        pytest.param([Reply("🙏" * 1001)], [("🙏" * 1000, [], None), ("🙏", [], None)], id="an emoji counts for two"),
        pytest.param([Reply("Xem hình", image=OTP)], [("Xem hình", [], PNG)], id="a picture with its text"),
        pytest.param([Reply("", image=OTP)], [("", [], PNG)], id="a picture alone"),
        pytest.param(
            [Reply("Chọn", choices("Có", "Không"), OTP)],
            [("Chọn\n\nTrả lời bằng số:\n1. Có\n2. Không", [], PNG)],
            id="a picture leaves no buttons, so choices are numbered",
        ),
        pytest.param(
            [Reply("A", image=OTP), Reply("B", image=LOCK)], [("A\n\nB\n\n(Hình: Ổ khoá)", [], PNG)], id="a second picture is told"
        ),
        pytest.param(
            [Reply("a" * 1500, image=OTP), Reply("b" * 1500, choices("Có"))],
            [("a" * 1500, [], PNG), ("b" * 1500, ["Có"], None)],
            id="of two messages the first has the picture, the last the buttons",
        ),
        pytest.param(
            [Reply("a" * 1990, choices("Có"), OTP)],
            [("a" * 1990, [], PNG), ("Trả lời bằng số:\n1. Có", ["Có"], None)],
            id="a list that does not fit below a picture's text",
        ),
        pytest.param(
            [Reply("Chọn", choices("Có"), GONE)],
            [("(Hình: Hình đã mất)\n\nChọn\n\nTrả lời bằng số:\n1. Có", ["Có"], None)],
            id="a picture that is not there is told",
        ),
        pytest.param([Reply("Xem", image=LARGE)], [("(Hình: Hình to)\n\nXem", [], None)], id="a picture that is too large is told"),
        pytest.param(
            [Reply("a" * 1995, image=GONE)],
            [("(Hình: Hình đã mất)", [], None), ("a" * 1995, [], None)],
            id="words too long beside a told picture",
        ),
        pytest.param(
            [Reply("Câu đố", choices("A", "B"), poll=Poll("?", 2, 0, ""))], [("Câu đố", ["A", "B"], None)], id="a poll is buttons"
        ),
        pytest.param([Reply("")], [], id="nothing to say"),
        pytest.param([], [], id="no reply"),
        pytest.param([Reply("", choices("Có"))], [("Trả lời bằng số:\n1. Có", ["Có"], None)], id="choices alone"),
    ],
)
async def test_a_turn_is_said_in_as_few_messages_as_fit(channel, fake, replies, expected):
    await say(channel, *replies)

    assert seen(fake) == expected
    assert {call.error for call in fake.calls} <= {0}


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param([Reply("Chào bạn")], ["Chào bạn"], id="text"),
        pytest.param([Reply("Chọn", choices("Có", "Không"))], ["Chọn\n\nTrả lời bằng số:\n1. Có\n2. Không"], id="choices are numbered"),
        pytest.param([Reply("Chọn", SIX)], [f"Chọn\n\n{SIX_LIST}"], id="a list is said once"),
        pytest.param([Reply("A", image=OTP)], ["(Hình: Tin nhắn có mã OTP)\n\nA"], id="a picture is told"),
        pytest.param(
            [Reply("A", choices("Có"), OTP)], ["(Hình: Tin nhắn có mã OTP)\n\nA\n\nTrả lời bằng số:\n1. Có"], id="a picture with choices"
        ),
        pytest.param([Reply("a" * 1999, choices("Có"))], ["a" * 1999, "Trả lời bằng số:\n1. Có"], id="a list that does not fit"),
    ],
)
async def test_a_guest_without_an_account_gets_text_only(channel, fake, replies, expected):
    await say(channel, *replies, to=GUEST)

    assert seen(fake, GUEST) == [(text, [], None) for text in expected]
    assert {call.path for call in fake.calls} == {ANONYMOUS}


async def test_a_tapped_button_comes_back_as_its_choice(channel, fake):
    from bot.channels.base import Request

    await say(channel, Reply("Chọn", (Choice("Học", "lesson:ma-otp"), Choice("Danh mục", "menu"))))
    event = await fake.tap(USER, 1)

    (inbound,) = channel.parse(Request(event.headers, event.body))
    assert (inbound.address, inbound.choice, inbound.text) == (USER, "menu", "")
    assert fake.messages(USER)[0].buttons[0].type == "oa.query.hide"


# Pictures.


async def test_a_picture_is_uploaded_once_for_all(channel, fake):
    await fake.follow("2")

    await asyncio.gather(*(say(channel, Reply("Xem", image=OTP), to=user) for user in (USER, "2", USER)))
    await say(channel, Reply("Xem", image=LOCK))

    assert fake.uploads == 2
    assert [m.picture for m in fake.messages(USER)] == [PNG, PNG, PNG + b"2"]


async def test_a_picture_is_uploaded_again_before_the_vendor_forgets_it(channel, fake):
    await say(channel, Reply("Xem", image=OTP))
    fake.time = NOW + timedelta(days=6, minutes=1)
    fake.consent()
    channel._access._tokens = None
    channel._access._vault.shelf.kept = None
    channel._access._first_refresh = fake.refresh_token

    await say(channel, Reply("Xem", image=OTP))

    assert fake.uploads == 2
    assert -100 not in [call.error for call in fake.calls]


async def test_a_picture_that_the_vendor_forgot_is_uploaded_again(channel, fake):
    await say(channel, Reply("Xem", image=OTP))
    fake.attachments.clear()

    await say(channel, Reply("Xem", image=OTP))

    assert [call.error for call in fake.calls if call.path == CS] == [0, -100, 0]
    assert seen(fake) == [("Xem", [], PNG)] * 2


async def test_a_picture_that_the_vendor_never_knows_is_told(channel, fake, logged):
    fake.fail("error", -100, path=CS, times=2)

    await say(channel, Reply("Chọn", choices("Có"), OTP))

    assert seen(fake) == [("(Hình: Tin nhắn có mã OTP)\n\nChọn\n\nTrả lời bằng số:\n1. Có", ["Có"], None)]
    assert "zalo_oa.picture_not_taken" in [entry["event"] for entry in logged]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("error", -211, id="no uploads left this month"),
        pytest.param("error", -201, id="refused"),
        pytest.param("error", -32, id="throttled"),
        pytest.param("status", 503, id="out of order"),
        pytest.param("drop_before", 0, id="dropped"),
        pytest.param("garbage", 0, id="nonsense"),
    ],
)
async def test_words_do_not_wait_for_a_picture(channel, fake, kind, value):
    fake.fail(kind, value, path=UPLOAD)

    await say(channel, Reply("Xem", image=OTP))

    assert seen(fake) == [("(Hình: Tin nhắn có mã OTP)\n\nXem", [], None)]


async def test_an_upload_without_an_id_is_no_upload(channel, fake, monkeypatch):
    monkeypatch.setattr(fake, "_upload", lambda *_: {"attachment_id": None})

    await say(channel, Reply("Xem", image=OTP))

    assert seen(fake) == [("(Hình: Tin nhắn có mã OTP)\n\nXem", [], None)]


async def test_only_so_many_pictures_are_remembered(channel, fake, monkeypatch):
    monkeypatch.setattr(zalo_oa, "PICTURES_REMEMBERED", 1)

    for image in (OTP, LOCK, LOCK, OTP):
        await say(channel, Reply("Xem", image=image))

    assert fake.uploads == 3


# Errors.


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(-32, "throttled", id="-32 too many calls in a minute"),
        pytest.param(-100, "retryable", id="-100 unknown error"),
        pytest.param(-201, "final", id="-201 wrong field"),
        pytest.param(-204, "unauthorised", id="-204 account disabled"),
        pytest.param(-205, "unauthorised", id="-205 account missing"),
        pytest.param(-209, "unauthorised", id="-209 app not active"),
        pytest.param(-210, "final", id="-210 over a limit"),
        pytest.param(-211, "quota", id="-211 feature quota"),
        pytest.param(-212, "unauthorised", id="-212 API not registered"),
        pytest.param(-213, "blocked", id="-213 does not follow"),
        pytest.param(-216, "unauthorised", id="-216 wrong token, also the new one"),
        pytest.param(-217, "final", id="-217 refuses invitations"),
        pytest.param(-218, "quota", id="-218 this person's quota"),
        pytest.param(-219, "unauthorised", id="-219 app removed"),
        pytest.param(-220, "unauthorised", id="-220 token over, also the new one"),
        pytest.param(-221, "unauthorised", id="-221 account not verified"),
        pytest.param(-223, "unauthorised", id="-223 not authorised"),
        pytest.param(-224, "unauthorised", id="-224 package too small"),
        pytest.param(-227, "blocked", id="-227 banned or away"),
        pytest.param(-230, "window_closed", id="-230 seven days"),
        pytest.param(-232, "window_closed", id="-232 interaction expired"),
        pytest.param(-233, "final", id="-233 unsupported type"),
        pytest.param(-234, "unauthorised", id="-234 night"),
        pytest.param(-240, "unauthorised", id="-240 switched off"),
        pytest.param(-242, "unauthorised", id="-242 wrong proof"),
        pytest.param(-244, "final", id="-244 restricted type"),
        pytest.param(-248, "final", id="-248 content rules"),
        pytest.param(-9999, "final", id="an unknown code"),
        pytest.param(7, "final", id="an unknown positive code"),
    ],
)
@pytest.mark.parametrize("to", [USER, GUEST], ids=["person", "guest"])
async def test_every_code_says_what_to_do(channel, fake, code, kind, to):
    fake.fail("error", code, times=2, path="/message")

    error = await refusal(channel, to)

    assert (error.kind, error.code) == (kind, str(code))
    assert (error.retry_after_seconds is not None) == (kind == "throttled")
    assert fake.messages(to) == []
    assert len(fake.calls) == (3 if code in (-216, -220) else 1)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        pytest.param("status", 500, "http_500", id="500"),
        pytest.param("status", 502, "http_502", id="502"),
        pytest.param("status", 408, "http_408", id="408"),
        pytest.param("status", 404, "http_404", id="404, a page of something between"),
        pytest.param("status", 302, "http_302", id="302"),
        pytest.param("garbage", 0, "http_200", id="200, no JSON"),
        pytest.param("drop_before", 0, "no_connection", id="dropped before"),
        pytest.param("drop_after", 0, "no_connection", id="dropped after"),
        pytest.param("slow_before", 5, "timeout", id="too slow before"),
        pytest.param("slow_after", 5, "timeout", id="too slow after"),
    ],
)
async def test_faults_are_tried_again(channel, fake, kind, value, code):
    fake.fail(kind, value)
    channel._http.timeout = 1.5

    error = await refusal(channel)

    assert (error.kind, error.code) == ("retryable", code)
    assert len(seen(fake)) == (kind in ("drop_after", "slow_after"))


async def test_nobody_there_is_tried_again(channel, fake):
    channel._url = "http://127.0.0.1:9"

    error = await refusal(channel)

    assert (error.kind, error.code) == ("retryable", "no_connection")


@pytest.mark.parametrize("url", ["htp:/nowhere", "http://[", "nowhere"])
async def test_an_address_that_is_none_is_an_error_of_sending(channel, url):
    channel._url = url

    assert (await refusal(channel)).kind == "retryable"


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, 20.0), ({"retry-after": "7"}, 7.0), ({"retry-after": "Wed, 21 Oct"}, 20.0)], ids=["no", "7", "a date"]
)
def test_http_429_is_throttled(headers, seconds):
    import httpx

    with pytest.raises(SendError) as error:
        zalo_oa_errors.read_answer(httpx.Response(429, headers=headers))

    assert (error.value.kind, error.value.retry_after_seconds) == ("throttled", seconds)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        pytest.param(200, {"data": {}}, "retryable", id="no code"),
        pytest.param(200, {"error": None}, "retryable", id="a code of null"),
        pytest.param(200, {"error": "many"}, "retryable", id="a code of letters"),
        pytest.param(200, {"error": "-230"}, "window_closed", id="a code in quotes"),
        pytest.param(200, {"error": False}, "final", id="false is no success"),
        pytest.param(200, [], "retryable", id="a list"),
        pytest.param(400, {"error": -230}, "window_closed", id="a code with an HTTP status"),
        pytest.param(403, {"error": 0}, "final", id="success with an HTTP error"),
    ],
)
def test_odd_answers_are_never_taken_for_success(status, document, kind):
    import httpx

    with pytest.raises(SendError) as error:
        zalo_oa_errors.read_answer(httpx.Response(status, json=document))

    assert error.value.kind == kind


def test_our_own_mistakes_are_logged_by_the_fields_name_only(logged):
    zalo_oa_errors.send_error(-210, "text 'chị Tư 0912345678' is over 2000 characters")
    zalo_oa_errors.send_error(-201, "chị Tư is wrong")

    assert [(entry["code"], entry["field"]) for entry in logged] == [(-210, "text"), (-201, None)]
    assert "0912345678" not in repr(logged)


# Windows and quotas, as the vendor keeps them.


async def test_the_free_replies_are_counted_down(channel, fake):
    left = [(await say(channel, Reply("a"))).free_replies for _ in range(8)]
    error = await refusal(channel)
    await fake.say(USER, "còn đó không")

    assert left == [7, 6, 5, 4, 3, 2, 1, 0]
    assert error.kind == "quota"
    assert (await say(channel, Reply("a"))).free_replies == 7


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        pytest.param({"remain": "7", "total": "8"}, 7, id="a number in quotes"),
        pytest.param({"remain": 0}, 0, id="a number"),
        pytest.param({"cs_reply": {"remain": "3", "total": "8"}}, 3, id="one level deeper"),
        pytest.param({"cs_reply": {"remain": 3}, "remain": "500"}, 3, id="both"),
        pytest.param({"remain": "many"}, None, id="no number"),
        pytest.param({"remain": -1}, None, id="less than none"),
        pytest.param({"remain": None}, None, id="null"),
        pytest.param({}, None, id="empty"),
        pytest.param("7", None, id="no object"),
        pytest.param(None, None, id="none"),
    ],
)
def test_free_replies_are_read_in_all_their_shapes(quota, expected):
    assert zalo_oa_errors.free_replies({"data": {"quota": quota}, "error": 0}) == expected
    assert zalo_oa_errors.free_replies({"data": None, "error": 0}) is None


@pytest.mark.parametrize("shape", ["remain", "cs_reply", "none"])
async def test_free_replies_are_told_by_the_vendor_or_not(channel, fake, shape):
    fake.shape = shape

    sent = await say(channel, Reply("a"))

    assert sent.free_replies == (None if shape == "none" else 7)


@pytest.mark.parametrize(
    ("silence", "kind"),
    [
        pytest.param(timedelta(hours=48), None, id="48 hours"),
        pytest.param(timedelta(days=7), None, id="7 days, at a price"),
        pytest.param(timedelta(days=7, seconds=1), "window_closed", id="more than 7 days"),
    ],
)
async def test_the_window_closes_after_seven_days(channel, fake, silence, kind):
    fake.people[USER].spoke_at = NOW - silence

    if kind is None:
        await say(channel, Reply("a"))
    else:
        assert (await refusal(channel)).kind == kind

    assert fake.charged == (kind is None and silence > timedelta(hours=48))


async def test_who_left_is_blocked_until_they_write_again(channel, fake):
    await fake.unfollow(USER)
    error = await refusal(channel)
    await fake.say(USER, "tôi quay lại")

    assert error.kind == "blocked"
    assert (await say(channel, Reply("a"))).free_replies == 7


async def test_who_is_banned_is_blocked_and_who_restricts_is_final(channel, fake):
    fake.refuse(USER, -227)
    banned = await refusal(channel)
    fake.refuse(USER)

    assert (banned.kind, (await refusal(channel)).kind) == ("blocked", "final")


async def test_a_stranger_is_a_wrong_field(channel):
    assert (await refusal(channel, "1")).code == "-201"


async def test_the_vendors_limit_of_a_minute_throttles(channel, fake):
    fake.calls_per_minute = len(fake.calls) + 1
    await say(channel, Reply("a"))
    error = await refusal(channel)
    fake.time = NOW + timedelta(minutes=1)

    assert (error.kind, error.retry_after_seconds) == ("throttled", 20.0)
    assert await say(channel, Reply("a"))


# Tokens.


async def test_a_token_that_is_no_longer_taken_is_renewed_and_the_message_sent_once(channel, fake, vault):
    fake.kill_access_token()

    await say(channel, Reply("a"))

    assert [call.error for call in fake.calls] == [-216, 0, 0]
    assert [call.path for call in fake.calls] == [CS, OAUTH, CS]
    assert len(seen(fake)) == 1
    assert vault.tokens["access_token"] == fake.access_token == fake.calls[-1].token


async def test_many_messages_at_once_renew_once(channel, fake):
    fake.free_replies = None
    await fake.say(USER, "a")
    fake.kill_access_token()
    rotations = fake.rotations

    await asyncio.gather(*(say(channel, Reply(f"tin {n}")) for n in range(20)))

    assert fake.rotations == rotations + 1
    assert sorted(m.text for m in fake.messages(USER)) == sorted(f"tin {n}" for n in range(20))


async def test_a_picture_and_its_message_survive_a_dead_token(channel, fake):
    fake.kill_access_token()

    await say(channel, Reply("Xem", image=OTP))

    assert seen(fake) == [("Xem", [], PNG)]


async def test_no_token_name_or_word_is_in_any_log_or_error(channel, fake, vault, logged, caplog, monkeypatch):
    """Go down every path that can fail, then look for what must stay secret."""
    from bot.channels import zalo_oa_access

    monkeypatch.setattr(zalo_oa_access, "WRITE_AGAIN_SECONDS", (0.01,))
    monkeypatch.setattr(zalo_oa_access, "TIMEOUT", 0.1)
    caplog.set_level(logging.DEBUG)
    channel._http.timeout = 0.1
    told = []
    faults = [("error", code) for code in (*zalo_oa_errors.CODES, -9999)] + [("slow_after", 0.2)]
    faults += [(kind, 503) for kind in ("status", "garbage", "drop_before", "drop_after")]
    for path in (CS, UPLOAD, OAUTH):
        for kind, value in faults:
            fake.time += timedelta(minutes=20)
            if path == OAUTH:
                fake.kill_access_token()
            fake.fail(kind, value, path=path, times=2)
            try:
                await say(channel, Reply(TRACE, image=OTP))
            except SendError as error:
                told.append("".join(traceback.format_exception(error)) + repr(error.__dict__))
            fake.faults.clear()
            if channel._access._renewal is not None:
                await asyncio.wait([channel._access._renewal])
            channel._access._dead.clear()
            channel._access._first_refresh = fake.consent() if path == OAUTH else fake.refresh_token
            channel._uploads.clear()
    vault.shelf.failing_writes, vault.shelf.failing_reads = 2, 1
    fake.kill_access_token()
    fake.time += timedelta(minutes=20)
    for _ in range(2):
        try:
            await say(channel, Reply(TRACE))
        except SendError as error:
            told.append("".join(traceback.format_exception(error)))

    everything = "\n".join([*told, repr(logged), caplog.text])
    secrets = {fake.app_secret, fake.secret_key, fake.access_token, fake.refresh_token, *fake.dead_tokens, TRACE, USER}
    assert len(told) > 40
    assert "zalo_oa.token_not_stored" in everything
    assert "zalo_oa.consent_lost" in everything
    assert [secret for secret in secrets if secret in everything] == []
