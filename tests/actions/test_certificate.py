"""A certificate: for a finished path only, in the name the learner chose, once."""

import pytest

from actions.certificate import clean_name
from actions.learners.tables import Certificate, Conversation, LearnerRow
from tests.actions.test_path import PATH, passed
from tests.stored import rows


@pytest.fixture
async def graduate(talk, service, curriculum):
    """A learner who passed all lessons of a path."""
    await talk.agree("bac")
    await passed(service, curriculum.paths[PATH].lessons)
    return talk


async def test_an_unfinished_path_gets_none(talk, service, curriculum):
    await talk.agree("bac")
    *others, _ = curriculum.paths[PATH].lessons
    await passed(service, others)
    await talk.tap("add-person")
    await talk.say("Trần Thị Hoa")
    await talk.say("đúng")  # a name alone is not enough

    for value in (f"certificate:{PATH}", f"certify:{PATH}"):
        await talk.tap(value)
        assert await rows(service, Certificate) == []
        assert "bài nữa" in talk.text


async def test_a_guest_gets_none(talk, service):
    for value in (f"certificate:{PATH}", f"certify:{PATH}"):
        await talk.tap(value)
        assert "Nhớ giúp tôi" in talk.labels
    assert await rows(service, Certificate) == []


async def test_a_finished_path_gets_one_in_the_confirmed_name(graduate, service, curriculum):
    await graduate.tap(f"certificate:{PATH}")
    asked = graduate.text
    await graduate.say("  Trần   Thị Hoa ")
    confirmed = graduate.text
    await graduate.press("Đúng, cấp giấy")

    (row,) = await rows(service, Certificate)
    reply = graduate.last["replies"][0]
    assert "Không cần số căn cước" in asked
    assert 'Tên là "Trần Thị Hoa", đúng không?' in confirmed
    assert f"Mã giấy: {row['code']}" in reply["text"]
    assert f"http://127.0.0.1/chungnhan/{row['code']}" in reply["text"]
    assert reply["image"]["path"] == f"/chungnhan/{row['code']}.png"
    assert "Trần Thị Hoa" in reply["image"]["alt"]
    assert row["path_title"] == curriculum.paths[PATH].title
    assert row["skills"] == [curriculum.lessons[x].title for x in curriculum.paths[PATH].lessons]
    assert "Hoa" not in str(row)


async def test_a_second_tap_shows_the_same_one(graduate, service):
    await graduate.tap(f"certificate:{PATH}")
    await graduate.say("Hoa")
    for _ in range(2):
        await graduate.tap(f"certify:{PATH}")
    await graduate.tap(f"certificate:{PATH}")

    (row,) = await rows(service, Certificate)
    assert row["code"] in graduate.text


async def test_a_name_may_be_typed_again_before_it_counts(graduate, service):
    await graduate.tap(f"certificate:{PATH}")
    await graduate.say("Hoaa")

    await graduate.press("Sửa lại tên")
    await graduate.say("Hoa")
    await graduate.press("Đúng")

    assert "Chúc mừng Hoa" in graduate.text


async def test_a_refused_name_is_asked_for_again(graduate, service):
    await graduate.tap(f"certificate:{PATH}")

    await graduate.say("Hoa 2")
    refused = graduate.text
    await graduate.say("Hoa")

    assert "Tên chỉ gồm chữ cái" in refused
    assert 'Tên là "Hoa"' in graduate.text


@pytest.mark.parametrize("word", ["TẮT", "thu hồi", "menu", "dừng", "/menu", "tôi vừa bị lừa"])
async def test_a_word_that_means_something_is_no_name(graduate, service, word):
    await graduate.tap(f"certificate:{PATH}")

    await graduate.say(word)

    assert "Tên là" not in graduate.text
    assert [row["sealed_name"] for row in await rows(service, LearnerRow)] == [None]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        pytest.param("Nguyễn Văn An", "Nguyễn Văn An", id="plain"),
        pytest.param("  bà   Hoa  ", "Bà Hoa", id="spaces"),
        pytest.param("O'Brien", "O'Brien", id="apostrophe"),
        pytest.param("Anne-Marie Lê", "Anne-Marie Lê", id="hyphen"),
        pytest.param("H' Hen Niê", "H' Hen Niê", id="Ede name"),
        pytest.param("Ng. Văn A.", "Ng. Văn A.", id="dots"),
        pytest.param("A", "A", id="one letter"),
        pytest.param("", None, id="empty"),
        pytest.param("An 2", None, id="digit"),
        pytest.param("<b>An</b>", None, id="markup"),
        pytest.param("An; DROP", None, id="punctuation"),
        pytest.param("An\nBình", "An Bình", id="two lines"),
        pytest.param("a b c d e f g", "A B C D E F G", id="seven words"),
        pytest.param("a b c d e f g h", None, id="eight words"),
        pytest.param("a" * 40, "A" + "a" * 39, id="forty letters"),
        pytest.param("a" * 41, None, id="forty-one letters"),
        pytest.param("•••", None, id="a masked number"),
        pytest.param("🙂", None, id="a picture"),
    ],
)
def test_what_can_be_a_name(typed, name):
    assert clean_name(typed) == name


@pytest.mark.parametrize("value", ["certificate:gone", "certify:gone", "certificate"])
async def test_a_path_that_is_not_there_gets_none(graduate, service, value):
    await graduate.tap(value)

    assert graduate.last["outcome"] == "menu"
    assert await rows(service, Certificate) == []


async def test_each_learner_of_a_phone_has_their_own(graduate, service):
    await graduate.tap(f"certificate:{PATH}")
    await graduate.say("Hoa")
    await graduate.press("Đúng")
    await graduate.tap("add-person")
    await graduate.say("Nam")
    await graduate.say("đúng rồi")

    await graduate.tap(f"certificate:{PATH}")

    assert "Hoa" not in graduate.text
    assert "bài nữa" in graduate.text


async def test_nothing_is_kept_before_the_name_is_confirmed(graduate, service):
    await graduate.tap(f"certificate:{PATH}")

    await graduate.say("Hoa")
    before = [row["sealed_name"] for row in await rows(service, LearnerRow)]
    conversations = str(await rows(service, Conversation))
    await graduate.say("đúng")

    assert before == [None]
    assert "Hoa" not in conversations
    assert [row["sealed_name"] for row in await rows(service, LearnerRow)] != [None]


async def test_each_word_of_the_name_has_a_capital(graduate):
    await graduate.tap(f"certificate:{PATH}")

    await graduate.say("trần thị hoa")

    assert 'Tên là "Trần Thị Hoa", đúng không?' in graduate.text


async def test_a_question_where_the_name_is_asked_for_is_answered(graduate, nlu, service):
    await graduate.tap(f"certificate:{PATH}")

    await graduate.say("giấy này có giá trị không")

    assert len(nlu.texts) == 1
    assert "muốn ghi tên gì" in graduate.last["replies"][-1]["text"]
    assert await rows(service, Certificate) == []


@pytest.mark.parametrize("typed", ["Thôi", "3", "thôi"])
async def test_thinking_better_of_it_gives_no_certificate(graduate, service, typed):
    await graduate.tap(f"certificate:{PATH}")
    await graduate.say("Hoa")

    await graduate.say(typed)

    assert await rows(service, Certificate) == []


async def given(graduate, service, name="Hoaa"):
    await graduate.tap(f"certificate:{PATH}")
    await graduate.say(name)
    await graduate.say("đúng")
    (row,) = await rows(service, Certificate)
    return row


async def test_a_wrong_name_can_be_corrected_and_the_old_code_ends(graduate, service):
    old = await given(graduate, service)

    await graduate.press("Sửa tên trên giấy")
    await graduate.say("Hoa")
    await graduate.say("đúng")

    (row,) = await rows(service, Certificate)
    assert row["code"] != old["code"]
    assert (row["issued_at"], row["skills"]) == (old["issued_at"], old["skills"])
    assert f"mã giấy mới: {row['code']}" in graduate.text
    assert await service.certificate(old["code"]) is None
    assert (await service.certificate(row["code"])).name == "Hoa"


async def test_the_corrected_name_is_the_learners_too(graduate, service):
    await given(graduate, service)
    await graduate.press("Sửa tên trên giấy")
    await graduate.say("Hoa")
    await graduate.say("đúng")

    await graduate.say("/doinguoi")

    assert "Đang học: Hoa." in graduate.text


async def test_without_a_new_name_a_tap_only_shows_it(graduate, service):
    old = await given(graduate, service)

    for value in (f"certify:{PATH}", f"certify:{PATH}:known", f"certificate:{PATH}"):
        await graduate.tap(value)

    assert await rows(service, Certificate) == [old]


async def test_a_known_name_is_one_tap(talk, service, curriculum):
    await talk.agree("bac")
    await talk.tap("add-person")
    await talk.say("Nam")
    await talk.say("đúng")
    await talk.press("em")
    nam = max(await rows(service, LearnerRow), key=lambda row: row["consented_at"])
    async with service.repository.transaction() as store:
        for lesson in curriculum.paths[PATH].lessons:
            await store.learning.passed(nam["id"], lesson, "test", nam["consented_at"])

    await talk.tap(f"certificate:{PATH}")
    await talk.press("Ghi: Nam")

    assert "Chúc mừng Nam" in talk.text


@pytest.mark.parametrize("typed", ["giấy chứng nhận", "GIAY CHUNG NHAN", "/chungnhan"])
async def test_words_lead_to_it(graduate, service, typed):
    await graduate.say(typed)
    without_path = graduate.text
    await given(graduate, service)
    await graduate.say(typed)

    assert "giống bác nhất" in without_path
    assert "Giấy chứng nhận lộ trình" in graduate.text


async def test_page_and_print_are_named(graduate, service):
    row = await given(graduate, service)

    address = f"http://127.0.0.1/chungnhan/{row['code']}"
    assert graduate.text.split().count(address) == 1
    assert f"{address}.pdf" in graduate.text
    assert len(row["code"]) == 12
