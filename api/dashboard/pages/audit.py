"""The audit log as a page: who changed what, from what to what, newest first."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.campaigns.audit import AuditEntry, list_audit
from api.campaigns.paging import read_cursor, write_cursor
from api.dashboard.access import OwnerViewerDep, ServicesDep
from api.dashboard.rendering import page

router = APIRouter()
SHOWN = 50
LONGEST_VALUE = 80
KINDS = "select distinct subject_kind from app.audit_log order by 1"


@router.get("/settings/audit")
def audit_page(
    viewer: OwnerViewerDep,
    found: ServicesDep,
    subject_kind: Annotated[str, Query(max_length=100, pattern=r"^[a-z_]*$")] = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """A page of the log, of all kinds of things or of one."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        entries = list_audit(c, read_cursor(after), SHOWN, subject_kind or None)
        kinds = [row["subject_kind"] for row in c.execute(KINDS).fetchall()]
    more = ""
    if len(entries) == SHOWN:
        cursor = write_cursor(entries[-1].occurred_at, entries[-1].cursor_id)
        more = f"/settings/audit?{urlencode({'subject_kind': subject_kind, 'after': cursor})}"
    return page(
        "audit.html", viewer, "settings", entries=[(entry, differences(entry)) for entry in entries],
        kinds=[("", "Everything"), *((kind, kind.replace("_", " ")) for kind in kinds)], values={"subject_kind": subject_kind},
        more=more,
    )  # fmt: skip


def differences(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """(field, before, after) of a change, by field; of a new or a deleted thing one side is empty."""
    before, after = entry.before or {}, entry.after or {}
    return [(name, _shown(before.get(name)), _shown(after.get(name))) for name in sorted(before.keys() | after.keys())]


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
