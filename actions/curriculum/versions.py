"""Publish the content as an immutable version, and read the active one."""

import hashlib
from datetime import UTC, datetime

from actions.curriculum.model import Curriculum
from actions.learners.repository import Repository

VERSION_CHARACTERS = 12


def version_of(document: str) -> str:
    """Return the version of a document: alike content has the same version."""
    return hashlib.sha256(document.encode()).hexdigest()[:VERSION_CHARACTERS]


async def publish(curriculum: Curriculum, repository: Repository) -> tuple[str, bool]:
    """Store the content and make it active.

    Returns:
        The version, and whether it is new.
    """
    document = curriculum.model_dump_json()
    version = version_of(document)
    return version, await repository.publish(version, document, datetime.now(UTC))


async def active(repository: Repository) -> tuple[str, Curriculum] | None:
    """Return the active version and its content, or None before the first publishing."""
    stored = await repository.active_content()
    if stored is None:
        return None
    version, document = stored
    return version, Curriculum.model_validate_json(document)
