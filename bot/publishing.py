"""Check the content files and publish them into the database."""

from actions.curriculum.lint import check_all
from actions.curriculum.versions import publish
from actions.learners.database import migrate
from bot.clock import today
from bot.secret_key import open_repository
from bot.settings import ROOT, Settings


async def publish_content(settings: Settings) -> tuple[str, bool]:
    """Publish the content of the project's files.

    Returns:
        The version, and whether it is new.

    Raises:
        ContentError: The files have problems; nothing is published then.
    """
    curriculum = check_all(ROOT, today())
    settings.data_path.mkdir(parents=True, exist_ok=True)
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        return await publish(curriculum, repository)
    finally:
        await repository.close()
