"""Change the secret key: every hash is made anew and every seal renewed, in one transaction."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.inbox import DONE
from actions.learners.keys import Keys, SealError
from actions.learners.staff_tables import StaffRow, StaffSender
from actions.learners.statistics_tables import Visitor
from actions.learners.tables import (
    ActiveKey,
    Certificate,
    ChannelToken,
    Conversation,
    Identity,
    InboundEvent,
    LearnerRow,
    OutboundMessage,
    Poll,
    Table,
    Tombstone,
)

BATCH = 1000
_SEALED: tuple[tuple[type[Table], str, str], ...] = (
    (LearnerRow, "id", "sealed_name"),
    (Certificate, "code", "sealed_name"),
    (StaffRow, "id", "sealed_totp"),
)
_BY_SENDER: tuple[type[Table], ...] = (Conversation, Tombstone, Poll, StaffSender, Visitor)


async def rotate(connection: AsyncConnection, old: Keys, new: Keys) -> dict[str, int]:
    """Renew everything that was made with the old key.

    A guest is known by a hash alone, which cannot be made anew: open menus of guests end.

    Returns:
        How many identities, names and certificates were renewed, and how many rows of guests ended.

    Raises:
        SealError: The old key is not the one the data was sealed with; nothing is changed then.
    """
    known_key = (await connection.execute(select(ActiveKey.fingerprint))).scalar_one_or_none()
    if known_key not in (None, old.fingerprint):
        raise SealError("sealed with another key")  # Where only guests have rows, no seal would tell.
    renewed = {"identities": 0, "guest_rows": 0}
    for table in _BY_SENDER:
        known = select(Identity.sender_key)
        gone = await connection.execute(delete(table).where(table.__table__.c.sender_key.not_in(known)))
        renewed["guest_rows"] += gone.rowcount
    # Responses of the last day on the web, found by the hash; a message sent again is answered anew.
    await connection.execute(delete(InboundEvent).where(InboundEvent.channel == "web", InboundEvent.state == DONE))
    await _renew_queues(connection, old, new)
    await _renew_conversations(connection, old, new)
    async for row in _rows(connection, Identity, "id"):
        address = old.unseal(row["sealed_address"])
        key = new.sender_key(row["channel"], address)
        for table in _BY_SENDER:
            column = table.__table__.c.sender_key
            await connection.execute(update(table).where(column == row["sender_key"]).values(sender_key=key))
        changed = {"sender_key": key, "sealed_address": new.seal(address)}
        await connection.execute(update(Identity).where(Identity.id == row["id"]).values(**changed))
        renewed["identities"] += 1
    for table, primary, sealed in _SEALED:
        renewed[table.__tablename__] = 0
        async for row in _rows(connection, table, primary):
            if row[sealed] is not None:
                changed = {sealed: new.seal(old.unseal(row[sealed]))}
                await connection.execute(update(table).where(table.__table__.c[primary] == row[primary]).values(**changed))
                renewed[table.__tablename__] += 1
    for token in (await connection.execute(select(ChannelToken.__table__))).all():  # a few at the most
        mine = (ChannelToken.channel == token.channel, ChannelToken.account == token.account)
        await connection.execute(update(ChannelToken).where(*mine).values(sealed_tokens=new.seal(old.unseal(token.sealed_tokens))))
    await connection.execute(update(ActiveKey).values(fingerprint=new.fingerprint))
    return renewed


async def _renew_conversations(connection: AsyncConnection, old: Keys, new: Keys) -> None:
    """Renew open menus, and the last questions."""
    async for row in _rows(connection, Conversation, "sender_key"):
        menu, asked = new.seal_document(old.unseal_document(row["open_choices"])), row["sealed_question"]
        sealed = {"open_choices": menu, "sealed_question": None if asked is None else new.seal(old.unseal(asked))}
        await connection.execute(update(Conversation).where(Conversation.sender_key == row["sender_key"]).values(**sealed))


async def _renew_queues(connection: AsyncConnection, old: Keys, new: Keys) -> None:
    """Renew what waits to be handled or sent; both tell the address, so guests' go on too."""
    handled = (InboundEvent.state == DONE,)
    await connection.execute(update(InboundEvent).where(*handled).values(sender_key=None))
    async for row in _rows(connection, InboundEvent, "id"):
        if row["sealed_event"] is not None:
            document = old.unseal_json(row["sealed_event"])
            changed = {"sealed_event": new.seal_json(document), "sender_key": new.sender_key(row["channel"], document["address"])}
            await connection.execute(update(InboundEvent).where(InboundEvent.id == row["id"]).values(**changed))
    async for row in _rows(connection, OutboundMessage, "id"):
        address = old.unseal(row["sealed_address"])
        renewed = {"sealed_address": new.seal(address), "sender_key": new.sender_key(row["channel"], address)}
        message = new.seal_document(old.unseal_document(row["message"]))
        await connection.execute(update(OutboundMessage).where(OutboundMessage.id == row["id"]).values(message=message, **renewed))


async def _rows(connection: AsyncConnection, table: type[Table], primary: str) -> AsyncIterator[Any]:
    """Yield all rows in the order of their key, a batch at a time, while they are changed."""
    column = table.__table__.c[primary]
    last: Any = None
    while True:
        query = select(table.__table__).order_by(column).limit(BATCH)
        rows = (await connection.execute(query if last is None else query.where(column > last))).mappings().all()
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        last = rows[-1][primary]
