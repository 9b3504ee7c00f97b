"""A drill: labelled in every line, stopped by a word, the red flags told, a tap counted once."""

from datetime import UTC, datetime

import pytest

from actions.learners.tables import Attempt
from tests.stored import rows

DRILL = "dien-tap-cong-an"
DRILLS = [
    "dien-tap-buu-kien", "dien-tap-cong-an", "dien-tap-dau-tu", "dien-tap-ngan-hang", "dien-tap-nguoi-than", "dien-tap-viec-nhe",
    "dien-tap-vneid",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _day(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)


def acts(talk):
    return [c["value"] for c in talk.choices if c["value"].startswith("act:")]


def step_of(talk):
    return acts(talk)[0].split(":")[2]


async def play(talk, drill, choose):
    """Play a drill to its end; return the steps that were heard, with the choice that was taken."""
    content = talk.service.turns.curriculum.drills[drill]
    heard = []
    await talk.tap(f"drill:{drill}")
    while acts(talk):
        step = content.steps[step_of(talk)]
        taken = choose(step)
        heard.append((step, step.choices[taken]))
        await talk.tap(acts(talk)[taken])
    return heard


def first_that_falls(step):
    return next((n for n, c in enumerate(step.choices) if c.falls), 0)


def longest(content):
    """Choose what keeps the story going, without falling for it."""

    def choose(step):
        ways = sorted(
            range(len(step.choices)), key=lambda n: (content.steps[step.choices[n].next].ending is not None, step.choices[n].falls)
        )
        return ways[0]

    return choose


def test_all_drills_are_named_here(curriculum):
    assert sorted(slug for slug, drill in curriculum.drills.items() if drill.status == "active") == DRILLS


async def test_the_drills_are_listed(talk, curriculum):
    await talk.say("/dientap")

    assert talk.last["outcome"] == "drill"
    assert set(talk.labels) == {curriculum.drills[slug].title for slug in DRILLS} | {"Danh mục"}
    assert len(DRILLS) >= 6


@pytest.mark.parametrize("drill", DRILLS)
@pytest.mark.parametrize("way", ["falls for all", "first choices", "last choices", "long"])
async def test_every_line_of_the_scammer_is_labelled_and_can_be_stopped(talk, curriculum, drill, way):
    content = curriculum.drills[drill]
    await talk.tap(f"drill:{drill}")
    assert "Đây là chuyện tập, không có thật" in talk.last["replies"][0]["text"]
    choose = {
        "falls for all": first_that_falls,
        "first choices": lambda step: 0,
        "last choices": lambda step: len(step.choices) - 1,
        "long": longest(content),
    }[way]

    while acts(talk):
        line = talk.last["replies"][-1]
        step = content.steps[step_of(talk)]
        assert line["text"].startswith(f"[Diễn tập] Kẻ lừa đảo ({content.role}):")
        assert line["choices"][-1]["label"] == "DỪNG"
        await talk.tap(acts(talk)[choose(step)])

    assert talk.last["replies"][0]["text"].startswith("Hết diễn tập.")
    assert "Nguồn: " in talk.text
    assert talk.labels[0] == "Diễn tập lại"


@pytest.mark.parametrize("drill", DRILLS)
async def test_who_falls_for_all_hears_of_every_sign(talk, curriculum, drill):
    heard = await play(talk, drill, first_that_falls)

    signs = talk.last["replies"][-1]["text"]
    missed = signs.split("Dấu hiệu bạn bỏ qua:")[1].split("Dấu hiệu bạn nhận ra:")[0]
    said = [line.removeprefix("- ") for line in missed.split("\n\n")[0].strip().splitlines()]
    assert "Lần này kẻ lừa đảo thắng" in talk.text
    assert said == [step.sign.replace("{{ ban }}", "bạn").replace("{{ Ban }}", "Bạn") for step, taken in heard if taken.falls]


async def test_who_sees_through_it_hears_what_was_seen(talk, curriculum):
    content = curriculum.drills[DRILL]
    heard = await play(talk, DRILL, longest(content))

    signs = talk.last["replies"][-1]["text"]
    missed = [step.sign for step, taken in heard if taken.falls]
    assert "Dấu hiệu bạn nhận ra:" in signs
    assert ("Dấu hiệu bạn bỏ qua:" in signs) is bool(missed)
    for step, taken in heard:
        place = "Dấu hiệu bạn bỏ qua:" if taken.falls else "Dấu hiệu bạn nhận ra:"
        assert step.sign.split("{{")[0] in signs.split(place)[1]


@pytest.mark.parametrize("lines", [0, 1, 2])
@pytest.mark.parametrize("typed", ["DỪNG", "dừng", "dung", "thôi", "4"])
async def test_stopping_works_at_once_and_anywhere(talk, typed, lines):
    await talk.tap(f"drill:{DRILL}")
    for _ in range(lines):
        await talk.tap(acts(talk)[0])

    await talk.say(typed)

    assert talk.last["replies"][0]["text"].startswith("Đã dừng diễn tập. Tôi là Bạn Số")
    assert "[Diễn tập]" not in talk.text
    assert acts(talk) == []


async def test_stopping_works_below_an_answer_too(talk):
    await talk.tap(f"drill:{DRILL}")
    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    await talk.say("dừng")

    assert "Đã dừng diễn tập" in talk.text


async def test_stopping_tells_the_signs_up_to_there(talk, curriculum):
    steps = curriculum.drills[DRILL].steps
    await talk.tap(f"drill:{DRILL}")
    await talk.tap(acts(talk)[0])

    await talk.say("DỪNG")

    assert steps["mo-dau"].sign in talk.text
    assert steps["doc-ten"].sign not in talk.text


async def test_a_double_tap_changes_nothing(talk, service):
    await talk.agree("bac")
    await talk.tap(f"drill:{DRILL}")
    first = acts(talk)
    await talk.tap(first[0])
    at, attempts = step_of(talk), await rows(service, Attempt)

    for value in first:
        await talk.tap(value)
        assert "bác đã đáp rồi" in talk.text
        assert step_of(talk) == at

    assert await rows(service, Attempt) == attempts
    assert [(row["kind"], row["lesson"], row["question"]) for row in attempts] == [("drill", DRILL, "mo-dau")]


async def test_a_tap_after_the_end_is_said_to_be_late(talk, service):
    await talk.agree("bac")
    await talk.tap(f"drill:{DRILL}")
    old = acts(talk)[0]
    await talk.say("DỪNG")

    await talk.tap(old)

    assert "đã kết thúc" in talk.text
    assert await rows(service, Attempt) == []


async def test_a_tap_from_an_earlier_time_does_not_count_in_the_next(talk, service):
    await talk.agree("bac")
    await talk.tap(f"drill:{DRILL}")
    old = acts(talk)[0]
    await talk.tap(f"drill:{DRILL}")

    await talk.tap(old)

    assert "đã kết thúc" in talk.text
    assert await rows(service, Attempt) == []


async def test_a_question_in_the_middle_is_answered_and_the_drill_goes_on(talk):
    await talk.tap(f"drill:{DRILL}")
    await talk.tap(acts(talk)[0])
    at = step_of(talk)

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert talk.last["answer"] == "cong-an-goi-dien"
    assert "Mình quay lại buổi diễn tập" in talk.text
    assert step_of(talk) == at
    assert talk.last["replies"][-1]["text"].startswith("[Diễn tập]")


async def test_panic_in_a_drill_is_taken_for_real(talk):
    await talk.tap(f"drill:{DRILL}")

    await talk.say("tôi vừa bị lừa mất hết tiền thật rồi")

    assert talk.last["outcome"] == "emergency"


async def test_a_guest_leaves_nothing_behind(talk, service):
    await play(talk, DRILL, first_that_falls)

    assert await rows(service, Attempt) == []


async def test_each_answer_of_a_learner_is_kept_once(talk, service):
    await talk.agree("bac")

    heard = await play(talk, DRILL, first_that_falls)

    kept = [(row["question"], row["is_right"]) for row in await rows(service, Attempt)]
    assert kept == [(step.slug, not taken.falls) for step, taken in heard]


@pytest.mark.parametrize("value", ["drill:gone", "act:x:y:z:0", f"act:{DRILL}:mo-dau", "stop-drill:gone", f"act:{DRILL}:mo-dau:x:0:1"])
async def test_a_made_up_choice_is_refused_kindly(talk, value):
    await talk.tap(value)

    assert talk.last["outcome"] in ("menu", "drill")
    assert talk.last["replies"]


@pytest.mark.parametrize("message", ["công an gọi điện bảo tôi liên quan vụ án", "9", "tap", "dừng"])
async def test_a_line_withdrawn_while_it_is_open_harms_nobody(talk, service, message):
    await talk.tap(f"drill:{DRILL}")
    old = acts(talk)[0]
    await talk.tap(old)
    at = step_of(talk)
    curriculum = service.turns.curriculum
    content = curriculum.drills[DRILL]
    changed = content.model_copy(update={"steps": {slug: step for slug, step in content.steps.items() if slug != at}})
    service.turns.curriculum = curriculum.model_copy(update={"drills": curriculum.drills | {DRILL: changed}})

    await (talk.tap(old) if message == "tap" else talk.say(message))

    assert talk.last["replies"]


async def test_stopping_before_anything_was_answered_says_so_and_no_more(talk):
    await talk.tap(f"drill:{DRILL}")

    await talk.say("DỪNG")

    (reply,) = talk.last["replies"]
    assert "Nguồn: " not in reply["text"]
    assert talk.labels[0] == "Diễn tập lại"


def test_no_answer_of_a_drill_is_taken_for_being_in_earnest(curriculum, normaliser):
    from actions.drill import is_in_earnest
    from bot.nlu.syllable import fold

    answers = [c.text for drill in curriculum.drills.values() for step in drill.steps.values() for c in step.choices]

    assert [text for text in answers if is_in_earnest(fold(normaliser.normalise(text)))] == []
