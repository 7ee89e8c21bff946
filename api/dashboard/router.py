"""The dashboard's routes and static files, as `api.main` mounts them."""

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.dashboard.pages import (
    all_reports,
    audit,
    campaign,
    campaigns,
    feedback,
    first_steps,
    fraud,
    holdouts,
    hosting,
    identity,
    imports,
    keys,
    mail,
    members,
    models,
    monitoring,
    new_campaign,
    overview,
    product,
    quality,
    recovery,
    report_look,
    reports,
    restatements,
    saturation,
    schedules,
    session,
    settings,
    shows,
    sites,
    success,
    windows,
)
from api.dashboard.problems import render_problem_page
from api.dashboard.rendering import STATIC, VENDOR

__all__ = ["dashboard_router", "mount_static", "render_problem_page"]

# The address holds a digest of the bytes: what it names never changes.
FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"

dashboard_router = APIRouter(include_in_schema=False)
# /campaigns/new stands before /campaigns/{campaign_id}, which would read "new" as an id.
PAGES = (
    session,
    recovery,
    overview,
    first_steps,
    new_campaign,
    campaigns,
    reports,
    all_reports,
    report_look,
    campaign,
    holdouts,
    shows,
    quality,
    restatements,
    fraud,
    saturation,
    product,
    success,
    feedback,
    sites,
    identity,
    hosting,
    imports,
    models,
    windows,
    members,
    keys,
    schedules,
    mail,
    audit,
    monitoring,
    settings,
)
for module in PAGES:
    dashboard_router.include_router(module.router)


class VersionedFiles(StaticFiles):
    """Our own static files: cached for ever under the address that holds their digest."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_EVER if b"v=" in scope.get("query_string", b"") else BRIEFLY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve our files at /static and the browser libraries of node_modules, by name and no others, at /static/vendor."""
    app.state.page_routes = [route for module in PAGES for route in module.router.routes]
    app.router.routes.append(Route("/static/vendor/{name}", _vendor, include_in_schema=False))
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")


async def _vendor(request: Request) -> Response:
    path = VENDOR.get(request.path_params["name"])
    if path is None or not path.exists():
        raise HTTPException(
            404, f"found no browser library {request.path_params['name']}: `make install` puts them into node_modules"
        )
    headers = {"Cache-Control": FOR_EVER if "v" in request.query_params else BRIEFLY, "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="text/javascript", headers=headers)
