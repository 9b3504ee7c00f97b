"""`banso nlu evaluate` and what it counts."""

import random

import pytest

from bot.nlu.tools import evaluate, macro_f1
from bot.nlu.typing_ways import WAYS


def test_macro_f1_by_hand():
    # a: precision 1/2, recall 1 → 2/3; b: precision 1, recall 1/2 → 2/3.
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)


def test_evaluates_each_way_of_typing(tmp_path, capsys):
    chance = random.Random(1)
    said = {"gửi tiền": "gửi tiền vào sổ tiết kiệm lãi", "mở khoá": "mở khoá máy quên mật khẩu"}
    lines = [f"{' '.join(chance.sample(words.split(), 5))}\t{intent}" for intent, words in said.items() for _ in range(30)]
    for name, part in (("train", lines[::2]), ("test", lines[1::2])):
        (tmp_path / name).write_text("text\tintent\n" + "\n".join(part) + "\n", encoding="utf-8")

    evaluate(tmp_path / "train", tmp_path / "test")

    printed = capsys.readouterr().out
    assert all(way in printed for way in WAYS)
    assert "đúng 100.0%   F1 trung bình 100.0%" in printed


@pytest.mark.parametrize(
    ("content", "said"), [("a\tb\n1\t2\n", "text và intent"), ("text\tintent\nxin chào\t\n", "dòng 2"), ("", "text và intent")]
)
def test_says_what_is_wrong_with_a_file(tmp_path, content, said):
    (tmp_path / "bad").write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=said):
        evaluate(tmp_path / "bad", tmp_path / "bad")
