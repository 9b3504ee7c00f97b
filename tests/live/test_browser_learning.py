"""What the page does beside the chat for those who learn: links to own pages, a cry for help kept, short sentences offered."""

# ruff: noqa: F401, F811 - the fixtures are those of the other module

import re

import pytest
from playwright.async_api import expect

from actions.learners.tables import LearnerRow
from tests.actions.test_path import PATH, passed
from tests.live.test_browser import (
    browser,
    chat,
    context,
    nlu,
    opened,
    page,
    refuse,
    service,
    settings,
    site,
)
from tests.stored import rows

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def press(chat, label):
    await chat.page.locator(".choices button", has_text=re.compile(rf"^\d+\. {re.escape(label)}")).last.click()


async def heard(chat, words):
    await expect(chat.replies.filter(has_text=words).last).to_be_visible()


async def become_learner(chat):
    await press(chat, "Học mỗi ngày một bài")
    await heard(chat, "có đồng ý không")
    await press(chat, "Đồng ý")
    await heard(chat, "gọi bạn là gì")
    await press(chat, "bác")
    await heard(chat, "giống bác nhất")


@pytest.fixture
def public(service, site):
    """The address by which people know the service; here it is the page's own."""
    service.handler.public_url = site.rstrip("/")
    return site


async def test_page_and_print_of_a_certificate_can_be_tapped(public, chat, service, curriculum):
    await become_learner(chat)
    await passed(service, curriculum.paths[PATH].lessons)
    await chat.write("/lotrinh")
    await heard(chat, "Câu nào giống bác nhất")
    await press(chat, curriculum.paths[PATH].audience)
    await heard(chat, curriculum.paths[PATH].title)
    await press(chat, "Bắt đầu")
    await heard(chat, "nhận giấy chứng nhận nhé")
    await press(chat, "Nhận giấy chứng nhận")
    await heard(chat, "muốn ghi tên gì")
    await chat.write("trần thị hoa")
    await heard(chat, 'Tên là "Trần Thị Hoa"')
    await chat.write("đúng")
    await heard(chat, "Mã giấy")

    links = chat.replies.locator(".said a")
    addresses = [await link.get_attribute("href") for link in await links.all()]
    assert addresses == [await link.inner_text() for link in await links.all()]
    assert [address.startswith(f"{public}chungnhan/") for address in addresses] == [True, True]
    async with chat.page.expect_popup() as popup:
        await links.first.click()
    await expect((await popup.value).locator("h1")).to_have_text("Giấy chứng nhận có thật")
    assert (await chat.page.request.get(addresses[1])).headers["content-type"] == "application/pdf"
    picture = chat.page.locator(".picture a").last
    assert (await chat.page.request.get(await picture.evaluate("a => a.href"))).headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "address",
    ["https://banso.example.vn.evil.example/dulieu/X", "http://evil.example/chungnhan/X", "javascript:alert(1)", "https://soha.vn"],
)
async def test_no_other_address_can_be_tapped(chat, address):
    await become_learner(chat)
    await chat.write("/molop")
    await heard(chat, "Lớp tên gì")

    await chat.write(f"Lớp {address}")
    await heard(chat, "Mã lớp")

    links = [await link.get_attribute("href") for link in await chat.page.locator(".said a").all()]
    assert [link for link in links if not link.startswith("http://127.0.0.1/?lop=")] == []


async def test_the_link_to_ones_data_opens_a_page_that_fits_a_phone(public, chat):
    await become_learner(chat)
    await chat.write("tải dữ liệu")
    await heard(chat, "Dữ liệu của bác ở đây")

    async with chat.page.expect_popup() as popup:
        await chat.replies.last.locator(".said a").click()
    data = await popup.value

    await expect(data.locator("h1")).to_have_text("Dữ liệu Bạn Số giữ về bạn")
    await expect(data.locator("body")).to_contain_text("Cách xưng hô")
    assert await data.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_typed_cry_that_cannot_be_sent_tells_what_to_do_meanwhile(chat):
    await chat.page.route("**/api/chat", refuse)

    await chat.write("tôi vừa bị lừa mất tiền rồi")
    await expect(chat.questions.last.locator(".state")).to_contain_text("gọi ngay ngân hàng")
    await chat.write("wifi là gì")

    await expect(chat.questions.last.locator(".state")).to_contain_text("Chưa gửi được")
    await expect(chat.questions.last.locator(".state")).not_to_contain_text("ngân hàng")


async def test_a_cry_for_help_goes_before_what_waits(chat, nlu):
    sent = []

    async def note(route):
        sent.append(route.request.post_data_json)
        await (route.abort("internetdisconnected") if len(sent) == 1 else route.continue_())

    await chat.page.route("**/api/chat", note)
    await chat.write("wifi là gì")
    await expect(chat.questions.last.locator(".state")).to_contain_text("Chưa gửi được")

    await chat.write("tôi vừa bị lừa")
    await heard(chat, "làm ngay theo thứ tự này")

    assert [message.get("text") for message in sent][:2] == ["wifi là gì", "tôi vừa bị lừa"]


async def test_large_letters_offer_short_sentences_too(chat, service):
    await become_learner(chat)
    await chat.page.locator("#larger").click()
    offer = chat.page.locator(".offer")
    await expect(offer).to_contain_text("câu ngắn")

    await offer.get_by_role("button").click()
    await heard(chat, "Đã bật chữ to, câu ngắn")

    await expect(offer).to_have_count(0)
    assert [row["is_large_text"] for row in await rows(service, LearnerRow)] == [True]
    await chat.page.locator("#larger").click()
    await expect(offer).to_contain_text("câu đủ")
