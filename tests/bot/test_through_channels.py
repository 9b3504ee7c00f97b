"""The whole line with the real adapters over real HTTP: Telegram polls, Zalo OA pushes, Zalo Bot polls, the web asks."""

import asyncio
import contextlib
import re
import shutil
import socket

import pytest
import structlog
import uvicorn

from actions.learners.tables import Attempt, Identity, InboundEvent, LearnerRow, OutboundMessage
from bot.app import build_app, build_service
from bot.publishing import publish_content
from bot.settings import Settings
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.zalo_bot_server import FakeZaloBot
from tests.fakes.zalo_oa_server import FakeZaloOA
from tests.stored import all_rows, rows
from tests.talk import Talk

QUESTION = "công an gọi điện bảo tôi liên quan vụ án"
SECONDS = 15


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        yield


@pytest.fixture
async def vendors():
    async with FakeTelegram() as telegram, FakeZaloOA() as zalo_oa, FakeZaloBot() as zalo_bot:
        yield telegram, zalo_oa, zalo_bot


@pytest.fixture(scope="session")
def published_folder(tmp_path_factory):
    """A data folder with its key and the published content, made once."""
    folder = tmp_path_factory.mktemp("data")
    asyncio.run(publish_content(Settings(data_dir=folder)))
    return folder


@pytest.fixture
async def service(tmp_path, nlu, vendors, published_folder):
    """The service as `banso run` builds it, served on a port of its own."""
    shutil.copytree(published_folder, tmp_path, dirs_exist_ok=True)
    telegram, zalo_oa, zalo_bot = vendors
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(
        data_dir=tmp_path, port=port, telegram_token=telegram.token, telegram_api_url=telegram.url,
        zalo_bot_token=zalo_bot.token, zalo_bot_api_url=zalo_bot.url,
        **{name.removeprefix("BANSO_").lower(): value for name, value in zalo_oa.environment().items()},
    )  # fmt: skip
    made = await build_service(settings, nlu.url)
    server = _Server(uvicorn.Config(build_app(made, settings), host="127.0.0.1", port=port, log_config=None))
    with structlog.testing.capture_logs():
        serving = asyncio.create_task(server.serve())
        zalo_oa.webhook_url = f"http://127.0.0.1:{port}/hooks/zalo-oa"
        while not server.started:  # noqa: ASYNC110 - Uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield made
        server.should_exit = True
        await serving


async def until(is_so):
    async with asyncio.timeout(SECONDS):
        while not is_so():  # noqa: ASYNC110 - the vendors' servers have no event for it
            await asyncio.sleep(0.01)


class OnTelegram:
    """A person on Telegram, who waits for the answer to what they do."""

    def __init__(self, fake, chat=77):
        self.fake, self.chat = fake, chat

    async def _answered(self, doing, least=1):
        before = len(self.fake.messages(self.chat))
        await doing
        await until(lambda: len(self.fake.messages(self.chat)) >= before + least)
        await asyncio.sleep(0.05)
        return self.fake.messages(self.chat)[before:]

    async def say(self, text, least=1):
        return await self._answered(self.fake.say(self.chat, text), least)

    async def tap(self, data, least=1):
        last = self.fake.messages(self.chat)[-1]
        return await self._answered(self.fake.tap(self.chat, last.message_id, data), least)

    async def late_tap(self, data, least=1):
        """Tap a button of a message that is no longer looked at."""
        person = {"id": self.chat, "is_bot": False, "first_name": "A"}
        message = {"message_id": 1, "date": 1, "chat": {"id": self.chat, "type": "private"}, "text": "x"}
        query = {"id": f"late-{data}", "from": person, "chat_instance": "1", "data": data, "message": message}
        return await self._answered(self.fake.post({"callback_query": query}), least)

    async def vote(self, poll_id, option, least=1):
        return await self._answered(self.fake.vote(self.chat, poll_id, option), least)


def data_of(messages, label):
    return next(button.data for m in messages for row in m.rows for button in row if label in button.text)


async def test_a_question_is_answered_on_every_channel(service, vendors, nlu):
    telegram, zalo_oa, zalo_bot = vendors
    await telegram.say(77, QUESTION)
    await zalo_oa.say("u1", QUESTION)
    await zalo_bot.say("z1", QUESTION)

    await until(lambda: telegram.messages(77) and zalo_oa.messages("u1") and zalo_bot.messages("z1"))

    said = [telegram.messages(77)[0].text, zalo_oa.messages("u1")[0].text, zalo_bot.messages("z1")[0]["text"]]
    assert all("Công an" in text and "5656" in text for text in said)
    assert len(nlu.texts) == 3
    assert all(row["sealed_event"] is None and row["state"] == "done" for row in await rows(service, InboundEvent))


async def test_a_menu_takes_a_button_its_number_and_its_words_on_every_channel(service, vendors):
    telegram, zalo_oa, zalo_bot = vendors
    person = OnTelegram(telegram)
    (menu,) = await person.say("/menu")
    by_tap = await person.tap(data_of([menu], "An toàn trên mạng"))
    await person.say("/menu")
    by_number = await person.say("4")
    await person.say("/menu")
    by_words = await person.say("an toan tren mang")
    for fake, who in ((zalo_oa, "u1"), (zalo_bot, "z1")):
        await fake.say(who, "/menu")
        await until(lambda fake=fake, who=who: fake.messages(who))
        await fake.say(who, "4")
        await until(lambda fake=fake, who=who: len(fake.messages(who)) == 2)

    assert by_tap[0].text == by_number[0].text == by_words[0].text
    assert by_tap[0].text.startswith("An toàn trên mạng")
    assert zalo_oa.messages("u1")[1].text.startswith("An toàn trên mạng")
    assert zalo_bot.messages("z1")[1]["text"].startswith("An toàn trên mạng")


async def test_a_quiz_is_a_native_poll_whose_answer_counts_once(service, vendors):
    telegram, _, _ = vendors
    person = OnTelegram(telegram)
    asked = await person.say("/start")
    asked = await person.tap("learn")
    await person.tap(data_of(asked, "Đồng ý"))
    asked = await person.late_tap("quiz:ma-otp", least=2)
    poll = asked[-1].poll

    answered = await person.vote(poll["id"], 1, least=2)
    await person.say("/menu")

    (attempt,) = await rows(service, Attempt)
    assert (attempt["kind"], attempt["lesson"]) == ("quiz", "ma-otp")
    assert poll["type"] == "quiz"
    assert answered[0].text.startswith(("Đúng", "Chưa đúng"))
    assert answered[-1].poll is not None  # the next question


async def test_a_learner_goes_on_in_another_channel(service, vendors):
    telegram, zalo_oa, _ = vendors
    person = OnTelegram(telegram)
    await person.say("/start")
    asked = await person.tap("learn")
    await person.tap(data_of(asked, "Đồng ý"))
    await person.late_tap("lesson:ma-otp", least=2)
    await person.tap("step:ma-otp:2")
    (told,) = await person.say("/lienket")
    code = re.search(r"[A-Z]{8,}", told.text)[0]

    await zalo_oa.say("u1", f"/lienket {code}")
    await until(lambda: zalo_oa.messages("u1"))

    assert "Đã nối hai kênh" in zalo_oa.messages("u1")[0].text
    assert "bước 2/" in zalo_oa.messages("u1")[0].text
    assert len(await rows(service, LearnerRow)) == 1
    assert {row["channel"] for row in await rows(service, Identity)} == {"telegram", "zalo_oa"}


async def test_erasing_on_telegram_sends_the_receipt_and_leaves_no_address(service, vendors):
    telegram, _, _ = vendors
    person = OnTelegram(telegram, 987654321)
    await person.say("/start")
    asked = await person.tap("learn")
    await person.tap(data_of(asked, "Đồng ý"))
    asked = await person.say("/xoadulieu")

    (receipt,) = await person.tap(data_of(asked, "chắc chắn"))
    async with asyncio.timeout(SECONDS):
        while await rows(service, OutboundMessage):  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.02)

    left = await all_rows(service)
    key = service.repository.keys.sender_key("telegram", "987654321")
    assert "Mã biên nhận" in receipt.text
    assert not await rows(service, LearnerRow)
    assert key not in str({name: found for name, found in left.items() if name != "tombstones"})


async def test_a_picture_with_words_is_answered_by_its_words(service, vendors):
    telegram, _, zalo_bot = vendors
    person = OnTelegram(telegram)
    said = await person._answered(telegram.send_photo(77, QUESTION), 2)
    await zalo_bot.send_unsupported("z1")
    await until(lambda: zalo_bot.messages("z1"))

    assert "chưa xem được ảnh" in said[0].text
    assert "Công an" in said[1].text
    assert "Uỷ ban nhân dân xã" in zalo_bot.messages("z1")[0]["text"]


async def test_who_blocks_the_bot_is_not_written_to(service, vendors):
    telegram, _, _ = vendors
    person = OnTelegram(telegram)
    await person.say("/start")
    asked = await person.tap("learn")
    await person.tap(data_of(asked, "Đồng ý"))
    await telegram.block(77)

    async with asyncio.timeout(SECONDS):
        while not (await rows(service, Identity))[0]["blocked_at"]:  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.02)

    assert await rows(service, OutboundMessage) == []


async def test_the_web_and_telegram_do_not_mix_their_addresses(service, vendors):
    telegram, _, _ = vendors
    await OnTelegram(telegram).say("/menu")
    talk = Talk(service, "77")

    await talk.say("4")

    assert "không có trong các mục" in talk.text
