"""A little HTTP server that behaves as Zalo's OpenAPI and OAuth do, and posts webhooks; for tests and the demo page.

What a message may hold is in `zalo_oa_shapes`; both are as docs.zaloplatforms.com says, as
digested on 2026-11-23. No page says which code a used refresh token gets, so `DEAD_GRANT` is
a guess.
"""

import asyncio
import hashlib
import itertools
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.http_server import Answer, Fault, HttpRequest, HttpServer, as_json, with_fault
from tests.fakes.zalo_oa_shapes import (
    ATTACHMENTS,
    Button,
    Call,
    Delivery,
    Event,
    Person,
    SentMessage,
    VendorError,
    content_of,
    document_of,
    form_of,
    picture_of,
)

ACCESS_SECONDS = 90_000
REFRESH_DAYS = 90
RETRY_SECONDS = (30, 300, 900, 1800, 3600)
ANSWER_SECONDS = 2.0
UPLOADS_A_MONTH = 5000
FREE_WINDOW, WINDOW, ATTACHMENT_LIFETIME = timedelta(hours=48), timedelta(days=7), timedelta(days=7)
DEAD_GRANT = -14014
CS, ANONYMOUS, UPLOAD, QUOTA, OAUTH = (
    "/v3.0/oa/message/cs", "/v2.0/oa/message", "/v2.0/oa/upload/image", "/v3.0/oa/quota/message", "/v4/oa/access_token",
)  # fmt: skip


class FakeZaloOA(HttpServer):
    """One Official Account with its app, its citizens, and the vendor's two hosts at one address.

    `url` is the address of both hosts; `environment()` sets a service up for it. Set
    `webhook_url` to have events posted. `time` stands still once it is set. `shape` is how an
    answer tells the free replies: remain, cs_reply, or none.
    """

    def __init__(self, oa_id: str = "4012345678901234567", app_id: str = "1234567890") -> None:
        super().__init__(webhook_seconds=ANSWER_SECONDS)
        self.oa_id, self.app_id = oa_id, app_id
        self.app_secret, self.secret_key = "APP-" + secrets.token_hex(12), "OAKEY-" + secrets.token_hex(12)
        self.webhook_url = ""
        self.time: datetime | None = None
        self.retry_scale = 1.0
        self.calls_per_minute = 4000
        self.free_replies: int | None = 8
        self.shape = "remain"
        self.has_echoes = self.is_unsubscribed = False
        self.calls: list[Call] = []
        self.events: list[Event] = []
        self.deliveries: list[Delivery] = []
        self.people: dict[str, Person] = {}
        self.access_token = self.refresh_token = ""
        self.rotations = self.uploads = self.charged = 0
        self.dead_tokens: list[str] = []
        self.attachments: dict[str, tuple[bytes, datetime]] = {}
        self._messages: dict[str, list[SentMessage]] = {}
        self._access_ends_at = self._refresh_ends_at = datetime.max.replace(tzinfo=UTC)
        self._minute: tuple[str, int] = ("", 0)
        self._numbers = itertools.count(1)
        self.consent()

    def values(self) -> dict[str, str]:
        """Return the settings of a service that uses this account."""
        return {
            "zalo_oa_id": self.oa_id, "zalo_oa_app_id": self.app_id, "zalo_oa_app_secret": self.app_secret,
            "zalo_oa_secret_key": self.secret_key, "zalo_oa_refresh_token": self.refresh_token,
            "zalo_oa_api_url": self.url, "zalo_oauth_url": self.url,
        }  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Return the same as environment variables."""
        return {f"BANSO_{name.upper()}": value for name, value in self.values().items()}

    def now(self) -> datetime:
        return self.time or datetime.now(UTC)

    def fail(self, kind: str, value: float = 0, *, path: str = "", times: int = 1) -> None:
        """Let the next calls whose path holds `path` go wrong.

        `kind`: error (`value` is a code), status (an HTTP status), garbage, slow_before and
        slow_after (seconds before or after the effect), drop_before and drop_after.
        """
        faults = {
            "error": Fault("error", int(value)),
            "status": Fault("nonsense", int(value)),
            "garbage": Fault("nonsense"),
            "slow_before": Fault("slow", seconds=value),
            "slow_after": Fault("slow", seconds=value, is_after_effect=True),
            "drop_before": Fault("drop"),
            "drop_after": Fault("drop", is_after_effect=True),
        }
        self.faults.extend([replace(faults[kind], method=path)] * times)

    def messages(self, user: str) -> list[SentMessage]:
        """Return what a person got; an anonymous one is `anon:<id>:<conversation>`."""
        return self._messages.setdefault(user, [])

    # What an administrator of the account does.

    def consent(self) -> str:
        """Give consent anew; return the refresh token that the administrator would paste into the settings."""
        self.dead_tokens += filter(None, (self.access_token, self.refresh_token))
        number = next(self._numbers)
        self.access_token = f"ACCESS-{number}-{secrets.token_hex(12)}"
        self.refresh_token = f"REFRESH-{number}-{secrets.token_hex(12)}"
        self._access_ends_at = self.now() + timedelta(seconds=ACCESS_SECONDS)
        self._refresh_ends_at = self.now() + timedelta(days=REFRESH_DAYS)
        return self.refresh_token

    def kill_access_token(self) -> None:
        """Take away the access token only, as happens when another process rotates."""
        self.access_token = f"ACCESS-{next(self._numbers)}-{secrets.token_hex(12)}"

    # What citizens do.

    async def say(self, user: str, text: str) -> Event:
        return await self._from(user, "user_send_text", {"text": text})

    async def tap(self, user: str, button: int | str) -> Event:
        """Tap a button of the last message that had any, by its place from 0, or one with this payload."""
        if isinstance(button, int):
            button = next(m for m in reversed(self.messages(user)) if m.buttons).buttons[button].payload
        return await self.say(user, button)

    async def send(self, user: str, kind: str, text: str = "") -> Event:
        """Send something else than text: a key of `ATTACHMENTS`, with a caption or without."""
        message = {"attachments": [ATTACHMENTS[kind]]} | ({"text": text} if text else {})
        return await self._from(user, f"user_send_{kind}", message)

    async def send_image(self, user: str, text: str = "") -> Event:
        return await self.send(user, "image", text)

    async def send_audio(self, user: str) -> Event:
        return await self.send(user, "audio")

    async def send_sticker(self, user: str) -> Event:
        return await self.send(user, "sticker")

    async def send_location(self, user: str) -> Event:
        return await self.send(user, "location")

    async def follow(self, user: str) -> Event:
        self._interact(user)
        extra = {"oa_id": self.oa_id, "follower": {"id": user}, "user_id_by_app": f"by-app-{user}", "source": "oa_profile"}
        return await self.post("follow", extra)

    async def unfollow(self, user: str) -> Event:
        self._person(user).refusal = -213
        return await self.post("unfollow", {"oa_id": self.oa_id, "follower": {"id": user}, "source": "oa_profile"})

    async def click_chatnow(self, user: str) -> Event:
        self._interact(user)
        return await self.post("user_click_chatnow", {"oa_id": self.oa_id, "user_id": user, "user_id_by_app": f"by-app-{user}"})

    async def submit_info(self, user: str, **info: str) -> Event:
        return await self.post("user_submit_info", {"sender": {"id": user}, "recipient": {"id": self.oa_id}, "info": info})

    async def withdraw(self, user: str) -> Event:
        """Ask, through Zalo, that all data be erased."""
        return await self.post("user_withdraw", {"oa_id": self.oa_id, "user_id": user, "user_id_by_app": f"by-app-{user}"})

    async def anonymous(self, anonymous_id: str, conversation_id: str, text: str) -> Event:
        """Write from the web widget without an account."""
        self._interact(f"anon:{anonymous_id}:{conversation_id}")
        message = {"msg_id": self._id("m"), "conversation_id": conversation_id, "text": text}
        sides = {"sender": {"id": anonymous_id}, "recipient": {"id": self.oa_id}}
        return await self.post("anonymous_send_text", sides | {"message": message})

    def refuse(self, user: str, code: int = -244) -> None:
        """Let every message to a person be refused: -227 for a banned one, -213 for one who left, 0 to end it."""
        self._person(user).refusal = code

    # Webhooks.

    def signed(self, document: dict[str, Any], secret_key: str | None = None) -> Event:
        """Return the request that carries a document."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        signed = self.app_id.encode() + body + str(document.get("timestamp", "")).encode() + (secret_key or self.secret_key).encode()
        headers = {"content-type": "application/json", "x-zevent-signature": f"mac={hashlib.sha256(signed).hexdigest()}"}
        return Event(headers, body, document)

    async def post(self, event_name: str, parts: dict[str, Any]) -> Event:
        """Post an event; where it is not answered with 200 in time it is posted again, the same body, five times."""
        timestamp = str(int(self.now().timestamp() * 1000))
        event = self.signed({"app_id": self.app_id, "event_name": event_name, **parts, "timestamp": timestamp})
        if self.webhook_url and not self.is_unsubscribed:
            event = Event(event.headers, event.body, event.document, await self._try_to_post(event, 0))
            if not event.is_delivered:
                self._spawn(self._post_again(event))
        self.events.append(event)
        return event

    async def _post_again(self, event: Event) -> None:
        for number, seconds in enumerate(RETRY_SECONDS, 1):
            await asyncio.sleep(seconds * self.retry_scale)
            if await self._try_to_post(event, number):
                return
        self.is_unsubscribed = True

    async def _try_to_post(self, event: Event, number: int) -> bool:
        headers = event.headers | ({"num_retry": str(number)} if number else {})
        status = await self._post_webhook(self.webhook_url, event.body, headers)
        self.deliveries.append(Delivery(event.document["event_name"], status, number))
        return status == 200

    async def _from(self, user: str, event_name: str, message: dict[str, Any]) -> Event:
        self._interact(user)
        sides = {"user_id_by_app": f"by-app-{user}", "sender": {"id": user}, "recipient": {"id": self.oa_id}}
        return await self.post(event_name, sides | {"message": {"msg_id": self._id("m"), **message}})

    def _interact(self, user: str) -> None:
        self.people[user] = Person(self.now(), self.free_replies)

    def _person(self, user: str) -> Person:
        return self.people.setdefault(user, Person())

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}-{secrets.token_hex(6)}"

    # The API.

    async def _answer(self, request: HttpRequest) -> Answer | None:
        call = _call_of(request)
        self.calls.append(call)

        async def act() -> Answer:
            document = self._carry_out(request)
            call.error = document["error"]
            return as_json(document)

        def refuse(fault: Fault) -> Answer:
            call.error = fault.code
            return as_json({"error": fault.code, "message": "forced"})

        answer = await with_fault(self._next_fault(request.path), act, refuse)
        if answer is None:
            call.error = None
        return answer

    def _next_fault(self, method: str) -> Fault | None:
        return self.faults.popleft() if self.faults and self.faults[0].method in method else None

    def _carry_out(self, request: HttpRequest) -> dict[str, Any]:
        try:
            if (request.method, request.path) == ("POST", OAUTH):
                return self._rotate(request.headers, form_of(request.body))
            self._admit(request.headers.get("access_token", ""))
            if (request.method, request.path) == ("POST", UPLOAD):
                data = self._upload(picture_of(request.content_type, request.body))
            else:
                data = self._handler(request.method, request.path)(document_of(request.body))
        except VendorError as error:
            return {"error": error.code, "message": str(error) or "error"}
        return {"data": data, "error": 0, "message": "Success"}

    def _handler(self, method: str, path: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        handlers = {CS: self._message, ANONYMOUS: self._anonymous_message, QUOTA: self._quota}
        if method != "POST" or path not in handlers:
            raise VendorError(-201, "no such path")
        return handlers[path]

    def _rotate(self, headers: dict[str, str], form: dict[str, str]) -> dict[str, Any]:
        if headers.get("secret_key") != self.app_secret or form.get("app_id") != self.app_id:
            raise VendorError(-14004, "Invalid app_id or secret_key")
        is_live = form.get("refresh_token") == self.refresh_token and self.now() < self._refresh_ends_at
        if form.get("grant_type") != "refresh_token" or not is_live:
            raise VendorError(DEAD_GRANT, "Invalid refresh token")
        self.rotations += 1
        self.consent()
        return {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": str(ACCESS_SECONDS), "error": 0}

    def _admit(self, token: str) -> None:
        if token != self.access_token:
            raise VendorError(-216, "Access token is invalid")
        if self.now() >= self._access_ends_at:
            raise VendorError(-220, "Access token is expired or removed")
        minute, count = f"{self.now():%Y%m%d%H%M}", 1
        if self._minute[0] == minute:
            count = self._minute[1] + 1
        self._minute = (minute, count)
        if count > self.calls_per_minute:
            raise VendorError(-32, "Reached limit per minute")

    def _message(self, document: dict[str, Any]) -> dict[str, Any]:
        user = document.get("recipient", {}).get("user_id")
        if not isinstance(user, str) or user not in self.people:
            raise VendorError(-201, "user_id is invalid")
        text, buttons, attachment_id = content_of(document.get("message", {}))
        picture = None if attachment_id is None else self._attached(attachment_id)
        quota = self._spend(self.people[user])
        data = self._deliver(user, text, buttons, picture)
        if self.has_echoes:
            sides = {"sender": {"id": self.oa_id}, "recipient": {"id": user}}
            self._spawn(self._echo(sides | {"message": {"msg_id": data["message_id"], "text": text}}))
        return data | quota

    async def _echo(self, parts: dict[str, Any]) -> None:
        await self.post("oa_send_text", parts)

    def _anonymous_message(self, document: dict[str, Any]) -> dict[str, Any]:
        recipient = document.get("recipient", {})
        user = f"anon:{recipient.get('anonymous_id')}:{recipient.get('conversation_id')}"
        if user not in self.people:
            raise VendorError(-240 if "user_id" in recipient else -201, "anonymous_id or conversation_id is invalid")
        text, buttons, attachment_id = content_of(document.get("message", {}))
        if buttons or attachment_id is not None:
            raise VendorError(-233, "message type is not supported")
        if self.people[user].refusal:
            raise VendorError(self.people[user].refusal)
        return self._deliver(user, text, (), None)

    def _attached(self, attachment_id: str) -> bytes:
        data, uploaded_at = self.attachments.get(attachment_id, (b"", datetime.min.replace(tzinfo=UTC)))
        if not data or self.now() - uploaded_at >= ATTACHMENT_LIFETIME:
            raise VendorError(-100, "attachment_id is invalid or expired")
        return data

    def _spend(self, person: Person) -> dict[str, Any]:
        if person.refusal:
            raise VendorError(person.refusal)
        silence = self.now() - person.spoke_at if person.spoke_at else timedelta.max
        if silence > WINDOW:
            raise VendorError(-230, "no interaction in the last 7 days")
        if silence > FREE_WINDOW:
            self.charged += 1
            return {}
        if person.replies_left is None:
            return {}
        if person.replies_left == 0:
            raise VendorError(-218, "out of quota receive of this user")
        person.replies_left -= 1
        left = {"remain": str(person.replies_left), "total": str(self.free_replies)}
        return {"quota": {"remain": left, "cs_reply": {"cs_reply": left}}[self.shape]} if self.shape in ("remain", "cs_reply") else {}

    def _deliver(self, user: str, text: str, buttons: tuple[Button, ...], picture: bytes | None) -> dict[str, Any]:
        message = SentMessage(self._id("o"), text, buttons, picture, self.now())
        self.messages(user).append(message)
        return {"message_id": message.message_id, "user_id": user, "sent_time": str(int(message.at.timestamp() * 1000))}

    def _quota(self, document: dict[str, Any]) -> dict[str, Any]:
        person = self.people.get(document.get("user_id", ""))
        if person is None:
            raise VendorError(-201, "user_id is invalid")
        spoke = "0" if person.spoke_at is None else str(int(person.spoke_at.timestamp() * 1000))
        return {"last_interaction": spoke, "cs_reply": {"remain": str(person.replies_left), "total": str(self.free_replies)}}

    def _upload(self, picture: bytes) -> dict[str, Any]:
        if self.uploads >= UPLOADS_A_MONTH:
            raise VendorError(-211, "out of quota")
        self.uploads += 1
        attachment_id = self._id("att")
        self.attachments[attachment_id] = (picture, self.now())
        return {"attachment_id": attachment_id}


def _call_of(request: HttpRequest) -> Call:
    if request.path == OAUTH:
        form = form_of(request.body)
        return Call(OAUTH, form, form.pop("refresh_token", ""))
    try:
        document = document_of(request.body)
    except VendorError:
        document = {"bytes": len(request.body)}
    return Call(request.path, document, request.headers.get("access_token", ""))
