"""How an account's reports look."""

from typing import Annotated

from fastapi import APIRouter, File, Response, UploadFile

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep
from api.campaigns.logos import LARGEST_BYTES
from api.campaigns.report_settings import (
    ReportSettings,
    ReportSettingsChange,
    change_logo,
    change_report_settings,
    logo_of,
    report_settings,
)

router = APIRouter(prefix="/v1/report-settings", tags=["reports"])
PICTURE = {200: {"description": "The logo.", "content": {"image/png": {}}}}


@router.get("", operation_id="reports_settings_read", summary="Read how reports look")
def get_report_settings(principal: TenantReaderDep, found: ServicesDep) -> ReportSettings:
    """One account's name, language, colours and logo in its reports."""
    with found.database.tenant(principal.tenant_id) as c:
        return report_settings(c)


@router.patch("", operation_id="reports_settings_change", summary="Change how reports look")
def patch_report_settings(change: ReportSettingsChange, principal: OwnerDep, found: ServicesDep) -> ReportSettings:
    """One account's look from the next report on; reports that were made stay as they are."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_report_settings(c, principal, change)


@router.get(
    "/logo", operation_id="reports_settings_logo", summary="Download the logo", response_class=Response,
    responses={**PICTURE},  # type: ignore[dict-item]  # FastAPI takes int keys too
)  # fmt: skip
def get_logo(principal: TenantReaderDep, found: ServicesDep) -> Response:
    """One account's logo as it is printed: a PNG."""
    with found.database.tenant(principal.tenant_id) as c:
        picture = logo_of(c)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.put("/logo", operation_id="reports_settings_put_logo", summary="Set the logo")
def put_logo(
    principal: OwnerDep, found: ServicesDep, file: Annotated[UploadFile, File(description="A PNG or JPEG of at most 900 kB.")]
) -> ReportSettings:
    """One picture, of which nothing is kept but the pixels: no SVG, no script, no metadata."""
    content = file.file.read(LARGEST_BYTES + 1)
    with found.database.tenant(principal.tenant_id) as c:
        return change_logo(c, principal, content)


@router.delete("/logo", operation_id="reports_settings_delete_logo", summary="Remove the logo")
def delete_logo(principal: OwnerDep, found: ServicesDep) -> ReportSettings:
    """One account without a logo; nothing happens where there is none."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_logo(c, principal, None)
