"""Which published figures a later build changed: before, after and cause, from ops.counting_restatements and ops.restatement."""

from datetime import date
from uuid import UUID

from api.marts.keyset import Order, Window
from api.marts.models.base import Money, model_name
from api.marts.models.restatements import Cause, CreditRestatement, CreditRestatements, Restatement, Restatements
from api.marts.money import to_share
from api.marts.warehouse import Reader

FIRST = Window(limit=200)
FOUND = """
select
    r.restatement_id, r.show_id, s.title as show_title, r.episode_guid, e.title, r.day, r.source, r.counting_window,
    r.downloads_before, r.downloads_after, r.cause, r.build_id, r.restated_at
from ops.counting_restatements as r
inner join app.shows as s on s.tenant_id = r.tenant_id and s.show_id = r.show_id
left join lateral (
    select i.title from raw.feeds_items as i
    where i.tenant_id = r.tenant_id and i.show_id = r.show_id and i.episode_guid = r.episode_guid order by i.fetched_at desc limit 1
) as e on true
where
    (%(show_id)s::uuid is null or r.show_id = %(show_id)s)
    and (%(first_day)s::date is null or r.day >= %(first_day)s) and (%(last_day)s::date is null or r.day <= %(last_day)s)
    and (%(source)s::text is null or r.source = %(source)s) and (%(cause)s::text is null or r.cause = %(cause)s)
    and (%(window)s::text is null or r.counting_window = %(window)s)
"""
CREDIT = """
select
    r.restatement_id, r.day, r.model, m.name as custom_name, r.currency, r.conversions_ppb_before, r.conversions_ppb_after,
    r.revenue_minor_before, r.revenue_minor_after, r.cause, r.build_id, r.restated_at
from ops.restatement as r
left join app.attribution_models as m on r.tenant_id = m.tenant_id and r.model = 'custom:' || m.model_id
where
    r.campaign_id = %(campaign_id)s
    and (%(model)s::text is null or r.model = %(model)s)
"""
NEWEST = Order("restatement_id bigint desc")


def restatements(
    c: Reader, *, show_id: UUID | None = None, first_day: date | None = None, last_day: date | None = None,
    source: str | None = None, window: str | None = None, cause: Cause | None = None, page: Window = FIRST,
) -> Restatements:  # fmt: skip
    """A page of those of the days asked for (UTC, both included), newest first."""
    chosen = {
        "show_id": show_id, "first_day": first_day, "last_day": last_day, "source": source, "window": window, "cause": cause,
    }  # fmt: skip
    found = NEWEST.read(c, FOUND, chosen, page)
    return Restatements(items=[Restatement(**row) for row in found.items], next_cursor=found.next_cursor)


def credit_restatements(c: Reader, campaign_id: UUID, *, model: str | None = None, page: Window = FIRST) -> CreditRestatements:
    """A page of a campaign's, of one model where it is named, newest first."""
    found = NEWEST.read(c, CREDIT, {"campaign_id": campaign_id, "model": model}, page)
    rows = [
        CreditRestatement(
            **{name: row[name] for name in ("restatement_id", "day", "model", "cause", "build_id", "restated_at")},
            name=row["custom_name"] or model_name(row["model"]),
            conversions_before=to_share(row["conversions_ppb_before"]),
            conversions_after=to_share(row["conversions_ppb_after"]),
            revenue_before=Money.of(row["revenue_minor_before"], row["currency"]),
            revenue_after=Money.of(row["revenue_minor_after"], row["currency"]),
        )
        for row in found.items
    ]
    return CreditRestatements(items=rows, next_cursor=found.next_cursor)
