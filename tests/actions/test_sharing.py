"""Family and class: a code once, progress only, taken back by a word; a class in one tap, small ones hidden."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import Attempt, ClassMember, FamilyLink, Identity, LearnerRow, LearningClass, OneTimeCode
from tests.stored import rows
from tests.talk import Talk

CODE = re.compile(r"\b[BCGHKMNPQTV]{8,10}\b")


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    return time_machine


@pytest.fixture
async def helper(service):
    """Somebody at another phone, a guest."""
    return Talk(service, "con-gai")


@pytest.fixture
async def code(talk):
    """A family code of somebody who passed one lesson."""
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    await talk.say("/giadinh")
    return CODE.search(talk.text)[0]


@pytest.fixture
async def class_code(talk):
    """The code of a class that somebody opened."""
    await talk.agree("co")
    await talk.say("/molop")
    await talk.say("Lớp tối thứ Ba")
    return CODE.search(talk.text)[0]


async def join(service, class_code, *, people, passing=()):
    """Let people join a class, and those of the places in `passing` pass a quiz."""
    for n in range(people):
        one = Talk(service, f"hoc-vien-{n}")
        await one.tap(f"join:{class_code}")
        await one.press("Đồng ý")
        await one.press("Bỏ qua")
        if n in passing:
            await one.pass_quiz("ma-otp")


async def helped(helper, code, typed="/ma {}"):
    """Let a helper type a code and agree that their address is kept for it."""
    await helper.say(typed.format(code))
    await helper.press("Đồng ý")


async def test_a_helper_sees_progress_by_a_code(helper, code, curriculum):
    await helper.say(f"/ma {code}")
    asked = helper.text
    await helper.press("Đồng ý")
    await helper.say("/nguoinha")

    assert "tôi giữ địa chỉ trò chuyện" in asked
    assert f"đã qua 1/{len(curriculum.lessons)} bài, đã học 1 ngày" in helper.text


async def test_a_helper_sees_counts_and_nothing_else(helper, code, curriculum):
    await helped(helper, code)
    await helper.say("/nguoinha")

    assert helper.labels == ["Danh mục"]
    assert curriculum.lessons["ma-otp"].title not in helper.text
    assert "câu" not in helper.text


@pytest.mark.parametrize("typed", ["/ma {}", "/MA {}", "/ma  {} ", "/ma mã của mẹ: {}"])
async def test_a_code_may_be_typed_in_many_ways(helper, code, service, typed):
    await helped(helper, code.lower() if "MA" in typed else code, typed)

    assert len(await rows(service, FamilyLink)) == 1


async def test_a_code_works_once(service, helper, code):
    await helped(helper, code)
    other = Talk(service, "nguoi-la")

    await other.say(f"/ma {code}")

    assert "không đúng, đã dùng rồi hoặc hết hạn" in other.text
    assert len(await rows(service, FamilyLink)) == 1


async def test_a_code_ends_after_a_day(clock, talk, helper, code, service):
    clock.shift(timedelta(hours=24, seconds=1))

    await helper.say(f"/ma {code}")

    assert "hết hạn" in helper.text
    assert await rows(service, FamilyLink) == []


async def test_a_new_code_ends_the_one_before(talk, helper, code, service):
    await talk.say("/giadinh")
    newer = CODE.search(talk.text)[0]

    await helper.say(f"/ma {code}")
    refused = await rows(service, FamilyLink)
    await helped(helper, newer)

    assert refused == []
    assert len(await rows(service, FamilyLink)) == 1


async def test_ones_own_code_is_said_to_be_ones_own(talk, code, service):
    await talk.say(f"/ma {code}")

    assert "mã của chính bác" in talk.text
    assert await rows(service, FamilyLink) == []


@pytest.mark.parametrize("typed", ["/ma 1", "/ma ABCD", "/ma ILO01ILO", "/ma '; DROP TABLE x; --"])
async def test_a_wrong_code_opens_nothing(helper, service, typed):
    await helper.say(typed)

    assert "Mã này không đúng" in helper.text
    assert await rows(service, FamilyLink) == []


@pytest.mark.parametrize("typed", ["thu hồi", "THU HỒI", "thuhoi", "/thuhoi"])
async def test_one_word_takes_it_back(talk, helper, code, service, typed):
    await helped(helper, code)

    await talk.say(typed)
    await helper.say("/nguoinha")

    assert "vừa thôi xem được tiến độ của bác: 1" in talk.text
    assert "Chưa có người nhà nào" in helper.text
    assert await rows(service, FamilyLink) == []


async def test_taking_it_back_ends_a_code_not_used_yet(talk, helper, code, service):
    await talk.say("thu hồi")

    await helper.say(f"/ma {code}")

    assert await rows(service, FamilyLink) == await rows(service, OneTimeCode) == []


async def test_it_can_be_taken_back_in_the_middle_of_a_lesson(talk, helper, code, service):
    await helped(helper, code)
    await talk.tap("lesson:ma-otp")

    await talk.say("thu hồi")

    assert await rows(service, FamilyLink) == []


async def test_a_stranger_sees_nobody(service, code):
    stranger = Talk(service, "nguoi-la")

    await stranger.say("/nguoinha")

    assert "Chưa có người nhà nào" in stranger.text


async def test_a_class_is_opened_with_code_address_and_qr(talk, class_code):
    reply = talk.last["replies"][0]

    assert f"http://127.0.0.1/?lop={class_code}" in reply["text"]
    assert reply["image"] == {
        "path": f"/pictures/class-{class_code}.png",
        "alt": f'Mã QR để vào lớp "Lớp tối thứ Ba", mã lớp {class_code}.',
    }


@pytest.mark.parametrize("how", ["Mở lớp học", "4", "số 4", "đáp án 4", "mở lớp", "/molop"])
async def test_opening_a_class_asks_for_its_name_however_it_was_asked_for(talk, service, how):
    await talk.agree("co")
    await talk.tap("sharing")

    await talk.say(how)

    assert "Lớp tên gì?" in talk.text
    assert await rows(service, LearningClass) == []


async def test_a_class_name_is_cut_to_sixty_characters(talk, service):
    await talk.agree("co")
    await talk.tap("open-class")
    await talk.say("Lớp  " + "a" * 100)

    assert [row["name"] for row in await rows(service, LearningClass)] == ["Lớp " + "a" * 56]


async def test_a_class_is_joined_in_one_tap_after_consent(service, class_code):
    pupil = Talk(service, "hoc-vien")
    await pupil.tap(f"ask-join:{class_code}")
    asked = pupil.text
    before = await rows(service, ClassMember)
    await pupil.press("Đồng ý, vào lớp")

    assert "không thấy tên và câu trả lời" in asked
    assert "tôi cần ghi nhớ" in asked
    assert before == []
    assert 'đã vào lớp "Lớp tối thứ Ba"' in pupil.text
    assert "gọi bạn là gì" in pupil.text
    assert len(await rows(service, ClassMember)) == 1


@pytest.mark.parametrize("typed", ["/ma {}", "/ma lớp {}"])
async def test_a_class_may_be_joined_by_its_code(service, class_code, typed):
    pupil = Talk(service, "hoc-vien")
    await pupil.agree("em")

    await pupil.say(typed.format(class_code))
    await pupil.say("đồng ý")

    assert len(await rows(service, ClassMember)) == 1


async def test_a_refused_consent_joins_nobody(service, class_code):
    pupil = Talk(service, "hoc-vien")
    await pupil.tap(f"join:{class_code}")
    await pupil.press("Học không cần nhớ")

    assert await rows(service, ClassMember) == []
    assert pupil.last["replies"]


async def test_joining_twice_counts_once(service, class_code):
    pupil = Talk(service, "hoc-vien")
    await pupil.agree("em")
    for _ in range(2):
        await pupil.tap(f"join:{class_code}")

    assert len(await rows(service, ClassMember)) == 1


async def test_leaving_is_one_word(service, class_code):
    pupil = Talk(service, "hoc-vien")
    await pupil.agree("em")
    await pupil.tap(f"join:{class_code}")

    await pupil.say("/roilop")

    assert "Số lớp vừa ra: 1" in pupil.text
    assert await rows(service, ClassMember) == []


async def test_results_of_four_are_hidden(talk, service, class_code):
    await join(service, class_code, people=4, passing=range(4))

    await talk.tap(f"class:{class_code}")

    assert "có 4 người" in talk.text
    assert "khi lớp có từ 5 người" in talk.text
    assert "qua" not in talk.last["replies"][0]["text"].split("Kết quả")[0]
    assert "%" not in talk.text


async def test_results_of_five_are_shown_together(talk, service, class_code, curriculum):
    await join(service, class_code, people=5, passing=range(5))

    await talk.say("/lop")
    await talk.press("Lớp tối thứ Ba")

    assert "5 người, 5 người đã qua ít nhất một bài" in talk.text
    assert f"- {curriculum.lessons['ma-otp'].title}: 5 người qua" in talk.text
    assert "Câu đố trả lời đúng: 100 %" in talk.text


async def test_numbers_of_fewer_than_five_are_hidden_in_a_larger_class(talk, service, class_code):
    await join(service, class_code, people=6, passing=(0, 1))

    await talk.tap(f"class:{class_code}")

    shown = talk.last["replies"][0]["text"]
    assert "dưới 5 người qua" in shown
    assert "2 người" not in shown
    assert "%" not in shown  # the answers are those of two people


async def test_only_who_opened_a_class_sees_its_results(service, class_code):
    await join(service, class_code, people=5, passing=range(5))
    stranger = Talk(service, "hoc-vien-0")

    await stranger.tap(f"class:{class_code}")

    assert stranger.last["outcome"] == "menu"


async def test_nobodys_name_or_answers_are_in_the_results(talk, service, class_code):
    await join(service, class_code, people=5, passing=range(5))
    learners = await rows(service, LearnerRow)

    await talk.tap(f"class:{class_code}")

    assert not any(row["id"] in str(talk.last) for row in learners)
    assert len(await rows(service, Attempt)) == 15


@pytest.mark.parametrize("value", ["join:ABCDEFGH", "ask-join:ABCDEFGH", "class:ABCDEFGH", "join", "class:' OR 1=1", "join:\x00"])
async def test_a_class_that_is_not_there_is_said_so(talk, value):
    await talk.agree("bac")

    await talk.tap(value)

    assert talk.last["outcome"] in ("menu", "account")
    assert talk.last["replies"]


@pytest.mark.parametrize(
    "typed", ["{}", "mã {}", "ma {}", "Mã: {}", "/mã {}", "/ma {}"], ids=["alone", "mã", "ma", "a colon", "command with a mark", "command"]
)
@pytest.mark.parametrize("form", ["as it is", "small", "in groups"])
async def test_a_family_code_is_understood_however_it_is_typed(helper, code, service, nlu, typed, form):
    shown = {"as it is": code, "small": code.lower(), "in groups": f"{code[:5]} {code[5:]}"}[form]

    await helped(helper, shown, typed)

    assert len(await rows(service, FamilyLink)) == 1
    assert nlu.texts == []


async def test_an_old_code_is_still_good(service, talk, helper, code):
    async with service.repository.transaction() as store:
        await store._connection.execute(OneTimeCode.__table__.update().values(code="ABCDEFGH"))

    await helped(helper, "ABCD EFGH", "{}")

    assert len(await rows(service, FamilyLink)) == 1


async def test_codes_have_no_letter_that_a_keyboard_turns_into_a_mark(code):
    assert not set(code) & set("AEODWSFRXJZ")
    assert len(code) == 10


async def test_the_address_is_kept_only_after_a_yes(helper, code, service):
    await helper.say(f"/ma {code}")
    asked = await rows(service, Identity)
    await helper.press("Danh mục")

    assert len(asked) == len(await rows(service, Identity)) == 1  # the learner's own
    assert await rows(service, FamilyLink) == []


async def test_who_is_known_already_is_not_asked_for_the_address(service, code):
    daughter = Talk(service, "con-gai")
    await daughter.agree("em")

    await daughter.say(f"/ma {code}")

    assert len(await rows(service, FamilyLink)) == 1


async def test_a_late_yes_from_before_an_erasure_brings_nobody_back(helper, code, service, clock):
    await helper.say(f"/ma {code}")
    late = helper.choices[0]["value"]
    clock.shift(timedelta(minutes=1))
    await helper.say("/xoadulieu")
    await helper.press("Xoá cả phần trò chuyện")

    await helper.tap(late)

    assert await rows(service, FamilyLink) == []
    assert len(await rows(service, Identity)) == 1


async def test_ones_own_code_stays_good_when_it_was_typed(talk, helper, code, service):
    await talk.say(code)

    await helped(helper, code)

    assert len(await rows(service, FamilyLink)) == 1


async def test_ones_own_linking_code_stays_good_when_it_was_typed(talk, service):
    await talk.agree("bac")
    await talk.say("/lienket")
    link = CODE.search(talk.text)[0]
    await talk.say(f"/lienket {link}")
    other = Talk(service, "may-khac")

    await other.say(link)

    assert "Đã nối hai kênh" in other.text


async def test_taking_it_back_lets_go_of_an_address_that_nobody_needs(talk, helper, code, service):
    await helped(helper, code)
    before = len(await rows(service, Identity))

    await talk.say("thu hồi")

    assert (before, len(await rows(service, Identity))) == (2, 1)


async def test_a_helper_who_learns_or_helps_others_too_stays(talk, service, code):
    daughter = Talk(service, "con-gai")
    await daughter.agree("em")
    await daughter.say(f"/ma {code}")

    await talk.say("thu hồi")

    assert len(await rows(service, Identity)) == 2


@pytest.mark.parametrize("typed", ["/ma", "vào lớp", "nhập mã", "mã lớp"])
async def test_without_a_code_it_is_said_how_one_is_typed(talk, typed):
    await talk.say(typed)

    assert "ví dụ: mã BCGHKMNP" in talk.text


async def test_a_class_code_alone_is_enough(service, class_code):
    pupil = Talk(service, "hoc-vien")
    await pupil.say(class_code)
    await pupil.say("vào lớp")

    assert len(await rows(service, ClassMember)) == 1
    assert len(class_code) == 8


async def test_who_opened_a_class_can_give_it_another_name(talk, service, class_code):
    await talk.press("Đổi tên lớp")
    await talk.say("Lớp tối thứ Năm")

    assert [(row["code"], row["name"]) for row in await rows(service, LearningClass)] == [(class_code, "Lớp tối thứ Năm")]
    assert 'Lớp "Lớp tối thứ Năm"' in talk.text


async def test_who_opened_a_class_can_close_it_in_two_steps(talk, service, class_code):
    await join(service, class_code, people=2)
    await talk.tap(f"class:{class_code}")
    await talk.press("Đóng lớp")
    asked = await rows(service, LearningClass)
    await talk.say("chắc chắn")

    assert len(asked) == 1
    assert await rows(service, LearningClass) == await rows(service, ClassMember) == []
    assert len(await rows(service, LearnerRow)) == 3  # the members go on learning


@pytest.mark.parametrize("verb", ["rename-class", "ask-close", "close-class"])
async def test_nobody_else_can_change_a_class(service, class_code, verb):
    stranger = Talk(service, "nguoi-la")
    await stranger.agree("em")

    await stranger.tap(f"{verb}:{class_code}")

    assert stranger.last["outcome"] == "menu"
    assert len(await rows(service, LearningClass)) == 1


async def test_a_question_is_no_name_of_a_class(talk, service, nlu):
    await talk.agree("co")
    await talk.tap("open-class")

    await talk.say("mở lớp xong thì làm gì?")

    assert len(nlu.texts) == 1
    assert "Lớp tên gì?" in talk.last["replies"][-1]["text"]
    assert await rows(service, LearningClass) == []
