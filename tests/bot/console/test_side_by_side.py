"""Two versions beside each other: only the fields that differ, each whole."""

from bot.console.side_by_side import Pair, side_by_side


def test_only_fields_that_differ_are_shown_with_all_their_lines():
    left = [("title", "Như nhau"), ("text", "một\nhai\nba")]
    right = [("title", "Như nhau"), ("text", "một\nHAI\nba\nbốn")]

    found = side_by_side(left, right)

    assert [field.title for field in found] == ["Nội dung"]
    assert found[0].pairs == (Pair("một", "một"), Pair("hai", "HAI"), Pair("ba", "ba"), Pair(None, "bốn"))
    assert [pair.is_same for pair in found[0].pairs] == [True, False, True, False]


def test_rows_that_only_one_has_are_shown():
    found = side_by_side([("sources.0.title", "Báo")], [("sources.1.title", "Đài")])

    assert [(field.title, field.pairs) for field in found] == [
        ("Nguồn 1: tên nguồn", (Pair("Báo", None),)),
        ("Nguồn 2: tên nguồn", (Pair(None, "Đài"),)),
    ]


def test_an_unknown_field_keeps_its_name_and_an_empty_one_is_as_good_as_none():
    assert [field.title for field in side_by_side([("la", "a"), ("more", "")], [("la", "b")])] == ["la"]


def test_alike_versions_differ_in_nothing():
    assert side_by_side([("text", "a")], [("text", "a")]) == []
