"""Check content and training data as a whole: what one file alone cannot tell.

`check_all` is behind `banso content lint`, publishing and the tests.
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path

from actions.curriculum.examples import Examples, read_examples, read_lexicon
from actions.curriculum.files import read_curriculum
from actions.curriculum.model import Answer, Curriculum
from actions.curriculum.problems import ContentError, Problems
from actions.curriculum.text import ADDRESS_NAMES, FACT_PREFIX, PLACEHOLDER, fact_slugs, placeholders, render

TITLE_MAX_CHARACTERS = 60
TEXT_MAX_CHARACTERS = 600
MORE_MAX_CHARACTERS = 1300
MIN_EXAMPLES = 25
MIN_BEHAVIOUR_EXAMPLES = 40
_MARKUP = re.compile(r"\*\*|\]\(|</?[a-z]+>|^#", re.MULTILINE)
_HAND_WRITTEN = re.compile(r"(?<![\w.,])\d{3,}(?!\w)|\b\d{1,2}/\d{1,2}/\d{4}\b|\b[\w-]+\.(?:vn|com|gov)\b")


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
        _check_answer(answer, curriculum, root, today, problems)
    for name, text in curriculum.messages.items():
        _check_placeholders(root / "content" / "messages.yml", name, text, curriculum, problems)
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


def _check_answer(answer: Answer, curriculum: Curriculum, root: Path, today: date, problems: Problems) -> None:
    path = answer_path(root, answer)
    texts = {"nội dung": answer.text, "Xem thêm": answer.more}
    texts |= {f"devices → {device}": text for device, text in answer.devices.items()}
    for place, text in texts.items():
        _check_text(path, place, text, curriculum, problems)
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


def _check_text(path: Path, place: str, text: str, curriculum: Curriculum, problems: Problems) -> None:
    if _check_placeholders(path, place, text, curriculum, problems):
        limit = MORE_MAX_CHARACTERS if place == "Xem thêm" else TEXT_MAX_CHARACTERS
        length = len(render(text, curriculum))
        if length > limit:
            problems.add(path, place, f"dài {length} ký tự sau khi điền dữ kiện; tối đa {limit}")
    plain = PLACEHOLDER.sub("", text)
    if found := _MARKUP.search(plain):
        problems.add(path, place, f'có ký hiệu định dạng "{found[0]}"; chỉ viết chữ thường, danh sách "1. " hoặc "- "')
    if found := _HAND_WRITTEN.search(plain):
        cure = "hãy đưa vào content/facts.yml rồi viết {{ fact.<mã> }}"
        problems.add(path, place, f'có số, ngày hoặc địa chỉ viết tay "{found[0]}"; {cure}')


def _check_placeholders(path: Path, place: str, text: str, curriculum: Curriculum, problems: Problems) -> bool:
    before = len(problems.found)
    for name in placeholders(text):
        if name in ADDRESS_NAMES:
            continue
        fact = curriculum.facts.get(name.removeprefix(FACT_PREFIX)) if name.startswith(FACT_PREFIX) else None
        if fact is None:
            problems.add(
                path,
                place,
                f'không có "{{{{ {name} }}}}"; được dùng: {{{{ ban }}}}, {{{{ Ban }}}} và {{{{ fact.<mã> }}}} có trong content/facts.yml',
            )
        elif not fact.is_verified:
            problems.add(path, place, f'dữ kiện "{fact.slug}" chưa kiểm chứng (unverified); không được cho người dân xem')
    return len(problems.found) == before


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
