"""The terminal channel: a chat, and one question with what the model made of it."""

import secrets

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from bot.settings import SettingsError

ASK_TIMEOUT_SECONDS = 15
_LEAVING = {"/thoat", "thoát", "thoat", "exit", "quit"}


def chat_in_terminal(url: str) -> None:
    """Chat until the person leaves with /thoat, Ctrl-D or Ctrl-C."""
    console = Console()
    sender = f"terminal-{secrets.token_hex(8)}"
    _show(console, _call(url, "GET", "/api/welcome"))
    while True:
        try:
            text = console.input("[bold]Bạn:[/bold] ")
        except (EOFError, KeyboardInterrupt):
            console.print("\nChào tạm biệt.")
            return
        if text.strip().lower() in _LEAVING:
            console.print("Chào tạm biệt.")
            return
        _show(console, _call(url, "POST", "/api/chat", {"sender": sender, "text": text}))


def ask_once(url: str, question: str) -> None:
    """Show the answer to one question, its intent and confidence, and the runners-up."""
    console = Console()
    document = _call(url, "POST", "/api/explain", {"text": question})
    _show(console, document)
    console.print(f"Kết cục: [bold]{document['outcome']}[/bold]   chủ đề: {document['topic']}   câu trả lời: {document['answer']}")
    console.print(f"Hiểu thành: {document['normalised']}   quyết định: {document['decision']}")
    table = Table("Ý định", "Độ tin cậy")
    for intent in document["ranking"]:
        table.add_row(intent["name"], f"{intent['confidence']:.3f}")
    console.print(table)


def _show(console: Console, document: dict[str, list[dict[str, list[dict[str, str]]]]]) -> None:
    number = 0
    for reply in document["replies"]:
        lines = [str(reply["text"])]
        for choice in reply["choices"]:
            number += 1
            lines.append(f"  {number}. {choice['label']}")
        console.print(Panel("\n".join(lines), title="Bạn Số", title_align="left"), markup=False)


def _call(url: str, method: str, path: str, body: dict[str, str] | None = None) -> dict:  # type: ignore[type-arg]
    try:
        response = httpx.request(method, url + path, json=body, timeout=ASK_TIMEOUT_SECONDS)
        document: dict[str, object] = response.json()
    except (httpx.HTTPError, ValueError):
        raise SettingsError(f"Không thấy dịch vụ ở {url}. Hãy chạy make run ở một cửa sổ khác trước.") from None
    if "replies" not in document:
        return document | {"replies": [{"text": document.get("detail", "Có lỗi."), "choices": []}]}
    return document
