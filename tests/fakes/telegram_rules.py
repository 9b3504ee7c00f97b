"""What Telegram's Bot API refuses, with the words it has for it; the fake of it holds to these.

Limits, statuses and descriptions are those of core.telegram.org/bots/api and of
tdlib/telegram-bot-api, as digested on 2026-11-23.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.http_server import Answer, as_json
from tests.fakes.telegram_shapes import units

TEXT_MAX, CAPTION_MAX = 4096, 1024
CALLBACK_DATA_MAX_BYTES, BUTTONS_MAX, BUTTONS_MAX_A_ROW = 64, 100, 8
QUESTION_MAX, OPTION_MAX, OPTIONS_MIN, OPTIONS_MAX, EXPLANATION_MAX, EXPLANATION_MAX_LINE_FEEDS = 300, 100, 2, 12, 200, 2
COMMANDS_MAX, COMMAND_DESCRIPTION_MAX, DESCRIPTION_MAX, SHORT_DESCRIPTION_MAX = 100, 256, 512, 120
WEBHOOK_PORTS = {80, 88, 443, 8443}


class ApiError(Exception):
    """A call is answered with an error."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad_request(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


def failure(error: ApiError) -> Answer:
    document: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    return as_json(document if error.parameters is None else document | {"parameters": error.parameters}, error.code)


def check_webhook(given: dict[str, Any]) -> None:
    parts = urlsplit(given.get("url", ""))
    if parts.scheme != "https" and parts.geturl():
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.geturl() and (parts.port or 443) not in WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", given.get("secret_token", "")):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= int(given.get("max_connections", 40)) <= 100:
        raise bad_request("bad webhook: max_connections must be from 1 to 100")


def check_text(text: str) -> None:
    if not text:
        raise bad_request("message text is empty")
    if units(text) > TEXT_MAX:
        raise bad_request("message is too long")


def check_photo(photo: str | bytes, caption: str, known: dict[str, bytes]) -> None:
    if units(caption) > CAPTION_MAX:
        raise bad_request("message caption is too long")
    if isinstance(photo, str) and photo not in known:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if isinstance(photo, bytes) and not photo.startswith((b"\x89PNG", b"\xff\xd8")):
        raise bad_request("IMAGE_PROCESS_FAILED")


def check_poll(given: dict[str, Any], options: list[str]) -> None:
    explanation, right = str(given.get("explanation", "")), given.get("correct_option_ids", [])
    if not 1 <= units(given.get("question", "")) <= QUESTION_MAX:
        raise bad_request("poll question must be from 1 to 300 characters")
    if not OPTIONS_MIN <= len(options) <= OPTIONS_MAX or not all(1 <= units(o) <= OPTION_MAX for o in options):
        raise bad_request("a poll has from 2 to 12 options of 1 to 100 characters")
    if len(set(options)) != len(options):
        raise bad_request("POLL_OPTION_DUPLICATE")
    if units(explanation) > EXPLANATION_MAX or explanation.count("\n") > EXPLANATION_MAX_LINE_FEEDS:
        raise bad_request("explanation is too long")
    if given.get("type") == "quiz" and not (right and all(0 <= n < len(options) for n in right)):
        raise bad_request("wrong correct option IDs specified")


def check_buttons(rows: list[list[dict[str, str]]]) -> None:
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS_MAX or any(len(row) > BUTTONS_MAX_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    for button in buttons:
        if not button["text"].strip():
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA_MAX_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")


def check_commands(commands: list[dict[str, str]]) -> None:
    fits = (re.fullmatch(r"[a-z0-9_]{1,32}", c["command"]) and 1 <= len(c["description"]) <= COMMAND_DESCRIPTION_MAX for c in commands)
    if len(commands) > COMMANDS_MAX or not all(fits):
        raise bad_request("BOT_COMMAND_INVALID")
