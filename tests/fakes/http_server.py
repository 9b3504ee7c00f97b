"""What the fakes of the vendors share: a little HTTP server that can go wrong as planned, and posts webhooks."""

import asyncio
import ipaddress
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

import httpx

HTML = "text/html"


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came in; header names are lower-case, `reader` ends when the caller hangs up."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an error, a slow answer, none at all, or a page that is no answer of the API.

    `method` is the one it waits for, "" any but getUpdates. With `is_after_effect` the call has
    taken effect before things go wrong; a slow call takes effect in any case, before or after
    the wait. What `code` is, and what stands for 0, is the vendor's.
    """

    kind: Literal["error", "slow", "drop", "nonsense"]
    code: int = 0
    description: str = ""
    parameters: dict[str, Any] | None = None
    seconds: float = 0.0
    is_after_effect: bool = False
    method: str = ""


class HttpServer:
    """A server on loopback, by HTTP/1.1 with connections that stay open; a fake answers its requests in `_answer`.

    Attributes:
        url: Its address, once it was started.
        faults: What goes wrong with the next calls, one after another.
    """

    def __init__(self, *, port: int = 0, webhook_seconds: float = 10.0) -> None:
        self.url = ""
        self.faults: deque[Fault] = deque()
        self._port = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=webhook_seconds, trust_env=False, verify=False)  # Certificates take time to load.

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._http.aclose()

    async def start(self) -> None:
        """Listen; after `stop`, again at the same address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Be gone, as a server that went down; what it knows stays."""
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _answer(self, request: HttpRequest) -> Answer | None:
        """Return the answer to a request, None where the connection is to break."""
        raise NotImplementedError

    def _next_fault(self, method: str) -> Fault | None:
        """Take the fault that waits for this call, if the next one does."""
        if self.faults and (self.faults[0].method or (method if method != "getUpdates" else "")) == method:
            return self.faults.popleft()
        return None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside; it ends with the server."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _post_webhook(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Return the status that a webhook answers with, 0 where nobody answers in time."""
        try:
            return (await self._http.post(url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            return 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while (answer := await self._answer(await _read(reader))) is not None:
                head = f"HTTP/1.1 {answer.status} X\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
                writer.write(head.encode() + answer.body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


async def with_fault(fault: Fault | None, act: Callable[[], Awaitable[Answer]], refuse: Callable[[Fault], Answer]) -> Answer | None:
    """Return what a call is answered with, None where the connection breaks.

    Args:
        fault: What goes wrong, if anything.
        act: Lets the call take effect.
        refuse: Returns the error that the fault names.
    """
    if fault is None:
        return await act()
    if fault.kind == "slow" and not fault.is_after_effect:
        await asyncio.sleep(fault.seconds)
        return await act()
    answer = await act() if fault.is_after_effect else None
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return answer
    if fault.kind == "error":
        return refuse(fault)
    return None if fault.kind == "drop" else Answer(fault.code or 200, b"<html>an error page</html>", HTML)


def as_json(document: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _read(reader: asyncio.StreamReader) -> HttpRequest:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length") or 0))
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    return HttpRequest(method, unquote(parts.path), parts.query, headers, body, reader)
