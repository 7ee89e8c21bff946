"""A form with a file: what `access` asks of every form, and the file's bytes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.auth.dependencies import require_csrf
from api.auth.sessions import CSRF_FIELD
from api.dashboard.access import LARGEST_FIELD, Form, ServicesDep, Viewer, ViewerDep
from api.errors import Problem

MOST_FIELDS = 20


@dataclass(frozen=True)
class Uploaded:
    """The text fields of the form, trimmed, and its file where one was chosen."""

    fields: Form
    file_name: str
    content: bytes


async def posted_upload(request: Request, found: ServicesDep) -> Uploaded:
    """Raises `csrf` for a form of another site, `too-large` for a file above the setting."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(
            "csrf", "found a form sent from another site, expected one of this dashboard: open the page and send it from there"
        )
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        fields = {name: value.strip()[:LARGEST_FIELD] for name, value in form.items() if isinstance(value, str)}
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        largest = found.settings.largest_upload_mb * 1_000_000
        content = await file.read(largest + 1) if file is not None else b""
        if len(content) > largest:
            raise Problem(
                "too-large",
                f"found a file above {found.settings.largest_upload_mb} MB, expected at most that: split it, or land it where "
                "it lies with `hostread import`",
            )
        return Uploaded(fields, (file.filename if file is not None else "") or "", content)


UploadedDep = Annotated[Uploaded, Depends(posted_upload)]


def upload_viewer(viewer: ViewerDep, found: ServicesDep, uploaded: UploadedDep) -> Viewer:
    """The viewer of an upload, whose form bears the session's token."""
    require_csrf(found, viewer.principal, uploaded.fields.get(CSRF_FIELD))
    return viewer


UploadViewerDep = Annotated[Viewer, Depends(upload_viewer)]
