"""The access of one Zalo Official Account: the one owner of its pair of tokens, used by zalo_oa.

An access token lives for 25 hours. The refresh token that renews it works once, and gives
another pair; the old access token dies at that moment. Two who renew at once, or a pair that
is lost on its way to the vault, cost the grant: a person must give consent again. So there is
one renewal at a time in this process and over all replicas, it outlives whoever asked for it,
and a new pair is in the vault before it is used.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
import structlog

from bot import clock
from bot.channels import zalo_oa_errors
from bot.channels.base import SendError, Vault
from bot.channels.zalo_oa_tokens import SAFETY, Tokens, is_token, lifetime, tokens_of
from bot.settings import Settings

logger = structlog.get_logger(__name__)
T = TypeVar("T")

# docs.zaloplatforms.com, OAuth v4 for Official Accounts, as digested on 2026-11-23.
TOKEN_PATH = "/v4/oa/access_token"  # noqa: S105 - an address
APP_CODES = (-14002, -14003)  # The app is switched off or set up wrongly; the grant itself is not gone.

RENEW_BEFORE = timedelta(hours=5)  # A consent that is gone is noticed while the old token still works.
PAUSE = timedelta(minutes=5)  # between two attempts, as long as the old token works
REFUSED_PAUSE = timedelta(minutes=1)  # A token that is refused although it is that new is not what is wrong.
DEAD_PAUSE = timedelta(minutes=15)  # No page says which code means "for ever", so a refused grant is tried again.
CHECK_SECONDS = 180.0
TIMEOUT = httpx.Timeout(connect=5, read=30, write=10, pool=5)  # A pair that is on its way is worth a longer wait.
HOLD_SECONDS = 90.0  # longer than such a call can take
WAIT_SECONDS = 0.5  # between two looks at what another replica does
PATIENCE_SECONDS = 25.0  # how long a message waits for a renewal
WRITE_AGAIN_SECONDS = (0.2, 1.0, 5.0, 15.0, 30.0)
CLOSE_SECONDS = 10.0


class Access:
    """Calls the API with the access token, and renews it in time."""

    def __init__(self, settings: Settings, vault: Vault, http: httpx.AsyncClient) -> None:
        self._vault, self._http = vault, http
        self._url = settings.zalo_oauth_url.rstrip("/") + TOKEN_PATH
        self._app_id, self._app_secret = settings.zalo_oa_app_id, settings.zalo_oa_app_secret.get_secret_value().strip()
        self._first_refresh = settings.zalo_oa_refresh_token.get_secret_value().strip()
        self._tokens: Tokens | None = None
        self._dead: dict[str, datetime] = {}  # the refresh tokens that the vendor refused, and when
        self._mourned: str | None = None  # the kept refresh token that the alarm was raised for
        self._tried_at: datetime | None = None
        self._renewed_at: datetime | None = None
        self._renewal: asyncio.Task[Tokens] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch the token's age, and see that there is one.

        Raises:
            SendError: There is none, and none can be had.
        """
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_age())
        await self.token()

    async def token(self) -> str:
        """Return an access token that works as far as is known here.

        Raises:
            SendError: There is none, and none can be had.
        """
        tokens = self._tokens or await self._look()
        if tokens is not None and (tokens.left() > RENEW_BEFORE or (tokens.left() > SAFETY and _is_within(PAUSE, self._tried_at))):
            return tokens.access
        try:
            return (await self._renewed(tokens.access if tokens else "")).access
        except SendError as error:
            if tokens is None or tokens.left() <= SAFETY:
                raise
            logger.warning("zalo_oa.token_not_renewed", code=error.code, minutes_left=int(tokens.left().total_seconds() / 60))
            return tokens.access

    async def renew(self, refused: str) -> str:
        """Return another access token than the one the vendor refused.

        Raises:
            SendError: None can be had.
        """
        if self._tokens is not None and self._tokens.replaces(refused):
            return self._tokens.access  # Another message has seen to it.
        return (await self._renewed(refused)).access

    async def call(self, url: str, **content: Any) -> dict[str, Any]:
        """Call the OpenAPI; once more with another token where it no longer takes this one.

        Args:
            url: The whole address of a method.
            content: What httpx sends: `json` or `files`.

        Returns:
            The answer's document, which reports success.

        Raises:
            SendError: The vendor did not take it.
        """
        token = await self.token()
        try:
            return await self._post(url, token, content)
        except SendError as error:
            if error.code not in zalo_oa_errors.TOKEN_CODES:
                raise
        return await self._post(url, await self.renew(token), content)

    async def close(self) -> None:
        """Stop watching; a renewal that is under way may end, so that its pair is not lost."""
        if self._watch is not None:
            self._watch.cancel()
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait([self._renewal], timeout=CLOSE_SECONDS)
            if self._renewal.cancel():
                logger.error("zalo_oa.renewal_abandoned")
        unfinished = [task for task in (self._watch, self._renewal) if task is not None]
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _post(self, url: str, token: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            response = await self._http.post(url, headers={b"access_token": token.encode()}, **content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise zalo_oa_errors.fault(error) from None
        return zalo_oa_errors.read_answer(response)

    async def _watch_age(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._look()  # Another replica may have renewed it.
                await self.token()
            except SendError as error:
                logger.warning("zalo_oa.token_check_failed", code=error.code)
            except Exception as error:  # noqa: BLE001 - the watch must not end by what one look met
                logger.error("zalo_oa.token_check_failed", error=type(error).__name__)  # noqa: TRY400 - a text may hold a token

    async def _look(self) -> Tokens | None:
        """Return what is in the vault, and remember it."""
        kept = tokens_of(await _asked(self._vault.read))
        if kept is not None:
            self._tokens = kept
        return kept

    async def _renewed(self, stale: str) -> Tokens:
        """Wait for the renewal that is under way, or for one that begins now; it goes on if its caller is cancelled."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(_heard)
        try:
            return await asyncio.wait_for(asyncio.shield(self._renewal), PATIENCE_SECONDS)
        except TimeoutError:
            raise SendError("retryable", "renewal_busy", "the access token is being renewed") from None

    async def _renew(self, stale: str) -> Tokens:
        self._tried_at = clock.now()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HOLD_SECONDS + PATIENCE_SECONDS
        while loop.time() < deadline:
            kept = await self._look()
            if kept is not None and kept.replaces(stale):
                return kept  # Another replica has renewed it.
            if await _asked(lambda: self._vault.hold(HOLD_SECONDS)):
                try:
                    return await self._renew_alone(stale)
                finally:
                    with contextlib.suppress(Exception):  # What is not released lapses.
                        await self._vault.release()
            await asyncio.sleep(WAIT_SECONDS)
        raise SendError("retryable", "renewal_busy", "another replica renews the access token")

    async def _renew_alone(self, stale: str) -> Tokens:
        """Renew while nobody else may: with the kept refresh token, then with the one of the settings."""
        kept = await self._look()
        if kept is not None and kept.replaces(stale):
            return kept
        if kept is not None and kept.left() > RENEW_BEFORE and _is_within(REFUSED_PAUSE, self._renewed_at):
            raise SendError("unauthorised", "new_token_refused", "the vendor refuses even a token that it just gave")
        offered = dict.fromkeys(token for token in (kept.refresh if kept else "", self._first_refresh) if token)
        if not offered:
            logger.error("zalo_oa.no_consent", setting="BANSO_ZALO_OA_REFRESH_TOKEN")
            raise SendError("unauthorised", "no_consent", "there is no refresh token")
        for refresh in offered:
            renewed = None if _is_within(DEAD_PAUSE, self._dead.get(refresh)) else await self._exchange(refresh)
            if renewed is not None:
                return await self._keep(renewed)
        return await self._mourn(kept)

    async def _exchange(self, refresh: str) -> Tokens | None:
        """Return the pair that a refresh token gives, None where the vendor refuses it."""
        asked_at = clock.now()
        form = {"refresh_token": refresh, "app_id": self._app_id, "grant_type": "refresh_token"}
        try:
            response = await self._http.post(self._url, data=form, headers={b"secret_key": self._app_secret.encode()}, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise zalo_oa_errors.fault(error) from None
        document = zalo_oa_errors.read_document(response)
        code, access, next_refresh = document.get("error", 0), document.get("access_token"), document.get("refresh_token")
        if zalo_oa_errors.is_success(code) and is_token(access):
            works_for = lifetime(document.get("expires_in"))
            return Tokens(access, next_refresh if is_token(next_refresh) else refresh, asked_at + works_for)
        if code == -32:
            raise zalo_oa_errors.send_error(code, "")
        if code in APP_CODES:
            raise SendError("unauthorised", str(code), "the app is switched off or set up wrongly")
        logger.warning("zalo_oa.refresh_token_refused", code=code if isinstance(code, int) else None)
        self._dead[refresh] = asked_at
        return None

    async def _keep(self, tokens: Tokens) -> Tokens:
        """Write a pair to the vault, however long that takes: it is nowhere else. Only then it is used."""
        for seconds in itertools.chain(WRITE_AGAIN_SECONDS, itertools.repeat(WRITE_AGAIN_SECONDS[-1])):
            try:
                await self._vault.write(tokens.as_document())
                break
            except Exception as error:  # noqa: BLE001 - whatever the database raises, its text may hold the pair
                logger.error("zalo_oa.token_not_stored", error=type(error).__name__)  # noqa: TRY400 - for the same reason
            await asyncio.sleep(seconds)
            with contextlib.suppress(Exception):
                await self._vault.hold(HOLD_SECONDS)  # Nobody may offer the used refresh token meanwhile.
        self._tokens, self._renewed_at = tokens, clock.now()
        logger.info("zalo_oa.token_renewed", hours_left=int(tokens.left().total_seconds() / 3600))
        return tokens

    async def _mourn(self, kept: Tokens | None) -> Tokens:
        """Raise the alarm once, unless another replica renewed while the vendor refused us."""
        kept_now = await self._look()
        if kept_now is not None and kept_now != kept:
            return kept_now
        lost = kept.refresh if kept else ""
        if self._mourned != lost:
            logger.error("zalo_oa.consent_lost", setting="BANSO_ZALO_OA_REFRESH_TOKEN")
            await _asked(self._vault.mark_lost)
            self._mourned = lost
        raise SendError("unauthorised", "consent_lost", "an administrator of the account must give consent again")


async def _asked(call: Callable[[], Awaitable[T]]) -> T:
    try:
        return await call()
    except Exception as error:  # noqa: BLE001 - a channel knows no database, so it knows none of its errors
        raise SendError("retryable", "vault_away", type(error).__name__) from None


def _heard(renewal: "asyncio.Task[Tokens]") -> None:
    """Take note of how a renewal ended: nobody may be waiting for it any more."""
    if not renewal.cancelled():
        renewal.exception()


def _is_within(span: timedelta, since: datetime | None) -> bool:
    return since is not None and clock.now() - since < span
