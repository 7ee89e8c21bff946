"""The API and the dashboard as one ASGI application: `granian --interface asgi --factory api.main:create_app`."""

from importlib.metadata import version

from fastapi import FastAPI

from api.contract.idempotency import Idempotency, Replay, replay
from api.contract.representations import Representations
from api.dashboard.router import dashboard_router, mount_static, render_problem_page
from api.errors import install_errors
from api.failures import record_failure
from api.logs import configure_logs
from api.monitoring.metrics import Metrics
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
    customers,
    delivery,
    docs,
    events,
    exports,
    figures,
    fraud,
    health,
    hosting,
    identity,
    lift,
    members,
    monitoring,
    network,
    recovery,
    report_schedules,
    report_settings,
    reports,
    saturation,
    sessions,
    site_security,
    statistics,
    success,
    summaries,
    tenants,
    users,
)
from api.routes import imports as file_imports
from api.routes.docs import install_openapi
from api.services import lifespan
from api.settings import ApiSettings
from api.traffic import Traffic

ROUTERS = (
    users.router, recovery.router, sessions.router, tenants.router, members.router, api_keys.router, audit.router,
    accounts.router, events.router, exports.router, figures.router, site_security.router, campaigns.router, analytics.router,
    conversions.router, lift.router, delivery.router, identity.router, attribution_models.router, attribution_windows.router,
    fraud.router,
    network.router, audience.router, counting.router, counting_settings.router, statistics.router, hosting.router, reports.router,
    report_settings.router, summaries.router,
    report_schedules.router, saturation.router,
    customers.router, success.router,
    collection.router, currencies.router, file_imports.router, monitoring.router, health.router, docs.router,
)  # fmt: skip


def create_app(settings: ApiSettings | None = None) -> FastAPI:
    """The application; settings come from the environment where none are given."""
    settings = settings or ApiSettings()
    configure_logs(settings.log_level)
    metrics = Metrics()
    app = FastAPI(
        title="Hostread", version=version("hostread"), lifespan=lifespan(settings, metrics), docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.metrics = metrics
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(dashboard_router)
    mount_static(app)
    install_openapi(app)
    # A browser on the dashboard gets its problems as pages.
    install_errors(app, render_problem_page, record_failure)
    app.add_exception_handler(Replay, replay)
    app.add_middleware(Idempotency)
    app.add_middleware(Representations, document=app.openapi)
    app.add_middleware(
        Traffic,
        metrics=metrics,
        has_https=settings.has_https,
        render_page=render_problem_page,
        record=record_failure,
        largest_upload_mb=settings.largest_upload_mb,
    )
    return app
