"""Warn a citizen who put a secret into the chat; the gate has masked it already."""

from collections.abc import Sequence

from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result

_WITH_CONTENT = (Outcome.ANSWERED, Outcome.EMERGENCY, Outcome.CRISIS)
_NEXT = (
    ("Đã lỡ đưa OTP, số thẻ, mật khẩu", "da-dua-otp-the"),
    ("Lỡ gửi ảnh căn cước", "lo-gui-anh-can-cuoc"),
)


def warn(curriculum: Curriculum, secrets: Sequence[str], result: Result) -> Result:
    """Put the warning before the replies of a turn.

    Args:
        curriculum: Where the warnings' words are.
        secrets: Kinds of secrets that were masked: otp, card, id, password, account.
        result: What the turn came to without the secret.

    Returns:
        The same result where there was no secret; else one with the outcome `unsafe`,
        which keeps an answer that was found.
    """
    if not secrets:
        return result
    warning = "\n".join(render(curriculum.messages[f"secret_{kind}"], curriculum) for kind in secrets)
    if result.outcome in _WITH_CONTENT:
        replies = (Reply(warning), *result.replies)
        outcome = Outcome.CRISIS if result.outcome is Outcome.CRISIS else Outcome.UNSAFE
        return Result(replies, outcome, result.topic, result.answer, confidence=result.confidence)
    choices = [Choice(label, choice_value("answer", slug)) for label, slug in _NEXT if slug in curriculum.answers]
    following = Reply(render(curriculum.messages["secret_next"], curriculum), (*choices, MAIN_MENU))
    return Result((Reply(warning), following), Outcome.UNSAFE, confidence=result.confidence)
