"""The review page: what is due, facts, sources, examples; one click that notes a review in the draft."""

import asyncio
import html
import re
from datetime import timedelta

import pytest
import time_machine

from actions.curriculum.adding import add_examples
from actions.curriculum.model import Source
from actions.learners.content_checks import EXAMPLES, LINKS
from bot import clock
from bot.console.example_comparison import digest_of_examples
from bot.links import GONE, OK, LinkState, document_of
from tests.bot.console.conftest import text_of

PATH = "/quantri/ra-soat"
POLICE = "content/answers/scam-police/cong-an-goi-dien.md"
EVIL = '"><script>alert(1)</script>'


@pytest.fixture
async def trainer(console):
    return await console.as_role("trainer")


async def draft(console, item):
    async with console.repository.reading() as store:
        return await store.contents.draft(item)


def change(console, **fields):
    """Let the published content of this test be another one."""
    turns = console.service.turns
    turns.curriculum = turns.curriculum.model_copy(update=fields)


def due_in(console, slug, days):
    """Let one answer's review be due in some days."""
    answers = console.service.turns.curriculum.answers
    answer = answers[slug].model_copy(update={"review_by": clock.today() + timedelta(days=days)})
    change(console, answers={**answers, slug: answer})
    return answer


@pytest.mark.parametrize(
    ("days", "address", "is_shown"),
    [
        pytest.param(-5, "?ngay=0", True, id="overdue"),
        pytest.param(0, "?ngay=0", True, id="today"),
        pytest.param(1, "?ngay=0", False, id="tomorrow is not past"),
        pytest.param(30, "", True, id="within a month"),
        pytest.param(31, "?ngay=30", False, id="after a month"),
        pytest.param(60, "?ngay=60", True, id="within two"),
        pytest.param(90, "?ngay=90&loai=answer", True, id="within three, of its kind"),
        pytest.param(5, "?ngay=90&loai=lesson", False, id="another kind"),
        pytest.param(400, "?ngay=-1", True, id="all"),
        pytest.param(30, "?ngay=77", True, id="a made-up number is a month"),
    ],
)
async def test_what_is_due_is_shown_as_near_as_was_asked(console, trainer, days, address, is_shown):
    due_in(console, "cong-an-goi-dien", days)

    page = await trainer.get(PATH + address)

    assert ('value="answer/cong-an-goi-dien"' in page.text) == is_shown


async def test_how_long_it_is_overdue_is_said(console, trainer):
    due_in(console, "cong-an-goi-dien", -5)

    assert "quá hạn 5 ngày" in text_of(await trainer.get(f"{PATH}?ngay=0"))


async def test_one_click_notes_the_review_in_the_draft_and_nothing_else(console, trainer):
    await trainer.get(PATH)
    with time_machine.travel(clock.now(), tick=False):
        page = await trainer.done(PATH, {"muc": "answer/cong-an-goi-dien", "ngay": "90", "loai": "answer"})
        today = clock.today()

    async with console.repository.reading() as store:
        before = (await store.contents.active_files())[POLICE]
    after = (await draft(console, "answer/cong-an-goi-dien")).files
    assert list(after) == [POLICE]
    lines = [line for line, old in zip(after[POLICE].splitlines(), before.splitlines(), strict=True) if line != old]
    assert lines[0] == f"reviewed_on: {today}"
    assert lines[1].startswith("review_by: ")
    assert len(lines) == 2
    assert f"rà soát ngày {today:%d/%m/%Y}" in text_of(page)
    assert page.url.query == b"ngay=90&loai=answer"
    assert ("Trainer", "content.review", "answer/cong-an-goi-dien") in await console.audited()


@pytest.mark.parametrize("kind", ["lesson", "guide", "drill"])
async def test_every_kind_of_item_can_be_marked(console, trainer, kind):
    slug = next(iter(getattr(console.service.turns.curriculum, f"{kind}s")))
    await trainer.get(PATH)

    await trainer.done(PATH, {"muc": f"{kind}/{slug}"})

    (path,) = (await draft(console, f"{kind}/{slug}")).files
    assert f"reviewed_on: {clock.today()}" in (await draft(console, f"{kind}/{slug}")).files[path]


async def test_what_is_being_written_stays_in_the_draft(console, trainer):
    async with console.repository.transaction() as store:
        text = (await store.contents.active_files())[POLICE].rstrip() + " Thêm một câu.\n"
        await store.contents.save_draft("answer/cong-an-goi-dien", {POLICE: text}, revision=0, by="x", now=clock.now())

    await trainer.done(PATH, {"muc": "answer/cong-an-goi-dien"})

    after = (await draft(console, "answer/cong-an-goi-dien")).files[POLICE]
    assert "Thêm một câu." in after
    assert f"reviewed_on: {clock.today()}" in after


@pytest.mark.parametrize(
    ("item", "said"),
    [
        pytest.param("answer/khong-co", "không còn", id="no such item"),
        pytest.param("bay/gio", "Không có mục này", id="no such kind"),
        pytest.param("", "", id="nothing"),
        pytest.param("facts/facts", "không có ngày rà soát", id="facts have days of their own"),
        pytest.param("other/content:topics.yml", "không có ngày rà soát", id="a file without a review"),
    ],
)
async def test_what_cannot_be_marked_says_so(console, trainer, item, said):
    await trainer.get(PATH)

    response = await trainer.post(PATH, {"muc": item})

    assert response.status_code in (303, 400)
    assert said in text_of(await trainer.get(PATH))
    async with console.repository.reading() as store:
        assert await store.contents.drafts() == []


async def test_facts_come_by_day_and_the_unverified_are_told(console, trainer):
    facts = dict(console.service.turns.curriculum.facts)
    first, second, *_ = facts
    facts[first] = facts[first].model_copy(update={"title": "Dữ kiện cũ nhất", "source": _since(facts[first], -900)})
    facts[second] = facts[second].model_copy(update={"is_verified": False})
    unverified = sum(not fact.is_verified for fact in facts.values())
    change(console, facts=facts)

    page = await trainer.get(f"{PATH}/du-kien")

    assert re.search(r"<tbody><tr>\s*<td[^>]*><a[^>]*>Dữ kiện cũ nhất</a>", page.text)
    assert f"{unverified} dữ kiện chưa kiểm chứng" in text_of(page)


def _since(fact, days):
    return fact.source.model_copy(update={"read_on": clock.today() + timedelta(days=days)})


async def test_one_click_notes_that_a_fact_is_still_right(console, trainer):
    await trainer.get(PATH)
    with time_machine.travel(clock.now(), tick=False):
        await trainer.done(f"{PATH}/du-kien", {"ma": "hotline_156"})
        today = clock.today()

    text = (await draft(console, "facts/facts")).files["content/facts.yml"]
    assert text.count(f"checked_on: {today}") == 1
    assert re.search(rf"^hotline_156:\n(?:  .*\n)*  checked_on: {today}$", text, re.MULTILINE)
    assert ("Trainer", "content.review", "fact/hotline_156") in await console.audited()


async def test_a_fact_that_is_not_there_says_so(console, trainer):
    await trainer.get(PATH)

    page = await trainer.done(f"{PATH}/du-kien", {"ma": "khong-co"})

    assert "Không còn dữ kiện này" in text_of(page)


async def test_dead_sources_come_first_with_the_day_since(console, trainer):
    sources = {source.address for answer in console.service.turns.curriculum.answers.values() for source in answer.sources}
    dead, fine, *_ = sorted(sources)
    at = clock.now() - timedelta(days=2)
    async with console.repository.transaction() as store:
        await store.content_checks.keep(LINKS, document_of({dead: LinkState(GONE, 404, dead), fine: LinkState(OK, 200, fine)}, {}, at), at)

    page, every = await trainer.get(f"{PATH}/nguon"), await trainer.get(f"{PATH}/nguon?xem=tat-ca")

    shown = text_of(page)
    assert "trang không còn: 1" in shown.replace(" :", ":")
    assert "hỏng từ" in shown
    assert f'href="{html.escape(dead)}"' in page.text
    assert f'href="{html.escape(fine)}"' not in page.text
    assert every.text.index(html.escape(dead)) < every.text.index(f'href="{html.escape(fine)}"')


async def test_a_check_that_never_ran_is_told_with_its_command(console, trainer):
    page = text_of(await trainer.get(f"{PATH}/nguon"))

    assert "Chưa kiểm tra lần nào" in page
    assert "./banso content links" in page


async def test_a_source_that_is_no_web_address_is_no_link(console, trainer):
    answers = console.service.turns.curriculum.answers
    evil = Source(title=EVIL, address="javascript:alert(1)", read_on=clock.today())
    change(
        console, answers={**answers, "cong-an-goi-dien": answers["cong-an-goi-dien"].model_copy(update={"sources": (evil,), "title": EVIL})}
    )

    pages = [await trainer.get(PATH + part) for part in ("?ngay=-1", "/nguon?xem=tat-ca", "/vi-du")]

    for page in pages:
        assert "<script>alert" not in page.text
        assert 'href="javascript:' not in page.text


async def test_thin_answers_are_told_published_or_not(console, trainer):
    thin = add_examples(None, "cong-an-goi-dien", [f"câu ví dụ số {word}" for word in ["một", "hai", "ba", "bốn", "năm"]], {}).text
    path = "training_data/answers/scam-police/cong-an-goi-dien.yml"
    async with console.repository.transaction() as store:
        await store.contents.save_draft("answer/cong-an-goi-dien", {path: thin}, revision=0, by="x", now=clock.now())

    page = await trainer.get(f"{PATH}/vi-du")

    assert "5, quá ít" in text_of(page)
    assert 'href="/quantri/soan-bai/answer/cong-an-goi-dien#examples"' in page.text


async def test_confused_examples_are_compared_beside_and_shown(console, trainer):
    """Here of a small tree, as all examples take ten seconds; the comparison itself is the real one."""
    small = {
        f"training_data/answers/scam-qr/{slug}.yml": add_examples(None, slug, texts, {}).text
        for slug, texts in {"a": ["quên mật khẩu facebook rồi"], "b": ["quen mat khau facebook roi <b>đậm</b>"]}.items()
    }
    async with console.repository.transaction() as store:
        await store.contents.publish("small", "{}", small, clock.now())
    await trainer.get(PATH)

    running = await trainer.done(f"{PATH}/vi-du/so-sanh")
    async with asyncio.timeout(30):
        while "Đang so" in text_of(page := await trainer.get(f"{PATH}/vi-du/so-sanh")):  # noqa: ASYNC110 - the page tells when it is done
            await asyncio.sleep(0.1)

    assert "Đang so mọi ví dụ" in text_of(running)
    assert 'hx-trigger="load delay:2s"' in running.text
    assert "quên mật khẩu facebook rồi" in page.text
    assert "<b>đậm" not in page.text
    assert "ví dụ đã đổi từ đó" not in text_of(page)


async def test_findings_of_other_examples_are_told_to_be_old(console, trainer):
    async with console.repository.transaction() as store:
        files = await store.contents.active_files()
        await store.content_checks.keep(EXAMPLES, {"pairs": [], "of": digest_of_examples(files)}, clock.now())
    fresh = await trainer.get(f"{PATH}/vi-du")
    async with console.repository.transaction() as store:
        await store.content_checks.keep(EXAMPLES, {"pairs": [], "of": "others"}, clock.now())
    old = await trainer.get(f"{PATH}/vi-du")

    assert "ví dụ đã đổi từ đó" not in text_of(fresh)
    assert "ví dụ đã đổi từ đó" in text_of(old)
    assert "Không có cặp nào" in text_of(fresh)


@pytest.mark.parametrize("part", ["", "/du-kien", "/nguon", "/vi-du", "/vi-du/so-sanh"])
async def test_a_viewer_reads_and_changes_nothing(console, part):
    viewer = await console.as_role("viewer")

    page = await viewer.get(PATH + part)
    refused = [
        await viewer.post(PATH + where, {"muc": "answer/cong-an-goi-dien", "ma": "hotline_156"})
        for where in ("", "/du-kien", "/vi-du/so-sanh")
    ]

    assert page.status_code == 200
    assert f'action="{PATH}' not in page.text
    assert {response.status_code for response in refused} == {403}


async def test_who_is_logged_out_is_led_to_the_login(console):
    response = await console.browser().get(PATH)

    assert response.status_code == 303
    assert response.headers["location"].startswith("/quantri/vao")
