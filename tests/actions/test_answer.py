from datetime import date

import pytest

from actions.answer import give_answer, provenance
from actions.curriculum.model import Answer, Curriculum, Fact, Source

SOURCE = Source(title="Báo A", address="https://a.vn", read_on=date(2026, 1, 1))
FACT = Fact(slug="so", title="Số", value="156", source=SOURCE.model_copy(update={"title": "Báo B"}), is_verified=True)


ANSWER = Answer(
    slug="x",
    topic="scam-police",
    title="X",
    text="Gọi {{ fact.so }}.",
    sources=(SOURCE,),
    reviewed_on=date(2026, 11, 1),
    review_by=date(2027, 5, 1),
)


@pytest.fixture
def make(curriculum):
    def _make(**fields):
        answer = ANSWER.model_copy(update=fields)
        return Curriculum(topics=curriculum.topics, facts={"so": FACT}, answers={"x": answer}, messages=curriculum.messages)

    return _make


def shown(made, today):
    """Return what is said of the answer's sources and review."""
    answer = made.answers["x"]
    return provenance(answer, [answer.text, answer.more], made, today)


def test_shows_its_own_sources_and_those_of_its_facts(make):
    made = make()

    assert provenance(made.answers["x"], [made.answers["x"].text], made, date(2026, 11, 23)) == "Nguồn: Báo A; Báo B\nRà soát: 01/11/2026"


def test_advice_without_a_source_says_so(make):
    made = make(sources=(), text="Chữ to.", is_general_advice=True)

    assert "Nguồn: kinh nghiệm dùng chung" in provenance(made.answers["x"], [], made, date(2026, 11, 23))


@pytest.mark.parametrize(("today", "is_said"), [(date(2027, 5, 1), False), (date(2027, 5, 2), True)])
def test_says_when_the_review_is_overdue(make, today, is_said):
    text = give_answer(make(), "x", today).replies[0].text

    assert ("quá ngày rà soát" in text) is is_said


def test_offers_more_and_devices_only_where_there_are_some(make):
    plain = {c.value for c in give_answer(make(), "x", date(2026, 11, 23)).choices}
    rich = {c.value for c in give_answer(make(more="Thêm.", devices={"iphone": "a"}), "x", date(2026, 11, 23)).choices}

    assert rich - plain == {"more:x", "iphone:x"}


def test_offers_the_lesson_of_its_topic(make, curriculum):
    lesson = next(x for x in curriculum.lessons.values() if "scam-police" in x.topics)
    with_lesson = make().model_copy(update={"lessons": {lesson.slug: lesson}})
    withdrawn = make().model_copy(update={"lessons": {lesson.slug: lesson.model_copy(update={"status": "retired"})}})

    assert f"learn:{lesson.slug}" in {c.value for c in give_answer(with_lesson, "x", date(2026, 11, 23)).choices}
    assert not any(c.value.startswith("learn:") for c in give_answer(withdrawn, "x", date(2026, 11, 23)).choices)


def test_an_answer_about_a_scam_leads_to_the_first_steps(make):
    assert "emergency" in {c.value for c in give_answer(make(), "x", date(2026, 11, 23)).choices}
    assert "emergency" not in {c.value for c in give_answer(make(topic="passwords-2fa"), "x", date(2026, 11, 23)).choices}
