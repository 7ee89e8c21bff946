"""Sponsors, shows and sites; what a site embeds, and what of it arrived."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.accounts import (
    Show,
    ShowEntry,
    Site,
    SiteEntry,
    create_show,
    create_site,
    get_row,
    get_site,
    list_rows,
    tenant_currency,
)
from api.campaigns.arrivals import Arrivals, find_arrivals
from api.campaigns.snippets import SetUp, set_up, snippet
from api.campaigns.sponsors import Sponsor, SponsorChange, SponsorEntry, change_sponsor, create_sponsor
from api.errors import not_found
from api.marts.episodes import Episode, show_episodes
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1")


class SponsorPage(Page):
    items: list[Sponsor]


class ShowPage(Page):
    items: list[Show]


class EpisodePage(Page):
    """A show's episodes, newest first."""

    items: list[Episode]


class SiteView(Site):
    """One site with the text that its pages embed."""

    snippet: str

    @classmethod
    def of(cls, site: Site, collector_url: str) -> "SiteView":
        return cls(**site.model_dump(), snippet=snippet(site.write_key, collector_url))


class SitePage(Page):
    items: list[SiteView]


@router.post("/sponsors", status_code=201, tags=["sponsors"], operation_id="sponsors_create", summary="Add a sponsor")
def post_sponsor(entry: SponsorEntry, principal: WriterDep, found: ServicesDep) -> Sponsor:
    """One sponsor, with the gross margin that its ROI uses and, if it says so, what a new customer is worth to it."""
    with found.database.tenant(principal.tenant_id) as c:
        return create_sponsor(c, principal, entry)


@router.get("/sponsors", tags=["sponsors"], operation_id="sponsors_list", summary="List sponsors")
def get_sponsors(principal: PrincipalDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> SponsorPage:
    """One row per sponsor of this account, newest first; a sponsor sees itself alone."""
    with found.database.tenant(principal.tenant_id) as c:
        rows = list_rows(c, "sponsors", "sponsor_id", page.after, page.limit, principal.sees_sponsor)
    items = [Sponsor.of(row) for row in rows]
    return SponsorPage(items=items, next_cursor=page.cut(request, response, items, "sponsor_id"))


@router.get("/sponsors/{sponsor_id}", tags=["sponsors"], operation_id="sponsors_read", summary="Read a sponsor")
def get_one_sponsor(sponsor_id: UUID, principal: PrincipalDep, found: ServicesDep) -> Sponsor:
    """One sponsor; a sponsor reads itself alone."""
    if not principal.may_see_sponsor(sponsor_id):
        raise not_found("sponsor", sponsor_id)
    with found.database.tenant(principal.tenant_id) as c:
        return Sponsor.of(get_row(c, "sponsors", "sponsor_id", sponsor_id, "sponsor"))


@router.patch("/sponsors/{sponsor_id}", tags=["sponsors"], operation_id="sponsors_change", summary="Change a sponsor")
def patch_sponsor(sponsor_id: UUID, change: SponsorChange, principal: WriterDep, found: ServicesDep) -> Sponsor:
    """One sponsor: name, margin, and what a new customer is worth to it; the next build's returns use them for all of history."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_sponsor(c, principal, sponsor_id, change)


@router.post("/shows", status_code=201, tags=["shows"], operation_id="shows_create", summary="Add a show")
def post_show(entry: ShowEntry, principal: WriterDep, found: ServicesDep) -> Show:
    """One show by its feed; the feed is fetched on the next schedule."""
    with found.database.tenant(principal.tenant_id) as c:
        return create_show(c, principal, entry)


@router.get("/shows", tags=["shows"], operation_id="shows_list", summary="List shows")
def get_shows(principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> ShowPage:
    """One row per show of this account, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        rows = list_rows(c, "shows", "show_id", page.after, page.limit)
    items = [Show(**row) for row in rows]
    return ShowPage(items=items, next_cursor=page.cut(request, response, items, "show_id"))


@router.get("/shows/{show_id}", tags=["shows"], operation_id="shows_read", summary="Read a show")
def get_one_show(show_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> Show:
    """One show as entered, with its feed and time zone."""
    with found.database.tenant(principal.tenant_id) as c:
        return Show(**get_row(c, "shows", "show_id", show_id, "show"))


@router.get("/shows/{show_id}/episodes", tags=["shows"], operation_id="shows_episodes", summary="List a show's episodes")
def get_episodes(show_id: UUID, principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> EpisodePage:
    """One row per episode that the feed has had, in its newest words, newest first."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return EpisodePage(**page.show(show_episodes(c, show_id, page.window)))


@router.post("/sites", status_code=201, tags=["sites"], operation_id="sites_create", summary="Add a site")
def post_site(entry: SiteEntry, principal: WriterDep, found: ServicesDep) -> SiteView:
    """One site of a sponsor with its write key and the snippet to embed. Writes `attribution.configured` for its campaigns."""
    with found.database.tenant(principal.tenant_id) as c:
        site = create_site(c, principal, entry)
    return SiteView.of(site, found.settings.collector_base_url)


@router.get("/sites", tags=["sites"], operation_id="sites_list", summary="List sites")
def get_sites(principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> SitePage:
    """One row per site of this account, newest first, each with its snippet."""
    with found.database.tenant(principal.tenant_id) as c:
        rows = list_rows(c, "sites", "site_id", page.after, page.limit)
    items = [SiteView.of(Site(**row), found.settings.collector_base_url) for row in rows]
    return SitePage(items=items, next_cursor=page.cut(request, response, items, "site_id"))


@router.get("/sites/{site_id}", tags=["sites"], operation_id="sites_read", summary="Read a site")
def get_one_site(site_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> SiteView:
    """One site with its write key and its snippet."""
    with found.database.tenant(principal.tenant_id) as c:
        return SiteView.of(get_site(c, site_id), found.settings.collector_base_url)


@router.get(
    "/sites/{site_id}/snippet",
    tags=["sites"],
    operation_id="sites_snippet",
    summary="Read what a site embeds",
    response_model=SetUp,
)
def get_snippet(site_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> SetUp:
    """One site: the script in each of its forms, what a content security policy must allow, and the steps on each platform."""
    with found.database.tenant(principal.tenant_id) as c:
        site = get_site(c, site_id)
        currency = tenant_currency(c)
    return set_up(site.write_key, found.settings.collector_base_url, currency)


@router.get(
    "/sites/{site_id}/arrivals",
    tags=["sites"],
    operation_id="sites_arrivals",
    summary="Test a site live",
    response_model=Arrivals,
)
def get_arrivals(site_id: UUID, principal: TenantReaderDep, found: ServicesDep, response: Response) -> Arrivals:
    """One row per event of the last hour, the newest ten, as soon as it is acknowledged, with what is wrong with it; beside
    them what was quarantined or refused, by reason. Ask again every second while you wait for the first."""
    response.headers["Cache-Control"] = "no-store"
    with found.database.tenant(principal.tenant_id) as c:
        get_site(c, site_id)
        return find_arrivals(c, site_id)
