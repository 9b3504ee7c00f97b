"""The secret key at work."""

import hashlib

import pytest

from actions.learners.keys import FINGERPRINT_CHARACTERS, Keys, SealError
from actions.learners.tables import SENDER_KEY_CHARACTERS

OURS, THEIRS = Keys(b"k" * 32), Keys(b"z" * 32)


def test_a_sender_has_the_same_hash_every_time():
    assert OURS.sender_key("web", "0901") == Keys(b"k" * 32).sender_key("web", "0901")


@pytest.mark.parametrize(
    ("keys", "channel", "sender"),
    [
        pytest.param(THEIRS, "web", "0901", id="other key"),
        pytest.param(OURS, "zalo", "0901", id="other channel"),
        pytest.param(OURS, "web", "0902", id="other sender"),
    ],
)
def test_another_has_another_hash(keys, channel, sender):
    assert keys.sender_key(channel, sender) != OURS.sender_key("web", "0901")


def test_a_hash_fits_its_column_and_is_not_a_plain_one():
    plain = hashlib.sha256(b"web|0901").hexdigest()

    assert len(OURS.sender_key("web", "0901")) == len(OURS.sender_key("zalo", "x" * 500)) == SENDER_KEY_CHARACTERS
    assert OURS.sender_key("web", "0901") != plain


def test_a_seal_opens_with_its_own_key():
    sealed = OURS.seal("Nguyễn Thị Lan")

    assert "Lan" not in sealed
    assert Keys(b"k" * 32).unseal(sealed) == "Nguyễn Thị Lan"


def test_two_seals_of_one_name_do_not_look_alike():
    assert OURS.seal("Lan") != OURS.seal("Lan")


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param(THEIRS.seal("Lan"), id="other key"),
        pytest.param("không phải", id="no seal"),
        pytest.param("", id="empty"),
        pytest.param(OURS.seal("Lan")[:-4] + "AAA=", id="changed"),
    ],
)
def test_what_was_not_sealed_with_the_key_does_not_open(sealed):
    with pytest.raises(SealError):
        OURS.unseal(sealed)


def test_a_fingerprint_tells_keys_apart_and_is_no_plain_hash():
    assert OURS.fingerprint == Keys(b"k" * 32).fingerprint
    assert OURS.fingerprint != THEIRS.fingerprint
    assert len(OURS.fingerprint) == FINGERPRINT_CHARACTERS
    assert OURS.fingerprint not in (hashlib.sha256(b"k" * 32).hexdigest()[:FINGERPRINT_CHARACTERS], (b"k" * 8).hex())
