"""Things other than text: each gets a kind reply and a way on; words beside them are answered."""

import shutil

import pytest

from actions.attachment import KINDS
from actions.curriculum.model import Curriculum
from actions.learners.repository import OpenConversation
from bot.channels.base import Attachment
from bot.turn import Message
from tests.bot.delivery.given import handled, make_replica, message
from tests.conftest import _migrated
from tests.fakes.line_channel import LineChannel, LineVendor

QUESTION = "công an gọi điện bảo tôi liên quan vụ án"


@pytest.fixture
async def line_service(tmp_path, nlu, curriculum, normaliser):
    """A service with a channel that carries more than text."""
    path = tmp_path / "attachment.sqlite3"
    shutil.copyfile(_migrated(), path)
    made = make_replica(f"sqlite:///{path}", nlu, curriculum, normaliser, [LineChannel(LineVendor())])
    yield made
    await made.close()


@pytest.fixture
def get(line_service):
    """Let something come in; return the response."""

    async def receive(attachment, text=""):
        return await handled(line_service, message("hoa", text, attachment=attachment))

    return receive


def words(response):
    return "\n".join(reply["text"] for reply in response["replies"])


def labels(response):
    return [choice["label"] for reply in response["replies"] for choice in reply["choices"]]


def test_everything_that_a_channel_may_bring_has_a_reply(curriculum: Curriculum):
    assert {*KINDS, ""} == set(Attachment.__args__)
    assert {f"got_{kind}" for kind in KINDS} <= set(curriculum.messages)


@pytest.mark.parametrize(
    ("kind", "said", "is_suspicious"),
    [
        pytest.param("photo", "chưa xem được ảnh", True, id="photo"),
        pytest.param("voice", "chưa nghe được tin nhắn thoại", False, id="voice"),
        pytest.param("sticker", "chỉ đọc được chữ", False, id="sticker"),
        pytest.param("video", "chưa xem được video", True, id="video"),
        pytest.param("file", ".apk", True, id="file"),
        pytest.param("contact", "không cần số điện thoại nào và không lưu lại", False, id="contact"),
        pytest.param("location", "không cần biết bạn đang ở đâu và không lưu lại", False, id="location"),
        pytest.param("link", "không mở đường link nào", True, id="link"),
    ],
)
async def test_what_cannot_be_read_gets_a_kind_reply_and_a_way_on(get, nlu, kind, said, is_suspicious):
    response = await get(kind)

    assert said in words(response)
    assert response["outcome"] == "menu"
    assert labels(response)[0] == "Tôi vừa bị lừa, mất tiền"
    assert labels(response)[-1] == "Danh mục"
    assert ("Tin nhắn, đường link lạ" in labels(response)) is is_suspicious
    assert nlu.texts == []


async def test_what_the_channel_cannot_carry_gets_the_way_to_a_person(get):
    response = await get("unsupported")

    assert "không phải lỗi của bạn" in words(response)
    assert "Muốn gặp người thật" in words(response)
    assert "156" in words(response)
    assert "111" in words(response)
    assert labels(response)[0] == "Tôi vừa bị lừa, mất tiền"


async def test_in_a_group_the_bot_asks_to_talk_in_private_and_shows_nothing(get):
    response = await get("group")

    assert "nhắn riêng" in words(response)
    assert labels(response) == []


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        pytest.param("photo", "Tôi chưa xem được ảnh, nên chỉ trả lời theo phần chữ.", id="photo"),
        pytest.param("video", "Tôi chưa xem được video, nên chỉ trả lời theo phần chữ.", id="video"),
        pytest.param("file", "Tôi không mở tệp, nên chỉ trả lời theo phần chữ.", id="file"),
    ],
)
async def test_a_caption_is_answered_and_the_rest_owned_up_to(get, nlu, kind, note):
    response = await get(kind, QUESTION)

    assert (response["outcome"], response["answer"]) == ("answered", "cong-an-goi-dien")
    assert response["replies"][0]["text"].strip() == note
    assert len(response["replies"]) > 1
    assert nlu.texts == [QUESTION]


async def test_words_beside_what_needs_no_note_are_answered_as_such(get):
    assert words(await get("link", QUESTION)) == words(await get("", QUESTION))


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\n"])
async def test_a_caption_without_a_word_is_none(get, text):
    assert "chưa xem được ảnh" in words(await get("photo", text))


async def test_panic_in_a_caption_is_panic(get, nlu):
    response = await get("photo", "tôi vừa bị lừa")

    assert response["outcome"] == "emergency"
    assert nlu.texts == []


async def test_a_secret_in_a_caption_is_warned_of(get, nlu):
    response = await get("photo", "mã otp của tôi là 482913")

    assert "OTP" in words(response)
    assert "482913" not in words(response) + str(nlu.texts)


async def test_a_picture_in_the_middle_of_a_lesson_leaves_the_lesson_open(line_service, get):
    await handled(line_service, message("hoa", choice="step:ma-otp:3"))

    await get("photo")
    response = await handled(line_service, message("hoa", "dừng"))

    assert response["outcome"] == "lesson"


@pytest.mark.parametrize("kind", ["", "gone", "photo:x", "PHOTO"])
async def test_a_made_up_kind_is_no_error(talk, kind):
    await talk.tap(f"got:{kind}")

    assert talk.last["outcome"] == "menu"
    assert talk.last["replies"]


async def test_a_learner_is_addressed_as_they_like(line_service, get):
    await handled(line_service, message("hoa", choice="learn"))
    agree = next(c for c in (await peek(line_service)).choices if c.label.startswith("Đồng ý"))
    await handled(line_service, message("hoa", choice=agree.value))
    await handled(line_service, message("hoa", choice="address:bac:paths"))

    assert "Bác gõ chữ giúp tôi" in words(await get("voice"))


async def peek(service):
    return await service.repository.peek(service.repository.keys.sender_key("line", "hoa"))


async def test_the_message_itself_may_carry_it_too(service):
    meaning = await service.turns.read(Message("", attachment="photo"), OpenConversation())

    assert (meaning.kind, meaning.value) == ("choice", "got:photo")
