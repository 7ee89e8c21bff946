import pytest

from assets.lib.secrets_box import WrongSecretKeyError, decrypt, encrypt


def test_only_the_same_key_opens_a_credential() -> None:
    sealed = encrypt("token-123", "one")
    assert b"token-123" not in sealed
    assert decrypt(sealed, "one") == "token-123"
    with pytest.raises(WrongSecretKeyError, match="HOSTREAD_SECRET_KEY") as caught:
        decrypt(sealed, "two")
    assert "token-123" not in str(caught.value)
