"""What a number, a letter or a choice's words mean while a menu is open."""

import pytest

from actions.menu import show_main_menu
from actions.reply import Choice
from bot.choosing import SPOKEN, NotAChoiceError, open_choice

STEP = (Choice("Tiếp", "on"), Choice("Nhắc lại", "again"), Choice("Nói dễ hiểu hơn", "easier"), Choice("Dừng", "stop"))
QUESTION = (
    Choice("Đọc mã cho họ", "pick:x:q1:s:0"), Choice("Cúp máy", "pick:x:q1:s:1"), Choice("Hỏi lại", "pick:x:q1:s:2"),
    Choice("Dừng câu đố", "stop-quiz"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        pytest.param("1", "on", id="number"),
        pytest.param(" 4 ", "stop", id="spaces"),
        pytest.param("số 2", "again", id="số"),
        pytest.param("chọn 2", "again", id="chọn"),
        pytest.param("chọn số 2", "again", id="chọn số"),
        pytest.param("Câu 3", "easier", id="câu"),
        pytest.param("02", "again", id="leading nought"),
        pytest.param("Tiếp", "on", id="words"),
        pytest.param("tiep", "on", id="without diacritics"),
        pytest.param("TIẾP!", "on", id="capitals and a mark"),
        pytest.param("vâng", "on", id="as people say yes"),
        pytest.param("không hiểu", "easier", id="as people ask"),
        pytest.param("thôi", "stop", id="as people stop"),
        pytest.param("mệt rồi", "stop", id="as people tire"),
        pytest.param("tiếp tục nói về ngân hàng", None, id="a sentence"),
        pytest.param("", None, id="empty"),
        pytest.param("   ", None, id="spaces only"),
        pytest.param("🙂", None, id="no words"),
        pytest.param("a", None, id="a letter without a question"),
        pytest.param("156", None, id="a number of three digits"),
        pytest.param("1 2", None, id="two numbers"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("²", None, id="a digit that is none"),
        pytest.param("số", None, id="an opening alone"),
    ],
)
def test_a_step_understands(typed, value):
    assert open_choice(typed, STEP) == value


@pytest.mark.parametrize(
    ("typed", "place"),
    [("a", 0), ("B", 1), ("c.", 2), ("đáp án b", 1), ("câu c", 2), ("chọn a", 0), ("2", 1), ("cúp máy", 1), ("hoi lai", 2)],
)
def test_a_question_understands_letters_too(typed, place):
    assert open_choice(typed, QUESTION) == QUESTION[place].value


@pytest.mark.parametrize("typed", ["d", "ab", "bc", "abc", "e", "đ", "ba", "aa"])
def test_no_other_letters_are_an_answer(typed):
    assert open_choice(typed, QUESTION) is None


def test_letters_count_from_the_question_and_numbers_from_the_menu():
    menu = (Choice("Xem thêm", "more:x"), *QUESTION)

    assert open_choice("a", menu) == QUESTION[0].value
    assert open_choice("2", menu) == QUESTION[0].value


@pytest.mark.parametrize("typed", ["0", "5", "99", "số 7"])
def test_a_number_beyond_the_menu_is_refused(typed):
    with pytest.raises(NotAChoiceError):
        open_choice(typed, STEP)


@pytest.mark.parametrize("typed", ["1", "77"])
def test_any_number_is_refused_where_nothing_is_open(typed):
    with pytest.raises(NotAChoiceError):
        open_choice(typed, ())


def test_exact_words_go_before_spoken_ones():
    menu = (Choice("Tiếp", "on"), Choice("Ok", "fine"))

    assert open_choice("ok", menu) == "fine"


def test_every_label_of_a_menu_is_understood(curriculum):
    menu = show_main_menu(curriculum).choices

    assert [open_choice(c.label, menu) for c in menu] == [c.value for c in menu]


def test_spoken_words_are_written_without_diacritics():
    from actions.curriculum.examples import folded_key

    assert all(folded_key(word) == word for said, words in SPOKEN.items() for word in (said, *words))


@pytest.mark.parametrize("labels", [("Tiếp", "Dừng"), ("Học tiếp", "Dừng bài học"), ("Đồng ý, nhớ giúp tôi", "Học không cần nhớ")])
def test_yes_and_no_are_never_the_same_word(labels):
    from actions.curriculum.examples import folded_key

    yes, no = (SPOKEN[folded_key(label)] for label in labels)
    assert not yes & no
