"""A tree of texts: read and written as it is, cut into items, checked as a whole, and who must look at a change."""

import pytest

from actions.curriculum.tree import Item, check_tree, is_path, item_of, needs_review, paths_of, read_tree, write_tree
from bot.settings import ROOT
from tests.conftest import TODAY
from tests.content_given import (
    ANSWER,
    EXAMPLES,
    FACTS,
    LESSON,
    OTHER_ANSWER,
    PICTURES,
    QUIZ,
    TOPICS,
    edited,
    project_tree,
    small_tree,
    without,
)


def files_below(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def problems_of(tree):
    curriculum, problems = check_tree(tree, TODAY, PICTURES)
    assert curriculum is None
    return problems


def test_the_project_is_written_byte_for_byte_as_it_was_read(tmp_path):
    tree = project_tree()

    changed = write_tree(tree, tmp_path)

    assert changed == sorted(tree)
    assert files_below(tmp_path) == sorted(tree)
    assert [path for path in tree if (tmp_path / path).read_bytes() != (ROOT / path).read_bytes()] == []
    assert read_tree(tmp_path) == tree


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("a\r\nb\r\n", id="lines of Windows"),
        pytest.param("a\rb", id="lines of an old Mac"),
        pytest.param("không có dòng mới ở cuối", id="no line break at the end"),
        pytest.param("\ufeffa: b\n", id="byte order mark"),
        pytest.param("e\u0302\u0301 tách rời\n", id="decomposed letters"),
        pytest.param("trống \u00a0\u200b\u2028 và 🙂\n", id="odd spaces and an emoji"),
        pytest.param("nul \x00 ở giữa", id="a NUL"),
    ],
)
def test_a_text_comes_back_as_it_was(tmp_path, text):
    write_tree({FACTS: text}, tmp_path)

    assert read_tree(tmp_path) == {FACTS: text}
    assert (tmp_path / FACTS).read_bytes() == text.encode()


def test_only_what_differs_is_written_and_what_is_gone_is_deleted(tmp_path):
    tree = small_tree()
    write_tree(tree, tmp_path)
    untouched = (tmp_path / FACTS).stat().st_mtime_ns
    after = without(edited(tree, LESSON, "Sáu con số", "Bảy con số"), OTHER_ANSWER) | {"content/answers/new-topic/moi.md": "mới"}

    changed = write_tree(after, tmp_path)

    assert changed == sorted([LESSON, OTHER_ANSWER, "content/answers/new-topic/moi.md"])
    assert read_tree(tmp_path) == after
    assert (tmp_path / FACTS).stat().st_mtime_ns == untouched
    assert write_tree(after, tmp_path) == []


def test_folders_that_became_empty_go_and_those_with_something_left_stay(tmp_path):
    write_tree({LESSON: "a", QUIZ: "b", ANSWER: "c", OTHER_ANSWER: "d"}, tmp_path)
    note = tmp_path / "content/answers/scam-police/hinh.png"
    note.write_bytes(b"x")

    write_tree({OTHER_ANSWER: "d"}, tmp_path)

    assert not (tmp_path / "content/lessons").exists()
    assert note.read_bytes() == b"x"
    assert files_below(tmp_path) == sorted([OTHER_ANSWER, "content/answers/scam-police/hinh.png"])


def test_an_empty_tree_leaves_the_folder_itself(tmp_path):
    write_tree({LESSON: "a"}, tmp_path)

    write_tree({}, tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../content/facts.yml", id="above the project"),
        pytest.param("content/../../facts.yml", id="above, from within"),
        pytest.param("content/./facts.yml", id="a dot"),
        pytest.param("/content/facts.yml", id="from the root"),
        pytest.param("content//facts.yml", id="nothing between"),
        pytest.param("content/.an.md", id="hidden"),
        pytest.param("content/facts.py", id="a program"),
        pytest.param("content/pictures/ma-otp.md", id="among the pictures"),
        pytest.param("training_data/answers/a/b.md", id="no examples"),
        pytest.param("bot/x.yml", id="another folder"),
        pytest.param("content/a\0.md", id="a NUL"),
        pytest.param("content/a.md\n", id="a line break"),
        pytest.param(f"content/{'a' * 300}.md", id="too long for a file system"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_path_that_is_none_of_a_tree_is_never_written(tmp_path, path):
    root = tmp_path / "project"
    root.mkdir()

    with pytest.raises(ValueError):
        write_tree({path: "x", FACTS: "y"}, root)

    assert files_below(tmp_path) == []
    assert not is_path(path)
    assert any(problem.path == path and "không phải tệp nội dung" in problem.message for problem in problems_of({path: "x"}))


def test_every_path_of_the_project_may_be_in_a_tree():
    assert [path for path in project_tree() if not is_path(path)] == []


def test_what_lies_beside_the_texts_is_not_read(tmp_path):
    write_tree({FACTS: "a"}, tmp_path)
    for path in ("content/pictures/a.svg", "content/pictures/ghi-chu.md", "content/anh.png", "training_data/ghi-chu.md", "README.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "content/la-thu-muc.md").mkdir()

    assert read_tree(tmp_path) == {FACTS: "a"}


def test_bytes_that_are_no_utf8_are_a_problem_with_its_place_and_no_crash(tmp_path):
    tree = small_tree()
    write_tree(tree, tmp_path)
    (tmp_path / LESSON).write_bytes(tree[LESSON].encode().replace("Sáu con số".encode(), b"S\xe1u con s\xf4", 1))

    found = [problem for problem in problems_of(read_tree(tmp_path)) if problem.path == LESSON]

    line = tree[LESSON][: tree[LESSON].index("Sáu con số")].count("\n") + 1
    assert (found[0].place, "UTF-8" in found[0].message) == (f"dòng {line}", True)


@pytest.mark.parametrize("path", sorted(project_tree()))
def test_every_file_belongs_to_an_item_that_finds_it(path):
    item = item_of(path)

    assert path in paths_of(item, project_tree())
    assert Item.parse(str(item)) == item
    assert len(str(item)) <= 64  # the database's column


def test_the_items_of_the_project_are_whole():
    by_kind = {}
    for path in project_tree():
        by_kind.setdefault(item_of(path).kind, set()).add(item_of(path))

    assert len(by_kind["lesson"]) == len({path for path in project_tree() if path.endswith("/lesson.md")})
    assert by_kind["facts"] == {Item("facts", "facts")}
    assert {item.slug for item in by_kind["other"]} >= {"content:topics.yml", "content:messages.yml", "training_data:lexicon.yml"}
    for item in by_kind["answer"]:
        assert [path.split("/")[0] for path in paths_of(item, project_tree())] == ["content", "training_data"], item
    for item in by_kind["lesson"]:
        assert all(path in project_tree() for path in paths_of(item, project_tree())), item


def test_a_new_item_knows_where_its_files_will_be():
    assert paths_of(Item("answer", "moi"), {}, "scam-qr") == ["content/answers/scam-qr/moi.md", "training_data/answers/scam-qr/moi.yml"]
    assert paths_of(Item("answer", "moi"), {}) == []
    assert paths_of(Item("lesson", "moi"), {}) == ["content/lessons/moi/lesson.md", "content/lessons/moi/quiz.yml"]
    assert paths_of(Item("guide", "moi"), {}) == ["content/guides/moi.yml"]
    assert paths_of(Item("drill", "moi"), {}) == ["content/drills/moi.yml"]


@pytest.mark.parametrize("text", ["", "answer", "answer/", "song/abc", "/otp", "Answer/otp"])
def test_what_names_no_item_is_refused(text):
    with pytest.raises(ValueError):
        Item.parse(text)


@pytest.mark.parametrize(
    ("item", "changed", "is_needed"),
    [
        pytest.param("answer/cong-an-goi-dien", [ANSWER], True, id="an answer on safety"),
        pytest.param("answer/cong-an-goi-dien", [ANSWER, EXAMPLES], True, id="an answer on safety with its examples"),
        pytest.param("answer/cong-an-goi-dien", [EXAMPLES], False, id="examples alone say nothing to citizens"),
        pytest.param("answer/cong-an-goi-dien", [], True, id="an answer on safety, whatever is changed"),
        pytest.param("answer/plain", ["content/answers/device-basics/plain.md"], False, id="an answer on the phone"),
        pytest.param("answer/law", ["content/answers/data-law-fines/law.md"], True, id="an answer on law"),
        pytest.param("answer/strange", ["content/answers/no-such-topic/strange.md"], True, id="an unknown topic"),
        pytest.param("answer/kind", ["content/answers/out-of-scope/kind.md"], True, id="how the bot behaves"),
        pytest.param("answer/gone", ["content/answers/scam-qr/gone.md"], True, id="an answer on safety that is to go"),
        pytest.param("lesson/ma-otp", [LESSON], True, id="a lesson on safety"),
        pytest.param("lesson/ma-otp", [QUIZ], True, id="the quiz of a lesson on safety"),
        pytest.param("lesson/plain", ["content/lessons/plain/lesson.md"], False, id="a lesson on the phone"),
        pytest.param("lesson/both", ["content/lessons/both/lesson.md"], True, id="a lesson on both"),
        pytest.param("lesson/none", ["content/lessons/none/lesson.md"], True, id="a lesson of no topic"),
        pytest.param("lesson/broken", ["content/lessons/broken/lesson.md"], True, id="a lesson that cannot be read"),
        pytest.param("lesson/dated", ["content/lessons/dated/lesson.md"], True, id="a lesson with a date that there is not"),
        pytest.param("lesson/windows", ["content/lessons/windows/lesson.md"], True, id="a lesson with lines of Windows"),
        pytest.param("guide/vua-bi-lua", ["content/guides/vua-bi-lua.yml"], True, id="a guide"),
        pytest.param("drill/dien-tap-cong-an", ["content/drills/dien-tap-cong-an.yml"], True, id="a drill"),
        pytest.param("facts/facts", [FACTS], True, id="facts"),
        pytest.param("other/content:topics.yml", [TOPICS], True, id="topics"),
        pytest.param("other/training_data:lexicon.yml", ["training_data/lexicon.yml"], False, id="the lexicon"),
    ],
)
def test_a_second_person_looks_at_law_and_safety(item, changed, is_needed):
    def lesson(topics, extra=""):
        return f"---\ntitle: a\ntopics: {topics}\n{extra}---\n## b\n"

    tree = small_tree() | {
        "content/answers/device-basics/plain.md": "x",
        "content/answers/data-law-fines/law.md": "x",
        "content/answers/no-such-topic/strange.md": "x",
        "content/answers/out-of-scope/kind.md": "x",
        "content/lessons/plain/lesson.md": lesson("[device-basics, internet-search]"),
        "content/lessons/both/lesson.md": lesson("[device-basics, scam-qr]"),
        "content/lessons/none/lesson.md": lesson("[]"),
        "content/lessons/broken/lesson.md": lesson("[device-basics"),
        "content/lessons/dated/lesson.md": lesson("[device-basics]", "reviewed_on: 2026-13-45\n"),
        "content/lessons/windows/lesson.md": lesson("[scam-qr]").replace("\n", "\r\n"),
    }

    assert needs_review(Item.parse(item), tree, changed) is is_needed


@pytest.mark.parametrize("topics", ["", "a: [b", "- a\n- b\n", "device-basics: 2026-13-45\n", "\x00"])
def test_where_the_topics_cannot_be_read_a_second_person_looks(topics):
    tree = small_tree() | {TOPICS: topics, "content/answers/device-basics/plain.md": "x"}

    assert needs_review(Item("answer", "plain"), tree, ["content/answers/device-basics/plain.md"])


def test_the_project_checks_as_a_tree_as_it_does_in_its_folder(curriculum):
    checked, problems = check_tree(project_tree(), TODAY, PICTURES)

    assert problems == []
    assert checked == curriculum


def test_a_broken_tree_tells_every_problem_with_its_path():
    broken = edited(small_tree(), ANSWER, "title:", "titel:")
    broken = edited(broken, FACTS, 'value: "156"', "value: 156")
    broken = edited(broken, LESSON, "status: active", "status: aktiv")
    broken = edited(broken, QUIZ, "right: true", "richtig: true")
    broken = without(broken, EXAMPLES, "content/modules.yml") | {"content/guides/vua-bi-lua.yml": "a: [b"}

    found = problems_of(broken)

    assert {ANSWER, FACTS, LESSON, QUIZ, "content/guides/vua-bi-lua.yml", "content/modules.yml"} <= {p.path for p in found}
    assert all(problem.place and problem.message for problem in found)
    assert all(is_path(problem.path) for problem in found)
    assert found == sorted(found, key=lambda problem: (problem.path, problem.place))


@pytest.mark.parametrize("tree", [pytest.param({}, id="nothing"), pytest.param({FACTS: ""}, id="an empty file")])
def test_a_tree_with_next_to_nothing_is_told_what_it_lacks(tree):
    assert {"content/topics.yml", "content/messages.yml"} <= {problem.path for problem in problems_of(tree)}


def test_checking_leaves_the_pictures_alone():
    before = {path: path.stat().st_mtime_ns for path in PICTURES.iterdir()}

    check_tree(small_tree(), TODAY, PICTURES)

    assert {path: path.stat().st_mtime_ns for path in PICTURES.iterdir()} == before
