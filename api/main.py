"""The API and the dashboard as one ASGI application: `granian --interface asgi --factory api.main:create_app`."""

import logging
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from api.dashboard.router import dashboard_router, mount_static, render_problem_page
from api.errors import install_errors
from api.failures import record_failure
from api.routes import (
    accounts,
    analytics,
    api_keys,
    attribution_models,
    attribution_windows,
    audience,
    audit,
    campaigns,
    collection,
    conversions,
    counting,
    counting_settings,
    currencies,
    delivery,
    docs,
    fraud,
    health,
    hosting,
    identity,
    lift,
    members,
    network,
    recovery,
    reports,
    saturation,
    sessions,
    site_security,
    statistics,
    tenants,
    users,
)
from api.routes import imports as file_imports
from api.routes.docs import install_openapi
from api.services import lifespan
from api.settings import ApiSettings
from api.traffic import Metrics, Traffic

ROUTERS = (
    users.router, recovery.router, sessions.router, tenants.router, members.router, api_keys.router, audit.router,
    accounts.router, site_security.router, campaigns.router, analytics.router,
    conversions.router, lift.router, delivery.router, identity.router, attribution_models.router, attribution_windows.router,
    fraud.router,
    network.router, audience.router, counting.router, counting_settings.router, statistics.router, hosting.router, reports.router,
    saturation.router,
    collection.router, currencies.router, file_imports.router, health.router, docs.router,
)  # fmt: skip


def create_app(settings: ApiSettings | None = None) -> FastAPI:
    """The application; settings come from the environment where none are given."""
    settings = settings or ApiSettings()
    configure_logs(settings.log_level)
    app = FastAPI(
        title="Hostread", version=version("hostread"), lifespan=lifespan(settings), docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.metrics = Metrics()
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(dashboard_router)
    mount_static(app)
    install_openapi(app)
    # A browser on the dashboard gets its problems as pages.
    install_errors(app, render_problem_page, record_failure)
    app.add_middleware(
        Traffic,
        metrics=app.state.metrics,
        has_https=settings.has_https,
        render_page=render_problem_page,
        record=record_failure,
        largest_upload_mb=settings.largest_upload_mb,
    )
    return app


def configure_logs(level: str) -> None:
    """One JSON object a line on standard output."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), logging.INFO)),
        cache_logger_on_first_use=False,
    )
