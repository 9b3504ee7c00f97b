"""An older version's lessons within the present content: their words as they were, everything else as it is."""

import pytest

from actions.curriculum.pinning import with_older

LESSON, OTHER = "ma-otp", "cong-an-gia"
GUIDE, DRILL = "vua-bi-lua", "dien-tap-cong-an"
FACT = "hotline_156"


@pytest.fixture
def older(curriculum):
    """The version before: every lesson, guide and drill had another title."""

    def titled(things):
        return {slug: thing.model_copy(update={"title": f"Cũ: {thing.title}"}) for slug, thing in things.items()}

    return curriculum.model_copy(
        update={"lessons": titled(curriculum.lessons), "guides": titled(curriculum.guides), "drills": titled(curriculum.drills)}
    )


def changed(curriculum, kind, slug, **fields):
    things = getattr(curriculum, kind)
    return curriculum.model_copy(update={kind: things | {slug: things[slug].model_copy(update=fields)}})


def naming(curriculum, fact):
    """Let the first step of the lesson name a fact."""
    lesson = curriculum.lessons[LESSON]
    first = lesson.steps[0].model_copy(update={"text": f"Gọi {{{{ fact.{fact} }}}}."})
    return changed(curriculum, "lessons", LESSON, steps=(first, *lesson.steps[1:]))


def titles(curriculum):
    return {(kind, slug): thing.title for kind in ("lessons", "guides", "drills") for slug, thing in getattr(curriculum, kind).items()}


@pytest.mark.parametrize(
    "slugs",
    [
        pytest.param({LESSON}, id="a lesson"),
        pytest.param({LESSON, OTHER}, id="the lessons of a review"),
        pytest.param({GUIDE}, id="a guide"),
        pytest.param({DRILL}, id="a drill"),
        pytest.param({LESSON, GUIDE, DRILL}, id="one of each"),
        pytest.param(set(), id="nothing"),
        pytest.param({"review", "no-such-lesson"}, id="what there never was"),
    ],
)
def test_what_was_begun_is_as_it_was_and_nothing_else_is(curriculum, older, slugs):
    shown, pinned = with_older(curriculum, older, slugs)

    before, now = titles(curriculum), titles(shown)
    assert {slug for (_, slug) in before if any(now[kind, s] != before[kind, s] for kind, s in before if s == slug)} == pinned
    assert pinned == slugs & {slug for _, slug in before}
    assert all(now[kind, slug] == f"Cũ: {before[kind, slug]}" for kind, slug in before if slug in slugs)
    assert shown.model_copy(update={"lessons": {}, "guides": {}, "drills": {}}) == curriculum.model_copy(
        update={"lessons": {}, "guides": {}, "drills": {}}
    )


def test_the_content_itself_is_not_changed(curriculum, older):
    before = (curriculum.model_dump_json(), older.model_dump_json())

    with_older(curriculum, older, {LESSON, GUIDE, DRILL})

    assert (curriculum.model_dump_json(), older.model_dump_json()) == before


@pytest.mark.parametrize(("kind", "slug"), [("lessons", LESSON), ("guides", GUIDE), ("drills", DRILL)])
@pytest.mark.parametrize("status", ["retired", "draft", "gone"])
def test_what_was_withdrawn_stays_withdrawn(curriculum, older, kind, slug, status):
    if status == "gone":
        things = getattr(curriculum, kind)
        present = curriculum.model_copy(update={kind: {s: thing for s, thing in things.items() if s != slug}})
    else:
        present = changed(curriculum, kind, slug, status=status)

    shown, pinned = with_older(present, older, {slug})

    assert getattr(shown, kind) == getattr(present, kind)
    assert pinned == set()


def test_what_is_new_since_is_as_it_is(curriculum, older):
    without = older.model_copy(update={"lessons": {s: lesson for s, lesson in older.lessons.items() if s != LESSON}})

    shown, pinned = with_older(curriculum, without, {LESSON})

    assert shown.lessons == curriculum.lessons
    assert pinned == set()


def test_a_corrected_fact_is_todays(curriculum, older):
    present = changed(curriculum, "facts", FACT, value="999")

    shown, _ = with_older(present, naming(older, FACT), {LESSON})

    assert shown.facts[FACT].value == "999"


def test_a_fact_that_is_gone_can_still_be_told_in_the_old_lesson(curriculum, older):
    present = curriculum.model_copy(update={"facts": {slug: fact for slug, fact in curriculum.facts.items() if slug != FACT}})

    shown, pinned = with_older(present, naming(older, FACT), {LESSON})

    assert shown.facts[FACT] == curriculum.facts[FACT]
    assert pinned == {LESSON}


def test_a_lesson_that_names_a_fact_no_longer_vouched_for_is_as_it_is_today(curriculum, older):
    present = changed(curriculum, "facts", FACT, is_verified=False)

    shown, pinned = with_older(present, naming(older, FACT), {LESSON, OTHER})

    assert shown.lessons[LESSON] == present.lessons[LESSON]
    assert pinned == {OTHER}


def test_the_word_of_address_is_the_learners(curriculum, older):
    shown, _ = with_older(curriculum.addressing("bác"), older, {LESSON})

    assert shown.address == "bác"


def test_a_picture_that_is_gone_is_not_brought_back(curriculum, older):
    present = curriculum.model_copy(update={"pictures": {}})

    shown, _ = with_older(present, older, {LESSON})

    assert shown.pictures == {}
