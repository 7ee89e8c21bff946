"""Imported spend by sponsor and show, in the account's currency, from marts.imported_spend_daily."""

from datetime import date
from itertools import groupby
from uuid import UUID

from api.marts.builds import current_build
from api.marts.keyset import WHOLE, Order, Window
from api.marts.models import Money
from api.marts.models.spend import ImportedSpend, SpendTotal, UnconvertedSpend
from api.marts.warehouse import Reader, Row

# One row per sponsor, show, currency of the books and whether a rate turns it; the converted ones first.
ROWS = """
select
    s.sponsor_id, p.name as sponsor_name, s.show_id, h.title as show_title, s.currency, s.from_currency,
    s.spend_minor is null or s.revenue_minor is null as is_apart,
    min(s.day) as first_day, max(s.day) as last_day, count(*) as days,
    sum(s.ads_delivered)::bigint as ads_delivered, sum(s.conversion_count)::bigint as conversions,
    sum(s.spend_minor)::bigint as spend_minor, sum(s.revenue_minor)::bigint as revenue_minor,
    sum(s.from_spend_minor)::bigint as from_spend_minor, sum(s.from_revenue_minor)::bigint as from_revenue_minor
from marts.imported_spend_daily as s
inner join app.sponsors as p on p.tenant_id = s.tenant_id and p.sponsor_id = s.sponsor_id
inner join app.shows as h on h.tenant_id = s.tenant_id and h.show_id = s.show_id
where
    (%(sponsor_id)s::uuid is null or s.sponsor_id = %(sponsor_id)s)
    and (%(first_day)s::date is null or s.day >= %(first_day)s)
    and (%(last_day)s::date is null or s.day <= %(last_day)s)
group by s.sponsor_id, p.name, s.show_id, h.title, s.currency, s.from_currency, is_apart
order by p.name, s.sponsor_id, h.title, s.show_id, is_apart, s.from_currency
"""
BY_NAME = Order("sponsor_name text", "sponsor_id uuid", "show_title text", "show_id uuid")


def imported_spend(
    c: Reader,
    *,
    sponsor_id: UUID | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    page: Window = WHOLE,
) -> ImportedSpend:
    """One row per sponsor and show with an entry in the days asked for, both included."""
    build = current_build(c)
    rows = c.execute(ROWS, {"sponsor_id": sponsor_id, "first_day": first_day, "last_day": last_day}).fetchall()
    grouped = groupby(rows, lambda row: (row["sponsor_id"], row["show_id"]))
    shown = BY_NAME.cut([_total(list(group)) for _, group in grouped], page)
    return ImportedSpend(build=build, rows=shown.items, next_cursor=shown.next_cursor)


def _total(parts: list[Row]) -> SpendTotal:
    first, turned = parts[0], [part for part in parts if not part["is_apart"]]
    return SpendTotal(
        sponsor_id=first["sponsor_id"],
        sponsor_name=first["sponsor_name"],
        show_id=first["show_id"],
        show_title=first["show_title"],
        first_day=min(part["first_day"] for part in parts),
        last_day=max(part["last_day"] for part in parts),
        days=sum(part["days"] for part in parts),
        ads_delivered=sum(part["ads_delivered"] for part in parts),
        conversions=sum(part["conversions"] for part in parts),
        spend=Money.of(sum(part["spend_minor"] for part in turned), first["currency"]),
        revenue=Money.of(sum(part["revenue_minor"] for part in turned), first["currency"]),
        unconverted=[
            UnconvertedSpend(
                days=part["days"],
                spend=Money.of(part["from_spend_minor"], part["from_currency"]),
                revenue=Money.of(part["from_revenue_minor"], part["from_currency"]),
            )
            for part in parts
            if part["is_apart"]
        ],
    )
