"""The report worker: claim a request, render it, store it. Any number of workers may run, and any may be killed at any time.

A claim is a lock of the worker's database session (`app.claim_report`): a killed worker's claim is free at once, and no other
worker takes a report from one that still renders. What a report changes, it changes in one transaction.
"""

import logging
import threading
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from api.marts.errors import WarehouseUnavailableError
from api.marts.figures import CampaignFigures, NetworkFigures, campaign_figures, network_figures
from api.marts.restatement_causes import causes_since
from api.marts.warehouse import Reader, Warehouse
from api.reports.csv import read_figures
from api.reports.files import render_report
from api.reports.restated import Told
from api.reports.settings import read_look
from api.reports.storing import App, Claim, Request, asked, complete, enter, record, store, told_before
from api.success.review import review_figures

log = logging.getLogger(__name__)
POLL_S = 0.5
# After a fault of the database: long enough not to fill the log, short enough to be back before anyone asks.
BACK_OFF_S = 5.0
ERROR_LIMIT = 2_000


def render_next(url: str) -> bool:
    """Render the oldest requested report of any tenant; False where there is none.

    A report that cannot be rendered is marked failed with the reason. Raises WarehouseUnavailableError or
    psycopg.OperationalError where the database is away: the request then stays in the queue.
    """
    with connect(url) as app, Warehouse(url, max_size=1) as warehouse:
        return render_one(app, warehouse)


def run_worker(url: str, stop: threading.Event) -> None:
    """Render requests as they come until `stop` is set; a database that goes away is waited for."""
    while not stop.is_set():
        try:
            with connect(url) as app, Warehouse(url, max_size=1) as warehouse:
                log.info("report worker: waiting for requests")
                while not stop.is_set():
                    if not render_one(app, warehouse):
                        stop.wait(POLL_S)
        except (psycopg.Error, WarehouseUnavailableError) as error:
            log.warning("report worker: %s: %s; trying again in %.0f s", type(error).__name__, error, BACK_OFF_S)
            stop.wait(BACK_OFF_S)


def connect(url: str) -> App:
    return psycopg.Connection.connect(make_conninfo(url, options="-c role=hostread_app"), row_factory=dict_row)


def render_one(app: App, warehouse: Warehouse) -> bool:
    """As `render_next`, on open connections."""
    with app.transaction():
        row = app.execute("select tenant_id, report_id, campaign_id from app.claim_report()").fetchone()
    if row is None:
        return False
    claim = Claim(**row)
    try:
        produce(app, warehouse, claim)
    except (WarehouseUnavailableError, psycopg.OperationalError):
        give_back(app, claim)
        raise
    except Exception as error:  # noqa: BLE001, RUF100  # whatever one report fails of, the next one must be rendered
        log.exception("report %s failed", claim.report_id)
        fail(app, claim, error)
    finally:
        if not app.closed:
            with app.transaction():
                app.execute("select app.release_report(%s)", [claim.report_id])
    return True


def produce(app: App, warehouse: Warehouse, claim: Claim) -> None:
    """Read, render and store one claimed report."""
    with app.transaction():
        enter(app, claim)
        request = asked(app, claim)
        look = read_look(app, request.language)
        earlier = told_before(app, claim)
    with warehouse.tenant(claim.tenant_id) as reader:
        figures = read_figures_of(reader, claim, request)
        told = [found for one in earlier if (found := as_told(reader, figures, one)) is not None]
    # A report that was asked for as final while the flight still runs is an interim one, and says so.
    is_final = request.is_final and isinstance(figures, CampaignFigures) and flight_has_ended(figures)
    rendered = render_report(
        figures, kind=request.kind, is_final=is_final, look=look, told=told, last_day=last_day(figures, request)
    )
    with app.transaction():
        enter(app, claim)
        store(app, claim, figures, rendered)
        if is_final and isinstance(figures, CampaignFigures):
            complete(app, claim, figures)
    log.info("report %s: build %s, %d files", claim.report_id, figures.build.build_id, len(rendered.files))


def read_figures_of(reader: Reader, claim: Claim, request: Request) -> CampaignFigures | NetworkFigures:
    if claim.campaign_id is not None:
        return campaign_figures(reader, claim.campaign_id)
    if request.period_start is None or request.period_end is None:
        raise RuntimeError(f"found a {request.kind} report without a period, expected its first and last day: request it again")
    if request.kind == "value_review":
        return review_figures(reader, request.period_start, request.period_end, request.cost)
    return network_figures(reader, request.period_start, request.period_end, sponsor_id=request.sponsor_id)


def last_day(figures: CampaignFigures | NetworkFigures, request: Request) -> date | None:
    """The last day that the whole report tells of; None where it tells of everything up to its build."""
    if request.kind == "post_campaign" and isinstance(figures, CampaignFigures):
        return figures.campaign.flight_end
    return request.period_end


def as_told(reader: Reader, figures: CampaignFigures | NetworkFigures, row: dict[str, Any]) -> Told | None:
    """An earlier report from its CSV, with the causes that builds recorded after its own; None of a file that is none of ours."""
    try:
        cells = tuple(read_figures(bytes(row["content"])))
    except (KeyError, ValueError) as error:
        log.warning("report %s: its CSV cannot be read (%s), so that nothing is compared with it", row["report_id"], error)
        return None
    published = next((f.value for f in cells if f.figure_id == "methods.published_at"), None)
    if not isinstance(published, datetime):
        return None
    if isinstance(figures, CampaignFigures):
        of = [figures.campaign.campaign_id]
    else:
        of = [c.campaign_id for c in figures.summary.campaigns]
    causes = causes_since(reader, of, published)
    return Told(str(row["report_id"]), row["version"], str(row["build_id"]), published, cells, causes)


def flight_has_ended(figures: CampaignFigures) -> bool:
    """Whether the flight's last day, in the account's time zone, was over when the figures were read."""
    try:
        zone = ZoneInfo(figures.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return figures.campaign.flight_end < figures.read_at.astimezone(zone).date()


def fail(app: App, claim: Claim, error: Exception) -> None:
    with app.transaction():
        enter(app, claim)
        failed = app.execute(
            "update app.reports set status = 'failed', finished_at = now(), error = %s where report_id = %s and status = 'running' "
            "returning requested_by",
            [describe(error), claim.report_id],
        ).fetchone()
        if failed is not None:
            record(app, claim, "report.failed", failed["requested_by"], report_id=str(claim.report_id))


def give_back(app: App, claim: Claim) -> None:
    """Let a request wait for a database that is back; without a connection the lock's end does the same."""
    if app.closed or app.broken:
        return
    with app.transaction():
        enter(app, claim)
        app.execute(
            "update app.reports set status = 'requested', started_at = null, attempt_count = attempt_count - 1 "
            "where report_id = %s and status = 'running'",
            [claim.report_id],
        )


def describe(error: Exception) -> str:
    """What the person who asked for the report reads; PostgreSQL holds no NUL."""
    words = str(error) or "no message"
    plain = isinstance(error, LookupError | RuntimeError)
    return (words if plain else f"{type(error).__name__}: {words}").replace("\x00", "")[:ERROR_LIMIT]
