"""Give one answer with its sources and review date; its "Xem thêm" and its per-device steps."""

from datetime import date

from actions.curriculum.model import Answer, Curriculum, Device, Source
from actions.curriculum.text import fact_slugs, render
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result

SHOWN_SOURCES_MAX = 3
DEVICE_LABELS: dict[Device, str] = {"android": "Máy Android (Samsung, Oppo…)", "iphone": "Máy iPhone"}


def give_answer(curriculum: Curriculum, slug: str, today: date, confidence: float | None = None) -> Result:
    """Return the answer's first bubble, with what can be asked further.

    Args:
        curriculum: The published content.
        slug: The answer, or a reply of one of the two behaviours.
        today: Decides whether the review is overdue.
        confidence: How sure the model was, 0 to 1; None when the citizen chose it.

    Raises:
        KeyError: There is no such answer.
    """
    answer = curriculum.answers[slug]
    if answer.outcome is not None:
        reply = Reply(render(answer.text, curriculum), (MAIN_MENU,))
        return Result((reply,), Outcome(answer.outcome), answer=slug, confidence=confidence)
    text = f"{render(answer.text, curriculum)}\n\n{provenance(answer, curriculum, today)}"
    choices = []
    if answer.more:
        choices.append(Choice("Xem thêm", choice_value("more", slug)))
    choices += [Choice(DEVICE_LABELS[d], choice_value(d, slug)) for d in answer.devices]
    if answer.topic.startswith("scam-"):
        choices.append(Choice("Tôi vừa mất tiền", "emergency"))
    choices.append(Choice("Chưa đúng ý tôi", choice_value("wrong", slug)))
    choices.append(MAIN_MENU)
    reply = Reply(text, tuple(choices))
    return Result((reply,), Outcome.ANSWERED, topic=answer.topic, answer=slug, confidence=confidence)


def give_more(curriculum: Curriculum, slug: str, today: date) -> Result:
    """Return the part behind "Xem thêm"."""
    answer = curriculum.answers[slug]
    related = [a for a in curriculum.answers_of(answer.topic) if a.slug != slug][:3]
    choices = (*(Choice(a.title, choice_value("answer", a.slug)) for a in related), MAIN_MENU)
    text = f"{render(answer.more or answer.text, curriculum)}\n\n{provenance(answer, curriculum, today)}"
    return Result((Reply(text, choices),), Outcome.ANSWERED, topic=answer.topic, answer=slug)


def give_device_steps(curriculum: Curriculum, device: Device, slug: str, today: date) -> Result:
    """Return the steps for one kind of phone."""
    answer = curriculum.answers[slug]
    text = f"{render(answer.devices[device], curriculum)}\n\n{provenance(answer, curriculum, today)}"
    return Result((Reply(text, (MAIN_MENU,)),), Outcome.ANSWERED, topic=answer.topic, answer=slug)


def provenance(answer: Answer, curriculum: Curriculum, today: date) -> str:
    """Return the lines "Nguồn" and "Rà soát", and the warning when the review is overdue."""
    lines = []
    if answer.review_by < today:
        lines.append(render(curriculum.messages["overdue"], curriculum))
    titles = list(dict.fromkeys(s.title for s in sources_of(answer, curriculum)))
    shown = "; ".join(titles[:SHOWN_SOURCES_MAX]) or curriculum.messages["general_advice"]
    lines.append(f"Nguồn: {shown}")
    lines.append(f"Rà soát: {answer.reviewed_on:%d/%m/%Y}")
    return "\n".join(lines)


def sources_of(answer: Answer, curriculum: Curriculum) -> list[Source]:
    """Return the answer's own sources, then those of the facts that its texts use."""
    texts = " ".join((answer.text, answer.more, *answer.devices.values()))
    return [*answer.sources, *(curriculum.facts[slug].source for slug in fact_slugs(texts))]
