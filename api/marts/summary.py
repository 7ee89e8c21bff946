"""All campaigns of an account within a period: what was delivered and paid, and the credit for what was bought in it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.marts.attribution import model_totals
from api.marts.builds import current_build
from api.marts.errors import NotFoundError
from api.marts.models import MODELS, NONE_ID, Money
from api.marts.models.summary import (
    Apart,
    CampaignResult,
    CurrencyResult,
    DayResult,
    NetworkSummary,
    Result,
    ShowResult,
)
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

# One pass for every breakdown: `level` says which of campaign, show and day a row is not of (grouping(), as bits).
RESULTS = """
with told as (
    select
        tenant_id, campaign_id, show_id, day, currency, ads_delivered, spend_minor, 0::bigint as conversions_ppb,
        0::bigint as revenue_minor
    from marts.campaign_spend_daily
    where day between %(first_day)s and %(last_day)s and (%(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s)
    union all
    select tenant_id, campaign_id, show_id, day, currency, 0, 0, conversions_ppb, revenue_minor
    from marts.campaign_attribution_daily
    where
        day between %(first_day)s and %(last_day)s and (%(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s)
        and model = 'linear' and basis = 'conversion_date' and campaign_id <> %(nobody)s
        and not coalesce(is_fraud, false) and not coalesce(is_unconverted, false)
),

summed as (
    select
        tenant_id, grouping(campaign_id, show_id, day) as level, currency, campaign_id, show_id, day,
        count(distinct campaign_id) as campaigns,
        sum(ads_delivered)::bigint as ads_delivered, sum(spend_minor)::bigint as spend_minor,
        sum(conversions_ppb)::bigint as conversions_ppb, sum(revenue_minor)::bigint as revenue_minor
    from told
    group by grouping sets (
        (tenant_id, currency), (tenant_id, currency, campaign_id), (tenant_id, currency, show_id), (tenant_id, currency, day)
    )
)

select
    s.*, c.name as campaign_name, c.sponsor_id, p.name as sponsor_name, c.status, c.flight_start, c.flight_end,
    coalesce(sh.title, '') as show_title
from summed as s
left join app.campaigns as c on s.tenant_id = c.tenant_id and c.campaign_id = s.campaign_id
left join app.sponsors as p on c.tenant_id = p.tenant_id and p.sponsor_id = c.sponsor_id
left join app.shows as sh on s.tenant_id = sh.tenant_id and sh.show_id = s.show_id
order by s.currency, s.level, s.day, s.revenue_minor desc, s.spend_minor desc, campaign_name, show_title, s.campaign_id, s.show_id
"""
CREDIT = """
select
    model, currency, campaign_id = %(nobody)s as is_unattributed, coalesce(is_unconverted, false) as is_unconverted,
    sum(conversions_ppb)::bigint as conversions_ppb, sum(revenue_minor)::bigint as revenue_minor
from marts.campaign_attribution_daily
where
    day between %(first_day)s and %(last_day)s and (%(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s)
    and basis = 'conversion_date' and model = any(%(models)s) and not coalesce(is_fraud, false)
group by model, currency, is_unattributed, is_unconverted
order by model, currency
"""
TOTAL, OF_CAMPAIGN, OF_SHOW, OF_DAY = 7, 3, 5, 6


def network_summary(c: Reader, first_day: date, last_day: date, *, sponsor_id: UUID | None = None) -> NetworkSummary:
    """All campaigns of the account, or of one sponsor, over UTC days, both included. Raises NotFoundError for another's sponsor,
    and NotBuiltError before the first build."""
    asked = {"first_day": first_day, "last_day": last_day, "sponsor_id": sponsor_id, "nobody": NONE_ID, "models": list(MODELS)}
    sponsor = c.execute("select name from app.sponsors where sponsor_id = %s", [sponsor_id]).fetchone() if sponsor_id else None
    if sponsor_id and sponsor is None:
        raise NotFoundError("sponsor", sponsor_id)
    rows = c.execute(RESULTS, asked).fetchall()
    credit = c.execute(CREDIT, asked).fetchall()
    days = last_day - first_day + timedelta(days=1)
    earlier = c.execute(RESULTS, asked | {"first_day": first_day - days, "last_day": first_day - timedelta(days=1)}).fetchall()
    before = {row["currency"]: Result(**_result(row)) for row in earlier if row["level"] == TOTAL}
    return NetworkSummary(
        build=current_build(c),
        first_day=first_day,
        last_day=last_day,
        sponsor_id=sponsor_id,
        sponsor_name=sponsor["name"] if sponsor else None,
        totals=[
            CurrencyResult(campaigns=r["campaigns"], before=before.get(r["currency"]), **_result(r)) for r in _at(rows, TOTAL)
        ],
        models=model_totals([r for r in credit if not r["is_unattributed"] and not r["is_unconverted"]]),
        campaigns=[CampaignResult(**CampaignResult.fields_of(r) | _result(r)) for r in _at(rows, OF_CAMPAIGN)],
        shows=[ShowResult(**ShowResult.fields_of(r) | _result(r)) for r in _at(rows, OF_SHOW)],
        days=[DayResult(day=r["day"], **_result(r)) for r in _at(rows, OF_DAY)],
        apart=[
            Apart(
                kind="unattributed" if r["is_unattributed"] else "unconverted",
                conversions=to_share(r["conversions_ppb"]), revenue=Money.of(r["revenue_minor"], r["currency"]),
            )
            for r in credit
            if r["model"] == "linear" and (r["is_unattributed"] or r["is_unconverted"])
        ],
    )  # fmt: skip


def _at(rows: list[Row], level: int) -> list[Row]:
    return [row for row in rows if row["level"] == level]


def _result(row: Row) -> dict[str, Any]:
    spend, revenue = row["spend_minor"], row["revenue_minor"]
    return {
        "ads_delivered": row["ads_delivered"], "spend": Money.of(spend, row["currency"]),
        "conversions": to_share(row["conversions_ppb"]), "revenue": Money.of(revenue, row["currency"]),
        "roas": revenue / spend if spend else None,
    }  # fmt: skip
