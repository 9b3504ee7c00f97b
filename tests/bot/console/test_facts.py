"""Dữ kiện: one fact changed in one place; every text that names it is listed; two who change facts lose nothing."""

import re
from html import unescape

import pytest

from actions.curriculum.forms import read_all_facts
from actions.curriculum.tree import FACTS
from actions.curriculum.versions import publish
from bot import clock
from tests.bot.console.conftest import project_tree, text_of

PATH = "/quantri/du-kien"
FACT = f"{PATH}?muc=hotline_156"
NEW = {
    "title": "Số thử", "value": "1999", "source_title": "Báo Thử", "source_address": "https://bao.vn", "checked_on": "2026-11-23", "verified": "on",
}  # fmt: skip


def fields_of(page):
    form = page.text.split('id="sua"')[1].split("</form>")[0]
    given = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    if 'name="verified" value="on" checked' not in form:
        given.pop("verified", None)
    return given


async def facts_in_draft(console):
    async with console.repository.reading() as store:
        draft = await store.contents.draft("facts/facts")
    return None if draft is None else read_all_facts(draft.files[FACTS])


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        pytest.param("?tim=dau so bao cuoc goi", "hotline_156", "data_law", id="title without diacritics"),
        pytest.param("?tim=5656", "sms_5656", "data_law", id="value"),
        pytest.param("?tim=data_law", "data_law", "hotline_156", id="slug"),
        pytest.param("?tim=<script>", "</table>", "hotline_156", id="nonsense"),
    ],
)
async def test_facts_are_found(console, query, found, not_found):
    page = await (await console.as_role("viewer")).get(PATH + query)

    listed = page.text.split("<tbody>")[1]
    assert found in listed
    assert not_found not in listed
    assert "<script>alert" not in page.text


async def test_a_fact_lists_every_place_that_names_it(console):
    page = await (await console.as_role("trainer")).get(FACT)

    naming = [path for path, text in project_tree().items() if "fact.hotline_156 " in text]
    assert len(naming) > 1
    for path in naming:
        slug = path.rpartition("/")[2].partition(".")[0]
        assert slug in page.text or "xuat-ban#tep" in page.text, path


async def test_a_fact_is_changed_and_all_others_stay(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(FACT))

    page = await browser.done(PATH, form | {"value": "156 (phím 1)"})

    before = read_all_facts(project_tree()[FACTS])
    assert await facts_in_draft(console) == before | {"hotline_156": before["hotline_156"] | {"value": "156 (phím 1)"}}
    assert fields_of(page)["value"] == "156 (phím 1)"
    assert ("Trainer", "content.save_draft", "facts/facts#hotline_156") in await console.audited()


async def test_a_new_fact_gets_its_slug_from_its_title(console):
    browser = await console.as_role("trainer")
    await browser.get(PATH)

    response = await browser.post(PATH, NEW)

    assert response.headers["location"] == f"{PATH}?muc=so_thu"
    assert (await facts_in_draft(console))["so_thu"]["value"] == "1999"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"title": ""}, "Hãy ghi tên dữ kiện.", id="no title"),
        pytest.param({"title": "???"}, "Hãy ghi tên dữ kiện.", id="title without letters"),
        pytest.param({"slug": "../x"}, "Hãy ghi tên dữ kiện.", id="slug that goes up"),
        pytest.param({"value": " "}, "value: đang trống", id="no value"),
        pytest.param({"source_title": ""}, "title: đang trống", id="no source"),
        pytest.param({"source_address": "http://bao.vn"}, "https://", id="address not https"),
        pytest.param({"checked_on": "31/13/2026"}, "một ngày", id="no date"),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(console, fields, message):
    browser = await console.as_role("trainer")
    await browser.get(PATH)

    response = await browser.post(PATH, NEW | {"source_title": "Báo Thử Nghiệm"} | fields)

    assert response.status_code == 422
    assert message in unescape(text_of(response))
    assert 'value="1999"' in response.text or fields.get("value")
    assert await facts_in_draft(console) is None


async def test_two_who_change_different_facts_both_have_their_way(console):
    lan, binh = await console.as_role("trainer", "lan"), await console.as_role("reviewer", "binh")
    of_lan, of_binh = fields_of(await lan.get(FACT)), fields_of(await binh.get(f"{PATH}?muc=sms_5656"))

    await binh.done(PATH, of_binh | {"value": "5657"})
    await lan.done(PATH, of_lan | {"value": "157"})

    facts = await facts_in_draft(console)
    assert (facts["hotline_156"]["value"], facts["sms_5656"]["value"]) == ("157", "5657")


async def test_two_who_change_the_same_fact_are_told(console):
    lan, binh = await console.as_role("trainer", "lan"), await console.as_role("reviewer", "binh")
    of_lan, of_binh = fields_of(await lan.get(FACT)), fields_of(await binh.get(FACT))
    await binh.done(PATH, of_binh | {"value": "158"})

    conflict = await lan.post(PATH, of_lan | {"value": "157"})
    kept = (await facts_in_draft(console))["hotline_156"]["value"]
    await lan.done(PATH, fields_of(conflict))

    assert conflict.status_code == 409
    assert "vừa có người khác sửa" in text_of(conflict)
    assert (kept, fields_of(conflict)["value"]) == ("158", "157")
    assert (await facts_in_draft(console))["hotline_156"]["value"] == "157"


async def test_a_new_fact_never_takes_the_place_of_one_of_the_same_name_unseen(console):
    browser = await console.as_role("trainer")
    title = read_all_facts(project_tree()[FACTS])["hotline_156"]["title"]
    await browser.done(PATH, NEW | {"title": title})

    again = await browser.post(PATH, NEW | {"title": title, "value": "2000"})

    assert again.status_code == 409
    assert [fact["value"] for fact in (await facts_in_draft(console)).values() if fact["title"] == title] == ["156", "1999"]


async def test_what_was_published_since_the_draft_was_begun_is_not_written_over_unseen(console):
    browser = await console.as_role("trainer")
    await browser.done(PATH, fields_of(await browser.get(FACT)) | {"value": "157"})
    async with console.repository.transaction() as store:
        document = await store.contents.document(await store.contents.active_version())
        files = project_tree() | {FACTS: project_tree()[FACTS].replace('value: "5656"', 'value: "5699"')}
        await publish(store, document, files, clock.now())

    response = await browser.post(PATH, fields_of(await browser.get(FACT)) | {"value": "158"})

    assert response.status_code == 409
    assert "dựa trên bản cũ" in text_of(response)
    assert (await facts_in_draft(console))["hotline_156"]["value"] == "157"


@pytest.mark.parametrize("name", ["title", "value", "source_title"])
async def test_script_in_a_fact_is_shown_as_text(console, name):
    browser = await console.as_role("trainer")
    await browser.get(PATH)

    page = await browser.done(PATH, NEW | {name: "Số thử <script>alert(1)</script>"})

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


async def test_who_may_only_look_sees_the_facts_and_changes_none(console):
    browser = await console.as_role("viewer")
    page = await browser.get(FACT)

    response = await browser.post(PATH, NEW)

    assert 'id="sua"' not in page.text
    assert response.status_code == 403
