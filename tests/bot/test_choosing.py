"""What a number, a letter or a choice's words mean while a menu is open."""

import pytest

from actions.menu import show_main_menu
from actions.reply import Choice
from bot.choosing import NotAChoiceError, open_choice
from bot.spoken import SPOKEN

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


@pytest.mark.parametrize("typed", ["d", "ab", "bc", "abc", "e", "đ", "bà", "aa", "năm", "nam"])
def test_no_other_letters_are_an_answer(typed):
    assert open_choice(typed, QUESTION) is None


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("một", 0),
        ("hai", 1),
        ("Ba", 2),
        ("bốn", 3),
        ("bon", 3),
        ("tư", 3),
        ("số hai", 1),
        ("chọn số ba", 2),
        ("câu một", 0),
        ("đáp án hai ạ", 1),
    ],
)
def test_numbers_may_be_words(typed, place):
    assert open_choice(typed, QUESTION) == QUESTION[place].value


GUIDE = (Choice("Rồi, tôi chuyển rồi", "yes"), Choice("Chưa", "no"), Choice("Không chắc", "unsure"))
CONFIRM = (Choice("Đúng, cấp giấy", "yes"), Choice("Sửa lại tên", "again"), Choice("Thôi", "no"))
BACK = (Choice("Học tiếp", "on"), Choice("Dừng bài học", "stop"), Choice("Xem thêm", "more"))


@pytest.mark.parametrize(
    ("typed", "menu", "value"),
    [
        pytest.param("rồi", GUIDE, "yes", id="the first clause"),
        pytest.param("Rồi!", GUIDE, "yes", id="the first clause with a mark"),
        pytest.param("roi", GUIDE, "yes", id="the first clause without diacritics"),
        pytest.param("rồi em ạ", GUIDE, "yes", id="politely"),
        pytest.param("dạ rồi", GUIDE, "yes", id="politely, from the front"),
        pytest.param("tôi chuyển rồi", GUIDE, "yes", id="the second clause"),
        pytest.param("chuyển rồi", GUIDE, "yes", id="as people say it"),
        pytest.param("không", GUIDE, "no", id="no is not 'not sure'"),
        pytest.param("chưa ạ", GUIDE, "no", id="politely not"),
        pytest.param("không biết", GUIDE, "unsure", id="does not know"),
        pytest.param("rồi mai tôi hỏi", GUIDE, None, id="a sentence that opens so"),
        pytest.param("đúng", CONFIRM, "yes", id="right"),
        pytest.param("dung", CONFIRM, "yes", id="right, without diacritics, where a label says so"),
        pytest.param("đúng rồi ạ", CONFIRM, "yes", id="right, politely"),
        pytest.param("có", CONFIRM, "yes", id="yes"),
        pytest.param("vâng", CONFIRM, "yes", id="yes, politely"),
        pytest.param("dừng", CONFIRM, None, id="stop is not right"),
        pytest.param("Dũng", CONFIRM, None, id="a name is not right"),
        pytest.param("dùng", CONFIRM, None, id="to use is not right"),
        pytest.param("sửa lại", CONFIRM, "again", id="opening words"),
        pytest.param("sửa", CONFIRM, "again", id="an opening word"),
        pytest.param("dung", BACK, "stop", id="stop, without diacritics"),
        pytest.param("dừng", BACK, "stop", id="stop"),
        pytest.param("đúng", BACK, None, id="right does not stop a lesson"),
        pytest.param("học", BACK, "on", id="an opening word of one label"),
        pytest.param("xem", BACK, "more", id="another opening word"),
        pytest.param("x", BACK, None, id="a letter is no word"),
        pytest.param("cô", (Choice("cô", "co"), Choice("chú", "chu")), "co", id="a form of address"),
        pytest.param("có", (Choice("cô", "co"), Choice("chú", "chu")), None, id="yes is no form of address"),
        pytest.param("19 giờ", (Choice("Sáng, 7 giờ", "7"), Choice("Tối, 19 giờ", "19")), "19", id="an hour"),
        pytest.param("tối", (Choice("Sáng, 7 giờ", "7"), Choice("Tối, 19 giờ", "19")), "19", id="a time of day"),
        pytest.param("7h tối", (Choice("Sáng, 7 giờ", "7"), Choice("Tối, 19 giờ", "19")), "19", id="an hour as people say it"),
        pytest.param("tiếp", (Choice("Làm câu đố", "quiz"), Choice("Nhắc lại", "again")), "quiz", id="on, at the last step"),
        pytest.param("câu đố", (Choice("Làm câu đố", "quiz"), Choice("Nhắc lại", "again")), "quiz", id="the quiz, at the last step"),
        pytest.param("báo người nhà", (Choice("Cúp, báo người nhà", "a"), Choice("Nghe, báo người nhà", "b")), None, id="a clause of two"),
        pytest.param("cúp", (Choice("Cúp máy ngay", "a"), Choice("Cúp rồi gọi lại", "b")), None, id="an opening of two"),
    ],
)
def test_words_mean_what_is_open(typed, menu, value):
    assert open_choice(typed, menu) == value


@pytest.mark.parametrize("typed", ["hai", "sửa", "sửa lại"])
def test_where_a_name_is_asked_for_a_part_of_a_label_is_not_enough(typed):
    assert open_choice(typed, CONFIRM, loosely=False) is None


def test_every_choice_of_every_guide_is_understood_by_its_words(curriculum):
    for guide in curriculum.guides.values():
        for step in guide.steps.values():
            menu = tuple(Choice(c.text, f"{step.slug}-{n}") for n, c in enumerate(step.choices))
            assert [open_choice(c.label, menu) for c in menu] == [c.value for c in menu], step.slug


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


def test_spoken_words_belong_to_labels_and_are_typed_as_they_are_written():
    from actions.wording import words_of

    assert all(" ".join(words_of(label)) == label for label in SPOKEN)
    assert all(" ".join(words_of(phrase)) == phrase for phrases in SPOKEN.values() for phrase in phrases)


@pytest.mark.parametrize("labels", [("Tiếp", "Dừng"), ("Học tiếp", "Dừng bài học"), ("Đồng ý, nhớ giúp tôi", "Học không cần nhớ")])
def test_yes_and_no_are_never_the_same_word(labels):
    from actions.wording import words_of

    yes, no = (SPOKEN[" ".join(words_of(label))] for label in labels)
    assert not yes & no
