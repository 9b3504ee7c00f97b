"""The secret key: made once, held to the data it belongs to, changed by a command that may be cut off."""

import pytest

from actions.learners.database import migrate, open_database
from actions.learners.keys import Keys
from actions.learners.repository import Repository
from bot import clock, secret_key
from bot.secret_key import open_repository, read_secret_key, rotate_key
from bot.settings import Settings, SettingsError

OTHER = "y" * 40


@pytest.fixture
def migrated(settings):
    migrate(settings.effective_database_url)
    return settings


async def remember(settings, name="Hoa"):
    """Keep one named learner at the web address `may-nha`."""
    repository = await open_repository(settings)
    async with repository.transaction() as store:
        key = repository.keys.sender_key("web", "may-nha")
        identity = await store.people.identity_id(key, "web", "may-nha", clock.now())
        await store.people.add(identity, clock.now(), name)
    await repository.close()


async def recall(settings):
    """Return the name of the learner at the web address `may-nha`, found by its hash."""
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            learner = await store.people.learner(repository.keys.sender_key("web", "may-nha"))
            return learner and learner.name
    finally:
        await repository.close()


def test_a_key_is_made_once_and_kept_private(settings, tmp_path):
    key = read_secret_key(settings)

    assert read_secret_key(settings) == key
    assert len(key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_the_key_may_stand_in_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("x" * 40 + "\n")

    assert read_secret_key(Settings(data_dir=tmp_path, secret_key_file=path)) == b"x" * 40
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "BANSO_SECRET_KEY_FILE", id="no file"),
        pytest.param(b"short", "ngắn hơn 32", id="too short"),
        pytest.param("khoá bí mật có dấu, dài hơn ba mươi hai ký tự".encode(), "Không đọc được khoá", id="not ASCII"),
        pytest.param(b"", "ngắn hơn 32", id="empty"),
    ],
)
def test_a_file_that_is_no_key_is_refused(tmp_path, content, message):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=message) as raised:
        read_secret_key(Settings(data_dir=tmp_path, secret_key_file=path))

    assert str(path) in str(raised.value)


async def test_the_same_key_opens_the_data_again(migrated):
    await remember(migrated)

    assert await recall(migrated) == "Hoa"


async def test_another_key_is_refused_and_the_cure_is_named(migrated):
    await remember(migrated)
    wrong = migrated.model_copy(update={"secret_key": type(migrated.secret_key)(OTHER)})

    with pytest.raises(SettingsError) as raised:
        await open_repository(wrong)

    said = str(raised.value)
    assert "Khoá bí mật không khớp với dữ liệu" in said
    assert "BANSO_SECRET_KEY_FILE" in said
    assert "./banso keys rotate" in said
    assert OTHER not in said
    assert "\n" not in said
    assert await recall(migrated) == "Hoa"


async def test_a_lost_key_file_is_refused_too(migrated, tmp_path):
    await remember(migrated)
    key = (tmp_path / "secret_key").read_text()
    (tmp_path / "secret_key").unlink()

    with pytest.raises(SettingsError, match="không khớp"):
        await open_repository(migrated)

    (tmp_path / "secret_key").write_text(key)
    assert await recall(migrated) == "Hoa"


async def test_rotation_makes_a_new_key_and_everybody_is_found_by_it(migrated, tmp_path):
    await remember(migrated)
    before = read_secret_key(migrated)

    renewed = await rotate_key(migrated, None)

    assert read_secret_key(migrated) != before
    assert renewed["identities"] == 1
    assert await recall(migrated) == "Hoa"
    assert not (tmp_path / "secret_key.new").exists()
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


async def test_after_a_rotation_the_old_key_opens_nothing(migrated):
    await remember(migrated)
    before = read_secret_key(migrated).decode()
    await rotate_key(migrated, None)

    with pytest.raises(SettingsError, match="không khớp"):
        await open_repository(migrated.model_copy(update={"secret_key": type(migrated.secret_key)(before)}))


async def test_rotation_to_a_given_key(migrated, tmp_path):
    await remember(migrated)
    path = tmp_path / "new-key"
    path.write_text(OTHER)

    await rotate_key(migrated, path)

    assert await recall(migrated.model_copy(update={"secret_key_file": path})) == "Hoa"


async def test_a_key_from_the_environment_is_not_changed_behind_its_back(migrated, tmp_path):
    given = migrated.model_copy(update={"secret_key": type(migrated.secret_key)(OTHER)})
    await remember(given)

    with pytest.raises(SettingsError, match="--new-key-file"):
        await rotate_key(given, None)

    assert await recall(given) == "Hoa"
    assert not (tmp_path / "secret_key.new").exists()


async def test_rotation_with_the_wrong_key_changes_nothing(migrated, tmp_path):
    await remember(migrated)
    wrong = migrated.model_copy(update={"secret_key": type(migrated.secret_key)(OTHER)})
    path = tmp_path / "new-key"
    path.write_text("z" * 40)

    with pytest.raises(SettingsError, match="không khớp"):
        await rotate_key(wrong, path)

    assert await recall(migrated) == "Hoa"


async def test_a_new_key_that_is_too_short_changes_nothing(migrated, tmp_path):
    await remember(migrated)
    path = tmp_path / "new-key"
    path.write_text("short")

    with pytest.raises(SettingsError, match="ngắn hơn"):
        await rotate_key(migrated, path)

    assert await recall(migrated) == "Hoa"


async def test_a_rotation_cut_off_after_the_data_is_completed_at_the_next_start(migrated, tmp_path):
    await remember(migrated)
    old = read_secret_key(migrated)
    new = "n" * 64
    (tmp_path / "secret_key.new").write_text(new)
    repository = Repository(open_database(migrated.effective_database_url), Keys(old))
    await repository.rotate(Keys(new.encode()))
    await repository.close()

    assert await recall(migrated) == "Hoa"

    assert read_secret_key(migrated) == new.encode()
    assert not (tmp_path / "secret_key.new").exists()


async def test_a_rotation_cut_off_before_the_data_can_be_done_again(migrated, tmp_path, monkeypatch):
    await remember(migrated)
    old = read_secret_key(migrated)

    async def cut_off(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(secret_key.Repository, "rotate", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await rotate_key(migrated, None)

    assert (tmp_path / "secret_key.new").exists()
    assert await recall(migrated) == "Hoa"
    assert read_secret_key(migrated) == old
    await rotate_key(migrated, None)
    assert await recall(migrated) == "Hoa"
    assert read_secret_key(migrated) != old


async def test_a_waiting_key_that_is_not_the_datas_is_refused(migrated, tmp_path):
    await remember(migrated)
    key = tmp_path / "secret_key"
    key.write_text(OTHER)
    (tmp_path / "secret_key.new").write_text("z" * 64)

    with pytest.raises(SettingsError, match="không khớp"):
        await open_repository(migrated)

    assert key.read_text() == OTHER
