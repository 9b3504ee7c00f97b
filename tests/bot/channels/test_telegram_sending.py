"""What becomes of replies on Telegram: texts, pictures, polls, and every error; against a real little server."""

import contextlib
import json
import logging
import traceback

import pytest
import structlog

from actions.reply import Choice, Image, Reply
from bot.channels.base import Inbound, RefusedError, Request, SendError
from tests.bot.channels.telegram_given import ALT, HEADERS, PICTURE, PNG, QUESTION, SECRET, labels, open_channel, poll_of
from tests.fakes.http_server import Fault
from tests.fakes.telegram_server import TOKEN, Button, FakeTelegram


class Pictures:
    """The service's pictures; it counts how often each was asked for."""

    def __init__(self):
        self.content = {PICTURE: PNG, "/chungnhan/ABC.png": PNG}
        self.asked = []

    async def __call__(self, path):
        self.asked.append(path)
        return self.content.get(path)


@pytest.fixture
async def telegram():
    async with FakeTelegram() as server:
        server.meet(77)
        yield server


@pytest.fixture
def pictures():
    return Pictures()


@pytest.fixture
async def channel(telegram, pictures):
    made = open_channel(telegram_api_url=telegram.url, picture=pictures)
    yield made
    await made.close()


@pytest.fixture
def tell(channel):
    """Send replies to the person 77, as the service would."""

    async def send(*replies):
        return [await channel.send("77", json.loads(json.dumps(message))) for message in channel.compose(replies)]

    return send


@pytest.mark.parametrize(
    ("reply", "is_poll"),
    [
        pytest.param(QUESTION, True, id="as quizzes are"),
        pytest.param(poll_of(question="c" * 300), True, id="the longest question"),
        pytest.param(poll_of(question="c" * 301), False, id="a question that is too long"),
        pytest.param(poll_of(question=" "), False, id="no question"),
        pytest.param(poll_of(choices=labels(3, 97)), True, id="the longest options, with their numbers"),
        pytest.param(poll_of(choices=labels(3, 98)), False, id="options that are too long"),
        pytest.param(poll_of(choices=(Choice(" ", "a"), *labels(2))), False, id="an empty option"),
        pytest.param(poll_of(choices=labels(12), options=12), True, id="twelve options"),
        pytest.param(poll_of(choices=labels(13), options=13), False, id="thirteen options"),
        pytest.param(poll_of(options=1), False, id="one option"),
        pytest.param(poll_of(options=5), False, id="more options than choices"),
        pytest.param(poll_of(right=3), False, id="the right one is none of them"),
        pytest.param(poll_of(right=-1), False, id="the right one is before them"),
    ],
)
async def test_what_a_native_poll_can_show(tell, telegram, reply, is_poll):
    (sent,) = await tell(reply)

    (message,) = telegram.messages(77)
    assert (sent.poll_id is not None) is is_poll is (message.poll is not None)
    # Every choice can be tapped or voted for in either case.
    assert len(message.buttons) + (len(message.poll["options"]) if message.poll else 0) == len(reply.choices)


async def test_a_poll_goes_out_and_its_answer_comes_back(tell, telegram, channel):
    (sent,) = await tell(QUESTION)
    (message,) = telegram.messages(77)
    await telegram.vote(77, sent.poll_id, 1)

    (event,) = await channel.fetch()

    (composed,) = channel.compose([QUESTION])
    assert (event.address, event.choice) == ("77", f"poll:{sent.poll_id}:1")
    assert composed["values"][1] == "pick:b"
    assert [option["text"] for option in message.poll["options"]] == ["1. Không ai cả", "2. Nhân viên ngân hàng", "3. Công an"]
    assert (message.poll["type"], message.poll["is_anonymous"], message.poll["correct_option_ids"]) == ("quiz", False, [0])
    assert message.buttons == [Button("4. Dừng câu đố", "stop-quiz")]


async def test_a_poll_without_an_explanation_is_taken(tell, telegram):
    (sent,) = await tell(poll_of(explanation=""))

    assert sent.poll_id
    assert "explanation" not in telegram.called("sendPoll")[0].parameters


async def test_a_text_goes_out_plain_and_without_a_preview(tell, telegram):
    await tell(Reply("Xem <b>*https://chinhphu.vn*</b>", labels(1)))

    (call,) = telegram.called("sendMessage")
    assert call.parameters == {
        "chat_id": "77",
        "text": "Xem <b>*https://chinhphu.vn*</b>",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "1. xxxx", "callback_data": "value:0"}]]},
    }


async def test_a_picture_is_uploaded_once(tell, telegram, pictures):
    await tell(Reply("một", image=Image(PICTURE, ALT)))
    await tell(Reply("hai", labels(1), Image(PICTURE, ALT)))

    first, second = telegram.messages(77)
    assert (first.picture, second.picture) == (PNG, PNG)
    assert (first.text, second.text, len(second.buttons)) == ("một", "hai", 1)
    assert isinstance(telegram.called("sendPhoto")[1].parameters["photo"], str)
    assert pictures.asked == [PICTURE]


async def test_a_picture_that_may_be_withdrawn_is_asked_for_each_time(tell, telegram, pictures):
    await tell(Reply("một", image=Image("/chungnhan/ABC.png", ALT)))
    pictures.content.clear()
    await tell(Reply("hai", image=Image("/chungnhan/ABC.png", ALT)))

    assert [message.picture for message in telegram.messages(77)] == [PNG, None]


async def test_only_so_many_pictures_are_remembered(tell, telegram, channel, pictures, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram.REMEMBERED_PICTURES", 2)
    for name in ("a", "b", "c", "c", "a"):
        pictures.content[f"/pictures/{name}.png"] = PNG
        await tell(Reply("", image=Image(f"/pictures/{name}.png", ALT)))

    assert pictures.asked == [f"/pictures/{name}.png" for name in ("a", "b", "c", "a")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param("Đừng đưa mã.", f"Đừng đưa mã.\n\n[Hình: {ALT}]", id="with a text"), pytest.param("", f"[Hình: {ALT}]", id="alone")],
)
async def test_a_picture_that_is_not_there_is_said_in_words(tell, telegram, text, expected):
    await tell(Reply(text, labels(1), Image("/pictures/gone.png", ALT)))

    (message,) = telegram.messages(77)
    assert (message.text, message.picture, len(message.buttons)) == (expected, None, 1)


async def test_a_picture_that_telegram_refuses_is_said_in_words(tell, telegram, pictures):
    pictures.content[PICTURE] = b"no picture"

    await tell(Reply("Đừng đưa mã.", labels(1), Image(PICTURE, ALT)))

    (message,) = telegram.messages(77)
    assert message.text == f"Đừng đưa mã.\n\n[Hình: {ALT}]"


async def test_a_picture_that_telegram_forgot_is_uploaded_again(tell, telegram, pictures):
    await tell(Reply("một", image=Image(PICTURE, ALT)))
    telegram.faults.append(Fault("error", 400, "Bad Request: wrong file identifier/HTTP URL specified"))
    await tell(Reply("hai", image=Image(PICTURE, ALT)))
    await tell(Reply("ba", image=Image(PICTURE, ALT)))

    assert [message.picture for message in telegram.messages(77)] == [PNG, None, PNG]
    assert len(pictures.asked) == 2


async def test_a_picture_that_has_to_wait_is_not_uploaded_again(tell, telegram, pictures):
    await tell(Reply("một", image=Image(PICTURE, ALT)))
    telegram.faults.append(Fault("error", 429, "Too Many Requests", {"retry_after": 1}))
    with pytest.raises(SendError, match="throttled"):
        await tell(Reply("hai", image=Image(PICTURE, ALT)))

    await tell(Reply("hai", image=Image(PICTURE, ALT)))

    assert [message.picture for message in telegram.messages(77)] == [PNG, PNG]
    assert pictures.asked == [PICTURE]


async def test_a_poll_that_telegram_refuses_is_asked_with_buttons(tell, telegram):
    telegram.faults.append(Fault("error", 400, "Bad Request: POLL_QUESTION_INVALID", method="sendPoll"))

    (sent,) = await tell(QUESTION)

    (message,) = telegram.messages(77)
    assert sent.poll_id is None
    assert message.text == QUESTION.text
    assert [button.data for button in message.buttons] == ["pick:a", "pick:b", "pick:c", "stop-quiz"]


@pytest.mark.parametrize(
    ("fault", "kind", "code", "wait"),
    [
        pytest.param(
            Fault("error", 429, "Too Many Requests: retry after 35", {"retry_after": 35}), "throttled", "429", 35.0, id="too many"
        ),
        pytest.param(Fault("error", 429, "Too Many Requests"), "throttled", "429", None, id="too many, without a time"),
        pytest.param(Fault("error", 403, "Forbidden: bot was blocked by the user"), "blocked", "403", None, id="blocked"),
        pytest.param(Fault("error", 403, "Forbidden: user is deactivated"), "blocked", "403", None, id="the account is gone"),
        pytest.param(
            Fault("error", 403, "Forbidden: bot can't initiate conversation with a user"), "blocked", "403", None, id="never wrote"
        ),
        pytest.param(Fault("error", 403, "Forbidden: bot was kicked from the supergroup chat"), "blocked", "403", None, id="kicked"),
        pytest.param(Fault("error", 400, "Bad Request: chat not found"), "blocked", "400", None, id="no such chat"),
        pytest.param(Fault("error", 400, "Bad Request: user not found"), "blocked", "400", None, id="no such person"),
        pytest.param(Fault("error", 400, "Bad Request: PEER_ID_INVALID"), "blocked", "400", None, id="no such peer"),
        pytest.param(Fault("error", 400, "Bad Request: INPUT_USER_DEACTIVATED"), "blocked", "400", None, id="account gone, the other way"),
        pytest.param(Fault("error", 400, "Bad Request: message is too long"), "final", "400", None, id="too long"),
        pytest.param(Fault("error", 400, "Bad Request: BUTTON_DATA_INVALID"), "final", "400", None, id="a bad button"),
        pytest.param(Fault("error", 413, "Request Entity Too Large"), "final", "413", None, id="too large"),
        pytest.param(Fault("error", 401, "Unauthorized"), "unauthorised", "401", None, id="the token was withdrawn"),
        pytest.param(Fault("error", 404, "Not Found"), "unauthorised", "404", None, id="no such bot"),
        pytest.param(Fault("error", 409, "Conflict"), "retryable", "409", None, id="conflict"),
        pytest.param(Fault("error", 500), "retryable", "500", None, id="a fault of Telegram"),
        pytest.param(Fault("error", 502, "Bad Gateway"), "retryable", "502", None, id="a gateway"),
        pytest.param(Fault("drop"), "retryable", "network", None, id="the connection breaks before"),
        pytest.param(Fault("drop", is_after_effect=True), "retryable", "network", None, id="the connection breaks after"),
        pytest.param(Fault("nonsense"), "retryable", "200", None, id="no answer of the Bot API"),
    ],
)
async def test_errors(tell, telegram, fault, kind, code, wait):
    telegram.faults.append(fault)

    with pytest.raises(SendError) as raised:
        await tell(Reply("xin chào"))

    assert (raised.value.kind, raised.value.code, raised.value.retry_after_seconds) == (kind, code, wait)
    assert len(telegram.messages(77)) == fault.is_after_effect


async def test_a_group_that_moved_says_where_to(channel, telegram):
    telegram.meet(-5)
    telegram.moved[-5] = -1001987654321

    with pytest.raises(SendError) as raised:
        await channel.send("-5", {"method": "message", "text": "xin chào", "keyboard": []})

    assert (raised.value.kind, raised.value.moved_to, raised.value.is_retryable) == ("moved", "-1001987654321", True)


@pytest.mark.parametrize("address", ["78", "nobody", "", "-1"])
async def test_who_never_wrote_cannot_be_written_to(channel, address):
    with pytest.raises(SendError) as raised:
        await channel.send(address, {"method": "message", "text": "xin chào", "keyboard": []})

    assert (raised.value.kind, raised.value.code) == ("blocked", "400")


async def test_who_blocked_the_bot_hears_nothing_until_the_block_is_lifted(tell, telegram):
    await telegram.block(77)

    with pytest.raises(SendError, match="blocked"):
        await tell(Reply("xin chào"))
    await telegram.block(77, is_blocked=False)
    await tell(Reply("xin chào lại"))

    assert [message.text for message in telegram.messages(77)] == ["xin chào lại"]


async def test_a_picture_that_meets_a_block_is_not_said_in_words(tell, telegram):
    await telegram.block(77)

    with pytest.raises(SendError, match="blocked"):
        await tell(Reply("xin chào", image=Image(PICTURE, ALT)))

    assert telegram.called("sendMessage") == []


async def test_an_answer_that_takes_too_long_is_a_time_out(tell, telegram, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram_api.ANSWER_SECONDS", 0.05)
    telegram.faults.append(Fault("slow", seconds=1))

    with pytest.raises(SendError) as raised:
        await tell(Reply("xin chào"))

    assert (raised.value.kind, raised.value.code) == ("retryable", "timeout")


async def test_a_server_that_is_away_and_back(tell, telegram):
    await telegram.stop()

    with pytest.raises(SendError) as raised:
        await tell(Reply("một"))
    await telegram.start()
    await tell(Reply("hai"))

    assert (raised.value.kind, raised.value.code) == ("retryable", "network")
    assert [message.text for message in telegram.messages(77)] == ["hai"]


async def test_telegrams_pace_is_told(tell, telegram):
    telegram.has_flood_limits, telegram.clock = True, lambda: 1000.0
    await tell(Reply("một"))

    with pytest.raises(SendError) as raised:
        await tell(Reply("hai"))
    telegram.clock = lambda: 1001.0
    await tell(Reply("ba"))

    assert (raised.value.kind, raised.value.retry_after_seconds) == ("throttled", 1.0)
    assert [message.text for message in telegram.messages(77)] == ["một", "ba"]


ALL_FAULTS = [
    *(Fault("error", code, f"refused bot{TOKEN}") for code in (400, 401, 403, 404, 409, 413, 418, 429, 500, 502)),
    Fault("error", 400, "moved", {"migrate_to_chat_id": -100}),
    Fault("error", 429, "slow down", {"retry_after": 5}),
    Fault("drop"), Fault("drop", is_after_effect=True), Fault("nonsense"),
]  # fmt: skip


async def _fail_everywhere(channel, telegram):
    """Let every call fail in every way; return the errors as they may be written down."""
    photo, poll = (channel.compose([reply])[0] for reply in (Reply("lời bí mật", image=Image(PICTURE, ALT)), QUESTION))
    calls = [
        ("sendMessage", lambda: channel.send("77", {"method": "message", "text": "lời bí mật", "keyboard": []})),
        ("sendPhoto", lambda: channel.send("77", photo)),
        ("sendPoll", lambda: channel.send("77", poll)),
        ("answerCallbackQuery", lambda: channel.acknowledge(Inbound("77", "1", receipt="9"))),
        ("getMe", channel.start), ("deleteWebhook", channel.start), ("setMyDescription", channel.start), ("getUpdates", channel.fetch),
    ]  # fmt: skip
    written = []
    for method, call in calls:
        for fault in ALL_FAULTS:
            telegram.faults.append(Fault(**vars(fault) | {"method": method}))
            written += await _as_written(call)
            assert not telegram.faults
        await telegram.stop()
        written += await _as_written(call)
        await telegram.start()
    return written


async def _as_written(call):
    try:
        await call()
    except SendError as error:
        return ["".join(traceback.format_exception(error)), repr(error), str(error), error.message, error.code]
    return []


async def test_no_error_and_no_log_ever_has_the_token_or_what_was_said(telegram, pictures, caplog, capfd):
    for name in ("telegram", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    telegram.poll_seconds_max = 0.01
    channel = open_channel(telegram_api_url=telegram.url, picture=pictures)

    with structlog.testing.capture_logs() as events:
        written = await _fail_everywhere(channel, telegram)
        for body in (b"{", b'{"update_id": 1, "message": []}'):
            _parse_quietly(channel, body)
    await channel.close()

    output = capfd.readouterr()
    everything = "\n".join([*written, caplog.text, repr(events), output.out, output.err])
    assert len(written) > 250
    assert {event["event"] for event in events} >= {"telegram.not_acknowledged", "telegram.said_in_words", "telegram.profile_not_set"}
    assert TOKEN.partition(":")[2] not in everything
    assert "lời bí mật" not in everything
    assert SECRET not in everything


def _parse_quietly(channel, body):
    for headers in (HEADERS, {}):
        with contextlib.suppress(RefusedError):
            channel.parse(Request(headers, body))
