"""For those who run it: is the process alive, can it serve, what does it measure."""

import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.auth.dependencies import ServicesDep
from api.errors import CATALOGUE, Problem, not_found
from api.marts.builds import find_build
from api.marts.models import Build
from api.monitoring.exposition import platform_text
from api.monitoring.scraping import NOT_ADMITTED

router = APIRouter(tags=["health"])
# The newest migration that this release needs.
NEWEST_TABLE = "app.sessions"


class Alive(BaseModel):
    status: str


class Ready(BaseModel):
    """The database answers and is migrated. `build` null: nothing was published yet, and analytic answers are 503."""

    status: str
    build: Build | None


class ProblemKind(BaseModel):
    """One kind of problem, as `type` names it."""

    kind: str
    status: int
    title: str


@router.get("/livez", operation_id="health_live", summary="Is the process alive")
def get_live() -> Alive:
    """One answer while the process runs; asks nobody else."""
    return Alive(status="alive")


@router.get("/readyz", operation_id="health_ready", summary="Can the process serve")
def get_ready(found: ServicesDep) -> Ready:
    """One answer where the database is there and migrated; 503 with what to do where it is not."""
    with found.database.transaction() as c:
        row = c.execute("select to_regclass(%s) is not null as is_migrated", [NEWEST_TABLE]).fetchone()
    if not (row and row["is_migrated"]):
        raise Problem("unavailable", f"found a database without {NEWEST_TABLE}, expected the newest schema: run `hostread migrate`")
    try:
        with found.warehouse.tenant(0) as reader:
            return Ready(status="ready", build=find_build(reader))
    except psycopg.errors.InsufficientPrivilege as error:
        raise Problem("unavailable", "the role hostread_reader may not read the marts: run `hostread migrate`") from error


@router.get("/metrics", operation_id="health_metrics", summary="Metrics for Prometheus", response_class=Response)
def get_metrics(request: Request, found: ServicesDep) -> Response:
    """One line per series: this process's requests by route, method and status, their duration, and the platform's queues, sources,
    builds and alerts. No tenant, address or id is in them. For who bears HOSTREAD_METRICS_TOKEN or, where none is set, asks from
    HOSTREAD_METRICS_NETWORKS."""
    if not found.scrapers.admit(request):
        raise Problem("forbidden", NOT_ADMITTED)
    text = generate_latest(found.metrics.registry) + platform_text(found.database)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/problems", operation_id="health_problems", summary="List the kinds of problems")
def get_problems() -> list[ProblemKind]:
    """One row per kind of problem that an answer may have."""
    return [ProblemKind(kind=kind, status=status, title=title) for kind, (status, title) in CATALOGUE.items()]


@router.get("/v1/problems/{kind}", operation_id="health_problem", summary="Explain a kind of problem")
def get_problem(kind: str) -> ProblemKind:
    """One kind of problem: where a problem's `type` leads."""
    if kind not in CATALOGUE:
        raise not_found("kind of problem", repr(kind[:60]))
    return ProblemKind(kind=kind, status=CATALOGUE[kind][0], title=CATALOGUE[kind][1])
