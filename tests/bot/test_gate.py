import pytest

from bot.gate import MASK, clean, mask_personal


@pytest.mark.parametrize(
    ("typed", "kinds", "leaked"),
    [
        pytest.param("mã OTP của tôi là 483920", ["otp"], "483920", id="otp after its name"),
        pytest.param("ma otp 48 39 20 nhe", [], None, id="digits in pairs are no otp"),
        pytest.param("483920 là mã otp đúng không", ["otp"], "483920", id="otp before its name"),
        pytest.param("483 920", ["otp"], "483 920", id="a lone six-digit code"),
        pytest.param("mã xác thực 1234", ["otp"], "1234", id="four digits"),
        pytest.param("the cua toi 4111 1111 1111 1111", ["card"], "4111", id="card with spaces"),
        pytest.param("thẻ 4111-1111-1111-1111", ["card"], "1111", id="card with dashes"),
        pytest.param("cvv 123", ["card"], "123", id="cvv"),
        pytest.param("cccd 026099001234", ["id"], "026099001234", id="id number"),
        pytest.param("số căn cước của tôi là 026 099 001 234", ["id"], "099", id="id number with spaces"),
        pytest.param("cmnd 135246789", ["id"], "135246789", id="old id number"),
        pytest.param("mật khẩu vneid là Abc@12345", ["password"], "Abc@12345", id="password"),
        pytest.param("pass: hoa2001", ["password"], "hoa2001", id="password after a colon"),
        pytest.param("mk fb cua em la thuy1999 nhe", ["password"], "thuy1999", id="teencode password"),
        pytest.param("mã pin 258013", ["password"], "258013", id="pin"),
        pytest.param("stk 19031234567890", ["account"], "19031234567890", id="account"),
        pytest.param("OTP 112233, thẻ 4111111111111111", ["otp", "card"], "112233", id="two at once"),
    ],
)
def test_masks_secrets(typed, kinds, leaked):
    cleaned = clean(typed)

    assert list(cleaned.secrets) == kinds
    if leaked:
        assert leaked not in cleaned.text
        assert MASK in cleaned.text


@pytest.mark.parametrize(
    "typed",
    [
        "mã OTP là gì",
        "quên mật khẩu thì làm sao",
        "mật khẩu phải có 8 ký tự đúng không",
        "mật khẩu tôi có 12 chữ số có mạnh không",
        "số 0912345678 gọi tôi là ai",
        "tôi chuyển 15000000 cho nó",
        "nó đòi 2.000.000 đồng, tôi gửi rồi",
        "năm 2026 có luật gì mới",
        "gọi 156 hay nhắn 5656",
        "đổi sang +84912345678 được không",
        "12",
        "otp gửi về lúc 10 giờ 30",
    ],
)
def test_leaves_other_numbers_alone(typed):
    assert clean(typed).secrets == ()
    assert MASK not in clean(typed).text


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        pytest.param("cha\u0300o ba\u0323n", "chào bạn", id="NFD becomes NFC"),
        pytest.param("a\x00b\x07c", "a b c", id="control characters"),
        pytest.param("\u202elừa\u200b đảo\ufeff", "lừa đảo", id="invisible and direction marks"),
        pytest.param("  một \t hai \r\n\n\n ba ", "một hai\nba", id="white space"),
        pytest.param("", "", id="empty"),
    ],
)
def test_cleans(typed, cleaned):
    assert clean(typed).text == cleaned


def test_masks_phones_and_addresses_for_keeping():
    kept = mask_personal("gọi 0912 345 678 hoặc a.b@gmail.com, đơn 123456789")

    assert kept == f"gọi {MASK} hoặc {MASK}, đơn {MASK}"
