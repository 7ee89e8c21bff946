"""A campaign's conversions: every one that has a touch of it in its path, owned or assisted."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from api.marts.campaigns import get_campaign
from api.marts.models import MODELS, Money, model_name
from api.marts.models.explanation import CampaignConversion, ModelCredit
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row

# One walk along the index of a campaign's credits: a path of a thousand touches is one conversion of the page.
PAGE = """
with page as (
    select distinct c.converted_at, c.conversion_id
    from marts.attribution_credits as c
    where
        c.campaign_id = %(campaign_id)s
        and (%(after_at)s::timestamptz is null or (c.converted_at, c.conversion_id) < (%(after_at)s, %(after_id)s::uuid))
    order by c.converted_at desc, c.conversion_id desc
    limit %(limit)s
)

select
    v.conversion_id, v.conversion_kind, v.order_id, v.converted_at, v.value_minor, v.currency, v.is_verified,
    v.owner_campaign_id = %(campaign_id)s as is_owner, v.owner_touch_kind as owner_evidence, v.evidence_kinds,
    coalesce(v.is_fraud, false) as is_fraud
from page as p
inner join marts.attribution_conversions as v on p.conversion_id = v.conversion_id
order by v.converted_at desc, v.conversion_id desc
"""
# Row-level security alone names the tenant to the planner; said again, the primary key is used from its first column.
CREDITS = """
select c.*
from marts.attribution_credits as c
where
    c.tenant_id = nullif(current_setting('hostread.tenant_id', true), '')::integer
    and c.conversion_id = any(%(conversion_ids)s) and c.campaign_id = %(campaign_id)s
"""


def list_conversions(
    c: Reader, campaign_id: UUID, after: tuple[datetime | None, UUID | None] = (None, None), limit: int = 50
) -> list[CampaignConversion]:
    """One row per conversion with a touch of the campaign, newest first; `after` is the last row's (converted_at, conversion_id).

    Raises NotFoundError where the tenant has no such campaign.
    """
    get_campaign(c, campaign_id)
    asked = {"campaign_id": campaign_id, "after_at": after[0], "after_id": after[1], "limit": limit}
    page = c.execute(PAGE, asked).fetchall()
    ids = [row["conversion_id"] for row in page]
    credits: dict[UUID, list[Row]] = {identifier: [] for identifier in ids}
    for row in c.execute(CREDITS, {"conversion_ids": ids, "campaign_id": campaign_id}).fetchall() if ids else []:
        credits[row["conversion_id"]].append(row)
    return [_conversion(row, credits[row["conversion_id"]]) for row in page]


def model_credits(rows: list[Row], currency: str) -> list[ModelCredit]:
    """What each model gives to these rows of attribution_credits together: sums of integers."""
    if not rows:
        return []
    return [
        _credit(model, _sum(rows, f"{model}_ppb"), _sum(rows, f"{model}_minor"), currency)
        for model in MODELS
        if f"{model}_ppb" in rows[0]
    ]


def _sum(rows: list[Row], column: str) -> int:
    return int(rows[0][column] if len(rows) == 1 else sum(row[column] for row in rows))


# On a path of a thousand touches four models of five give nearly all of them the same: those are made once. They never change.
@lru_cache(maxsize=4_096)
def _credit(model: str, ppb: int, minor: int, currency: str) -> ModelCredit:
    return ModelCredit(model=model, name=model_name(model), weight=to_share(ppb), amount=Money.of(minor, currency))


def _conversion(row: Row, credits: list[Row]) -> CampaignConversion:
    return CampaignConversion(
        **CampaignConversion.fields_of(row),
        value=Money.of(row["value_minor"], row["currency"]),
        evidence=[kind for kind in row["evidence_kinds"].split(",") if kind],
        touches=len(credits),
        path_length=credits[0]["path_length"] if credits else 0,
        credit=model_credits(credits, row["currency"]),
    )
