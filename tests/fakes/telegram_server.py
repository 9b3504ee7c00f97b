"""A little HTTP server that behaves as Telegram's Bot API does; tests and the demo page drive it.

What it refuses is in `telegram_rules`. Webhooks are posted to this machine only.
"""

import asyncio
import contextlib
import itertools
import json
import math
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.fakes import telegram_rules as rules
from tests.fakes import telegram_shapes as shapes
from tests.fakes.http_server import Answer, Fault, HttpRequest, HttpServer, as_json, is_loopback, with_fault
from tests.fakes.telegram_rules import ApiError
from tests.fakes.telegram_shapes import BotMessage, Button, Call

__all__ = ["TOKEN", "USERNAME", "BotMessage", "Button", "Call", "FakeTelegram"]
TOKEN = "123456789:fake-telegram-token_AbCdEfGhIjKlMnOpQ"
USERNAME = "ban_so_thu_bot"
MESSAGES_A_SECOND, SECONDS_A_CHAT = 30, 1.0
UPDATES_MAX = 100
DEFAULT_UPDATES = {"message", "edited_message", "channel_post", "callback_query", "poll", "poll_answer", "my_chat_member"}
_FILE = {"file_id": "f-1", "file_unique_id": "u-1"}


class FakeTelegram(HttpServer):
    """One bot and the people who write to it.

    Attributes:
        calls: The calls of the API, in order.
        has_flood_limits: Whether more than 30 messages a second, or one a second to a chat, get 429.
        deactivated: People whose accounts are gone.
        moved: New ids of groups that became supergroups.
        webhook_base: Where webhooks go instead of the host they are set to, so that https is not needed.
        statuses: What the webhook answered, 0 for nothing.
        undelivered: Updates that the webhook never took.
        answered: Callback queries that were answered.
        commands: What was set, by language code. `description`, `short_description`: what was set.
        poll_seconds_max: No getUpdates waits longer.
        clock: Where the time of the flood limits comes from.
    """

    def __init__(
        self, token: str = TOKEN, username: str = USERNAME, *, port: int = 0, retries: int = 4, retry_seconds: float = 0.05
    ) -> None:
        super().__init__(port=port)
        self.token, self.username = token, username
        self.id = int(token.partition(":")[0])
        self.calls: list[Call] = []
        self.has_flood_limits = False
        self.deactivated: set[int] = set()
        self.moved: dict[int, int] = {}
        self.webhook: dict[str, Any] = {"url": "", "secret_token": ""}
        self.webhook_base = ""
        self.statuses: list[int] = []
        self.undelivered: list[dict[str, Any]] = []
        self.answered: set[str] = set()
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.description = self.short_description = ""
        self.poll_seconds_max = 50.0
        self.clock: Callable[[], float] = time.monotonic
        self._retries, self._retry_seconds = retries, retry_seconds
        self._allowed = set(DEFAULT_UPDATES)
        self._pending: list[dict[str, Any]] = []
        self._chats: dict[int, dict[int, dict[str, Any]]] = {}
        self._blocked: set[int] = set()
        self._polls: dict[str, dict[str, Any]] = {}
        self._files: dict[str, bytes] = {}
        self._queries: set[str] = set()
        self._numbers, self._update_ids = itertools.count(1), itertools.count(700_000_001)
        self._sent_at: dict[int, float] = {}
        self._recent: deque[float] = deque()
        self._polls_waiting = 0
        self._news = asyncio.Condition()
        self._postmen: dict[int, asyncio.Task[None]] = {}

    # What people do. Each returns the id of the update that the bot gets.

    def meet(self, chat_id: int) -> None:
        """Let a chat begin without a word."""
        self._chats.setdefault(chat_id, {})

    async def say(self, chat_id: int, text: str, *, user_id: int | None = None, reply_to: int | None = None) -> int:
        """Let a person write a text, in private or, with a negative id, in a group."""
        content = shapes.text_content(text)
        if reply_to is not None:
            content["reply_to_message"] = self._chats[chat_id][reply_to]
        return await self.send(chat_id, user_id=user_id, **content)

    async def send_photo(self, chat_id: int, caption: str = "", **content: Any) -> int:
        sizes = [_FILE | {"width": width, "height": width, "file_size": width} for width in (90, 320)]
        return await self.send(chat_id, photo=sizes, caption=caption, **content)

    async def send_voice(self, chat_id: int) -> int:
        return await self.send(chat_id, voice=_FILE | {"duration": 3, "mime_type": "audio/ogg", "file_size": 9000})

    async def send_video(self, chat_id: int, caption: str = "") -> int:
        video = _FILE | {"width": 640, "height": 360, "duration": 9}
        return await self.send(chat_id, video=video, caption=caption)

    async def send_sticker(self, chat_id: int) -> int:
        sticker = _FILE | {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"}
        return await self.send(chat_id, sticker=sticker)

    async def send_document(self, chat_id: int, caption: str = "") -> int:
        document = _FILE | {"file_name": "don.pdf", "mime_type": "application/pdf", "file_size": 1024}
        return await self.send(chat_id, document=document, caption=caption)

    async def send_contact(self, chat_id: int) -> int:
        return await self.send(chat_id, contact={"phone_number": "+84900000000", "first_name": "Bình"})

    async def send_location(self, chat_id: int) -> int:
        return await self.send(chat_id, location={"latitude": 21.0285, "longitude": 105.8542})

    async def send(self, chat_id: int, *, user_id: int | None = None, **content: Any) -> int:
        """Let a person send any message; `content` is what it has beside its ids."""
        self.meet(chat_id)
        message = self._store(chat_id, shapes.person(user_id or chat_id), {name: value for name, value in content.items() if value != ""})
        return await self.post({"message": message})

    async def tap(self, chat_id: int, message_id: int, data: str, *, user_id: int | None = None) -> int:
        """Let a person tap a button; it must be there."""
        message = self._chats[chat_id][message_id]
        if data not in [button.data for button in shapes.as_seen(message, self._files).buttons]:
            raise ValueError(f"message {message_id} has no button {data!r}")
        query_id = f"{next(self._numbers)}000000000000000"
        self._queries.add(query_id)
        query = {"id": query_id, "from": shapes.person(user_id or chat_id), "message": message, "chat_instance": "-42", "data": data}
        return await self.post({"callback_query": query})

    async def vote(self, user_id: int, poll_id: str, option: int) -> int:
        """Let a person answer a quiz poll, which Telegram allows once."""
        poll = self._polls[poll_id]
        if user_id in poll["votes"] or not 0 <= option < len(poll["options"]):
            raise ValueError(f"{user_id} cannot choose {option} in poll {poll_id}")
        poll["votes"][user_id] = option
        if poll["is_anonymous"]:
            return 0
        answer = {"poll_id": poll_id, "user": shapes.person(user_id), "option_ids": [option], "option_persistent_ids": [str(option)]}
        return await self.post({"poll_answer": answer})

    async def block(self, user_id: int, *, is_blocked: bool = True) -> int:
        """Let a person stop the bot, or start it again."""
        (self._blocked.add if is_blocked else self._blocked.discard)(user_id)
        bot = self._me()
        member, kicked = {"user": bot, "status": "member"}, {"user": bot, "status": "kicked", "until_date": 0}
        old, new = (member, kicked) if is_blocked else (kicked, member)
        who = shapes.person(user_id)
        change = {
            "chat": shapes.chat_shape(user_id),
            "from": who,
            "date": shapes.now_in_seconds(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        return await self.post({"my_chat_member": change})

    async def post(self, update: dict[str, Any]) -> int:
        """Give any update to the bot, if it asked for its kind: to its webhook, or to the next getUpdates."""
        number = next(self._update_ids)
        if not set(update) & self._allowed:
            return number
        self._pending.append({"update_id": number} | update)
        self._send_postmen()
        async with self._news:
            self._news.notify_all()
        return number

    # What a test or the demo page looks at.

    def messages(self, chat_id: int) -> list[BotMessage]:
        """Return what the bot said in a chat, oldest first."""
        found = self._chats.get(chat_id, {}).values()
        return [shapes.as_seen(message, self._files) for message in found if message["from"]["id"] == self.id]

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method."""
        return [call for call in self.calls if call.method == method]

    async def delivered(self) -> None:
        """Wait until the webhook has taken all updates, or they were given up."""
        while self._postmen:
            await asyncio.gather(*self._postmen.values(), return_exceptions=True)

    # The webhook.

    def _send_postmen(self) -> None:
        if not is_loopback(self._webhook_url()):
            return
        for chat in {shapes.chat_of(update) for update in self._pending}:
            if chat not in self._postmen:
                self._postmen[chat] = self._spawn(self._bring(chat))

    async def _bring(self, chat: int) -> None:
        """Bring a chat's updates one after another; one that is refused is brought again, the next ones wait."""
        try:
            while update := next((u for u in self._pending if shapes.chat_of(u) == chat), None):
                if not await self._was_taken(update):
                    self.undelivered.append(update)
                self._pending.remove(update)
        finally:
            del self._postmen[chat]

    async def _was_taken(self, update: dict[str, Any]) -> bool:
        body = json.dumps(update, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
        for attempt in range(1 + self._retries):
            status = await self._post_webhook(self._webhook_url(), body, headers)
            self.statuses.append(status)
            if 200 <= status < 300:
                return True
            await asyncio.sleep(self._retry_seconds * 2**attempt)
        return False

    def _webhook_url(self) -> str:
        url = str(self.webhook["url"])
        base = urlsplit(self.webhook_base)
        return urlunsplit((base.scheme, base.netloc, urlsplit(url).path, "", "")) if self.webhook_base and url else url

    # The API.

    async def _answer(self, request: HttpRequest) -> Answer | None:
        method = request.path.rpartition("/")[2]
        if request.path != f"/bot{self.token}/{method}":
            return rules.failure(ApiError(401, "Unauthorized"))
        call = Call(method, shapes.parameters(request.content_type, request.body, request.query))
        self.calls.append(call)
        answer = await with_fault(self._next_fault(method), lambda: self._carry_out(call), _refusal)
        call.code = 0 if answer is None else answer.status
        return answer

    async def _carry_out(self, call: Call) -> Answer:
        # Methods' names are not case-sensitive.
        known = getattr(self, "_do_" + call.method.lower(), None)
        if known is None:
            return rules.failure(ApiError(404, "Not Found"))
        try:
            result = known(call.parameters)
            return as_json({"ok": True, "result": await result if asyncio.iscoroutine(result) else result})
        except ApiError as error:
            return rules.failure(error)

    def _me(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": "Bạn Số thử", "username": self.username}

    def _do_getme(self, _: dict[str, Any]) -> dict[str, Any]:
        return self._me() | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def _do_setwebhook(self, given: dict[str, Any]) -> bool:
        rules.check_webhook(given)
        self.webhook = {"url": given.get("url", ""), "secret_token": given.get("secret_token", "")}
        self._allow(given)
        self._drop(given)
        self._send_postmen()
        return True

    def _do_deletewebhook(self, given: dict[str, Any]) -> bool:
        self.webhook = {"url": "", "secret_token": ""}
        self._drop(given)
        return True

    def _do_getwebhookinfo(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.webhook["url"], "has_custom_certificate": False, "pending_update_count": len(self._pending)}

    async def _do_getupdates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook["url"]:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._allow(given)
        offset = int(given.get("offset", 0))
        self._pending = [u for u in self._pending if u["update_id"] >= offset] if offset >= 0 else self._pending[offset:]
        self._polls_waiting += 1
        mine = self._polls_waiting
        async with self._news:
            self._news.notify_all()  # An older poll ends now.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(float(given.get("timeout", 0)), self.poll_seconds_max)):
                    await self._news.wait_for(lambda: self._pending or mine != self._polls_waiting)
        if mine != self._polls_waiting:
            raise ApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
        return self._pending[: int(given.get("limit", UPDATES_MAX))]

    def _do_sendmessage(self, given: dict[str, Any]) -> dict[str, Any]:
        text = str(given.get("text", "")).strip()
        rules.check_text(text)
        return self._say(given, {"text": text})

    def _do_sendphoto(self, given: dict[str, Any]) -> dict[str, Any]:
        caption, photo = str(given.get("caption", "")), given.get("photo", b"")
        rules.check_photo(photo, caption, self._files)
        file_id = photo if isinstance(photo, str) else f"photo-{len(self._files) + 1}"
        sizes = [_FILE | {"file_id": file_id + end, "width": 90, "height": 90} for end in ("-small", "")]
        sent = self._say(given, {"photo": sizes} | ({"caption": caption} if caption else {}))
        if isinstance(photo, bytes):
            self._files[file_id] = photo
        return sent

    def _do_sendpoll(self, given: dict[str, Any]) -> dict[str, Any]:
        options = [o["text"] if isinstance(o, dict) else str(o) for o in given.get("options", ())]
        rules.check_poll(given, options)
        poll = shapes.poll_shape(f"54{next(self._numbers):017d}", given, options)
        sent = self._say(given, {"poll": poll})
        self._polls[poll["id"]] = poll | {"votes": {}}
        return sent

    def _do_sendchataction(self, given: dict[str, Any]) -> bool:
        self._check_chat(given)
        return True

    def _do_answercallbackquery(self, given: dict[str, Any]) -> bool:
        if given.get("callback_query_id") not in self._queries:
            raise rules.bad_request("query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(given["callback_query_id"])
        self.answered.add(given["callback_query_id"])
        return True

    def _do_setmycommands(self, given: dict[str, Any]) -> bool:
        commands = given.get("commands", [])
        rules.check_commands(commands)
        self.commands[given.get("language_code", "")] = commands
        return True

    def _do_setmydescription(self, given: dict[str, Any]) -> bool:
        if len(given.get("description", "")) > rules.DESCRIPTION_MAX:
            raise rules.bad_request("bot description is too long")
        self.description = given.get("description", "")
        return True

    def _do_setmyshortdescription(self, given: dict[str, Any]) -> bool:
        if len(given.get("short_description", "")) > rules.SHORT_DESCRIPTION_MAX:
            raise rules.bad_request("bot short description is too long")
        self.short_description = given.get("short_description", "")
        return True

    # Parts of these.

    def _allow(self, given: dict[str, Any]) -> None:
        if "allowed_updates" in given:  # Left out, what was set before stays.
            self._allowed = set(given["allowed_updates"]) or set(DEFAULT_UPDATES)

    def _drop(self, given: dict[str, Any]) -> None:
        if given.get("drop_pending_updates") in ("true", True):
            self._pending.clear()

    def _say(self, given: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        chat_id = self._check_chat(given)
        markup = given.get("reply_markup")
        if markup is not None:
            rules.check_buttons(markup["inline_keyboard"])
        self._check_flood(chat_id)
        return self._store(chat_id, self._me(), content | ({"reply_markup": markup} if markup is not None else {}))

    def _check_chat(self, given: dict[str, Any]) -> int:
        chat_id = int(given["chat_id"]) if re.fullmatch(r"-?\d+", str(given.get("chat_id", ""))) else 0
        if chat_id in self.moved:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": self.moved[chat_id]},
            )
        if chat_id not in self._chats:
            raise rules.bad_request("chat not found")
        if chat_id in self._blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        return chat_id

    def _check_flood(self, chat_id: int) -> None:
        now = self.clock()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        waits = self._sent_at.get(chat_id, -math.inf) + SECONDS_A_CHAT - now
        if self.has_flood_limits and (waits > 0 or len(self._recent) >= MESSAGES_A_SECOND):
            seconds = max(1, math.ceil(waits))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._sent_at[chat_id] = now
        self._recent.append(now)

    def _store(self, chat_id: int, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {
            "message_id": number,
            "from": sender,
            "chat": shapes.chat_shape(chat_id),
            "date": shapes.now_in_seconds(),
        }
        self._chats[chat_id][number] = message | content
        return self._chats[chat_id][number]


def _refusal(fault: Fault) -> Answer:
    return rules.failure(ApiError(fault.code or 500, fault.description or "Internal Server Error", fault.parameters))
