"""The counting rules that are settings, and the figures that were restated."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep
from api.campaigns.counting_settings import ChangedCountingSettings, CountingSettingsChange, change_counting_settings
from api.errors import Problem
from api.marts.counting_settings import counted_between, counting_settings
from api.marts.models.base import CountingWindow
from api.marts.models.counting_settings import CountingSettings
from api.marts.models.restatements import Cause, Restatements
from api.marts.restatements import restatements
from api.routes.answers import PageDep

router = APIRouter(prefix="/v1", tags=["counting"])


@router.get("/counting-settings", operation_id="counting_settings", summary="Read the counting rules that are settings")
def get_counting_settings(principal: TenantReaderDep, found: ServicesDep) -> CountingSettings:
    """One row per setting, with the deployment's value, OP3's and the one that rules today; and every change, newest first."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return counting_settings(c)


@router.patch("/counting-settings", operation_id="counting_change_settings", summary="Change the counting rules")
def patch_counting_settings(change: CountingSettingsChange, principal: OwnerDep, found: ServicesDep) -> ChangedCountingSettings:
    """One change, from a UTC day on: earlier counts stay; from a day that is over it is a recount, recorded with both counts."""
    with found.warehouse.tenant(principal.tenant_id) as reader, found.database.tenant(principal.tenant_id) as c:
        return change_counting_settings(c, principal, change, lambda first, last: counted_between(reader, first, last))


@router.get("/restatements", operation_id="counting_restatements", summary="List restated figures")
def get_restatements(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    show_id: Annotated[UUID | None, Query(description="Only this show.")] = None,
    first_day: Annotated[date | None, Query(description="The first day of a figure.")] = None,
    last_day: Annotated[date | None, Query(description="The last day of a figure, included.")] = None,
    source: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Only this source.")] = None,
    counting_window: Annotated[CountingWindow | None, Query(description="Only this window.")] = None,
    cause: Annotated[Cause | None, Query(description="Only this cause.")] = None,
) -> Restatements:
    """One row per figure of an over day that a later build changed after it was published: before, after, and why."""
    if first_day and last_day and last_day < first_day:
        raise Problem("invalid", f"found last_day {last_day} before first_day {first_day}, expected the same day or a later one")
    with found.warehouse.tenant(principal.tenant_id) as c:
        answer = restatements(
            c, show_id=show_id, first_day=first_day, last_day=last_day, source=source, window=counting_window, cause=cause,
            page=page.window,
        )  # fmt: skip
    page.link(answer.next_cursor)
    return answer
