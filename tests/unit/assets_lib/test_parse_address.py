"""One address, whichever way it is parsed: the short way of IPv4 must take no other spelling than the library's."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.lib.privacy import parse_address


@given(st.one_of(st.ip_addresses().map(str), st.text(max_size=20), st.from_regex(r"[0-9a-fx. :%]{1,24}", fullmatch=True)))
def test_the_short_way_takes_what_the_library_takes_and_nothing_else(text: str) -> None:
    try:
        expected = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        with pytest.raises(ValueError):
            parse_address(text)
        return
    if isinstance(expected, ipaddress.IPv6Address) and expected.ipv4_mapped is not None:
        expected = expected.ipv4_mapped
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["1.2.3", "01.2.3.4", "0x7f.1.1.1", "256.1.1.1", "1.2.3.4\x00", "", "１.2.3.4"])
def test_other_spellings_of_an_address_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_address(text)
