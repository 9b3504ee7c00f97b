"""Client of the NLU server: a citizen's text in, an Understanding out."""

from dataclasses import dataclass
from typing import Literal

import aiohttp

STATUS_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
Decision = Literal["answer", "suggest", "unknown"]


class NluUnavailableError(Exception):
    """The NLU server is down, loading, too slow, or gave nonsense."""


@dataclass(frozen=True)
class Understanding:
    """What the model makes of a text.

    `confidence`, 0 to 1, is that the first intent's topic is right; `decision` is what the
    model's own thresholds say to do with it; `ranking` holds intents with their
    probabilities, best first.
    """

    decision: Decision
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    normalised: str = ""

    @property
    def intent(self) -> str | None:
        """The best intent, or None for a text without any word."""
        return self.ranking[0][0] if self.ranking else None


class NluServer:
    """One NLU server over HTTP, with connections kept open."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url, self._timeout = url, aiohttp.ClientTimeout(total=timeout_seconds)
        self._opened: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def parse(self, text: str) -> Understanding:
        """Understand a text; see `NluClient.parse`."""
        try:
            async with self._session.post("/model/parse", json={"text": text}) as response:
                response.raise_for_status()
                document = await response.json()
            ranking = tuple((i["name"], float(i["confidence"])) for i in document["intent_ranking"])
            confidence = float(document["intent"]["confidence"])
            return Understanding(document["decision"], confidence, ranking, document.get("normalised", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise NluUnavailableError(type(error).__name__) from error

    async def model(self) -> str:
        """Return the version of the loaded model.

        Raises:
            NluUnavailableError: The server does not answer, or has no model.
        """
        try:
            async with self._session.get("/status", timeout=STATUS_TIMEOUT) as response:
                response.raise_for_status()
                model_file = (await response.json())["model_file"]
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise NluUnavailableError(type(error).__name__) from error
        return str(model_file).rsplit("/", 1)[-1].removesuffix(".tar.gz")

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(self.url, timeout=self._timeout)
        return self._opened


class NluClient:
    """Talks to the NLU server in use, which may be exchanged for another between two questions."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._server = NluServer(url, timeout_seconds)
        self.model_version = ""

    def server(self, url: str) -> NluServer:
        """Return a server that is not in use yet, to be tried first."""
        return NluServer(url, self._timeout_seconds)

    def switch(self, server: NluServer, model_version: str) -> NluServer:
        """Ask another server from now on.

        Args:
            server: It answers already.
            model_version: The version of its model.

        Returns:
            The server before: what it was asked already it shall still answer, then it is to be closed.
        """
        before, self._server = self._server, server
        self.model_version = model_version
        return before

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()

    async def parse(self, text: str) -> Understanding:
        """Understand a text; one that fails while the server is exchanged is asked of the new one.

        Args:
            text: Cleaned and masked; it must not open with a slash, which Rasa would take
                for a forged intent.

        Raises:
            NluUnavailableError: The server gave no understanding.
        """
        if text.startswith("/"):
            raise ValueError("text must not open with a slash")
        asked = self._server
        try:
            return await asked.parse(text)
        except NluUnavailableError:
            if asked is self._server:
                raise
        return await self._server.parse(text)

    async def check(self) -> str:
        """Return the version of the loaded model.

        Raises:
            NluUnavailableError: The server does not answer, or has no model.
        """
        asked = self._server
        found = await asked.model()
        if asked is self._server:
            self.model_version = found
        return self.model_version
