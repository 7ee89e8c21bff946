"""How the product serves its users: time to first value and campaign completion (domain rules, section 9)."""

from api.marts.builds import current_build
from api.marts.models import Completion, FunnelStep, Ttfv, TtfvFigures
from api.marts.models.product import ConversionSeen, CurvePoint, Friction, FrictionPoint, ProductRates, RateFigures
from api.marts.warehouse import Reader

OVERALL = """
select
    null::date as signup_week, users, users_with_value, median_s, p75_s, p90_s, within_15_min_rate, at_risk_15_min, data_errors
from marts.ttfv_overall
"""

WEEKLY = """
select signup_week, users, users_with_value, median_s, p75_s, p90_s, within_15_min_rate, at_risk_15_min, data_errors
from marts.ttfv_weekly
order by signup_week
"""

OBSERVED = """
select ttfv_s from marts.ttfv where not is_censored and not is_data_error and ttfv_s is not null order by ttfv_s
"""

CURVE = """
select moment_s, at_risk, users_with_value, waiting_rate, waiting_low, waiting_high from marts.ttfv_curve order by moment_s
"""

CONVERSION_SEEN = """
select users, users_with_value, median_s, p75_s, p90_s, data_errors from marts.conversion_seen_overall
"""

RATE_COLUMNS = """
    registered_users, creating_users, campaign_creation_rate, created_campaigns, reported_campaigns, report_generation_rate,
    requested_reports, generated_reports, failed_reports, report_success_rate, report_median_s, report_p95_s, core_loop_attempts,
    core_loop_errors, core_loop_refusals, error_rate
"""
OVERALL_RATES = f"select null::date as week, {RATE_COLUMNS} from marts.product_rates"  # noqa: S608
WEEKLY_RATES = f"select week, {RATE_COLUMNS} from marts.product_rates_weekly order by week"  # noqa: S608

FRICTION = """
select friction_rank, kind, step, reached, affected, affected_rate, occurrences, last_at
from marts.friction_points
order by friction_rank
"""

COMPLETION = """
select
    count(*) as campaigns,
    count(*) filter (where is_completed) as completed_campaigns,
    count(*) filter (where is_mature) as mature_campaigns,
    count(*) filter (where is_mature and is_completed) as mature_completed_campaigns
from marts.campaign_completion
"""

DELIVERED = """
select sum(p.ads_delivered)::double precision / nullif(sum(p.contracted_ads), 0) as delivered_rate
from marts.campaign_performance as p
inner join marts.campaign_completion as c on c.tenant_id = p.tenant_id and c.campaign_id = p.campaign_id
where c.is_mature and p.contracted_ads > 0
"""

FUNNEL = """
select created_week, step_number, step, campaigns, mature_campaigns, rate
from marts.completion_funnel
order by created_week, step_number
"""


def ttfv(c: Reader) -> Ttfv:
    """Kaplan-Meier figures of all users and by signup week; users without value stay in the denominator."""
    build = current_build(c)
    overall = c.execute(OVERALL).fetchone()
    seen = c.execute(CONVERSION_SEEN).fetchone()
    return Ttfv(
        build=build,
        overall=TtfvFigures(**overall) if overall else None,
        weekly=[TtfvFigures(**row) for row in c.execute(WEEKLY).fetchall()],
        observed_s=[row["ttfv_s"] for row in c.execute(OBSERVED).fetchall()],
        curve=[CurvePoint(**row) for row in c.execute(CURVE).fetchall()],
        conversion_seen=ConversionSeen(**seen) if seen else None,
    )


def completion(c: Reader) -> Completion:
    """Completed over created, for all campaigns and for the mature ones, and the funnel by week and over all weeks."""
    build = current_build(c)
    counts = c.execute(COMPLETION).fetchone() or {}
    delivered = c.execute(DELIVERED).fetchone() or {}
    weekly = [FunnelStep(**row) for row in c.execute(FUNNEL).fetchall()]
    return Completion(
        build=build,
        **counts,
        completion_rate=share(counts.get("completed_campaigns", 0), counts.get("campaigns", 0)),
        mature_completion_rate=share(counts.get("mature_completed_campaigns", 0), counts.get("mature_campaigns", 0)),
        delivered_rate=delivered.get("delivered_rate"),
        funnel=_over_all_weeks(weekly),
        weekly_funnel=weekly,
    )


def product_rates(c: Reader) -> ProductRates:
    """How many users create campaigns, how many campaigns have a report, how reports go, and the core loop's error rate."""
    build = current_build(c)
    overall = c.execute(OVERALL_RATES).fetchone()
    return ProductRates(
        build=build,
        overall=RateFigures(**overall) if overall else None,
        weekly=[RateFigures(**row) for row in c.execute(WEEKLY_RATES).fetchall()],
    )


def friction(c: Reader) -> Friction:
    """Where people stop, repeat or fail, ranked."""
    build = current_build(c)
    return Friction(build=build, points=[FrictionPoint(**row) for row in c.execute(FRICTION).fetchall()])


def share(part: int, whole: int) -> float | None:
    """part / whole, None where there is nothing to divide by."""
    return part / whole if whole else None


def _over_all_weeks(weekly: list[FunnelStep]) -> list[FunnelStep]:
    """One row per step; its rate is against the first step, since each campaign that was created could have come so far."""
    names = {row.step_number: row.step for row in weekly}
    campaigns = {n: sum(r.campaigns for r in weekly if r.step_number == n) for n in names}
    mature = {n: sum(r.mature_campaigns for r in weekly if r.step_number == n) for n in names}
    created = campaigns.get(min(names), 0) if names else 0
    return [
        FunnelStep(
            created_week=None, step_number=n, step=names[n], campaigns=campaigns[n], mature_campaigns=mature[n],
            rate=share(campaigns[n], created),
        )
        for n in sorted(names)
    ]  # fmt: skip
