"""How the Telegram channel is set up, polls, is pushed to and acknowledges; against a real little server."""

import asyncio
import socket

import pytest

from actions.dispatch import commands
from bot.channels import telegram_messages
from bot.channels.base import Inbound, RefusedError, Request, SendError, open_channels
from bot.channels.telegram import make
from bot.settings import SettingsError
from tests.bot.channels.telegram_given import SECRET, open_channel, surroundings
from tests.fakes.http_server import Fault
from tests.fakes.telegram_server import USERNAME, FakeTelegram


@pytest.fixture
async def telegram():
    async with FakeTelegram() as server:
        server.poll_seconds_max = 0.05
        yield server


@pytest.fixture
async def started(telegram):
    """The channel, polling, after its start."""
    made = open_channel(telegram_api_url=telegram.url)
    await made.start()
    yield made
    await made.close()


def test_without_a_token_there_is_no_channel():
    assert make(surroundings(telegram_token="")) is None


def test_the_channel_is_found_by_its_file():
    found = open_channels(surroundings())["telegram"]

    assert (found.name, found.account, found.limits.text_max_characters, found.limits.window_hours) == ("telegram", "123456789", 4096, None)


@pytest.mark.parametrize("token", ["no-number:abc", "123456789", "123456789:", ":abc", "12 3:abc", "123:abc/../x", "1234567890123456:a"])
def test_a_token_of_another_shape_is_named_and_not_shown(token):
    with pytest.raises(SettingsError, match="BANSO_TELEGRAM_TOKEN") as raised:
        make(surroundings(telegram_token=token))

    assert token not in str(raised.value)


@pytest.mark.parametrize("secret", ["mật khẩu", "with space", "x" * 257])
def test_a_secret_that_telegram_would_refuse_is_named_and_not_shown(secret):
    with pytest.raises(SettingsError, match="BANSO_TELEGRAM_WEBHOOK_SECRET") as raised:
        make(surroundings(telegram_webhook_secret=secret))

    assert secret not in str(raised.value)


@pytest.mark.parametrize(
    ("mode", "public_url", "is_polling"),
    [
        pytest.param("auto", "", True, id="alone on this machine"),
        pytest.param("auto", "http://banso.xa.vn", True, id="without https"),
        pytest.param("auto", "https://banso.xa.vn", False, id="public"),
        pytest.param("polling", "https://banso.xa.vn", True, id="polling on wish"),
        pytest.param("webhook", "https://banso.xa.vn", False, id="webhook on wish"),
    ],
)
def test_whether_it_polls(mode, public_url, is_polling):
    assert make(surroundings(telegram_mode=mode, public_url=public_url)).is_polling is is_polling


def test_a_webhook_without_a_public_address_says_what_to_do():
    with pytest.raises(SettingsError, match=r"BANSO_TELEGRAM_MODE.*BANSO_PUBLIC_URL.*https.*polling"):
        make(surroundings(telegram_mode="webhook", public_url="http://banso.xa.vn"))


async def test_start_says_what_the_bot_is_and_can_be_told(telegram, started):
    assert set(telegram.commands) == {"", "vi"}
    assert telegram.commands[""] == telegram.commands["vi"] == [{"command": c, "description": d} for c, d in telegram_messages.COMMANDS]
    assert "tự động" in telegram.description
    assert "không phải người thật" in telegram.description
    assert "OTP" in telegram.description
    assert "mật khẩu" in telegram.description
    assert "tự động" in telegram.short_description
    assert len(telegram.called("getMe")) == 1


def test_the_commands_that_are_shown_are_known():
    shown = {f"/{name}" for name, _ in telegram_messages.COMMANDS} - {"/lienket"}

    assert shown - set(commands()) == set()


async def test_start_in_polling_takes_the_webhook_away_and_keeps_what_waits(telegram):
    telegram.webhook["url"] = "https://old.vn/hooks/telegram"
    await telegram.say(77, "xin chào")
    channel = open_channel(telegram_api_url=telegram.url)

    await channel.start()

    assert telegram.webhook["url"] == ""
    assert telegram.called("deleteWebhook")[0].parameters == {"drop_pending_updates": "false"}
    assert [event.text for event in await channel.fetch()] == ["xin chào"]
    await channel.close()


async def test_start_with_a_public_address_sets_the_webhook(telegram):
    channel = open_channel(telegram_api_url=telegram.url, public_url="https://banso.xa.vn/")

    await channel.start()

    assert telegram.called("setWebhook")[0].parameters == {
        "url": "https://banso.xa.vn/hooks/telegram",
        "secret_token": SECRET,
        "allowed_updates": ["message", "callback_query", "poll_answer", "my_chat_member"],
        "max_connections": "40",
    }
    await channel.close()


async def test_a_webhook_that_telegram_refuses_is_told(telegram):
    channel = open_channel(telegram_api_url=telegram.url, public_url="https://banso.xa.vn:9999")

    with pytest.raises(SendError, match="ports 80, 88, 443 or 8443") as raised:
        await channel.start()

    assert raised.value.kind == "final"
    await channel.close()


async def test_a_webhook_is_not_set_without_a_secret(telegram):
    channel = open_channel(telegram_api_url=telegram.url, public_url="https://banso.xa.vn", telegram_webhook_secret="")

    with pytest.raises(SettingsError, match="BANSO_TELEGRAM_WEBHOOK_SECRET"):
        await channel.start()

    assert telegram.called("setWebhook") == []
    await channel.close()


async def test_start_with_a_token_that_is_not_known_says_so(telegram):
    channel = open_channel(telegram_api_url=telegram.url, telegram_token="123456789:another")

    with pytest.raises(SendError) as raised:
        await channel.start()

    assert (raised.value.kind, raised.value.code) == ("unauthorised", "401")
    await channel.close()


async def test_a_profile_that_was_set_too_often_keeps_nobody_from_chatting(telegram):
    telegram.faults.append(Fault("error", 429, "Too Many Requests", {"retry_after": 3600}, method="setMyDescription"))
    channel = open_channel(telegram_api_url=telegram.url)

    await channel.start()

    assert channel.class_link("ABCDEFGH") == f"https://t.me/{USERNAME}?start=lop_ABCDEFGH"
    await channel.close()


def test_a_class_has_no_link_before_the_bots_name_is_known():
    assert open_channel().class_link("ABCDEFGH") is None


async def test_a_classs_link_leads_to_the_class(telegram, started):
    payload = started.class_link("ABCDEFGH").partition("?start=")[2]

    await telegram.say(77, f"/start {payload}")

    assert [event.choice for event in await started.fetch()] == ["ask-join:ABCDEFGH"]


async def test_events_come_again_until_they_are_confirmed(telegram, started):
    await telegram.say(77, "một")
    await telegram.say(78, "hai")

    first = await started.fetch()
    again = await started.fetch()
    started.confirm()
    await telegram.say(77, "ba")
    then = await started.fetch()

    assert [event.text for event in first] == ["một", "hai"]
    assert again == first
    assert [event.text for event in then] == ["ba"]


async def test_after_a_restart_what_was_not_confirmed_comes_again(telegram, started):
    await telegram.say(77, "một")
    await started.fetch()
    restarted = open_channel(telegram_api_url=telegram.url)

    assert [event.text for event in await restarted.fetch()] == ["một"]
    await restarted.close()


async def test_what_cannot_be_read_holds_up_nothing(telegram, started):
    await telegram.post({"message": {"message_id": "?"}})
    await telegram.say(77, "một")

    events = await started.fetch()
    started.confirm()

    assert [event.text for event in events] == ["một"]
    assert list(await started.fetch()) == []


async def test_what_is_of_no_use_is_not_fetched_again(telegram, started):
    await telegram.send(77, pinned_message={"message_id": 1, "date": 0, "chat": {"id": 77, "type": "private"}})

    assert list(await started.fetch()) == []
    await started.fetch()

    first, second = telegram.called("getUpdates")
    assert int(second.parameters["offset"]) > int(first.parameters["offset"])


async def test_polling_asks_for_a_long_answer_and_only_for_what_is_of_use(telegram, started):
    await started.fetch()

    (call,) = telegram.called("getUpdates")
    assert call.parameters == {
        "offset": "0",
        "timeout": "25",
        "allowed_updates": ["message", "callback_query", "poll_answer", "my_chat_member"],
    }


async def test_a_poll_is_answered_as_soon_as_somebody_writes(telegram, started):
    telegram.poll_seconds_max = 50
    waiting = asyncio.create_task(started.fetch())
    await asyncio.sleep(0.05)

    await telegram.say(77, "một")

    assert [event.text for event in await waiting] == ["một"]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        pytest.param(Fault("error", 409, "Conflict: terminated by other getUpdates request"), "retryable", "409", id="another polls"),
        pytest.param(Fault("error", 502, "Bad Gateway"), "retryable", "502", id="Telegram is down"),
        pytest.param(Fault("error", 401, "Unauthorized"), "unauthorised", "401", id="the token was withdrawn"),
        pytest.param(Fault("error", 429, "Too Many Requests", {"retry_after": 7}), "throttled", "429", id="too often"),
        pytest.param(Fault("drop"), "retryable", "network", id="the connection breaks"),
        pytest.param(Fault("nonsense"), "retryable", "200", id="no answer of the Bot API"),
    ],
)
async def test_polling_that_fails_loses_nothing(telegram, started, fault, kind, code):
    await telegram.say(77, "một")
    telegram.faults.append(Fault(**vars(fault) | {"method": "getUpdates"}))

    with pytest.raises(SendError) as raised:
        await started.fetch()

    assert (raised.value.kind, raised.value.code) == (kind, code)
    assert [event.text for event in await started.fetch()] == ["một"]


async def test_polling_while_a_webhook_is_set_is_a_conflict(telegram, started):
    telegram.webhook["url"] = "https://other.vn/hooks/telegram"

    with pytest.raises(SendError) as raised:
        await started.fetch()

    assert (raised.value.kind, raised.value.code, raised.value.is_retryable) == ("retryable", "409", True)


async def test_a_tap_is_acknowledged(telegram, started):
    telegram.meet(77)
    await started.send("77", {"method": "message", "text": "Chọn", "keyboard": [[{"text": "1. Menu", "callback_data": "menu"}]]})
    await telegram.tap(77, telegram.messages(77)[0].message_id, "menu")
    (event,) = await started.fetch()

    await started.acknowledge(event)

    assert (event.address, event.choice) == ("77", "menu")
    assert telegram.answered == {event.receipt}


async def test_what_is_no_tap_is_not_acknowledged(telegram, started):
    await started.acknowledge(Inbound("77", "1", "xin chào"))

    assert telegram.called("answerCallbackQuery") == []


@pytest.mark.parametrize("fault", [None, Fault("error", 500), Fault("drop"), Fault("error", 429, "Too Many Requests", {"retry_after": 1})])
async def test_an_acknowledgement_that_fails_is_let_go(telegram, started, fault):
    if fault is not None:
        telegram.faults.append(fault)

    await started.acknowledge(Inbound("77", "1", choice="menu", receipt="too-old"))

    assert len(telegram.called("answerCallbackQuery")) == 1
    assert telegram.answered == set()


async def test_a_person_who_blocks_the_bot_and_comes_back_is_noticed(telegram, started):
    await telegram.block(77)
    await telegram.block(77, is_blocked=False)

    assert [(event.kind, event.address) for event in await started.fetch()] == [("blocked", "77"), ("unblocked", "77")]


@pytest.mark.parametrize(
    ("sends", "attachment"),
    [
        ("send_photo", "photo"), ("send_voice", "voice"), ("send_video", "video"), ("send_sticker", "sticker"),
        ("send_document", "file"), ("send_contact", "contact"), ("send_location", "location"),
    ],
)  # fmt: skip
async def test_what_people_send_comes_through(telegram, started, sends, attachment):
    await getattr(telegram, sends)(77)

    assert [(event.attachment, event.text) for event in await started.fetch()] == [(attachment, "")]


class Receiver:
    """A webhook on this machine that the channel parses for; it answers with `answers`, then 200."""

    def __init__(self, channel):
        self.channel, self.answers, self.events = channel, [], []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, family=socket.AF_INET)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            try:
                self.events += self.channel.parse(Request(headers, body))
            except RefusedError as refused:
                status = refused.status
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver(telegram):
    """The channel behind a webhook that is set; updates come to it over HTTP."""
    channel = open_channel(telegram_api_url=telegram.url, public_url="https://banso.xa.vn")
    async with Receiver(channel) as made:
        telegram.webhook_base = made.url
        await channel.start()
        yield made
        await channel.close()


async def test_updates_come_by_webhook_with_the_secret(telegram, receiver):
    await telegram.say(77, "một")
    await telegram.send_photo(78, "ảnh này")
    await telegram.delivered()

    assert sorted((event.address, event.text) for event in receiver.events) == [("77", "một"), ("78", "ảnh này")]
    assert telegram.statuses == [200, 200]


async def test_a_webhook_that_fails_gets_the_update_again_before_the_persons_next(telegram, receiver):
    receiver.answers = [500, 503]

    await telegram.say(77, "một")
    await telegram.say(77, "hai")
    await telegram.delivered()

    assert [event.text for event in receiver.events] == ["một", "hai"]
    assert telegram.statuses == [500, 503, 200, 200]


async def test_somebody_elses_secret_is_refused_at_the_webhook(telegram, receiver):
    telegram.webhook["secret_token"] = "guessed"

    await telegram.say(77, "một")
    await telegram.delivered()

    assert receiver.events == []
    assert set(telegram.statuses) == {403}
    assert len(telegram.undelivered) == 1
