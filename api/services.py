"""What every request needs and one process has once: made at start, closed at the end, reached through the typed request state."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from fastapi import FastAPI, Request

from api.auth import letters
from api.auth.rates import Rates
from api.auth.sessions import Signer
from api.database import AppDatabase
from api.mail.postman import Postman
from api.marts.warehouse import Warehouse
from api.monitoring.metrics import Metrics
from api.monitoring.pulse import Pulse
from api.monitoring.scraping import Scrapers
from api.settings import ApiSettings


@dataclass(frozen=True, slots=True)
class Services:
    """The process's pools, keys and limits."""

    settings: ApiSettings
    database: AppDatabase
    warehouse: Warehouse
    signer: Signer
    rates: Rates
    postman: Postman
    metrics: Metrics

    @property
    def scrapers(self) -> Scrapers:
        token = self.settings.metrics_token
        return Scrapers(token.get_secret_value() if token else None, self.settings.metrics_networks, self.settings.trusted_proxies)

    @property
    def session_lifetime(self) -> timedelta:
        return timedelta(hours=self.settings.session_hours)


class State(TypedDict):
    """Starlette hands the lifespan's state to each request."""

    services: Services


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[State]]


def lifespan(settings: ApiSettings, metrics: Metrics) -> Lifespan:
    """Pools open lazily: an API whose database is away starts, says so at /readyz, and serves once it is back."""

    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[State]:
        url = settings.database_url.get_secret_value()
        database, warehouse = AppDatabase(url), Warehouse(url)
        secret_key = settings.secret_key.get_secret_value()
        signer, rates = Signer(secret_key), Rates(database, secret_key)
        smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
        write = letters.writer(settings.base_url)
        postman = Postman(smtp_url, settings.mail_from, secret_key, database.transaction, write, letters.LIFETIMES)
        postman.start()
        pulse = Pulse(database, metrics.tally)
        pulse.start()
        try:
            yield {"services": Services(settings, database, warehouse, signer, rates, postman, metrics)}
        finally:
            await pulse.stop()
            postman.close()
            database.close()
            warehouse.close()

    return run


def services(request: Request) -> Services:
    """The process's services, for routes and the dashboard."""
    found: Services = request.state.services
    return found
