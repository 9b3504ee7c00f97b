"""Check lessons, quizzes, paths, guides, drills and pictures: what one file alone cannot tell."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from actions.curriculum.model import Curriculum, Lesson, Question, Script
from actions.curriculum.problems import Problems
from actions.curriculum.readability import MEAN_MAX_WORDS, SENTENCE_MAX_WORDS, foreign_words, mean_words, sentences
from actions.curriculum.text import fact_slugs
from actions.curriculum.text_lint import check_text
from actions.reply import CHOICE_VALUE_MAX_BYTES

TITLE_MAX_CHARACTERS = 45
HEADING_MAX_CHARACTERS = 40
STEP_MAX_CHARACTERS = 300
SIMPLE_MAX_CHARACTERS = 180
STEPS_MIN, STEPS_MAX = 3, 9
QUESTION_MAX_CHARACTERS = 260
CHOICE_MAX_CHARACTERS = 55
FEEDBACK_MAX_CHARACTERS = 200
QUESTIONS_MIN = 6  # two sittings with other questions
GUIDE_CHOICE_MAX_CHARACTERS = 40
SIGN_MAX_CHARACTERS = 110
SCRIPT_TEXT_MAX_CHARACTERS = 320
ALT_MIN_CHARACTERS, ALT_MAX_CHARACTERS = 60, 400
PICTURE_MAX_BYTES = 100_000
ABOUT_MAX_CHARACTERS = 200
DRILL_STEPS_MIN = 4
_SITTING_AND_CHOICE = "12345678:9"  # what ends the value of an answer to a quiz or drill


def check_learning(curriculum: Curriculum, root: Path, today: date, problems: Problems) -> None:
    """Check everything that is learned; drafts too, so that they are ready when they are needed."""
    content = root / "content"
    for lesson in curriculum.lessons.values():
        check_lesson(lesson, curriculum, content / "lessons" / lesson.slug, today, problems)
    for module in curriculum.modules.values():
        _check_plain(content / "modules.yml", module.slug, module.title, problems)
    _check_paths(curriculum, content / "paths.yml", problems)
    for folder, scripts in (("guides", curriculum.guides), ("drills", curriculum.drills)):
        for script in scripts.values():
            check_script(script, curriculum, content / folder / f"{script.slug}.yml", today, problems)
    _check_pictures(curriculum, content, problems)


def check_lesson(lesson: Lesson, curriculum: Curriculum, folder: Path, today: date, problems: Problems) -> None:
    """Check one lesson and its quiz."""
    path = folder / "lesson.md"
    _check_front(lesson, curriculum, path, today, [s.text for s in lesson.steps], problems)
    if len(lesson.title) > TITLE_MAX_CHARACTERS:
        problems.add(path, "title", f"dài {len(lesson.title)} ký tự; tối đa {TITLE_MAX_CHARACTERS}")
    _check_plain(path, "title", lesson.title, problems)
    _check_plain(path, "goal", lesson.goal, problems)
    if not STEPS_MIN <= len(lesson.steps) <= STEPS_MAX:
        problems.add(path, "nội dung", f"có {len(lesson.steps)} bước; phải từ {STEPS_MIN} đến {STEPS_MAX}")
    for step in lesson.steps:
        if len(step.heading) > HEADING_MAX_CHARACTERS:
            problems.add(path, step.heading, f"tên bước dài {len(step.heading)} ký tự; tối đa {HEADING_MAX_CHARACTERS}")
        _check_plain(path, step.heading, step.heading, problems)
        check_text(path, step.heading, step.text, STEP_MAX_CHARACTERS, curriculum, problems)
        check_text(path, f"{step.heading} → Dễ hiểu hơn", step.simple, SIMPLE_MAX_CHARACTERS, curriculum, problems)
        _check_picture(path, step.heading, step.picture, curriculum, problems)
    _check_reading(path, ((s.heading, t) for s in lesson.steps for t in (s.text, s.simple)), problems)
    _check_quiz(lesson, curriculum, folder / "quiz.yml", problems)


def _check_quiz(lesson: Lesson, curriculum: Curriculum, path: Path, problems: Problems) -> None:
    if len(lesson.questions) < QUESTIONS_MIN:
        problems.add(path, "tệp", f"có {len(lesson.questions)} câu; cần ít nhất {QUESTIONS_MIN} để lần sau có câu khác")
    explained = _explained_by(lesson)
    for question in lesson.questions.values():
        place = f"câu {question.slug}"
        _check_value(path, place, f"pick:{lesson.slug}:{question.slug}:{_SITTING_AND_CHOICE}", problems)
        check_text(path, place, question.text, QUESTION_MAX_CHARACTERS, curriculum, problems)
        if not 3 <= len(question.choices) <= 4:
            problems.add(path, place, f"có {len(question.choices)} lựa chọn; phải là 3 hoặc 4")
        right = sum(choice.is_right for choice in question.choices)
        if right != 1:
            problems.add(path, place, f"có {right} lựa chọn đúng (right: true); phải là đúng một")
        if len({choice.text for choice in question.choices}) < len(question.choices):
            problems.add(path, place, "có hai lựa chọn giống nhau; hãy viết khác đi")
        for number, choice in enumerate(question.choices, 1):
            check_text(path, f"{place}, lựa chọn {number}", choice.text, CHOICE_MAX_CHARACTERS, curriculum, problems)
            check_text(path, f"{place}, lựa chọn {number} → feedback", choice.feedback, FEEDBACK_MAX_CHARACTERS, curriculum, problems)
    _check_reading(path, _question_texts(lesson.questions.values()), problems, explained)


def _check_paths(curriculum: Curriculum, path: Path, problems: Problems) -> None:
    for one in curriculum.paths.values():
        _check_plain(path, f"{one.slug} → title", one.title, problems)
        _check_plain(path, f"{one.slug} → audience", one.audience, problems)
        check_text(path, f"{one.slug} → about", one.about, ABOUT_MAX_CHARACTERS, curriculum, problems)
        for slug in one.lessons:
            lesson = curriculum.lessons.get(slug)
            if lesson is None or lesson.status != "active":
                problems.add(path, one.slug, f'không có bài "{slug}" đang dùng trong content/lessons')
        if len(set(one.lessons)) < len(one.lessons) or not one.lessons:
            problems.add(path, one.slug, "mỗi bài ghi một lần, ít nhất một bài")


def check_script(script: Script, curriculum: Curriculum, path: Path, today: date, problems: Problems) -> None:
    """Check one guide or drill."""
    _check_front(script, curriculum, path, today, [s.text for s in script.steps.values()], problems)
    _check_plain(path, "title", script.title, problems)
    if script.start not in script.steps:
        problems.add(path, "start", f'không có bước "{script.start}"')
        return
    if script.lesson and script.lesson not in curriculum.lessons:
        problems.add(path, "lesson", f'không có bài "{script.lesson}" trong content/lessons')
    limit = CHOICE_MAX_CHARACTERS if script.kind == "drill" else GUIDE_CHOICE_MAX_CHARACTERS
    for step in script.steps.values():
        value = f"act:{script.slug}:{step.slug}:{_SITTING_AND_CHOICE}" if script.kind == "drill" else f"guide:{script.slug}:{step.slug}"
        _check_value(path, step.slug, value, problems)
        check_text(path, step.slug, step.text, SCRIPT_TEXT_MAX_CHARACTERS, curriculum, problems)
        _check_picture(path, step.slug, step.picture, curriculum, problems)
        for choice in step.choices:
            check_text(path, f"{step.slug} → {choice.text}", choice.text, limit, curriculum, problems)
            if choice.next not in script.steps:
                problems.add(path, f"{step.slug} → {choice.text}", f'next: không có bước "{choice.next}"')
        if len({choice.text for choice in step.choices}) < len(step.choices):
            problems.add(path, step.slug, "có hai lựa chọn giống nhau; hãy viết khác đi")
    _check_ways(script, path, problems)
    if script.kind == "drill":
        _check_drill(script, curriculum, path, problems)
    _check_reading(path, ((s.slug, s.text) for s in script.steps.values()), problems)


def _check_ways(script: Script, path: Path, problems: Problems) -> None:
    """Every step must be reached from the start, and lead to an end."""
    ways = {slug: {c.next for c in step.choices if c.next in script.steps} for slug, step in script.steps.items()}
    reached = _closure({script.start}, ways)
    back: dict[str, set[str]] = {slug: set() for slug in ways}
    for slug, following in ways.items():
        for other in following:
            back[other].add(slug)
    ending = _closure({slug for slug, step in script.steps.items() if not step.choices}, back)
    for slug in script.steps:
        if slug not in reached:
            problems.add(path, slug, "không có đường nào dẫn tới bước này")
        if slug not in ending:
            problems.add(path, slug, "từ bước này không có đường tới chỗ kết thúc")


def _closure(start: set[str], ways: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for other in ways[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def _check_drill(script: Script, curriculum: Curriculum, path: Path, problems: Problems) -> None:
    _check_plain(path, "role", script.role, problems)
    check_text(path, "intro", script.intro, SCRIPT_TEXT_MAX_CHARACTERS, curriculum, problems)
    lines = [step for step in script.steps.values() if step.choices]
    if len(lines) < DRILL_STEPS_MIN:
        problems.add(path, "steps", f"kẻ lừa đảo nói {len(lines)} lượt; cần ít nhất {DRILL_STEPS_MIN}")
    for step in script.steps.values():
        if bool(step.choices) == (step.ending is not None):
            problems.add(path, step.slug, "bước có lựa chọn thì không có ending; bước kết thúc phải có ending: safe hoặc lost")
        if not step.choices:
            continue
        if not step.sign:
            problems.add(path, step.slug, "thiếu sign: dấu hiệu lừa đảo của lượt này")
        check_text(path, f"{step.slug} → sign", step.sign, SIGN_MAX_CHARACTERS, curriculum, problems)
        if all(choice.falls for choice in step.choices):
            problems.add(path, step.slug, "mọi lựa chọn đều mắc bẫy (falls); phải có ít nhất một cách thoát")


def _check_front(item: Lesson | Script, curriculum: Curriculum, path: Path, today: date, texts: Iterable[str], problems: Problems) -> None:
    for topic in item.topics:
        if topic not in curriculum.topics:
            problems.add(path, "topics", f'không có chủ đề "{topic}" trong content/topics.yml')
    if not item.topics:
        problems.add(path, "topics", "phải có ít nhất một chủ đề")
    if item.reviewed_on > today:
        problems.add(path, "reviewed_on", f"{item.reviewed_on} ở tương lai; phải là ngày đã rà soát, không sau {today}")
    if item.review_by <= item.reviewed_on:
        problems.add(path, "review_by", f"{item.review_by} không sau reviewed_on {item.reviewed_on}")
    if not item.sources and not item.is_general_advice and not any(fact_slugs(text) for text in texts):
        problems.add(path, "sources", "chưa có nguồn; thêm nguồn, dùng dữ kiện, hoặc ghi general_advice: true")


def _check_plain(path: Path, place: str, text: str, problems: Problems) -> None:
    """Note a placeholder in a text that is shown as it stands."""
    if "{{" in text:
        problems.add(path, place, 'chỗ này không điền được "{{ … }}"; hãy viết thẳng bằng chữ')


def _check_value(path: Path, place: str, value: str, problems: Problems) -> None:
    """Note slugs that together are too long for a button."""
    if len(value.encode()) > CHOICE_VALUE_MAX_BYTES:
        problems.add(path, place, f'mã quá dài, nút bấm "{value}" quá {CHOICE_VALUE_MAX_BYTES} byte; hãy đặt mã ngắn hơn')


def _check_reading(path: Path, texts: Iterable[tuple[str, str]], problems: Problems, explained: set[str] | None = None) -> None:
    known = set() if explained is None else explained
    parts = list(texts)
    for place, text in parts:
        for sentence in sentences(text):
            if sentence.words > SENTENCE_MAX_WORDS:
                problems.add(path, place, f'câu dài {sentence.words} từ; tối đa {SENTENCE_MAX_WORDS}: "{sentence.text[:50]}…"')
        for word in foreign_words(text, known):
            problems.add(path, place, f'từ nước ngoài "{word}" chưa giải thích; ghi nghĩa trong ngoặc ngay sau lần đầu dùng')
    mean = mean_words(text for _, text in parts)
    if mean > MEAN_MAX_WORDS:
        problems.add(path, "nội dung", f"câu dài trung bình {mean:.1f} từ; tối đa {MEAN_MAX_WORDS}; hãy tách câu")


def _check_picture(path: Path, place: str, slug: str | None, curriculum: Curriculum, problems: Problems) -> None:
    if slug is not None and slug not in curriculum.pictures:
        problems.add(path, place, f'không có hình "{slug}" trong content/pictures.yml')


def _check_pictures(curriculum: Curriculum, content: Path, problems: Problems) -> None:
    path = content / "pictures.yml"
    for picture in curriculum.pictures.values():
        _check_plain(path, picture.slug, picture.title + picture.alt, problems)
        if not ALT_MIN_CHARACTERS <= len(picture.alt) <= ALT_MAX_CHARACTERS:
            problems.add(path, picture.slug, f"alt dài {len(picture.alt)} ký tự; phải từ {ALT_MIN_CHARACTERS} đến {ALT_MAX_CHARACTERS}")
        size = (content / "pictures" / f"{picture.slug}.png").stat().st_size
        if size > PICTURE_MAX_BYTES:
            problems.add(path, picture.slug, f"ảnh nặng {size} byte; tối đa {PICTURE_MAX_BYTES}")
    for image in sorted((content / "pictures").glob("*.png")):
        if image.stem not in curriculum.pictures:
            problems.add(path, image.stem, f"chưa có mục cho ảnh {image.name}; thêm title và alt")


def _explained_by(lesson: Lesson) -> set[str]:
    explained: set[str] = set()
    for step in lesson.steps:
        for text in (step.text, step.simple):
            list(foreign_words(text, explained))
    return explained


def _question_texts(questions: Iterable[Question]) -> Iterator[tuple[str, str]]:
    for question in questions:
        yield f"câu {question.slug}", question.text
        for choice in question.choices:
            yield f"câu {question.slug}", choice.text
            yield f"câu {question.slug}", choice.feedback
