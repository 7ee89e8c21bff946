"""From an address to what may be kept of it, and who may say which address it was."""

import hashlib
import hmac
from ipaddress import ip_network

import pytest

from api.collector.privacy import IpClasses, client_address, household_hash, pack, prefix, scrub

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
SECRET = b"s" * 32


def test_a_household_is_an_ipv4_address_or_the_first_64_bits_of_an_ipv6_one() -> None:
    v4, mapped = pack("203.0.113.9"), pack("::ffff:203.0.113.9")
    assert v4 is not None and v4 == mapped
    assert household_hash(SECRET, v4) == hmac.new(SECRET, bytes([203, 0, 113, 9]), hashlib.sha256).digest()
    here, moved, other = pack("2001:db8:1:2::3"), pack("2001:db8:1:2:ffff::9"), pack("2001:db8:1:3::3")
    assert here and moved and other
    assert household_hash(SECRET, here) == household_hash(SECRET, moved) != household_hash(SECRET, other)
    assert household_hash(SECRET, here) != household_hash(b"t" * 32, here)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("[2001:db8::1]:443", "2001:db8::/48"),
        ("203.0.113.9:80", "203.0.113.0/24"),
    ],
)
def test_only_a_truncated_prefix_is_kept(text: str, kept: str) -> None:
    packed = pack(text)
    assert packed is not None and prefix(packed) == kept


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113", "1.2.3.4.5", "_hidden"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert pack(text) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # nobody trusts this peer: what it forwards is its own invention
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),  # the left end is written by the client
        ("10.0.0.1", "198.51.100.7, unknown", None),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(peer: str, forwarded: str, client: str | None) -> None:
    assert client_address(peer, forwarded, TRUSTED) == (None if client is None else pack(client))


def test_the_longest_prefix_names_the_class_and_only_a_list_makes_households() -> None:
    classes = IpClasses.of(
        "v1",
        [
            (ip_network("198.51.0.0/16"), "mobile"),
            (ip_network("198.51.100.0/24"), "datacenter"),
            (ip_network("2001:db8::/32"), "vpn"),
        ],
    )
    judged = [
        classes.judge(pack(text) or b"") for text in ("198.51.100.7", "198.51.7.7", "203.0.113.9", "2001:db8::1", "2001:db9::1")
    ]
    assert judged == ["datacenter", "mobile", "household", "vpn", "household"]
    assert IpClasses().judge(pack("203.0.113.9") or b"") == "unknown"


@pytest.mark.parametrize(
    ("original", "scrubbed"),
    [
        (b'{"ip":"203.0.113.9","at":"08:30:00"}', b'{"ip":"203.0.113.0","at":"08:30:00"}'),
        (b"203.0.113.9:8080, 198.51.100.7", b"203.0.113.0:8080, 198.51.100.0"),
        (b'"2001:db8:1:2::3"', b'"2001:db8:1::"'),
        (b"x=2001%3Adb8%3A1%3A2%3A%3A3&y", b"x=2001:db8:1::&y"),
        (b'"::ffff:203.0.113.9"', b'"203.0.113.0"'),
        (b"Chrome/130.0.0.0 999.1.1.1", b"Chrome/130.0.0.0 999.1.1.1"),
        (b"\xff\x00 203.0.113.9", b"\xff\x00 203.0.113.0"),
    ],
)
def test_quarantined_bytes_hold_prefixes_and_no_addresses(original: bytes, scrubbed: bytes) -> None:
    assert scrub(original) == scrubbed
