import hashlib
import hmac
import ipaddress
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.lib.privacy import HouseholdKey, IpRanges, build_ranges, household_hash, key_at, parse_address, prefix, scrub

SECRET = b"k" * 32
V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6).filter(lambda address: address.ipv4_mapped is None)


def test_the_hash_is_the_protocols_own_so_that_the_collector_and_the_logs_meet() -> None:
    assert (
        household_hash(SECRET, parse_address("203.0.113.9")) == hmac.new(SECRET, bytes([203, 0, 113, 9]), hashlib.sha256).digest()
    )
    v6 = parse_address("2001:db8:1:2:3:4:5:6")
    assert household_hash(SECRET, v6) == hmac.new(SECRET, bytes.fromhex("20010db800010002"), hashlib.sha256).digest()


@given(V4)
def test_a_mapped_address_is_the_ipv4_one(address: ipaddress.IPv4Address) -> None:
    assert household_hash(SECRET, parse_address(f"::ffff:{address}")) == household_hash(SECRET, parse_address(str(address)))


@given(V6, st.integers(0, 2**64 - 1))
def test_two_devices_of_one_ipv6_network_are_one_household(address: ipaddress.IPv6Address, interface: int) -> None:
    other = ipaddress.IPv6Address((int(address) >> 64 << 64) | interface)
    assert household_hash(SECRET, address) == household_hash(SECRET, other)


@given(st.one_of(V4, V6))
def test_the_prefix_is_a_network_that_holds_the_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    network = ipaddress.ip_network(prefix(address))
    assert address in network
    assert network.prefixlen == (24 if address.version == 4 else 48)
    assert prefix(address) == str(ipaddress.ip_network((address, network.prefixlen), strict=False))


def test_the_longest_range_wins_and_outside_every_range_is_a_household() -> None:
    ranges = build_ranges("v1", [("10.0.0.0/8", "corporate"), ("10.1.0.0/16", "datacenter"), ("2001:db8::/32", "mobile")])
    found = [ranges.classify(parse_address(text)) for text in ("10.1.2.3", "10.2.0.1", "11.0.0.1", "2001:db8::1", "2001:db9::1")]
    assert found == ["datacenter", "corporate", "household", "mobile", "household"]
    # ::/104 must not be taken for an IPv4 range of the same number.
    assert build_ranges("v1", [("::a00:0/104", "vpn")]).classify(parse_address("10.0.0.1")) == "household"


def test_without_a_list_nothing_is_claimed() -> None:
    assert IpRanges().classify(parse_address("11.0.0.1")) == "unknown"


@given(
    st.one_of(V4, V6), st.sampled_from([b'{"ip": "%s"}', b"%s - - [x]", b"ip=%s&x=1", b"[%s]", b"client %s, port", b"\xff%s\x00"])
)
def test_no_address_survives_quarantine(address: ipaddress.IPv4Address | ipaddress.IPv6Address, frame: bytes) -> None:
    scrubbed = scrub(frame % str(address).encode())
    assert prefix(address).encode() in scrubbed
    left = re.sub(re.escape(prefix(address)).encode(), b"", scrubbed)
    assert str(address).encode() not in left


@pytest.mark.parametrize(
    ("original", "scrubbed"),
    [
        (b"203.0.113.9:443", b"203.0.113.0/24"),
        (b"2001%3Adb8%3A1%3A2%3A%3A9", b"2001:db8:1::/48"),
        (b"fe80::1%eth0 x", b"fe80::/48 x"),
        (b"::ffff:203.0.113.9", b"203.0.113.0/24"),
        (b"from 203.0.113.9. Next", b"from 203.0.113.0/24 Next"),
        (b"at 2026-01-31T10:11:12Z std::vector 1.2.3", b"at 2026-01-31T10:11:12Z std::vector 1.2.3"),
    ],
)
def test_what_is_scrubbed(original: bytes, scrubbed: bytes) -> None:
    assert scrub(original) == scrubbed


def test_a_request_is_hashed_under_the_key_of_its_own_time() -> None:
    turn = datetime(2026, 4, 1, tzinfo=UTC)
    first = HouseholdKey(1, b"a" * 32, datetime.min.replace(tzinfo=UTC), turn)
    second = HouseholdKey(2, b"b" * 32, turn, datetime.max.replace(tzinfo=UTC))
    epochs = [key_at([first, second], at).epoch for at in (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), turn)]
    assert epochs == [1, 2]
