"""Check the addresses of all sources, politely: a few at a time, one at a time on each host; `banso content links`."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from actions.curriculum.reviewing import sources_in_use
from actions.curriculum.versions import active
from actions.learners.content_checks import LINKS
from actions.learners.database import migrate
from bot import clock
from bot.secret_key import open_repository
from bot.settings import Settings, SettingsError

AT_ONCE = 4
TIMEOUT_SECONDS = 20.0
PAUSE_SECONDS = 1.0  # between two requests to the same host, and before a second try
REDIRECTS_MAX = 5
HEADERS = {"User-Agent": "BanSo-links/1.0 (kiem tra nguon; source check)", "Accept": "text/html,*/*;q=0.8"}
OK, MOVED, GONE, REFUSED, FAILING, UNREACHABLE = "ok", "moved", "gone", "refused", "failing", "unreachable"
DEAD = (GONE, FAILING, UNREACHABLE)
STATUS_TITLES = {
    OK: "mở được",
    MOVED: "mở được, đã chuyển sang địa chỉ khác",
    REFUSED: "từ chối máy kiểm tra; hãy mở bằng trình duyệt",
    GONE: "trang không còn",
    FAILING: "máy chủ báo lỗi",
    UNREACHABLE: "không nối được",
}


@dataclass(frozen=True)
class LinkState:
    """What an address answered: `code` is the HTTP status, 0 where there was no answer; `final` is where it led."""

    status: str
    code: int = 0
    final: str = ""


@dataclass
class LinkChecker:
    """Asks addresses with one client; `pause_seconds` keeps it polite."""

    client: httpx.AsyncClient
    pause_seconds: float = PAUSE_SECONDS
    at_once: int = AT_ONCE
    _hosts: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def check_all(self, addresses: Sequence[str]) -> dict[str, LinkState]:
        """Return the state of each address."""
        places = asyncio.Semaphore(self.at_once)

        async def one(address: str) -> LinkState:
            host = _host(address)
            if host is None:
                return LinkState(UNREACHABLE)
            async with self._hosts[host], places:
                state = await self._check(address)
                await asyncio.sleep(self.pause_seconds)
                return state

        return dict(zip(addresses, await asyncio.gather(*map(one, addresses)), strict=True))

    async def _check(self, address: str) -> LinkState:
        state = await self._ask(address)
        if state.status not in (FAILING, UNREACHABLE):
            return state
        await asyncio.sleep(self.pause_seconds)
        return await self._ask(address)  # It may have been away for a moment.

    async def _ask(self, address: str) -> LinkState:
        try:
            async with self.client.stream("GET", address) as response:  # Its text is not fetched.
                return LinkState(_status(response, address), response.status_code, str(response.url))
        except httpx.TooManyRedirects:
            return LinkState(FAILING)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return LinkState(UNREACHABLE)


def open_client(timeout_seconds: float = TIMEOUT_SECONDS) -> httpx.AsyncClient:
    """Return a client that follows redirects and says who asks."""
    return httpx.AsyncClient(timeout=timeout_seconds, follow_redirects=True, max_redirects=REDIRECTS_MAX, headers=HEADERS)


async def check_links(settings: Settings, checker: LinkChecker | None = None) -> dict[str, LinkState]:
    """Check the sources of the published content, and keep what was found for the review page.

    Raises:
        SettingsError: Nothing is published, or no address at all can be reached; what was found before stays then.
    """
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        published = await active(repository)
        if published is None:
            raise SettingsError("Chưa có nội dung nào được xuất bản; hãy chạy: ./banso content publish")
        addresses = [source.address for source in sources_in_use(published[1])]
        async with open_client() as client:
            states = await (checker or LinkChecker(client)).check_all(addresses)
        if states and all(state.status == UNREACHABLE for state in states.values()):
            raise SettingsError("Không nối được địa chỉ nào: máy này có lẽ không ra mạng được. Kết quả lần trước được giữ nguyên.")
        async with repository.transaction() as store:
            before = await store.content_checks.found(LINKS)
            now = clock.now()
            await store.content_checks.keep(LINKS, document_of(states, before.document if before else {}, now), now)
    finally:
        await repository.close()
    return states


def document_of(states: Mapping[str, LinkState], before: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the findings as they are kept; `since` is when an address was first found dead."""
    earlier: Mapping[str, Mapping[str, Any]] = before.get("addresses", {})
    found = {}
    for address, state in states.items():
        since = (earlier.get(address, {}).get("since") or now.isoformat()) if state.status in DEAD else None
        found[address] = {**vars(state), "since": since}
    return {"addresses": found}


def describe(states: Mapping[str, LinkState]) -> str:
    """Return what was found, in Vietnamese: the counts, then each address that asks for a look."""
    counts = Counter(state.status for state in states.values())
    lines = [f"{counts[status]:4d}  {title}" for status, title in STATUS_TITLES.items() if counts[status]]
    for address, state in states.items():
        if state.status not in (OK, MOVED):
            code = f" ({state.code})" if state.code else ""
            lines.append(f"{STATUS_TITLES[state.status]}{code}: {address}")
    return "\n".join([f"Đã kiểm tra {len(states)} địa chỉ nguồn:", *lines])


def _host(address: str) -> str | None:
    """Return the host that an address names, None for what is no address of the web."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0  # A wrong port is told on reading.
    except ValueError:
        return None
    return parts.hostname if is_whole else None


def _status(response: httpx.Response, address: str) -> str:
    code = response.status_code
    if code in (404, 410):
        return GONE
    if code >= 500:
        return FAILING
    if code >= 400:
        return REFUSED
    asked, final = urlsplit(address), response.url
    is_elsewhere = final.host.removeprefix("www.") != (asked.hostname or "").removeprefix("www.")
    return MOVED if is_elsewhere else OK
