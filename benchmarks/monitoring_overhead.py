"""What it costs to count an answer and write its line: the API's outermost layer with and without, around the same empty answer.

One event loop, no network, no route: the ratio is the worst that any request can see, since all it does comes on top of both sides.
"""

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from typing import Any

import structlog

from api.logs import configure_logs
from api.monitoring.metrics import Metrics
from api.traffic import Traffic

REQUESTS = int(os.environ.get("BENCH_MONITORING_REQUESTS", "20000"))
ROUNDS = 5
HEADERS = [(b"host", b"api.example"), (b"authorization", b"Bearer hr_0000000000000000"), (b"accept", b"application/json")]


class Route:
    path = "/v1/campaigns/{campaign_id}"


class Uncounted(Metrics):
    """The layer as it is, without what it tells."""

    def answered(self, scope: Any, status: int, seconds: float) -> tuple[str, str]:
        return "GET", Route.path


async def empty(scope: Any, receive: Any, send: Any) -> None:
    """An answer that costs nothing."""
    scope["route"] = Route
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def nothing(*_: Any) -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def seconds(app: Any) -> float:
    """CPU time of one request, over REQUESTS of them: a machine that does other things too is no part of it."""
    began = time.process_time()
    for _ in range(REQUESTS):
        scope = {"type": "http", "method": "GET", "path": "/v1/campaigns/1", "headers": HEADERS, "query_string": b""}
        await app(scope, nothing, nothing)
    return (time.process_time() - began) / REQUESTS


def run() -> Iterator[dict[str, object]]:
    """Microseconds a request with and without, the best of some rounds taken in turns."""
    counted, uncounted = Traffic(empty, Metrics(), has_https=False), Traffic(empty, Uncounted(), has_https=False)
    best = {True: float("inf"), False: float("inf")}
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        for _ in range(ROUNDS):
            configure_logs("INFO", nowhere)
            best[True] = min(best[True], asyncio.run(seconds(counted)))
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            best[False] = min(best[False], asyncio.run(seconds(uncounted)))
    yield {
        "name": "monitoring.overhead", "value": round((best[True] - best[False]) * 1e6, 1), "unit": "µs a request",
        "against": "the same layer, telling nothing", "ratio": round(best[True] / best[False], 2),
    }  # fmt: skip
