"""Soạn bài over time and by several people: what was not saved, two at once, what was published meanwhile, older saves."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from actions.curriculum.tree import FACTS
from actions.curriculum.versions import publish
from bot import clock
from tests.bot.console.conftest import project_tree, text_of
from tests.bot.console.test_editing import ANSWER, FILE, PATH, drafts, fields_of


async def publish_instead(console, changes):
    """Publish other texts, as an import of files would."""
    async with console.repository.transaction() as store:
        document = await store.contents.document(await store.contents.active_version())
        await publish(store, document, project_tree() | changes, clock.now())


# Keeping what was not saved


async def kept(console, login="trainer", item="answer/go-app-la"):
    async with console.repository.reading() as store:
        staff = await store.staff.account_by_login(login)
        return await store.contents.form(item, staff.id)


async def test_what_was_typed_and_not_saved_is_there_again_with_its_time(console):
    browser = await console.as_role("trainer")
    with time_machine.travel("2026-11-29T03:32:00Z", tick=False) as traveller:
        form = fields_of(await browser.get(ANSWER))
        await browser.post(f"{ANSWER}/xem-thu", form | {"text": "Đang viết dở."})
        traveller.shift(timedelta(minutes=9))
        await browser.post(f"{ANSWER}/dang-mo", {"_revision": "0"})

        pages = [await browser.get(ANSWER), await browser.get(ANSWER)]

    for page in pages:
        assert fields_of(page)["text"] == "Đang viết dở."
        assert "bản chưa lưu của bạn lúc 10:32 29/11/2026" in text_of(page)


async def test_what_was_not_saved_can_be_let_go(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))
    await browser.post(f"{ANSWER}/xem-thu", form | {"text": "Đang viết dở."})

    page = await browser.done(f"{ANSWER}/bo-chua-luu")

    assert fields_of(page)["text"] == form["text"]
    assert await kept(console) is None


@pytest.mark.parametrize("how", ["saved", "typed back"])
async def test_nothing_is_kept_of_what_is_as_it_was_saved(console, how):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))
    await browser.post(f"{ANSWER}/xem-thu", form | {"text": "Khác."})

    if how == "saved":
        await browser.done(ANSWER, form | {"text": "Khác."})
        await browser.post(f"{ANSWER}/xem-thu", form | {"text": "Khác."})  # It was on its way when the form was saved.
    else:
        await browser.post(f"{ANSWER}/xem-thu", form)

    assert await kept(console) is None
    assert "bản chưa lưu" not in (await browser.get(ANSWER)).text.split("xem-thu")[0]


# Two at once


async def two(console):
    return await console.as_role("trainer", "lan"), await console.as_role("reviewer", "binh")


async def test_who_else_has_an_item_open_is_told_for_half_a_minute(console):
    lan, binh = await two(console)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        await lan.get(ANSWER)
        first = await lan.post(f"{ANSWER}/dang-mo", {"_revision": "0"})
        await binh.get(ANSWER)
        second = await lan.post(f"{ANSWER}/dang-mo", {"_revision": "0"})
        traveller.shift(timedelta(seconds=31))
        third = await lan.post(f"{ANSWER}/dang-mo", {"_revision": "0"})

    assert ["Binh cũng đang mở" in text_of(r) for r in (first, second, third)] == [False, True, False]


async def test_who_saves_second_sees_both_and_loses_nothing(console):
    lan, binh = await two(console)
    of_lan, of_binh = fields_of(await lan.get(ANSWER)), fields_of(await binh.get(ANSWER))
    await binh.done(ANSWER, of_binh | {"text": "Chữ của Bình."})

    told = await lan.post(f"{ANSWER}/dang-mo", {"_revision": of_lan["_revision"]})
    conflict = await lan.post(ANSWER, of_lan | {"text": "Chữ của Lan.", "title": "Tên của Lan"})

    assert "Binh vừa lưu lần 1" in text_of(told)
    assert conflict.status_code == 409
    assert "Binh đã lưu lần 1" in text_of(conflict)
    assert "<del>Chữ của Bình.</del>" in conflict.text
    assert "<ins>Chữ của Lan.</ins>" in conflict.text
    assert "Chữ của Bình." in (await drafts(console))["answer/go-app-la"].files[FILE]
    assert fields_of(await lan.get(ANSWER))["text"] == "Chữ của Lan."


def hidden_of(page):
    form = page.text.split(f'action="{ANSWER}"')[1].split("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}


async def test_ones_own_can_be_saved_over_the_other_which_stays_in_the_history(console):
    lan, binh = await two(console)
    of_lan, of_binh = fields_of(await lan.get(ANSWER)), fields_of(await binh.get(ANSWER))
    await binh.done(ANSWER, of_binh | {"text": "Chữ của Bình."})
    conflict = await lan.post(ANSWER, of_lan | {"text": "Chữ của Lan."})

    page = await lan.done(ANSWER, hidden_of(conflict))
    history = await lan.get(f"{ANSWER}/cac-lan-luu")

    assert "Đã lưu nháp, lần 2." in text_of(page)
    assert "Chữ của Lan." in (await drafts(console))["answer/go-app-la"].files[FILE]
    assert "Chữ của Bình." in history.text


async def test_ones_own_can_be_gone_on_with_and_is_then_saved_without_asking_again(console):
    lan, binh = await two(console)
    of_lan, of_binh = fields_of(await lan.get(ANSWER)), fields_of(await binh.get(ANSWER))
    await binh.done(ANSWER, of_binh | {"text": "Chữ của Bình."})
    conflict = await lan.post(ANSWER, of_lan | {"text": "Chữ của Lan."})

    form = fields_of(await lan.done(ANSWER, hidden_of(conflict) | {"_do": "continue"}))
    page = await lan.done(ANSWER, form | {"text": "Chữ của Bình. Chữ của Lan."})

    assert form["text"] == "Chữ của Lan."
    assert "Đã lưu nháp, lần 2." in text_of(page)


async def test_a_third_save_in_between_is_told_once_more(console):
    lan, binh = await two(console)
    of_lan, of_binh = fields_of(await lan.get(ANSWER)), fields_of(await binh.get(ANSWER))
    saved = await binh.done(ANSWER, of_binh | {"text": "Chữ của Bình."})
    conflict = await lan.post(ANSWER, of_lan | {"text": "Chữ của Lan."})
    await binh.done(ANSWER, fields_of(saved) | {"text": "Chữ mới của Bình."})

    again = await lan.post(ANSWER, hidden_of(conflict))

    assert again.status_code == 409
    assert "Chữ mới của Bình." in again.text


@pytest.mark.parametrize("began_from", ["published", "draft"])
async def test_what_was_published_meanwhile_is_not_written_over_unseen(console, began_from):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))
    if began_from == "draft":
        form = fields_of(await browser.done(ANSWER, form | {"title": "Tên mới"}))
    await publish_instead(console, {FILE: project_tree()[FILE].replace("Nếu không phải vậy", "Đã xuất bản khác")})

    if began_from == "draft":
        assert "Bản đang xuất bản đã đổi từ khi bắt đầu nháp này." in text_of(await browser.get(ANSWER))
    conflict = await browser.post(ANSWER, form | {"text": "Chữ của tôi."})
    page = await browser.done(ANSWER, hidden_of(conflict))

    assert conflict.status_code == 409
    assert "một bản khác đã được xuất bản" in text_of(conflict)
    assert "Đã lưu nháp" in text_of(page)
    assert "Chữ của tôi." in fields_of(page)["text"]


async def test_what_was_published_of_other_items_disturbs_nobody(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))
    await publish_instead(console, {FACTS: project_tree()[FACTS] + "\n# thêm\n"})

    page = await browser.done(ANSWER, form | {"text": "Chữ của tôi."})

    assert "Đã lưu nháp, lần 1." in text_of(page)


# History


async def test_an_older_save_comes_back_whole(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))
    first = fields_of(await browser.done(ANSWER, form | {"text": "Lần một."}))
    await browser.done(
        ANSWER, first | {"text": "Lần hai.", "topic": "device-basics", "examples": form["examples"] + "\nthêm một câu mới tinh"}
    )
    number = re.findall(rf'{ANSWER}/cac-lan-luu/(\d+)"', (await browser.get(f"{ANSWER}/cac-lan-luu")).text)[-1]

    page = await browser.done(f"{ANSWER}/cac-lan-luu/{number}")

    assert "Đã lấy lại lần lưu 1 làm nháp." in text_of(page)
    assert (fields_of(page)["text"], fields_of(page)["topic"]) == ("Lần một.", "apps-permissions")
    assert fields_of(page)["examples"] == form["examples"]
    assert list((await drafts(console))["answer/go-app-la"].files) == [FILE]


@pytest.mark.parametrize("number", ["0", "999999"])
async def test_a_save_that_is_not_there_cannot_come_back(console, number):
    browser = await console.as_role("trainer")
    await browser.get(ANSWER)

    assert (await browser.post(f"{ANSWER}/cac-lan-luu/{number}")).status_code == 404


async def test_an_answer_can_be_retired_in_its_form(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    await browser.done(ANSWER, form | {"status": "retired"})

    assert "status: retired" in (await drafts(console))["answer/go-app-la"].files[FILE]
    assert "Gỡ ứng dụng lạ" in (await browser.get(f"{PATH}?tinh_trang=retired")).text


async def test_saving_can_lead_on_to_what_differs(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    response = await browser.post(ANSWER, form | {"text": "Khác.", "_do": "submit"})

    assert response.headers["location"] == "/quantri/xuat-ban/nhap/answer/go-app-la"
