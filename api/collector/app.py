"""The collector as an ASGI app: `granian --interface asgi --factory api.collector.app:create_app`."""

import asyncio
import gc
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
from api.collector.attribution_js.route import add_script_routes
from api.collector.draining import Drainer
from api.collector.endpoint import Collect, Pixel, Service
from api.collector.intake import Intake
from api.collector.judging import RequestRules
from api.collector.known_sources import KnownSources
from api.collector.openapi import install_openapi
from api.collector.prefix import PATH as PREFIX_PATH
from api.collector.prefix import Prefix, PrefixService
from api.collector.prefix_spool import PrefixSpool
from api.collector.prefix_targets import Targets
from api.collector.prefix_writer import PrefixWriter
from api.collector.rates import Rates, parse_rate
from api.collector.refusals import Refusals
from api.collector.settings import CollectorSettings
from api.collector.sources import Pool, Sources
from api.collector.spooling import Spooling
from api.collector.writer import GroupWriter, Limits
from api.logs import configure_logs
from api.monitoring.pulse import keep_collector_pulse
from api.monitoring.scraping import NOT_ADMITTED, Scrapers

# An event makes a hundred objects and no cycle. To look for cycles every 700 objects, as Python does, takes a tenth of a core; and
# what stands at the start stays: it is never looked through again.
GARBAGE_THRESHOLDS = (50_000, 20, 100)


class State(TypedDict):
    service: Service
    prefix: PrefixService | None
    scrapers: Scrapers


class CollectorApp(FastAPI):
    """FastAPI for what people and probes ask; events pass it by: its middleware costs as much as an event."""

    collect, pixel, prefix = Collect(), Pixel(), Prefix()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            path = scope["path"]
            special = self.pixel if path.startswith("/v1/pixel/") else self.prefix if path.startswith(PREFIX_PATH) else None
            await (special or self.collect)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: CollectorSettings | None = None, rules: RequestRules | None = None) -> FastAPI:
    """The app. It starts without its database too, and answers 503 until that is there. Without `rules` there is no prefix."""
    settings = settings or CollectorSettings()
    configure_logs("INFO", sys.stderr)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        gc.freeze()
        run_id = f"collector-{uuid.uuid4()}"
        url = settings.database_url.get_secret_value()
        options = {"autocommit": True, "options": "-c role=hostread_collector -c timezone=UTC"}
        pool: Pool = AsyncConnectionPool(url, min_size=1, max_size=3, open=False, timeout=5, kwargs=options)
        await pool.open(wait=False)
        known = KnownSources(settings.spool_dir)
        spooling = Spooling(settings.spool_dir, run_id, settings.collector_spool_bytes, known)
        await spooling.open()
        limits = Limits(
            settings.collector_writers, settings.collector_queue_rows, settings.collector_queue_bytes,
            settings.collector_commit_seconds,
        )  # fmt: skip
        writer = GroupWriter(url, run_id, spooling, limits)
        drainer = Drainer(url, writer, spooling)
        sources, refusals = Sources(pool, known, lambda: writer.is_up, settings.signing_secret), Refusals(pool, run_id)
        rates = Rates(parse_rate(settings.collector_key_rate), parse_rate(settings.collector_network_rate))
        intake = Intake(sources, writer, settings.trusted_proxies, run_id, rates)
        structlog.get_logger("collector").info("started", run_id=run_id, trusted_proxies=len(settings.trusted_proxies))
        prefix = None if rules is None else make_prefix(settings, rules, pool, sources, run_id)
        agents = None if prefix is None else asyncio.create_task(prefix.keep_agents(url), name="agent-lists")
        pulse = asyncio.create_task(keep_collector_pulse(pool, metrics.figures), name="pulse")
        token = settings.metrics_token
        scrapers = Scrapers(token.get_secret_value() if token else None, settings.metrics_networks, settings.trusted_proxies)
        try:
            yield {
                "service": Service(intake, refusals, settings.collector_body_bytes), "prefix": prefix, "scrapers": scrapers
            }  # fmt: skip
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            if prefix is not None and agents is not None:
                agents.cancel()
                await asyncio.gather(agents, return_exceptions=True)
                await prefix.writer.close()
            await drainer.close()
            await writer.close()
            await drainer.finish()
            await spooling.close()
            await refusals.close()
            await sources.close()
            known.close()
            await pool.close(timeout=2)

    app = CollectorApp(title="Hostread collector", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_api_route("/livez", livez, response_class=PlainTextResponse)
    app.add_api_route("/readyz", readyz, response_class=PlainTextResponse)
    app.add_api_route("/metrics", prometheus, response_class=PlainTextResponse)
    add_script_routes(app)
    install_openapi(app)
    return app


def make_prefix(settings: CollectorSettings, rules: RequestRules, pool: Pool, sources: Sources, run_id: str) -> PrefixService:
    """What sends listeners on, with its spool under the home folder."""
    folder = settings.home / "collector"
    writer = PrefixWriter(pool, PrefixSpool(folder, run_id, settings.collector_prefix_bytes))
    return PrefixService(
        Targets(pool, rules, folder / "prefix-targets.json"), writer, sources, rules, settings.trusted_proxies, run_id
    )


async def livez() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> PlainTextResponse:
    """Events can be made durable now, in the database or in the spool: 200; else 503."""
    service: Service = request.state.service
    if service.intake.writer.is_up and await service.intake.sources.is_ready():
        return PlainTextResponse("ready")
    if service.intake.writer.is_ready and service.intake.sources.knows_any:
        return PlainTextResponse("ready: the database is away, events are spooled")
    return PlainTextResponse("the database is away", 503, {"retry-after": "2"})


async def prometheus(request: Request) -> Response:
    """The process's own counts in Prometheus' text format, for who may read them."""
    scrapers: Scrapers = request.state.scrapers
    if not scrapers.admit(request):
        return PlainTextResponse(NOT_ADMITTED, 403)
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")
