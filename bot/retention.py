"""Run the retention job once, for operators; the service runs it by itself every day."""

from datetime import timedelta

from actions.learners.database import migrate
from bot.clock import now
from bot.secret_key import open_repository
from bot.settings import Settings


async def run_retention(settings: Settings) -> dict[str, int]:
    """Delete what has outlived its retention time; return how many rows of each kind."""
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        unanswered = timedelta(days=settings.unanswered_retention_days)
        return await repository.retain(now(), unanswered, timedelta(days=settings.learner_retention_days))
    finally:
        await repository.close()
