"""Publish a tree of texts as an immutable version, and read versions back."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from actions.curriculum.model import Curriculum
from actions.learners.contents import FILES, digest_of
from actions.learners.repository import Repository, Store

VERSION_CHARACTERS = 12


def version_of(document: str, files: Mapping[str, str]) -> str:
    """Return the version of a document and the texts it was made of: alike content has the same version."""
    digest = hashlib.sha256(document.encode())
    for path, text in sorted(files.items()):
        digest.update(f"\n{path} {digest_of(text)}".encode())
    return digest.hexdigest()[:VERSION_CHARACTERS]


async def publish(
    store: Store, document: str, files: Mapping[str, str], now: datetime, *, origin: str = FILES, author: str = "", note: str = ""
) -> tuple[str, bool]:
    """Store the content and make it active.

    Args:
        store: The open transaction.
        document: A checked curriculum, as JSON.
        files: The texts it was made of, by path.
        now: The time.
        origin: `files` or `console`.
        author: Who publishes.
        note: What is new in it.

    Returns:
        The version, and whether it is new.
    """
    await store.contents.hold_versions()
    version = version_of(document, files)
    parent = await store.contents.active_version()
    about = {"origin": origin, "author": author, "note": note, "parent": parent if parent != version else None}
    return version, await store.contents.publish(version, document, files, now, **about)


async def active(repository: Repository) -> tuple[str, Curriculum] | None:
    """Return the active version and its content, or None before the first publishing, or where this service cannot read it."""
    async with repository.reading() as store:
        version = await store.contents.active_version()
        curriculum = None if version is None else await read_document(store, version)
    return None if version is None or curriculum is None else (version, curriculum)


async def read_version(repository: Repository, version: str) -> Curriculum | None:
    """Return the content of a version, or None where there is none, or none that this service can read."""
    async with repository.reading() as store:
        return await read_document(store, version)


async def read_document(store: Store, version: str) -> Curriculum | None:
    """Return the content of a version; None where there is none, or one that another service wrote in another form."""
    document = await store.contents.document(version)
    try:
        return None if document is None else Curriculum.model_validate_json(document)
    except ValidationError:
        return None
