"""What Zalo's answers say: its error codes by what to do about them; used by zalo_oa and zalo_oa_access."""

import re
from typing import Any

import httpx
import structlog

from bot.channels.base import SendError, SendErrorKind

logger = structlog.get_logger(__name__)
# The vendor names no time; its limit is one of calls a minute. Three more tries span that minute.
THROTTLE_SECONDS = 20.0
TOKEN_CODES = ("-216", "-220")  # The access token is wrong or over; a renewed one may be taken.
ATTACHMENT_CODE = "-100"

# docs.zaloplatforms.com, error codes of the OpenAPI, as digested on 2026-11-23.
CODES: dict[int, tuple[SendErrorKind, str]] = {
    -32: ("throttled", "too many calls in a minute"),
    -100: ("retryable", "unknown error, or the attachment expired"),
    -201: ("final", "a field is wrong"),
    -204: ("unauthorised", "the account is disabled"),
    -205: ("unauthorised", "the account does not exist"),
    -209: ("unauthorised", "the app is not active"),
    -210: ("final", "a field is over its limit"),
    -211: ("quota", "the account's quota of this feature is used up"),
    -212: ("unauthorised", "the app is not registered for this API"),
    -213: ("blocked", "the person does not follow the account"),
    -216: ("unauthorised", "the access token is wrong"),
    -217: ("final", "the person refuses invitations"),
    -218: ("quota", "this person's quota is used up"),
    -219: ("unauthorised", "the app was removed"),
    -220: ("unauthorised", "the access token is over"),
    -221: ("unauthorised", "the account is not verified"),
    -223: ("unauthorised", "the account did not authorise the app"),
    -224: ("unauthorised", "the account's package is too small"),
    -227: ("blocked", "the person is banned or was away for 45 days"),
    -230: ("window_closed", "the person was not here for 7 days"),
    -232: ("window_closed", "the interaction expired"),
    -233: ("final", "this kind of message is not supported"),
    -234: ("unauthorised", "this kind of message is banned at night"),
    -240: ("unauthorised", "this version of the API is switched off"),
    -242: ("unauthorised", "the proof of the app's secret is wrong"),
    -244: ("final", "the person restricts this kind of message"),
    -248: ("final", "the content breaks the platform's rules"),
}
OUR_FAULT = (-201, -210, -233)
# A vendor's message may repeat what was sent, so only the name of one of our own fields is taken from it.
_FIELD = re.compile(r"\b(recipient|user_id|anonymous_id|conversation_id|text|attachment_id|elements|buttons|title|payload|template_type)\b")


def read_answer(response: httpx.Response) -> dict[str, Any]:
    """Return the document of an answer that reports success.

    Raises:
        SendError: It reports an error, or is none of Zalo's.
    """
    document = read_document(response)
    code = document.get("error")
    if is_success(code) and response.status_code < 400:
        return document
    raise send_error(code, str(document.get("message")), _seconds(response))


def is_success(code: Any) -> bool:
    """Whether the field `error` of an answer reports none."""
    return code in (0, "0") and code is not False


def read_document(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, whatever it reports.

    Raises:
        SendError: There is none.
    """
    status = response.status_code
    if status == 429:
        raise SendError("throttled", "http_429", CODES[-32][1], retry_after_seconds=_seconds(response))
    if status >= 500 or status == 408:
        raise SendError("retryable", f"http_{status}", "Zalo is out of order")
    try:
        document = response.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):  # Something between us and Zalo answered, with a page of its own.
        raise SendError("retryable", f"http_{status}", "the answer is not Zalo's")
    return document


def send_error(code: Any, said: str, throttle_seconds: float = THROTTLE_SECONDS) -> SendError:
    """Return the error that a code stands for; unknown ones are final, so that nothing is sent for ever."""
    number = int(code) if isinstance(code, int) or (isinstance(code, str) and re.fullmatch(r"-?\d{1,9}", code)) else None
    if number is None:
        return SendError("retryable", "no_code", "the answer has no error code")
    kind, meaning = CODES.get(number, ("final", "unknown code"))
    if number in OUR_FAULT or number not in CODES:
        field = _FIELD.search(said)
        logger.error("zalo_oa.message_refused", code=number, meaning=meaning, field=field[0] if field else None)
    return SendError(kind, str(number), meaning, retry_after_seconds=throttle_seconds if kind == "throttled" else None)


def free_replies(answer: dict[str, Any]) -> int | None:
    """Return how many free messages are left; seen as quota.remain and as quota.cs_reply.remain, text or number."""
    data = answer.get("data")
    quota = data.get("quota") if isinstance(data, dict) else None
    if not isinstance(quota, dict):
        return None
    reply = quota.get("cs_reply")
    left = str((reply if isinstance(reply, dict) else quota).get("remain"))
    return int(left) if re.fullmatch(r"[0-9]{1,6}", left) else None


def fault(error: httpx.HTTPError | httpx.InvalidURL) -> SendError:
    """Return what a failed call means; the client's own words may hold an address."""
    is_late = isinstance(error, httpx.TimeoutException)
    return SendError("retryable", "timeout" if is_late else "no_connection", "no answer from Zalo")


def _seconds(response: httpx.Response) -> float:
    given = response.headers.get("retry-after", "")
    return float(given) if re.fullmatch(r"\d{1,4}", given) else THROTTLE_SECONDS
