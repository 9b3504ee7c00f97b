"""Codes as people type them."""

import pytest

from actions.codes import code_in, is_code_alone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("/ma BCGHKMNPQT", "BCGHKMNPQT", id="after the command"),
        pytest.param("/mã bcghkmnpqt", "BCGHKMNPQT", id="in small letters"),
        pytest.param("mã BCGHK MNPQT", "BCGHKMNPQT", id="in two groups"),
        pytest.param("ma B C G H K M N P", "BCGHKMNP", id="letter by letter"),
        pytest.param("BCGH-KMNP", "BCGHKMNP", id="with a stroke"),
        pytest.param("mã lớp của cô Hà: BCGHKMNP ạ", "BCGHKMNP", id="in a sentence"),
        pytest.param("/ma ABCDEFGH", "ABCDEFGH", id="an old one"),
        pytest.param("/ma ABCD EFGH", "ABCDEFGH", id="an old one in two groups"),
        pytest.param("/ma BCGHKMNPQ", None, id="nine letters"),
        pytest.param("/ma", None, id="none"),
        pytest.param("/ma 482913", None, id="digits"),
    ],
)
def test_a_code_is_found_in_what_was_typed(text, code):
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        pytest.param("BCGHKMNP", True, id="of a class"),
        pytest.param("bcghkmnpqt", True, id="of the family, small"),
        pytest.param("BCGH KMNP", True, id="in groups"),
        pytest.param("mã BCGHKMNP", True, id="after mã"),
        pytest.param("Mã lớp: BCGHKMNP", True, id="after mã lớp"),
        pytest.param("ABCDEFGH", True, id="an old one"),
        pytest.param("ABCD EFGH", True, id="an old one in groups"),
        pytest.param("ma abcdefgh", True, id="an old one after ma"),
        pytest.param("abcdefgh", False, id="old letters, small and alone"),
        pytest.param("DANG XUAT", False, id="two words in capitals"),
        pytest.param("CHUP MANH", False, id="two more"),
        pytest.param("hhhhhhhh", False, id="a stuck key"),
        pytest.param("mã otp là gì", False, id="a question"),
        pytest.param("mã", False, id="the word alone"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_code_alone_is_told_from_other_texts(text, is_code):
    assert is_code_alone(text) is is_code
