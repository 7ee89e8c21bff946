"""A thousand feeds over HTTP in a process of its own, lean, so that what is measured is who asks.

`python -m benchmarks.feeds_server` listens on every loopback address, prints its port, and answers until its input ends: 304 to the
ETag that it gave, else the feed. A line of input is the milliseconds after which it answers from then on.
"""

import asyncio
import re
import sys

FEED = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Show {name}</title>'
    + "".join(
        f'<item><guid>{{name}}-{number}</guid><title>{number}</title><enclosure url="https://cdn.example/{{name}}/{number}.mp3" '
        'length="48000000" type="audio/mpeg"/></item>'
        for number in range(3)
    )
    + "</channel></rss>"
)
_PATH = re.compile(rb"GET /([^ ]*) ")
_ETAG = re.compile(rb"if-none-match: ([^\r]*)", re.IGNORECASE)


class Feeds(asyncio.Protocol):
    delay_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            asked, _, self.rest = self.rest.partition(b"\r\n\r\n")
            path = _PATH.match(asked)
            name = path[1] if path else b""
            etag = b'"' + name + b'"'
            known = _ETAG.search(asked)
            if known and known[1] == etag:
                self.answer(b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n")
            else:
                body = FEED.format(name=name.decode()).encode()
                self.answer(
                    b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n%s"
                    % (etag, len(body), body)
                )

    def answer(self, message: bytes) -> None:
        if Feeds.delay_s:
            asyncio.get_running_loop().call_later(Feeds.delay_s, self.transport.write, message)
        else:
            self.transport.write(message)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Feeds, "0.0.0.0", 0, backlog=1024)  # noqa: S104  # every loopback address is a host
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        Feeds.delay_s = float(line) / 1000
        print("set", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
