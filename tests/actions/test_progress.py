"""Progress in text and as a picture: the same numbers in both."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.actions.test_path import PATH, passed

MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(MORNING, tick=False)
    return time_machine


async def test_a_guest_is_told_that_nothing_is_remembered(talk):
    await talk.say("/tiendo")

    assert "chưa ghi nhớ" in talk.text
    assert "Nhớ giúp tôi" in talk.labels


async def test_a_new_learner_has_passed_nothing_and_is_shown_the_way(talk, curriculum):
    await talk.agree("bac")

    await talk.say("/tiendo")

    assert f"Bác đã qua 0/{len(curriculum.lessons)} bài." in talk.text
    assert "ngày liền" not in talk.text
    assert any(label.startswith("Bài tiếp: ") for label in talk.labels)


@pytest.mark.parametrize("typed", ["/tiendo", "tiến độ", "tien do cua toi"])
async def test_it_counts_by_module_and_on_the_path(talk, service, curriculum, typed):
    await talk.agree("bac")
    await talk.tap(f"take:{PATH}")
    lessons = curriculum.paths[PATH].lessons[:4]
    await passed(service, lessons)

    await talk.say(typed)

    assert f"Bác đã qua 4/{len(curriculum.lessons)} bài." in talk.text
    assert f'Lộ trình "{curriculum.paths[PATH].title}": 4/{len(curriculum.paths[PATH].lessons)} bài.' in talk.text
    for module in curriculum.modules.values():
        of_module = curriculum.lessons_of(module.slug)
        done = sum(x.slug in lessons for x in of_module)
        assert f"- {module.title}: {done}/{len(of_module)} bài" in talk.text


async def test_the_picture_says_the_same_as_the_text_and_names_nobody(talk, service, curriculum):
    await talk.agree("bac")
    await talk.tap("lesson:ma-otp")
    await passed(service, ["ma-otp"])

    await talk.say("/tiendo")

    image = talk.last["replies"][0]["image"]
    query = parse_qs(urlsplit(image["path"]).query)
    counts = [(sum(x.slug == "ma-otp" for x in curriculum.lessons_of(m)), len(curriculum.lessons_of(m))) for m in curriculum.modules]
    assert query == {"modules": ["-".join(f"{done}.{total}" for done, total in counts)], "days": ["1"]}
    assert image["alt"] == talk.last["replies"][0]["text"]


async def test_days_in_a_row_are_counted_and_a_gap_begins_anew(talk, clock):
    await talk.agree("bac")
    said = []
    for days in (0, 1, 1, 2):
        clock.shift(timedelta(days=days))
        await talk.tap("lesson:ma-otp")
        await talk.say("/tiendo")
        said.append(next(line for line in talk.text.splitlines() if line.endswith(("ngày liền.", "1 ngày."))))

    assert said == ["Đã học 1 ngày.", "Học 2 ngày liền.", "Học 3 ngày liền.", "Đã học 1 ngày."]


async def test_what_is_due_and_a_finished_path_are_one_tap_away(talk, service, curriculum, clock):
    await talk.agree("bac")
    await talk.tap(f"take:{PATH}")
    await passed(service, curriculum.paths[PATH].lessons)
    await talk.tap("quiz:ma-otp")
    await talk.answer(is_right=False)
    clock.shift(timedelta(days=1))

    await talk.say("/tiendo")

    assert "Ôn lại 1 câu" in talk.labels
    assert "Giấy chứng nhận" in talk.labels


async def test_a_withdrawn_lesson_is_not_counted(talk, service, curriculum):
    await talk.agree("bac")
    await passed(service, ["ma-otp"])
    gone = curriculum.lessons["ma-otp"].model_copy(update={"status": "retired"})
    service.turns.curriculum = curriculum.model_copy(update={"lessons": curriculum.lessons | {"ma-otp": gone}})

    await talk.say("/tiendo")

    assert f"Bác đã qua 0/{len(curriculum.lessons) - 1} bài." in talk.text


async def test_the_titles_of_passed_lessons_are_told_the_last_first(talk, service, curriculum, clock):
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    clock.shift(timedelta(minutes=1))
    await talk.pass_quiz("cong-an-gia")

    await talk.say("/tiendo")

    titles = [curriculum.lessons[slug].title for slug in ("cong-an-gia", "ma-otp")]
    assert talk.last["replies"][-1]["text"] == "\n".join(("Bài đã qua:", *(f"- {title}" for title in titles)))
    assert talk.last["replies"][0]["choices"] == []


async def test_many_titles_are_cut_short(talk, service, curriculum):
    await talk.agree("bac")
    await passed(service, curriculum.lessons)

    await talk.say("/tiendo")

    lines = talk.last["replies"][-1]["text"].splitlines()
    assert len(lines) == 14
    assert lines[-1] == f"và {len(curriculum.lessons) - 12} bài nữa."


async def test_in_large_letters_a_list_stays_whole_and_the_rest_stands_by_itself(talk, service, curriculum):
    await talk.agree("bac")
    await talk.tap(f"take:{PATH}")
    await passed(service, curriculum.paths[PATH].lessons[:2])
    await talk.say("/chuto")

    await talk.say("/tiendo")

    bubbles = [reply["text"] for reply in talk.last["replies"]]
    (modules,) = [text for text in bubbles if "/" in text and text.startswith("- ")]
    assert len(modules.splitlines()) == len(curriculum.modules)
    assert bubbles[0] == f"Bác đã qua 2/{len(curriculum.lessons)} bài."
    assert bubbles[-1].startswith("Bài đã qua:\n- ")
