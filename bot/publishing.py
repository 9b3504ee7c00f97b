"""Publish the content files, beside what the console published; write what is published back to files."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import structlog

from actions.curriculum import tree as trees
from actions.curriculum.problems import ContentError, Problem
from actions.curriculum.versions import publish, read_version, version_of
from actions.learners.contents import Version, digest_of
from actions.learners.database import migrate
from actions.learners.repository import Repository, Store
from bot import clock
from bot.apart import run_apart
from bot.secret_key import open_repository
from bot.settings import ROOT, Settings, SettingsError

logger = structlog.get_logger(__name__)
Tree = Mapping[str, str]


class MergeConflictError(SettingsError):
    """Files were changed both in the folder and in the console."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(
            "Các tệp sau vừa được sửa trong thư mục, vừa được sửa ở bảng điều khiển:\n"
            + "".join(f"  {path}\n" for path in paths)
            + "Hãy chạy ./banso content export để chép bản của bảng điều khiển ra tệp, gộp phần bạn sửa vào (git giúp so sánh), "
            "rồi chạy lại ./banso content publish."
        )
        self.paths = paths


async def publish_content(settings: Settings) -> tuple[str, bool]:
    """Publish the content of the project's files, together with what the console published since they were published last.

    Returns:
        The version, and whether it is new.

    Raises:
        ContentError: The content has problems; nothing is published then.
        MergeConflictError: The same file was changed here and in the console.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        return await publish_files(repository, trees.read_tree(ROOT), clock.today())
    finally:
        await repository.close()


async def publish_files(repository: Repository, files: Tree, today: date) -> tuple[str, bool]:
    """Publish a tree of files; see `publish_content`."""
    while True:
        published = await _publish_once(repository, files, today)
        if published is not None:
            return published
        logger.info("content.published_meanwhile")


async def _publish_once(repository: Repository, files: Tree, today: date) -> tuple[str, bool] | None:
    """Publish a tree of files; None where somebody else published while it was checked, so that theirs must be merged too."""
    async with repository.reading() as store:
        version = await store.contents.active()
        imported = await store.contents.imported()
        current = {} if version is None else await store.contents.files(version.tree)
    digests = {path: digest_of(text) for path, text in files.items()}
    if version is not None and current and imported == digests:
        return await _made_anew(repository, version, current, today)
    is_followed_by_console = version is not None and imported is not None and dict(version.tree) not in (imported, {})
    merged = merge(imported or {}, current, files) if is_followed_by_console else dict(files)
    document = await check(merged, today)
    async with repository.transaction() as store:
        if not await _is_active_still(store, version) or await store.contents.imported() != imported:
            return None
        await store.contents.note_import(digests, clock.now())
        return await publish(store, document, merged, clock.now(), note="Từ các tệp của dự án")


async def _made_anew(repository: Repository, version: Version, files: Tree, today: date) -> tuple[str, bool] | None:
    """Publish the active texts once more: a newer service may make another document of them."""
    try:
        document = await check(files, today)
    except ContentError as error:
        if await read_version(repository, version.version) is None:
            raise  # It was made by another service, and cannot be made anew.
        logger.warning("content.kept", version=version.version, problems=len(error.problems))
        return version.version, False  # What citizens read goes on; a stricter lint is for the trainers.
    if version_of(document, files) == version.version:
        return version.version, False
    about = {"origin": version.origin, "author": version.author, "note": version.note}
    async with repository.transaction() as store:
        if not await _is_active_still(store, version):
            return None
        return await publish(store, document, files, clock.now(), **about)


async def _is_active_still(store: Store, version: Version | None) -> bool:
    """Tell whether citizens still read what they read when the work began; from here on, nobody else publishes."""
    await store.contents.hold_versions()
    return await store.contents.active_version() == (version.version if version else None)


def merge(base: Tree, ours: Tree, theirs: Tree) -> dict[str, str]:
    """Merge two trees that began as the same one, file by file.

    Args:
        base: Path → digest of what both began from.
        ours: The texts of one.
        theirs: The texts of the other.

    Raises:
        MergeConflictError: Files were changed differently in both.
    """
    merged, conflicts = {}, []
    for path in sorted({*base, *ours, *theirs}):
        before, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if mine == other or _digest(other) == before:
            chosen = mine
        elif _digest(mine) == before:
            chosen = other
        else:
            conflicts.append(path)
            continue
        if chosen is not None:
            merged[path] = chosen
    if conflicts:
        raise MergeConflictError(conflicts)
    return merged


async def export_content(settings: Settings, folder: Path) -> list[str]:
    """Write the active version's texts to a folder; return the paths that were changed there.

    Raises:
        SettingsError: Nothing is published yet.
    """
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            files = await store.contents.active_files()
        if not files:
            raise SettingsError("Chưa có nội dung nào được xuất bản kèm tệp; hãy chạy: ./banso content publish")
        return trees.write_tree(files, folder)
    finally:
        await repository.close()


async def active_version(settings: Settings) -> str:
    """Return the version that citizens read now, empty before the first publishing."""
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            return await store.contents.active_version() or ""
    finally:
        await repository.close()


async def check(files: Tree, today: date) -> str:
    """Check a tree in a process of its own, so that citizens are answered meanwhile.

    Returns:
        The curriculum's document, as JSON.

    Raises:
        ContentError: With every problem.
    """
    code, output = await run_apart("bot.checking", dict(files), today.isoformat())
    if code:
        raise RuntimeError(f"the check of the content ended with {code}")
    result = json.loads(output)
    if result["problems"]:
        raise ContentError([Problem(**problem) for problem in result["problems"]])
    return str(result["document"])


def _digest(text: str | None) -> str | None:
    return None if text is None else digest_of(text)
