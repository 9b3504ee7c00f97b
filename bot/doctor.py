"""`banso doctor`: look at the machine and the installation, say what to mend."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable

import httpx
from rich.console import Console

from actions.curriculum.lint import check_all, overdue
from actions.curriculum.problems import ContentError
from actions.curriculum.versions import active
from bot.clock import today
from bot.secret_key import open_repository, read_secret_key
from bot.settings import ROOT, Settings, SettingsError
from bot.training import current_model, nlu_python

FREE_BYTES_WANTED = 500 * 2**20
RASA_VERSION = "3.6.21"


class ProblemFoundError(Exception):
    """A check failed; the message says what to do."""


def examine(settings: Settings) -> int:
    """Run every check, print one line each.

    Returns:
        0 when all is well, 1 otherwise.
    """
    console = Console()
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("Python của dịch vụ", _python),
        ("Môi trường NLU", _rasa),
        ("Ổ đĩa", _disk),
        ("Khoá", _key),
        ("Nội dung", _content),
        ("Mô hình", _model),
        ("Cơ sở dữ liệu", _database),
        ("Dịch vụ", _service),
    )
    is_well = True
    for name, check in checks:
        try:
            console.print(f"[green]tốt[/green]  {name}: {check(settings)}")
        except (ProblemFoundError, SettingsError) as error:
            is_well = False
            console.print(f"[red]SỬA[/red]  {name}: {error}")
    return 0 if is_well else 1


def _python(_settings: Settings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 12):
        raise ProblemFoundError(f"đang là Python {version}, cần 3.12 trở lên. Chạy: make install")
    return version


def _rasa(_settings: Settings) -> str:
    code = "import importlib.metadata as m; print(m.version('rasa'))"
    done = subprocess.run([nlu_python(), "-c", code], capture_output=True, text=True, timeout=60, check=False)
    if done.stdout.strip() != RASA_VERSION:
        raise ProblemFoundError(f"Rasa đang là {done.stdout.strip() or 'chưa có'}, cần {RASA_VERSION}. Chạy: make install")
    return f"Rasa {RASA_VERSION}"


def _disk(settings: Settings) -> str:
    try:
        settings.data_path.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_path).free
    except OSError as error:
        raise ProblemFoundError(
            f"không ghi được vào {settings.data_path} ({error.strerror}). Chọn thư mục khác bằng BANSO_DATA_DIR"
        ) from None
    if free < FREE_BYTES_WANTED:
        raise ProblemFoundError(f"còn {free // 2**20} MB; nên có ít nhất {FREE_BYTES_WANTED // 2**20} MB. Xoá bớt tệp không dùng")
    return f"{settings.data_path}, còn {free // 2**30} GB"


def _key(settings: Settings) -> str:
    read_secret_key(settings)
    return "đọc được"


def _content(_settings: Settings) -> str:
    try:
        curriculum = check_all(ROOT, today())
    except ContentError as error:
        raise ProblemFoundError(f"{len(error.problems)} lỗi. Xem: ./banso content lint") from None
    late = overdue(curriculum, today())
    return f"{len(curriculum.answers)} câu trả lời" + (f"; {len(late)} câu đã quá hạn rà soát, đầu tiên: {late[0].slug}" if late else "")


def _model(settings: Settings) -> str:
    model = current_model(settings)
    if model is None:
        raise ProblemFoundError("chưa huấn luyện trên dữ liệu hiện tại. Chạy: ./banso train")
    return model.name


def _database(settings: Settings) -> str:
    try:
        return asyncio.run(_published(settings))
    except ProblemFoundError:
        raise
    except SettingsError as error:
        raise ProblemFoundError(str(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever a database driver raises
        raise ProblemFoundError(
            f"không dùng được ({type(error).__name__}). Kiểm tra BANSO_DATABASE_URL, hoặc chạy: ./banso content publish"
        ) from None


async def _published(settings: Settings) -> str:
    repository = await open_repository(settings)
    try:
        published = await active(repository)
    finally:
        await repository.close()
    if published is None:
        raise ProblemFoundError("chưa có nội dung. Chạy: ./banso content publish")
    return f"nội dung bản {published[0]}"


def _service(settings: Settings) -> str:
    url = f"http://127.0.0.1:{settings.port}/healthz/ready"
    try:
        response = httpx.get(url, timeout=5)
        checks = response.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError):
        return f"không chạy ở cổng {settings.port} (chạy bằng: make run)"
    if response.status_code != httpx.codes.OK:
        down = ", ".join(name for name, is_up in checks.items() if not is_up)
        raise ProblemFoundError(f"đang chạy nhưng hỏng: {down}. Xem nhật ký {settings.data_path / 'nlu.log'}")
    return f"đang chạy ở cổng {settings.port}, sẵn sàng"
