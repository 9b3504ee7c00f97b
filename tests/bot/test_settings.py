import pytest

from bot.settings import ROOT, Settings, SettingsError, read_secret_key, read_settings


def test_example_file_lists_every_setting_with_its_default():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.removeprefix("# ").split("=", 1) for line in lines if line.startswith("# BANSO_"))

    defaults = {f"BANSO_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    defaults = {name: "" if str(value) in ("None", "**********") or not str(value) else str(value) for name, value in defaults.items()}
    assert listed == defaults


def test_readme_names_the_example_file():
    assert ".env.example" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BANSO_PORT", "eight"),
        ("BANSO_PORT", "0"),
        ("BANSO_PORT", "99999"),
        ("BANSO_LOG_LEVEL", "LOUD"),
        ("BANSO_MAX_TEXT_CHARACTERS", "-1"),
    ],
)
def test_a_bad_setting_names_itself(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_a_short_secret_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("BANSO_SECRET_KEY", "hunter2")

    with pytest.raises(SettingsError) as raised:
        read_settings()

    assert "BANSO_SECRET_KEY" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_key_is_made_once_and_kept_private(tmp_path):
    settings = Settings(data_dir=tmp_path)

    key = read_secret_key(settings)

    assert read_secret_key(settings) == key
    assert len(key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_the_key_may_stand_in_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("x" * 40)

    assert read_secret_key(Settings(data_dir=tmp_path, secret_key_file=path)) == b"x" * 40
    with pytest.raises(SettingsError, match="nowhere"):
        read_secret_key(Settings(data_dir=tmp_path, secret_key_file=tmp_path / "nowhere"))
