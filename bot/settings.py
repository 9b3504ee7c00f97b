"""All settings of the service; the only reader of environment variables.

Each setting is read from `BANSO_<NAME>`; a secret also from the file named by
`BANSO_<NAME>_FILE`. `.env.example` lists them all.
"""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

Mode = Literal["auto", "polling", "webhook"]
ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN_CHARACTERS = 32


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what is allowed."""


class Settings(BaseSettings):
    """The service's settings, read once at start and passed on."""

    model_config = SettingsConfigDict(env_prefix="BANSO_", env_file=None, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Địa chỉ mà dịch vụ nghe; 0.0.0.0 để máy khác vào được")
    port: int = Field(8000, ge=1, le=65535, description="Cổng của trang chat và REST API")
    data_dir: Path = Field(Path("var"), description="Thư mục chứa mọi thứ dịch vụ ghi ra")
    database_url: str = Field("", description="Để trống: SQLite trong thư mục dữ liệu; hoặc postgresql://…")
    nlu_url: str = Field("", description="Để trống: tự chạy máy chủ NLU; hoặc địa chỉ một máy chủ NLU có sẵn")
    nlu_timeout_seconds: float = Field(4.0, gt=0, le=60, description="Chờ máy chủ NLU tối đa")
    secret_key: SecretStr = Field(SecretStr(""), description="Khoá băm và mã hoá; để trống: tự tạo trong thư mục dữ liệu")
    secret_key_file: Path | None = Field(None, description="Tệp chứa khoá, thay cho BANSO_SECRET_KEY")
    max_text_characters: int = Field(2000, ge=100, le=10000, description="Một tin nhắn dài tối đa (ký tự)")
    sender_messages_per_minute: int = Field(30, ge=1, description="Một người gửi tối đa mỗi phút")
    address_requests_per_minute: int = Field(600, ge=1, description="Một địa chỉ mạng gửi tối đa mỗi phút (trừ máy này)")
    forwarded_allow_ips: str = Field("127.0.0.1", description="Proxy được tin về địa chỉ người gửi")
    unanswered_retention_days: int = Field(90, ge=1, le=3650, description="Giữ câu hỏi chưa trả lời được (đã che) tối đa")
    learner_retention_days: int = Field(730, ge=30, le=3650, description="Xoá người học sau chừng này ngày không quay lại")
    public_url: str = Field("", description="Địa chỉ người dân mở trang chat, dùng trong giấy chứng nhận và mã QR của lớp")
    telegram_token: SecretStr = Field(SecretStr(""), description="Mã của bot Telegram (BotFather cấp); để trống: không mở Telegram")
    telegram_mode: Mode = Field("auto", description="auto, polling (tự hỏi tin) hoặc webhook (Telegram gửi tin tới)")
    telegram_webhook_secret: SecretStr = Field(SecretStr(""), description="Mã bí mật của webhook Telegram; để trống: tự tạo")
    telegram_api_url: str = Field("https://api.telegram.org", description="Địa chỉ Bot API của Telegram")
    telegram_messages_per_second: float = Field(30, gt=0, le=1000, description="Bot Telegram gửi tối đa mỗi giây")
    zalo_oa_id: str = Field("", pattern=r"^\d*$", description="Mã của Zalo Official Account; để trống: không mở Zalo OA")
    zalo_oa_app_id: str = Field("", pattern=r"^\d*$", description="Mã ứng dụng Zalo đã được OA cấp quyền")
    zalo_oa_app_secret: SecretStr = Field(SecretStr(""), description="Khoá bí mật của ứng dụng Zalo, dùng để xin mã truy cập")
    zalo_oa_secret_key: SecretStr = Field(SecretStr(""), description="OA Secret Key ở trang webhook, dùng để kiểm chữ ký")
    zalo_oa_refresh_token: SecretStr = Field(SecretStr(""), description="Refresh token đầu tiên của OA; về sau tự đổi và giữ trong dữ liệu")
    zalo_oa_api_url: str = Field("https://openapi.zalo.me", description="Địa chỉ OpenAPI của Zalo")
    zalo_oauth_url: str = Field("https://oauth.zaloapp.com", description="Địa chỉ OAuth của Zalo")
    zalo_oa_messages_per_minute: float = Field(2000, gt=0, le=4000, description="Zalo OA gửi tối đa mỗi phút")
    zalo_bot_token: SecretStr = Field(SecretStr(""), description="Mã của Zalo Bot; để trống: không mở Zalo Bot")
    zalo_bot_mode: Mode = Field("auto", description="auto, polling (chỉ để thử) hoặc webhook")
    zalo_bot_webhook_secret: SecretStr = Field(SecretStr(""), description="Mã bí mật của webhook Zalo Bot; để trống: tự tạo")
    zalo_bot_api_url: str = Field("https://bot-api.zaloplatforms.com", description="Địa chỉ API của Zalo Bot")
    worker_turns_at_once: int = Field(16, ge=1, le=256, description="Một bản dịch vụ xử lý tối đa bao nhiêu lượt cùng lúc")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Mức nhật ký")

    @model_validator(mode="after")
    def _check_database_url(self) -> Self:
        if self.database_url and not self.database_url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("BANSO_DATABASE_URL phải mở bằng sqlite:/// hoặc postgresql://")
        return self

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if secret and len(secret) < SECRET_KEY_MIN_CHARACTERS:
            raise ValueError(f"BANSO_SECRET_KEY cần ít nhất {SECRET_KEY_MIN_CHARACTERS} ký tự")
        return self

    @property
    def data_path(self) -> Path:
        """The data folder; a relative one is meant from the project's root."""
        return self.data_dir if self.data_dir.is_absolute() else ROOT / self.data_dir

    @property
    def effective_database_url(self) -> str:
        """The database that is used: the given one, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_path / 'banso.sqlite3'}"

    @property
    def effective_public_url(self) -> str:
        """The address by which people reach the service, without a slash at its end."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return (self.public_url or f"http://{shown}:{self.port}").rstrip("/")

    @property
    def models_path(self) -> Path:
        """Where trained models are kept."""
        return self.data_path / "models"


def unreachable(settings: Settings) -> str:
    """Say that the database cannot be reached, and what to do; its password is not shown."""
    shown = make_url(settings.effective_database_url).render_as_string(hide_password=True)
    return f"Không nối được cơ sở dữ liệu {shown}. Hãy xem nó có đang chạy không, và kiểm tra BANSO_DATABASE_URL."


def secret_names() -> list[str]:
    """Return the settings that may come from a file, beside the secret key, whose file is a setting of its own."""
    return [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr and name != "secret_key"]


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: With one line for each setting that cannot be used.
    """
    try:
        return Settings(**(_secrets_from_files() | overrides))  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            # A rule of the whole names its setting itself; a secret is never shown.
            shown = f"BANSO_{name} (đang là {problem['input']!r}): " if name and "SECRET" not in name else ""
            lines.append(f"Cài đặt không dùng được: {shown}{problem['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None


def _secrets_from_files() -> dict[str, object]:
    found: dict[str, object] = {}
    for name in secret_names():
        variable = f"BANSO_{name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if not path or os.environ.get(variable):
            continue
        try:
            found[name] = SecretStr(Path(path).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"Không đọc được tệp ở {variable}_FILE ({path}): {error}. Hãy kiểm tra đường dẫn và quyền đọc.") from None
    return found
