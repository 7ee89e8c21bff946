"""Passwords, keys, signatures, rates and addresses, without a database."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from starlette.requests import Request

from api.auth.addresses import client_address
from api.auth.keys import key_hash, new_api_key
from api.auth.passwords import hash_password, is_password
from api.auth.principals import Principal
from api.auth.registration import new_slug
from api.auth.sessions import Signer
from api.routes.reports import safe_filename
from api.settings import ApiSettings


def test_passwords_match_themselves_alone() -> None:
    stored = hash_password("a long pass phrase")
    assert is_password(stored, "a long pass phrase")
    assert not is_password(stored, "A long pass phrase")
    assert not is_password(None, "hostread: no such account"), "the stand-in's password opens nothing"
    assert not is_password("not a hash", "x")


def test_keys_are_long_and_kept_as_digests() -> None:
    key, shown, digest = new_api_key()
    assert key.startswith(shown) and len(shown) < 12 < 40 < len(key)
    assert digest == key_hash(key) and len(digest) == 32 and new_api_key()[0] != key


def test_a_cookie_of_another_key_or_purpose_is_none() -> None:
    ours, theirs, session = Signer("a" * 32), Signer("b" * 32), uuid4()
    assert ours.read_cookie(ours.cookie(7, session)) == (7, session)
    assert theirs.read_cookie(ours.cookie(7, session)) is None
    assert ours.read_cookie(ours.csrf_token(session)) is None
    assert ours.is_csrf_token(session, ours.csrf_token(session))
    assert not ours.is_csrf_token(uuid4(), ours.csrf_token(session))
    assert not ours.is_csrf_token(session, ours.cookie(7, session)) and not ours.is_csrf_token(session, "")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "garbage", "garbage"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
    ],
)
def test_only_a_trusted_proxy_says_who_came(peer: str, forwarded: str, expected: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "headers": headers, "client": (peer, 1)})
    settings = ApiSettings(database_url="postgresql://", secret_key="s" * 32, trusted_proxies="10.0.0.0/8")
    assert client_address(request, settings.trusted_proxies) == expected


def test_settings_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"found '10\.0\.0\.0/99', expected networks"):
        ApiSettings(database_url="postgresql://", secret_key="s" * 32, trusted_proxies="10.0.0.0/99")
    with pytest.raises(ValueError, match="at least 16"):
        ApiSettings(database_url="postgresql://", secret_key="short")
    settings = ApiSettings(database_url="postgresql://u:hidden@h/d", secret_key="s" * 32, public_url="https://x.example/")
    assert settings.base_url == "https://x.example" and settings.has_https
    assert "hidden" not in repr(settings) and "ssss" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "stem"), [("Night Network", "night-network"), ("Ünï Çø", "uni-c"), ("日本", "account"), ("-" * 90, "account")]
)
def test_slugs_are_what_the_schema_takes(name: str, stem: str) -> None:
    slug = new_slug(name)
    assert slug.rpartition("-")[0] == stem and new_slug(name) != slug and len(slug) <= 63


def test_a_sponsor_without_a_sponsor_sees_nothing() -> None:
    who = Principal(1, "sponsor", "user", uuid4())
    assert not who.may_see_sponsor(uuid4()) and who.sees_sponsor is not None
    assert SimpleNamespace(**{"ok": Principal(1, "owner", "user", uuid4())}).ok.may_see_sponsor(uuid4())


def test_file_names_break_no_header() -> None:
    assert safe_filename('a"\r\nX: y/../é.pdf') == "a___X_ y_.._é.pdf".replace("é", "_")
    assert safe_filename("...") == "report"
