"""One learner on several channels: a code, once and for a short time, and everything learned comes along."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import Attempt, Identity, IdentityLearner, LearnerRow, OneTimeCode
from actions.linking import CODE_MINUTES
from tests.stored import rows
from tests.talk import Talk

CODE = re.compile(r"kênh khác: (\S+)")


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    return time_machine


@pytest.fixture
async def learner(talk):
    """Somebody on the web, called bác, who passed a quiz."""
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    return talk


@pytest.fixture
def elsewhere(service):
    """The same person on another channel, still unknown there."""
    return Talk(service, "hoa-zalo", "zalo_oa")


async def ask_code(talk):
    await talk.say("/lienket")
    return CODE.search(talk.text)[1]


async def learners_behind(service):
    return {row["learner_id"] for row in await rows(service, Identity)}


async def test_a_code_links_two_channels_and_learning_goes_on(service, learner, elsewhere):
    code = await ask_code(learner)

    await elsewhere.say(f"/lienket {code}")
    linked = elsewhere.text
    await elsewhere.say("/tiendo")

    assert "Đã nối hai kênh" in linked
    assert "Bác học tiếp ở kênh nào cũng được" in linked
    assert "1/" in elsewhere.text
    assert len(await rows(service, LearnerRow)) == 1
    assert len(await learners_behind(service)) == 1


async def test_what_is_learned_on_either_channel_counts_for_the_one_learner(service, learner, elsewhere):
    await elsewhere.say(f"/lienket {await ask_code(learner)}")

    await elsewhere.pass_quiz("cong-an-gia")

    assert len({row["learner_id"] for row in await rows(service, Attempt)}) == 1
    await learner.say("/tiendo")
    web = learner.text
    await elsewhere.say("/tiendo")
    assert elsewhere.text == web


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("/lienket {code}", id="as told"),
        pytest.param("/LIENKET {code}", id="shouted"),
        pytest.param("/lienket {lower}", id="small letters"),
        pytest.param("/lienket   {code}.", id="a full stop behind it"),
        pytest.param("/lienket mã {code} nhé", id="words around it"),
    ],
)
async def test_a_code_is_understood_as_people_type_it(learner, elsewhere, typed):
    code = await ask_code(learner)

    await elsewhere.say(typed.format(code=code, lower=code.lower()))

    assert "Đã nối hai kênh" in elsewhere.text


async def test_a_code_is_good_once(service, learner, elsewhere):
    code = await ask_code(learner)
    await elsewhere.say(f"/lienket {code}")
    stranger = Talk(service, "người lạ", "telegram")

    await stranger.say(f"/lienket {code}")

    assert "Mã này không đúng, đã dùng rồi hoặc hết hạn" in stranger.text
    assert len(await rows(service, Identity)) == 2


async def test_of_two_who_type_a_code_at_once_one_is_linked(service, learner):
    code = await ask_code(learner)
    others = [Talk(service, f"may-{n}", "telegram") for n in range(4)]

    await asyncio.gather(*(other.say(f"/lienket {code}") for other in others))

    assert sum("Đã nối hai kênh" in other.text for other in others) == 1
    assert len(await rows(service, Identity)) == 2


@pytest.mark.parametrize(
    ("after", "is_good"),
    [
        pytest.param(timedelta(minutes=CODE_MINUTES, seconds=-1), True, id="just in time"),
        pytest.param(timedelta(minutes=CODE_MINUTES), False, id="at the end"),
        pytest.param(timedelta(days=1), False, id="late"),
    ],
)
async def test_a_code_is_good_for_a_short_time(learner, elsewhere, clock, after, is_good):
    code = await ask_code(learner)
    clock.shift(after)

    await elsewhere.say(f"/lienket {code}")

    assert ("Đã nối hai kênh" in elsewhere.text) is is_good


async def test_a_new_code_ends_the_one_before(service, learner, elsewhere):
    first, second = await ask_code(learner), await ask_code(learner)

    await elsewhere.say(f"/lienket {first}")
    refused = elsewhere.text
    await elsewhere.say(f"/lienket {second}")

    assert "Mã này không đúng" in refused
    assert "Đã nối hai kênh" in elsewhere.text
    assert await rows(service, OneTimeCode) == []


async def test_a_wrong_code_changes_nothing_and_a_code_for_something_else_is_wrong(service, learner, elsewhere):
    right = await ask_code(learner)
    await learner.say("/giadinh")
    family = next(row["code"] for row in await rows(service, OneTimeCode) if row["purpose"] == "family")
    wrong = right[1:] + right[0] if right[0] != right[1] else right[::-1]

    for code in (wrong, family):
        await elsewhere.say(f"/lienket {code}")
        assert "Mã này không đúng" in elsewhere.text

    assert len(await rows(service, Identity)) == 1
    assert {row["code"] for row in await rows(service, OneTimeCode)} >= {right, family}


async def test_the_own_code_typed_where_it_was_made_is_no_fault(learner, elsewhere):
    code = await ask_code(learner)

    await learner.say(f"/lienket {code}")

    assert "đã nối với nhau rồi" in learner.text
    await elsewhere.say(f"/lienket {code}")
    assert "Đã nối hai kênh" in elsewhere.text


async def test_an_open_lesson_goes_on_at_the_same_step(learner, elsewhere):
    await learner.tap("step:cong-an-gia:3")
    code = await ask_code(learner)

    await elsewhere.say(f"/lienket {code}")

    assert "Đã nối hai kênh" in elsewhere.text
    assert "bước 3/7" in elsewhere.text
    await elsewhere.say("tiếp")
    assert "(3/7)" in elsewhere.text
    await elsewhere.say("tiếp")
    assert "(4/7)" in elsewhere.text


async def test_an_open_question_is_asked_again_and_counts_once(service, learner, elsewhere):
    await learner.tap("quiz:cong-an-gia")
    code = await ask_code(learner)
    await elsewhere.say(f"/lienket {code}")
    before = len(await rows(service, Attempt))

    await elsewhere.tap(next(iter(elsewhere.picks().values())))

    assert len(await rows(service, Attempt)) == before + 1


async def test_who_learned_on_both_channels_keeps_both_learners(service, learner, elsewhere):
    await elsewhere.agree("em")
    await elsewhere.pass_quiz("cong-an-gia")
    code = await ask_code(learner)

    await elsewhere.say(f"/lienket {code}")

    assert len(await rows(service, LearnerRow)) == 2
    assert len(await rows(service, IdentityLearner)) == 3
    assert len(await learners_behind(service)) == 1
    await elsewhere.say("/doinguoi")
    assert len([label for label in elsewhere.labels if label != "Danh mục"]) >= 2


async def test_a_guest_is_told_where_to_get_a_code(service, elsewhere):
    await elsewhere.say("/lienket")

    assert "để lấy mã" in elsewhere.text
    assert "Danh mục" in elsewhere.labels
    assert await rows(service, OneTimeCode) == []


async def test_a_guest_who_taps_for_a_code_is_asked_for_consent_first(service, elsewhere):
    await elsewhere.tap("link")
    asked = elsewhere.labels

    await elsewhere.press("Đồng ý")
    await elsewhere.press("Bỏ qua")

    assert "Đồng ý, nhớ giúp tôi" in asked
    assert CODE.search(elsewhere.text)
    assert [row["purpose"] for row in await rows(service, OneTimeCode)] == ["link"]


async def test_who_erases_their_data_on_one_channel_is_unknown_on_the_other(service, learner, elsewhere):
    await elsewhere.say(f"/lienket {await ask_code(learner)}")

    await elsewhere.say("/xoadulieu")
    await elsewhere.press("Xoá, tôi chắc chắn")
    await learner.say("/tiendo")

    assert elsewhere.last["erased"]
    assert await rows(service, LearnerRow) == []
    assert await rows(service, Identity) == []
    assert not learner.last["remembered"]
