"""A world's events through the collector's own code, in this process and without a network: what `simulation.replay` sends."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from api.collector.app import create_app
from api.collector.settings import CollectorSettings
from simulation.replay import Shipment, shipments

AT_ONCE = 200
ATTEMPTS = 8
PROXY = "127.0.0.1"


def land_events(url: str, events: Path, home: Path) -> int:
    """Land every event of `events.jsonl` as the collector would; returns how many were acknowledged. Raises unless all were."""
    patient = {"collector_commit_seconds": 60.0, "collector_network_rate": "unlimited", "collector_key_rate": "unlimited"}
    settings = CollectorSettings.model_validate({"database_url": url, "trusted_proxies": PROXY, "home": home, **patient})
    app = create_app(settings)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    return asyncio.run(_land(app, shipments(events)))


async def _land(app: Any, waiting: Iterator[Shipment]) -> int:
    landed = 0
    async with app.router.lifespan_context(app) as state:
        # The list that classes addresses is read by a task of the collector's own: no event may come before it.
        sources = state["service"].intake.sources
        for _ in range(200):
            if sources.ip_classes.version is not None:
                break
            await asyncio.sleep(0.05)
        else:
            raise RuntimeError("the collector read no list of address ranges within 10 s, expected the world's own")
        while several := list(itertools.islice(waiting, AT_ONCE)):
            await asyncio.gather(*(_send(app, state, shipment) for shipment in several))
            landed += sum(len(shipment.bodies) for shipment in several)
    return landed


async def _send(app: Any, state: Any, shipment: Shipment) -> None:
    """As clients do: 429 and 5xx are tried again with the same message ids. A busy machine is no fault of the world's."""
    for attempt in range(ATTEMPTS):
        status = await _post(app, state, shipment)
        if status == 200:
            return
        if status != 429 and status < 500:
            break
        await asyncio.sleep(0.25 * 2**attempt)
    raise RuntimeError(f"{shipment.route} was answered with {status}, expected 200")


async def _post(app: Any, state: Any, shipment: Shipment) -> int:
    body = shipment.encode(round(time.time() * 1_000))
    answers: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    headers = [(name.lower().encode(), value.encode()) for name, value in shipment.headers().items()]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": shipment.route,
        "headers": headers,
        "client": (PROXY, 0),
        "state": dict(state),
    }
    await app(scope, receive, send)
    return answers[0]
