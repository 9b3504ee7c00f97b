"""Check content and training data as a whole: what one file alone cannot tell.

`check_all` is behind `banso content lint`, publishing and the tests.
"""

from collections import Counter
from datetime import date
from pathlib import Path

from actions.curriculum.examples import Examples, read_examples, read_lexicon
from actions.curriculum.files import read_curriculum
from actions.curriculum.lesson_lint import check_learning
from actions.curriculum.messages import MESSAGES
from actions.curriculum.model import Answer, Curriculum
from actions.curriculum.problems import ContentError, Problems
from actions.curriculum.text import fact_slugs
from actions.curriculum.text_lint import check_placeholders, check_text

TITLE_MAX_CHARACTERS = 60
TEXT_MAX_CHARACTERS = 600
MORE_MAX_CHARACTERS = 1300
MIN_EXAMPLES = 10  # fewer teach the model nothing; the review page shows those with fewer than is good
MIN_BEHAVIOUR_EXAMPLES = 40


def check_all(root: Path, today: date) -> Curriculum:
    """Read and check everything trainers write.

    Args:
        root: The project's root, holding `content/` and `training_data/`.
        today: The day against which reviews are checked.

    Returns:
        The curriculum, when there is no problem.

    Raises:
        ContentError: With every problem found, in Vietnamese.
    """
    problems = Problems(root)
    curriculum = read_curriculum(root / "content", problems)
    for answer in curriculum.answers.values():
        check_answer(answer, curriculum, root, today, problems)
    for name, text in curriculum.messages.items():
        check_placeholders(root / "content" / "messages.yml", name, text, curriculum, problems, MESSAGES[name])
    check_learning(curriculum, root, today, problems)
    examples = read_examples(root / "training_data", problems)
    _check_examples(examples, curriculum, root, problems)
    read_lexicon(root / "training_data" / "lexicon.yml", problems)
    problems.raise_if_any()
    return curriculum


def overdue(curriculum: Curriculum, today: date) -> list[Answer]:
    """Return the answers past their review date, the longest overdue first."""
    late = [a for a in curriculum.answers.values() if a.review_by < today and not a.is_retired]
    return sorted(late, key=lambda a: a.review_by)


def answer_path(root: Path, answer: Answer) -> Path:
    """Return the file an answer is written in."""
    return root / "content" / "answers" / answer.topic / f"{answer.slug}.md"


def check_answer(answer: Answer, curriculum: Curriculum, root: Path, today: date, problems: Problems) -> None:
    """Check one answer."""
    path = answer_path(root, answer)
    texts = {"nội dung": answer.text, "Xem thêm": answer.more}
    texts |= {f"devices → {device}": text for device, text in answer.devices.items()}
    for place, text in texts.items():
        limit = MORE_MAX_CHARACTERS if place == "Xem thêm" else TEXT_MAX_CHARACTERS
        check_text(path, place, text, limit, curriculum, problems)
    if len(answer.title) > TITLE_MAX_CHARACTERS:
        problems.add(path, "title", f"dài {len(answer.title)} ký tự; tối đa {TITLE_MAX_CHARACTERS}")
    if answer.reviewed_on > today:
        problems.add(path, "reviewed_on", f"{answer.reviewed_on} ở tương lai; phải là ngày đã rà soát, không sau {today}")
    if answer.review_by <= answer.reviewed_on:
        problems.add(path, "review_by", f"{answer.review_by} không sau reviewed_on {answer.reviewed_on}")
    is_behaviour = curriculum.topics[answer.topic].pillar == "behaviour"
    if is_behaviour != (answer.outcome is not None):
        problems.add(path, "outcome", "chỉ các câu của hai chủ đề ứng xử có mục outcome, và phải có")
    has_source = answer.sources or any(fact_slugs(text) for text in texts.values())
    if not is_behaviour and not has_source and not answer.is_general_advice:
        problems.add(
            path, "sources", "chưa có nguồn; thêm nguồn, dùng dữ kiện, hoặc ghi general_advice: true cho lời khuyên không cần nguồn"
        )


def _check_examples(examples: Examples, curriculum: Curriculum, root: Path, problems: Problems) -> None:
    counts = Counter(example.intent for example in examples.items)
    for slug, path in examples.paths.items():
        if slug not in curriculum.answers:
            problems.add(path, "intent", f'không có câu trả lời "{slug}" trong content/answers')
    for answer in curriculum.answers.values():
        if answer.is_retired:
            continue
        is_behaviour = answer.outcome is not None
        needed = MIN_BEHAVIOUR_EXAMPLES if is_behaviour else MIN_EXAMPLES
        folder = Path("behaviours" if is_behaviour else "answers") / answer.topic
        expected = root / "training_data" / folder / f"{answer.slug}.yml"
        if examples.paths.get(answer.slug) != expected:
            problems.add(expected, "tệp", f'chưa có ví dụ cho câu trả lời "{answer.slug}"; hãy tạo tệp này')
        elif counts[answer.slug] < needed:
            problems.add(expected, "examples", f"có {counts[answer.slug]} ví dụ; cần ít nhất {needed}")


def describe(error: ContentError) -> str:
    """Return all problems as text, one a line, with their number."""
    return f"{error}\n{len(error.problems)} lỗi. Hãy sửa các chỗ trên rồi chạy lại."
