import pytest

from actions.curriculum.text import fact_slugs, render


def test_fills_in_facts_and_the_form_of_address(curriculum):
    text = "{{ Ban }} gọi {{fact.hotline_156}} nhé, {{ ban }}."

    assert render(text, curriculum) == "Bạn gọi 156 nhé, bạn."
    assert render(text, curriculum, "bác") == "Bác gọi 156 nhé, bác."


def test_an_unknown_fact_is_an_error(curriculum):
    with pytest.raises(KeyError):
        render("{{ fact.nothing }}", curriculum)


def test_names_the_facts_once():
    assert fact_slugs("{{ fact.a }} {{fact.b}} {{ fact.a }} {{ ban }}") == ["a", "b"]
