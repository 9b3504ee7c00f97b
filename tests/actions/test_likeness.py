"""How alike questions are: the same one typed in many ways is one group, unrelated ones are not, whatever their order."""

import random

import pytest

from actions.curriculum.examples import folded_key
from actions.likeness import group_alike, nearest_pairs
from bot.nlu.typing_ways import type_all

LOST = "lỡ chuyển khoản nhầm cho người lạ thì lấy lại tiền kiểu gì"
HACKED = "facebook của con tôi bị chiếm mất, nó đang đi vay tiền bạn bè"
QR = "quét mã qr ở quán cà phê có sợ mất tiền không"
STORAGE = "máy báo đầy bộ nhớ, xoá cái gì trước bây giờ"
FIVE = [LOST, HACKED, QR, STORAGE, "làm sao phóng to chữ trên điện thoại samsung"]


def groups(texts, **options):
    """Return the groups as sets of texts."""
    return [{texts[place] for place in group.places} for group in group_alike(texts, **options)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("lo chuyen khoan nham cho nguoi la thi lay lai tien kieu gi", id="no diacritics"),
        pytest.param("Lỡ chuyển khoản nhầm cho người lạ, thì lấy lại tiền kiểu gì???", id="punctuation and case"),
        pytest.param("lỡ chuyển khoản nhầm cho người lạ thì lấy lại tiền kiểu gì ạ bác ơi", id="politely"),
        pytest.param("lỡ chuyen khoản nhầm cho ngưòi lạ thì lấy lại tiền kỉu gì", id="slips of the finger"),
        pytest.param("lỡ ck nhầm cho ng lạ thì lấy lại tiền kiểu j", id="teencode"),
        pytest.param("lỡ chuyển khoản lộn cho người lạ thì lấy lại tiền kiểu gì", id="southern word"),
        pytest.param("con lỡ chuyển khoản nhầm 5 triệu cho người lạ thì lấy lại tiền kiểu gì", id="a sum in between"),
    ],
)
def test_ways_of_typing_one_question_are_one_group(other, normaliser):
    assert groups([LOST, *FIVE[1:], other], normalise=normaliser.normalise)[0] == {LOST, other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(LOST, HACKED, id="nothing in common"),
        pytest.param(QR, "quét mã vạch ở siêu thị để làm gì", id="one word in common"),
        pytest.param("tôi bị mất điện thoại phải làm sao", "tôi bị mất căn cước phải làm sao", id="the same frame"),
        pytest.param("làm sao để đổi mật khẩu zalo", "làm sao để xoá tài khoản zalo", id="the same app"),
    ],
)
def test_unrelated_questions_are_parted(one, other):
    assert len(groups([*FIVE, one, other])) == len({*FIVE, one, other})


@pytest.mark.parametrize("way", ["không dấu", "nửa có dấu", "teencode", "gõ sai", "phương ngữ", "NFD"])
def test_most_examples_are_found_again_as_others_type_them(way, normaliser, curriculum):
    """Of 200 titles typed in another way, nine of ten come to the group of their own, and none to one of another."""
    titles = sorted({answer.title for answer in curriculum.answers.values() if len(answer.title) > 25})[:200]
    typed = type_all(titles, way, seed=3)

    found = group_alike([*titles, *typed], normalise=normaliser.normalise)

    home = {place: number for number, group in enumerate(found) for place in group.places}
    together = [home[n] == home[n + len(titles)] for n in range(len(titles))]
    strangers = [group for group in found if len({place % len(titles) for place in group.places}) > 1]
    assert sum(together) >= 0.9 * len(titles)
    assert len(strangers) <= 0.05 * len(titles)


def test_the_largest_group_comes_first_with_its_best_typed_text_as_leader():
    texts = ["quet ma qr o quan ca phe co so mat tien khong", QR, STORAGE, "may bao day bo nho, xoa cai gi truoc bay gio", "máy báo đầy bộ nhớ xoá cái gì trước bây giờ đây"]  # fmt: skip

    found = group_alike(texts)

    assert [texts[group.leader] for group in found] == [STORAGE, QR]
    assert [group.places for group in found] == [(2, 3, 4), (0, 1)]


def test_the_order_of_the_questions_changes_nothing():
    texts = [*FIVE, *type_all(FIVE, "gõ sai", 1), *type_all(FIVE, "teencode", 2)]
    expected = {frozenset(group) for group in groups(texts)}

    for seed in range(20):
        shuffled = random.Random(seed).sample(texts, len(texts))
        assert {frozenset(group) for group in groups(shuffled)} == expected


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([], id="none"),
        pytest.param([""], id="empty"),
        pytest.param(["•••", "???", "•••"], id="no words"),
        pytest.param(["a", "a", "A"], id="one letter"),
        pytest.param(["<script>alert(1)</script>"], id="signs"),
    ],
)
def test_every_text_is_in_exactly_one_group(texts):
    places = [place for group in group_alike(texts) for place in group.places]

    assert sorted(places) == list(range(len(texts)))


def test_five_thousand_questions_are_grouped_and_none_is_lost():
    """Half of them are asked again and again; so many are grouped in about a second."""
    chance = random.Random(5)
    words = [
        "mật",
        "khẩu",
        "ngân",
        "hàng",
        "công",
        "an",
        "gọi",
        "điện",
        "tài",
        "khoản",
        "zalo",
        "bị",
        "khoá",
        "lừa",
        "tiền",
        "chuyển",
        "nhầm",
        "quét",
        "mã",
        "xoá",
        "ảnh",
        "máy",
        "đầy",
        "phóng",
        "to",
        "chữ",
    ]
    texts = [" ".join(chance.choices(words, k=8)) for _ in range(2500)] + chance.choices(FIVE, k=2500)

    found = group_alike(texts)

    assert sorted(place for group in found for place in group.places) == list(range(5000))
    assert {folded_key(texts[group.leader]) for group in found[:5]} == set(map(folded_key, FIVE))


def test_the_nearest_pair_of_two_labels_comes_first():
    texts = ["quên mật khẩu facebook", "quên mật khẩu zalo rồi", "giữ hộ mật khẩu facebook", "quên mật khẩu facebook ạ", "hôm nay trời mưa"]
    labels = ["quen", "quen", "giu", "khac", "khac"]

    found = nearest_pairs(texts, labels, alike=0.3)

    assert (texts[found[0].one], texts[found[0].other]) == ("quên mật khẩu facebook", "quên mật khẩu facebook ạ")
    assert all(labels[pair.one] != labels[pair.other] for pair in found)
    assert [pair.likeness for pair in found] == sorted((pair.likeness for pair in found), reverse=True)
    assert 4 not in {place for pair in found for place in (pair.one, pair.other)}
