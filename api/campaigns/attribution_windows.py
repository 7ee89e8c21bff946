"""How long touches count: an account's windows by kind of evidence and of conversion, and proposals of others.

A proposal is computed beside the published build (orchestration.proposals) and then published or discarded; only publishing changes
the settings, and the next build restates history by them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entry
from api.campaigns.paging import After
from api.database import Row, Writer
from api.errors import Problem, not_found

ConversionKind = Literal["purchase", "lead", "signup", "install", "open"]
ProposalStatus = Literal["pending", "computed", "failed", "published", "discarded"]
ExposureWindow = Annotated[int, Field(ge=86_400, le=5_184_000)]
ClickWindow = Annotated[int, Field(ge=3_600, le=5_184_000)]
GraceDays = Annotated[int, Field(ge=0, le=365)]
NAMES = ("exposure_window_s", "click_window_s", "vanity_window_s", "code_grace_days")


class KindWindows(Entry):
    """Of conversions of one kind, the windows that differ from the account's."""

    exposure_window_s: ExposureWindow | None = None
    click_window_s: ClickWindow | None = None
    vanity_window_s: ClickWindow | None = None
    code_grace_days: GraceDays | None = None


class Windows(BaseModel):
    """How long each kind of evidence counts: seconds before the conversion, of codes days after their end."""

    exposure_window_s: int
    click_window_s: int
    vanity_window_s: int
    code_grace_days: int
    by_kind: dict[ConversionKind, KindWindows] = Field(description="By kind of conversion, where it has windows of its own.")


class WindowsProposal(Entry):
    """Other windows; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"exposure_window_s": 1_209_600, "by_kind": {"lead": {"click_window_s": 604_800}}, "reason": "As agreed with Acme"}
            ]
        },
    )

    exposure_window_s: ExposureWindow | None = Field(None, description="Ads heard by the household, 1 to 60 days.")
    click_window_s: ClickWindow | None = Field(None, description="Click links, 1 hour to 60 days.")
    vanity_window_s: ClickWindow | None = Field(None, description="Visits by a vanity path, 1 hour to 60 days.")
    code_grace_days: GraceDays | None = Field(None, description="How many days after its end a promo code is still believed.")
    by_kind: dict[ConversionKind, KindWindows] | None = Field(None, description="All kinds that are to have windows of their own.")
    reason: Annotated[str, Field(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$")] = Field(examples=["As agreed with Acme"])

    @model_validator(mode="after")
    def _asks_for_something(self) -> "WindowsProposal":
        if self.by_kind is None and all(getattr(self, name) is None for name in NAMES):
            raise ValueError("found no window, expected at least one that is to change")
        return self


class Proposal(BaseModel):
    """A proposal as it stands. `pending`: not computed yet; `failed`: it could not be, and `fault` says why."""

    proposal_id: UUID
    status: ProposalStatus
    reason: str
    before: Windows
    after: Windows
    created_by: str
    created_at: datetime
    computed_at: datetime | None
    build_id: UUID | None = Field(description="The published build whose conversions and touches it was computed on.")
    fault: str | None
    decided_by: str | None
    decided_at: datetime | None


SETTINGS = """
select
    coalesce(s.exposure_window_s, 2592000) as exposure_window_s, coalesce(s.click_window_s, 2592000) as click_window_s,
    coalesce(s.vanity_window_s, s.click_window_s, 2592000) as vanity_window_s, coalesce(s.code_grace_days, 90) as code_grace_days,
    s.windows_by_kind
from app.tenants as t
left join app.attribution_settings as s on t.tenant_id = s.tenant_id
"""
INSERT = """
insert into app.attribution_proposals (
    tenant_id, exposure_window_s, click_window_s, vanity_window_s, code_grace_days, windows_by_kind, reason, windows_before,
    created_by_name
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning proposal_id
"""
FOUND = """
select
    p.*, r.computed_at, r.build_id, r.fault,
    coalesce(
        p.decision, case when r.proposal_id is null then 'pending' when r.fault is null then 'computed' else 'failed' end
    ) as status
from app.attribution_proposals as p
left join estimates.attribution_proposal_runs as r on p.tenant_id = r.tenant_id and p.proposal_id = r.proposal_id
where
    (%(proposal_id)s::uuid is null or p.proposal_id = %(proposal_id)s)
    and (%(after_at)s::timestamptz is null or (p.created_at, p.proposal_id) < (%(after_at)s, %(after_id)s::uuid))
order by p.created_at desc, p.proposal_id desc
limit %(limit)s
"""
DECIDE = """
update app.attribution_proposals set decision = %s, decided_by_name = %s, decided_at = clock_timestamp()
where proposal_id = %s and decision is null
"""
APPLY = """
insert into app.attribution_settings (
    tenant_id, exposure_window_s, click_window_s, vanity_window_s, code_grace_days, windows_by_kind
)
select p.tenant_id, p.exposure_window_s, p.click_window_s, p.vanity_window_s, p.code_grace_days, p.windows_by_kind
from app.attribution_proposals as p where p.proposal_id = %s
on conflict (tenant_id) do update set
    exposure_window_s = excluded.exposure_window_s, click_window_s = excluded.click_window_s,
    vanity_window_s = excluded.vanity_window_s, code_grace_days = excluded.code_grace_days,
    windows_by_kind = excluded.windows_by_kind, updated_at = now()
"""


def get_windows(c: Writer) -> Windows:
    """The windows that the next build attributes by."""
    row = c.execute(SETTINGS).fetchone()
    if row is None:
        raise Problem("not-found", "found no account of this principal, expected one: sign in again")
    return _windows(row)


def propose(c: Writer, who: Principal, entry: WindowsProposal) -> Proposal:
    """A proposal to be computed beside the published build. Raises `conflict` where one is open, or nothing would change."""
    before = get_windows(c)
    wanted = {name: getattr(entry, name) for name in NAMES if getattr(entry, name) is not None}
    after = before.model_copy(update=wanted | ({"by_kind": _set_kinds(entry.by_kind)} if entry.by_kind is not None else {}))
    if after == before:
        raise Problem("conflict", "found the windows that the account has already, expected others: there is nothing to propose")
    values = [getattr(after, name) for name in NAMES]
    kinds = Jsonb(after.model_dump(exclude_none=True)["by_kind"]) if after.by_kind else None
    try:
        row = c.execute(
            INSERT, [who.tenant_id, *values, kinds, entry.reason, Jsonb(before.model_dump(exclude_none=True)), who.name]
        ).fetchone()
    except UniqueViolation as error:
        raise Problem(
            "conflict", "found a proposal that is not decided on, expected none: publish or discard it before the next"
        ) from error
    assert row is not None  # noqa: S101
    record_audit(
        c, who, "propose", "attribution_windows", row["proposal_id"], reason=entry.reason,
        before=before.model_dump(mode="json", exclude_none=True), after=after.model_dump(mode="json", exclude_none=True),
    )  # fmt: skip
    return get_proposal(c, row["proposal_id"])


def list_proposals(c: Writer, after: After, limit: int) -> list[Proposal]:
    """A page of proposals, the newest first."""
    asked = {"proposal_id": None, "limit": limit, **after.parameters}
    return [_proposal(row) for row in c.execute(FOUND, asked).fetchall()]


def get_proposal(c: Writer, proposal_id: UUID) -> Proposal:
    """One proposal; raises `not-found`."""
    row = c.execute(FOUND, {"proposal_id": proposal_id, "limit": 1, **After().parameters}).fetchone()
    if row is None:
        raise not_found("proposal of windows", proposal_id)
    return _proposal(row)


def publish(c: Writer, who: Principal, proposal_id: UUID) -> Proposal:
    """The account has these windows from now on: the next build credits all of history by them. Raises `conflict` before the
    difference was computed, and where it is decided on already.
    """
    found = get_proposal(c, proposal_id)
    if found.status != "computed":
        raise Problem(
            "conflict", f"found the proposal {found.status}, expected it computed: look at the difference before publishing it"
        )
    _decide(c, who, proposal_id, "published")
    c.execute(APPLY, [proposal_id])
    return get_proposal(c, proposal_id)


def discard(c: Writer, who: Principal, proposal_id: UUID) -> Proposal:
    """Nothing changes; the proposal stays readable. Raises `conflict` where it is decided on already."""
    get_proposal(c, proposal_id)
    _decide(c, who, proposal_id, "discarded")
    return get_proposal(c, proposal_id)


def _decide(c: Writer, who: Principal, proposal_id: UUID, decision: str) -> None:
    if c.execute(DECIDE, [decision, who.name, proposal_id]).rowcount == 0:
        raise Problem("conflict", "found a proposal that is decided on already, expected an open one: make a new one")
    record_audit(c, who, decision.removesuffix("ed"), "attribution_windows", proposal_id)


def _set_kinds(by_kind: Mapping[ConversionKind, KindWindows]) -> dict[ConversionKind, KindWindows]:
    """Those that say something."""
    return {kind: windows for kind, windows in by_kind.items() if windows != KindWindows()}


def _windows(row: Mapping[str, Any]) -> Windows:
    return Windows(**{name: row[name] for name in NAMES}, by_kind=row["windows_by_kind"] or {})


def _proposal(row: Row) -> Proposal:
    said = {name: row[name] for name in ("proposal_id", "status", "reason", "created_at", "computed_at", "build_id", "fault")}
    return Proposal(
        **said, before=Windows(**row["windows_before"]), after=_windows(row), created_by=row["created_by_name"],
        decided_by=row["decided_by_name"], decided_at=row["decided_at"],
    )  # fmt: skip
