"""Vietnamese syllables: folding, canonical tone placement, Telex and VNI left-overs.

Pure functions on single words; `normalisation` and `features` call them.
Runs under Python 3.10 beside Rasa and under 3.12 in the service.
"""

import re
import unicodedata
from functools import lru_cache

TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng

_ONSET = "ngh|ng|nh|gh|gi|kh|ch|ph|th|tr|qu|[bcdghklmnprstvx]"
_NUCLEUS = "uye|uya|uyu|oai|oay|oao|oeo|uay|uoi|uou|ieu|yeu|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|ua|ue|ui|uo|uu|uy|ye|[aeiouy]"
_CODA = "ch|ng|nh|[cmnpt]"
_SYLLABLE = re.compile(f"(?:{_ONSET})?(?:{_NUCLEUS})(?:{_CODA})?")
_STOPPED = re.compile(r".*(?:ch|[cpt])$")

_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_VNI_LETTERS = {
    "6": {"a": "â", "e": "ê", "o": "ô"},
    "7": {"o": "ơ", "u": "ư"},
    "8": {"a": "ă"},
    "9": {"d": "đ"},
}
_TELEX_DOUBLES = (("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("dd", "đ"))
_TELEX_HOOKS = (("uow", "ươ"), ("uwo", "ươ"), ("ow", "ơ"), ("uw", "ư"), ("aw", "ă"))
_VOWELS = set("aăâeêioôơuưy")

# "hòa" and "hoà" are one word; the mark moves to the second vowel when no consonant follows.
_TONE_PLACEMENT = re.compile(r"(o)([\u0300\u0301\u0303\u0309\u0323])([ae])$|(u)([\u0300\u0301\u0303\u0309\u0323])(y)$")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the text without diacritics, with đ as d; letter case is kept.

    In NFC text each Vietnamese letter keeps its position, so that what is found in the
    folded text can be pointed at in the text itself.
    """
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def is_syllable(word: str) -> bool:
    """Tell whether a lower-case word has the shape of a Vietnamese syllable, marks aside."""
    return _SYLLABLE.fullmatch(fold(word)) is not None


def canonical_tone(word: str) -> str:
    """Return an NFC word with its tone mark placed the new way: hòa → hoà, thúy → thuý."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word)
    moved = _TONE_PLACEMENT.sub(lambda m: f"{m[1]}{m[3]}{m[2]}" if m[1] else f"{m[4]}{m[6]}{m[5]}", decomposed)
    return unicodedata.normalize("NFC", moved)


@lru_cache(maxsize=65536)
def repair_keystrokes(word: str) -> str:
    """Undo Telex or VNI keystrokes that were not turned into marks: tooi → tôi, lu7a2 → lừa.

    Args:
        word: One lower-case ASCII word of letters and digits.

    Returns:
        The word as meant, or the word itself where it is a plain syllable already or the
        keystrokes give no Vietnamese syllable.
    """
    if len(word) < 2 or not word.isascii() or not word[0].isalpha() or is_syllable(word):
        return word
    repaired = _from_vni(word) if any(c.isdigit() for c in word) else _from_telex(word)
    if repaired is None or repaired == word or not is_syllable(repaired):
        return word
    return repaired


def _from_telex(word: str) -> str | None:
    tone = ""
    if word[-1] in _TELEX_TONES and len(word) > 2:
        tone, word = _TELEX_TONES[word[-1]], word[:-1]
    else:
        inner = re.fullmatch(r"([a-z]*[aeiouyw])([sfrxj])((?:ch|ng|nh|[cmnptaeiouy])+)", word)
        if inner and not is_syllable(word):
            tone, word = _TELEX_TONES[inner[2]], inner[1] + inner[3]
    for keys, letter in (*_TELEX_HOOKS, *_TELEX_DOUBLES):
        word = word.replace(keys, letter)
    word = re.sub(r"^([a-z]*)d([a-zăâêôơư]*)d$", r"\1đ\2", word)
    if "w" in word or "f" in word or "j" in word:
        return None
    return _with_tone(word, tone)


def _from_vni(word: str) -> str | None:
    tone = ""
    letters: list[str] = []
    for character in word:
        if character in _VNI_TONES:
            if tone:
                return None
            tone = _VNI_TONES[character]
        elif character in _VNI_LETTERS:
            changes = _VNI_LETTERS[character]
            for place in range(len(letters) - 1, -1, -1):
                if letters[place] in changes:
                    letters[place] = changes[letters[place]]
                    break
            else:
                return None
        elif character.isdigit():
            return None
        else:
            letters.append(character)
    return _with_tone("".join(letters), tone)


def _with_tone(word: str, tone: str) -> str | None:
    """Put a tone mark on the vowel that carries it; None where no such word can be."""
    if not tone:
        return word
    if _STOPPED.match(word) and tone not in "\u0301\u0323":
        return None
    vowels = [i for i, c in enumerate(word) if c in _VOWELS]
    if word.startswith(("qu", "gi")) and len(vowels) > 1:
        vowels = vowels[1:]
    if not vowels:
        return None
    marked = [i for i in vowels if word[i] in "ăâêôơư"]
    if marked:
        place = marked[-1]
    elif len(vowels) >= 2 and (word[-1] not in _VOWELS or len(vowels) == 3):
        place = vowels[1]
    else:
        place = vowels[0]
    return canonical_tone(unicodedata.normalize("NFC", word[: place + 1] + tone + word[place + 1 :]))
