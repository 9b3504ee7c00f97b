"""What the Telegram channel makes of updates: read, ignored, refused; the payloads are as Telegram sends them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Inbound, RefusedError, Request
from bot.channels.telegram_parsing import Me, UnreadableUpdateError, read_update
from tests.bot.channels.telegram_given import HEADERS, PAYLOADS, SECRET, open_channel, payload
from tests.fakes.telegram_server import USERNAME

PERSON, GROUP, SUPERGROUP = "5012345678", "-498765432", "-1001987654321"
ME = Me(123456789, USERNAME)


def read(name, me=ME):
    """What a payload means, without the id of its update, which is checked once below."""
    return [{k: v for k, v in vars(event).items() if v and k != "event_id"} for event in read_update(payload(name), me)]


@pytest.fixture(scope="module")
def channel():
    return open_channel()


def said(text="", **more):
    return {"address": PERSON, "kind": "message"} | ({"text": text} if text else {}) | more


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("text", said("công an gọi điện bảo tôi chuyển tiền 😟"), id="text"),
        pytest.param("text_forwarded", said("Tài khoản của bạn bị khoá, bấm https://vi-du.example"), id="a forwarded text is what it says"),
        pytest.param("text_reply_to_our_poll", said("2"), id="a reply to our poll"),
        pytest.param("start", said(choice="welcome"), id="start"),
        pytest.param("start_class", said(choice="ask-join:ABCDEFGH"), id="a class's link"),
        pytest.param("start_lesson", said(choice="lesson:ma-otp"), id="a lesson's link"),
        pytest.param("start_unknown_payload", said(choice="welcome"), id="a link that somebody made up"),
        pytest.param("command", said("/hoc"), id="command"),
        pytest.param("command_to_us", said("/hoc"), id="command with our name in any case"),
        pytest.param("photo", said(attachment="photo"), id="photo"),
        pytest.param("photo_with_caption", said("cái này có phải lừa đảo không", attachment="photo"), id="photo with caption"),
        pytest.param("live_photo", said(attachment="photo"), id="moving photo"),
        pytest.param("video_with_caption", said("xem giúp tôi", attachment="video"), id="video with caption"),
        pytest.param("voice", said(attachment="voice"), id="voice"),
        pytest.param("audio", said(attachment="voice"), id="audio"),
        pytest.param("video_note", said(attachment="voice"), id="round video"),
        pytest.param("sticker", said(attachment="sticker"), id="sticker"),
        pytest.param("animation", said(attachment="sticker"), id="animation, a document too"),
        pytest.param("document_with_caption", said("tờ đơn này", attachment="file"), id="document with caption"),
        pytest.param("contact", said(attachment="contact"), id="contact, without its number"),
        pytest.param("location", said(attachment="location"), id="location, without where"),
        pytest.param("venue", said(attachment="location"), id="venue"),
        pytest.param("dice", said(attachment="unsupported"), id="dice"),
        pytest.param("tap", said(choice="answer:cong-an-goi-dien", receipt="2152894521700000001"), id="tap"),
        pytest.param("tap_old_message", said(choice="menu", receipt="2152894521700000001"), id="tap on a message too old to be shown"),
        pytest.param(
            "tap_inline_message", said(choice="menu", receipt="2152894521700000001"), id="tap on a message of nowhere: to the person"
        ),
        pytest.param("vote", said(choice="poll:5420000000000000001:2"), id="vote"),
        pytest.param("blocked", {"address": PERSON, "kind": "blocked"}, id="blocked"),
        pytest.param("unblocked", {"address": PERSON, "kind": "unblocked"}, id="unblocked"),
    ],
)
def test_understands(name, expected):
    assert read(name) == [expected]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        pytest.param("group_command", GROUP, id="command"),
        pytest.param("group_mention", SUPERGROUP, id="mention"),
        pytest.param("group_mention_in_caption", SUPERGROUP, id="mention below a picture"),
        pytest.param("group_reply_to_us", SUPERGROUP, id="reply to us"),
    ],
)
def test_in_a_group_who_is_addressed_says_nothing_but_that(name, group):
    assert read(name) == [{"address": group, "kind": "message", "attachment": "group"}]


def test_a_tap_in_a_group_chooses_nothing():
    assert read("tap_in_group") == [{"address": SUPERGROUP, "kind": "message", "attachment": "group", "receipt": "2152894521700000001"}]


@pytest.mark.parametrize(
    "name",
    [
        "command_to_another", "pinned", "from_a_bot", "tap_without_data", "tap_data_too_long", "tap_data_not_ours", "vote_taken_back",
        "vote_of_several", "vote_of_a_channel", "kicked_from_group", "group_command_to_another", "group_mention_of_longer_name",
        "group_reply_to_another", "group_chatter", "group_new_member", "group_moved", "group_moved_here", "edited", "channel_post",
        "reaction", "later_kind", "business_message",
    ],
)  # fmt: skip
def test_ignores(name):
    assert read(name) == []


def test_every_payload_is_in_a_table():
    rows = (test_understands, test_in_a_group_who_is_addressed_says_nothing_but_that, test_ignores)
    listed = {p.values[0] if hasattr(p, "values") else p for row in rows for p in row.pytestmark[0].args[1]}

    assert {path.stem for path in PAYLOADS.glob("*.json")} - listed == {"tap_in_group", "photo_of_album"}


def test_an_event_has_the_id_of_its_update():
    assert read_update(payload("text"), ME)[0].event_id == str(payload("text")["update_id"])


def test_pictures_sent_together_are_one_event_unless_something_is_written_below_them():
    first, second = payload("photo_of_album"), payload("photo_of_album")
    second["update_id"] += 1
    second["message"]["caption"] = "xem giúp tôi"

    assert read_update(first, ME)[0].event_id == "album:13925838402341907"
    assert read_update(second, ME)[0].event_id == str(second["update_id"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("command_to_us", [said("/hoc")], id="in private a command is for us"),
        pytest.param("group_command_to_another", [], id="in a group it may be for another"),
        pytest.param("group_mention", [], id="a mention may be of another"),
        pytest.param(
            "group_reply_to_us", [{"address": SUPERGROUP, "kind": "message", "attachment": "group"}], id="a reply tells by the id"
        ),
    ],
)
def test_before_the_own_name_is_known(name, expected):
    assert read(name, Me(ME.id)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/START lop_ABC", {"choice": "ask-join:ABC"}, id="upper case"),
        pytest.param("/start@ban_so_thu_bot bai_ma-otp", {"choice": "lesson:ma-otp"}, id="with our name"),
        pytest.param("/start lop_" + "A" * 33, {"choice": "welcome"}, id="a code that is too long"),
        pytest.param("/start bai_" + "a" * 33, {"choice": "welcome"}, id="a lesson that is too long"),
        pytest.param("/start lop_ABC xin chào", {"choice": "welcome"}, id="more than a payload"),
        pytest.param("/starting", {"text": "/starting"}, id="another command"),
        pytest.param("/họctập", {"text": "/họctập"}, id="no command of Telegram's"),
        pytest.param("/ma@ban_so_thu_bot ABCDEFGH", {"text": "/ma ABCDEFGH"}, id="what follows a command stays"),
        pytest.param("đi /hoc", {"text": "đi /hoc"}, id="a command in the middle"),
        pytest.param("a\ud800b", {"text": "a?b"}, id="half a character"),
        pytest.param("ấ" * 5000, {"text": "ấ" * 4096}, id="longer than can be"),
    ],
)
def test_reads_what_is_typed(text, expected):
    update = payload("text")
    update["message"]["text"] = text

    (event,) = read_update(update, ME)

    assert {k: v for k, v in vars(event).items() if k in ("text", "choice") and v} == expected


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param({"x-telegram-bot-api-secret-token": ""}, None, 403, id="no secret"),
        pytest.param({"x-telegram-bot-api-secret-token": SECRET + "x"}, None, 403, id="wrong secret"),
        pytest.param({"x-telegram-bot-api-secret-token": "mật khẩu"}, None, 403, id="a secret that is not ASCII"),
        pytest.param({"x-telegram-bot-api-secret-token": "\udce1"}, None, 403, id="a secret that is no text"),
        pytest.param({"content-type": "text/plain"}, None, 415, id="plain text"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, None, 415, id="a form"),
        pytest.param({"content-type": ""}, None, 415, id="no content type"),
        pytest.param({"content-type": "application/json; charset=utf-8"}, b"{", 400, id="truncated after a bracket"),
        pytest.param({}, (PAYLOADS / "text.json").read_bytes()[:200], 400, id="truncated in the middle"),
        pytest.param({}, b"", 400, id="empty"),
        pytest.param({}, b"\xff\xfe{", 400, id="no UTF-8"),
        pytest.param({}, b"[" * 100_000, 400, id="too deep"),
        pytest.param({}, b"[]", 400, id="a list"),
        pytest.param({}, b'"text"', 400, id="a text"),
        pytest.param({}, b"null", 400, id="nothing"),
        pytest.param({}, b'{"message": {}}', 400, id="no id"),
        pytest.param({}, b'{"update_id": "731000001"}', 400, id="an id that is a text"),
        pytest.param({}, b'{"update_id": true}', 400, id="an id that is a truth"),
        pytest.param({}, b'{"update_id": -1}', 400, id="an id below zero"),
        pytest.param({}, b'{"update_id": 1' + b"0" * 200 + b"}", 400, id="an id without an end"),
    ],
)
def test_refuses(channel, headers, body, status):
    with pytest.raises(RefusedError) as refused:
        channel.parse(Request(HEADERS | headers, (PAYLOADS / "text.json").read_bytes() if body is None else body))

    assert refused.value.status == status
    assert SECRET not in str(refused.value)


def test_takes_what_telegram_sends(channel):
    events = channel.parse(Request(HEADERS | {"content-type": "application/json; charset=utf-8"}, (PAYLOADS / "text.json").read_bytes()))

    assert [event.address for event in events] == [PERSON]


def test_the_same_request_again_gives_the_same_event(channel):
    request = Request(HEADERS, (PAYLOADS / "tap.json").read_bytes())

    assert channel.parse(request) == channel.parse(request)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"message": []}, id="a list for a message"),
        pytest.param({"message": "x"}, id="a text for a message"),
        pytest.param({"message": {}}, id="an empty message"),
        pytest.param({"message": {"message_id": 1, "date": 1e30, "chat": {"id": 1, "type": "private"}}}, id="a date after all days"),
        pytest.param({"message": {"message_id": 1, "date": 1, "chat": 5}}, id="a number for a chat"),
        pytest.param({"callback_query": {"id": 1}}, id="half a tap"),
        pytest.param({"poll_answer": {"poll_id": [], "option_ids": 3, "option_persistent_ids": []}}, id="a vote of another shape"),
        pytest.param({"my_chat_member": {"chat": None}}, id="a membership of nothing"),
    ],
)
def test_an_update_of_a_shape_to_come_is_taken_and_forgotten(channel, broken):
    assert list(channel.parse(Request(HEADERS, json.dumps({"update_id": 1} | broken).encode()))) == []


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        pytest.param("text", ("message", "from", "id"), {}, id="an object for a person, unused"),
        pytest.param("text", ("message", "chat", "id"), "5012345678", id="a text for a chat"),
        pytest.param("text", ("message", "chat", "id"), True, id="a truth for a chat"),
        pytest.param("text", ("message", "chat", "id"), 2**60, id="a chat beyond all ids"),
        pytest.param("text", ("message", "chat", "id"), 0, id="chat nought"),
        pytest.param("text", ("message", "chat", "type"), ["private"], id="a list for a type"),
        pytest.param("text", ("message", "chat", "type"), "secret", id="a type to come"),
        pytest.param("text", ("message", "from", "is_bot"), 0, id="who may be a bot"),
        pytest.param("text", ("message", "text"), {"a": 1}, id="an object for a text"),
        pytest.param("tap", ("callback_query", "id"), 7, id="a number for a receipt"),
        pytest.param("tap", ("callback_query", "data"), 7, id="a number for a choice"),
        pytest.param("tap", ("callback_query", "data"), "", id="an empty choice"),
        pytest.param("tap", ("callback_query", "data"), "a\x00b", id="a choice with control characters"),
        pytest.param("vote", ("poll_answer", "poll_id"), "1:2", id="a poll's id with a colon"),
        pytest.param("vote", ("poll_answer", "option_ids"), ["0"], id="a text for an option"),
        pytest.param("vote", ("poll_answer", "option_ids"), [-1], id="an option below nought"),
        pytest.param("blocked", ("my_chat_member", "new_chat_member", "status"), {}, id="an object for a status"),
    ],
)
def test_values_of_another_type_never_come_through(channel, name, place, value):
    document = payload(name)
    at = document
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value

    events = list(channel.parse(Request(HEADERS, json.dumps(document).encode())))

    if place == ("message", "from", "id"):
        assert [event.address for event in events] == [PERSON]
    else:
        assert events == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CHANNEL = open_channel()
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=300, deadline=None)
def test_any_part_may_be_anything(name, data):
    document = payload(name)
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    place[key] = data.draw(JSON)

    try:
        events = read_update(document, ME)
    except UnreadableUpdateError:
        events = []

    for event in events:
        assert isinstance(event, Inbound)
        assert isinstance(event.text, str)
        assert event.text.encode().decode() == event.text
        assert int(event.address)
        assert len(event.event_id) <= 120
        assert event.choice is None or (event.choice.isascii() and 1 <= len(event.choice) <= 64)


@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query", "poll_answer", "my_chat_member", "self"]), JSON))
@settings(max_examples=200, deadline=None)
def test_any_json_gives_nothing_or_is_refused(document):
    try:
        outcome = list(CHANNEL.parse(Request(HEADERS, json.dumps(document).encode())))
    except RefusedError as refused:
        outcome = refused.status

    assert outcome in ([], 400)


def test_the_secret_may_be_the_services_own():
    channel = open_channel(telegram_webhook_secret="", derived="own")
    body = (PAYLOADS / "text.json").read_bytes()

    assert channel.parse(Request(HEADERS | {"x-telegram-bot-api-secret-token": "own-telegram-webhook"}, body))
    with pytest.raises(RefusedError):
        channel.parse(Request(HEADERS, body))


@pytest.mark.parametrize("header", [{}, {"x-telegram-bot-api-secret-token": ""}, {"x-telegram-bot-api-secret-token": SECRET}])
def test_without_any_secret_everything_is_refused(header):
    channel = open_channel(telegram_webhook_secret="")

    with pytest.raises(RefusedError) as refused:
        channel.parse(Request({"content-type": "application/json"} | header, (PAYLOADS / "text.json").read_bytes()))

    assert refused.value.status == 403
