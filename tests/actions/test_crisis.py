import pytest

from actions.crisis import give_care, is_crisis
from actions.outcome import Outcome
from bot.nlu.syllable import fold
from tests.conftest import TODAY


@pytest.fixture
def hears(normaliser):
    def _hears(text):
        normalised = normaliser.normalise(text)
        return is_crisis(normalised, fold(normalised))

    return _hears


@pytest.mark.parametrize(
    "words",
    [
        "tôi muốn chết",
        "toi muon chet qua",
        "em k muốn sống nữa",
        "chẳng còn thiết sống nữa",
        "nghi den chuyen tu tu",
        "tôi nghĩ đến tự tử rồi",
        "bị lừa hết tiền rồi, tôi chỉ muốn chết cho xong",
        "chán sống lắm rồi",
        "sống không bằng chết",
        "con định tự vẫn",
        "muốn kết thúc cuộc đời",
    ],
)
def test_hears_despair(hears, words):
    assert hears(words)


@pytest.mark.parametrize(
    "words",
    [
        "máy chết nguồn",
        "pin chết nhanh",
        "cứ từ từ chỉ tôi",
        "tu tu chi toi voi",
        "đăng clip người chết có bị phạt không",
        "muốn sống chậm",
        "chết rồi tôi bấm nhầm link",
        "chet roi lo bam link",
    ],
)
def test_hears_no_despair_in_other_words(hears, words):
    assert not hears(words)


def test_gives_care_and_people_to_call(curriculum):
    result = give_care(curriculum, TODAY)

    assert result.outcome is Outcome.CRISIS
    assert result.topic is None
    assert "111" in result.replies[0].text
