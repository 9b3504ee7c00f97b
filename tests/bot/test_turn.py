"""The ordered steps of a turn, with a fake NLU server over real HTTP."""

import pytest

from actions.context import Context, Sender
from actions.learners.database import migrate, open_database
from actions.learners.repository import OpenConversation, Repository
from actions.menu import show_main_menu
from actions.outcome import Outcome
from bot import clock
from bot.turn import Message, TurnHandler
from bot.understanding import NluClient
from tests.conftest import KEYS

SENDER = Sender("web", "nguoi-hoc-1", "0" * 64)


@pytest.fixture
async def turns(curriculum, normaliser, nlu):
    client = NluClient(nlu.url, 1.0)
    yield TurnHandler(curriculum, client, normaliser)
    await client.close()


@pytest.fixture
async def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'turn.sqlite3'}"
    migrate(url)
    repository = Repository(open_database(url), KEYS)
    async with repository.transaction() as opened:
        yield opened
    await repository.close()


@pytest.fixture
def handle(store):
    async def _handle(turns, message, open_choices=()):
        meaning = await turns.read(message, OpenConversation(tuple(open_choices)))
        return await turns.act(meaning, Context(turns.curriculum, "test", store, SENDER, clock.now(), "http://127.0.0.1"))

    return _handle


@pytest.fixture
def say(turns, handle):
    async def _say(text, open_choices=()):
        return await handle(turns, Message(text), open_choices)

    return _say


async def test_answers_with_sources_and_review_date(say):
    result = await say("công an gọi bảo tôi liên quan vụ án")

    assert result.outcome is Outcome.ANSWERED
    assert (result.topic, result.answer) == ("scam-police", "cong-an-goi-dien")
    assert "Nguồn: " in result.replies[0].text
    assert "Rà soát: " in result.replies[0].text
    assert "{{" not in result.replies[0].text


async def test_suggests_three_in_human_words(say, nlu, curriculum):
    nlu.decision = "suggest"
    nlu.ranking = [("chao-hoi", 0.3), ("otp-la-gi", 0.2), ("nh-hoi-otp", 0.2), ("mat-khau-manh", 0.1), ("camera", 0.1), ("ho-chieu", 0.1)]

    result = await say("cái mã ấy")

    assert result.outcome is Outcome.SUGGESTED
    assert result.topic is None
    assert [c.label for c in result.choices][:3] == [curriculum.answers[s].title for s in ("otp-la-gi", "nh-hoi-otp", "camera")]
    assert result.suggested_topics == ("passwords-2fa", "scam-bank", "personal-data-rights")


async def test_admits_not_to_know(say, nlu):
    nlu.decision = "unknown"

    result = await say("xyz gì đó")

    assert result.outcome is Outcome.UNKNOWN
    assert "chưa hiểu" in result.replies[0].text


async def test_a_withdrawn_answer_is_not_given(normaliser, nlu, curriculum, handle):
    withdrawn = curriculum.answers["cong-an-goi-dien"].model_copy(update={"is_retired": True})
    older = curriculum.model_copy(update={"answers": curriculum.answers | {withdrawn.slug: withdrawn}})
    client = NluClient(nlu.url, 1.0)

    result = await handle(TurnHandler(older, client, normaliser), Message("công an gọi"))
    await client.close()

    assert result.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("intent", "outcome"),
    [("chao-hoi", "small_talk"), ("thoi-tiet-tin-tuc", "out_of_scope"), ("doc-trom-theo-doi", "unsafe"), ("tuyet-vong", "crisis")],
)
async def test_behaviours_give_their_outcome_and_no_topic(say, nlu, intent, outcome):
    nlu.ranking = [(intent, 0.9)]

    result = await say("một câu nào đó")

    assert (result.outcome, result.topic) == (outcome, None)
    assert "Nguồn:" not in result.replies[0].text


async def test_panic_needs_no_model(say, nlu):
    await nlu.stop()

    assert (await say("tôi vừa bị lừa")).outcome is Outcome.EMERGENCY
    assert (await say("/khancap")).outcome is Outcome.EMERGENCY
    assert (await say("Khẩn cấp")).outcome is Outcome.EMERGENCY


async def test_says_busy_with_the_reporting_channels_when_the_model_is_away(say, nlu):
    nlu.broken = True

    result = await say("otp là gì")

    assert result.outcome is Outcome.ERROR
    assert all(number in result.replies[0].text for number in ("156", "5656", "111"))


async def test_a_loss_is_an_emergency_when_the_model_is_away(say, nlu):
    nlu.broken = True

    assert (await say("tôi bị lừa mua hàng trên facebook, shop chặn rồi")).outcome is Outcome.EMERGENCY


async def test_a_slow_model_is_given_up(turns, nlu, handle):
    nlu.silent = True

    assert (await handle(turns, Message("otp là gì"))).outcome is Outcome.ERROR


@pytest.mark.parametrize("typed", ["3", "số 3", "chọn 3", "Kỹ năng số", "ky nang so", "KY NANG SO"])
async def test_an_open_menu_takes_its_number_or_its_words(say, curriculum, typed):
    open_choices = show_main_menu(curriculum).choices

    result = await say(typed, open_choices)

    assert result.outcome is Outcome.MENU
    assert result.replies[0].text.startswith("Kỹ năng số.")


@pytest.mark.parametrize("typed", ["9", "0", "77"])
async def test_a_number_beyond_the_menu_is_said_to_be_none(say, curriculum, typed):
    result = await say(typed, show_main_menu(curriculum).choices)

    assert "không có trong các mục" in result.replies[0].text


async def test_a_late_tap_on_an_old_menu_is_understood(turns, handle):
    result = await handle(turns, Message(choice="answer:otp-la-gi"))

    assert result.answer == "otp-la-gi"


@pytest.mark.parametrize(
    "value", ["", "answer:", "answer:gone", "more", "pillar:x:9", "pillar:online-safety:x", "x:y:z", "android:otp-la-gi"]
)
async def test_a_made_up_choice_leads_to_the_menu(turns, value, handle):
    result = await handle(turns, Message(choice=value))

    assert result.outcome is Outcome.MENU


@pytest.mark.parametrize("typed", ["/", "/restart", '/intent{"a":1}', "/start", "/menu@banso_bot", "/xin chào"])
async def test_slashes_never_reach_the_model(say, nlu, typed):
    result = await say(typed)

    assert result.outcome is Outcome.MENU
    assert nlu.texts == []


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "🙂🙂", "؟؟", "...", "\x00"])
async def test_a_message_without_words_gets_a_kind_reply(say, nlu, typed):
    result = await say(typed)

    assert result.outcome is Outcome.MENU
    assert nlu.texts == []


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script> là gì", "'; DROP TABLE x; -- là gì", "שלום עולם", "a" * 2000, "cha\u0300o", "từ " * 600],
)
async def test_strange_texts_are_questions_like_others(say, typed):
    assert (await say(typed)).outcome is Outcome.ANSWERED


async def test_a_secret_is_masked_before_the_model_and_the_citizen_is_warned(say, nlu):
    result = await say("họ bảo đọc mã otp 482913 cho ngân hàng có nên không")

    assert result.outcome is Outcome.UNSAFE
    assert "Mã OTP là chìa khoá" in result.replies[0].text
    assert result.topic == "scam-police"  # what the fake understood is still answered
    assert "482913" not in nlu.texts[0]


async def test_a_lone_code_is_a_secret_and_no_menu_number(say, curriculum, nlu):
    result = await say("482913", show_main_menu(curriculum).choices)

    assert result.outcome is Outcome.UNSAFE
    assert nlu.texts == []


async def test_overdue_answers_say_so(curriculum, monkeypatch, say):
    from datetime import UTC, datetime

    monkeypatch.setattr("bot.clock.now", lambda: datetime(2031, 1, 1, tzinfo=UTC))

    assert "quá ngày rà soát" in (await say("công an gọi")).replies[0].text


async def test_every_choice_of_every_menu_leads_somewhere(curriculum, turns, store, handle):
    seen, waiting = set(), ["menu", "emergency", *(f"answer:{slug}" for slug in curriculum.answers)]
    while waiting:
        value = waiting.pop()
        if value in seen or value.startswith(("pick:", "act:", "agree:", "ask-me:")):
            continue  # These depend on what is open; other tests press them.
        seen.add(value)
        result = await handle(turns, Message(choice=value))
        assert "không có trong các mục" not in result.replies[0].text, value
        assert all(len(c.value.encode()) <= 64 for c in result.choices)
        waiting += [c.value for c in result.choices]
    assert {f"topic:{t.slug}" for t in curriculum.topics.values() if t.pillar != "behaviour"} <= seen
    assert {f"no-memory:lesson:{slug}" for slug in curriculum.lessons} <= seen
    assert {f"drill:{slug}" for slug in curriculum.drills} <= seen
    assert {f"guide:vua-bi-lua:{step}" for step in curriculum.guides["vua-bi-lua"].steps} - {"guide:vua-bi-lua:cai-ung-dung"} <= seen


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("tôi muốn học", "muốn học gì hôm nay", id="learn"),
        pytest.param("toi muon hoc", "muốn học gì hôm nay", id="learn, without diacritics"),
        pytest.param("gia đình", "cho người nhà xem tiến độ", id="family"),
        pytest.param("vào lớp", "gõ mã", id="class"),
        pytest.param("ôn", "Để ôn lại", id="review"),
        pytest.param("câu đố", "muốn học gì hôm nay", id="quiz, where no lesson was read"),
        pytest.param("tiến độ", "chưa ghi nhớ việc học", id="progress"),
        pytest.param("nhắc tôi", "có đồng ý không", id="remind me"),
        pytest.param("giấy chứng nhận", "Câu nào giống", id="certificate"),
        pytest.param("xoá dữ liệu của tôi", "không giữ dữ liệu học", id="erase"),
        pytest.param("dữ liệu của tôi", "không ghi nhớ gì", id="my data"),
        pytest.param("rút đồng ý", "không ghi nhớ gì", id="withdraw"),
        pytest.param("tải dữ liệu", "không ghi nhớ gì", id="take along"),
        pytest.param("chữ lớn", "có đồng ý không", id="large letters"),
        pytest.param("đổi người học", "có đồng ý không", id="another person"),
        pytest.param("/mã BCGHKMNP", "Mã này không đúng", id="a command with a mark"),
        pytest.param("/tiếnđộ", "chưa ghi nhớ việc học", id="another command with marks"),
        pytest.param("BCGHKMNPQT", "Mã này không đúng", id="a code alone"),
        pytest.param("ABCD EFGH", "Mã này không đúng", id="an old code in groups"),
    ],
)
async def test_features_are_found_by_plain_words(say, nlu, typed, said):
    result = await say(typed)

    assert said in "\n".join(reply.text for reply in result.replies)
    assert nlu.texts == []


@pytest.mark.parametrize(
    "typed",
    [
        "đúng",
        "dùng",
        "Dũng",
        "đúng rồi",
        "ổn",
        "ơn",
        "tất",
        "học phí là gì",
        "DANG XUAT",
        "gia đình tôi ở quê",
        "nhắc tôi uống thuốc lúc 7 giờ",
    ],
)
async def test_other_words_are_questions(say, nlu, typed):
    await say(typed)

    assert len(nlu.texts) == 1


@pytest.mark.parametrize("typed", ["Cửu", "cừu", "cựu"])
async def test_a_word_that_only_looks_like_a_cry_is_none(say, typed):
    assert (await say(typed)).outcome is not Outcome.EMERGENCY


def test_no_command_is_something_that_citizens_ask(normaliser):
    """What a held-out author asked is a question, not a command of this service."""
    from actions import dispatch
    from actions.codes import is_code_alone
    from bot.settings import ROOT

    files = (ROOT / "training_data" / "held_out.tsv", ROOT / "training_data" / "frozen.tsv")
    asked = [line.split("\t")[0] for path in files for line in path.read_text(encoding="utf-8").splitlines()]

    assert [text for text in asked if dispatch.command_value(normaliser.normalise(text)) or is_code_alone(text)] == []
