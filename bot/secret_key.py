"""The secret key's file: made at the first start, checked against the data, changed by a command."""

import secrets
from pathlib import Path

from actions.learners.database import migrate, open_database
from actions.learners.keys import Keys, SealError
from actions.learners.repository import Repository
from bot.settings import SECRET_KEY_MIN_CHARACTERS, Settings, SettingsError

NEW_SUFFIX = ".new"


async def open_repository(settings: Settings) -> Repository:
    """Open the database with the key its data was made with.

    Raises:
        SettingsError: The key cannot be read, or it is not the one of the data.
    """
    repository = Repository(open_database(settings.effective_database_url), Keys(read_secret_key(settings)))
    if await repository.settle_key():
        return repository
    await repository.close()
    waiting = _own_file(settings).with_name(_own_file(settings).name + NEW_SUFFIX)
    if not settings.secret_key.get_secret_value() and settings.secret_key_file is None and waiting.exists():
        # A change of the key was cut off after the data was renewed and before the file was.
        repository = Repository(open_database(settings.effective_database_url), Keys(_read(waiting)))
        if await repository.settle_key():
            waiting.replace(_own_file(settings))
            return repository
        await repository.close()
    raise SettingsError(
        "Khoá bí mật không khớp với dữ liệu: dữ liệu được mã hoá bằng khoá khác. Hãy đặt lại đúng BANSO_SECRET_KEY hoặc "
        "BANSO_SECRET_KEY_FILE đã dùng; muốn đổi khoá thì chạy: ./banso keys rotate"
    )


async def rotate_key(settings: Settings, new_key_file: Path | None) -> dict[str, int]:
    """Change the secret key; the service must not be running.

    Args:
        settings: Where the present key and the data are.
        new_key_file: The new key; None makes one in the place of the service's own key file.

    Returns:
        How much was renewed.

    Raises:
        SettingsError: A key cannot be read, or the data was made with another one.
    """
    is_given = bool(settings.secret_key.get_secret_value()) or settings.secret_key_file is not None
    if is_given and new_key_file is None:
        raise SettingsError(
            "Khoá đang lấy từ BANSO_SECRET_KEY hoặc BANSO_SECRET_KEY_FILE; hãy ghi khoá mới vào một tệp rồi chạy: "
            "./banso keys rotate --new-key-file TỆP, sau đó đặt biến ấy theo khoá mới."
        )
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        own = _own_file(settings)
        waiting = own.with_name(own.name + NEW_SUFFIX)
        if new_key_file is None:
            _write(waiting, secrets.token_hex(32))
        renewed = await repository.rotate(Keys(_read(new_key_file or waiting)))
    except SealError:
        raise SettingsError("Dữ liệu không mở được bằng khoá hiện tại; chưa đổi gì.") from None
    else:
        if new_key_file is None:
            waiting.replace(own)
        return renewed
    finally:
        await repository.close()


def read_secret_key(settings: Settings) -> bytes:
    """Return the secret key; make and keep one where none is given.

    Raises:
        SettingsError: The key file is missing, short or unreadable.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    if settings.secret_key_file is not None:
        return _read(settings.secret_key_file)
    path = _own_file(settings)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, secrets.token_hex(32))
    return _read(path)


def _own_file(settings: Settings) -> Path:
    return settings.data_path / "secret_key"


def _write(path: Path, key: str) -> None:
    path.touch(mode=0o600)
    path.write_text(key, encoding="ascii")


def _read(path: Path) -> bytes:
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Không đọc được khoá ở {path}: {error}. Hãy kiểm tra BANSO_SECRET_KEY_FILE và quyền đọc.") from None
    if len(key) < SECRET_KEY_MIN_CHARACTERS:
        raise SettingsError(f"Khoá ở {path} ngắn hơn {SECRET_KEY_MIN_CHARACTERS} ký tự; hãy thay bằng khoá dài hơn.")
    return key.encode()
