"""A little HTTP server that answers as Rasa's `/model/parse` and `/status` do."""

import asyncio
import json


class FakeNluServer:
    """Understands every text as it is told; keeps the texts it got.

    Set `decision` and `ranking` for the next answers; `broken` for an error, `silent` for
    no answer at all.
    """

    def __init__(self) -> None:
        self.decision = "answer"
        self.ranking: list[tuple[str, float]] = [("cong-an-goi-dien", 0.93)]
        self.model = "banso-fake"
        self.port = 0  # any that is free
        self.texts: list[str] = []
        self.broken = self.silent = False
        self._server: asyncio.Server | None = None
        self.url = ""
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "FakeNluServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
                body = await reader.readexactly(length)
                if self.silent:
                    await asyncio.sleep(60)
                status, document = self._answer(head.split(b" ")[1].decode(), body)
                data = json.dumps(document).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data)) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, path: str, body: bytes) -> tuple[int, dict]:
        if self.broken:
            return 500, {"status": "failure"}
        if path == "/status":
            return 200, {"model_file": f"{self.model}.tar.gz"}
        self.texts.append(json.loads(body)["text"])
        ranking = [{"name": name, "confidence": confidence} for name, confidence in self.ranking]
        first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        return 200, {"decision": self.decision, "intent": first, "intent_ranking": ranking, "normalised": ""}
