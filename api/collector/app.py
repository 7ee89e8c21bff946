"""The collector as an ASGI app: `granian --interface asgi --factory api.collector.app:create_app`."""

import logging
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from psycopg_pool import AsyncConnectionPool
from starlette.types import Receive, Scope, Send

from api.collector import metrics
from api.collector.endpoint import Collect, Pixel, Service
from api.collector.intake import Intake
from api.collector.refusals import Refusals
from api.collector.settings import CollectorSettings
from api.collector.sources import Pool, Sources
from api.collector.writer import GroupWriter


class State(TypedDict):
    service: Service


class CollectorApp(FastAPI):
    """FastAPI for what people and probes ask; events pass it by: its middleware costs as much as an event."""

    collect, pixel = Collect(), Pixel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            endpoint = self.pixel if scope["path"].startswith("/v1/pixel/") else self.collect
            await endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: CollectorSettings | None = None) -> FastAPI:
    """The app. It starts without its database too, and answers 503 until that is there."""
    settings = settings or CollectorSettings()
    _configure_logs()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        run_id = f"collector-{uuid.uuid4()}"
        url = settings.database_url.get_secret_value()
        options = {"autocommit": True, "options": "-c role=hostread_collector -c timezone=UTC"}
        pool: Pool = AsyncConnectionPool(url, min_size=1, max_size=3, open=False, timeout=5, kwargs=options)
        await pool.open(wait=False)
        writer = GroupWriter(
            url, run_id, settings.collector_writers, settings.collector_queue_rows, settings.collector_queue_bytes,
            settings.collector_commit_seconds,
        )  # fmt: skip
        sources, refusals = Sources(pool), Refusals(pool, run_id)
        intake = Intake(sources, writer, settings.trusted_proxies, run_id)
        structlog.get_logger("collector").info("started", run_id=run_id, trusted_proxies=len(settings.trusted_proxies))
        try:
            yield {"service": Service(intake, refusals, settings.collector_body_bytes)}
        finally:
            await writer.close()
            await refusals.close()
            await sources.close()
            await pool.close(timeout=2)

    app = CollectorApp(title="Hostread collector", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_api_route("/livez", livez, response_class=PlainTextResponse)
    app.add_api_route("/readyz", readyz, response_class=PlainTextResponse)
    app.add_api_route("/metrics", prometheus, response_class=PlainTextResponse)
    return app


async def livez() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> PlainTextResponse:
    """Events can be committed now: 200; else 503."""
    service: Service = request.state.service
    if service.intake.writer.is_up and await service.intake.sources.is_ready():
        return PlainTextResponse("ready")
    return PlainTextResponse("the database is away", 503, {"retry-after": "2"})


async def prometheus() -> Response:
    """The process's own counts in Prometheus' text format."""
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


def _configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
