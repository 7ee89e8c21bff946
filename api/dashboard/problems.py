"""What a person sees where the API would answer with a problem document."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth.sessions import COOKIE
from api.dashboard.access import Viewer, find_viewer
from api.dashboard.rendering import HEADERS, page
from api.errors import Problem

# Addresses that programs ask; their problems stay documents.
MACHINE_PATHS = ("/v1/", "/docs", "/openapi.json", "/livez", "/readyz", "/metrics", "/monitoring/metrics", "/static/")


def render_problem_page(request: Request, problem: Problem) -> Response | None:
    """The login page for whoever is not signed in, else the problem in the frame; None where a program asks."""
    path = request.url.path
    if path.startswith(MACHINE_PATHS) or not (_wants_html(request) or _is_htmx(request)):
        return None
    if problem.kind == "unauthenticated":
        return _to_login(request)
    viewer = _viewer(request, problem)
    return page(
        "problem.html",
        viewer,
        http_status=problem.status,
        headers=problem.headers,
        problem=problem,
        request_id=request.scope.get("request_id"),
    )


def _to_login(request: Request) -> Response:
    if _is_htmx(request):
        return Response(status_code=401, headers={**HEADERS, "HX-Redirect": "/login"})
    wanted = request.url.path if request.method == "GET" else "/"
    if request.url.query and request.method == "GET":
        wanted = f"{wanted}?{request.url.query}"
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)


def _viewer(request: Request, problem: Problem) -> Viewer | None:
    """Who is signed in, for the frame; not asked where the database is what failed."""
    if problem.kind in ("unavailable", "internal"):
        return None
    try:
        return find_viewer(request.state.services, request.cookies.get(COOKIE))
    except Exception:
        # The problem is told either way; a second fault while telling it would hide the first.
        return None


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
