"""The ways by which buyers came to a campaign: kinds of touches in their order, with what each way brought."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from api.marts.builds import current_build
from api.marts.keyset import Order, Window
from api.marts.models import Build, Money, Paged, Shape
from api.marts.money import to_share
from api.marts.warehouse import Reader

# Row-level security alone names the tenant to the planner; said again, the primary key is used from its first column.
PATHS = """
select
    md5(array_to_string(p.steps, '>'))::uuid as path_id, p.steps, p.currency, count(*) as conversions,
    sum(p.value_minor)::bigint as value_minor, sum(p.own_ppb)::bigint as own_ppb, sum(p.own_minor)::bigint as own_minor
from (
    select
        c.conversion_id, min(c.currency) as currency, min(c.value_minor) as value_minor,
        array_agg(c.touch_kind || case when c.campaign_id = %(campaign_id)s then '' else '*' end order by c.path_position) as steps,
        sum(c.linear_ppb) filter (where c.campaign_id = %(campaign_id)s) as own_ppb,
        sum(c.linear_minor) filter (where c.campaign_id = %(campaign_id)s) as own_minor
    from marts.attribution_credits as c
    where
        c.tenant_id = nullif(current_setting('hostread.tenant_id', true), '')::integer
        and c.conversion_kind <> 'refund' and not c.is_fraud
        and exists (
            select from marts.attribution_credits as o
            where o.tenant_id = c.tenant_id and o.conversion_id = c.conversion_id and o.campaign_id = %(campaign_id)s
        )
    group by c.conversion_id
) as p
group by p.steps, p.currency
"""
MOST_FIRST = Order("conversions bigint desc", "path_id uuid", "currency text")


class PathStep(Shape):
    """One touch of a path."""

    touch_kind: str = Field(description="exposure, click, vanity, code or survey.")
    is_own: bool = Field(description="Whether it is of this campaign; else of another one of its sponsor.")


class ConversionPath(Shape):
    """One sequence of touches, first to last, and what came by it. Without refunds and fraud."""

    path_id: UUID
    steps: list[PathStep]
    conversions: int
    value: Money = Field(description="The conversions' whole value.")
    credited_conversions: Decimal = Field(description="Of it this campaign's share under linear credit.")
    credited: Money = Field(description="Of the value this campaign's part under linear credit.")


class ConversionPaths(Paged):
    """A campaign's paths, the most frequent first."""

    build: Build
    items: list[ConversionPath]


def campaign_paths(c: Reader, campaign_id: UUID, page: Window) -> ConversionPaths:
    """A page of the paths with a touch of the campaign, as built."""
    build = current_build(c)
    found = MOST_FIRST.read(c, PATHS, {"campaign_id": campaign_id}, page).map(_path)
    return ConversionPaths(build=build, items=found.items, next_cursor=found.next_cursor)


def _path(row: dict[str, Any]) -> ConversionPath:
    return ConversionPath(
        path_id=row["path_id"],
        steps=[PathStep(touch_kind=step.removesuffix("*"), is_own=not step.endswith("*")) for step in row["steps"]],
        conversions=row["conversions"],
        value=Money.of(row["value_minor"], row["currency"]),
        credited_conversions=to_share(row["own_ppb"] or 0),
        credited=Money.of(row["own_minor"] or 0, row["currency"]),
    )
