"""Broken content files: each gives an error that names the place and the cure, and all come at once."""

import shutil

import pytest

from actions.curriculum.lint import check_all, describe
from actions.curriculum.problems import ContentError
from bot.settings import ROOT
from tests.conftest import TODAY

ANSWER = "content/answers/scam-police/cong-an-goi-dien.md"
EXAMPLES = "training_data/answers/scam-police/cong-an-goi-dien.yml"
FACTS = "content/facts.yml"
MESSAGES = "content/messages.yml"
TOPICS = "content/topics.yml"
LEXICON = "training_data/lexicon.yml"


@pytest.fixture
def tree(tmp_path):
    for folder in ("content", "training_data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def problems_of(tree):
    with pytest.raises(ContentError) as raised:
        check_all(tree, TODAY)
    return raised.value.problems


def edit(tree, name, old, new):
    path = tree / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "message"),
    [
        pytest.param(ANSWER, "title:", "titel:", "phần đầu → titel", "không có mục này", id="misspelt field"),
        pytest.param(ANSWER, "topic: scam-police", "topic: scam-cops", "phần đầu → topic", '"scam-cops"', id="unknown topic"),
        pytest.param(ANSWER, "topic: scam-police", "topic: scam-bank", "phần đầu → topic", "trùng tên thư mục", id="wrong folder"),
        pytest.param(ANSWER, "reviewed_on: 2026-11-23", "reviewed_on: hôm qua", "phần đầu → reviewed_on", "2026-11-23", id="no date"),
        pytest.param(ANSWER, "reviewed_on: 2026-11-23", "reviewed_on: 2026-13-45", "tệp", "ngày", id="impossible date"),
        pytest.param(ANSWER, "reviewed_on: 2026-11-23", "reviewed_on: 2027-01-01", "reviewed_on", "tương lai", id="future review"),
        pytest.param(ANSWER, "review_by: 2027", "review_by: 2020", "review_by", "không sau", id="review before it began"),
        pytest.param(ANSWER, "---\ntitle", "title", "dòng 1", "---", id="no front matter"),
        pytest.param(ANSWER, "title:", "title: [", "dòng", "YAML", id="broken YAML"),
        pytest.param(ANSWER, "\n## Xem thêm", "\n**đậm**\n## Xem thêm", "nội dung", "định dạng", id="markup"),
        pytest.param(ANSWER, "\n## Xem thêm", "\nGọi 113 ngay.\n## Xem thêm", "nội dung", '"113"', id="number by hand"),
        pytest.param(ANSWER, "\n## Xem thêm", "\nVào abc.vn nhé.\n## Xem thêm", "nội dung", '"abc.vn"', id="address by hand"),
        pytest.param(ANSWER, "\n## Xem thêm", "\n{{ fact.nothing }}\n## Xem thêm", "nội dung", "fact.nothing", id="unknown fact"),
        pytest.param(
            ANSWER, "\n## Xem thêm", "\n{{ fact.fine_fake_news }}\n## Xem thêm", "nội dung", "chưa kiểm chứng", id="unverified fact"
        ),
        pytest.param(ANSWER, "\n## Xem thêm", "\n{{ anh }}\n## Xem thêm", "nội dung", '"{{ anh }}"', id="unknown placeholder"),
        pytest.param(ANSWER, "\n## Xem thêm", "\n" + "dài " * 200 + "\n## Xem thêm", "nội dung", "tối đa 600", id="bubble too long"),
        pytest.param(ANSWER, "address: https://", "address: ", "sources 1 → address", "https://", id="source without https"),
        pytest.param(
            ANSWER, "topic: scam-police", "topic: scam-police\noutcome: unsafe", "outcome", "ứng xử", id="outcome of a content answer"
        ),
        pytest.param(EXAMPLES, "intent: cong-an-goi-dien", "intent: cong-an", "intent", "trùng tên tệp", id="intent and file differ"),
        pytest.param(EXAMPLES, "    - ", "    - [cái này](x) ", "ví dụ 1", "[ ]", id="reserved characters"),
        pytest.param(EXAMPLES, "    - ", "    + ", "ví dụ 1", "mở bằng", id="no dash"),
        pytest.param(EXAMPLES, "nlu:", "nl:", "nlu", "thiếu", id="no nlu block"),
        pytest.param(FACTS, 'value: "156"', "value: 156", "hotline_156 → value", "dấu nháy", id="number without quotes"),
        pytest.param(
            FACTS, "11-23\n  status: verified", "11-23\n  status: sure", "hotline_156 → status", "verified, unverified", id="unknown status"
        ),
        pytest.param(MESSAGES, "welcome:", "wellcome:", "wellcome", "không có câu này", id="unknown message"),
        pytest.param(MESSAGES, "welcome:", "wellcome:", "câu → welcome", "đang trống", id="missing message"),
        pytest.param(TOPICS, "pillar: digital-skills", "pillar: skills", "device-basics → pillar", '"skills"', id="unknown pillar"),
        pytest.param(LEXICON, "không: [k, ko,", "không: [k, k, ko,", "teencode → không", '"k"', id="spelling twice"),
        pytest.param(LEXICON, "không: [k, ko,", "không: [k, no, ko,", "teencode → không", "dấu nháy", id="YAML takes no for false"),
    ],
)
def test_names_the_place_and_the_cure(tree, name, old, new, place, message):
    edit(tree, name, old, new)

    found = [p for p in problems_of(tree) if p.path == name and p.place.startswith(place)]

    assert found, [str(p) for p in problems_of(tree)][:5]
    assert message in found[0].message


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe\x00", "UTF-8"), ("---\ntitle: a\u0300\n---\nb\n".encode(), "NFC"), (b"---\ntitle: a\x00\n---\nb\n", "NUL"), (b"", "---")],
)
def test_files_that_are_no_text(tree, content, message):
    (tree / ANSWER).write_bytes(content)

    assert any(p.path == ANSWER and message in p.message for p in problems_of(tree))


def test_an_example_in_two_intents_names_both(tree):
    edit(tree, EXAMPLES, "examples: |\n", "examples: |\n    - Trạm phát sóng giả là cái gì vậy nhỉ\n")
    edit(
        tree,
        "training_data/answers/passwords-2fa/otp-la-gi.yml",
        "examples: |\n",
        "examples: |\n    - trạm phat sóng giả là cái gì vậy nhỉ?\n",
    )

    assert any("otp-la-gi" in p.message + p.path and "trùng" in p.message for p in problems_of(tree))


def test_missing_examples_and_missing_answers(tree):
    (tree / EXAMPLES).unlink()
    (tree / "content/answers/scam-police/phat-nguoi-gia.md").unlink()

    found = problems_of(tree)

    assert any(p.path == EXAMPLES and "chưa có ví dụ" in p.message for p in found)
    assert any("phat-nguoi-gia" in p.message and "không có câu trả lời" in p.message for p in found)


def test_too_few_examples(tree):
    path = tree / EXAMPLES
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:9]), encoding="utf-8")

    assert any(p.path == EXAMPLES and "cần ít nhất 10" in p.message for p in problems_of(tree))


def test_all_errors_come_at_once(tree):
    edit(tree, ANSWER, "title:", "titel:")
    edit(tree, FACTS, 'value: "156"', "value: 156")
    edit(tree, LEXICON, "không: [k, ko,", "không: [k, k, ko,")

    with pytest.raises(ContentError) as raised:
        check_all(tree, TODAY)

    assert {ANSWER, FACTS, LEXICON} <= {p.path for p in raised.value.problems}
    assert describe(raised.value).endswith("Hãy sửa các chỗ trên rồi chạy lại.")
