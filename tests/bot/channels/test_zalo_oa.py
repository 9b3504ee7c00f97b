"""What the Zalo OA channel hears: how it is set up, signed events, forged ones, and the vendor's retries."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import Inbound, RefusedError, Request, SendError, Surroundings
from bot.channels.zalo_oa import make
from bot.settings import Settings, SettingsError
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.zalo_oa_server import FakeZaloOA

APP, OA, KEY, APP_SECRET = "1234567890", "4012345678901234567", "OA_SECRET_FOR_TESTS", "APP_SECRET_FOR_TESTS"
USER, TIME = "8765432109876543210", "1700000000000"
GIVEN = {"zalo_oa_id": OA, "zalo_oa_app_id": APP, "zalo_oa_app_secret": APP_SECRET, "zalo_oa_secret_key": KEY}


async def no_picture(_path):
    return None


def surroundings(**changes) -> Surroundings:
    return Surroundings(Settings(**GIVEN | changes), picture=no_picture, vault=lambda _name, _account: MemoryVault())


@pytest.fixture
async def channel():
    made = make(surroundings())
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


def mac(body: bytes, first=APP, timestamp=TIME, key=KEY) -> str:
    return hashlib.sha256(first.encode() + body + timestamp.encode() + key.encode()).hexdigest()


def body_of(document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def signed(document, **headers) -> Request:
    body = document if isinstance(document, bytes) else body_of(document)
    given = {"content-type": "application/json", "x-zevent-signature": f"mac={mac(body)}"}
    return Request(given | {name.replace("_", "-"): value for name, value in headers.items()}, body)


def event(name, **parts):
    return {"app_id": APP, "event_name": name, "timestamp": TIME} | parts


def said(kind="text", who="user", *, sender=USER, **message):
    return event(f"{who}_send_{kind}", sender={"id": sender}, recipient={"id": OA}, user_id_by_app="77", message={"msg_id": "M1"} | message)


def file(kind, **payload):
    return [{"type": kind, "payload": payload or {"url": "https://photo.zdn.vn/x"}}]


FOLLOWER = {"oa_id": OA, "follower": {"id": USER}, "user_id_by_app": "77", "source": "oa_profile"}
CARD = file("link", description='{"phone":"0912345678"}', url="https://zalo.me/0912345678")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(said(text="công an gọi điện"), {"text": "công an gọi điện"}, id="text"),
        pytest.param(said(text="2"), {"text": "2"}, id="a number is text; the service has the menu"),
        pytest.param(said(text="/menu"), {"text": "/menu"}, id="a command is text"),
        pytest.param(said(text=""), {"text": ""}, id="text without any"),
        pytest.param(said(text="đ\u01b0\u0300ng 🙏"), {"text": "đ\u01b0\u0300ng 🙏"}, id="combining letters and emoji, as they came"),
        pytest.param(said(text="trả lời", quote_msg_id="M0"), {"text": "trả lời"}, id="a reply to a message"),
        pytest.param(said(text="#bs:lesson:ma-otp"), {"choice": "lesson:ma-otp"}, id="a tapped button"),
        pytest.param(said(text="#bs:" + "x" * 64), {"choice": "x" * 64}, id="a tapped button with the longest value"),
        pytest.param(said(text="#bs:" + "x" * 65), {"text": "#bs:" + "x" * 65}, id="more than a value can be is text"),
        pytest.param(said(text="#bs:ấ"), {"text": "#bs:ấ"}, id="what is not ASCII is text"),
        pytest.param(said(text="#bs:"), {"text": "#bs:"}, id="the mark alone is text"),
        pytest.param(said(text="#luadao"), {"text": "#luadao"}, id="somebody's own hashtag"),
        pytest.param(said("image", attachments=file("image")), {"attachment": "photo"}, id="image"),
        pytest.param(
            said("image", text="lừa à?", attachments=file("image")), {"attachment": "photo", "text": "lừa à?"}, id="image, caption"
        ),
        pytest.param(
            said("image", text="#bs:erase", attachments=file("image")), {"attachment": "photo", "text": "#bs:erase"}, id="no button"
        ),
        pytest.param(said("gif", attachments=file("gif")), {"attachment": "photo"}, id="gif"),
        pytest.param(said("audio", attachments=file("audio")), {"attachment": "voice"}, id="audio"),
        pytest.param(said("video", text="xem", attachments=file("video")), {"attachment": "video", "text": "xem"}, id="video"),
        pytest.param(said("sticker", attachments=file("sticker", id="1")), {"attachment": "sticker"}, id="sticker"),
        pytest.param(said("location", attachments=file("location")), {"attachment": "location"}, id="location"),
        pytest.param(said("location", location={"latitude": "21"}), {"attachment": "location"}, id="location beside the attachments"),
        pytest.param(said("business_card", text="chị Tư", attachments=CARD), {"attachment": "contact"}, id="a contact is not read"),
        pytest.param(said("file", attachments=file("file", name="a.pdf")), {"attachment": "file"}, id="file"),
        pytest.param(
            said("link", text="https://a.vn là gì", attachments=file("link")),
            {"attachment": "link", "text": "https://a.vn là gì"},
            id="link",
        ),
        pytest.param(
            said("link", attachments=file("link", url="https://a.vn")), {"attachment": "link", "text": "https://a.vn"}, id="a link alone"
        ),
        pytest.param(said("link", attachments="odd"), {"attachment": "link"}, id="a link without its address"),
        pytest.param(said(text="a\ud800b"), {"text": "a\ufffdb"}, id="half a character is replaced"),
        pytest.param(said(text=["a"]), {"text": ""}, id="a text that is none"),
        pytest.param(said(text="a", sender=int(USER)), {"text": "a"}, id="an id as a number beyond 2^53 stays whole"),
        pytest.param(said(text="a") | {"recipient": {"id": int(OA)}}, {"text": "a"}, id="our own id as a number"),
        pytest.param(said(text="a") | {"app_id": int(APP), "timestamp": int(TIME)}, {"text": "a"}, id="app and time as numbers"),
        pytest.param(said(text="a") | {"new": [1]}, {"text": "a"}, id="fields to come"),
        pytest.param(
            said(who="anonymous", text="xin chào", conversation_id="C1"),
            {"address": f"anon:{USER}:C1", "text": "xin chào"},
            id="anonymous text",
        ),
        pytest.param(
            said("image", "anonymous", conversation_id="C1"), {"address": f"anon:{USER}:C1", "attachment": "photo"}, id="anonymous image"
        ),
    ],
)
def test_messages_are_heard(channel, document, expected):
    events = channel.parse(signed(document))

    assert list(events) == [Inbound(**{"address": USER, "event_id": "M1"} | expected)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(event("follow", **FOLLOWER), {"choice": "welcome"}, id="follow"),
        pytest.param(event("unfollow", **FOLLOWER), {"kind": "blocked"}, id="unfollow"),
        pytest.param(event("user_click_chatnow", oa_id=OA, user_id=USER), {"choice": "welcome"}, id="chat now"),
        pytest.param(event("user_withdraw", user_id=USER, user_id_by_app="77"), {"kind": "withdrawn"}, id="withdraw"),
        pytest.param(event("user_send_text", sender={"id": USER}, message={"text": "a"}), {"text": "a"}, id="a message without its id"),
        pytest.param(said(text="a", msg_id="m" * 121), {"text": "a"}, id="a message with an id too long"),
    ],
)
def test_events_without_an_id_are_known_again(channel, document, expected):
    (first,) = channel.parse(signed(document))
    (again,) = channel.parse(signed(document, num_retry="3"))
    later = document | {"timestamp": "1700000000001"}
    (other,) = channel.parse(signed(later, x_zevent_signature=mac(body_of(later), timestamp="1700000000001")))

    assert first == again == Inbound(USER, first.event_id, **expected)
    assert first.event_id != other.event_id
    assert len(first.event_id) == 64


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            event("user_submit_info", sender={"id": USER}, recipient={"id": OA}, info={"phone": "84912345678"}), id="personal data"
        ),
        pytest.param(event("oa_send_text", sender={"id": OA}, recipient={"id": USER}, message={"msg_id": "M", "text": "a"}), id="our echo"),
        pytest.param(
            event("oa_send_text", sender={"id": OA, "admin_id": "9"}, recipient={"id": USER}, message={"msg_id": "M"}), id="a human's echo"
        ),
        pytest.param(event("user_seen_message", sender={"id": USER}, message={"msg_ids": ["M1"]}), id="seen"),
        pytest.param(event("user_received_message", sender={"id": USER}, message={"msg_id": "M1"}), id="received"),
        pytest.param(event("user_reacted_message", sender={"id": USER}, message={"msg_id": "M1", "react_icon": "/-heart"}), id="reacted"),
        pytest.param(event("user_send_hologram", sender={"id": USER}, message={"msg_id": "M1"}), id="a kind to come"),
        pytest.param(event("nothing_known"), id="an unknown event"),
        pytest.param(event(None), id="no event name"),
        pytest.param(event(["follow"]), id="an event name that is none"),
        pytest.param({"app_id": APP, "timestamp": TIME}, id="nothing at all"),
        pytest.param(event("user_send_text", message={"text": "a"}), id="nobody's message"),
        pytest.param(said(text="a", sender=""), id="an empty sender"),
        pytest.param(said(text="a", sender="a b"), id="a sender with a space"),
        pytest.param(said(text="a", sender="anon:1:2"), id="a sender who plays another"),
        pytest.param(said(text="a", sender="9" * 65), id="a sender too long"),
        pytest.param(said(text="a", sender=True), id="a sender who is true"),
        pytest.param(event("user_send_text", sender=USER, message="a"), id="strings for objects"),
        pytest.param(said(who="anonymous", text="a"), id="anonymous, no conversation"),
        pytest.param(said(who="anonymous", text="a", conversation_id="a:b"), id="anonymous, a conversation with a colon"),
        pytest.param(event("follow", oa_id=OA), id="nobody follows"),
        pytest.param(said(text="a") | {"recipient": {"id": "999"}}, id="a message to another account of the app"),
        pytest.param(event("follow", **FOLLOWER | {"oa_id": "999"}), id="a follower of another account"),
    ],
)
def test_other_signed_events_are_taken_and_ignored(channel, document, logged):
    assert list(channel.parse(signed(document))) == []
    assert USER not in repr(logged)
    assert "84912345678" not in repr(logged)


def test_template_events_are_ignored(channel):
    assert list(channel.parse(signed(said(text="a"), x_zevent_server="ZNS"))) == []
    assert len(channel.parse(signed(said(text="a"), x_zevent_server="OA"))) == 1


def test_an_event_of_another_account_is_told_to_the_operator(channel, logged):
    channel.parse(signed(said(text="a") | {"recipient": {"id": "999"}}))

    assert [entry["event"] for entry in logged] == ["zalo_oa.event_of_another_account"]


GOOD = body_of(said(text="xin chào"))


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(f"mac={mac(GOOD)}", id="as documented"),
        pytest.param(mac(GOOD), id="without its prefix"),
        pytest.param(f"mac={mac(GOOD).upper()}", id="upper case"),
        pytest.param(f"MAC={mac(GOOD).upper()}", id="all upper case"),
        pytest.param(f" mac= {mac(GOOD)} ", id="spaces"),
    ],
)
def test_signatures_are_read_in_all_their_spellings(channel, shown):
    assert len(channel.parse(signed(GOOD, x_zevent_signature=shown))) == 1


def test_the_signature_of_the_written_down_example_is_right(logged):
    body = (
        '{"app_id":"1234567890","sender":{"id":"u1"},"recipient":{"id":"oa1"},"event_name":"user_send_text",'
        '"message":{"text":"Xin chào","msg_id":"m1"},"timestamp":"1700000000000"}'
    ).encode()
    signature = "mac=db7281a52303dc1e70ff22a4ed98941ea3be92a41a414c646067c10a6a257a17"
    around = surroundings()
    account = around.settings.model_copy(update={"zalo_oa_id": "oa1"})
    channel = make(Surroundings(account, around.picture, around.vault))

    events = channel.parse(Request({"content-type": "application/json", "x-zevent-signature": signature}, body))

    assert list(events) == [Inbound("u1", "m1", "Xin chào")]


def hmac_of(body):
    return hmac.new(KEY.encode(), body, "sha256").hexdigest()


DEEP = b'{"app_id":' + b"[" * 60000


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(Request({"content-type": "application/json"}, GOOD), 403, id="no signature"),
        pytest.param(signed(GOOD, x_zevent_signature=""), 403, id="an empty signature"),
        pytest.param(signed(GOOD, x_zevent_signature="mac="), 403, id="a prefix alone"),
        pytest.param(signed(GOOD, x_zevent_signature="mac=" + "0" * 64), 403, id="a wrong signature"),
        pytest.param(signed(GOOD, x_zevent_signature="mac=" + mac(GOOD)[:-1]), 403, id="a signature cut short"),
        pytest.param(signed(GOOD, x_zevent_signature="mac=ấ\udcff"), 403, id="a signature of odd characters"),
        pytest.param(signed(GOOD, x_zevent_signature=mac(GOOD, key="")), 403, id="signed without a key"),
        pytest.param(signed(GOOD, x_zevent_signature=mac(GOOD, key=APP_SECRET)), 403, id="signed with the app secret"),
        pytest.param(signed(GOOD, x_zevent_signature=hmac_of(GOOD)), 403, id="an HMAC"),
        pytest.param(signed(GOOD, x_zevent_signature=mac(GOOD, first=OA)), 403, id="signed by the account's id"),
        pytest.param(signed(GOOD, x_zevent_signature=mac(GOOD, timestamp="1700000000001")), 403, id="signed for another time"),
        pytest.param(signed(GOOD + b" ", x_zevent_signature=mac(GOOD)), 403, id="one byte more"),
        pytest.param(signed(json.dumps(json.loads(GOOD)).encode(), x_zevent_signature=mac(GOOD)), 403, id="written anew"),
        pytest.param(signed(GOOD.replace(USER.encode(), b"1"), x_zevent_signature=mac(GOOD)), 403, id="another sender"),
        pytest.param(signed(said(text="a") | {"app_id": "999"}), 403, id="another app's event"),
        pytest.param(signed({k: v for k, v in said(text="a").items() if k != "app_id"}), 403, id="no app"),
        pytest.param(Request({"content-type": "application/json"}, GOOD[:-20]), 403, id="truncated and unsigned"),
        pytest.param(signed(GOOD[:-20], x_zevent_signature=mac(GOOD)), 400, id="truncated"),
        pytest.param(signed(b""), 400, id="empty"),
        pytest.param(signed(b"[]"), 400, id="a list"),
        pytest.param(signed(b"1"), 400, id="a number"),
        pytest.param(signed(b"null"), 400, id="null"),
        pytest.param(signed(b"\xff\xfe\x00\x01"), 400, id="binary"),
        pytest.param(signed(DEEP), 400, id="deep"),
        pytest.param(signed(b'{"timestamp":' + b"9" * 5000 + b"}"), 400, id="a number of 5,000 digits"),
        pytest.param(signed({"app_id": APP, "event_name": "follow"}), 400, id="no timestamp"),
        pytest.param(signed(said(text="a") | {"timestamp": 1.7e12}), 400, id="a timestamp that is no whole number"),
        pytest.param(signed(said(text="a") | {"timestamp": "\ud800"}), 400, id="a timestamp of half a character"),
        pytest.param(signed(GOOD, content_type="text/plain"), 415, id="plain text"),
        pytest.param(signed(GOOD, content_type="application/x-www-form-urlencoded"), 415, id="a form"),
        pytest.param(Request({"x-zevent-signature": mac(GOOD)}, GOOD), 415, id="no content type"),
    ],
)
def test_forged_and_malformed_requests_are_refused(channel, request_, status):
    with pytest.raises(RefusedError) as refused:
        channel.parse(request_)

    assert refused.value.status == status
    assert KEY not in str(refused.value)


def test_a_signature_by_the_accounts_id_is_refused_and_told_to_the_operator(channel, logged):
    with pytest.raises(RefusedError):
        channel.parse(signed(GOOD, x_zevent_signature=mac(GOOD, first=OA)))

    assert [entry["event"] for entry in logged] == ["zalo_oa.signature_by_oa_id"]


def test_an_old_event_is_no_forgery(channel):
    import time_machine

    with time_machine.travel("2030-01-01", tick=False):
        assert len(channel.parse(signed(GOOD, num_retry="5"))) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([USER, OA, "C1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "msg_id", "url", "payload"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["user_send_text", "user_send_link", "anonymous_send_text", "follow", "unfollow", "user_withdraw", "oa_send_text"])
HOSTILE = st.fixed_dictionaries(
    {"app_id": st.just(APP), "timestamp": st.just(TIME), "event_name": NAMES | JSON},
    optional=dict.fromkeys(("sender", "recipient", "message", "follower", "oa_id", "user_id"), JSON),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_no_signed_shape_does_harm(channel, document):
    for inbound in channel.parse(signed(json.dumps(document).encode())):
        assert inbound.address
        assert inbound.event_id
        assert len(inbound.event_id) <= 120
        inbound.text.encode()


# Set-up.


def test_without_an_account_there_is_no_channel():
    assert make(surroundings(zalo_oa_id="")) is None


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        pytest.param(("app_id",), ["BANSO_ZALO_OA_APP_ID"], id="app id"),
        pytest.param(("app_secret",), ["BANSO_ZALO_OA_APP_SECRET"], id="app secret"),
        pytest.param(("secret_key",), ["BANSO_ZALO_OA_SECRET_KEY"], id="secret key"),
        pytest.param(
            ("app_id", "app_secret", "secret_key"),
            ["BANSO_ZALO_OA_APP_ID", "BANSO_ZALO_OA_APP_SECRET", "BANSO_ZALO_OA_SECRET_KEY"],
            id="all at once",
        ),
    ],
)
def test_missing_settings_are_named(missing, named):
    with pytest.raises(SettingsError) as error:
        make(surroundings(**{f"zalo_oa_{name}": "" for name in missing}))

    assert [name for name in named if name not in str(error.value)] == []
    assert KEY not in str(error.value)
    assert APP_SECRET not in str(error.value)


async def test_the_channel_says_what_it_can_carry(channel):
    limits = channel.limits

    assert (channel.name, channel.account) == ("zalo_oa", OA)
    assert (limits.text_max_characters, limits.buttons_max, limits.button_label_max_characters) == (2000, 5, 100)
    assert (limits.window_hours, limits.reminder_hours, limits.free_replies) == (168, 48, 8)
    assert channel.class_link("ABCDEF") is None
    assert channel.is_polling is False
    channel.confirm()
    await channel.acknowledge(Inbound(USER, "M1"))
    with pytest.raises(SendError):
        await channel.fetch()


# The vendor's own deliveries.


class Receiver:
    """A webhook's other end: hands every request to the channel, then answers with the statuses it was told."""

    def __init__(self, channel, statuses):
        self.channel, self.statuses, self.heard, self.headers, self.url = channel, list(statuses), [], [], ""

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.decode().split("\r\n")[1:] if line)}
                self.headers.append(headers)
                self.heard += self.channel.parse(Request(headers, await reader.readexactly(int(headers["content-length"]))))
                status = self.statuses.pop(0) if self.statuses else 200
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiving(statuses=()) -> AsyncIterator[tuple[FakeZaloOA, Receiver]]:
    async with FakeZaloOA() as fake:
        channel = make(surroundings(**fake.values()))
        receiver = Receiver(channel, statuses)
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        fake.webhook_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/zalo-oa"
        fake.retry_scale = 1e-5
        yield fake, receiver
        await fake.__aexit__()
        server.close()
        await channel.close()


async def eventually(is_so):
    async with asyncio.timeout(10):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.005)


async def test_what_citizens_do_reaches_the_channel():
    async with receiving() as (fake, receiver):
        await fake.follow("1")
        await fake.click_chatnow("1")
        await fake.say("1", "xin chào")
        await fake.tap("1", "#bs:menu")
        await fake.send_image("1", "ảnh này?")
        await fake.send_audio("1")
        await fake.send_sticker("1")
        await fake.send_location("1")
        for kind in ("gif", "video", "business_card", "file", "link"):
            await fake.send("1", kind)
        await fake.submit_info("1", name="Mơ", phone="84912345678")
        await fake.anonymous("A7", "C7", "tôi hỏi")
        await fake.unfollow("1")
        await fake.withdraw("1")

    said_by = [(e.address, e.kind, e.choice or e.attachment or e.text) for e in receiver.heard]
    assert said_by == [
        ("1", "message", "welcome"),
        ("1", "message", "welcome"),
        ("1", "message", "xin chào"),
        ("1", "message", "menu"),
        *(("1", "message", kind) for kind in ("photo", "voice", "sticker", "location", "photo", "video", "contact", "file", "link")),
        ("anon:A7:C7", "message", "tôi hỏi"),
        ("1", "blocked", ""),
        ("1", "withdrawn", ""),
    ]
    assert len({e.event_id for e in receiver.heard}) == len(receiver.heard)
    assert {d.status for d in fake.deliveries} == {200}


async def test_a_retry_carries_the_same_event():
    async with receiving([500, 503]) as (fake, receiver):
        await fake.say("1", "xin chào")
        await eventually(lambda: len(receiver.heard) == 3)

    assert receiver.heard[0] == receiver.heard[1] == receiver.heard[2]
    assert [headers.get("num_retry") for headers in receiver.headers] == [None, "1", "2"]
    assert not fake.is_unsubscribed


async def test_who_refuses_five_retries_gets_no_more_events():
    async with receiving([500] * 6) as (fake, receiver):
        await fake.say("1", "xin chào")
        await eventually(lambda: fake.is_unsubscribed)
        await fake.say("1", "còn đó không")

    assert len(receiver.heard) == 6
    assert [d.num_retry for d in fake.deliveries] == [0, 1, 2, 3, 4, 5]
