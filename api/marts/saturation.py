"""Reads marts.saturation_curves, marts.saturation_weeks, marts.budget_advice and ops.saturation_verdicts."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from api.marts.builds import current_build
from api.marts.keyset import Order, Slice, Window
from api.marts.models import Money
from api.marts.models.saturation import (
    Budget,
    BudgetAdvice,
    BudgetMove,
    CurvePoint,
    Estimate,
    Saturation,
    SaturationAlert,
    SaturationChannel,
    SaturationWeek,
    SaturationWindow,
    ShowSaturation,
)
from api.marts.warehouse import Reader, Row, has_table

FIRST = Window(limit=100)
NAMED = """
inner join app.sponsors as p on p.tenant_id = {0}.tenant_id and p.sponsor_id = {0}.sponsor_id
inner join app.shows as h on h.tenant_id = {0}.tenant_id and h.show_id = {0}.show_id
where
    (%(seen)s::uuid is null or {0}.sponsor_id = %(seen)s)
    and (%(sponsor_id)s::uuid is null or {0}.sponsor_id = %(sponsor_id)s)
    and (%(show_id)s::uuid is null or {0}.show_id = %(show_id)s)
"""
CURVES = f"""
select c.*, p.name as sponsor_name, h.title as show_title
from marts.saturation_curves as c
{NAMED.format("c")} and (%(all_windows)s or c.window_name = 'stacked')
order by
    p.name, c.sponsor_id, h.title, c.show_id, c.basis, c.currency,
    array_position(array['stacked', '13', '26', '52', '104'], c.window_name)
"""  # noqa: S608 - constants of this file
WEEKS = """
select w.week_start, w.spend_minor, w.revenue_minor, w.currency
from marts.saturation_weeks as w
where
    w.sponsor_id = %(sponsor_id)s and w.show_id = %(show_id)s and w.basis = %(basis)s and w.currency = %(currency)s
    and w.day_count = 7
order by w.week_start desc
limit 104
"""
ADVICE = f"""
select a.*, p.name as sponsor_name, h.title as show_title
from marts.budget_advice as a
{NAMED.format("a")}
order by p.name, a.sponsor_id, a.basis, a.currency, h.title, a.show_id
"""  # noqa: S608 - constants of this file
CAMPAIGN = """
select c.*, h.title as show_title
from marts.saturation_curves as c
inner join app.shows as h on h.tenant_id = c.tenant_id and h.show_id = c.show_id
where
    c.window_name = 'stacked' and c.sponsor_id = %(sponsor_id)s
    and exists (
        select 1 from app.placements as l
        where l.tenant_id = c.tenant_id and l.show_id = c.show_id and l.campaign_id = %(campaign_id)s
    )
order by h.title, c.show_id, c.basis, c.currency
"""
# The first verdict of a channel is news to nobody.
ALERTS = f"""
select v.*, p.name as sponsor_name, h.title as show_title, v.closed_at is null as is_open
from ops.saturation_verdicts as v
{NAMED.format("v")}
    and v.previous_verdict is not null
    and (not %(only_open)s or v.closed_at is null)
    and (not %(only_unseen)s or v.seen_at is null)
"""  # noqa: S608 - constants of this file
ALERT_ORDER = Order("is_open boolean desc", "opened_at timestamptz desc", "verdict_id uuid desc")
CURVE_COLUMNS = (
    "curve_spend", "curve_response", "curve_low_80", "curve_high_80", "curve_low_95", "curve_high_95", "curve_marginal",
)  # fmt: skip


def saturation(
    c: Reader, *, seen: UUID | None = None, sponsor_id: UUID | None = None, show_id: UUID | None = None, all_windows: bool = False
) -> Saturation:
    """Every channel that `seen` (None: everybody's) may be told of, with its stacked curve or all of them."""
    build = current_build(c)
    asked = {"seen": seen, "sponsor_id": sponsor_id, "show_id": show_id, "all_windows": all_windows}
    rows = c.execute(CURVES, asked).fetchall() if has_table(c, "saturation_curves") else []
    grouped = groupby(rows, lambda row: (row["sponsor_id"], row["show_id"], row["basis"], row["currency"]))
    return Saturation(build=build, channels=[_channel(list(group)) for _, group in grouped])


def channel_weeks(c: Reader, channel: SaturationChannel) -> list[SaturationWeek]:
    """The last two years of whole weeks of a channel, newest first."""
    asked = {name: getattr(channel, name) for name in ("sponsor_id", "show_id", "basis", "currency")}
    return [
        SaturationWeek(
            week_start=row["week_start"],
            spend=Money.of(row["spend_minor"], row["currency"]),
            revenue=Money.of(row["revenue_minor"], row["currency"]),
        )
        for row in c.execute(WEEKS, asked).fetchall()
    ]


def budget_advice(c: Reader, *, seen: UUID | None = None, sponsor_id: UUID | None = None) -> BudgetAdvice:
    """The last advice of every sponsor with a fitted show."""
    build = current_build(c)
    asked = {"seen": seen, "sponsor_id": sponsor_id, "show_id": None}
    rows = c.execute(ADVICE, asked).fetchall() if has_table(c, "budget_advice") else []
    grouped = groupby(rows, lambda row: (row["sponsor_id"], row["basis"], row["currency"]))
    return BudgetAdvice(build=build, budgets=[_budget(list(group)) for _, group in grouped])


def saturation_alerts(
    c: Reader, *, seen: UUID | None = None, sponsor_id: UUID | None = None, only_open: bool = False, only_unseen: bool = False,
    window: Window = FIRST,
) -> Slice[SaturationAlert]:  # fmt: skip
    """Verdicts that changed, those that still hold first, then the newest."""
    asked = {"seen": seen, "sponsor_id": sponsor_id, "show_id": None, "only_open": only_open, "only_unseen": only_unseen}

    def read(row: Row) -> SaturationAlert:
        return SaturationAlert(
            **{name: row[name] for name in SaturationAlert.model_fields if name in row},
            spend=_money(row["spend_minor"], row),
            previous_spend=_money(row["previous_spend_minor"], row),
        )

    return ALERT_ORDER.read(c, ALERTS, asked, window).map(read)


def campaign_saturation(c: Reader, campaign_id: UUID, sponsor_id: UUID) -> list[ShowSaturation]:
    """The shows that the campaign runs on, for its sponsor; none before the first build with spend by week."""
    if not has_table(c, "saturation_curves"):
        return []
    rows = c.execute(CAMPAIGN, {"campaign_id": campaign_id, "sponsor_id": sponsor_id}).fetchall()
    return [
        ShowSaturation(
            **{name: row[name] for name in ShowSaturation.model_fields if name in row},
            spend=_money(row["spend_minor"], row),
            **{
                f"returned{end}": None
                if row[f"marginal_return{end}"] is None
                else row[f"marginal_return{end}"] * row["margin_rate"]
                for end in ("", "_low", "_high")
            },
        )
        for row in rows
    ]


def _channel(rows: Sequence[Row]) -> SaturationChannel:
    first = rows[0]
    return SaturationChannel(
        **{name: first[name] for name in SaturationChannel.model_fields if name in first},
        spend=_money(first["spend_minor"], first),
        reference_spend=_money(first["reference_minor"], first) if first["reference_minor"] else None,
        windows=[_window(row) for row in rows if row["curve_spend"] is not None],
    )


def _window(row: Row) -> SaturationWindow:
    points = zip(*(row[name] for name in CURVE_COLUMNS), strict=True)
    return SaturationWindow(
        **{name: row[name] for name in ("window_name", "weight", "score", "observed_weeks")},
        **{name: _estimate(row[name]) for name in ("adstock", "half_saturation", "slope")},
        curve=[_point(point, row) for point in points],
    )


def _point(values: Sequence[float], row: Row) -> CurvePoint:
    spend, revenue, low_80, high_80, low_95, high_95 = (_money(value, row) for value in values[:-1])
    return CurvePoint(
        spend=spend, revenue=revenue, low_80=low_80, high_80=high_80, low_95=low_95, high_95=high_95, marginal_return=values[-1]
    )


def _estimate(values: Sequence[float] | None) -> Estimate | None:
    return None if values is None else Estimate(mean=values[0], low=values[1], high=values[2])


def _budget(rows: Sequence[Row]) -> Budget:
    first = rows[0]
    return Budget(
        **{name: first[name] for name in Budget.model_fields if name in first and name != "reason"},
        **{name: _money(first[f"{name}_minor"], first) for name in ("budget", "gain", "gain_low", "gain_high")},
        reason=first["budget_reason"],
        shows=[
            BudgetMove(
                **{name: row[name] for name in BudgetMove.model_fields if name in row},
                **{name: _money(row[f"{name}_minor"], row) for name in ("spend", "advised", "change", "least")},
                most=None if row["most_minor"] is None else _money(row["most_minor"], row),
            )
            for row in rows
        ],
    )


def _money(minor: float, row: Row) -> Money:
    return Money.of(round(minor), row["currency"])
