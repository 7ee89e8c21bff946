"""Verdicts on saturation as they change (domain rules, section 8): each build judges today's spend, and another verdict than the
last one is an alert until the next. A channel's first verdict is none, and nor is one before any fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from assets.lib.warehouse import connect

JUDGED = """
with
judged as materialized (
    select
        c.tenant_id, c.sponsor_id, c.show_id, c.basis, c.currency, c.verdict, c.reason, c.spend_minor, c.saturated_probability,
        c.unsaturated_probability
    from marts.saturation_curves as c
    where c.window_name = 'stacked' and c.fit_day is not null
)
"""
# What is said no more, by another verdict or because the channel is gone.
CLOSE = f"""{JUDGED}
update ops.saturation_verdicts as v
set closed_at = now()
where v.closed_at is null and not exists (
    select 1 from judged as j
    where
        j.tenant_id = v.tenant_id and j.sponsor_id = v.sponsor_id and j.show_id = v.show_id and j.basis = v.basis
        and j.currency = v.currency and j.verdict = v.verdict
)
"""  # noqa: S608 - constants of this file
OPEN = f"""{JUDGED}
insert into ops.saturation_verdicts (
    tenant_id, sponsor_id, show_id, basis, currency, verdict, previous_verdict, reason, spend_minor, previous_spend_minor,
    saturated_probability, unsaturated_probability, build_id
)
select
    j.tenant_id, j.sponsor_id, j.show_id, j.basis, j.currency, j.verdict, b.verdict, j.reason, j.spend_minor, b.spend_minor,
    j.saturated_probability, j.unsaturated_probability,
    (select m.build_id from marts.builds as m order by m.published_at desc limit 1)
from judged as j
left join lateral (
    select v.verdict, v.spend_minor
    from ops.saturation_verdicts as v
    where
        v.tenant_id = j.tenant_id and v.sponsor_id = j.sponsor_id and v.show_id = j.show_id and v.basis = j.basis
        and v.currency = j.currency
    order by v.opened_at desc
    limit 1
) as b on true
on conflict (tenant_id, sponsor_id, show_id, basis, currency) where closed_at is null do nothing
returning verdict_id, tenant_id, sponsor_id, show_id, basis, verdict, previous_verdict, reason
"""  # noqa: S608 - constants of this file
QUEUE = """
insert into ops.verdict_mails (verdict_id, tenant_id, recipient)
select v.verdict_id, v.tenant_id, u.email
from ops.saturation_verdicts as v
inner join app.users as u on u.tenant_id = v.tenant_id and u.role = 'owner' and u.removed_at is null
where v.verdict_id = any(%(verdict_ids)s)
on conflict do nothing
"""


@dataclass(frozen=True)
class NewVerdict:
    """What a build said first, or otherwise than the one before (`previous_verdict`)."""

    verdict_id: UUID
    tenant_id: int
    sponsor_id: UUID
    show_id: UUID
    basis: str
    verdict: str
    previous_verdict: str | None
    reason: str

    @property
    def said(self) -> str:
        """One line; ids only, since names are data."""
        return (
            f"tenant {self.tenant_id}, sponsor {self.sponsor_id}, show {self.show_id} ({self.basis}): {self.verdict}, "
            f"was {self.previous_verdict}: {self.reason}"
        )


def refresh_verdicts(url: str, *, is_mail_wanted: bool = False) -> Sequence[NewVerdict]:
    """Bring ops.saturation_verdicts to the published build; the verdicts that changed. Twice on one build changes nothing. With
    `is_mail_wanted` each of them is put into ops.verdict_mails for every owner of its tenant."""
    with connect(url, "transform") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('saturation verdicts', 0))")
        if connection.execute("select to_regclass('marts.saturation_curves')").fetchone() == (None,):
            return ()
        connection.execute(CLOSE)
        changed = [verdict for verdict in _open(connection) if verdict.previous_verdict is not None]
        if is_mail_wanted and changed:
            connection.execute(QUEUE, {"verdict_ids": [verdict.verdict_id for verdict in changed]})
        return changed


def _open(connection: psycopg.Connection[Any]) -> list[NewVerdict]:
    with connection.cursor(row_factory=class_row(NewVerdict)) as cursor:
        return cursor.execute(OPEN).fetchall()
