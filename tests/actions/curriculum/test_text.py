import pytest

from actions.curriculum.text import fact_slugs, placeholders, render


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param(None, "Bạn gọi 156 nhé, bạn.", id="nobody in particular"),
        pytest.param("bác", "Bác gọi 156 nhé, bác.", id="bác"),
        pytest.param("em", "Em gọi 156 nhé, em.", id="em"),
    ],
)
def test_fills_in_facts_and_the_form_of_address(curriculum, address, said):
    text = "{{ Ban }} gọi {{fact.hotline_156}} nhé, {{ ban }}."

    assert render(text, curriculum.addressing(address)) == said


def test_fills_in_the_values_of_the_moment(curriculum):
    assert render("{{ Ban }} đúng {{ right }}/{{total}} câu.", curriculum, right=2, total=3) == "Bạn đúng 2/3 câu."


def test_what_a_value_says_is_not_filled_in_again(curriculum):
    assert render("Chào {{ name }}.", curriculum, name="{{ fact.hotline_156 }}") == "Chào {{ fact.hotline_156 }}."


def test_another_address_changes_nothing_else(curriculum):
    changed = curriculum.addressing("bác")

    assert changed.address == "bác"
    assert curriculum.address == "bạn"
    assert changed.lessons is curriculum.lessons
    assert changed.addressing("bạn") == curriculum


@pytest.mark.parametrize("text", ["{{ fact.nothing }}", "{{ name }}"], ids=["unknown fact", "unknown value"])
def test_an_unknown_name_is_an_error(curriculum, text):
    with pytest.raises(KeyError):
        render(text, curriculum)


def test_names_the_facts_once():
    assert fact_slugs("{{ fact.a }} {{fact.b}} {{ fact.a }} {{ ban }}") == ["a", "b"]


def test_names_all_placeholders_in_order():
    assert list(placeholders("{{ Ban }} {{fact.b}} {{ name }} {{ Ban }}")) == ["Ban", "fact.b", "name", "Ban"]
