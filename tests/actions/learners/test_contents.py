"""What trainers write, as it is kept: drafts that two write at once, their history and review, forms, versions."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.content_tables import ContentBlob, ContentVersion, Draft, DraftRevision
from actions.learners.contents import (
    APPROVED,
    AUTOSAVE_RETENTION,
    DRAFT,
    IN_REVIEW,
    RETURNED,
    REVISION_RETENTION,
    DraftConflictError,
    DraftText,
    applied,
    digest_of,
)
from actions.learners.database import open_database
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW, rows_of
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared

ITEM, OTHER_ITEM = "answer/otp-la-gi", "answer/khac"
PATH, EXAMPLES, OTHER = "content/answers/a/otp-la-gi.md", "training_data/answers/a/otp-la-gi.yml", "content/facts.yml"
FILES = {PATH: "cũ", EXAMPLES: "- cũ", OTHER: "số"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


@pytest.fixture
async def other(database_url):
    """Another process's hand on the same database."""
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


async def publish(repository, version="v1", files=FILES, now=NOW, document="{}", **about):
    async with repository.transaction() as store:
        return await store.contents.publish(version, document, files, now, **about)


async def save(repository, text="mới", *, revision=0, by="lan", now=NOW, item=ITEM, files=None):
    async with repository.transaction() as store:
        return await store.contents.save_draft(item, {PATH: text} if files is None else files, revision=revision, by=by, now=now)


async def draft_of(repository, item=ITEM):
    async with repository.reading() as store:
        return await store.contents.draft(item)


async def history_of(repository, item=ITEM):
    async with repository.reading() as store:
        return [(saved.revision, saved.files.get(PATH), saved.saved_by) for saved in await store.contents.history(item)]


async def submit(repository, revision, by="lan"):
    async with repository.transaction() as store:
        return await store.contents.submit_draft(ITEM, revision, by)


async def review(repository, revision, *, is_approved=True, note="", by="hoa", now=NOW):
    async with repository.transaction() as store:
        return await store.contents.review_draft(ITEM, revision, by, is_approved=is_approved, note=note, now=now)


async def at_once(first, second, work, other_work):
    """Do two things in transactions that both began before either ended; return the errors, None for what went well."""

    async def do(repository, what):
        try:
            async with repository.transaction() as store:
                await what(store)
        except DraftConflictError as error:
            return error
        return None

    async with first.transaction() as store:
        await work(store)
        waiting = asyncio.create_task(do(second, other_work))
        await asyncio.wait({waiting}, timeout=0.1)  # It runs as far as it can, and waits there for the first to end.
    return await waiting


async def test_a_first_save_makes_a_draft_of_what_differs_from_what_is_published(repository):
    await publish(repository)

    saved = await save(repository, files={PATH: "mới", EXAMPLES: "- cũ", OTHER: None, "content/them.md": "thêm"})

    assert saved == await draft_of(repository)
    assert saved.files == {PATH: "mới", OTHER: None, "content/them.md": "thêm"}
    assert saved.base == {PATH: digest_of("cũ"), OTHER: digest_of("số"), "content/them.md": None}
    assert (saved.revision, saved.state, saved.edited_by, saved.edited_at) == (1, DRAFT, "lan", NOW)


async def test_a_save_goes_on_from_the_one_before_as_a_whole(repository):
    await publish(repository)
    await save(repository, files={PATH: "mới", OTHER: None})

    saved = await save(repository, "mới hơn", revision=1, by="hoa", now=NOW + MINUTE)

    assert (saved.files, saved.revision, saved.edited_by, saved.edited_at) == ({PATH: "mới hơn"}, 2, "hoa", NOW + MINUTE)
    assert await draft_of(repository) == saved


async def test_before_anything_is_published_everything_is_new(repository):
    saved = await save(repository, files={PATH: "mới", OTHER: None})

    assert (saved.files, saved.base) == ({PATH: "mới"}, {PATH: None})


@pytest.mark.parametrize(
    ("revision", "current"),
    [
        pytest.param(0, 2, id="who began before there was a draft"),
        pytest.param(1, 2, id="who began from the save before"),
        pytest.param(3, 2, id="a revision that is not there yet"),
        pytest.param(-1, 2, id="made up"),
    ],
)
async def test_a_save_from_another_revision_is_told_what_is_there_and_changes_nothing(repository, revision, current):
    await publish(repository)
    await save(repository)
    await save(repository, "của Lan", revision=1)

    with pytest.raises(DraftConflictError) as raised:
        await save(repository, "của Hoa", revision=revision, by="hoa")

    assert (raised.value.current.revision, raised.value.current.files) == (current, {PATH: "của Lan"})
    assert (await draft_of(repository)).files == {PATH: "của Lan"}
    assert [revision for revision, _, _ in await history_of(repository)] == [2, 1]


@pytest.mark.parametrize("how", ["dropped", "published"])
async def test_a_save_of_a_draft_that_is_gone_meanwhile_is_told_so(repository, how):
    await publish(repository)
    await save(repository)
    async with repository.transaction() as store:
        if how == "published":
            await store.contents.publish(
                "v2", "{}", applied(await store.contents.active_files(), await store.contents.drafts()), NOW + MINUTE
            )
        await store.contents.drop_draft(ITEM)

    with pytest.raises(DraftConflictError) as raised:
        await save(repository, "mới hơn", revision=1)

    assert raised.value.current is None
    assert await draft_of(repository) is None


async def test_of_two_first_saves_at_once_the_second_is_told_of_the_first(repository, other):
    await publish(repository)

    async def of_lan(store):
        await store.contents.save_draft(ITEM, {PATH: "của Lan"}, revision=0, by="lan", now=NOW)

    async def of_hoa(store):
        await store.contents.save_draft(ITEM, {PATH: "của Hoa"}, revision=0, by="hoa", now=NOW)

    error = await at_once(repository, other, of_lan, of_hoa)

    assert error.current.files == {PATH: "của Lan"}
    assert (await draft_of(repository)).edited_by == "lan"
    assert await history_of(repository) == [(1, "của Lan", "lan")]


async def test_of_two_later_saves_at_once_the_second_is_told_of_the_first(repository, other):
    await publish(repository)
    await save(repository)

    async def of_lan(store):
        await store.contents.save_draft(ITEM, {PATH: "của Lan"}, revision=1, by="lan", now=NOW)

    async def of_hoa(store):
        await store.contents.save_draft(ITEM, {PATH: "của Hoa"}, revision=1, by="hoa", now=NOW)

    error = await at_once(repository, other, of_lan, of_hoa)

    assert error.current.files == {PATH: "của Lan"}
    assert (await draft_of(repository)).revision == 2
    assert [revision for revision, _, _ in await history_of(repository)] == [2, 1]


async def test_a_save_while_the_draft_is_dropped_is_told_so(repository, other):
    await publish(repository)
    await save(repository)

    async def drop(store):
        await store.contents.drop_draft(ITEM)

    async def go_on(store):
        await store.contents.save_draft(ITEM, {PATH: "mới hơn"}, revision=1, by="hoa", now=NOW)

    error = await at_once(repository, other, drop, go_on)

    assert error.current is None
    assert await draft_of(repository) is None


@pytest.mark.parametrize("round_", range(3))
async def test_of_many_who_save_at_once_one_gets_through(repository, other, round_):
    await publish(repository)

    async def try_to(number):
        try:
            return await save(repository if number % 2 else other, f"của {number}", by=str(number))
        except DraftConflictError as error:
            return error

    results = await asyncio.gather(*(try_to(number) for number in range(8)))

    (saved,) = [result for result in results if isinstance(result, DraftText)]
    assert await draft_of(repository) == saved
    assert [error.current for error in results if isinstance(error, DraftConflictError)] == [saved] * 7
    assert len(await history_of(repository)) == 1


async def test_a_draft_that_changes_nothing_is_dropped(repository):
    await publish(repository)
    await save(repository)

    saved = await save(repository, "cũ", revision=1)

    assert (saved.files, saved.revision) == ({}, 2)
    assert await draft_of(repository) is None
    assert [text for _, text, _ in await history_of(repository)] == ["cũ", "mới"]


async def test_a_first_save_that_changes_nothing_makes_no_draft(repository):
    await publish(repository)

    assert (await save(repository, "cũ")).files == {}

    assert await draft_of(repository) is None


async def test_a_new_file_that_is_to_go_again_is_no_change(repository):
    await publish(repository)
    await save(repository, files={"content/them.md": "thêm"})

    assert (await save(repository, files={"content/them.md": None}, revision=1)).files == {}


async def test_every_save_stays_in_the_history_and_a_new_draft_counts_on(repository):
    await publish(repository)
    await save(repository, "một")
    await save(repository, "hai", revision=1, by="hoa")
    async with repository.transaction() as store:
        assert await store.contents.drop_draft(ITEM)
        assert not await store.contents.drop_draft(ITEM)

    restored = await save(repository, "một")

    assert restored.revision == 3
    assert await history_of(repository) == [(3, "một", "lan"), (2, "hai", "hoa"), (1, "một", "lan")]
    with pytest.raises(DraftConflictError):  # A form from before is never taken for one of the new draft.
        await save(repository, "từ biểu mẫu cũ", revision=2)


async def test_the_history_of_an_item_is_its_own(repository):
    await save(repository, "một")
    await save(repository, item=OTHER_ITEM, files={"content/khac.md": "x"})

    assert len(await history_of(repository)) == 1
    assert len(await history_of(repository, "answer/chua-co")) == 0


async def test_only_what_was_seen_is_submitted_and_approved(repository):
    await publish(repository)
    await save(repository)
    await save(repository, "hai", revision=1)

    assert not await submit(repository, 1)
    assert not await review(repository, 2)  # Nobody asked for it yet.
    assert await submit(repository, 2)
    assert not await submit(repository, 2)
    assert not await review(repository, 1)
    assert await review(repository, 2, note="Tốt", now=NOW + MINUTE)

    draft = await draft_of(repository)
    assert (draft.state, draft.submitted_by, draft.reviewed_by) == (APPROVED, "lan", "hoa")
    assert (draft.reviewed_at, draft.review_note, draft.files) == (NOW + MINUTE, "Tốt", {PATH: "hai"})


async def test_a_returned_draft_is_submitted_anew_and_tells_nothing_of_the_review_before(repository):
    await save(repository)
    await submit(repository, 1)
    assert await review(repository, 1, is_approved=False, note="Thiếu nguồn")
    returned = await draft_of(repository)

    assert await submit(repository, 1, by="minh")

    assert (returned.state, returned.review_note) == (RETURNED, "Thiếu nguồn")
    draft = await draft_of(repository)
    assert (draft.state, draft.submitted_by) == (IN_REVIEW, "minh")
    assert (draft.reviewed_by, draft.reviewed_at, draft.review_note) == (None, None, "")


async def test_an_approval_can_be_taken_back_before_publishing(repository):
    await save(repository)
    await submit(repository, 1)
    await review(repository, 1)

    assert await review(repository, 1, is_approved=False, note="Xem lại")

    assert (await draft_of(repository)).state == RETURNED


async def test_saving_again_asks_for_a_new_review(repository):
    await save(repository)
    await submit(repository, 1)
    await review(repository, 1, note="Tốt")

    saved = await save(repository, "sửa sau khi duyệt", revision=1)

    assert (saved.state, saved.submitted_by, saved.reviewed_by, saved.reviewed_at, saved.review_note) == (DRAFT, None, None, None, "")
    assert await draft_of(repository) == saved


async def test_a_review_of_a_draft_that_is_saved_at_the_same_time_does_not_count(repository, other):
    await save(repository)
    await submit(repository, 1)
    reviewed = []

    async def go_on(store):
        await store.contents.save_draft(ITEM, {PATH: "khác"}, revision=1, by="lan", now=NOW)

    async def approve(store):
        reviewed.append(await store.contents.review_draft(ITEM, 1, "hoa", is_approved=True, note="", now=NOW))

    await at_once(repository, other, go_on, approve)

    assert reviewed == [False]
    assert (await draft_of(repository)).state == DRAFT


async def test_drafts_come_the_one_edited_last_first(repository):
    await save(repository)
    await save(repository, item=OTHER_ITEM, files={"content/khac.md": "x"}, now=NOW + MINUTE)

    async with repository.reading() as store:
        assert [draft.item for draft in await store.contents.drafts()] == [OTHER_ITEM, ITEM]


async def test_the_working_texts_are_the_active_ones_with_all_drafts_put_in(repository):
    await publish(repository)
    await save(repository)
    await save(repository, item="facts/facts", files={OTHER: None})

    async with repository.reading() as store:
        working = applied(await store.contents.active_files(), await store.contents.drafts())
        assert working == {PATH: "mới", EXAMPLES: "- cũ"}
        assert await store.contents.active_files() == FILES


def a_draft(files):
    return DraftText(ITEM, files, {}, 1, DRAFT, "lan", NOW, None, None, None, "")


@pytest.mark.parametrize(
    ("drafts", "result"),
    [
        pytest.param([], {"a": "1", "b": "2"}, id="none"),
        pytest.param([{"a": "3"}], {"a": "3", "b": "2"}, id="changed"),
        pytest.param([{"c": "3"}], {"a": "1", "b": "2", "c": "3"}, id="added"),
        pytest.param([{"a": None}], {"b": "2"}, id="gone"),
        pytest.param([{"c": None}], {"a": "1", "b": "2"}, id="gone already"),
        pytest.param([{"a": ""}], {"a": "", "b": "2"}, id="an empty text is a text"),
        pytest.param([{"a": None}, {"b": "4"}], {"b": "4"}, id="two drafts"),
    ],
)
def test_drafts_are_put_into_texts_that_stay_as_they_are(drafts, result):
    files = {"a": "1", "b": "2"}

    assert applied(files, [a_draft(draft) for draft in drafts]) == result
    assert files == {"a": "1", "b": "2"}


async def test_what_is_in_a_form_is_kept_for_each_person_apart(repository):
    async with repository.transaction() as store:
        contents = store.contents
        await contents.keep_form(ITEM, "lan", [("title", "Của Lan"), ("choice", "một"), ("choice", "hai")], 3, NOW)
        await contents.keep_form(ITEM, "hoa", [("title", "Của Hoa")], 4, NOW + MINUTE)
        await contents.keep_form(OTHER_ITEM, "lan", [("title", "Khác")], 0, NOW)

    async with repository.reading() as store:
        mine = await store.contents.form(ITEM, "lan")
        assert (mine.form, mine.revision, mine.kept_at) == ([["title", "Của Lan"], ["choice", "một"], ["choice", "hai"]], 3, NOW)
        assert (await store.contents.form(ITEM, "hoa")).form == [["title", "Của Hoa"]]
        assert await store.contents.form(ITEM, "minh") is None


async def test_looking_at_a_form_again_keeps_what_was_in_it(repository):
    async with repository.transaction() as store:
        await store.contents.keep_form(ITEM, "lan", [("title", "Dở dang")], 3, NOW)
        await store.contents.keep_form(ITEM, "lan", None, 7, NOW + MINUTE)

        kept = await store.contents.form(ITEM, "lan")

        assert (kept.form, kept.revision, kept.kept_at, kept.seen_at) == ([["title", "Dở dang"]], 3, NOW, NOW + MINUTE)


async def test_a_form_that_was_only_looked_at_holds_nothing(repository):
    async with repository.transaction() as store:
        await store.contents.keep_form(ITEM, "lan", None, 3, NOW)

        assert await store.contents.form(ITEM, "lan") is None


async def test_a_form_that_was_saved_is_forgotten_for_that_person_alone(repository):
    async with repository.transaction() as store:
        await store.contents.keep_form(ITEM, "lan", [("a", "b")], 0, NOW)
        await store.contents.keep_form(ITEM, "hoa", [("a", "c")], 0, NOW)

        await store.contents.drop_form(ITEM, "lan")

        assert await store.contents.form(ITEM, "lan") is None
        assert (await store.contents.form(ITEM, "hoa")).form == [["a", "c"]]


async def test_who_else_is_there_is_told_while_they_are(repository):
    async with repository.transaction() as store:
        contents = store.contents
        await contents.keep_form(ITEM, "lan", None, 0, NOW)
        await contents.keep_form(ITEM, "hoa", [("a", "b")], 0, NOW + MINUTE)
        await contents.keep_form(OTHER_ITEM, "minh", None, 0, NOW + MINUTE)

        assert await contents.others_at(ITEM, "lan", NOW) == ["hoa"]
        assert await contents.others_at(ITEM, "hoa", NOW) == ["lan"]
        assert await contents.others_at(ITEM, "hoa", NOW + MINUTE) == []
        assert sorted(await contents.others_at(ITEM, "ai đó", NOW)) == ["hoa", "lan"]


async def test_old_saves_and_forms_are_forgotten_and_drafts_are_not(repository):
    await save(repository, "cũ lắm")
    await save(repository, "mới", revision=1, now=NOW + MINUTE)
    async with repository.transaction() as store:
        await store.contents.keep_form(ITEM, "lan", [("a", "b")], 0, NOW + REVISION_RETENTION - AUTOSAVE_RETENTION)
        await store.contents.keep_form(ITEM, "hoa", [("a", "b")], 0, NOW + REVISION_RETENTION - AUTOSAVE_RETENTION + MINUTE)

        await store.contents.retain(NOW + REVISION_RETENTION + MINUTE)

        assert await store.contents.form(ITEM, "lan") is None
        assert await store.contents.form(ITEM, "hoa") is not None
    assert await history_of(repository) == [(2, "mới", "lan")]
    assert (await draft_of(repository)).revision == 2
    assert (await save(repository, "nữa", revision=2)).revision == 3


async def test_texts_are_kept_once_and_shared_by_versions(repository):
    await publish(repository, files={"a": "như nhau", "b": "như nhau", "c": "khác"})
    await publish(repository, "v2", {"a": "như nhau", "c": "mới", "d": "khác"})

    blobs = (await rows_of(repository, "content_blobs"))["content_blobs"]
    assert sorted(row["text"] for row in blobs) == ["khác", "mới", "như nhau"]
    assert all(row["digest"] == digest_of(row["text"]) for row in blobs)


async def test_the_texts_of_every_version_are_as_they_were_published(repository):
    many = {f"content/answers/a/{number}.md": f"chữ {number % 700}\r\n" for number in range(1300)}
    await publish(repository, "v1", many)
    await publish(repository, "v2", {PATH: "", OTHER: "🙂 e\u0302\u0301"}, NOW + MINUTE)
    await publish(repository, "v3", {}, NOW + 2 * MINUTE)

    async with repository.reading() as store:
        read = [await store.contents.files((await store.contents.version(version)).tree) for version in ("v1", "v2", "v3")]
        assert read == [many, {PATH: "", OTHER: "🙂 e\u0302\u0301"}, {}]
        assert await store.contents.active_files() == {}


async def test_a_version_is_never_changed(repository):
    assert await publish(repository, author="Lan", note="Lần đầu", origin="console", parent=None)
    before = (await rows_of(repository, "content_versions"))["content_versions"]

    is_new = await publish(repository, files={"x": "y"}, now=NOW + MINUTE, document="{ }", author="Hoa", note="Khác", parent="v0")

    (after,) = (await rows_of(repository, "content_versions"))["content_versions"]
    assert not is_new
    assert after | {"activated_at": NOW} == before[0]
    assert after["activated_at"] == NOW + MINUTE


async def test_versions_come_the_latest_first_and_one_of_them_is_active(repository):
    for number in range(4):
        await publish(repository, f"v{number}", now=NOW + number * MINUTE)

    async with repository.reading() as store:
        assert [(one.version, one.is_active) for one in await store.contents.versions(3)] == [("v3", True), ("v2", False), ("v1", False)]
        assert await store.contents.active_version() == "v3"


async def test_rolling_back_makes_an_older_version_active_and_changes_nothing_of_it(repository):
    await publish(repository, "v1", note="Một")
    await publish(repository, "v2", {PATH: "hai"}, NOW + MINUTE)

    async with repository.transaction() as store:
        await store.contents.activate("v1", NOW + 2 * MINUTE)

    async with repository.reading() as store:
        active = await store.contents.active()
        assert (active.version, active.note, active.published_at, active.activated_at) == ("v1", "Một", NOW, NOW + 2 * MINUTE)
        assert await store.contents.active_files() == FILES
        assert not (await store.contents.version("v2")).is_active


async def test_before_the_first_publishing_there_is_nothing(repository):
    async with repository.reading() as store:
        contents = store.contents
        assert (await contents.active(), await contents.active_version(), await contents.versions()) == (None, None, [])
        assert (await contents.active_files(), await contents.imported()) == ({}, None)
        assert (await contents.version("v1"), await contents.document("v1")) == (None, None)


async def test_of_two_published_at_once_one_is_active(repository, other):
    await publish(repository, "v0")

    async def of_one(store):
        await store.contents.publish("v1", "{}", {PATH: "một", OTHER: "chung"}, NOW)

    async def of_other(store):
        await store.contents.publish("v2", "{}", {OTHER: "chung", PATH: "hai"}, NOW)

    await at_once(repository, other, of_one, of_other)

    versions = (await rows_of(repository, "content_versions"))["content_versions"]
    assert sorted((row["version"], row["is_active"]) for row in versions) == [("v0", False), ("v1", False), ("v2", True)]


@pytest.mark.parametrize("round_", range(2))
async def test_of_many_published_and_rolled_back_at_once_exactly_one_is_active(repository, other, round_):
    await publish(repository, "v0")

    async def roll_back(hand):
        async with hand.transaction() as store:
            await store.contents.activate("v0", NOW)

    works = [publish(other if n % 2 else repository, f"v{n}", {f"p{m}": f"{m}" for m in range(n)}) for n in range(1, 7)]
    await asyncio.gather(*works, roll_back(repository), roll_back(other))

    versions = (await rows_of(repository, "content_versions"))["content_versions"]
    assert len(versions) == 7
    assert sum(row["is_active"] for row in versions) == 1


async def test_the_tree_of_the_files_that_were_published_last_is_noted(repository):
    async with repository.transaction() as store:
        await store.contents.note_import({"a": "1"}, NOW)
        await store.contents.note_import({"b": "2"}, NOW + MINUTE)

        assert await store.contents.imported() == {"b": "2"}


async def test_nothing_of_a_save_that_failed_is_kept(repository):
    await save(repository)

    with pytest.raises(DraftConflictError):
        await save(repository, "hai", revision=0)

    found = await rows_of(
        repository, Draft.__tablename__, DraftRevision.__tablename__, ContentBlob.__tablename__, ContentVersion.__tablename__
    )
    assert {name: len(rows) for name, rows in found.items()} == {
        "drafts": 1,
        "draft_revisions": 1,
        "content_blobs": 0,
        "content_versions": 0,
    }
