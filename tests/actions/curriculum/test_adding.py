"""What citizens asked becomes an example, and goes into an answer's file and out of it again."""

import pytest

from actions.curriculum.adding import UnusableQuestionError, add_examples, as_example, examples_in, examples_path, keys_of, without_examples
from actions.curriculum.examples import EXAMPLE_MAX_CHARACTERS, folded_key
from actions.curriculum.tree import Item, item_of, read_tree
from bot.settings import ROOT

TREE = read_tree(ROOT)
FILES = sorted(path for path in TREE if path.startswith("training_data/") and item_of(path).kind == "answer")
SMALL = 'version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    - câu một\n    - câu hai\n'


@pytest.mark.parametrize(
    ("question", "example"),
    [
        pytest.param("mã otp là gì", "mã otp là gì", id="as it is"),
        pytest.param("số ••• gọi tôi", "số gọi tôi", id="a mask leaves a gap"),
        pytest.param("gọi số •••", "gọi số", id="a mask at the end"),
        pytest.param("hai\ndòng  chữ\t này", "hai dòng chữ này", id="one line"),
        pytest.param("[ngân hàng](bank) {x}", "ngân hàng (bank) x", id="brackets that Rasa reads"),
        pytest.param("/menu là gì", "menu là gì", id="a slash at the beginning"),
        pytest.param("- - gạch đầu dòng", "gạch đầu dòng", id="dashes at the beginning"),
        pytest.param("ma\u0303 otp la\u0300 gi\u0300", "mã otp là gì", id="NFD"),
        pytest.param("mã\u200b otp\u2028là gì\x00", "mã otp là gì", id="invisible characters"),
        pytest.param("giá: 'a' \"b\" # c", "giá: 'a' \"b\" # c", id="what YAML could misread stays"),
        pytest.param("<script>alert(1)</script> là gì", "<script>alert(1)</script> là gì", id="markup is only text"),
    ],
)
def test_a_question_becomes_one_clean_line(question, example):
    assert as_example(question) == example
    assert examples_in(add_examples(SMALL, "a", [example], {}).text)[-1] == example


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        pytest.param("•••", "quá ít chữ", id="all masked"),
        pytest.param("••• •••?", "quá ít chữ", id="masks and signs"),
        pytest.param("alo", "quá ít chữ", id="one word"),
        pytest.param("", "quá ít chữ", id="nothing"),
        pytest.param("lời " * 400, f"tối đa {EXAMPLE_MAX_CHARACTERS}", id="too long"),
    ],
)
def test_what_cannot_be_an_example_says_why(question, reason):
    with pytest.raises(UnusableQuestionError, match=reason):
        as_example(question)


@pytest.mark.parametrize("path", FILES)
def test_every_file_takes_an_example_and_gives_it_back(path):
    new = "câu hoàn toàn mới: có # dấu 'nháy'"

    addition = add_examples(TREE[path], item_of(path).slug, [new], {})

    assert examples_in(addition.text) == [*examples_in(TREE[path]), new]
    assert without_examples(addition.text, addition.added) == TREE[path]


def test_doubles_are_left_out_with_whose_they_are():
    known = {folded_key("câu một"): "a", folded_key("của người khác"): "b"}

    addition = add_examples(SMALL, "a", ["CAU MOT!", "cua nguoi khac", "câu hai", "mới tinh", "moi tinh"], known)

    assert addition.added == ("mới tinh",)
    assert addition.doubled == {"CAU MOT!": "a", "cua nguoi khac": "b", "câu hai": "a", "moi tinh": "a"}


def test_a_new_file_is_one_that_the_lint_takes():
    addition = add_examples(None, "moi", ["một câu mới", "câu thứ hai"], {})

    assert examples_in(addition.text) == ["một câu mới", "câu thứ hai"]
    assert keys_of({"training_data/answers/scam-qr/moi.yml": addition.text}) == {"mot cau moi": "moi", "cau thu hai": "moi"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="not there"),
        pytest.param("", id="empty"),
        pytest.param("nlu: [", id="broken"),
        pytest.param("nlu: 3", id="no list"),
        pytest.param("nlu:\n- intent: a\n- 3\n- examples: [1]\n", id="other shapes"),
    ],
)
def test_a_broken_file_has_no_examples(text):
    assert examples_in(text) == []


def test_only_the_examples_that_were_added_go():
    text = SMALL + "    - câu hai\n"

    assert without_examples(text, ["câu hai", "không có"]) == SMALL


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        pytest.param("cong-an-goi-dien", "training_data/answers/scam-police/cong-an-goi-dien.yml", id="an answer"),
        pytest.param("chao-hoi", "training_data/behaviours/out-of-scope/chao-hoi.yml", id="a behaviour"),
        pytest.param("chua-co", "training_data/answers/scam-qr/chua-co.yml", id="a new one"),
    ],
)
def test_examples_are_where_they_always_are(slug, path):
    assert examples_path(Item("answer", slug), "scam-qr", TREE) == path
