"""Drafts are reviewed by a second person, published as a whole, and taken back in one click."""

import io
import zipfile

import pytest

from actions.curriculum.tree import Item, paths_of
from bot import clock
from tests.bot.console.conftest import project_tree, text_of

PATH = "/quantri/xuat-ban"
SAFETY, SKILL = "nh-hoi-otp", "chu-to-hon"


async def draft(console, slug, *, by="trainer", old="title: ", new="title: Mới, ", which=0):
    """Save a draft of an answer as somebody; return the item with its revision as the list of drafts sends it."""
    tree = project_tree()
    path = paths_of(Item("answer", slug), tree)[which]
    async with console.repository.transaction() as store:
        author = await store.staff.account_by_login(by)
        known = await store.contents.draft(f"answer/{slug}")
        files = {path: tree[path].replace(old, new, 1)}
        revision = known.revision if known else 0
        saved = await store.contents.save_draft(f"answer/{slug}", files, revision=revision, by=author.id, now=clock.now())
    assert saved.files, "the draft changes nothing"
    return f"answer/{slug}@{saved.revision}"


async def publish(browser, *items, note="Sửa tiêu đề"):
    return await browser.post(PATH, {"item": list(items), "note": note})


async def title_of(console, slug):
    return console.service.turns.curriculum.answers[slug].title


async def test_a_skill_is_published_without_a_second_person_and_said_at_once(console):
    trainer = await console.as_role("trainer")
    item = await draft(console, SKILL)

    response = await publish(trainer, item)

    assert response.status_code == 303
    assert (await title_of(console, SKILL)).startswith("Mới, ")
    assert ("Trainer", "content.publish", console.service.handler.content_version) in await console.audited()
    async with console.repository.reading() as store:
        assert await store.contents.drafts() == []
        assert (await store.contents.active()).note == "Sửa tiêu đề"


async def test_safety_waits_for_a_second_person(console):
    trainer = await console.as_role("trainer")
    item = await draft(console, SAFETY)

    response = await publish(trainer, item)

    assert response.status_code == 422
    assert "cần người thứ hai duyệt" in text_of(response)
    assert not (await title_of(console, SAFETY)).startswith("Mới, ")


async def test_a_second_person_approves_and_then_it_is_published(console):
    trainer, reviewer = await console.as_role("trainer"), await console.as_role("reviewer")
    item = await draft(console, SAFETY)
    revision = item.rpartition("@")[2]
    one = f"{PATH}/nhap/answer/{SAFETY}"

    await trainer.done(f"{one}/gui", {"revision": revision})
    approved = await reviewer.done(f"{one}/duyet", {"revision": revision, "verdict": "approve"})
    response = await publish(trainer, item)

    assert "Đã duyệt" in text_of(approved)
    assert response.status_code == 303
    assert (await title_of(console, SAFETY)).startswith("Mới, ")


@pytest.mark.parametrize("who", ["writes", "sends"])
async def test_nobody_is_their_own_second_person(console, who):
    reviewer, other = await console.as_role("reviewer"), await console.as_role("reviewer", "khac")
    item = await draft(console, SAFETY, by="reviewer" if who == "writes" else "khac")
    revision = item.rpartition("@")[2]
    one = f"{PATH}/nhap/answer/{SAFETY}"
    await (other if who == "writes" else reviewer).done(f"{one}/gui", {"revision": revision})

    response = await reviewer.post(f"{one}/duyet", {"revision": revision, "verdict": "approve"})

    assert response.status_code == 403
    assert "không tự duyệt được" in text_of(response)


async def test_a_save_after_the_review_has_to_be_reviewed_anew(console):
    trainer, reviewer = await console.as_role("trainer"), await console.as_role("reviewer")
    item = await draft(console, SAFETY)
    one, revision = f"{PATH}/nhap/answer/{SAFETY}", item.rpartition("@")[2]
    await trainer.done(f"{one}/gui", {"revision": revision})
    await reviewer.done(f"{one}/duyet", {"revision": revision, "verdict": "approve"})

    later = await draft(console, SAFETY, new="title: Khác, ")

    assert (await publish(trainer, later)).status_code == 422
    assert (await publish(trainer, item)).status_code == 422


async def test_a_return_needs_a_word_and_reaches_the_writer(console):
    trainer, reviewer = await console.as_role("trainer"), await console.as_role("reviewer")
    item = await draft(console, SAFETY)
    one, revision = f"{PATH}/nhap/answer/{SAFETY}", item.rpartition("@")[2]
    await trainer.done(f"{one}/gui", {"revision": revision})

    wordless = await reviewer.done(f"{one}/duyet", {"revision": revision, "verdict": "return"})
    returned = await reviewer.done(f"{one}/duyet", {"revision": revision, "verdict": "return", "note": "Thiếu nguồn"})

    assert "hãy ghi lời nhắn" in text_of(wordless)
    assert "Đã trả lại" in text_of(returned)
    assert "Thiếu nguồn" in text_of(await trainer.get("/quantri"))


async def test_problems_are_told_all_at_once_with_links_and_nothing_is_published(console):
    trainer = await console.as_role("trainer")
    before = console.service.handler.content_version
    item = await draft(console, SKILL, old="title: ", new="title: " + "dài " * 30)

    response = await publish(trainer, item)

    assert response.status_code == 422
    assert "tối đa 60" in text_of(response)
    assert f"/quantri/soan-bai/answer/{SKILL}" in response.text
    assert console.service.handler.content_version == before


@pytest.mark.parametrize(
    ("items", "note", "said"),
    [
        pytest.param([], "có gì", "Chưa chọn nháp nào", id="nothing chosen"),
        pytest.param(["it"], " ", "Hãy ghi có gì mới", id="no note"),
        pytest.param(["stale"], "có gì", "vừa có người lưu bản mới", id="saved meanwhile"),
    ],
)
async def test_what_is_missing_is_said(console, items, note, said):
    trainer = await console.as_role("trainer")
    item = await draft(console, SKILL)
    sent = {"it": item, "stale": item.replace("@1", "@7")}

    response = await publish(trainer, *(sent[name] for name in items), note=note)

    assert response.status_code == 422
    assert said in text_of(response)


async def test_the_version_before_comes_back_in_one_click(console):
    trainer, reviewer = await console.as_role("trainer"), await console.as_role("reviewer")
    first = console.service.handler.content_version
    await publish(trainer, await draft(console, SKILL))
    second = console.service.handler.content_version

    refused = await trainer.post(f"{PATH}/ban/{first}/quay-lai")
    back = await reviewer.done(f"{PATH}/ban/{first}/quay-lai")

    assert refused.status_code == 403
    assert f"Đã quay lại bản {first}" in text_of(back)
    assert not (await title_of(console, SKILL)).startswith("Mới, ")
    difference = text_of(await reviewer.get(f"{PATH}/ban/{second}"))
    assert "Mới, " in difference  # it is still there to be looked at


async def test_a_draft_that_began_from_an_older_version_has_to_be_looked_at(console):
    trainer = await console.as_role("trainer")
    item = await draft(console, SKILL)
    async with console.repository.transaction() as store:
        active = await store.contents.active()
        files = await store.contents.files(active.tree)
        path = paths_of(Item("answer", SKILL), files)[0]
        files[path] = files[path].replace("title: ", "title: Của người khác, ")
        document = await store.contents.document(active.version)
        await store.contents.publish("khac", document, files, clock.now())

    refused = await publish(trainer, item)
    await trainer.done(f"{PATH}/nhap/answer/{SKILL}/giu", {"revision": "1"})
    kept = await publish(trainer, item.replace("@1", "@2"))

    assert "bản đang xuất bản đã đổi" in text_of(refused)
    assert kept.status_code == 303


async def test_all_files_can_be_taken_along(console):
    trainer = await console.as_role("trainer")

    response = await trainer.get(f"{PATH}/tep.zip")

    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == project_tree()
