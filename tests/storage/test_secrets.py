"""Secrets at rest: readable with the key alone, which its owner alone can read."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.settings import read_settings
from core.storage import secrets
from core.storage.secrets import SecretsUnreadable, decrypt, encrypt
from tests.conftest import Registry

SAID = {"token": "pässword", "password": "x"}


def use_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("CASELOAD_SECRET_KEY", key)
    read_settings.cache_clear()


@pytest.fixture(autouse=True)
def forget_settings() -> object:
    yield
    read_settings.cache_clear()


def test_what_was_encrypted_comes_back_and_shows_nothing(embedded: Registry) -> None:
    kept = encrypt(SAID)

    assert decrypt(kept) == SAID
    assert decrypt(None) == {}
    assert "word" not in kept and encrypt(SAID) != kept


def test_the_key_is_made_once_for_its_owner_alone(embedded: Registry) -> None:
    encrypt(SAID)
    path: Path = embedded.data_dir / secrets.KEY_FILE
    first = path.read_text()
    encrypt(SAID)

    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in embedded.data_dir.glob("secret*")] == [secrets.KEY_FILE]


def test_another_key_reads_nothing_and_says_what_to_do(
    embedded: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = encrypt(SAID)
    use_key(monkeypatch, Fernet.generate_key().decode())

    with pytest.raises(SecretsUnreadable, match="Set them anew"):
        decrypt(kept)


def test_an_old_key_can_be_retired(embedded: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (Fernet.generate_key().decode() for _key in range(2))
    use_key(monkeypatch, old)
    before = encrypt(SAID)
    use_key(monkeypatch, f"{new},{old}")

    both = decrypt(before), decrypt(encrypt(SAID))
    kept = encrypt(SAID)
    use_key(monkeypatch, new)

    assert both == (SAID, SAID)
    assert decrypt(kept) == SAID
    with pytest.raises(SecretsUnreadable):
        decrypt(before)


def test_a_key_that_is_none_is_refused_without_being_shown(
    embedded: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_key(monkeypatch, "not-a-key")

    with pytest.raises(SecretsUnreadable) as refused:
        encrypt(SAID)
    assert "not-a-key" not in str(refused.value) + repr(read_settings())
