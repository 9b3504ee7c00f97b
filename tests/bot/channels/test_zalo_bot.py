"""What the Zalo Bot channel hears: webhooks, polling, and how it is set up."""

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Inbound, RefusedError, Request, SendError, Surroundings
from bot.channels.zalo_bot import make
from bot.settings import Settings, SettingsError
from tests.fakes.http_server import Fault
from tests.fakes.zalo_bot_server import TOKEN, FakeZaloBot

SECRET = "s3cret-of-the-webhook"
CHAT, MESSAGE = "6ede1f0a5b2c3d4e5f60", "2d758cb5e222177a4e35"
HEADERS = {"content-type": "application/json", "x-bot-api-secret-token": SECRET}


def surroundings(*, derived="", **changes) -> Surroundings:
    given = {"zalo_bot_token": TOKEN, "zalo_bot_webhook_secret": SECRET} | changes
    return Surroundings(Settings(**given), picture=None, vault=None, secret=lambda use: derived and f"{derived}-{use}")


@pytest.fixture
def channel():
    return make(surroundings())


def event(kind="text", *, chat=None, sender=None, **content):
    message = {
        "from": {"id": CHAT, "display_name": "Mơ", "is_bot": False} | (sender or {}),
        "chat": {"id": CHAT, "chat_type": "PRIVATE"} | (chat or {}),
        "message_id": MESSAGE,
        "date": 1750316131602,
    }
    return {"event_name": f"message.{kind}.received", "message": message | content}


def wrapped(document):
    return {"ok": True, "result": document}


def without(document, *path):
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed


def heard(channel, document, **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(channel.parse(Request(HEADERS | {k.replace("_", "-"): v for k, v in headers.items()}, body)))


TEXT = event(text="công an gọi điện")
LONG_ID = "9" * 100


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(wrapped(TEXT), {"text": "công an gọi điện"}, id="text, wrapped as on the vendor's pages"),
        pytest.param(TEXT, {"text": "công an gọi điện"}, id="text, bare as seen live"),
        pytest.param(TEXT | {"new": [1]}, {"text": "công an gọi điện"}, id="text with fields to come"),
        pytest.param(event(text=" \u0111u\u031b\u0300ng "), {"text": " \u0111u\u031b\u0300ng "}, id="text with combining letters, as it came"),
        pytest.param(event(text="/menu"), {"text": "/menu"}, id="a command is text"),
        pytest.param(event(text="2"), {"text": "2"}, id="a number is text; the service has the menu"),
        pytest.param(event(text="🙏"), {"text": "🙏"}, id="an emoji"),
        pytest.param(event(text="a\ud800b"), {"text": "a\ufffdb"}, id="half a character is replaced"),
        pytest.param(event("image", photo="https://x.vn/1.jpg"), {"attachment": "photo"}, id="image, the field of the vendor's pages"),
        pytest.param(
            event("image", photo_url="https://x.vn/1.jpg", caption="lừa đảo à?", message_type="CHAT_PHOTO"),
            {"attachment": "photo", "text": "lừa đảo à?"},
            id="image with a caption, the field seen live",
        ),
        pytest.param(event("image", caption=""), {"attachment": "photo"}, id="image with an empty caption"),
        pytest.param(event("voice", voice_url="https://x.vn/1.aac", message_type="CHAT_VOICE"), {"attachment": "voice"}, id="voice"),
        pytest.param(event("sticker", sticker="0e07", url="https://x.vn/s.png"), {"attachment": "sticker"}, id="sticker"),
        pytest.param(event("unsupported"), {"attachment": "unsupported"}, id="content hidden from bots"),
        pytest.param(event("unsupported", text="hidden?"), {"attachment": "unsupported"}, id="hidden content is not read"),
        pytest.param(wrapped(event("unsupported")), {"attachment": "unsupported"}, id="content hidden from bots, wrapped"),
        pytest.param(event(text="@Bot", chat={"id": "g1", "chat_type": "GROUP"}), {"address": "g1", "attachment": "group"}, id="group"),
        pytest.param(
            event("voice", chat={"id": "g1", "chat_type": "group"}), {"address": "g1", "attachment": "group"}, id="voice in a group"
        ),
        pytest.param(event(text="a", chat={"chat_type": "private"}), {"text": "a"}, id="a private chat in small letters"),
        pytest.param(event(text="a", chat={"chat_type": None}), {"text": "a"}, id="a chat of no named kind is private"),
        pytest.param(without(event(text="a"), "message", "from"), {"text": "a"}, id="no sender named"),
        pytest.param(event(text="a", chat={"id": 12345}), {"text": "a", "address": "12345"}, id="an id that is a number"),
    ],
)  # fmt: skip
def test_what_people_send_is_heard(channel, document, expected):
    address = expected.get("address", CHAT)

    assert heard(channel, document) == [Inbound(**{"address": address, "event_id": f"{address}:{MESSAGE}"} | expected)]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(event(text="a", sender={"is_bot": True}), id="a bot's message"),
        pytest.param(event("reaction", text="a"), id="an event to come"),
        pytest.param({"event_name": "message.link.received"}, id="an unknown event without a message"),
        pytest.param({"event_name": "bot.added"}, id="an event of another family"),
        pytest.param(event(text="  \n "), id="a text of nothing"),
        pytest.param(event(), id="a text event without a text"),
    ],
)
def test_what_is_of_no_use_is_no_error(channel, document):
    assert heard(channel, document) == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(TEXT, {"x_bot_api_secret_token": "s3cret-of-the-webhooK"}, 403, id="forged: another secret"),
        pytest.param(TEXT, {"x_bot_api_secret_token": ""}, 403, id="forged: no secret"),
        pytest.param(TEXT, {"x_bot_api_secret_token": SECRET + " "}, 403, id="forged: the secret and more"),
        pytest.param(TEXT, {"x_bot_api_secret_token": "bí mật"}, 403, id="forged: letters that no secret has"),
        pytest.param(TEXT, {"x_bot_api_secret_token": "\ud800"}, 403, id="forged: half a character"),
        pytest.param(b"{", {"x_bot_api_secret_token": "x"}, 403, id="forged and malformed: it learns nothing"),
        pytest.param(TEXT, {"content_type": "text/plain"}, 415, id="plain text"),
        pytest.param(TEXT, {"content_type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param(TEXT, {"content_type": ""}, 415, id="no content type"),
        pytest.param(b"", {}, 400, id="empty"),
        pytest.param(json.dumps(TEXT).encode()[:-20], {}, 400, id="truncated"),
        pytest.param(b"\xff\xfe\x00", {}, 400, id="binary"),
        pytest.param(b"[" * 100_000, {}, 400, id="deep JSON"),
        pytest.param(b"1" * 10_000, {}, 400, id="a huge number"),
        pytest.param([TEXT], {}, 400, id="a list"),
        pytest.param(None, {}, 400, id="null"),
        pytest.param({"ok": False, "error_code": 401}, {}, 400, id="an error instead of an event"),
        pytest.param({"ok": True, "result": [TEXT]}, {}, 400, id="a list inside"),
        pytest.param(TEXT | {"event_name": 5}, {}, 400, id="the event's name a number"),
        pytest.param(TEXT | {"message": "a"}, {}, 400, id="the message a text"),
        pytest.param(without(TEXT, "message"), {}, 400, id="no message"),
        pytest.param(without(TEXT, "message", "chat"), {}, 400, id="no chat"),
        pytest.param(without(TEXT, "message", "message_id"), {}, 400, id="no message id"),
        pytest.param(event(text=["a"]), {}, 400, id="the text a list"),
        pytest.param(event("image", caption={"a": 1}), {}, 400, id="the caption an object"),
        pytest.param(event(text="a", chat={"id": "a b"}), {}, 400, id="a chat id with a space"),
        pytest.param(event(text="a", chat={"id": "\ud800"}), {}, 400, id="a chat id of half a character"),
        pytest.param(event(text="a", chat={"id": True}), {}, 400, id="a chat id that is true"),
        pytest.param(event(text="a", chat={"id": "x" * 201}), {}, 400, id="a chat id that is too long"),
        pytest.param(event(text="a", chat={"id": ""}), {}, 400, id="an empty chat id"),
    ],
)
def test_what_is_forged_or_malformed_is_refused(channel, body, headers, status):
    with pytest.raises(RefusedError) as raised:
        heard(channel, body, **headers)

    assert raised.value.status == status


def test_the_content_type_may_name_its_letters(channel):
    assert len(heard(channel, TEXT, content_type="Application/JSON; charset=UTF-8")) == 1


def test_the_same_message_has_the_same_id_each_time_and_another_has_another(channel):
    first, again, other = heard(channel, TEXT), heard(channel, wrapped(TEXT)), heard(channel, event(text="a", message_id="m2"))

    assert first == again
    assert first[0].event_id != other[0].event_id


def test_an_event_id_is_never_too_long(channel):
    ids = {heard(channel, event(text="a", chat={"id": LONG_ID}, message_id=LONG_ID + end))[0].event_id for end in "ab"}

    assert len(ids) == 2
    assert all(len(event_id) <= 120 for event_id in ids)


@pytest.mark.parametrize("hostile", [None, 0, -1, 1.5, True, "", "\ud800", [], [[]], {}, {"id": {}}, "x" * 5000], ids=repr)
def test_hostile_values_in_any_place_are_heard_or_refused(channel, hostile):
    def places(document, path=()):
        for key, value in document.items():
            yield (*path, key)
            if isinstance(value, dict):
                yield from places(value, (*path, key))

    for base in (wrapped(TEXT), wrapped(event("image", photo="https://x.vn/1.jpg", caption="c"))):
        for path in places(base):
            document = copy.deepcopy(base)
            place = document
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = hostile
            with contextlib.suppress(RefusedError):
                assert all(e.event_id and len(e.event_id) <= 120 and e.address for e in heard(channel, document))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from([*TEXT, *TEXT["message"]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TEXT, *TEXT["message"], "ok", "result", "id"]), inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, database=None)
@given(document=JSON, name=st.sampled_from([TEXT["event_name"], "message.image.received", "x"]))
def test_any_json_is_heard_or_refused(document, name):
    if isinstance(document, dict):
        document["event_name"] = name

    with contextlib.suppress(RefusedError):
        heard(ZALO, document)


ZALO = make(surroundings())


def test_without_a_token_there_is_no_channel():
    assert make(surroundings(zalo_bot_token="")) is None


def test_the_account_is_the_number_in_the_token():
    channel = make(surroundings(zalo_bot_token=f" {TOKEN}\n"))

    assert (channel.name, channel.account) == ("zalo_bot", "123456789")
    assert (channel.limits.text_max_characters, channel.limits.buttons_max, channel.limits.window_hours) == (2000, 0, None)


@pytest.mark.parametrize("token", ["hunter2", "123:", ":abc", "abc:123", "123:ab cd", "123:ab/cd", "123:ab?cd", "١٢٣:abc"])
def test_a_token_of_another_shape_is_named_and_not_shown(token):
    with pytest.raises(SettingsError, match="BANSO_ZALO_BOT_TOKEN") as raised:
        make(surroundings(zalo_bot_token=token))

    assert token not in str(raised.value)


@pytest.mark.parametrize("secret", ["short", "x" * 257, "has a space", "bí-mật-của-tôi"])
def test_a_webhook_secret_that_cannot_be_used_is_named_and_not_shown(secret):
    with pytest.raises(SettingsError, match="BANSO_ZALO_BOT_WEBHOOK_SECRET") as raised:
        make(surroundings(zalo_bot_webhook_secret=secret))

    assert secret not in str(raised.value)


def test_without_a_given_secret_one_derived_from_the_services_key_is_asked_for():
    channel = make(surroundings(zalo_bot_webhook_secret="", derived="derived"))

    assert len(heard(channel, TEXT, x_bot_api_secret_token="derived-zalo-bot-webhook")) == 1
    with pytest.raises(RefusedError):
        heard(channel, TEXT)


@pytest.mark.parametrize("shown", ["", SECRET])
def test_without_any_secret_everything_is_refused(shown):
    channel = make(surroundings(zalo_bot_webhook_secret=""))

    with pytest.raises(RefusedError) as raised:
        heard(channel, TEXT, x_bot_api_secret_token=shown)
    assert raised.value.status == 403


@pytest.mark.parametrize(
    ("mode", "public_url", "is_polling"),
    [
        pytest.param("auto", "https://banso.example.vn", False, id="auto, with a public address"),
        pytest.param("auto", "http://banso.example.vn", True, id="auto, without https"),
        pytest.param("auto", "", True, id="auto, on one's own machine"),
        pytest.param("polling", "https://banso.example.vn", True, id="polling, though public"),
        pytest.param("webhook", "https://banso.example.vn", False, id="webhook"),
    ],
)
def test_events_are_pushed_where_the_vendor_can_reach_us_and_fetched_elsewhere(mode, public_url, is_polling):
    assert make(surroundings(zalo_bot_mode=mode, public_url=public_url)).is_polling is is_polling


def test_a_webhook_needs_a_public_address():
    with pytest.raises(SettingsError, match="BANSO_PUBLIC_URL"):
        make(surroundings(zalo_bot_mode="webhook", public_url="http://banso.example.vn"))


# With the vendor's fake.


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot(retry_seconds=0.01) as fake:
        yield fake


@pytest.fixture
async def polling(zalo):
    channel = make(surroundings(zalo_bot_api_url=zalo.url))
    yield channel
    await channel.close()


async def test_start_tells_the_vendor_our_webhook_and_secret(zalo):
    channel = make(surroundings(zalo_bot_api_url=zalo.url, public_url="https://banso.example.vn/"))

    await channel.start()
    await channel.close()

    assert [(c.method, c.parameters) for c in zalo.calls] == [
        ("setWebhook", {"url": "https://banso.example.vn/hooks/zalo-bot", "secret_token": SECRET})
    ]


async def test_start_takes_an_old_webhook_away_before_polling(zalo, polling):
    await call(zalo, "setWebhook", url="https://old.example.vn", secret_token=SECRET)
    await polling.start()
    await zalo.say(CHAT, "xin chào")

    assert [event.text for event in await polling.fetch()] == ["xin chào"]


async def test_start_minds_a_dead_token_but_not_a_webhook_that_was_not_there(zalo, polling):
    zalo.faults.extend([Fault("error", 404, method="deleteWebhook"), Fault("error", 401, method="deleteWebhook")])

    await polling.start()
    with pytest.raises(SendError) as raised:
        await polling.start()

    assert raised.value.kind == "unauthorised"


async def test_each_fetch_brings_one_event_in_order(zalo, polling):
    await zalo.say(CHAT, "một")
    await zalo.send_voice(CHAT)
    await zalo.send_image(CHAT, "hai")
    await zalo.send_sticker(CHAT)
    await zalo.send_unsupported(CHAT)
    await zalo.say_in_group("g1", CHAT, "@Bot chào")

    fetched = []
    for _ in range(6):
        fetched.append(await polling.fetch())
        polling.confirm()

    assert [len(events) for events in fetched] == [1] * 6
    assert [(e.text, e.attachment) for (e,) in fetched] == [
        ("một", ""), ("", "voice"), ("hai", "photo"), ("", "sticker"), ("", "unsupported"), ("", "group"),
    ]  # fmt: skip


async def test_an_event_comes_again_until_it_is_durable(zalo, polling):
    await zalo.say(CHAT, "một")
    await zalo.say(CHAT, "hai")

    first, again = await polling.fetch(), await polling.fetch()
    polling.confirm()
    second = await polling.fetch()

    assert first == again
    assert [event.text for event in (*first, *second)] == ["một", "hai"]


async def test_nothing_new_is_no_event(zalo, polling, monkeypatch):
    monkeypatch.setattr("bot.channels.zalo_bot.POLL_SECONDS", 0.01)

    assert await polling.fetch() == []
    assert zalo.calls[-1].code == 408


@pytest.mark.parametrize("result", [None, {}, []], ids=repr)
async def test_an_empty_answer_is_no_event(zalo, polling, result):
    await zalo.post(result)

    assert await polling.fetch() == []


async def test_an_event_that_cannot_be_read_is_skipped_and_the_next_is_heard(zalo, polling):
    await zalo.post({"event_name": "message.text.received", "message": "?"})
    await zalo.say(CHAT, "sau đó")

    assert await polling.fetch() == []
    assert (await polling.fetch())[0].text == "sau đó"


async def test_polling_beside_a_webhook_is_an_error_that_may_pass(zalo, polling):
    await call(zalo, "setWebhook", url="https://other.example.vn", secret_token=SECRET)

    with pytest.raises(SendError) as raised:
        await polling.fetch()

    assert (raised.value.kind, raised.value.code) == ("retryable", "400")


async def test_a_wrong_token_cannot_poll(zalo):
    channel = make(surroundings(zalo_bot_api_url=zalo.url, zalo_bot_token="123456789:other"))

    with pytest.raises(SendError) as raised:
        await channel.fetch()
    await channel.close()

    assert raised.value.kind == "unauthorised"


async def test_a_poll_that_was_given_up_takes_no_event_with_it(zalo, polling):
    given_up = asyncio.create_task(polling.fetch())
    await asyncio.sleep(0.05)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await asyncio.sleep(0.05)
    await zalo.say(CHAT, "còn đó")

    assert [event.text for event in await polling.fetch()] == ["còn đó"]


@pytest.mark.parametrize("is_wrapped", [True, False], ids=["wrapped", "bare"])
@pytest.mark.parametrize("photo_field", ["photo", "photo_url"])
async def test_webhooks_of_the_vendor_are_heard(zalo, polling, is_wrapped, photo_field):
    zalo.is_wrapped, zalo.photo_field = is_wrapped, photo_field
    async with listening(polling) as (url, got):
        await call(zalo, "setWebhook", url=url, secret_token=SECRET)

        await zalo.say(CHAT, "xin chào")
        await zalo.send_image(CHAT, "ảnh này")

    assert [(e.text, e.attachment) for e in got] == [("xin chào", ""), ("ảnh này", "photo")]
    assert zalo.statuses == [200, 200]


async def test_a_webhook_that_failed_comes_again_as_the_same_event(zalo, polling):
    async with listening(polling, [503, 503, 200]) as (url, got):
        await call(zalo, "setWebhook", url=url, secret_token=SECRET)

        await zalo.say(CHAT, "xin chào")

    assert zalo.statuses == [503, 503, 200]
    assert len(got) == 3
    assert len({e.event_id for e in got}) == 1


async def test_a_webhook_with_another_secret_is_refused_over_and_over(zalo, polling):
    async with listening(polling) as (url, got):
        await call(zalo, "setWebhook", url=url, secret_token="not-our-secret")

        await zalo.say(CHAT, "xin chào")

    assert zalo.statuses == [403] * 4
    assert got == []


async def call(zalo, method, **parameters):
    async with httpx.AsyncClient() as client:
        return (await client.post(f"{zalo.url}/bot{zalo.token}/{method}", json=parameters)).raise_for_status().json()


@contextlib.asynccontextmanager
async def listening(channel, statuses=()):
    """Serve a webhook that gives what it gets to the channel; answer 200, or each status once."""
    got, left = [], list(statuses)

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        try:
            got.extend(channel.parse(Request(headers, body)))
            status = left.pop(0) if left else 200
        except RefusedError as error:
            status = error.status
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/zalo-bot", got
