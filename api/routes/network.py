"""The whole account: overview, attribution, return, downloads, product metrics and the build that is served."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep, TenantReaderDep
from api.marts.attribution import tenant_attribution
from api.marts.builds import find_build
from api.marts.downloads import episode_downloads
from api.marts.models import Completion, CountingWindow, Overview, ShowDownloads, TenantAttribution, TenantRoi, Ttfv
from api.marts.models.product import Friction, ProductRates
from api.marts.models.spend import ImportedSpend
from api.marts.overview import overview
from api.marts.product import completion, friction, product_rates, ttfv
from api.marts.roi import tenant_roi
from api.marts.spend import imported_spend
from api.marts.warehouse import Reader
from api.routes.analytics import BasisQuery, LiveQuery
from api.routes.answers import BUILD_HEADER, BuildAnswer, PageDep, read_marts
from api.routes.statistics import SourceName, require_order

router = APIRouter(prefix="/v1")


@router.get("/overview", tags=["network"], operation_id="network_overview", summary="Read the overview", response_model=Overview)
def get_overview(principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One account, or one sponsor's part of it: totals by currency, credit by model, delivery and downloads by day."""
    seen = principal.sees_sponsor
    return read_marts(request, response, found, principal, lambda c: overview(c, sponsor_id=seen), live=True)


@router.get(
    "/attribution",
    tags=["network"],
    operation_id="network_attribution",
    summary="Read the account's attribution",
    response_model=TenantAttribution,
)
def get_attribution(
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    basis: BasisQuery = "conversion_date",
    live: LiveQuery = True,
) -> Any:
    """One row per campaign, model and currency; with the unattributed rows they sum to every conversion of the account.

    Conversions of after the build are in it under every model, by the build's own rules.
    """
    seen = principal.sees_sponsor

    def read(c: Reader) -> TenantAttribution:
        return tenant_attribution(c, basis, sponsor_id=seen, page=page.window, live=live)

    return read_marts(request, response, found, principal, read, live=live, page=page)


@router.get("/roi", tags=["network"], operation_id="network_roi", summary="Read the account's returns", response_model=TenantRoi)
def get_roi(principal: PrincipalDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> Any:
    """One row per campaign and model: a campaign with spend and no conversion stays, with ROAS 0."""
    seen = principal.sees_sponsor
    return read_marts(request, response, found, principal, lambda c: tenant_roi(c, sponsor_id=seen, page=page.window), page=page)


@router.get(
    "/spend", tags=["network"], operation_id="network_spend", summary="Read the imported spend", response_model=ImportedSpend
)
def get_spend(
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    first_day: Annotated[date | None, Query(description="The first UTC day.")] = None,
    last_day: Annotated[date | None, Query(description="The last UTC day, included.")] = None,
) -> Any:
    """One row per sponsor and show: what imported books say was spent, in the account's currency; no campaign's figures have it."""
    require_order(first_day, last_day)
    seen = principal.sees_sponsor
    return read_marts(
        request, response, found, principal,
        lambda c: imported_spend(c, sponsor_id=seen, first_day=first_day, last_day=last_day, page=page.window), page=page,
    )  # fmt: skip


@router.get(
    "/downloads",
    tags=["network"],
    operation_id="network_downloads",
    summary="Read a show's downloads",
    response_model=ShowDownloads,
)
def get_downloads(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    show_id: Annotated[UUID, Query(description="One of GET /v1/shows.")],
    source: SourceName = "logs",
    counting_window: Annotated[CountingWindow, Query(description="`host` for a host's own counts.")] = "first_touch",
    first_day: Annotated[date | None, Query(description="The first UTC day.")] = None,
    last_day: Annotated[date | None, Query(description="The last UTC day, included.")] = None,
    episode_guid: Annotated[str | None, Query(max_length=1_000, pattern=r"^[^\x00]*$", description="Only this episode.")] = None,
) -> Any:
    """One show: counted downloads by day and by episode, from one source in one counting window."""
    require_order(first_day, last_day)

    def read(c: Any) -> ShowDownloads:
        return episode_downloads(
            c,
            show_id,
            source=source,
            counting_window=counting_window,
            first_day=first_day,
            last_day=last_day,
            episode_guid=episode_guid,
        )

    return read_marts(request, response, found, principal, read)


@router.get(
    "/metrics/ttfv", tags=["metrics"], operation_id="metrics_ttfv", summary="Read the time to first value", response_model=Ttfv
)
def get_ttfv(principal: TenantReaderDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One cohort per signup week and one of all: Kaplan-Meier median, p75 and p90 from registration to the first campaign."""
    return read_marts(request, response, found, principal, ttfv)


@router.get(
    "/metrics/completion",
    tags=["metrics"],
    operation_id="metrics_completion",
    summary="Read the campaign completion",
    response_model=Completion,
)
def get_completion(principal: TenantReaderDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One funnel from created to completed, by week of creation and over all, and the rate among all and mature campaigns."""
    return read_marts(request, response, found, principal, completion)


@router.get(
    "/metrics/rates",
    tags=["metrics"],
    operation_id="metrics_rates",
    summary="Read the product's rates",
    response_model=ProductRates,
)
def get_rates(principal: TenantReaderDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One cohort a week and one of all: campaign creation, report generation, success and latency, errors of the core loop."""
    return read_marts(request, response, found, principal, product_rates)


@router.get(
    "/metrics/friction",
    tags=["metrics"],
    operation_id="metrics_friction",
    summary="Read the friction points",
    response_model=Friction,
)
def get_friction(principal: TenantReaderDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One row per kind and step where people stop, repeat or fail, the one that hits most first."""
    return read_marts(request, response, found, principal, friction)


@router.get("/builds/current", tags=["builds"], operation_id="builds_current", summary="Read which build is served")
def get_current_build(principal: PrincipalDep, found: ServicesDep, response: Response) -> BuildAnswer:
    """One build: when it was published, and whether a newer one was held back because its checks failed; null before the first."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        build = find_build(c)
    if build is not None:
        response.headers[BUILD_HEADER] = str(build.build_id)
    return BuildAnswer(build=build)
