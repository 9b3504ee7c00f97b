"""Who is in the middle of a lesson, quiz, guide or drill finishes the version they began."""

from datetime import timedelta

import pytest
import time_machine

from actions.curriculum.versions import publish
from actions.learners.tables import Attempt, LessonProgress
from bot import clock
from tests.stored import rows

LESSON, DRILL, GUIDE = "ma-otp", "dien-tap-cong-an", "vua-bi-lua"
OLD, NEW = "cũ", "mới"


async def publish_changed(service, mark, *, status="active", **facts):
    """Publish the content with a mark in every text of the lesson, its quiz, the drill and the guide."""
    curriculum = service.turns.curriculum
    lesson = curriculum.lessons[LESSON]
    steps = tuple(s.model_copy(update={"text": f"Bước {mark}. {{{{ fact.hotline_156 }}}}", "simple": f"Dễ {mark}."}) for s in lesson.steps)
    choices = lambda q: tuple(c.model_copy(update={"feedback": f"Phản hồi {mark}."}) for c in q.choices[:: 1 if mark == OLD else -1])  # noqa: E731
    questions = {slug: q.model_copy(update={"choices": choices(q)}) for slug, q in lesson.questions.items()}
    changed = lesson.model_copy(update={"steps": steps, "questions": questions, "status": status})
    scripts = {}
    for kind, slug in (("guides", GUIDE), ("drills", DRILL)):
        script = getattr(curriculum, kind)[slug]
        marked = {name: step.model_copy(update={"text": f"Lời {mark}."}) for name, step in script.steps.items()}
        scripts[kind] = getattr(curriculum, kind) | {slug: script.model_copy(update={"steps": marked})}
    known = {slug: f.model_copy(update={"value": facts[slug]}) if slug in facts else f for slug, f in curriculum.facts.items()}
    update = {"lessons": curriculum.lessons | {LESSON: changed}, "facts": known, **scripts}
    async with service.repository.transaction() as store:
        version, _ = await publish(store, curriculum.model_copy(update=update).model_dump_json(), {"content/x.yml": mark}, clock.now())
    await service.content.follow()
    return version


@pytest.fixture
async def old(service):
    return await publish_changed(service, OLD)


async def test_the_rest_of_a_lesson_and_its_quiz_are_those_that_were_begun(talk, service, old):
    await talk.agree()
    await talk.tap(f"step:{LESSON}:3")
    await publish_changed(service, NEW)

    await talk.press("Tiếp")
    step = talk.text
    await talk.press("Nói dễ hiểu hơn")
    simple = talk.text
    await talk.tap(f"quiz:{LESSON}")
    question = service.turns.curriculum.lessons[LESSON].questions
    asked = next(c["value"] for c in talk.choices if c["value"].startswith("pick:")).split(":")[2]
    right_of_old = len(question[asked].choices) - 1 - next(n for n, c in enumerate(question[asked].choices) if c.is_right)
    await talk.tap(talk.picks()[right_of_old])

    assert f"Bước {OLD}." in step
    assert f"Dễ {OLD}." in simple
    assert f"Phản hồi {OLD}." in talk.text
    assert "Đúng" in talk.text  # the choices stand the other way round now, and were not misread
    (attempt,) = await rows(service, Attempt)
    progress = next(row for row in await rows(service, LessonProgress) if row["lesson"] == LESSON)
    assert (attempt["content_version"], progress["content_version"]) == (old, old)


async def test_days_later_it_still_is_and_from_the_beginning_it_is_todays(talk, service, old):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        await talk.agree()
        await talk.tap(f"step:{LESSON}:3")
        await talk.press("Dừng")
        await publish_changed(service, NEW)
        traveller.shift(timedelta(days=3))
        await talk.tap(f"lesson:{LESSON}")
        later = talk.text
        await talk.tap(f"step:{LESSON}:1")
        anew = talk.text

    assert f"Bước {OLD}." in later
    assert f"Bước {NEW}." in anew


async def test_facts_are_todays_also_in_what_was_begun(talk, service, old):
    await talk.tap(f"step:{LESSON}:3")
    await publish_changed(service, NEW, hotline_156="157")

    await talk.press("Tiếp")

    assert f"Bước {OLD}. 157" in talk.text


async def test_what_was_withdrawn_stops_at_once(talk, service, old):
    await talk.tap(f"step:{LESSON}:3")
    await publish_changed(service, NEW, status="retired")

    await talk.tap(f"step:{LESSON}:4")

    assert OLD not in talk.text
    assert talk.choices  # there is a way on


@pytest.mark.parametrize(
    ("begin", "on"),
    [
        pytest.param(f"drill:{DRILL}", "act:", id="drill"),
        pytest.param(f"guide:{GUIDE}", "guide:", id="guide"),
    ],
)
async def test_a_guide_and_a_drill_go_on_as_they_were_begun(talk, service, old, begin, on):
    await talk.tap(begin)
    await publish_changed(service, NEW)

    await talk.tap(next(c["value"] for c in talk.choices if c["value"].startswith(on)))

    assert f"Lời {OLD}." in talk.text
    assert NEW not in talk.text


async def test_another_lesson_and_answers_are_todays_meanwhile(talk, service, nlu, old):
    await talk.tap(f"step:{LESSON}:3")
    version = await publish_changed(service, NEW)

    await talk.say("công an gọi điện cho tôi")

    assert talk.last["content_version"] == version
    assert talk.last["outcome"] == "answered"
