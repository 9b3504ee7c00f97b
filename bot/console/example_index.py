"""The examples of the working texts by their folded words: which are doubled, whose they are, how many each answer has."""

from collections.abc import Mapping, Sequence

from actions.curriculum.adding import keys_of
from actions.curriculum.tree import EXAMPLES, item_of
from actions.learners.contents import DraftText
from bot.console.items import Texts


async def working_examples(texts: Texts) -> dict[str, str]:
    """Return folded words → intent, of the published examples with those of the drafts put in."""
    published = await texts.known_examples()
    _, drafts = await texts.working()
    return with_drafts(published, drafts)


def with_drafts(published: Mapping[str, str], drafts: Sequence[DraftText]) -> dict[str, str]:
    """Return folded words → intent, the drafts' in the place of the published ones of the same answers."""
    files = {path: text for draft in drafts for path, text in draft.files.items() if path.startswith(EXAMPLES)}
    rewritten = {item_of(path).slug for path in files}
    return {key: intent for key, intent in published.items() if intent not in rewritten} | keys_of(files)
