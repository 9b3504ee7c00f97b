"""Files and console publish into one line of versions; the check runs beside the service."""

import asyncio

import pytest

from actions.curriculum.problems import ContentError
from actions.curriculum.tree import read_tree, write_tree
from actions.curriculum.versions import publish
from actions.learners.contents import CONSOLE
from bot import clock
from bot.publishing import MergeConflictError, check, merge, publish_files
from tests.conftest import TODAY
from tests.content_given import ANSWER, LESSON, edited, small_tree

GOAL = "goal: Biết"


async def publish_in_console(repository, tree):
    """Publish a tree as the console does, which leaves what was imported as it was."""
    document = await check(tree, TODAY)
    async with repository.transaction() as store:
        return (await publish(store, document, tree, clock.now(), origin=CONSOLE))[0]


async def active_files(repository):
    async with repository.reading() as store:
        return await store.contents.active_files()


async def test_files_are_published_once(repository):
    first = await publish_files(repository, small_tree(), TODAY)
    again = await publish_files(repository, small_tree(), TODAY)

    assert (first[0] == again[0], first[1], again[1]) == (True, True, False)
    assert await active_files(repository) == small_tree()


async def test_what_the_console_published_stays_when_the_files_did_not_change(repository):
    await publish_files(repository, small_tree(), TODAY)
    theirs = edited(small_tree(), LESSON, GOAL, "goal: Hiểu rõ")
    version = await publish_in_console(repository, theirs)

    again = await publish_files(repository, small_tree(), TODAY)

    assert again == (version, False)
    assert await active_files(repository) == theirs


async def test_changes_of_different_files_come_together(repository):
    await publish_files(repository, small_tree(), TODAY)
    await publish_in_console(repository, edited(small_tree(), LESSON, GOAL, "goal: Hiểu rõ"))

    await publish_files(repository, edited(small_tree(), ANSWER, "title: ", "title: Mới, "), TODAY)

    published = await active_files(repository)
    assert "goal: Hiểu rõ" in published[LESSON]
    assert "title: Mới, " in published[ANSWER]


async def test_changes_of_the_same_file_are_told_and_nothing_is_lost(repository):
    await publish_files(repository, small_tree(), TODAY)
    theirs = edited(small_tree(), LESSON, GOAL, "goal: Hiểu rõ")
    await publish_in_console(repository, theirs)

    with pytest.raises(MergeConflictError, match="banso content export") as raised:
        await publish_files(repository, edited(small_tree(), LESSON, GOAL, "goal: Nắm được"), TODAY)

    assert raised.value.paths == [LESSON]
    assert await active_files(repository) == theirs


async def test_export_and_import_lose_nothing(repository, tmp_path):
    await publish_files(repository, small_tree(), TODAY)
    theirs = edited(small_tree(), LESSON, GOAL, "goal: Hiểu rõ")
    version = await publish_in_console(repository, theirs)

    write_tree(await active_files(repository), tmp_path)
    again = await publish_files(repository, read_tree(tmp_path), TODAY)

    assert again == (version, False)
    assert await active_files(repository) == theirs


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        pytest.param("1", "1", "2", {"a": "2"}, id="changed there"),
        pytest.param("1", "2", "1", {"a": "2"}, id="changed here"),
        pytest.param("1", "2", "2", {"a": "2"}, id="changed alike"),
        pytest.param("1", None, "1", {}, id="deleted here"),
        pytest.param("1", "1", None, {}, id="deleted there"),
        pytest.param(None, None, "1", {"a": "1"}, id="new there"),
        pytest.param("1", None, "2", None, id="deleted here, changed there"),
        pytest.param(None, "1", "2", None, id="new in both, differently"),
    ],
)
def test_files_are_merged_one_by_one(base, ours, theirs, merged):
    from actions.learners.contents import digest_of

    trees = [{} if text is None else {"a": text} for text in (ours, theirs)]
    before = {} if base is None else {"a": digest_of(base)}

    if merged is None:
        with pytest.raises(MergeConflictError):
            merge(before, *trees)
    else:
        assert merge(before, *trees) == merged


async def test_every_problem_is_told_while_others_go_on():
    broken = edited(edited(small_tree(), ANSWER, "title: ", "titel: "), LESSON, "module: ", "modul: ")
    checking = asyncio.create_task(check(broken, TODAY))
    ticks = 0
    while not checking.done():
        ticks += 1
        await asyncio.sleep(0.01)

    with pytest.raises(ContentError) as raised:
        await checking

    assert {ANSWER, LESSON} <= {problem.path for problem in raised.value.problems}
    assert ticks > 10  # The check takes about a second; this loop was not held up.
