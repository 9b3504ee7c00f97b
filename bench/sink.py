"""A vendor that takes every Telegram call at once and notes when; as little work as can be, in a process of its own.

`python -m bench.sink PORT`: answers the Bot API; `GET /taken?from=N` gives the calls from the
N-th on as JSON lists of chat, seconds on the shared monotonic clock, method, a short text, and
whether the answer was dropped.
With `--fail PERCENT`, so many calls are dropped after they took effect, as a broken line does.
"""

import argparse
import asyncio
import json
import random
import time
from urllib.parse import parse_qs

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
TEXT_CHARACTERS = 400


class Sink:
    """All calls that were taken, in their order."""

    def __init__(self, fail_percent: float) -> None:
        self.taken: list[tuple[str, float, str, str, bool]] = []
        self._fail_percent = fail_percent
        self._random = random.Random(7)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lower = head.lower()
                at = lower.find(b"content-length:")
                length = int(lower[at + 15 : lower.index(b"\r", at)]) if at >= 0 else 0
                body = await reader.readexactly(length) if length else b""
                answer = self._answer(head.split(b" ", 2)[1].decode(), body)
                if answer is None:
                    return
                writer.write(HEAD % len(answer) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, path: str, body: bytes) -> bytes | None:
        if path.startswith("/taken"):
            return json.dumps(self.taken[int(path.rpartition("=")[2]) :]).encode()
        method = path.rpartition("/")[2].split("?")[0]
        if not method.startswith("send"):
            result: object = {"id": 1, "is_bot": True, "first_name": "Bench", "username": "bench_bot"} if method == "getMe" else True
            return json.dumps({"ok": True, "result": result}).encode()
        chat, text = _chat_and_text(body)
        is_dropped = self._random.random() * 100 < self._fail_percent
        self.taken.append((chat, time.monotonic(), method, text, is_dropped))
        if is_dropped:
            return None
        message = {"message_id": len(self.taken), "date": 1, "chat": {"id": int(chat or 0), "type": "private"}}
        return json.dumps({"ok": True, "result": message}).encode()


def _chat_and_text(body: bytes) -> tuple[str, str]:
    if body.startswith(b"--"):  # multipart: a picture
        start = body.find(b'name="chat_id"')
        return body[start:].split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)[0].decode(), ""
    fields = json.loads(body) if body.startswith(b"{") else {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return str(fields.get("chat_id", "")), str(fields.get("text", ""))[:TEXT_CHARACTERS]


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--fail", type=float, default=0.0)
    arguments = parser.parse_args()
    sink = Sink(arguments.fail)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", arguments.port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
