"""The ways in which citizens type the same sentence, for measuring how well each is understood.

Transformations of well-typed text, never used in training. Their tables are what people are
known to do, written without looking at the trainers' lexicon: a way that the lexicon undoes
word by word would measure nothing.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.nlu.syllable import TONE_MARKS, fold

TYPO_SHARE = 0.15  # of the words; at least one in each text
HALF = 0.5

Way = Callable[[str, random.Random], str]

_TEENCODE = {
    "bao nhiêu": ("bn", "bnhiu"), "bây giờ": ("bh", "bjo", "bi h"), "biết": ("bít", "bik"), "cái": ("kái",), "chồng": ("ck",),
    "chuyển khoản": ("ck",), "công an": ("ca",), "cũng": ("cx", "cg"), "điện thoại": ("đt", "dt"),
    "được": ("đc", "dc", "đk"), "đi": ("đy",), "facebook": ("fb", "face"), "gì": ("j", "ji"), "giờ": ("h",),
    "không": ("k", "ko", "kh", "hok"),
    "làm": ("lm",), "làm sao": ("lm s", "ls"), "lắm": ("lém",), "luôn": ("lun",), "mật khẩu": ("mk", "pass"), "mình": ("mik", "mk"),
    "mọi người": ("mn",), "muốn": ("mún",), "ngân hàng": ("nh",), "người": ("ng", "nguoi"), "người ta": ("ngta",), "nhắn tin": ("nt",),
    "như thế nào": ("ntn",), "nhưng": ("nhg",), "nhiều": ("nh", "nhìu"), "phải": ("p", "fải"), "quá": ("qá", "wá"), "rồi": ("r", "rùi"),
    "sao": ("s",), "số điện thoại": ("sđt", "sdt"), "tài khoản": ("tk",), "thì": ("thỳ", "thi"), "thôi": ("thui",), "tin nhắn": ("tn",),
    "trong": ("trog",), "trước": ("trc",), "vậy": ("v", "z", "zậy"), "với": ("vs",), "vợ": ("vk",), "yêu": ("iu",), "online": ("onl",),
    "em": ("e",), "anh": ("a",), "chị": ("c",), "hôm nay": ("hnay",), "hôm qua": ("hqua",), "thông tin": ("ttin",), "đăng nhập": ("đn",),
    "bạn": ("b", "bn"), "ok": ("oke", "okê"), "like": ("lai",), "và": ("&",), "tiền": ("tìn",), "vào": ("zô", "vô"),
}  # fmt: skip

_DIALECTS: Sequence[Mapping[str, str]] = (
    {  # Nghệ An, Hà Tĩnh
        "không": "nỏ", "sao": "răng", "gì": "chi", "đâu": "mô", "nào": "mô", "này": "ni", "kia": "tê", "thế": "rứa", "vậy": "rứa",
        "bây giờ": "chừ", "làm": "mần", "tôi": "tui", "bà": "mệ", "mẹ": "mạ", "cô": "o", "đầu": "trốc", "gửi": "gởi", "xa": "ngái",
        "chúng tôi": "bầy tui", "nó": "hấn", "thấy": "chộ", "hôm nay": "bựa ni", "trả": "giả", "với": "vơ",
    },
    {  # Huế, Quảng Nam
        "sao": "răng", "gì": "chi", "đâu": "mô", "này": "ni", "thế": "rứa", "vậy": "rứa", "bây giờ": "bây chừ", "tôi": "tui",
        "mẹ": "mạ", "bố": "ba", "nó": "hắn", "nhé": "nghe", "à": "hỉ", "hả": "hè", "anh ấy": "ảnh", "được": "đặng",
    },
    {  # Nam Bộ
        "không": "hông", "chẳng": "hổng", "tôi": "tui", "mẹ": "má", "bố": "ba", "ông ấy": "ổng", "bà ấy": "bả", "anh ấy": "ảnh",
        "cô ấy": "cổ", "bên ấy": "bển", "vậy": "dzậy", "thế": "vậy", "vào": "vô", "dùng": "xài", "bảo": "biểu", "nhé": "hen",
        "quá": "quá trời", "xem": "coi", "bao nhiêu": "nhiêu", "gửi": "gởi", "lúc nãy": "hồi nãy", "nhanh": "lẹ", "to": "bự",
        "gọi": "kêu", "hỏng": "hư", "ốm": "bịnh", "bệnh": "bịnh", "tìm": "kiếm", "nhầm": "lộn", "à": "hả", "mất": "mất tiêu",
    },
    {  # Phú Thọ, Vĩnh Phúc
        "mẹ": "bầm", "bà": "bủ", "trả": "giả", "thế nào": "thế lào", "nào": "lào", "làm sao": "nàm sao", "làm": "nàm", "nó": "ló",
        "nói": "lói", "lại": "nại", "lừa": "nừa", "là": "nà", "nên": "lên", "lấy": "nấy", "lộ": "nộ", "năm": "lăm",
    },
)  # fmt: skip

_TELEX = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_VNI = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_TELEX_LETTERS = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}
_VNI_LETTERS = {"â": "a6", "ê": "e6", "ô": "o6", "ă": "a8", "ơ": "o7", "ư": "u7", "đ": "d9"}


def as_typed(text: str, _: random.Random) -> str:
    """Return the text itself."""
    return text


def without_diacritics(text: str, _: random.Random) -> str:
    """Return the text without diacritics."""
    return fold(text)


def half_without(text: str, chance: random.Random) -> str:
    """Return the text with about half of its words without diacritics."""
    return " ".join(fold(word) if chance.random() < HALF else word for word in text.split())


def teencode(text: str, chance: random.Random) -> str:
    """Return the text in the abbreviations of young people; half of the texts lose their diacritics too."""
    written = _replace_words(text, {phrase: chance.choice(ways) for phrase, ways in _TEENCODE.items()})
    written = re.sub(r"\b[Pp]h(?=\w)", "f", written) if chance.random() < HALF else written
    return fold(written) if chance.random() < HALF else written


def typos(text: str, chance: random.Random) -> str:
    """Return the text with slips of the finger and keystrokes left over from Telex or VNI, in some of its words."""
    words = text.split()
    if not words:
        return text
    surely = chance.randrange(len(words))
    return " ".join(_slip(word, chance) if i == surely or chance.random() < TYPO_SHARE else word for i, word in enumerate(words))


def dialect(text: str, chance: random.Random) -> str:
    """Return the text in the words of one region."""
    return _replace_words(text, chance.choice(_DIALECTS))


def decomposed(text: str, _: random.Random) -> str:
    """Return the text in Unicode NFD, as some phones send it."""
    return unicodedata.normalize("NFD", text)


WAYS: Mapping[str, Way] = MappingProxyType({
    "như đã gõ": as_typed,
    "không dấu": without_diacritics,
    "nửa có dấu": half_without,
    "teencode": teencode,
    "gõ sai": typos,
    "phương ngữ": dialect,
    "NFD": decomposed,
})  # fmt: skip


def type_all(texts: Sequence[str], way: str, seed: int) -> list[str]:
    """Return the texts as typed in one of `WAYS`; the same every time for the same seed.

    Raises:
        KeyError: There is no such way.
    """
    transform = WAYS[way]
    return [transform(text, random.Random(f"{seed} {text}")) for text in texts]  # noqa: S311 - not for secrets


def _replace_words(text: str, table: Mapping[str, str]) -> str:
    """Replace whole words, the longest phrases first."""
    phrases = sorted(table, key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, phrases)) + r")(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda found: table[found[0].lower()], unicodedata.normalize("NFC", text))


def _slip(word: str, chance: random.Random) -> str:
    """Return a word with one slip; one too short for it comes back as it is."""
    if len(word) < 2 or not word.isalpha():
        return word
    place = chance.randrange(len(word) - 1)
    slips = [
        word[:place] + word[place + 1 :],
        word[: place + 1] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ]
    if not word.isascii():
        decomposed_word = unicodedata.normalize("NFD", word)
        toneless = unicodedata.normalize("NFC", "".join(c for c in decomposed_word if c not in TONE_MARKS))
        slips += [toneless, _keystrokes(word, _TELEX, _TELEX_LETTERS), _keystrokes(word, _VNI, _VNI_LETTERS)]
    return chance.choice(slips)


def _keystrokes(word: str, tones: Mapping[str, str], letters: Mapping[str, str]) -> str:
    """Return the keys that were pressed for a word, its tone last."""
    typed, tone = "", ""
    for character in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", character)
        tone = next((tones[part] for part in parts if part in tones), tone)
        bare = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        typed += letters.get(bare, bare)
    return typed + tone
