"""Queries about spreadsheets that wait between the look at what they would change and the saving of it."""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import SheetUpload
from actions.learners.keys import Keys, SealError
from actions.learners.rows import insert
from actions.learners.staff import hash_of

LIFETIME = timedelta(hours=1)
ID_BYTES = 16


@dataclass(frozen=True)
class Upload:
    """A file that somebody uploaded, what importing it would do, and the state of the content that this was found out with.

    `revisions` are those of the drafts there were, by item.
    """

    name: str
    content: bytes
    deletes_missing: bool
    plan: Mapping[str, Any]
    version: str
    revisions: Mapping[str, int]


class Uploads:
    """All access to uploaded files, within one transaction; each belongs to the session that it came from."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def keep(self, session: str, upload: Upload, now: datetime, upload_id: str | None = None) -> str:
        """Keep an upload for an hour; earlier ones of the session go. Return its id."""
        upload_id = upload_id or secrets.token_urlsafe(ID_BYTES)
        content = base64.b64encode(upload.content).decode()
        document = {**upload.__dict__, "content": content, "plan": dict(upload.plan), "revisions": dict(upload.revisions)}
        sealed = await asyncio.to_thread(self._keys.seal_json, document)
        await self.forget(now)
        await self._connection.execute(delete(SheetUpload).where(SheetUpload.session_hash == hash_of(session)))
        row = {"id": upload_id, "session_hash": hash_of(session), "sealed_document": sealed, "expires_at": now + LIFETIME}
        await insert(self._connection, SheetUpload, row)
        return upload_id

    async def read(self, session: str, upload_id: str, now: datetime) -> Upload | None:
        """Return an upload of a session; None where it is another's, expired or gone."""
        query = select(SheetUpload.sealed_document).where(*self._is(session, upload_id), SheetUpload.expires_at > now)
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            document = await asyncio.to_thread(self._keys.unseal_json, sealed)
        except SealError:
            return None  # The secret key was changed meanwhile; the file can be uploaded again.
        return Upload(**{**document, "content": base64.b64decode(document["content"])})

    async def drop(self, session: str, upload_id: str) -> bool:
        """Forget an upload; False where it was gone already, so that nothing is saved twice."""
        return (await self._connection.execute(delete(SheetUpload).where(*self._is(session, upload_id)))).rowcount == 1

    async def forget(self, now: datetime) -> None:
        """Forget what has expired."""
        await self._connection.execute(delete(SheetUpload).where(SheetUpload.expires_at <= now))

    def _is(self, session: str, upload_id: str) -> tuple[Any, Any]:
        return SheetUpload.id == upload_id, SheetUpload.session_hash == hash_of(session)
