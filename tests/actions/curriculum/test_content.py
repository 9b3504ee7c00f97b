"""The content and the examples as data: one case for each answer, so that a bad one fails by name."""

import re
from collections import Counter

import pytest

from actions.answer import give_answer, give_device_steps, give_more
from actions.curriculum.examples import read_examples
from actions.curriculum.problems import Problems
from bot.settings import ROOT
from tests.conftest import TODAY

ANSWERS = sorted((ROOT / "content" / "answers").glob("*/*.md"))
ANSWERS_MIN = 130
TOPICS = 41
OLD_NAMES = re.compile(r"công an (?:huyện|quận)|Bộ Thông tin và Truyền thông|Sở Thông tin|Nghị định 13/2023", re.IGNORECASE)


@pytest.fixture(scope="module")
def examples():
    return read_examples(ROOT / "training_data", Problems(ROOT))


def test_covers_the_curriculum(curriculum):
    content = [a for a in curriculum.answers.values() if a.outcome is None]

    assert len(content) >= ANSWERS_MIN
    assert len({a.topic for a in content}) == TOPICS
    assert {a.topic for a in curriculum.answers.values()} == set(curriculum.topics)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_answer_reads_well(curriculum, path):
    answer = curriculum.answers[path.stem]

    results = [give_answer(curriculum, answer.slug, TODAY)]
    if answer.outcome is None:
        results.append(give_more(curriculum, answer.slug, TODAY))
        results += [give_device_steps(curriculum, device, answer.slug, TODAY) for device in answer.devices]

    for result in results:
        text = result.replies[0].text
        assert "{{" not in text
        assert not re.search(r"chắc chắn (?:sẽ )?(?:lấy lại|đòi) được|cam kết lấy lại", text)
        assert len(text) <= 2000  # Zalo's limit for one message
        if answer.outcome is None:
            assert "Nguồn: " in text
            assert "Rà soát: " in text


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_answer_has_examples_from_many_mouths(examples, path):
    texts = [example.text for example in examples.items if example.intent == path.stem]

    openings = Counter(" ".join(text.lower().split()[:3]) for text in texts)
    assert len(texts) >= 25
    assert any(text.isascii() for text in texts), "none without diacritics"
    assert openings.most_common(1)[0][1] <= max(4, len(texts) // 5), openings.most_common(1)


def test_no_question_of_the_test_sets_is_an_example(examples):
    from actions.curriculum.examples import folded_key
    from tests.live.questions import read_questions

    known = {folded_key(example.text) for example in examples.items}

    assert [q.text for q in read_questions() if folded_key(q.text) in known - {""}] == []
