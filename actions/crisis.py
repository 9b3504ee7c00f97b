"""A person who speaks of dying: recognised by words alone, before anything else is tried.

What the model has learnt of it (`out-of-scope/tuyet-vong`) catches the veiled ways of
saying it; the plain ones must never depend on a model.
"""

import re
from datetime import date

from actions.answer import give_answer
from actions.curriculum.model import Curriculum
from actions.reply import Result

ANSWER = "tuyet-vong"

# "tự tử" loses its meaning with its marks ("từ từ" is "slowly"), so it needs more words around it then.
_MARKED = re.compile(r"\b(?:tự tử|tự vẫn|tự sát|quyên sinh|kết liễu)\b")
_FOLDED = re.compile(
    r"\b(?:(?:muon|dinh|nghi den|nghi toi|tinh|chuyen|y dinh) (?:chuyen )?(?:tu tu|tu van|tu sat|chet)"
    r"|muon chet|chet (?:quach|cho xong|di cho|cho roi|cho nhe)|(?:khong|chang|chan|het) (?:con )?(?:muon|thiet) (?:song|cuoc song)"
    r"|song (?:khong bang|lam gi nua|de lam gi nua)|(?:khong|chang) (?:con )?(?:muon|thiet) song|ket thuc (?:cuoc doi|cuoc song|tat ca)"
    r"|tu ket lieu|chan song)\b"
)
_OF_OTHER_THINGS = re.compile(r"\b(?:may|pin|dien thoai|sim|ung dung|zalo|facebook) (?:bi |muon |no )?chet\b")


def is_crisis(normalised: str, folded: str) -> bool:
    """Tell whether a message speaks of the wish to die.

    Args:
        normalised: Normalised words, with the diacritics that were typed.
        folded: The same without diacritics.
    """
    if _MARKED.search(normalised):
        return True
    return _FOLDED.search(folded) is not None and not _OF_OTHER_THINGS.search(folded)


def give_care(curriculum: Curriculum, today: date) -> Result:
    """Return the reply for a person in despair."""
    return give_answer(curriculum, ANSWER, today)
