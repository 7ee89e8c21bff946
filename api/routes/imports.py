"""Files that people bring: statistics that a host exported, logs, orders, spend."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.auth.dependencies import PrincipalDep, ServicesDep, WriterDep, require_role
from api.auth.principals import TENANT_READERS
from api.campaigns.imports import ExportHost, Import, ImportEntry, ImportKind, create_import, get_import, list_imports
from api.errors import Problem
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/imports", tags=["imports"])


class ImportPage(Page):
    items: list[Import]


@router.post("", status_code=202, operation_id="imports_create", summary="Import a file")
def post_import(
    principal: WriterDep,
    found: ServicesDep,
    response: Response,
    file: Annotated[UploadFile, File(description="A CSV, a zip of CSVs, or a log, plain or gzip.")],
    kind: Annotated[ImportKind, Form(description="What is in it.")],
    show_id: Annotated[UUID | None, Form(description="Whose statistics they are; needed for `statistics`.")] = None,
    host: Annotated[ExportHost | None, Form(description="Who exported the statistics, where the header does not tell.")] = None,
    sponsor_id: Annotated[UUID | None, Form(description="Whose orders they are, where the file has no such column.")] = None,
    base_url: Annotated[str | None, Form(description="Where the files of a log lie whose lines name no host.")] = None,
) -> Import:
    """One file, stored sealed and landed within seconds where the pipeline runs: ask again at `Location` for what came of it.

    The same rows twice change nothing; a corrected value is a new version; a bad row is quarantined alone; a file with an unknown
    header imports nothing and says so.
    """
    entry = import_entry({"kind": kind, "show_id": show_id, "host": host, "sponsor_id": sponsor_id, "base_url": base_url})
    content = read_upload(file, found.settings.largest_upload_mb)
    with found.database.tenant(principal.tenant_id) as c:
        made = create_import(
            c, principal, entry, file_name=file.filename or "file", content=content, origin="api",
            secret_key=found.settings.secret_key.get_secret_value(),
        )  # fmt: skip
    response.headers["Location"] = f"/v1/imports/{made.import_id}"
    return made


@router.get("", operation_id="imports_list", summary="List imports")
def get_imports(principal: PrincipalDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> ImportPage:
    """One row per file that was brought, newest first, with what came of it."""
    require_role(principal, TENANT_READERS)
    with found.database.tenant(principal.tenant_id) as c:
        items = list_imports(c, page.after, page.limit)
    return ImportPage(items=items, next_cursor=page.cut(request, response, items, "import_id"))


@router.get("/{import_id}", operation_id="imports_read", summary="Read an import")
def get_one_import(import_id: UUID, principal: PrincipalDep, found: ServicesDep) -> Import:
    """One file that was brought, and what came of it."""
    require_role(principal, TENANT_READERS)
    with found.database.tenant(principal.tenant_id) as c:
        return get_import(c, import_id)


def import_entry(fields: dict[str, Any]) -> ImportEntry:
    """Raises RequestValidationError, as for any other body."""
    try:
        return ImportEntry(**fields)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(faults) from error


def read_upload(file: UploadFile, largest_mb: int) -> bytes:
    """The bytes of an upload. Raises `too-large`."""
    content = file.file.read(largest_mb * 1_000_000 + 1)
    if len(content) > largest_mb * 1_000_000:
        raise Problem(
            "too-large",
            f"found a file above {largest_mb} MB, expected at most that: split it, or land it where it lies with `hostread import`",
        )
    return content
