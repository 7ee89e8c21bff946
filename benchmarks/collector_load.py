"""A lean load client in a process of its own: raw sockets and epoll, so that what is measured is the server.

`python -m benchmarks.collector_load HOST PORT CLIENTS SECONDS empty|single|visit|batch [RATE]` prints one JSON line
{"requests", "failed", "seconds", "p50_ms", "p95_ms"}; each client sends its next request when the last was answered, or, with a
RATE of requests a second over all clients, when that one is due: its time then begins when it was due.
"""

import json
import os
import select
import socket
import sys
import time
from collections import deque

WRITE_KEY = os.environ.get("HOSTREAD_BENCH_WRITE_KEY", "hrw_benchmark_000000000000")
WARM_SECONDS = 1.0


# An order as the browser's analytics.js posts it, about 1 KB: __N__ is the number of the order, 16 digits.
EVENT = {
    "type": "track",
    "messageId": "ajs-next-__N__-3f6a2c18d4",
    "anonymousId": "5f1e8a70-93b2-4c55-__N__",
    "event": "Order Completed",
    "writeKey": WRITE_KEY,
    "properties": {
        "order_id": "A-__N__",
        "revenue": 49.9,
        "currency": "USD",
        "coupon": "SHOW20",
        "products": [{"product_id": "p1", "price": 24.95, "quantity": 2}],
    },
    "context": {
        "page": {
            "url": "https://shop.example/thanks?utm_source=show",
            "path": "/thanks",
            "search": "?utm_source=show",
            "referrer": "https://shop.example/pay",
            "title": "Thank you",
        },
        "campaign": {"source": "show", "medium": "podcast", "name": "spring"},
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
        "locale": "en-US",
        "timezone": "Europe/Berlin",
        "library": {"name": "analytics.js", "version": "npm:next-1.77.0"},
    },
    "timestamp": "2026-01-31T08:30:00.123Z",
    "sentAt": "2026-01-31T08:30:00.456Z",
    "integrations": {},
}
TEMPLATE = json.dumps(EVENT).encode()
# A page view of a visitor that no sponsor sent, as most are.
VISIT = {
    **{key: EVENT[key] for key in ("anonymousId", "writeKey", "timestamp", "sentAt")},
    "type": "page",
    "messageId": "visit-__N__",
    "context": {"page": {"url": "https://shop.example/shelf", "path": "/shelf"}, "library": {"name": "analytics.js"}},
}


def _post(path: bytes, template: bytes) -> bytes:
    length = len(template.replace(b"__N__", b"0" * 16))
    return b"POST %b HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%b" % (
        path,
        length,
        template,
    )


SINGLE, VISITS = _post(b"/v1/t", TEMPLATE), _post(b"/v1/p", json.dumps(VISIT).encode())
EMPTY = b"GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
BATCH_EVENTS = 1_000
# A thousand of the events above would be more than a batch may hold: these are about 300 bytes.
_MEMBERS = b",".join(
    b'{"type":"track","messageId":"__N__-%04d","anonymousId":"visitor-__N__","event":"Product Viewed","properties":'
    b'{"product_id":"p%04d","price":24.95,"currency":"USD"},"context":{"page":{"url":"https://shop.example/p%04d"},"library":'
    b'{"name":"analytics-python","version":"2.3.5"}},"timestamp":"2026-01-31T08:30:00.123Z"}' % (n, n, n)
    for n in range(BATCH_EVENTS)
)
_BATCH = b'{"writeKey":"%b","sentAt":"2026-01-31T08:30:00.456Z","batch":[%b]}' % (WRITE_KEY.encode(), _MEMBERS)
BATCH = _post(b"/v1/batch", _BATCH)
REQUESTS = {"empty": EMPTY, "single": SINGLE, "visit": VISITS, "batch": BATCH}


def run(host: str, port: int, clients: int, seconds: float, what: str, rate: float | None = None) -> dict[str, float]:
    """Keep `clients` connections busy for `seconds` after a warm-up that is not counted."""
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    sent_at: dict[int, float] = {}
    number = time.time_ns() // 1_000
    for _ in range(clients):
        connection = socket.create_connection((host, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    request = REQUESTS[what]
    # The one that waited longest is next: a server closes a connection on which nothing came for half a minute.
    idle, sent = deque(sockets), 0
    first = time.perf_counter()
    start = first + WARM_SECONDS
    end, now = start + seconds, 0.0
    times: list[float] = []
    failed = 0
    while now < end:
        now = time.perf_counter()
        while idle and (rate is None or first + sent / rate <= now):
            descriptor = idle.popleft()
            sent_at[descriptor] = now if rate is None else first + sent / rate
            number, sent = number + 1, sent + 1
            sockets[descriptor].sendall(request.replace(b"__N__", b"%016d" % number))
        wait = 1.0 if rate is None or not idle else max(0.0, first + sent / rate - now)
        for descriptor, _ in poll.poll(wait):
            answer = sockets[descriptor].recv(65_536)
            now = time.perf_counter()
            if not answer.startswith(b"HTTP/1.1 200"):
                failed += 1
                if not answer:
                    raise ConnectionError("the server closed a connection: look at its log")
            if now >= start:
                times.append(now - sent_at[descriptor])
            idle.append(descriptor)
    if not times:
        raise TimeoutError(f"found no answer within {seconds} s, expected one: the server is too slow for this")
    times.sort()
    counted = len(times)
    return {
        "requests": counted, "failed": failed, "seconds": now - start,
        "p50_ms": times[counted // 2] * 1e3, "p95_ms": times[counted * 95 // 100] * 1e3,
    }  # fmt: skip


if __name__ == "__main__":
    host, port, clients, seconds, what = sys.argv[1:6]
    paced = float(sys.argv[6]) if len(sys.argv) > 6 else None
    print(json.dumps(run(host, int(port), int(clients), float(seconds), what, paced)))
