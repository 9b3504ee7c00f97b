import pytest

from bot.settings import ROOT, Settings, SettingsError, read_settings


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


@pytest.mark.parametrize(
    ("host", "public_url", "shown"),
    [
        pytest.param("127.0.0.1", "", "http://127.0.0.1:8000", id="this machine"),
        pytest.param("0.0.0.0", "", "http://127.0.0.1:8000", id="all addresses are none to open"),
        pytest.param("192.168.1.5", "", "http://192.168.1.5:8000", id="a machine in the house"),
        pytest.param("0.0.0.0", "https://banso.xa.vn/", "https://banso.xa.vn", id="as people reach it, without the last slash"),
    ],
)
def test_the_address_in_certificates_is_one_that_opens(host, public_url, shown):
    assert Settings(host=host, public_url=public_url).effective_public_url == shown


@pytest.mark.parametrize(("days", "is_allowed"), [("29", False), ("30", True), ("3650", True), ("3651", False)])
def test_learners_are_kept_a_month_at_least_and_ten_years_at_most(monkeypatch, days, is_allowed):
    monkeypatch.setenv("BANSO_LEARNER_RETENTION_DAYS", days)

    if is_allowed:
        assert read_settings().learner_retention_days == int(days)
    else:
        with pytest.raises(SettingsError, match="BANSO_LEARNER_RETENTION_DAYS"):
            read_settings()


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("123:abc\n", encoding="utf-8")
    monkeypatch.setenv("BANSO_TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))

    from_file = read_settings().telegram_token.get_secret_value()
    monkeypatch.setenv("BANSO_TELEGRAM_TOKEN", "456:def")
    given = read_settings().telegram_token.get_secret_value()

    assert (from_file, given) == ("123:abc", "456:def")


def test_a_secrets_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("BANSO_ZALO_BOT_TOKEN_FILE", str(tmp_path / "gone"))

    with pytest.raises(SettingsError, match="BANSO_ZALO_BOT_TOKEN_FILE"):
        read_settings()
