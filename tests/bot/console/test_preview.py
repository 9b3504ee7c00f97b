"""What a citizen gets of an item, on each channel: the real actions and channels say it; the limits that bite are told."""

from datetime import UTC, datetime

import pytest

from actions.answer import give_answer
from actions.curriculum.model import ScriptChoice, ScriptStep
from actions.curriculum.text import render
from actions.curriculum.tree import Item
from actions.reply import Choice, Image, Poll, Reply
from bot.channels import telegram_messages
from bot.console.preview import CHANNEL_TITLES, Look, preview, shown
from bot.console.scenes import Viewer, scenes_of

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ANSWER = Item("answer", "go-app-la")
LESSON = Item("lesson", "ban-hang-tren-mang")
GUIDE = Item("guide", "vua-bi-lua")
DRILL = Item("drill", "dien-tap-buu-kien")
IMAGE = Image("/pictures/x-1.png", "một hình")


def changed(curriculum, item, **fields):
    """The content with some fields of an item changed."""
    kind = {"answer": "answers", "lesson": "lessons", "guide": "guides", "drill": "drills"}[item.kind]
    things = getattr(curriculum, kind)
    return curriculum.model_copy(update={kind: {**things, item.slug: things[item.slug].model_copy(update=fields)}})


async def parts_of(item, curriculum, channel="web", **look):
    return await preview(item, curriculum, Look(channel, **look), NOW)


def said(parts):
    return "\n".join(f"{b.text}\n{b.source}" for part in parts for b in part.bubbles)


@pytest.mark.parametrize("channel", CHANNEL_TITLES)
@pytest.mark.parametrize("is_large", [False, True], ids=["as usual", "large"])
async def test_all_that_is_published_can_be_looked_at_within_the_channels_limits(channel, is_large, curriculum):
    kinds = {"answer": curriculum.answers, "lesson": curriculum.lessons, "guide": curriculum.guides, "drill": curriculum.drills}

    for kind, things in kinds.items():
        for slug in things:
            for part in await parts_of(Item(kind, slug), curriculum, channel, is_large=is_large):
                assert part.bubbles, (kind, slug, part)
                assert all(b.length <= b.limit for b in part.bubbles if b.limit is not None), (kind, slug, part)


async def test_an_answer_is_shown_with_everything_that_can_be_tapped_open(curriculum):
    parts = await parts_of(ANSWER, curriculum)

    assert [(part.title, part.field) for part in parts] == [
        ("Bot trả lời câu hỏi", "text"),
        ("Bấm “Xem thêm”", "more"),
        ("Bấm “Máy Android (Samsung, Oppo…)”", "android"),
        ("Bấm “Máy iPhone”", "iphone"),
    ]
    real = give_answer(curriculum, ANSWER.slug, NOW.date()).replies[0]
    assert f"{parts[0].bubbles[0].text}\n\n{parts[0].bubbles[0].source}" == real.text
    assert [row[0].partition(". ")[2] for row in parts[0].bubbles[0].rows] == [choice.label for choice in real.choices]


async def test_the_citizen_is_addressed_as_chosen(curriculum):
    parts = await parts_of(ANSWER, curriculum, address="bác")

    assert "bác gỡ theo thứ tự" in said(parts)
    assert "{{" not in said(parts)


async def test_sources_and_an_overdue_review_are_shown_as_they_will_be(curriculum):
    late = changed(curriculum, ANSWER, review_by=NOW.date().replace(day=1))

    before, after = await parts_of(ANSWER, curriculum), await parts_of(ANSWER, late)

    assert "Nguồn: Báo Lâm Đồng" in said(before)
    assert "Rà soát: 23/11/2026" in said(before)
    warning = curriculum.messages["overdue"].replace("{{ Ban }}", "Bạn").replace("{{ ban }}", "bạn").strip()
    assert (warning in said(before), warning in said(after)) == (False, True)


async def test_large_letters_give_short_bubbles_and_the_easy_words_first(curriculum):
    usual, large = await parts_of(LESSON, curriculum), await parts_of(LESSON, curriculum, is_large=True)

    lesson = curriculum.lessons[LESSON.slug]
    assert lesson.steps[1].text[:20] in usual[2].bubbles[0].text
    assert lesson.steps[1].simple[:20] in large[2].bubbles[0].text
    assert large[2].field == "steps.1.simple"
    assert len((await parts_of(ANSWER, curriculum, is_large=True))[0].bubbles) > 1


async def test_a_lesson_is_shown_from_its_greeting_to_the_feedback_for_every_choice(curriculum):
    lesson = curriculum.lessons[LESSON.slug]

    parts = await parts_of(LESSON, curriculum)

    choices = sum(len(q.choices) for q in lesson.questions.values())
    assert len(parts) == 2 * len(lesson.steps) + 1 + len(lesson.questions) + choices
    assert lesson.goal in parts[0].bubbles[0].text
    words = said(parts)
    assert all(render(choice.feedback, curriculum) in words for q in lesson.questions.values() for choice in q.choices)


async def test_the_choices_of_a_question_keep_their_order_while_somebody_writes(curriculum):
    first, second = await parts_of(LESSON, curriculum), await parts_of(LESSON, curriculum)

    assert first == second


async def test_a_question_is_a_native_poll_on_telegram_and_numbers_on_zalo_bot(curriculum):
    telegram = next(p for p in await parts_of(LESSON, curriculum, "telegram") if p.field == "questions.0.question")
    zalo = next(p for p in await parts_of(LESSON, curriculum, "zalo_bot") if p.field == "questions.0.question")

    poll = telegram.bubbles[0].poll
    assert poll.options[poll.right].endswith("Mời khách chờ, mở máy nhà xem số dư")
    assert poll.explanation.startswith("Đúng rồi.")
    assert "Trả lời bằng số:\n1. " in zalo.bubbles[0].text
    assert zalo.warnings == ("Kênh này không có nút: người dân trả lời bằng số.",)


async def test_a_guide_is_shown_along_every_way(curriculum):
    guide = curriculum.guides[GUIDE.slug]

    parts = await parts_of(GUIDE, curriculum)

    assert {part.field for part in parts} == {f"steps.{n}.text" for n in range(len(guide.steps))}
    assert parts[0].title == "Bắt đầu hướng dẫn"
    assert "Mai hỏi thăm tôi" in "".join(label for p in parts for b in p.bubbles for row in b.rows for label in row)


async def test_the_end_of_a_drill_tells_the_signs_of_a_way_that_leads_there(curriculum):
    drill = curriculum.drills[DRILL.slug]

    parts = await parts_of(DRILL, curriculum)

    assert {part.field for part in parts[1:]} == {f"steps.{n}.text" for n, slug in enumerate(drill.steps) if slug != drill.start}
    early = next(part for part in parts if part.field == f"steps.{list(drill.steps).index('thoat-som')}.text")
    assert drill.steps["mo-dau"].sign.replace("{{ ban }}", "bạn") in early.bubbles[-1].text
    assert drill.steps["hang-cam"].sign.replace("{{ ban }}", "bạn") not in said([early])


async def test_what_is_not_in_use_yet_can_be_looked_at(curriculum):
    parts = await parts_of(LESSON, changed(curriculum, LESSON, status="draft"))

    assert len(parts) == len(await parts_of(LESSON, curriculum))


async def test_what_cannot_be_said_yet_is_told_and_the_rest_is_shown(curriculum):
    lesson = curriculum.lessons[LESSON.slug]
    steps = (lesson.steps[0].model_copy(update={"text": "Gọi {{ fact.khong_co }}."}), *lesson.steps[1:])
    first, *others = lesson.questions.values()
    wrong = first.model_copy(update={"choices": tuple(c.model_copy(update={"is_right": False}) for c in first.choices)})
    questions = {q.slug: q for q in (wrong, *others)}

    parts = await parts_of(LESSON, changed(curriculum, LESSON, steps=steps, questions=questions))

    told = {part.field: part.warnings[0] for part in parts if not part.bubbles}
    missing = "Chưa xem thử được: không có “khong_co”."
    assert told == {
        "steps.0.text": missing,
        "steps.6.text": missing,  # The last step names the sources of all facts.
        "steps.6.simple": missing,
        "questions.0": "Chưa xem thử được: hãy đánh dấu lựa chọn đúng.",
    }
    assert len(parts) > 30


async def test_a_way_that_leads_nowhere_is_told(curriculum):
    drill = curriculum.drills[DRILL.slug]
    begin = ScriptStep(slug="mo-dau", text="Chào", sign="x", choices=(ScriptChoice(text="Đi", next="khong-co"),))

    parts = await parts_of(DRILL, changed(curriculum, DRILL, steps={**drill.steps, "mo-dau": begin}))
    guide = await parts_of(GUIDE, changed(curriculum, GUIDE, start="khong-co"))

    assert parts[-1].warnings == ("Chưa xem thử được: không có “khong-co”.",)
    assert guide[0].warnings == ("Chưa xem thử được: không có “khong-co”.",)


async def test_what_is_not_there_gives_nothing(curriculum):
    assert await scenes_of(curriculum, Item("answer", "khong-co"), NOW, Viewer()) == []
    assert await scenes_of(curriculum, Item("facts", "facts"), NOW, Viewer()) == []


LONG_LABEL = "Một nhãn nút rất dài, dài đến mức không kênh nào hiện hết được trên một nút bấm, dù có thu nhỏ chữ lại đến đâu đi nữa"
CHOICES = tuple(Choice(f"Mục {n}", f"answer:{n}") for n in range(1, 8))


@pytest.mark.parametrize(
    ("channel", "replies", "expected"),
    [
        pytest.param("telegram", [Reply("x" * 4097)], "quá 4096: gửi thành 2 tin", id="telegram: text in two"),
        pytest.param("telegram", [Reply("x" * 1025, image=IMAGE)], "quá 1024: gửi thành 2 tin", id="telegram: caption too long"),
        pytest.param("telegram", [Reply("x", (Choice(LONG_LABEL, "a"),))], "bị cắt trên nút", id="telegram: label cut"),
        pytest.param(
            "telegram", [Reply("x" * 301, CHOICES[:3], poll=Poll("x" * 301, 3, 0, "y"))], "hiện thành nút bấm", id="telegram: no poll"
        ),
        pytest.param("telegram", [Reply("x", CHOICES[:3], poll=Poll("x", 3, 0, "y " * 101))], "bị cắt bớt", id="telegram: explanation cut"),
        pytest.param("zalo_oa", [Reply("x " * 1100)], "gửi thành 2 tin, mỗi tin tính", id="OA: text in two"),
        pytest.param("zalo_oa", [Reply("x", CHOICES)], "Có 7 lựa chọn, chỉ 5 cái đầu có nút", id="OA: more than five buttons"),
        pytest.param("zalo_oa", [Reply("x", CHOICES[:2], IMAGE)], "Có ảnh nên không có nút", id="OA: picture and buttons"),
        pytest.param("zalo_oa", [Reply("x", (Choice(LONG_LABEL, "a"),))], "bị cắt trên nút", id="OA: label cut"),
        pytest.param("zalo_oa", [Reply("x", image=IMAGE), Reply("y", image=IMAGE)], "ảnh sau được tả bằng chữ", id="OA: two pictures"),
        pytest.param("zalo_bot", [Reply("x " * 1100)], "gửi thành 2 tin", id="bot: text in two"),
        pytest.param("zalo_bot", [Reply("x", CHOICES)], "trả lời bằng số", id="bot: numbers"),
        pytest.param("zalo_bot", [Reply("x", image=IMAGE), Reply("y", image=IMAGE)], "ảnh sau được tả bằng chữ", id="bot: two pictures"),
    ],
)
def test_what_a_limit_does_to_a_turn_is_told(channel, replies, expected):
    bubbles, warnings = shown(channel, replies)

    assert len(warnings) == 1
    assert expected in warnings[0]
    assert all(b.length <= b.limit for b in bubbles)


@pytest.mark.parametrize("channel", CHANNEL_TITLES)
def test_a_turn_within_the_limits_has_no_warning(channel):
    bubbles, warnings = shown(channel, [Reply("Chào bạn.")])

    assert (len(bubbles), warnings) == (1, ())


def test_buttons_stand_as_the_channel_sets_them():
    replies = [Reply("x", (Choice("Có", "a"), Choice("Không", "b"), Choice("Một nhãn dài hơn thế", "c")))]

    assert shown("telegram", replies)[0][0].rows == (("1. Có", "2. Không"), ("3. Một nhãn dài hơn thế",))
    assert shown("zalo_oa", replies)[0][0].rows == (("Có",), ("Không",), ("Một nhãn dài hơn thế",))
    assert shown("zalo_bot", replies)[0][0].rows == ()
    assert shown("web", replies)[0][0].rows == (("1. Có",), ("2. Không",), ("3. Một nhãn dài hơn thế",))


def test_on_zalo_a_picture_takes_the_place_of_the_buttons():
    replies = [Reply("x", CHOICES[:2], IMAGE)]

    bubble = shown("zalo_oa", replies)[0][0]

    assert (bubble.image, bubble.rows) == (IMAGE, ())
    assert "1. Mục 1\n2. Mục 2" in bubble.text


def test_numbers_run_on_over_the_bubbles_of_a_turn():
    replies = [Reply("x", CHOICES[:2]), Reply("y", CHOICES[2:4])]

    rows = [row for bubble in shown("web", replies)[0] for row in bubble.rows]

    assert rows == [("1. Mục 1",), ("2. Mục 2",), ("3. Mục 3",), ("4. Mục 4",)]


def test_the_messages_are_those_that_telegram_would_be_sent():
    replies = [Reply("x" * 5000, CHOICES)]

    assert [b.text for b in shown("telegram", replies)[0]] == [call["text"] for call in telegram_messages.compose(replies)]
