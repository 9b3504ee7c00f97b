import pytest

from actions.emergency import first_steps, is_panic, mentions_loss
from actions.outcome import Outcome
from bot.nlu.syllable import fold


@pytest.fixture
def folded(normaliser):
    return lambda text: fold(normaliser.normalise(text))


@pytest.mark.parametrize(
    "cry",
    [
        "tôi vừa bị lừa",
        "toi vua bi lua",
        "Tôi bị lừa rồi",
        "mất hết tiền rồi",
        "mat het tien roi huhu",
        "em bị lừa mất 50 triệu rồi giờ phải làm sao",
        "vừa bị lừa 20tr, làm gì bây giờ???",
        "cứu tôi với tôi bị lừa hết tiền",
        "tiền trong tài khoản mất sạch rồi",
        "e bi lua r cuu e vs",
        "trời ơi tôi mất sạch tiền rồi",
        "bị nó lừa hết tiền rồi",
        "tui bị gạt mất tiền rồi",
        "KHẨN CẤP tôi bị lừa đảo",
        "tôi vừa chuyển tiền xong thì biết bị lừa",
    ],
)
def test_hears_panic(folded, cry):
    assert is_panic(folded(cry))


@pytest.mark.parametrize(
    "question",
    [
        "làm sao để không bị lừa",
        "bị lừa thì báo ở đâu nếu sau này gặp",
        "mẹ tôi hay bị lừa qua mạng, cài máy thế nào",
        "có phải tôi đang bị lừa không",
        "tôi bị lừa mua hàng trên facebook, shop chặn rồi",
        "bị lừa qua app vneid giả mạo điều khiển điện thoại",
        "mất sim thì có mất tiền không",
        "nghe máy có mất tiền không",
        "dịch vụ lấy lại tiền bị lừa có uy tín không",
        "chào bạn",
        "con tôi nạp game bằng thẻ của mẹ mất 3 triệu",
        "mất tiền cọc xin việc thì đòi ai",
        "mất điện thoại rồi",
        "gọi điện có mất phí không",
        "",
    ],
)
def test_leaves_questions_to_the_model(folded, question):
    assert not is_panic(folded(question))


def test_hears_any_loss_when_no_model_can_be_asked(folded):
    assert mentions_loss(folded("tôi bị lừa mua hàng trên facebook, shop chặn rồi"))


def test_first_steps_come_before_any_choice(curriculum):
    result = first_steps(curriculum)

    assert result.outcome is Outcome.EMERGENCY
    assert "ngân hàng" in result.replies[0].text
    assert "Công an" in result.replies[0].text
    assert result.replies[0].choices == ()
    assert {choice.value for choice in result.choices} >= {"answer:da-cai-app-la", "answer:buoc-dau-bi-lua"}
