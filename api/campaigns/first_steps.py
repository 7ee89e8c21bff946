"""How far an account has come from its registration to its first report: read from what it has, never from what was clicked."""

from dataclasses import dataclass
from uuid import UUID

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.database import Writer

# The earliest event is one look into the key of each day's partition, however many events a day has.
STATE = """
select
    app.is_verified(u.email) as is_confirmed,
    exists (select 1 from app.sponsors) as has_sponsor,
    exists (select 1 from app.shows) as has_show,
    (select c.campaign_id from app.campaigns as c order by c.created_at, c.campaign_id limit 1) as campaign_id,
    (select s.site_id from app.sites as s where s.disabled_at is null order by s.created_at, s.site_id limit 1) as site_id,
    (select e.received_at from raw.collector_events as e order by e.received_at limit 1) is not null as has_event,
    exists (select 1 from app.reports as r where r.status = 'succeeded') as has_report
from app.users as u
where u.user_id = %s and u.guide_hidden_at is null
"""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """One account as one of its members meets it. The campaign and the site are the first ones, None where there is none."""

    is_confirmed: bool
    has_sponsor: bool
    has_show: bool
    campaign_id: UUID | None
    site_id: UUID | None
    has_event: bool
    has_report: bool


def find_first_steps(c: Writer, who: Principal) -> FirstSteps | None:
    """None where the member has put them away."""
    row = c.execute(STATE, [who.user_id]).fetchone()
    return FirstSteps(**row) if row else None


def are_first_steps_hidden(c: Writer, who: Principal) -> bool:
    """Whether this member has put them away."""
    return (
        c.execute("select from app.users where user_id = %s and guide_hidden_at is not null", [who.user_id]).fetchone() is not None
    )


def hide_first_steps(c: Writer, who: Principal, *, is_hidden: bool) -> None:
    """Put them away, or bring them back; for this member alone."""
    c.execute("update app.users set guide_hidden_at = case when %s then now() end where user_id = %s", [is_hidden, who.user_id])
    record_audit(c, who, "hide_first_steps" if is_hidden else "show_first_steps", "user", who.user_id)
