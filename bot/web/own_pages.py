"""Fetch a picture of this service's own, as its pages would, for a channel that uploads it."""

from typing import Any

import httpx

TYPE = "image/png"


class OwnPages:
    """Reads pictures from the app in this process; `app` is set once it is built."""

    def __init__(self) -> None:
        self.app: Any = None

    async def picture(self, path: str) -> bytes | None:
        """Return the PNG at a path below the service's address, or None where there is none."""
        if self.app is None:
            return None
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1") as client:
            response = await client.get(path)
        is_picture = response.status_code == httpx.codes.OK and response.headers.get("content-type", "").startswith(TYPE)
        return response.content if is_picture else None
