"""What the API seals, the pipeline opens; and neither a message nor another key shows it."""

import pytest

from api.auth.sealing import seal
from assets.lib.secrets_box import WrongSecretKeyError, decrypt


def test_the_pipeline_opens_what_the_api_sealed() -> None:
    assert decrypt(seal("sekret:ü", "a" * 32), "a" * 32) == "sekret:ü"
    assert b"sekret" not in seal("sekret", "a" * 32)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongSecretKeyError) as raised:
        decrypt(seal("sekret", "a" * 32), "b" * 32)
    assert "sekret" not in str(raised.value)
