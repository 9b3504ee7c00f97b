"""The pair of tokens of one Zalo Official Account, as the vendor gives it and as the vault keeps it; used by zalo_oa_access."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import structlog

from bot import clock

logger = structlog.get_logger(__name__)

ACCESS_SECONDS = 90_000  # 25 hours; docs.zaloplatforms.com, OAuth v4 for Official Accounts, as digested on 2026-11-23.
SAFETY = timedelta(minutes=1)  # A token is not used in its last minute.


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens; `access` may be empty where there never was one."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime

    def left(self) -> timedelta:
        """How long the access token still works."""
        return self.expires_at - clock.now() if self.access else timedelta(0)

    def replaces(self, stale: str) -> bool:
        """Whether another access token than this one is here, and works."""
        return self.access != stale and self.left() > SAFETY

    def as_document(self) -> dict[str, str]:
        """Return the pair as a vault keeps it."""
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_at": self.expires_at.isoformat()}


def tokens_of(document: dict[str, Any] | None) -> Tokens | None:
    """Return the pair that a vault's document holds; one that cannot be read is as good as none."""
    try:
        if document is None:
            return None
        expires_at = datetime.fromisoformat(document["expires_at"])
        aware = expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC)
        return Tokens(str(document["access_token"]), str(document["refresh_token"]), aware)
    except (KeyError, TypeError, ValueError):
        logger.error("zalo_oa.vault_unreadable")  # noqa: TRY400 - the error's text may hold a token
        return None


def is_token(value: Any) -> TypeGuard[str]:
    """Whether what the vendor gave can be a token."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() != ""


def lifetime(value: Any) -> timedelta:
    """Return how long a token works by the vendor's `expires_in`, which is text or number; where it says nothing, 25 hours."""
    text = str(value)
    return timedelta(seconds=int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else ACCESS_SECONDS)
