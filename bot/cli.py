"""The `banso` command; each verb says in one line what it does."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from actions.curriculum.lint import check_all, describe
from actions.curriculum.problems import ContentError
from actions.learners.database import is_away
from bot.clock import today
from bot.settings import ROOT, SettingsError, read_settings, unreachable

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Bạn Số: trợ lý kỹ năng số.")
content_app = typer.Typer(no_args_is_help=True, help="Kiểm tra và xuất bản nội dung.")
nlu_app = typer.Typer(no_args_is_help=True, help="Đo và soi mô hình hiểu câu hỏi.")
app.add_typer(content_app, name="content")
keys_app = typer.Typer(no_args_is_help=True, help="Khoá bí mật.")
retention_app = typer.Typer(no_args_is_help=True, help="Thời hạn giữ dữ liệu.")
queue_app = typer.Typer(no_args_is_help=True, help="Tin đang chờ, tin bị để riêng.")
user_app = typer.Typer(no_args_is_help=True, help="Tài khoản của trang quản trị.")
app.add_typer(queue_app, name="queue")
app.add_typer(user_app, name="user")
model_app = typer.Typer(no_args_is_help=True, help="Kho mô hình hiểu câu hỏi.")
app.add_typer(model_app, name="model")
app.add_typer(nlu_app, name="nlu")
app.add_typer(keys_app, name="keys")
app.add_typer(retention_app, name="retention")


PICTURE_WIDTH = 800  # pixels


class CommandError(Exception):
    """A command cannot go on; the message says why and what to do."""


@app.command()
def run() -> None:
    """Chạy Bạn Số: xuất bản, huấn luyện khi cần, mở trang chat. Ctrl-C để dừng."""
    settings = read_settings()  # What cannot be used is said at once.
    from bot.running import run_all

    raise SystemExit(asyncio.run(run_all(settings)))


@app.command()
def chat(url: Annotated[str, typer.Option(help="Địa chỉ dịch vụ đang chạy")] = "") -> None:
    """Trò chuyện ngay trong cửa sổ dòng lệnh với dịch vụ đang chạy."""
    from bot.terminal import chat_in_terminal

    chat_in_terminal(url or _service_url())


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="Câu hỏi, viết trong dấu nháy")],
    url: Annotated[str, typer.Option(help="Địa chỉ dịch vụ đang chạy")] = "",
) -> None:
    """Hỏi một câu; xem ý định, độ tin cậy và các ý định về sau."""
    from bot.terminal import ask_once

    ask_once(url or _service_url(), question)


@app.command()
def train(
    *,
    force: Annotated[bool, typer.Option("--force", help="Huấn luyện lại dù dữ liệu chưa đổi")] = False,
) -> None:
    """Huấn luyện mô hình hiểu câu hỏi, nếu dữ liệu đã đổi."""
    from bot.training import train_model

    check_all(ROOT, today())
    train_model(read_settings(), is_forced=force)


@app.command()
def doctor() -> None:
    """Kiểm tra máy và bản cài; nói rõ cần sửa gì."""
    from bot.doctor import examine

    raise SystemExit(examine(read_settings()))


@content_app.command()
def lint() -> None:
    """Kiểm tra mọi tệp nội dung và ví dụ; in hết lỗi một lần."""
    curriculum = check_all(ROOT, today())
    answers = [a for a in curriculum.answers.values() if a.outcome is None]
    questions = sum(len(lesson.questions) for lesson in curriculum.lessons.values())
    typer.echo(f"Nội dung tốt: {len(answers)} câu trả lời, {len(curriculum.topics)} chủ đề, {len(curriculum.facts)} dữ kiện,")
    typer.echo(
        f"{len(curriculum.lessons)} bài học với {questions} câu đố, {len(curriculum.paths)} lộ trình, "
        f"{len(curriculum.guides)} hướng dẫn, {len(curriculum.drills)} bài diễn tập, {len(curriculum.pictures)} hình."
    )


@content_app.command()
def publish() -> None:
    """Xuất bản nội dung vào cơ sở dữ liệu."""
    from bot.publishing import publish_content

    version, is_new = asyncio.run(publish_content(read_settings()))
    typer.echo(f"Nội dung bản {version}: {'đã xuất bản' if is_new else 'không đổi'}.")


@content_app.command()
def export(
    folder: Annotated[Path, typer.Option("--to", help="Thư mục nhận; để trống: chính các tệp của dự án")] = ROOT,
) -> None:
    """Chép nội dung đang xuất bản (kể cả phần sửa ở bảng điều khiển) ra tệp."""
    from bot.publishing import export_content

    changed = asyncio.run(export_content(read_settings(), folder.resolve()))
    typer.echo("\n".join([*changed, f"Đã ghi {len(changed)} tệp khác trước."]))


@content_app.command()
def links() -> None:
    """Kiểm tra địa chỉ của mọi nguồn (cần mạng); kết quả hiện ở trang Rà soát."""
    from bot.links import check_links, describe

    typer.echo(describe(asyncio.run(check_links(read_settings()))))


@content_app.command()
def pictures() -> None:
    """Vẽ lại các hình .png từ tệp .svg trong content/pictures."""
    from actions.drawing.svg import render_png

    for path in sorted((ROOT / "content" / "pictures").glob("*.svg")):
        try:
            png = render_png(path.read_text(encoding="utf-8"), PICTURE_WIDTH)
        except ValueError as error:
            raise CommandError(f"{path.name}: không vẽ được ({error}); hãy kiểm tra tệp SVG.") from None
        path.with_suffix(".png").write_bytes(png)
        typer.echo(f"{path.stem}: {len(png)} byte")


@keys_app.command()
def rotate(
    new_key_file: Annotated[Path | None, typer.Option(exists=True, help="Tệp chứa khoá mới; để trống thì tự tạo")] = None,
) -> None:
    """Đổi khoá bí mật: băm và mã hoá lại mọi dữ liệu. Dừng dịch vụ trước khi chạy."""
    from bot.secret_key import rotate_key

    renewed = asyncio.run(rotate_key(read_settings(), new_key_file))
    typer.echo(
        f"Đã đổi khoá: {renewed['identities']} địa chỉ, {renewed['learners']} tên, {renewed['certificates']} giấy chứng nhận; "
        f"{renewed['guest_rows']} dòng tạm của khách đã xoá. Hãy chạy lại dịch vụ."
    )


@retention_app.command(name="run")
def retention_run() -> None:
    """Xoá ngay những gì đã quá thời hạn giữ (dịch vụ tự làm mỗi ngày)."""
    from bot.retention import run_retention

    for name, rows in asyncio.run(run_retention(read_settings())).items():
        typer.echo(f"{name}: {rows}")


@queue_app.command()
def show() -> None:
    """Xem bao nhiêu tin đang chờ, tin nào bị để riêng vì không xử lý hay không gửi được."""
    from bot.queues import describe_queues

    typer.echo(asyncio.run(describe_queues(read_settings())))


@queue_app.command()
def retry(
    which: Annotated[str, typer.Argument(help="nhan:SỐ (tin nhận) hoặc gui:SỐ (tin gửi), như `queue show` in ra; all: tất cả")],
) -> None:
    """Cho tin bị để riêng chạy lại."""
    from bot.queues import retry_set_aside

    number = asyncio.run(retry_set_aside(read_settings(), which))
    typer.echo(f"Đã cho chạy lại {number} tin.")


@user_app.command()
def add(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập: chữ không dấu, số, dấu chấm, gạch nối")],
    name: Annotated[str, typer.Option(help="Tên người dùng")],
    role: Annotated[str, typer.Option(help="admin, reviewer, trainer hoặc viewer")] = "trainer",
    *,
    link: Annotated[bool, typer.Option("--link", help="In đường dẫn một lần để người ấy tự đặt mật khẩu")] = False,
) -> None:
    """Thêm tài khoản cho trang quản trị."""
    from bot.accounts import add_account

    password = None if link else typer.prompt("Mật khẩu (ít nhất 12 ký tự)", hide_input=True, confirmation_prompt="Gõ lại")
    address = asyncio.run(add_account(read_settings(), login, name, role, password))
    typer.echo(f"Đã thêm {login}." if address is None else f"Đã thêm {login}. Gửi riêng đường dẫn này (một lần, 24 giờ):\n{address}")


@user_app.command(name="list")
def list_users() -> None:
    """Liệt kê các tài khoản."""
    from bot.accounts import list_accounts

    typer.echo("\n".join(asyncio.run(list_accounts(read_settings()))) or "Chưa có tài khoản nào.")


@user_app.command(name="link")
def link_user(login: Annotated[str, typer.Argument(help="Tên đăng nhập")]) -> None:
    """In đường dẫn một lần để đặt lại mật khẩu (tắt cả xác thực hai lớp)."""
    from bot.accounts import make_link

    typer.echo(asyncio.run(make_link(read_settings(), login)))


@user_app.command()
def disable(login: Annotated[str, typer.Argument(help="Tên đăng nhập")]) -> None:
    """Khoá một tài khoản."""
    from bot.accounts import disable_account

    asyncio.run(disable_account(read_settings(), login))
    typer.echo(f"Đã khoá {login}.")


@model_app.command(name="export")
def export_model(
    name: Annotated[str, typer.Argument(help="Tên mô hình, như trang Huấn luyện ghi")],
    file: Annotated[Path, typer.Argument(help="Tệp nhận, ví dụ mo-hinh.tar.gz")],
) -> None:
    """Chép một mô hình trong kho ra tệp, cho máy chủ NLU chạy riêng."""
    from bot.models.files import export_file

    typer.echo(f"{file}: {asyncio.run(export_file(read_settings(), name, file.resolve()))} byte")


@nlu_app.command()
def explain(
    question: Annotated[str, typer.Argument(help="Câu hỏi, viết trong dấu nháy")],
) -> None:
    """Vì sao câu này được hiểu như vậy: chữ nặng ký nhất và ví dụ gần nhất."""
    _in_nlu_environment("explain", question)


@nlu_app.command()
def evaluate(
    train: Annotated[Path, typer.Option(exists=True, help="Tệp TSV có cột text, intent để huấn luyện")],
    test: Annotated[Path, typer.Option(exists=True, help="Tệp TSV có cột text, intent để đo")],
) -> None:
    """Huấn luyện và đo mô hình trên tệp có nhãn bất kỳ."""
    _in_nlu_environment("evaluate", str(train.resolve()), str(test.resolve()))


@nlu_app.command()
def diagnose(
    test: Annotated[Path | None, typer.Option(exists=True, help="Tệp TSV có cột question, topic; mặc định là câu hỏi để riêng")] = None,
) -> None:
    """Soi dữ liệu huấn luyện: ý định mỏng, câu trùng, ví dụ dễ nhầm, câu kiểm tra bị sai và vì sao."""
    _in_nlu_environment("diagnose", *([str(test.resolve())] if test else []))


def _in_nlu_environment(*arguments: str) -> None:
    """Run a command of `bot.nlu.tools` under Rasa's Python; exit with its status."""
    from bot.training import nlu_environment, nlu_python

    python = nlu_python()
    os.chdir(ROOT)
    os.execve(python, [str(python), "-m", "bot.nlu.tools", *arguments], nlu_environment(read_settings()))  # noqa: S606 - our own module


def _service_url() -> str:
    return f"http://127.0.0.1:{read_settings().port}"


def main() -> None:
    """Run a command; what a person can mend is one clear text, never a trace."""
    try:
        app()
    except ContentError as error:
        typer.echo(describe(error), err=True)
        sys.exit(1)
    except (CommandError, SettingsError) as error:
        typer.echo(f"Lỗi: {error}", err=True)
        sys.exit(1)
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        typer.echo(f"Lỗi: {unreachable(read_settings())}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
