"""Lessons, quizzes, paths, guides, drills and pictures: broken ones are named, the real ones are sound."""

import io
import shutil
from datetime import date

import pytest
from PIL import Image, ImageChops

from actions import crisis, emergency
from actions.curriculum.files import read_curriculum
from actions.curriculum.lesson_lint import PICTURE_MAX_BYTES, check_learning
from actions.curriculum.problems import Problems
from actions.drawing.svg import render_png
from actions.menu import EMERGENCY, show_main_menu
from bot.cli import PICTURE_WIDTH
from bot.nlu.syllable import fold
from bot.settings import ROOT
from tests.conftest import TODAY

CONTENT = ROOT / "content"
LESSONS = sorted(path.name for path in (CONTENT / "lessons").iterdir())
GUIDES = sorted(path.stem for path in (CONTENT / "guides").glob("*.yml"))
DRILLS = sorted(path.stem for path in (CONTENT / "drills").glob("*.yml"))
PICTURES = sorted(path.stem for path in (CONTENT / "pictures").glob("*.svg"))

LESSON = "content/lessons/ma-otp/lesson.md"
QUIZ = "content/lessons/ma-otp/quiz.yml"
GUIDE = "content/guides/mat-may.yml"
DRILL = "content/drills/goi-gia.yml"
PATHS = "content/paths.yml"
MODULES = "content/modules.yml"
PICTURE_LIST = "content/pictures.yml"

FRONT = """\
topics: [passwords-2fa]
status: active
sources:
  - title: Báo A
    address: https://vidu.vn
    read_on: 2026-11-20
reviewed_on: 2026-11-20
review_by: 2027-05-20
"""
STEP = "## Bước {n}\n\nCúp máy ngay.\n{picture}\n### Dễ hiểu hơn\n\nDừng lại.\n"
QUESTION = """\
- id: q{n}
  question: Có người lạ hỏi mã. Nên làm gì?
  choices:
  - text: Đọc mã cho họ
    feedback: Họ lấy được tiền ngay.
  - text: Cúp máy
    right: true
    feedback: Đúng rồi.
  - text: Gọi lại cho họ
    feedback: Họ lại lừa tiếp.
"""
GUIDE_TEXT = (
    "title: Tôi mất máy\n"
    + FRONT
    + """\
start: hoi
steps:
  hoi:
    text: Máy mất lâu chưa?
    choices:
      - text: Vừa mất
        next: khoa
      - text: Lâu rồi
        next: xong
  khoa:
    text: Gọi nhà mạng khoá SIM.
    picture: hai-lop-khoa
    choices:
      - text: Đã gọi
        next: xong
  xong:
    text: Đã xong.
    follow_up: true
"""
)
DRILL_LINE = """\
  luot-{n}:
    text: Tôi là công an đây.
    sign: Tự xưng là công an.
    choices:
      - text: Tôi sợ quá
        next: {next}
        falls: true
      - text: Tôi cúp máy
        next: thoat
"""
DRILL_TEXT = (
    "title: Công an giả\nrole: người xưng công an\nintro: Một số lạ gọi đến.\nlesson: ma-otp\n"
    + FRONT
    + "start: luot-1\nsteps:\n"
    + "".join(DRILL_LINE.format(n=n, next=f"luot-{n + 1}" if n < 4 else "mat") for n in range(1, 5))
    + "  thoat:\n    text: Giỏi lắm.\n    ending: safe\n  mat:\n    text: Mất tiền rồi.\n    ending: lost\n"
)
LONG_SENTENCE = "đi " * 21


@pytest.fixture
def tree(tmp_path):
    """A small content folder with one of each, without a problem."""
    content = tmp_path / "content"
    (content / "pictures").mkdir(parents=True)
    for name in ("topics.yml", "facts.yml", "messages.yml", "pictures/hai-lop-khoa.png"):
        shutil.copy(CONTENT / name, content / name)
    steps = "".join(STEP.format(n=n, picture="Hình: hai-lop-khoa\n" if n == 1 else "") for n in range(1, 4))
    alt = "Hai lớp khoá cho tài khoản: lớp một là mật khẩu, lớp hai là mã dùng một lần gửi về máy."
    write(tmp_path, LESSON, f"---\ntitle: Giữ mã\nmodule: giu-tai-khoan\ngoal: Biết giữ mã.\n{FRONT}---\n{steps}")
    write(tmp_path, QUIZ, "".join(QUESTION.format(n=n) for n in range(1, 7)))
    write(tmp_path, GUIDE, GUIDE_TEXT)
    write(tmp_path, DRILL, DRILL_TEXT)
    write(tmp_path, PATHS, "moi-hoc:\n  title: Mới học\n  audience: Tôi mới học\n  about: Học từ đầu.\n  lessons: [ma-otp]\n")
    write(tmp_path, MODULES, 'giu-tai-khoan: "Giữ tài khoản"\n')
    write(tmp_path, PICTURE_LIST, f"hai-lop-khoa:\n  title: Hai lớp khoá\n  alt: {alt!r}\n")
    return tmp_path


def write(tree, name, text):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(tree, name, old, new):
    text = (tree / name).read_text(encoding="utf-8")
    assert old in text
    write(tree, name, text.replace(old, new, 1))


def problems_of(tree, today=TODAY):
    problems = Problems(tree)
    check_learning(read_curriculum(tree / "content", problems), tree, today, problems)
    return problems.found


def test_the_small_folder_is_sound(tree):
    assert problems_of(tree) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "message"),
    [
        # Lessons
        pytest.param(LESSON, "---\ntitle", "title", "dòng 1", "thiếu phần đầu", id="lesson without front matter"),
        pytest.param(LESSON, "goal:", "gaol:", "phần đầu → gaol", "không có mục này", id="lesson: misspelt field"),
        pytest.param(LESSON, "goal: Biết giữ mã.", "goal:", "phần đầu → goal", "một dòng chữ", id="lesson without a goal"),
        pytest.param(LESSON, "module: giu-tai-khoan", "module: nau-an", "phần đầu → module", '"nau-an"', id="unknown module"),
        pytest.param(LESSON, "status: active", "status: ready", "phần đầu → status", "active, draft, retired", id="unknown status"),
        pytest.param(LESSON, "topics: [passwords-2fa]", "topics: [scam-cops]", "topics", '"scam-cops"', id="unknown topic"),
        pytest.param(LESSON, "topics: [passwords-2fa]", "topics: []", "topics", "ít nhất một", id="no topic"),
        pytest.param(LESSON, "reviewed_on: 2026-11-20", "reviewed_on: 2026-12-20", "reviewed_on", "tương lai", id="future review"),
        pytest.param(LESSON, "review_by: 2027-05-20", "review_by: 2026-11-20", "review_by", "không sau", id="review before it began"),
        pytest.param(LESSON, "address: https://", "address: http://", "sources 1 → address", "https://", id="source without https"),
        pytest.param(
            LESSON,
            "sources:\n  - title: Báo A\n    address: https://vidu.vn\n    read_on: 2026-11-20\n",
            "",
            "sources",
            "chưa có nguồn",
            id="no source",
        ),
        pytest.param(LESSON, "title: Giữ mã", "title: " + "Mã " * 16, "title", "tối đa 45", id="title too long"),
        pytest.param(LESSON, "goal: Biết", "goal: '{{ Ban }} biết", "phần đầu", "", id="broken YAML in front matter"),
        pytest.param(LESSON, "title: Giữ mã", "title: Giữ mã {{ ban }}", "title", "viết thẳng", id="placeholder in a title"),
        pytest.param(LESSON, "goal: Biết", "goal: Bạn {{ x }}", "goal", "viết thẳng", id="placeholder in a goal"),
        pytest.param(LESSON, "## Bước 1", "Chào.\n\n## Bước 1", "nội dung", "đứng trước bước đầu", id="text before the first step"),
        pytest.param(LESSON, "## Bước 1", "## " + "Bước " * 9, "Bước", "tối đa 40", id="heading too long"),
        pytest.param(LESSON, "## Bước 3\n\nCúp máy ngay.", "## Bước 3\n", "Bước 3", "bước trống", id="empty step"),
        pytest.param(LESSON, "### Dễ hiểu hơn\n\nDừng lại.", "", "Bước 1", "### Dễ hiểu hơn", id="nothing simpler"),
        pytest.param(LESSON, "## Bước 3", "### Bước 3", "nội dung", "có 2 bước", id="two steps"),
        pytest.param(LESSON, "Cúp máy ngay.", "Đi đi. " * 50, "Bước 1", "tối đa 300", id="step too long"),
        pytest.param(LESSON, "Dừng lại.", "Đi đi. " * 30, "Bước 1 → Dễ hiểu hơn", "tối đa 180", id="simpler text too long"),
        pytest.param(LESSON, "Cúp máy ngay.", LONG_SENTENCE, "Bước 1", "câu dài 21 từ", id="sentence too long"),
        pytest.param(LESSON, "Cúp máy ngay.", "Bấm vào link.", "Bước 1", '"link"', id="foreign word"),
        pytest.param(LESSON, "Cúp máy ngay.", "**Cúp** máy.", "Bước 1", "định dạng", id="markup"),
        pytest.param(LESSON, "Cúp máy ngay.", "Gọi 113 ngay.", "Bước 1", '"113"', id="number by hand"),
        pytest.param(LESSON, "Cúp máy ngay.", "Gọi {{ fact.nothing }}.", "Bước 1", "fact.nothing", id="unknown fact"),
        pytest.param(LESSON, "Cúp máy ngay.", "Xem {{ fact.fine_fake_news }}.", "Bước 1", "chưa kiểm chứng", id="unverified fact"),
        pytest.param(LESSON, "Hình: hai-lop-khoa", "Hình: ba-lop-khoa", "Bước 1", '"ba-lop-khoa"', id="unknown picture"),
        # Quizzes
        pytest.param(QUIZ, QUESTION.format(n=6), "", "tệp", "có 5 câu", id="five questions"),
        pytest.param(QUIZ, "id: q2", "id: q1", "câu 2 → id", "chưa dùng", id="question id twice"),
        pytest.param(QUIZ, "id: q2", "id: Câu hai", "Câu hai", "a–z", id="question id that is no slug"),
        pytest.param(QUIZ, "id: q2", "id: 2", "câu 2 → id", "dấu nháy", id="question id that is a number"),
        pytest.param(QUIZ, "  question:", "  ask:", "câu 1 → ask", "không có mục này", id="quiz: misspelt field"),
        pytest.param(QUIZ, "    right: true\n", "", "câu q1", "có 0 lựa chọn đúng", id="no right choice"),
        pytest.param(QUIZ, "Gọi lại cho họ\n", "Gọi lại cho họ\n    right: true\n", "câu q1", "có 2 lựa chọn đúng", id="two right choices"),
        pytest.param(QUIZ, "right: true", "right: đúng", "câu 1, lựa chọn 2 → right", "true hoặc false", id="right is a word"),
        pytest.param(QUIZ, "    feedback: Đúng rồi.\n", "", "câu 1, lựa chọn 2 → feedback", "đang trống", id="no feedback"),
        pytest.param(QUIZ, "text: Gọi lại cho họ", "text: Cúp máy", "câu q1", "giống nhau", id="choices alike"),
        pytest.param(
            QUIZ,
            "  - text: Gọi lại cho họ\n    feedback: Họ lại lừa tiếp.\n",
            "",
            "câu q1",
            "có 2 lựa chọn; phải là 3 hoặc 4",
            id="two choices",
        ),
        pytest.param(QUIZ, "text: Đọc mã cho họ", "text: " + "Đọc mã " * 9, "câu q1, lựa chọn 1", "tối đa 55", id="choice too long"),
        pytest.param(QUIZ, "Đúng rồi.", "Đúng. " * 34, "câu q1, lựa chọn 2 → feedback", "tối đa 200", id="feedback too long"),
        pytest.param(QUIZ, "Nên làm gì?", "Sao? " * 50, "câu q1", "tối đa 260", id="question too long"),
        pytest.param(QUIZ, "Nên làm gì?", "Gõ pass?", "câu q1", '"pass"', id="foreign word in a question"),
        pytest.param(QUIZ, "- id: q1", "id: q1", "dòng", "YAML", id="quiz is no list"),
        # Paths and modules
        pytest.param(PATHS, "lessons: [ma-otp]", "lessons: [ma-pin]", "moi-hoc", '"ma-pin"', id="path with an unknown lesson"),
        pytest.param(PATHS, "lessons: [ma-otp]", "lessons: []", "moi-hoc", "ít nhất một bài", id="path without lessons"),
        pytest.param(PATHS, "lessons: [ma-otp]", "lessons: [ma-otp, ma-otp]", "moi-hoc", "ghi một lần", id="path with a lesson twice"),
        pytest.param(LESSON, "status: active", "status: draft", "moi-hoc", '"ma-otp" đang dùng', id="path with a draft"),
        pytest.param(PATHS, "audience:", "for:", "moi-hoc → for", "không có mục này", id="path: misspelt field"),
        pytest.param(PATHS, "Học từ đầu.", "Học {{ fact.nothing }}.", "moi-hoc → about", "fact.nothing", id="path with an unknown fact"),
        pytest.param(MODULES, '"Giữ tài khoản"', "7", "giu-tai-khoan", "tên học phần", id="module that is a number"),
        # Guides
        pytest.param(GUIDE, "start: hoi", "start: chao", "start", '"chao"', id="guide that begins nowhere"),
        pytest.param(GUIDE, "next: khoa", "next: khoas", "hoi → Vừa mất", '"khoas"', id="guide that leads nowhere"),
        pytest.param(GUIDE, "next: khoa", "next: xong", "khoa", "không có đường nào dẫn tới", id="step that is never reached"),
        pytest.param(
            GUIDE, "Đã gọi\n        next: xong", "Đã gọi\n        next: khoa", "khoa", "không có đường tới", id="guide in a circle"
        ),
        pytest.param(GUIDE, "text: Lâu rồi", "text: Vừa mất", "hoi", "giống nhau", id="guide with choices alike"),
        pytest.param(GUIDE, "text: Vừa mất", "text: " + "Vừa mất " * 6, "hoi → Vừa", "tối đa 40", id="guide choice too long"),
        pytest.param(GUIDE, "Máy mất lâu chưa?", "Sao? " * 70, "hoi", "tối đa 320", id="guide step too long"),
        pytest.param(GUIDE, "picture: hai-lop-khoa", "picture: khoa", "khoa", '"khoa"', id="guide with an unknown picture"),
        pytest.param(GUIDE, "follow_up:", "follow:", "xong → follow", "không có mục này", id="guide: misspelt field"),
        pytest.param(GUIDE, "- text: Vừa mất", "- falls: true\n        text: Vừa mất", "hoi, lựa chọn 1 → falls", "", id="trap in a guide"),
        pytest.param(GUIDE, "start: hoi\n", "role: ai đó\nstart: hoi\n", "phần đầu → role", "không có mục này", id="guide with a role"),
        pytest.param(GUIDE, "  hoi:", "  Hỏi:", "Hỏi", "a–z", id="step that is no slug"),
        # Drills
        pytest.param(DRILL, "    sign: Tự xưng là công an.\n", "", "luot-1", "thiếu sign", id="line without a sign"),
        pytest.param(DRILL, "sign: Tự xưng", "sign: " + "Tự xưng " * 14, "luot-1 → sign", "tối đa 110", id="sign too long"),
        pytest.param(DRILL, "    ending: safe\n", "", "thoat", "ending: safe hoặc lost", id="end without an ending"),
        pytest.param(DRILL, "    sign: Tự", "    ending: lost\n    sign: Tự", "luot-1", "không có ending", id="line with an ending"),
        pytest.param(DRILL, "ending: safe", "ending: good", "thoat → ending", "safe, lost", id="unknown ending"),
        pytest.param(DRILL, "next: luot-2", "next: mat", "luot-2", "không có đường nào dẫn tới", id="drill cut short"),
        pytest.param(
            DRILL,
            "      - text: Tôi cúp máy\n        next: thoat\n",
            "      - text: Tôi cúp máy\n        next: thoat\n        falls: true\n",
            "luot-1",
            "mọi lựa chọn đều mắc bẫy",
            id="only traps",
        ),
        pytest.param(DRILL, "lesson: ma-otp", "lesson: ma-pin", "lesson", '"ma-pin"', id="drill with an unknown lesson"),
        pytest.param(DRILL, "role: người xưng công an\n", "", "phần đầu → role", "đang trống", id="drill without a role"),
        pytest.param(DRILL, "role: người", "role: Người {{ x }}", "role", "viết thẳng", id="placeholder in a role"),
        pytest.param(DRILL, "Một số lạ", "Số {{ fact.nothing }}", "intro", "fact.nothing", id="intro with an unknown fact"),
        pytest.param(DRILL, "Tôi là công an", "Tôi gọi từ 0123456789", "luot-1", '"0123456789"', id="drill with a number by hand"),
        # Pictures
        pytest.param(PICTURE_LIST, "hai-lop-khoa:", "ba-lop-khoa:", "ba-lop-khoa", "chưa có tệp ảnh", id="picture without a file"),
        pytest.param(PICTURE_LIST, "hai-lop-khoa:", "ba-lop-khoa:", "hai-lop-khoa", "chưa có mục", id="file without an entry"),
        pytest.param(
            PICTURE_LIST, " lớp một là mật khẩu, lớp hai là mã dùng một lần", "", "hai-lop-khoa", "phải từ 60", id="alt too short"
        ),
        pytest.param(PICTURE_LIST, "Hai lớp khoá cho", "Khoá " * 80, "hai-lop-khoa", "đến 400", id="alt too long"),
        pytest.param(PICTURE_LIST, "  title: Hai lớp khoá\n", "", "hai-lop-khoa → title", "đang trống", id="picture without a title"),
    ],
)
def test_names_the_file_the_place_and_the_cure(tree, name, old, new, place, message):
    edit(tree, name, old, new)

    found = problems_of(tree)

    file = PATHS if "đang dùng" in message else name
    assert any(p.path == file and p.place.startswith(place) and message in p.message for p in found), [str(p) for p in found]


def test_lessons_with_long_sentences_on_the_whole_are_named(tree):
    for _ in range(3):
        edit(tree, LESSON, "Cúp máy ngay.", ("đi " * 19 + "nhé. ") * 4)

    assert [(p.path, p.place) for p in problems_of(tree) if "trung bình" in p.message] == [(LESSON, "nội dung")]


@pytest.mark.parametrize(("characters", "is_named"), [pytest.param(15, False, id="64 bytes"), pytest.param(16, True, id="65 bytes")])
def test_slugs_that_are_too_long_for_a_button_are_named(tree, characters, is_named):
    """`pick:<lesson>:<question>:<sitting>:<choice>` has 64 bytes on the narrowest channel."""
    slug = "ma-" * 10 + "ot"
    (tree / LESSON).parent.rename(tree / "content/lessons" / slug)
    edit(tree, PATHS, "[ma-otp]", f"[{slug}]")
    edit(tree, DRILL, "lesson: ma-otp", f"lesson: {slug}")
    edit(tree, f"content/lessons/{slug}/quiz.yml", "id: q1", "id: " + "q" * characters)

    found = problems_of(tree)

    assert [(p.path, p.place) for p in found] == [(f"content/lessons/{slug}/quiz.yml", "câu " + "q" * characters)] * is_named
    assert all("64 byte" in p.message for p in found)


@pytest.mark.parametrize("missing", [pytest.param(LESSON, id="lesson.md"), pytest.param(QUIZ, id="quiz.yml")])
def test_a_missing_file_is_named(tree, missing):
    (tree / missing).unlink()

    assert any(p.path == missing and "không đọc được" in p.message for p in problems_of(tree))


def test_a_heavy_picture_is_named(tree):
    path = tree / "content/pictures/hai-lop-khoa.png"
    path.write_bytes(path.read_bytes() + bytes(PICTURE_MAX_BYTES))

    assert any(p.path == PICTURE_LIST and f"tối đa {PICTURE_MAX_BYTES}" in p.message for p in problems_of(tree))


def test_a_drill_of_three_lines_is_too_short(tree):
    edit(tree, DRILL, "next: luot-4", "next: mat")
    edit(tree, DRILL, DRILL_LINE.format(n=4, next="mat"), "")

    assert [p.message for p in problems_of(tree)] == ["kẻ lừa đảo nói 3 lượt; cần ít nhất 4"]


def test_a_word_explained_in_the_lesson_may_stand_in_its_quiz(tree):
    edit(tree, QUIZ, "Nên làm gì?", "Họ hỏi OTP. Nên làm gì?")
    before = problems_of(tree)
    edit(tree, LESSON, "Cúp máy ngay.", "Giữ mã OTP (mã dùng một lần).")

    assert any('"OTP"' in p.message for p in before)
    assert problems_of(tree) == []


def test_drafts_are_checked_too(tree):
    edit(tree, LESSON, "status: active", "status: draft")
    edit(tree, LESSON, "Cúp máy ngay.", "Bấm vào link.")

    assert any(p.path == LESSON and '"link"' in p.message for p in problems_of(tree))


def test_a_review_in_the_future_depends_on_the_day(tree):
    assert {p.place for p in problems_of(tree, date(2026, 11, 19))} == {"reviewed_on"}


# The real content, one case for each file.


@pytest.fixture(scope="module")
def real():
    problems = Problems(ROOT)
    found = read_curriculum(CONTENT, problems)
    check_learning(found, ROOT, TODAY, problems)
    return found, problems.found


def of_file(real, *names):
    return [str(p) for p in real[1] if p.path in names]


@pytest.mark.parametrize("slug", LESSONS)
def test_lesson_is_sound(real, slug):
    assert of_file(real, f"content/lessons/{slug}/lesson.md", f"content/lessons/{slug}/quiz.yml") == []
    assert slug in real[0].lessons


@pytest.mark.parametrize("slug", LESSONS)
def test_every_choice_of_the_quiz_is_answered_in_its_own_words(real, slug):
    for question in real[0].lessons[slug].questions.values():
        feedback = [choice.feedback for choice in question.choices]

        assert all(feedback)
        assert len(set(feedback)) == len(feedback), question.slug


@pytest.mark.parametrize("slug", GUIDES)
def test_guide_is_sound(real, slug):
    assert of_file(real, f"content/guides/{slug}.yml") == []
    assert slug in real[0].guides


@pytest.mark.parametrize("slug", DRILLS)
def test_drill_is_sound(real, slug):
    assert of_file(real, f"content/drills/{slug}.yml") == []
    drill = real[0].drills[slug]
    assert {step.ending for step in drill.steps.values() if not step.choices} == {"safe", "lost"}
    assert any(choice.falls for step in drill.steps.values() for choice in step.choices)


@pytest.mark.parametrize("name", [PATHS, MODULES, PICTURE_LIST])
def test_list_is_sound(real, name):
    assert of_file(real, name) == []


@pytest.mark.parametrize("slug", PICTURES)
def test_picture_is_drawn_from_its_svg_light_and_told_in_words(real, slug):
    path = CONTENT / "pictures" / f"{slug}.png"
    drawn = render_png(path.with_suffix(".svg").read_text(encoding="utf-8"), PICTURE_WIDTH)

    with Image.open(path) as kept, Image.open(io.BytesIO(drawn)) as anew:
        difference = ImageChops.difference(kept.convert("RGB"), anew.convert("RGB")) if kept.size == anew.size else None
    assert difference is not None, "other size; run: ./banso content pictures"
    assert difference.getbbox() is None, "drawn from another SVG; run: ./banso content pictures"
    assert path.stat().st_size <= PICTURE_MAX_BYTES
    assert real[0].pictures[slug].alt


@pytest.mark.parametrize("slug", PICTURES)
def test_picture_is_shown_somewhere(real, slug):
    shown = {step.picture for lesson in real[0].lessons.values() if lesson.status == "active" for step in lesson.steps}
    shown |= {step.picture for guide in real[0].guides.values() if guide.status == "active" for step in guide.steps.values()}

    assert slug in shown


def test_there_is_enough_to_learn(real):
    found = real[0]
    active = [lesson for lesson in found.lessons.values() if lesson.status == "active"]

    assert len(active) >= 30
    assert len(found.modules) == 6
    assert {lesson.module for lesson in active} == set(found.modules)
    assert sum(len(lesson.questions) for lesson in active) >= 180
    assert len(found.pictures) >= 10
    assert len([drill for drill in found.drills.values() if drill.status == "active"]) >= 6
    assert len(found.paths) >= 4


def test_every_topic_has_a_lesson(real):
    found = real[0]
    topics = {slug for slug, topic in found.topics.items() if topic.pillar != "behaviour"}

    covered = {topic for lesson in found.lessons.values() if lesson.status == "active" for topic in lesson.topics}

    assert len(topics) == 41
    assert topics - covered == set()


def labels_of(curriculum):
    """Yield every label that content or the main menu can show, with where it stands."""
    for lesson in curriculum.lessons.values():
        yield f"lesson {lesson.slug}", lesson.title
        yield from ((f"quiz {lesson.slug} {q.slug}", c.text) for q in lesson.questions.values() for c in q.choices)
    for script in (*curriculum.guides.values(), *curriculum.drills.values()):
        yield f"{script.kind} {script.slug}", script.title
        yield from ((f"{script.kind} {script.slug} {s.slug}", c.text) for s in script.steps.values() for c in s.choices)
    for path in curriculum.paths.values():
        yield f"path {path.slug}", path.audience
    for module in curriculum.modules.values():
        yield f"module {module.slug}", module.title
    for pillar in ("digital-skills", "online-safety", "data-protection"):
        yield from ((f"topic {topic.slug}", topic.title) for topic in curriculum.topics_of(pillar))
    for answer in curriculum.answers.values():
        yield f"answer {answer.slug}", answer.title
    yield from (("menu", choice.label) for choice in show_main_menu(curriculum).choices if choice.value != EMERGENCY.value)


# Whoever types one of these asks for just what panic or despair is answered with.
MEANT_AS_SUCH = {
    "lesson vua-bi-lua-lam-gi: Vừa bị lừa thì làm gì ngay",
    "guide vua-bi-lua: Tôi vừa bị lừa",
    "topic after-scam: Vừa bị lừa: làm gì ngay",
    "answer buoc-dau-bi-lua: Vừa bị lừa: làm gì ngay",
    "answer tuyet-vong: Khi thấy không muốn sống nữa",
}


def test_no_label_that_is_typed_is_taken_for_panic_or_despair(real, normaliser):
    """A label may be typed instead of tapped; see `TurnHandler._urgent`."""
    taken = []
    for place, label in labels_of(real[0]):
        text = label.replace("{{ ban }}", "bạn").replace("{{ Ban }}", "Bạn")
        normalised = normaliser.normalise(text)
        folded = fold(normalised)
        if crisis.is_crisis(normalised, folded) or emergency.is_cry(normalised) or emergency.is_panic(folded):
            taken.append(f"{place}: {label}")

    assert [one for one in taken if one not in MEANT_AS_SUCH] == []


def test_the_emergency_choice_is_taken_for_panic(normaliser):
    assert emergency.is_panic(fold(normaliser.normalise(EMERGENCY.label)))
