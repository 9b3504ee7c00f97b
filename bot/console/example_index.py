"""All examples of the working texts by their folded words: which are doubled, whose they are, how many each answer has."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.curriculum.adding import keys_of
from actions.curriculum.tree import EXAMPLES, item_of
from actions.learners.contents import DraftText
from actions.learners.repository import Repository, Store


@dataclass(frozen=True)
class KnownExamples:
    """The examples of one state of the texts: folded words → intent."""

    keys: Mapping[str, str]

    def counts(self) -> Counter[str]:
        """Return how many examples each intent has."""
        return Counter(self.keys.values())


class ExampleIndex:
    """Knows the examples of the published version, read once, and of the drafts, read each time."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._version: str | None = None
        self._published: dict[str, str] = {}

    async def current(self) -> KnownExamples:
        """Return the examples of the working texts."""
        async with self._repository.reading() as store:
            await self._read_published(store)
            drafts = await store.contents.drafts()
        return KnownExamples(_with_drafts(self._published, drafts))

    async def _read_published(self, store: Store) -> None:
        version = await store.contents.active()
        if version is None or version.version == self._version:
            return
        files = await store.contents.files({path: digest for path, digest in version.tree.items() if path.startswith(EXAMPLES)})
        # A quarter of a second of work; citizens are answered meanwhile.
        self._published = await asyncio.to_thread(keys_of, files)
        self._version = version.version


def _with_drafts(published: Mapping[str, str], drafts: Sequence[DraftText]) -> dict[str, str]:
    files = {path: text for draft in drafts for path, text in draft.files.items() if path.startswith(EXAMPLES)}
    rewritten = {item_of(path).slug for path in files}
    return {key: intent for key, intent in published.items() if intent not in rewritten} | keys_of(files)
