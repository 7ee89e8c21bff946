"""Files that people bring: the form, and what came of each."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.accounts import list_rows
from api.campaigns.imports import Import, ImportEntry, create_import, list_imports
from api.campaigns.paging import After
from api.dashboard.access import Form, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.dashboard.uploads import UploadedDep, UploadViewerDep
from api.errors import Problem
from api.services import Services

router = APIRouter()
SHOWN = 50
LISTED = 500
KINDS = (
    ("statistics", "Statistics that a host exported"),
    ("logs", "A log of a web server or CDN"),
    ("orders", "Orders"),
    ("spend", "Spend by day"),
    ("currency_rates", "Exchange rates"),
    ("survey_answers", "Survey answers"),
)
HOSTS = (("", "Tell by the header"), ("libsyn", "Libsyn"), ("spotify", "Spotify for Creators"), ("apple", "Apple Podcasts Connect"))
# Which fields speak of which kind: the others are left out, whatever the form still holds.
FIELDS = {
    "statistics": ("show_id", "host"), "logs": ("base_url",), "orders": ("sponsor_id",), "spend": (), "currency_rates": (),
    "survey_answers": ("sponsor_id",),
}  # fmt: skip
FORMATS = {
    "libsyn": "Libsyn", "spotify": "Spotify for Creators", "apple": "Apple Podcasts Connect", "combined": "Combined Log Format",
    "cloudfront": "CloudFront log", "jsonl": "JSON lines", "orders": "Orders", "spend": "Spend", "currency_rates": "Exchange rates",
    "survey_answers": "Survey answers",
}  # fmt: skip


@router.get("/imports")
def imports_page(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The form of an upload, and the files that were brought."""
    return _imports(viewer, found, {}, {}, "")


@router.get("/imports/list")
def imports_part(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The list alone: what the page asks for again while a file waits."""
    return page("parts/imports.html", viewer, **_list_context(viewer, found))


@router.post("/imports")
def upload_page(viewer: UploadViewerDep, found: ServicesDep, uploaded: UploadedDep) -> Response:
    """Store the file for the pipeline; back to the page, where it waits in the list."""
    require_role(viewer.principal, WRITERS)
    form = uploaded.fields
    kind = form.get("kind", "")
    given = {"kind": kind} | {name: form[name] for name in FIELDS.get(kind, ()) if form.get(name)}
    try:
        if not uploaded.file_name:
            return _imports(viewer, found, form, {"file": "Choose a file."}, "", 422)
        entry = ImportEntry.model_validate(given)
        with found.database.tenant(viewer.principal.tenant_id) as c:
            create_import(
                c, viewer.principal, entry, file_name=uploaded.file_name, content=uploaded.content, origin="dashboard",
                secret_key=found.settings.secret_key.get_secret_value(),
            )  # fmt: skip
    except ValidationError as error:
        # A rule over the whole form is this one: whose statistics they are.
        errors = {"show_id": "Choose a show."} if kind == "statistics" and "show_id" not in given else field_errors(error)
        return _imports(
            viewer,
            found,
            form,
            {"show_id": "Choose a show."} if kind == "statistics" and not form.get("show_id") else errors,
            "",
            422,
        )
    except Problem as problem:
        return _imports(viewer, found, form, {}, problem.detail, problem.status)
    return RedirectResponse("/imports", 303)


def _imports(viewer: Viewer, found: Services, values: Form, errors: dict[str, str], problem: str, status: int = 200) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        shows = _choices(list_rows(c, "shows", "show_id", After(), LISTED), "show_id", "title")
        sponsors = _choices(list_rows(c, "sponsors", "sponsor_id", After(), LISTED), "sponsor_id", "name")
    return page(
        "imports.html",
        viewer,
        "imports",
        http_status=status,
        kinds=KINDS,
        hosts=HOSTS,
        shows=shows,
        sponsors=[("", "The file says"), *sponsors],
        largest_mb=found.settings.largest_upload_mb,
        values={"kind": "statistics"} | values,
        errors=errors,
        problem=problem,
        **_list_context(viewer, found),
    )


def _list_context(viewer: Viewer, found: Services) -> dict[str, Any]:
    """What `parts/imports.html` needs: the newest files, and whether one still waits."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        imports: list[Import] = list_imports(c, After(), SHOWN)
        titles: dict[UUID, str] = {row["show_id"]: row["title"] for row in list_rows(c, "shows", "show_id", After(), LISTED)}
    return {
        "imports": imports, "titles": titles, "formats": FORMATS, "kind_names": dict(KINDS),
        "is_import_waiting": any(one.status == "waiting" for one in imports),
    }  # fmt: skip


def _choices(rows: list[dict[str, Any]], key: str, label: str) -> list[tuple[str, str]]:
    return sorted(((str(row[key]), row[label]) for row in rows), key=lambda choice: choice[1].lower())
