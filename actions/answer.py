"""Give one answer with its sources and review date; its "Xem thêm" and its per-device steps."""

from collections.abc import Iterable
from datetime import date

from actions.context import Context, GoneError, Handler, existing
from actions.curriculum.model import Answer, Curriculum, Device, Lesson, Script
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
    text = _with_provenance(answer, answer.text, curriculum, today)
    choices = []
    if answer.more:
        choices.append(Choice("Xem thêm", choice_value("more", slug)))
    choices += [Choice(DEVICE_LABELS[d], choice_value(d, slug)) for d in answer.devices]
    if answer.topic.startswith("scam-"):
        choices.append(Choice("Tôi vừa mất tiền", "emergency"))
    lesson = next((x for x in curriculum.lessons.values() if answer.topic in x.topics and x.status == "active"), None)
    if lesson is not None:
        choices.append(Choice(f"Học bài: {lesson.title}", choice_value("learn", lesson.slug)))
    choices.append(Choice("Chưa đúng ý tôi", choice_value("wrong", slug)))
    choices.append(MAIN_MENU)
    reply = Reply(text, tuple(choices))
    return Result((reply,), Outcome.ANSWERED, topic=answer.topic, answer=slug, confidence=confidence)


def give_more(curriculum: Curriculum, slug: str, today: date) -> Result:
    """Return the part behind "Xem thêm"."""
    answer = curriculum.answers[slug]
    related = [a for a in curriculum.answers_of(answer.topic) if a.slug != slug][:3]
    choices = (*(Choice(a.title, choice_value("answer", a.slug)) for a in related), MAIN_MENU)
    text = _with_provenance(answer, answer.more or answer.text, curriculum, today)
    return Result((Reply(text, choices),), Outcome.ANSWERED, topic=answer.topic, answer=slug)


def give_device_steps(curriculum: Curriculum, device: Device, slug: str, today: date) -> Result:
    """Return the steps for one kind of phone."""
    answer = curriculum.answers[slug]
    text = _with_provenance(answer, answer.devices[device], curriculum, today)
    return Result((Reply(text, (MAIN_MENU,)),), Outcome.ANSWERED, topic=answer.topic, answer=slug)


async def _chosen(context: Context, slug: str) -> Result:
    existing(context.curriculum.answers, slug)
    return give_answer(context.curriculum, slug, context.today)


async def _more(context: Context, slug: str) -> Result:
    existing(context.curriculum.answers, slug)
    return give_more(context.curriculum, slug, context.today)


async def _android(context: Context, slug: str) -> Result:
    return _device(context, "android", slug)


async def _iphone(context: Context, slug: str) -> Result:
    return _device(context, "iphone", slug)


def _device(context: Context, device: Device, slug: str) -> Result:
    if device not in existing(context.curriculum.answers, slug).devices:
        raise GoneError(device)
    return give_device_steps(context.curriculum, device, slug, context.today)


def provenance(item: Answer | Lesson | Script, texts: Iterable[str], curriculum: Curriculum, today: date) -> str:
    """Return the lines "Nguồn" and "Rà soát", and the warning when the review is overdue.

    Args:
        item: What was said.
        texts: Its texts; the sources of the facts in them are named too.
        curriculum: Where the facts are.
        today: Decides whether the review is overdue.
    """
    lines = []
    if item.review_by < today:
        lines.append(render(curriculum.messages["overdue"], curriculum))
    sources = [*item.sources, *(curriculum.facts[slug].source for slug in fact_slugs(" ".join(texts)))]
    titles = list(dict.fromkeys(s.title for s in sources))
    shown = "; ".join(titles[:SHOWN_SOURCES_MAX]) or curriculum.messages["general_advice"]
    lines.append(f"Nguồn: {shown}")
    lines.append(f"Rà soát: {item.reviewed_on:%d/%m/%Y}")
    return "\n".join(lines)


def _with_provenance(answer: Answer, text: str, curriculum: Curriculum, today: date) -> str:
    texts = (answer.text, answer.more, *answer.devices.values())
    return f"{render(text, curriculum)}\n\n{provenance(answer, texts, curriculum, today)}"


CHOICES: dict[str, Handler] = {
    "answer": _chosen,
    "more": _more,
    "android": _android,
    "iphone": _iphone,
}
