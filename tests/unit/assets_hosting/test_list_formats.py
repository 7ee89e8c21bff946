"""Publishers' documents in the shapes that their own pages describe, and what is none of them."""

import json

import pytest

from assets.lib.privacy import build_ranges
from assets.lists.formats import AGENT_FORMATS, IP_FORMATS, FormatError, parse
from assets.lists.recount import PrefixJudge
from assets.lists.sources import SourcesError, read_sources
from assets.lists.versions import with_safe

# Each is the smallest document of its publisher's published shape.
DOCUMENTS = {
    "aws": {
        "syncToken": "1", "prefixes": [{"ip_prefix": "3.5.140.0/22", "service": "S3"}],
        "ipv6_prefixes": [{"ipv6_prefix": "2600:1f14::/35"}],
    },
    "google": {"syncToken": "1", "prefixes": [{"ipv4Prefix": "34.80.0.0/15"}, {"ipv6Prefix": "2600:1900:4030::/44"}]},
    "azure": {
        "values": [{"name": "AzureCloud", "properties": {"addressPrefixes": ["20.33.0.0/16", "2603:1000::/40"]}}, {"name": "Sql"}],
    },
    "oracle": {"regions": [{"region": "x", "cidrs": [{"cidr": "129.146.0.0/21"}, {"cidr": "2603:c000::/40"}]}]},
    "ripestat": {"data": {"prefixes": [{"prefix": "88.198.0.0/16"}, {"prefix": "2a01:4f8::/32"}]}},
    "mullvad": [{"hostname": "a", "ipv4_addr_in": "45.83.220.1", "ipv6_addr_in": "2a0d:5600:8::1"}],
    "geofeed": "# comment\n45.55.0.0/16,US,US-NY,New York,\n2604:a880::/32,US,,,\n",
    "lines": "# exits\n\n185.220.101.1\n185.220.101.0/24 # all\n",
    "classes": "network,ip_class\n3.5.140.0/22,datacenter\n24.0.0.0/8,household\n",
}  # fmt: skip


def as_bytes(document: object) -> bytes:
    return (document if isinstance(document, str) else json.dumps(document)).encode()


def test_every_format_has_its_document() -> None:
    assert DOCUMENTS.keys() == IP_FORMATS.keys()
    assert AGENT_FORMATS.keys() == {"opawg", "crawlers"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_publishers_shape_is_read(name: str) -> None:
    parsed = parse(as_bytes(DOCUMENTS[name]), name, "datacenter")
    assert len(parsed.entries) == 2 and parsed.rejected == []
    assert {kind for _, kind in parsed.entries} <= {"datacenter", "household"}


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in ("geofeed", "lines")])
@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"other": 1}', b"\xff\xfe", b"[]"[:1]])
def test_what_is_no_such_document_is_said(name: str, body: bytes) -> None:
    with pytest.raises(FormatError, match="found"):
        parse(body, name, "datacenter")


def test_a_bad_entry_is_told_and_left_out() -> None:
    parsed = parse(b"185.220.101.1\nnowhere\n", "lines", "vpn")
    assert parsed.entries == [["185.220.101.1/32", "vpn"]] and parsed.rejected[0][0] == "nowhere"
    agents = parse(b'{"entries": [{"name": "a", "pattern": "("}, {"name": "b", "pattern": "b", "category": "bot"}]}', "opawg")
    assert agents.entries == [["b", "b", "bot"]] and "which is none" in agents.rejected[0][1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not toml =", "cannot be read"),
        ('[[source]]\nname = "a"', "expected name, list, format and url"),
        ('[[source]]\nname="a"\nlist="ip_ranges"\nformat="opawg"\nurl="https://a"', "in format 'opawg'"),
        ('[[source]]\nname="a"\nlist="ip_ranges"\nformat="aws"\nurl="https://a"', "found ip_class None"),
        ('[[source]]\nname="a"\nlist="ip_ranges"\nformat="aws"\nurl="https://a"\nip_class="vpn"\nfollow="("', "which is none"),
        ('[[source]]\nname="a"\nlist="ip_ranges"\nformat="aws"\nurl="https://a"\nip_class="vpn"\n' * 2, "found the source a twice"),
    ],
)
def test_a_wrong_file_of_sources_says_what_is_wrong(tmp_path: object, text: str, found: str) -> None:
    path = tmp_path / "sources.toml"  # type: ignore[operator]
    path.write_text(text, "utf-8")
    with pytest.raises(SourcesError, match=found):
        read_sources(path)


def test_safe_networks_take_what_lies_inside_them_and_nothing_else() -> None:
    entries = {"3.5.1.0/24": "datacenter", "3.5.2.0/24": "mobile", "3.6.0.0/16": "vpn", "2600::/32": "datacenter"}
    assert with_safe(entries, [("3.5.0.0/16", "corporate")]) == {
        "3.5.2.0/24": "mobile", "3.6.0.0/16": "vpn", "2600::/32": "datacenter", "3.5.0.0/16": "corporate",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("3.5.1.0/24", "datacenter"),
        ("24.1.1.0/24", "household"),
        # A part of it is another class: the address would have to be known.
        ("3.5.9.0/24", None),
        ("24.1.9.0/24", None),
        # A longer range of the same class divides nothing.
        ("3.5.8.0/24", "datacenter"),
        ("2600:1f14:1::/48", "datacenter"),
        ("2600:1f14:2::/48", None),
    ],
)
def test_a_prefix_is_judged_where_all_its_addresses_agree(prefix: str, expected: str | None) -> None:
    entries = [
        ("3.5.0.0/16", "datacenter"), ("3.5.9.128/25", "mobile"), ("3.5.8.0/25", "datacenter"), ("24.1.9.7/32", "vpn"),
        ("2600:1f14::/35", "datacenter"), ("2600:1f14:2:1::/64", "mobile"),
    ]  # fmt: skip
    assert PrefixJudge(build_ranges("v", entries)).classify(prefix) == expected
