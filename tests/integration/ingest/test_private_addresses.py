"""The ways to write a private address that are known: none of them brings a connection to a listener on loopback.

Each spelling is asked twice. As the fetcher stands, with only the port allowed: nothing may arrive. And with private addresses
allowed, where the same spelling must arrive if the machine's resolver reads it as loopback: a listener that is deaf proves nothing.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from assets.lib.http import FetchError, FetchPolicy, fetch

# {p} is the listener's port. Those of the first list reach it where private addresses are allowed.
REACH_LOOPBACK = {
    "dotted": "http://127.0.0.1:{p}/",
    "another of the 16 million": "http://127.8.9.10:{p}/",
    "decimal": "http://2130706433:{p}/",
    "octal whole": "http://017700000001:{p}/",
    "octal parts": "http://0177.0.0.01:{p}/",
    "octal with many zeros": "http://0000000177.0.0.1:{p}/",
    "hex whole": "http://0x7f000001:{p}/",
    "hex upper case": "http://0X7F000001:{p}/",
    "hex parts": "http://0x7f.0x0.0x0.0x1:{p}/",
    "two parts": "http://127.1:{p}/",
    "three parts": "http://127.0.1:{p}/",
    "mixed bases": "http://0x7f.0.1:{p}/",
    "mixed octal and decimal": "http://0177.1:{p}/",
    "zero": "http://0:{p}/",
    "zeros": "http://0.0.0.0:{p}/",
    "hex zero": "http://0x0:{p}/",
    "localhost": "http://localhost:{p}/",
    "localhost in capitals": "http://LOCALHOST:{p}/",
    "userinfo that looks like a host": "http://feeds.example@127.0.0.1:{p}/",
    "userinfo that looks like a host and port": "http://feeds.example:80@127.0.0.1:{p}/",
    "credentials": "http://user:secret@127.0.0.1:{p}/",
    "empty credentials": "http://:@127.0.0.1:{p}/",
    "percent-encoded at sign": "http://feeds.example%40x@127.0.0.1:{p}/",
    "scheme in capitals": "HTTP://127.0.0.1:{p}/",
    "port with zeros": "http://127.0.0.1:0{p}/",
    "fragment with another host": "http://127.0.0.1:{p}#@feeds.example/",
    "query with another host": "http://127.0.0.1:{p}?@feeds.example/",
    "IPv6-mapped": "http://[::ffff:127.0.0.1]:{p}/",
    "IPv6-mapped hex": "http://[::ffff:7f00:1]:{p}/",
    "IPv6-mapped in full": "http://[0:0:0:0:0:ffff:127.0.0.1]:{p}/",
    "IPv6-mapped with zeros": "http://[0000:0000:0000:0000:0000:ffff:7f00:0001]:{p}/",
    "trailing slash missing": "http://127.0.0.1:{p}",
    "dots in the path": "http://127.0.0.1:{p}/../../feed",
    "tab within": "http://127.0.\t0.1:{p}/",
    "new line within": "http://127.0.0.1\n:{p}/",
    "space before": " http://127.0.0.1:{p}/",
}
REFUSED_ANYHOW = {
    "IPv6 loopback": "http://[::1]:{p}/",
    "IPv6 loopback in full": "http://[0:0:0:0:0:0:0:1]:{p}/",
    "IPv6 unspecified": "http://[::]:{p}/",
    "IPv6 zone id": "http://[::1%25lo]:{p}/",
    "IPv6 link-local zone id": "http://[fe80::1%25lo]:{p}/",
    "IPv4-compatible": "http://[::127.0.0.1]:{p}/",
    "IPv4-translated": "http://[::ffff:0:127.0.0.1]:{p}/",
    "6to4": "http://[2002:7f00:1::]:{p}/",
    "Teredo": "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{p}/",
    "NAT64": "http://[64:ff9b::127.0.0.1]:{p}/",
    "NAT64 hex": "http://[64:ff9b::7f00:1]:{p}/",
    "NAT64 local": "http://[64:ff9b:1::7f00:1]:{p}/",
    "ISATAP": "http://[2a00:1450::5efe:7f00:1]:{p}/",
    "unique local": "http://[fd00::1]:{p}/",
    "site-local": "http://[fec0::1]:{p}/",
    "link-local metadata": "http://169.254.169.254:{p}/latest/meta-data/",
    "metadata decimal": "http://2852039166:{p}/",
    "metadata IPv6": "http://[fd00:ec2::254]:{p}/",
    "metadata in the carriers' range": "http://100.100.100.200:{p}/",
    "metadata in IETF's range": "http://192.0.0.192:{p}/",
    "metadata at a public number": "http://168.63.129.16:{p}/",
    "ten": "http://10.0.0.1:{p}/",
    "172.16": "http://172.16.0.1:{p}/",
    "192.168": "http://192.168.0.1:{p}/",
    "carrier": "http://100.64.0.1:{p}/",
    "broadcast": "http://255.255.255.255:{p}/",
    "multicast": "http://224.0.0.1:{p}/",
    "trailing dot": "http://127.0.0.1.:{p}/",
    "localhost with a trailing dot": "http://localhost.:{p}/",
    "a name below localhost": "http://feeds.localhost:{p}/",
    "circled digits": "http://①②⑦.⓪.⓪.①:{p}/",
    "full-width digits": "http://１２７.０.０.１:{p}/",
    "ideographic dots": "http://127。0。0。1:{p}/",
    "half-width dots": "http://127｡0｡0｡1:{p}/",
    "full-width localhost": "http://ｌｏｃａｌｈｏｓｔ:{p}/",
    "soft hyphen": "http://local\u00adhost:{p}/",
    "zero-width space": "http://127.0.0.1\u200b:{p}/",
    "decimal that overflows": "http://6425673729:{p}/",
    "octet that overflows": "http://383.0.0.1:{p}/",
    "backslash before the at sign": "http://feeds.example\\@127.0.0.1:{p}/",
    "backslashes for slashes": "http:\\\\127.0.0.1:{p}\\",
    "percent-encoded dots": "http://127%2e0%2e0%2e1:{p}/",
    "percent-encoded digits": "http://%31%32%37.0.0.1:{p}/",
    "percent-encoded zero byte": "http://127.0.0.1%00.feeds.example:{p}/",
    "two ports": "http://127.0.0.1:{p}:80/",
    "two at signs": "http://feeds.example@evil@127.0.0.1:{p}/",
    "semicolon": "http://127.0.0.1;feeds.example:{p}/",
    "brackets around IPv4": "http://[127.0.0.1]:{p}/",
    "no host": "http:///127.0.0.1:{p}/",
    "one slash": "http:/127.0.0.1:{p}/",
    "no slash": "http:127.0.0.1:{p}/",
    "no scheme": "//127.0.0.1:{p}/",
    "bare": "127.0.0.1:{p}/",
    "carriage return and a header": "http://127.0.0.1:{p}/ HTTP/1.1\r\nHost: feeds.example\r\n\r\n",
    "file": "file:///etc/passwd",
    "file with a host": "file://127.0.0.1:{p}/etc/passwd",
    "gopher": "gopher://127.0.0.1:{p}/_GET",
    "ftp": "ftp://127.0.0.1:{p}/feed.xml",
    "dict": "dict://127.0.0.1:{p}/d",
    "nested": "jar:http://127.0.0.1:{p}/!/",
    "feed": "feed://127.0.0.1:{p}/",
}
# Of the second list some are no URL, some are private addresses without a listener, and some are read as loopback elsewhere.
SPELLINGS = {**REACH_LOOPBACK, **REFUSED_ANYHOW}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass
class Listener:
    port: int
    arrived: list[str] = field(default_factory=list)


@contextmanager
def listening(address: str, port: int, answer: bytes | Callable[[], bytes]) -> Iterator[Listener]:
    """A listener on one loopback address that notes every connection, also one that says nothing."""
    is_dual = address == "::" and socket.has_dualstack_ipv6()
    address = "0.0.0.0" if address == "::" and not is_dual else address  # noqa: S104
    family = socket.AF_INET6 if is_dual else socket.AF_INET
    server = socket.create_server((address, port), family=family, dualstack_ipv6=is_dual)
    here = Listener(server.getsockname()[1])

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, peer = server.accept()
                here.arrived.append(peer[0])
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    connection.recv(65_536)
                    connection.sendall(answer() if callable(answer) else answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield here
    finally:
        # A last connection of our own goes through the same queue: what came before it has been noted.
        with socket.create_connection(("127.0.0.1" if address in ("::", "0.0.0.0") else address, here.port)):  # noqa: S104
            pass
        server.close()


@pytest.fixture(scope="module")
def loopback() -> Iterator[Listener]:
    # On every address of the machine, so that 127.8.9.10, 0.0.0.0 and ::1 would be heard too.
    with listening("::", 0, OK) as here:
        yield here


def test_there_are_at_least_47_ways() -> None:
    assert len(SPELLINGS) >= 47


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=list(SPELLINGS))
def test_no_spelling_connects(loopback: Listener, spelling: str) -> None:
    before = len(loopback.arrived)
    policy = FetchPolicy(ports=frozenset({loopback.port, 80, 443}), connect_s=2, read_s=2, total_s=4)
    with pytest.raises(FetchError) as caught:
        fetch(spelling.replace("{p}", str(loopback.port)), policy)
    assert "secret" not in str(caught.value)
    assert len(loopback.arrived) == before


@pytest.mark.parametrize("spelling", REACH_LOOPBACK.values(), ids=list(REACH_LOOPBACK))
def test_the_listener_hears_the_same_spelling_where_private_addresses_are_allowed(loopback: Listener, spelling: str) -> None:
    before = len(loopback.arrived)
    assert fetch(spelling.replace("{p}", str(loopback.port)), FetchPolicy(allow_private=True, total_s=5)).body == b"ok"
    assert len(loopback.arrived) == before + 1


@pytest.mark.parametrize("spelling", ["http://127.0.0.1:{p}/", "http://localhost:{p}/", "http://2130706433:{p}/"])
def test_a_port_that_is_none_of_the_web_is_not_asked(loopback: Listener, spelling: str) -> None:
    before = len(loopback.arrived)
    with pytest.raises(FetchError, match="only 80 and 443 are asked"):
        fetch(spelling.replace("{p}", str(loopback.port)))
    assert len(loopback.arrived) == before


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{p}/",
        "//127.0.0.1:{p}/",
        "http://2130706433:{p}/",
        "http://[::ffff:7f00:1]:{p}/",
        "http://u:p@0x7f.1:{p}/",
    ],
)
def test_no_redirect_connects(loopback: Listener, status: int, location: str) -> None:
    before = len(loopback.arrived)
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location.replace('{p}', str(loopback.port))}\r\nContent-Length: 0\r\n\r\n"
    with listening("127.77.0.1", 0, head.encode()) as first:
        policy = FetchPolicy(ports=frozenset({loopback.port, first.port}), networks=("127.77.0.1/32",), total_s=5)
        with pytest.raises(FetchError, match="not on the public internet"):
            fetch(f"http://127.77.0.1:{first.port}/", policy)
        assert len(first.arrived) == 1
    assert len(loopback.arrived) == before


class Resolver:
    """A name server whose answer changes with every question."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        addresses = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(loopback: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(loopback.arrived)
    resolver = Resolver(["127.77.0.2"], ["127.0.0.1"])
    with listening("127.77.0.2", 0, OK) as public:
        policy = FetchPolicy(ports=frozenset({public.port, loopback.port}), networks=("127.77.0.2/32",), total_s=5)
        monkeypatch.setattr(socket, "getaddrinfo", resolver.getaddrinfo)
        assert fetch(f"http://rebind.example:{public.port}/", policy).body == b"ok"
        assert resolver.asked == ["rebind.example"], "judged and connected to by one look-up"
        with pytest.raises(FetchError, match=r"rebind\.example leads to 127\.0\.0\.1"):
            fetch(f"http://rebind.example:{loopback.port}/", policy)
        monkeypatch.undo()
    assert len(loopback.arrived) == before


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.77.0.3", "127.0.0.1"], ["169.254.169.254", "127.0.0.1"]])
def test_a_name_with_a_private_address_among_others_connects_to_none_such(
    loopback: Listener, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    before = len(loopback.arrived)
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(addresses).getaddrinfo)
    # 127.77.0.3 stands for a public address where nobody listens: the next address is tried, and judged.
    with listening("127.77.0.4", 0, OK) as other:
        policy = FetchPolicy(ports=frozenset({other.port}), networks=("127.77.0.3/32",), connect_s=2, total_s=5)
        with pytest.raises(FetchError, match="not on the public internet"):
            fetch(f"http://mixed.example:{other.port}/", policy)
        monkeypatch.undo()
        assert other.arrived == []
    assert len(loopback.arrived) == before


def test_a_name_that_turns_private_on_the_way_of_a_redirect_to_itself(loopback: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(loopback.arrived)
    redirect = (
        f"HTTP/1.1 302 Found\r\nLocation: http://rebind.example:{loopback.port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    with listening("127.77.0.5", 0, redirect.encode()) as public:
        policy = FetchPolicy(ports=frozenset({public.port, loopback.port}), networks=("127.77.0.5/32",), total_s=5)
        monkeypatch.setattr(socket, "getaddrinfo", Resolver(["127.77.0.5"], ["127.0.0.1"]).getaddrinfo)
        with pytest.raises(FetchError, match=r"rebind\.example leads to 127\.0\.0\.1"):
            fetch(f"http://rebind.example:{public.port}/", policy)
        monkeypatch.undo()
    assert len(loopback.arrived) == before


def test_no_proxy_of_the_environment_is_asked(loopback: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(loopback.arrived)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{loopback.port}")
    with pytest.raises(FetchError, match="not on the public internet"):
        fetch("http://10.1.2.3/")
    assert len(loopback.arrived) == before
